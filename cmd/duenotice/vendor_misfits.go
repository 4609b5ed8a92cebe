package main

import (
	"context"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/cmd/duenotice/house"
	"duenotice/letters"
)

type vendorMisfits struct {
	Code  string `arg:"" help:"The vendor's code."`
	Since string `placeholder:"DATE" help:"Only what was said from this day on."`
}

// Help implements kong's longer help.
func (vendorMisfits) Help() string {
	return "Example:\n  duenotice vendor misfits HARBOUR --since 2026-11-01\n\nReports that were refused, postings that were taken back, and what is wrong in the books of its batches now."
}

func (v vendorMisfits) Run(c *call) error {
	var since time.Time
	if v.Since != "" {
		day, err := readDate(v.Since)
		if err != nil {
			return err
		}
		since = day.Start()
	}
	return c.ofVendor(v.Code, func(ctx context.Context, h *house.House, p letters.VendorProfile, _ campaigns.Viewer) error {
		list, err := h.Mailroom.Contradictions(ctx, campaigns.Viewer{}, p.ID, since)
		if err != nil {
			return err
		}
		type line struct {
			On        *calendar.Date `json:"told_on"` // null: so in the books now
			Batch     string         `json:"batch"`
			Reference string         `json:"reference"`
			Said      string         `json:"said"`
			Why       string         `json:"why"`
		}
		lines := make([]line, len(list))
		for i, l := range list {
			lines[i] = line{nil, l.Batch, l.Reference, l.Said, l.Why}
			if !l.At.IsZero() {
				on := calendar.DateOf(l.At)
				lines[i].On = &on
			}
		}
		return c.answer(map[string]any{"vendor": p.Code, "misfits": lines}, func() {
			for _, l := range lines {
				when, what := "in the books", l.Batch
				if l.On != nil {
					when = l.On.String()
				}
				if l.Reference != "" {
					what += " " + l.Reference
				}
				c.say("%s, %s, %s: %s", when, what, l.Said, l.Why)
			}
			if len(lines) == 0 {
				c.say("Everything that %s said fits.", p.Name)
			}
		})
	})
}
