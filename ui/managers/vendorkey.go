package managers

import (
	"strconv"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type newKeyPage struct {
	letters.VendorProfile
	Kind    letters.KeyKind
	Secret  string
	Address string
	Before  *letters.VendorKey // what still works beside it
	Ended   *letters.VendorKey // what it put an end to
}

// makeKey makes a key and shows it, once. A form that is sent again makes no
// second one: it names the newest key that its page showed.
func (h *Hall) makeKey(c *fiber.Ctx, by campaigns.Viewer) error {
	ctx := c.UserContext()
	p, err := h.Mailroom.VendorProfile(ctx, c.Params("code"))
	if err != nil {
		return err
	}
	before, err := h.Mailroom.VendorKeys(ctx, p.ID)
	if err != nil {
		return err
	}
	newest := int64(0)
	var live []letters.VendorKey
	kind := letters.KeyKind(c.FormValue("kind"))
	if kind != letters.APIKey && kind != letters.ClientSecret {
		return fault.New(fault.Invalid, "A key is an API key or a client secret.")
	}
	for _, k := range before {
		newest = max(newest, k.ID)
		if k.Live() && k.Kind == kind {
			live = append(live, k)
		}
	}
	if c.FormValue("newest") != strconv.FormatInt(newest, 10) {
		return h.showVendor(c, by, page.Problems{{Text: "A key was made since this page was shown, and it is shown only once. Was it you? If it was lost, make another one."}})
	}
	secret, err := h.Mailroom.MakeVendorKey(ctx, by, p.ID, kind)
	if err != nil {
		return err
	}
	if p, err = h.Mailroom.VendorProfile(ctx, p.Code); err != nil {
		return err
	}
	body := newKeyPage{VendorProfile: p, Kind: kind, Secret: secret, Address: or(h.Vendors, "https://the-address-of-the-API")}
	if len(live) > 0 {
		body.Before = &live[0]
	}
	if len(live) > 1 {
		body.Ended = &live[len(live)-1]
	}
	return h.show(c, "vendorkey.html", page.View{Title: "A new key for " + p.Name, Active: "/vendors",
		Crumbs: []page.Link{{Text: "Vendors", Href: "/vendors"}, {Text: p.Name, Href: "/vendors/" + p.Code}}, Body: body})
}
