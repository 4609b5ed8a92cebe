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

type vendorCommands struct {
	Add vendorAdd `cmd:"" help:"Add a print vendor; its key is made and shown once."`
	Key vendorKey `cmd:"" help:"Make another key; of more than two the oldest ends."`
}

type vendorAdd struct {
	Code string `arg:"" help:"A short code, such as HARBOUR."`
	Name string `arg:"" help:"Its name."`
}

// Help implements kong's longer help.
func (vendorAdd) Help() string {
	return "Example:\n  duenotice vendor add HARBOUR 'Harbour Print and Post'"
}

func (v vendorAdd) Run(c *call) error { return c.vendorKey(v.Code, v.Name) }

type vendorKey struct {
	Code string `arg:"" help:"The vendor's code."`
}

// Help implements kong's longer help.
func (vendorKey) Help() string { return "Example:\n  duenotice vendor key HARBOUR" }

func (v vendorKey) Run(c *call) error { return c.vendorKey(v.Code, "") }

// vendorKey makes a key for a vendor, who is added when a name is given.
func (c *call) vendorKey(code, name string) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		if name == "" {
			list, err := h.Mailroom.Vendors(ctx)
			if err != nil {
				return err
			}
			for _, v := range list {
				if v.Code == code {
					name = v.Name
				}
			}
			if name == "" {
				return usage("there is no vendor " + code + "; add it with: duenotice vendor add " + code + " NAME")
			}
		}
		v, err := h.Mailroom.AddVendor(ctx, code, name)
		if err != nil {
			return err
		}
		key, err := h.Mailroom.NewVendorKey(ctx, v.ID)
		if err != nil {
			return err
		}
		return c.answer(map[string]string{"code": v.Code, "name": v.Name, "key": key}, func() {
			c.say("%s works with this key, which is shown only now: %s", v.Name, key)
		})
	})
}
