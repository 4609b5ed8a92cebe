package main

import (
	"context"
	"crypto/rand"
	"strings"

	"duenotice/campaigns"
	"duenotice/cmd/duenotice/house"
)

type staffCommands struct {
	Add staffAdd `cmd:"" help:"Add somebody; a password is made and shown once."`
}

type staffAdd struct {
	Email  string `arg:"" help:"Their e-mail address, with which they sign in."`
	Role   string `required:"" enum:"national,regional,practice,helpdesk,finance,auditor" help:"national, regional, practice, helpdesk, finance or auditor."`
	Region string `placeholder:"CODE" help:"The region they work for; not for national and auditor."`
	Name   string `help:"Their name; otherwise taken from the address."`
}

// Help implements kong's longer help.
func (staffAdd) Help() string {
	return "Example:\n  duenotice staff add anna.price@example.org --role regional --region QMF --name 'Anna Price'"
}

func (s staffAdd) Run(c *call) error {
	if s.Name == "" {
		s.Name, _, _ = strings.Cut(s.Email, "@")
	}
	password := rand.Text()[:20]
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		id, err := h.Register.AddStaff(ctx, s.Email, s.Name, campaigns.Role(s.Role), s.Region, password)
		if err != nil {
			return err
		}
		return c.answer(map[string]any{"id": id, "email": s.Email, "role": s.Role, "password": password}, func() {
			c.say("%s may sign in with this password, which is shown only now: %s", s.Email, password)
		})
	})
}
