package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/letters"
)

type vendorNetworks struct {
	Code     string   `arg:"" help:"The vendor's code."`
	Networks []string `arg:"" optional:"" help:"Networks such as 192.0.2.0/24; none allows all."`
}

// Help implements kong's longer help.
func (vendorNetworks) Help() string {
	return "Example:\n  duenotice vendor networks HARBOUR 192.0.2.0/24 2001:db8::/32"
}

func (v vendorNetworks) Run(c *call) error {
	return c.ofVendor(v.Code, func(ctx context.Context, h *house.House, p letters.VendorProfile, by campaigns.Viewer) error {
		list, err := letters.ReadNetworks(strings.Join(v.Networks, " "))
		if err != nil {
			return err
		}
		if err := h.Mailroom.SetVendorNetworks(ctx, by, p.ID, list); err != nil {
			return err
		}
		return c.answer(map[string]any{"code": p.Code, "networks": list}, func() {
			if len(list) == 0 {
				c.say("%s may ask from anywhere.", p.Name)
				return
			}
			c.say("%s may ask from these and from nowhere else: %s.", p.Name, strings.Join(v.Networks, ", "))
		})
	})
}

type vendorSSH struct {
	Code string `arg:"" help:"The vendor's code."`
}

// Help implements kong's longer help.
func (vendorSSH) Help() string { return "Example:\n  duenotice vendor ssh-key HARBOUR < harbour.pub" }

func (v vendorSSH) Run(c *call) error {
	return c.ofVendor(v.Code, func(ctx context.Context, h *house.House, p letters.VendorProfile, by campaigns.Viewer) error {
		line, err := c.publicKey()
		if err != nil {
			return err
		}
		if err := h.Mailroom.AddSSHKey(ctx, by, p.ID, line); err != nil {
			return err
		}
		return c.answer(map[string]string{"code": p.Code}, func() { c.say("%s opens the SFTP door with it, as %s.", p.Name, p.Code) })
	})
}

type vendorSeal struct {
	Code string `arg:"" help:"The vendor's code."`
	With string `arg:"" enum:"openpgp,age,none" help:"openpgp, age or none."`
}

// Help implements kong's longer help.
func (vendorSeal) Help() string {
	return "Example:\n  duenotice vendor seal HARBOUR openpgp < harbour.asc\n  duenotice vendor seal HARBOUR none"
}

func (v vendorSeal) Run(c *call) error {
	return c.ofVendor(v.Code, func(ctx context.Context, h *house.House, p letters.VendorProfile, by campaigns.Viewer) error {
		key, kind := "", ""
		if v.With != "none" {
			var err error
			if key, err = c.publicKey(); err != nil {
				return err
			}
			kind = v.With
		}
		if err := h.Mailroom.SetVendorSealing(ctx, by, p.ID, kind, key); err != nil {
			return err
		}
		p, err := h.Mailroom.VendorProfile(ctx, p.Code)
		if err != nil {
			return err
		}
		return c.answer(map[string]string{"code": p.Code, "sealed_with": p.SealKind, "fingerprint": p.Fingerprint}, func() {
			if p.SealKind == "" {
				c.say("The files of %s are not sealed to a key of its own any more.", p.Name)
				return
			}
			c.say("The files of %s are sealed to %s.", p.Name, p.Fingerprint)
		})
	})
}

// publicKey reads a key from stdin, where no list of processes shows it.
func (c *call) publicKey() (string, error) {
	text, err := io.ReadAll(io.LimitReader(c.in, 128<<10))
	if err != nil {
		return "", fmt.Errorf("read key: %w", err)
	}
	return string(text), nil
}

type vendorBooks struct {
	Vendor string `help:"Only this vendor."`
}

// Help implements kong's longer help.
func (vendorBooks) Help() string {
	return "Example:\n  duenotice vendor books --vendor HARBOUR\n\nExits 1 when something does not fit."
}

func (v vendorBooks) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		list, err := h.Mailroom.Ledger(ctx, campaigns.Viewer{}, letters.BalanceFilter{})
		if err != nil {
			return err
		}
		type line struct {
			Batch    string   `json:"batch"`
			Vendor   string   `json:"vendor"`
			Released int      `json:"released"`
			Posted   int      `json:"posted"`
			Returned int      `json:"returned"`
			Ended    int      `json:"ended"`
			Still    int      `json:"still"`
			Postage  string   `json:"postage"`
			Invoiced string   `json:"invoiced"`
			Wrong    []string `json:"wrong"`
		}
		lines, wrong := []line{}, 0
		for _, a := range list {
			if v.Vendor != "" && !strings.EqualFold(a.Vendor, v.Vendor) {
				continue
			}
			says := append([]string{}, a.Wrong()...)
			wrong += len(says)
			lines = append(lines, line{a.Batch, a.Vendor, a.Released, a.Posted, a.Returned, a.Spoiled + a.Rejected + a.Recalled + a.Failed + a.Forwarded, a.Still,
				a.Postage.String(), a.Invoiced.String(), says})
		}
		err = c.answer(map[string]any{"batches": lines, "wrong": wrong}, func() {
			for _, l := range lines {
				c.say("%s, %s: %d released, %d posted (%d came back), %d ended, %d with the vendor, postage %s, invoiced %s", l.Batch, l.Vendor, l.Released, l.Posted, l.Returned, l.Ended, l.Still, l.Postage, l.Invoiced)
				for _, s := range l.Wrong {
					c.say("  ✗ %s", s)
				}
			}
		})
		if err == nil && wrong > 0 {
			err = fault.New(fault.Unavailable, "%d things in the vendors' books do not fit.", wrong)
		}
		return err
	})
}
