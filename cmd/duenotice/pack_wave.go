package main

import (
	"context"
	"math"

	"duenotice/cmd/duenotice/house"
	"duenotice/letters"
)

type waveLetters struct {
	Number   int    `arg:"" help:"The wave's number."`
	Campaign string `required:"" placeholder:"CODE" help:"The campaign's code."`
	Accept   bool   `help:"Accept every finding: these people get no letter with this wave."`
	As       string `required:"" placeholder:"EMAIL" help:"Who looks, and accepts by name."`
}

// Help implements kong's longer help.
func (waveLetters) Help() string {
	return "Example:\n  duenotice wave letters 2 --campaign NEL-26 --as dana.whitlock@example.org"
}

// shownTrial is a trial as answers show it.
type shownTrial struct {
	Pack     string              `json:"pack"`
	Version  int                 `json:"version"`
	People   int                 `json:"people"`
	Letters  int                 `json:"letters"`
	Parts    []letters.TrialPart `json:"parts"`
	Wrong    []string            `json:"wrong"`
	Found    int                 `json:"found"`
	Accepted int                 `json:"accepted"`
	Findings []shownFinding      `json:"findings"`
}

type shownFinding struct {
	Person   int64  `json:"person"` // number of the enrolment
	Sentence string `json:"sentence"`
	Accepted string `json:"accepted_by"`
}

func (w waveLetters) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, w.As)
		if err != nil {
			return err
		}
		k, err := h.Register.Campaign(ctx, by, w.Campaign)
		if err != nil {
			return err
		}
		wave, err := h.Register.Wave(ctx, k.ID, w.Number)
		if err != nil {
			return err
		}
		if err := h.Mailroom.TryWave(ctx, k, wave); err != nil {
			return err
		}
		if w.Accept {
			if _, err := h.Mailroom.AcceptEveryFinding(ctx, by, k.Code, wave.Number); err != nil {
				return err
			}
		}
		t, err := h.Mailroom.LastTrial(ctx, wave)
		if err != nil {
			return err
		}
		list, err := h.Mailroom.Findings(ctx, t, math.MaxInt32)
		if err != nil {
			return err
		}
		shown := shownTrial{Pack: t.Pack, Version: t.Version, People: t.People, Letters: t.Letters(), Parts: t.Parts, Wrong: t.Wrong, Found: t.Found, Accepted: t.Accepted, Findings: []shownFinding{}}
		for _, f := range list {
			shown.Findings = append(shown.Findings, shownFinding{int64(f.Enrolment), f.Sentence, f.AcceptedBy})
		}
		return c.answer(shown, func() { c.sayTrial(shown) })
	})
}

func (c *call) sayTrial(t shownTrial) {
	c.say("%d people, %d letters of %s %d.", t.People, t.Letters, t.Pack, t.Version)
	for _, p := range t.Parts {
		c.say("  %s, %s: %d letters of %d pages on %d sheets", p.Language, p.Format, p.Letters, p.Pages, p.Sheets)
	}
	for _, wrong := range t.Wrong {
		c.say("The pack cannot be printed: %s", wrong)
	}
	if t.Found > 0 {
		c.say("%d cannot be printed right; %d of them are accepted:", t.Found, t.Accepted)
	}
	for _, f := range t.Findings {
		accepted := ""
		if f.Accepted != "" {
			accepted = " Accepted by " + f.Accepted + "."
		}
		c.say("  person %d: %s%s", f.Person, f.Sentence, accepted)
	}
}
