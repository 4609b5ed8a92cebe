package main

import (
	"context"
	"fmt"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/readiness"
	"duenotice/cmd/duenotice/house"
)

type importReadiness struct {
	File      string `arg:"" type:"existingfile" help:"practice_code, state, and perhaps on, supplier, approach, owner, note, blocker, due; plain, gzip or zip."`
	Programme string `placeholder:"CODE" help:"The programme; the only one where there is one."`
	As        string `placeholder:"EMAIL" help:"Who brings it."`
}

// Help implements kong's longer help.
func (importReadiness) Help() string {
	return "Example:\n  duenotice import readiness states.csv\n\nThe states are not contacted, engaged, agreed, checks in progress, blocked, ready, live, deferred, withdrawn.\nBeing live switches a practice on from the day in the column on. A practice may come several times."
}

func (i importReadiness) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, i.As)
		if err != nil {
			return err
		}
		programme, err := programmeOf(ctx, h.Programme.Board, i.Programme)
		if err != nil {
			return err
		}
		f, err := opened(i.File)
		if err != nil {
			return err
		}
		defer f.Close()
		done, err := h.Programme.Board.Import(ctx, by, programme, f)
		if err != nil {
			return err
		}
		return c.answer(done, func() {
			c.say("%d rows: %d taken, %d known before, %d refused. %d practices of the file are live.", done.Rows, done.Taken, done.Same, done.Refused, done.Live)
			for _, w := range done.Findings[:min(len(done.Findings), 20)] {
				c.say("  Line %d%s: %s %s", w.Line, comma(w.Column), w.Shown, w.Advice)
			}
		})
	})
}

func comma(column string) string {
	if column == "" {
		return ""
	}
	return ", " + column
}

// programmeOf finds a programme by its code, or the only one.
func programmeOf(ctx context.Context, b *readiness.Board, code string) (campaigns.ProgrammeID, error) {
	list, err := b.Programmes(ctx)
	if err != nil {
		return 0, err
	}
	codes := ""
	for _, p := range list {
		if p.Code == code || code == "" && len(list) == 1 {
			return p.ID, nil
		}
		codes += fmt.Sprintf(" %s", p.Code)
	}
	if code == "" && len(list) > 1 {
		return 0, usage("say which programme with --programme:" + codes)
	}
	return 0, fault.New(fault.NotFound, "There is no such programme. A programme is made with duenotice programme add.")
}
