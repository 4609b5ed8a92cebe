package main

import (
	"context"

	"golang.org/x/crypto/ssh"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/letters"
)

type vendorCommands struct {
	Add      vendorAdd      `cmd:"" help:"Add a print vendor; its key is made and shown once."`
	Key      vendorKey      `cmd:"" aliases:"rotate" help:"Make another key; of more than two the oldest ends."`
	Sandbox  vendorSandbox  `cmd:"" help:"Make a key of the sandbox, where a vendor tries what it has built on made-up letters."`
	Revoke   vendorRevoke   `cmd:"" help:"End a key at once."`
	Show     vendorShow     `cmd:"" help:"Say what was agreed with a vendor, and which keys it has."`
	Networks vendorNetworks `cmd:"" help:"Say from which networks a vendor may ask."`
	SSH      vendorSSH      `cmd:"" name:"ssh-key" help:"Let a vendor open the SFTP door with a public key, read from stdin."`
	Seal     vendorSeal     `cmd:"" help:"Seal a vendor's files to its public key, read from stdin."`
	Books    vendorBooks    `cmd:"" help:"Say what became of every released letter, and what does not fit."`
	Misfits  vendorMisfits  `cmd:"" help:"List everything that a vendor said and that does not fit what is known."`
}

// ofVendor joins the house for one thing about the vendor of a code.
func (c *call) ofVendor(code string, do func(context.Context, *house.House, letters.VendorProfile, campaigns.Viewer) error) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, "")
		if err != nil {
			return err
		}
		p, err := h.Mailroom.VendorProfile(ctx, code)
		if fault.Is(err, fault.NotFound) {
			return usage("there is no vendor " + code + "; add it with: duenotice vendor add " + code + " NAME")
		}
		if err != nil {
			return err
		}
		return do(ctx, h, p, by)
	})
}

type vendorAdd struct {
	Code string `arg:"" help:"A short code, such as HARBOUR."`
	Name string `arg:"" help:"Its name."`
}

// Help implements kong's longer help.
func (vendorAdd) Help() string {
	return "Example:\n  duenotice vendor add HARBOUR 'Harbour Print and Post'"
}

func (v vendorAdd) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		added, err := h.Mailroom.AddVendor(ctx, v.Code, v.Name)
		if err != nil {
			return err
		}
		key, err := h.Mailroom.NewVendorKey(ctx, added.ID)
		if err != nil {
			return err
		}
		return c.answer(map[string]string{"code": added.Code, "name": added.Name, "key": key}, func() {
			c.say("%s works with this key, which is shown only now: %s", added.Name, key)
		})
	})
}

type vendorKey struct {
	Code   string `arg:"" help:"The vendor's code."`
	Client bool   `help:"Make a client secret, which buys tokens of ten minutes, instead of an API key."`
}

// Help implements kong's longer help.
func (vendorKey) Help() string {
	return "Example:\n  duenotice vendor key HARBOUR\n\nTwo keys of a kind work at once: the vendor changes to the new one, then the one before is revoked."
}

func (v vendorKey) Run(c *call) error {
	return c.ofVendor(v.Code, func(ctx context.Context, h *house.House, p letters.VendorProfile, by campaigns.Viewer) error {
		kind := letters.APIKey
		if v.Client {
			kind = letters.ClientSecret
		}
		key, err := h.Mailroom.MakeVendorKey(ctx, by, p.ID, kind)
		if err != nil {
			return err
		}
		if p, err = h.Mailroom.VendorProfile(ctx, p.Code); err != nil {
			return err
		}
		said := map[string]string{"code": p.Code, "name": p.Name, "key": key}
		if v.Client {
			said["client_id"] = p.ClientID
		}
		return c.answer(said, func() {
			if v.Client {
				c.say("The client id of %s is %s.", p.Name, p.ClientID)
			}
			c.say("%s works with this key, which is shown only now: %s", p.Name, key)
		})
	})
}

type vendorRevoke struct {
	Code string `arg:"" help:"The vendor's code."`
	Hint string `arg:"" help:"The last four characters of the key."`
}

// Help implements kong's longer help.
func (vendorRevoke) Help() string { return "Example:\n  duenotice vendor revoke HARBOUR x7Qz" }

func (v vendorRevoke) Run(c *call) error {
	return c.ofVendor(v.Code, func(ctx context.Context, h *house.House, p letters.VendorProfile, by campaigns.Viewer) error {
		keys, err := h.Mailroom.VendorKeys(ctx, p.ID)
		if err != nil {
			return err
		}
		revoked := 0
		for _, k := range keys {
			if k.Live() && k.Hint == v.Hint {
				if err := h.Mailroom.RevokeVendorKey(ctx, by, p.ID, k.ID); err != nil {
					return err
				}
				revoked++
			}
		}
		if revoked == 0 {
			return fault.New(fault.NotFound, "%s has no live key that ends in %s.", p.Name, v.Hint)
		}
		return c.answer(map[string]any{"code": p.Code, "revoked": revoked}, func() { c.say("It opens nothing any more.") })
	})
}

type vendorShow struct {
	Code string `arg:"" help:"The vendor's code."`
}

// Help implements kong's longer help.
func (vendorShow) Help() string { return "Example:\n  duenotice vendor show HARBOUR --json" }

type shownKey struct {
	Kind   string `json:"kind"`
	EndsIn string `json:"ends_in"`
}

func (v vendorShow) Run(c *call) error {
	return c.ofVendor(v.Code, func(ctx context.Context, h *house.House, p letters.VendorProfile, _ campaigns.Viewer) error {
		said := struct {
			Code        string     `json:"code"`
			Name        string     `json:"name"`
			CutOff      string     `json:"cut_off"`
			Capacity    int        `json:"daily_capacity"`
			Networks    []string   `json:"networks"`
			Keys        []shownKey `json:"keys"`
			SealedWith  string     `json:"sealed_with"`
			Fingerprint string     `json:"fingerprint"`
			HostKey     string     `json:"sftp_host_key"`
		}{p.Code, p.Name, p.CutOff, p.DailyCapacity, []string{}, []shownKey{}, p.SealKind, p.Fingerprint, ""}
		for _, n := range p.Networks {
			said.Networks = append(said.Networks, n.String())
		}
		keys, err := h.Mailroom.VendorKeys(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.Live() {
				said.Keys = append(said.Keys, shownKey{string(k.Kind), k.Hint})
			}
		}
		files, err := h.Mailroom.SSHKeys(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, k := range files {
			if k.Live() {
				said.Keys = append(said.Keys, shownKey{"ssh", k.Fingerprint[len(k.Fingerprint)-4:]})
			}
		}
		if host, err := h.Mailroom.SFTPHostKey(); err == nil { // without a pepper there is no SFTP door
			said.HostKey = ssh.FingerprintSHA256(host.PublicKey())
		}
		return c.answer(said, func() {
			c.say("%s (%s), cut-off %s, %d letters a day.", p.Name, p.Code, p.CutOff, p.DailyCapacity)
			for _, k := range said.Keys {
				c.say("  a key of the kind %s that ends in %s", k.Kind, k.EndsIn)
			}
			for _, n := range said.Networks {
				c.say("  asks from %s", n)
			}
			if p.SealKind != "" {
				c.say("  files are sealed with %s to %s", p.SealKind, p.Fingerprint)
			}
			if said.HostKey != "" {
				c.say("  pins the SFTP door by %s", said.HostKey)
			}
		})
	})
}
