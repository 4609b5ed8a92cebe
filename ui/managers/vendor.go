package managers

import (
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/crypto/ssh"
)

type vendorPage struct {
	letters.VendorProfile
	May         bool
	Keys        []letters.VendorKey
	Ended       int // keys that are over
	Newest      int64
	SSH         []letters.SSHKey
	HostKey     string
	Sum         letters.Account
	Batches     int
	Waits       int
	NetworkList []string
	Address     string // of the API, for the example
	Deeds       []campaigns.Look
	Hook        *letters.Hook
	HookURL     page.Input
	Tellings    []tellingLine

	Name, Email, CutOff, Capacity, Retention, Packs page.Input
	Networks, SSHLine, SealKeyText                  page.Textarea
	SealWith                                        page.Radios
	vendorPeoplePart
	vendorDropPart
	vendorCertificatePart
}

func (h *Hall) vendor(c *fiber.Ctx, by campaigns.Viewer) error { return h.showVendor(c, by, nil) }

// kept is what was typed into a field of the form that went wrong, else what is kept.
func kept(c *fiber.Ctx, wrong page.Problems, name, now string) string {
	if len(wrong) > 0 && c.Request().PostArgs().Has(name) {
		return c.FormValue(name)
	}
	return now
}

func (h *Hall) showVendor(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	p, err := h.Mailroom.VendorProfile(ctx, c.Params("code"))
	if err != nil {
		return err
	}
	body := vendorPage{VendorProfile: p, May: national(by.Role), Address: h.Vendors}
	if body.Address == "" {
		body.Address = "https://the-address-of-the-API"
	}
	if err := h.vendorKeys(c, &body); err != nil {
		return err
	}
	ledger, err := h.Mailroom.Ledger(ctx, by, letters.BalanceFilter{Vendor: p.ID})
	if err != nil {
		return err
	}
	for _, a := range ledger {
		body.Sum = body.Sum.AddTo(a)
	}
	working, err := h.Register.Working(ctx)
	if err != nil {
		return err
	}
	body.Batches, body.Waits = len(ledger), body.Sum.Waits(h.Clock.Today(), working)
	if body.Deeds, err = h.Register.Looks(ctx, "vendor", strconv.FormatInt(int64(p.ID), 10), 12); err != nil {
		return err
	}
	for i, d := range body.Deeds {
		if d.Who == "system" {
			body.Deeds[i].Who = "The installation"
		}
	}
	if body.vendorPeoplePart, err = h.peopleOfVendor(c, p.ID, wrong); err != nil {
		return err
	}
	if body.vendorDropPart, err = h.dropOfVendor(c, p.ID, wrong); err != nil {
		return err
	}
	if body.vendorCertificatePart, err = h.certificatesOfVendor(c, p.ID, wrong); err != nil {
		return err
	}
	if err := h.hookOf(c, &body, wrong); err != nil {
		return err
	}
	body.fields(c, wrong)
	return h.show(c, "vendor.html", page.View{Title: p.Name, Active: "/vendors", Problem: wrong, Crumbs: []page.Link{{Text: "Vendors", Href: "/vendors"}}, Body: body})
}

func (h *Hall) vendorKeys(c *fiber.Ctx, body *vendorPage) error {
	keys, err := h.Mailroom.VendorKeys(c.UserContext(), body.ID)
	if err != nil {
		return err
	}
	for _, k := range keys {
		body.Newest = max(body.Newest, k.ID)
		if k.Live() {
			body.Keys = append(body.Keys, k)
		} else {
			body.Ended++
		}
	}
	all, err := h.Mailroom.SSHKeys(c.UserContext(), body.ID)
	if err != nil {
		return err
	}
	for _, k := range all {
		if k.Live() {
			body.SSH = append(body.SSH, k)
		}
	}
	for _, n := range body.VendorProfile.Networks {
		body.NetworkList = append(body.NetworkList, n.String())
	}
	if host, err := h.Mailroom.SFTPHostKey(); err == nil { // without a pepper there is no SFTP door
		body.HostKey = ssh.FingerprintSHA256(host.PublicKey())
	}
	return nil
}

func (b *vendorPage) fields(c *fiber.Ctx, wrong page.Problems) {
	field := func(name, label, hint string) page.Field {
		return page.Field{Name: name, Label: label, Hint: hint, Error: wrong.For(name)}
	}
	b.Name = page.Input{Field: field("name", "Name", ""), Value: kept(c, wrong, "name", b.VendorProfile.Name), Width: "30"}
	b.Email = page.Input{Field: field("email", "E-mail address of its print room", ""), Value: kept(c, wrong, "email", b.VendorProfile.Email), Type: "email", Width: "30", Spellcheck: "false"}
	b.CutOff = page.Input{Field: field("cutoff", "Cut-off", "London time after which nothing is taken for the next day, such as 17:30"), Value: kept(c, wrong, "cutoff", b.VendorProfile.CutOff), Width: "5"}
	b.Capacity = page.Input{Field: field("capacity", "Letters a day", ""), Value: kept(c, wrong, "capacity", strconv.Itoa(b.DailyCapacity)), Width: "10", Inputmode: "numeric"}
	b.Retention = page.Input{Field: field("retention", "Days for which it keeps its copies", ""), Value: kept(c, wrong, "retention", strconv.Itoa(b.RetentionDays)), Width: "3", Inputmode: "numeric"}
	b.Packs = page.Input{Field: field("packs", "Packs it may print", "Codes with spaces between; leave it empty for all"), Value: kept(c, wrong, "packs", strings.Join(b.VendorProfile.Packs, " ")), Width: "30", Spellcheck: "false"}
	b.Networks = page.Textarea{Field: field("networks", "Networks", "One on a line, such as 192.0.2.0/24 or 2001:db8::/32. Leave it empty to allow all."), Value: kept(c, wrong, "networks", strings.Join(b.NetworkList, "\n")), Rows: 3}
	b.SSHLine = page.Textarea{Field: field("ssh", "Public key", "The line of the vendor’s file that ends in .pub"), Value: kept(c, wrong, "ssh", ""), Rows: 3}
	b.SealWith = page.Radios{Field: page.Field{Name: "kind", Label: "Seal its files with", LabelSize: "s", Error: wrong.For("kind")}, Small: true, Inline: true, Chosen: kept(c, wrong, "kind", or(b.SealKind, "none")),
		Options: []page.Option{{Value: "none", Text: "Nothing more than TLS"}, {Value: letters.SealedOpenPGP, Text: "OpenPGP"}, {Value: letters.SealedAge, Text: "age"}}}
	b.SealKeyText = page.Textarea{Field: field("key", "The vendor’s public key", "The whole armoured block of OpenPGP, or the line that begins with age1"), Value: kept(c, wrong, "key", b.SealKey), Rows: 5}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
