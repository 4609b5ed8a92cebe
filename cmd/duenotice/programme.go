package main

import (
	"context"

	"duenotice/cmd/duenotice/house"
)

type programmeCommands struct {
	Add programmeAdd `cmd:"" help:"Add a programme: what people say no or yes to, in every campaign of it."`
}

type programmeAdd struct {
	Code     string `arg:"" help:"A short code, such as SHS."`
	Name     string `arg:"" help:"Its name as people read it."`
	Registry string `default:"own" help:"Where its records are made; own is this installation's ledger."`
}

// Help implements kong's longer help.
func (programmeAdd) Help() string {
	return "Example:\n  duenotice programme add SHS 'Shared Health Summary'"
}

func (p programmeAdd) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		if _, err := h.Register.CreateProgramme(ctx, p.Code, p.Name, p.Registry); err != nil {
			return err
		}
		return c.answer(map[string]string{"code": p.Code, "name": p.Name, "registry": p.Registry}, func() { c.say("The programme %s is here.", p.Code) })
	})
}
