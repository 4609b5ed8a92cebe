package main

import (
	"context"

	"duenotice/campaigns"
	"duenotice/cmd/duenotice/house"
)

type importWithdraw struct {
	ID     int64  `arg:"" help:"The number of the file, as import cohort told it."`
	As     string `required:"" placeholder:"EMAIL" help:"Who withdraws it."`
	Reason string `required:"" help:"Why it should never have been taken."`
}

// Help implements kong's longer help.
func (importWithdraw) Help() string {
	return "Example:\n  duenotice import withdraw 3 --as anna.price@example.org --reason \"the list of another region\"\n\n" +
		"Whoever was not written to is excluded, whoever was is held, and records are withdrawn. People who stand in another file stay."
}

func (i importWithdraw) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, i.As)
		if err != nil {
			return err
		}
		back, err := h.Desk.WithdrawCohort(ctx, by, campaigns.CohortID(i.ID), i.Reason)
		if err != nil {
			return err
		}
		return c.answer(lower(back), func() {
			c.say("File %d is withdrawn: of %d people %d are excluded and %d held; %d records are withdrawn.", i.ID, back.People, back.Excluded, back.Held, back.Withdrawn)
		})
	})
}
