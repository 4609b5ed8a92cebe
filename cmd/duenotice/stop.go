package main

import (
	"context"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
)

type stopCommand struct {
	Reason string `help:"Why, in words colleagues will understand." default:"Stopped from the command line."`
	Lift   bool   `help:"Lift the stop: one person proposes it, the same command by another lifts it."`
	As     string `placeholder:"EMAIL" help:"Who does it; needed to lift."`
}

// Help implements kong's longer help.
func (stopCommand) Help() string {
	return "Examples:\n  duenotice stop --reason 'Letters went to the wrong people'\n  duenotice stop --lift --as anna.price@example.org\n\n" +
		"From its commit no letter is sealed and no record is made anywhere. Answers are taken, windows run."
}

func (s stopCommand) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		if s.Lift {
			return s.lift(ctx, c, h)
		}
		by, err := c.viewer(h, s.As)
		if err != nil {
			return err
		}
		if err := h.Register.Halt(ctx, by, campaigns.StopSignal, s.Reason); err != nil {
			return err
		}
		return c.answer(map[string]bool{"stopped": true}, func() {
			c.say("Everything is stopped. No letter is sealed and no record is made until two people lift it.")
		})
	})
}

func (s stopCommand) lift(ctx context.Context, c *call, h *house.House) error {
	by, err := c.named(h, s.As)
	if err != nil {
		return err
	}
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not lift the stop.")
	}
	signals, err := h.Register.Signals(ctx, []string{campaigns.StopSignal})
	if err != nil {
		return err
	}
	if !signals[campaigns.StopSignal].Red() {
		return c.answer(map[string]bool{"stopped": false}, func() { c.say("Nothing is stopped.") })
	}
	open, err := h.Register.Proposals(ctx)
	if err != nil {
		return err
	}
	for _, p := range open {
		if p.Action == "lift" && p.Key == campaigns.StopSignal {
			if err := h.Register.AgreeToLift(ctx, by, campaigns.StopSignal); err != nil {
				return err
			}
			return c.answer(map[string]bool{"stopped": false}, func() { c.say("The stop is lifted by %s and %s.", p.AuthorName, by.Name) })
		}
	}
	if err := h.Register.Propose(ctx, by, "lift", campaigns.StopSignal, map[string]string{}); err != nil {
		return err
	}
	return c.answer(map[string]bool{"stopped": true}, func() { c.say("Proposed. Another person has to give the same command.") })
}
