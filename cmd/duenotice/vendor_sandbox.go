package main

import (
	"context"

	"duenotice/campaigns"
	"duenotice/cmd/duenotice/house"
	"duenotice/letters"
)

type vendorSandbox struct {
	Code string `arg:"" help:"The vendor's code."`
}

// Help implements kong's longer help.
func (vendorSandbox) Help() string {
	return "Example:\n  duenotice vendor sandbox HARBOUR\n\nThe key leads to the sandbox, a database of its own, and to no real letter. Where the database is somebody's, " +
		"name an empty and migrated one with DUENOTICE_SANDBOX_DATABASE_URL."
}

func (v vendorSandbox) Run(c *call) error {
	return c.ofVendor(v.Code, func(ctx context.Context, h *house.House, p letters.VendorProfile, by campaigns.Viewer) error {
		s, err := h.Sandbox(ctx)
		if err != nil {
			return err
		}
		key, err := h.Mailroom.SandboxKey(ctx, s, by, p)
		if err != nil {
			return err
		}
		return c.answer(map[string]string{"code": p.Code, "name": p.Name, "key": key}, func() {
			c.say("%s tries with this key, which is shown only now: %s", p.Name, key)
		})
	})
}
