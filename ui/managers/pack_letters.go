package managers

import (
	"fmt"
	"strconv"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type partLine struct {
	letters.TrialPart
	Language, Print string
	Grams           int
}

type findingLine struct {
	letters.Finding
	When string
}

type specimenLine struct {
	letters.Specimen
	Href string
}

type lettersPage struct {
	Campaign  campaigns.Campaign
	Wave      campaigns.Wave
	Href      string
	Pack      letters.PackVersion
	NoPack    string
	Trial     letters.Trial
	Parts     []partLine
	Letters   int
	Withheld  int // known before the trial
	Sheets    int
	Cost      letters.Cost
	Priced    bool
	Findings  []findingLine
	Open      int
	Specimens []specimenLine
	Zones     bool
	May       bool
	Pictures  bool
	Took      string
}

// shownFindings is how many findings one page lists.
const shownFindings = 500

func (h *Hall) waveLetters(c *fiber.Ctx, by campaigns.Viewer) error { return h.showLetters(c, by, nil) }

func (h *Hall) showLetters(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	k, w, err := h.oneWave(c, by)
	if err != nil {
		return err
	}
	body := lettersPage{
		Campaign: k, Wave: w, Href: fmt.Sprintf("/campaigns/%s/waves/%d/letters", k.Code, w.Number), May: w.State == "planned" && by.Role.Manages(),
		Pictures: letters.CanPicture(), Zones: c.Query("zones") != "",
	}
	body.Pack, err = h.Mailroom.PackOf(ctx, k)
	if f := fault.Of(err); f != nil {
		body.NoPack = f.Sentence
	} else if err != nil {
		return err
	}
	if body.Trial, err = h.Mailroom.LastTrial(ctx, w); err != nil {
		return err
	}
	if body.Trial.ID != 0 {
		if err := h.fillTrial(c, &body); err != nil {
			return err
		}
	}
	return h.show(c, "packletters.html", page.View{
		Title: fmt.Sprintf("Letters of wave %d, %s", w.Number, k.Name), Active: "/campaigns", Problem: wrong,
		Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}, {Text: k.Name, Href: "/campaigns/" + k.Code}, {Text: fmt.Sprintf("Wave %d", w.Number), Href: fmt.Sprintf("/campaigns/%s/waves/%d", k.Code, w.Number)}}, Body: body,
	})
}

func (h *Hall) fillTrial(c *fiber.Ctx, b *lettersPage) error {
	t := b.Trial
	for _, p := range t.Parts {
		b.Parts = append(b.Parts, partLine{p, languageName(p.Language), printName(p.Format), letters.Grams(p.Sheets, p.Format)})
		b.Sheets += p.Letters * p.Sheets
	}
	b.Letters = t.Letters()
	b.Withheld = t.People - b.Letters - t.Found
	b.Took = "in under a second"
	if took := t.EndedAt.Sub(t.StartedAt); took >= time.Second {
		b.Took = "in " + page.Plural(int64(took/time.Second), "second", "seconds")
	}
	version, err := h.Mailroom.Pack(c.UserContext(), t.Pack, t.Version)
	if err != nil {
		return err
	}
	if b.Cost, err = h.Mailroom.CostOfTrial(c.UserContext(), t, version.Postage, calendar.Max(b.Wave.FirstPostOn, h.Clock.Today())); err != nil {
		return err
	}
	b.Priced = b.Cost.Pieces > b.Cost.Unpriced
	list, err := h.Mailroom.Findings(c.UserContext(), t, shownFindings)
	if err != nil {
		return err
	}
	for _, f := range list {
		l := findingLine{Finding: f}
		if f.AcceptedBy != "" {
			l.When = page.Moment(f.AcceptedAt)
		}
		b.Findings = append(b.Findings, l)
	}
	b.Open = t.Found - t.Accepted
	for _, s := range t.Specimens {
		href := fmt.Sprintf("%s/%d", b.Href, s.Enrolment)
		b.Specimens = append(b.Specimens, specimenLine{s, href})
	}
	return nil
}

// tryLetters tries the letters of a wave now, whoever looks at the result.
func (h *Hall) tryLetters(c *fiber.Ctx, by campaigns.Viewer) error {
	k, w, err := h.oneWave(c, by)
	if err != nil {
		return err
	}
	if w.State != "planned" {
		return h.showLetters(c, by, page.Problems{{Text: "This wave is " + w.State + ": its letters are what they are."}})
	}
	err = h.Mailroom.TryWave(c.UserContext(), k, w)
	if f := fault.Of(err); f != nil {
		return h.showLetters(c, by, page.Problems{{Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	t, err := h.Mailroom.LastTrial(c.UserContext(), w)
	if err != nil {
		return err
	}
	says := "Every one of them can be printed."
	if t.Found > 0 {
		says = page.Plural(int64(t.Found), "letter cannot be printed right.", "letters cannot be printed right.")
	}
	if len(t.Wrong) > 0 {
		says = "The pack itself cannot be printed."
	}
	return h.done(c, fmt.Sprintf("/campaigns/%s/waves/%d/letters", k.Code, w.Number), "The letters of %s were tried. %s", page.Plural(int64(t.People), "person", "people"), says)
}

func (h *Hall) acceptFindings(c *fiber.Ctx, by campaigns.Viewer) error {
	k, w, err := h.oneWave(c, by)
	if err != nil {
		return err
	}
	var people []campaigns.EnrolmentID
	for _, v := range c.Request().PostArgs().PeekMulti("finding") {
		if id, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			people = append(people, campaigns.EnrolmentID(id))
		}
	}
	n, err := h.Mailroom.AcceptFindings(c.UserContext(), by, w, people)
	var wrong page.Problems
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showLetters(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/campaigns/%s/waves/%d/letters", k.Code, w.Number), "You have accepted %s. These people get no letter with this wave.", page.Plural(int64(n), "finding", "findings"))
}

// waveProof draws the letter of somebody the trial has picked.
func (h *Hall) waveProof(c *fiber.Ctx, by campaigns.Viewer) ([]byte, error) {
	k, w, err := h.oneWave(c, by)
	if err != nil {
		return nil, err
	}
	who, err := strconv.ParseInt(c.Params("enrolment"), 10, 64)
	if err != nil {
		return nil, fault.New(fault.NotFound, "There is no such proof.")
	}
	return h.Mailroom.ProofFor(c.UserContext(), by, k, w, campaigns.EnrolmentID(who), c.Query("zones") != "")
}

func (h *Hall) waveProofPDF(c *fiber.Ctx, by campaigns.Viewer) error {
	pdf, err := h.waveProof(c, by)
	if err != nil {
		return err
	}
	return sendPDF(c, pdf, "proof.pdf")
}

func (h *Hall) waveProofPage(c *fiber.Ctx, by campaigns.Viewer) error {
	pdf, err := h.waveProof(c, by)
	if err != nil {
		return err
	}
	return sendPage(c, pdf)
}

// sentLetter shows exactly what one person was sent, with the code masked.
func (h *Hall) sentLetter(c *fiber.Ctx, by campaigns.Viewer) error {
	pdf, err := h.Mailroom.ShowLetter(c.UserContext(), by, c.Params("reference"))
	if err != nil {
		return err
	}
	return sendPDF(c, pdf, "letter.pdf")
}
