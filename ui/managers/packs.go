package managers

import (
	"fmt"
	"strconv"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/letters/paper"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type packLine struct {
	letters.PackVersion
	Colour, Word string
	Newest       bool
	Languages    []string
	Formats      int
	Last         string // what happened last
}

type packsPage struct {
	Packs   []packLine
	May     bool
	Code    page.Input
	Title   page.Input
	Waiting int // versions that wait for somebody
}

func lineOfPack(v letters.PackVersion) packLine {
	l := packLine{PackVersion: v, Colour: packColour(v.State), Word: packWord(v.State), Formats: len(v.Formats())}
	for _, s := range eachLanguage(v) {
		l.Languages = append(l.Languages, languageName(s.Language))
	}
	switch {
	case !v.FrozenAt.IsZero():
		l.Last = "On letters since " + page.Moment(v.FrozenAt)
	case v.Shipped():
		l.Last = "Came with the program"
	case !v.ApprovedAt.IsZero():
		l.Last = "Approved by " + v.ApprovedBy + ", " + page.Moment(v.ApprovedAt)
	case !v.ProofedAt.IsZero():
		l.Last = "Proofed by " + v.ProofedBy + ", " + page.Moment(v.ProofedAt)
	default:
		l.Last = "Written by " + v.Author + ", " + page.Moment(v.ChangedAt)
	}
	return l
}

func (h *Hall) packs(c *fiber.Ctx, by campaigns.Viewer) error { return h.showPacks(c, by, nil) }

func (h *Hall) showPacks(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	list, err := h.Mailroom.Packs(c.UserContext())
	if err != nil {
		return err
	}
	body := packsPage{May: by.Role.Manages()}
	for i, v := range list {
		l := lineOfPack(v)
		l.Newest = i == 0 || list[i-1].Code != v.Code
		if !v.State.Settled() {
			body.Waiting++
		}
		body.Packs = append(body.Packs, l)
	}
	body.Code = page.Input{Field: page.Field{Name: "code", Label: "Code", Hint: "2 to 20 letters, digits and dashes, such as SCR", Error: wrong.For("code")}, Value: c.FormValue("code"), Width: "20", Spellcheck: "false"}
	body.Title = page.Input{Field: page.Field{Name: "title", Label: "Title", Hint: "What colleagues call it", Error: wrong.For("title")}, Value: c.FormValue("title")}
	return h.show(c, "packs.html", page.View{Title: "Packs", Active: "/packs", Problem: wrong, Body: body})
}

// draftPack begins a version of a code that exists, or a new pack.
func (h *Hall) draftPack(c *fiber.Ctx, by campaigns.Viewer) error {
	v, err := h.Mailroom.DraftPack(c.UserContext(), by, letters.NewPack{Code: c.FormValue("code"), Title: c.FormValue("title")})
	var wrong page.Problems
	if f := fault.Of(err); f != nil && f.Kind == fault.Conflict {
		return h.showPacks(c, by, page.Problems{{Text: f.Sentence}})
	}
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showPacks(c, by, wrong)
	}
	return h.done(c, packHref(v), "%s is a draft with the wording of the version before. Nothing of it is printed before somebody else has approved it.", v.Name())
}

func packHref(v letters.PackVersion) string { return fmt.Sprintf("/packs/%s/%d", v.Code, v.Version) }

// onePack reads the version that an address names.
func (h *Hall) onePack(c *fiber.Ctx) (letters.PackVersion, error) {
	n, err := strconv.ParseInt(c.Params("version"), 10, 16)
	if err != nil || n < 1 {
		return letters.PackVersion{}, fault.New(fault.NotFound, "There is no such version of a pack.")
	}
	return h.Mailroom.Pack(c.UserContext(), c.Params("code"), int(n))
}

type wordingLine struct {
	letters.Source
	Name             string
	Colour, Word, By string
	Readability      paper.Readability
	Remarks          []paper.Finding
	Changed          []changedLine
	New              bool
	Blocked          string // why it cannot be drawn
}

type printLine struct{ Format, Print string }

// inPrint are the formats of the English wording.
func inPrint(v letters.PackVersion) (list []printLine) {
	for _, s := range v.Sources {
		if s.Language == paper.English && !s.Supplied() {
			list = append(list, printLine{s.Format, printName(s.Format)})
		}
	}
	return list
}

type packPage struct {
	Line        packLine
	Wordings    []wordingLine
	Prints      []printLine
	Post        []postLine
	Envelope    page.Select
	Postage     page.Select
	Class       string // of postage
	Window      string
	Supplies    []supplyLine
	Problems    []string
	Before      int // the version compared with; 0 for none
	May         bool
	MayProof    bool
	MayApprove  bool
	WhyNot      string
	ChangedAt   string
	Pictures    bool
	Campaigns   page.Select
	Uses        []campaigns.Campaign
	MayUse      bool
	NewLanguage page.Select
}

func (h *Hall) pack(c *fiber.Ctx, by campaigns.Viewer) error { return h.showPack(c, by, nil) }

func (h *Hall) showPack(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	v, err := h.onePack(c)
	if err != nil {
		return err
	}
	body := packPage{Line: lineOfPack(v), May: by.Role.Manages() && !v.State.Settled(), Pictures: letters.CanPicture(), ChangedAt: v.ChangedAt.Format(time.RFC3339Nano)}
	var before letters.PackVersion
	if v.Version > 1 {
		if before, err = h.Mailroom.Pack(c.UserContext(), v.Code, v.Version-1); err == nil {
			body.Before = before.Version
		} else if !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	for _, s := range v.Wordings() {
		w := wordingLine{Source: s, Name: languageName(s.Language), Readability: paper.Readable(s.Pack.Text)}
		w.Colour, w.Word, w.By = translationWord(s)
		w.Blocked = s.Blocked(v.Geometry, h.Clock.Today())
		for _, f := range paper.CheckWording(s.Pack.Text) {
			if f.Rule != "translation" {
				w.Remarks = append(w.Remarks, f)
			}
		}
		if body.Before > 0 {
			if old, err := before.Source(s.Language, s.Format); err == nil {
				w.Changed = differences(old.Pack.Text, s.Pack.Text)
			} else {
				w.New = true
			}
		}
		body.Wordings = append(body.Wordings, w)
	}
	body.Prints = inPrint(v)
	if err := h.postOf(c, v, &body); err != nil {
		return err
	}
	if err := h.suppliesOf(c, v, &body); err != nil {
		return err
	}
	body.next(v, by, h.Clock.Today())
	if err := h.usesOf(c, by, v, &body); err != nil {
		return err
	}
	return h.show(c, "pack.html", page.View{Title: v.Name(), Active: "/packs", Problem: wrong, Crumbs: []page.Link{{Text: "Packs", Href: "/packs"}}, Body: body})
}

// next says what may be done with a version now, and by whom.
func (b *packPage) next(v letters.PackVersion, by campaigns.Viewer, today calendar.Date) {
	if !v.State.Settled() {
		b.Problems = v.Problems(today)
	}
	b.MayProof = b.May && v.State == letters.PackDraft && len(b.Problems) == 0
	if v.State == letters.PackProofed {
		if err := v.MayApprove(by); err != nil {
			b.WhyNot = err.Error()
		}
		b.MayApprove = b.WhyNot == "" && len(b.Problems) == 0
	}
	if !b.May {
		return
	}
	b.NewLanguage = page.Select{Field: page.Field{Name: "language", Label: "Add a language"}}
	for _, code := range paper.Languages {
		if _, err := v.Source(code, paper.Standard); err != nil {
			b.NewLanguage.Options = append(b.NewLanguage.Options, page.Option{Value: code, Text: languageName(code)})
		}
	}
}

// usesOf lists which campaigns print a version, and which may be told to.
func (h *Hall) usesOf(c *fiber.Ctx, by campaigns.Viewer, v letters.PackVersion, b *packPage) error {
	if !v.State.Settled() {
		return nil
	}
	list, err := h.Register.Campaigns(c.UserContext(), by)
	if err != nil {
		return err
	}
	b.Campaigns = page.Select{Field: page.Field{Name: "campaign", Label: "Print this version for"}}
	for _, k := range list {
		used, err := h.Mailroom.PackOf(c.UserContext(), k)
		switch {
		case err != nil && !fault.Is(err, fault.NotFound):
			return err
		case err == nil && used.Code == v.Code && used.Version == v.Version:
			b.Uses = append(b.Uses, k)
		default:
			b.Campaigns.Options = append(b.Campaigns.Options, page.Option{Value: k.Code, Text: k.Name})
		}
	}
	b.MayUse = by.Role.Manages() && len(b.Campaigns.Options) > 0
	return nil
}

// deed does something with a version and says so; what a rule refuses is shown
// on its page.
func (h *Hall) deed(c *fiber.Ctx, by campaigns.Viewer, do func(v letters.PackVersion) error, says string) error {
	v, err := h.onePack(c)
	if err != nil {
		return err
	}
	err = do(v)
	if f := fault.Of(err); f != nil && (f.Kind == fault.Refused || f.Kind == fault.Conflict || f.Kind == fault.Invalid) {
		return h.showPack(c, by, page.Problems{{Field: f.Field, Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	return h.done(c, packHref(v), says, v.Name())
}

func (h *Hall) proofPack(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.deed(c, by, func(v letters.PackVersion) error {
		return h.Mailroom.ProofPack(c.UserContext(), by, v.Code, v.Version)
	}, "You have looked at the proofs of %s. Somebody who did not write in it has to approve it.")
}

func (h *Hall) approvePack(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.deed(c, by, func(v letters.PackVersion) error {
		seen, err := time.Parse(time.RFC3339Nano, c.FormValue("changed"))
		if err != nil {
			return fault.New(fault.Invalid, "Look at the version again and approve it from its page.")
		}
		return h.Mailroom.ApprovePack(c.UserContext(), by, v.Code, v.Version, seen)
	}, "%s is approved. It never changes any more; campaigns that name it print it from their next wave on.")
}

func (h *Hall) usePack(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.deed(c, by, func(v letters.PackVersion) error {
		return h.Mailroom.UsePack(c.UserContext(), by, c.FormValue("campaign"), v.Code, v.Version)
	}, "The campaign prints %s from its next wave on. Letters that are written already keep theirs.")
}

func (h *Hall) checkTranslation(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.deed(c, by, func(v letters.PackVersion) error {
		return h.Mailroom.CheckTranslation(c.UserContext(), by, v.Code, v.Version, c.Params("language"), c.FormValue("who"))
	}, "The translation in %s is noted as checked. It is printed once the version is approved.")
}
