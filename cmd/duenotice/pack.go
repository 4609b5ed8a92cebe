package main

import (
	"context"
	"os"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/letters"
	"duenotice/letters/paper"
)

type packCommands struct {
	List    packList    `cmd:"" help:"List the packs and their versions."`
	Show    packShow    `cmd:"" help:"Show a version: its languages, who answers for it, what is to be put right; or write a wording out."`
	Import  packImport  `cmd:"" help:"Take wordings in, one Markdown file a language, as a draft."`
	Supply  packSupply  `cmd:"" help:"Supply pages that were composed elsewhere, Easy Read or a language that is not drawn, as a PDF."`
	Proofed packProofed `cmd:"" help:"Say that you have looked at the proofs of a draft."`
	Approve packApprove `cmd:"" help:"Approve a proofed version that you did not write in."`
	Use     packUse     `cmd:"" help:"Make a campaign print a version from its next wave on."`
}

// shownPack is a version as answers show it.
type shownPack struct {
	Code       string        `json:"code"`
	Version    int           `json:"version"`
	Title      string        `json:"title"`
	State      string        `json:"state"`
	Postage    string        `json:"postage"`
	Geometry   string        `json:"geometry"`
	Author     string        `json:"author"`
	ProofedBy  string        `json:"proofed_by"`
	ApprovedBy string        `json:"approved_by"`
	ApprovedAt *time.Time    `json:"approved_at"`
	FrozenAt   *time.Time    `json:"frozen_at"`
	Formats    []string      `json:"formats"`
	Wordings   []shownWords  `json:"wordings"`
	Supplied   []shownSupply `json:"supplied"`
	Problems   []string      `json:"problems"` // of what is not approved yet
}

type shownWords struct {
	Language    string            `json:"language"`
	Translation paper.Translation `json:"translation"`
	Readability paper.Readability `json:"readability"`
}

func shownPackOf(v letters.PackVersion) shownPack {
	s := shownPack{
		Code: v.Code, Version: v.Version, Title: v.Title, State: string(v.State), Postage: v.Postage, Geometry: v.Geometry, Author: v.Author,
		ProofedBy: v.ProofedBy, ApprovedBy: v.ApprovedBy, Formats: v.Formats(), Supplied: []shownSupply{}, Problems: []string{},
	}
	if !v.ApprovedAt.IsZero() {
		s.ApprovedAt = &v.ApprovedAt
	}
	if !v.FrozenAt.IsZero() {
		s.FrozenAt = &v.FrozenAt
	}
	for _, w := range v.Supplies() {
		s.Supplied = append(s.Supplied, shownSupply{w.Language, w.Format, w.Pack.SuppliedPages, w.Pack.SuppliedSHA256, w.Pack.SuppliedChecked})
	}
	for _, w := range v.Wordings() {
		s.Wordings = append(s.Wordings, shownWords{w.Language, w.Translation(), paper.Readable(w.Pack.Text)})
	}
	return s
}

type shownSupply struct {
	Language string `json:"language"`
	Format   string `json:"format"`
	Pages    int    `json:"pages"`
	SHA256   string `json:"sha256"`
	Checked  string `json:"checked_by"` // "" since the English has changed
}

type packList struct{}

// Help implements kong's longer help.
func (packList) Help() string { return "Example:\n  duenotice pack list" }

func (packList) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		if err := h.Mailroom.EnsureStandardPack(ctx); err != nil {
			return err
		}
		list, err := h.Mailroom.Packs(ctx)
		if err != nil {
			return err
		}
		shown := make([]shownPack, len(list))
		for i, v := range list {
			shown[i] = shownPackOf(v)
		}
		return c.answer(shown, func() {
			for _, v := range list {
				c.say("%-12s %-9s %s", v.Name(), v.State, v.Title)
			}
		})
	})
}

// packName names a version on the command line.
type packName struct {
	Code    string `arg:"" help:"The pack's code, such as standard."`
	Version int    `arg:"" optional:"" help:"Its version; without one, the newest."`
}

type packShow struct {
	packName
	Wording string `placeholder:"LANGUAGE" help:"Write this wording out as it is, to be changed and imported."`
}

// Help implements kong's longer help.
func (packShow) Help() string {
	return "Examples:\n  duenotice pack show standard\n  duenotice pack show standard 2 --wording pl > standard-pl.md"
}

func (p packShow) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		v, err := h.Mailroom.Pack(ctx, p.Code, p.Version)
		if err != nil {
			return err
		}
		if p.Wording != "" {
			s, err := v.Source(p.Wording, paper.Standard)
			if err != nil {
				return err
			}
			return c.answer(map[string]string{"language": s.Language, "text": s.Pack.Text}, func() { c.say("%s", strings.TrimSuffix(s.Pack.Text, "\n")) })
		}
		shown := shownPackOf(v)
		if !v.State.Settled() {
			shown.Problems = append(shown.Problems, v.Problems(h.Clock.Today())...)
		}
		return c.answer(shown, func() { c.sayPack(v, shown) })
	})
}

func (c *call) sayPack(v letters.PackVersion, shown shownPack) {
	c.say("%s, %s: %s. %s class, %s.", v.Name(), v.Title, v.State, v.Postage, v.Geometry)
	for _, w := range shown.Wordings {
		state := w.Translation.State
		if w.Translation.CheckedBy != "" {
			state += " by " + w.Translation.CheckedBy
		}
		c.say("  %s  %s, %d words, %.1f in a sentence", w.Language, state, w.Readability.Words, w.Readability.WordsPerSentence)
	}
	for _, w := range shown.Supplied {
		by := "read by " + w.Checked
		if w.Checked == "" {
			by = "to be read again"
		}
		c.say("  %s  %s, %d supplied pages, %s", w.Language, w.Format, w.Pages, by)
	}
	for _, p := range shown.Problems {
		c.say("To be put right: %s", p)
	}
}

type packImport struct {
	Code  string   `arg:"" help:"The pack's code; a new one makes a new pack."`
	Files []string `arg:"" type:"existingfile" help:"Wordings in Markdown; each says its language (lang:) itself."`
	Title string   `help:"What colleagues call it; needed for a new pack."`
	As    string   `required:"" placeholder:"EMAIL" help:"Who writes; they will not be able to approve it."`
}

// Help implements kong's longer help.
func (packImport) Help() string {
	return "Example:\n  duenotice pack import scr scr-en.md scr-cy.md --title 'Summary Care Record' --as anna.price@example.org\n\n" +
		"It goes into the newest version while that is a draft, and begins the next one otherwise."
}

func (p packImport) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, p.As)
		if err != nil {
			return err
		}
		if err := h.Mailroom.EnsureStandardPack(ctx); err != nil {
			return err
		}
		texts := make([]string, len(p.Files))
		for i, name := range p.Files {
			text, err := os.ReadFile(name)
			if err != nil {
				return fault.New(fault.Invalid, "The file %s cannot be read.", name)
			}
			texts[i] = string(text)
		}
		v, err := h.Mailroom.Pack(ctx, p.Code, 0)
		if fault.Is(err, fault.NotFound) || err == nil && v.State.Settled() {
			v, err = h.Mailroom.DraftPack(ctx, by, letters.NewPack{Code: p.Code, Title: p.Title})
		}
		if err != nil {
			return err
		}
		for i, text := range texts {
			language := paper.Pack{Text: text}.Language()
			if v, err = h.Mailroom.SaveWording(ctx, by, v.Code, v.Version, language, text, ""); err != nil {
				if f := fault.Of(err); f != nil {
					return fault.New(f.Kind, "%s: %s", p.Files[i], f.Sentence)
				}
				return err
			}
		}
		return c.answer(shownPackOf(v), func() {
			c.say("%s is a draft. Look at its proofs, then somebody who did not write in it approves it.", v.Name())
		})
	})
}

type packProofed struct {
	packName
	As string `required:"" placeholder:"EMAIL" help:"Who has looked."`
}

// Help implements kong's longer help.
func (packProofed) Help() string {
	return "Example:\n  duenotice pack proofed scr 1 --as anna.price@example.org"
}

func (p packProofed) Run(c *call) error {
	return c.withPack(p.packName, p.As, "The proofs of %s have been looked at. Somebody who did not write in it approves it.", func(ctx context.Context, h *house.House, by campaigns.Viewer, v letters.PackVersion) error {
		return h.Mailroom.ProofPack(ctx, by, v.Code, v.Version)
	})
}

type packApprove struct {
	packName
	As string `required:"" placeholder:"EMAIL" help:"Who approves."`
}

// Help implements kong's longer help.
func (packApprove) Help() string {
	return "Example:\n  duenotice pack approve scr 1 --as dana.whitlock@example.org"
}

func (p packApprove) Run(c *call) error {
	return c.withPack(p.packName, p.As, "%s is approved and never changes any more.", func(ctx context.Context, h *house.House, by campaigns.Viewer, v letters.PackVersion) error {
		for _, s := range v.Drafts() {
			c.progress("The translation in %q is a draft that nobody has checked: it is not printed, its readers get English.", s.Language)
		}
		return h.Mailroom.ApprovePack(ctx, by, v.Code, v.Version, v.ChangedAt)
	})
}

type packUse struct {
	packName
	Campaign string `required:"" placeholder:"CODE" help:"The campaign's code."`
	As       string `required:"" placeholder:"EMAIL" help:"Who decides."`
}

// Help implements kong's longer help.
func (packUse) Help() string {
	return "Example:\n  duenotice pack use scr 1 --campaign NEL-26 --as dana.whitlock@example.org"
}

func (p packUse) Run(c *call) error {
	return c.withPack(p.packName, p.As, "The campaign prints %s from its next wave on.", func(ctx context.Context, h *house.House, by campaigns.Viewer, v letters.PackVersion) error {
		return h.Mailroom.UsePack(ctx, by, p.Campaign, v.Code, v.Version)
	})
}

// withPack does something with a version as somebody by name.
func (c *call) withPack(p packName, as, says string, do func(context.Context, *house.House, campaigns.Viewer, letters.PackVersion) error) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, as)
		if err != nil {
			return err
		}
		v, err := h.Mailroom.Pack(ctx, p.Code, p.Version)
		if err != nil {
			return err
		}
		if err := do(ctx, h, by, v); err != nil {
			return err
		}
		if v, err = h.Mailroom.Pack(ctx, v.Code, v.Version); err != nil {
			return err
		}
		return c.answer(shownPackOf(v), func() { c.say(says, v.Name()) })
	})
}
