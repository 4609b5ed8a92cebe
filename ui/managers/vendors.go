package managers

import (
	"duenotice/campaigns"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// seesVendors tells whether a role may look at vendors and their books.
func seesVendors(r campaigns.Role) bool {
	return r.Manages() || r == campaigns.RoleFinance || r == campaigns.RoleAuditor
}

type vendorLine struct {
	letters.Vendor
	Sum    letters.Account
	Waits  int
	Colour string
	Word   string
}

type vendorsPage struct {
	Vendors []vendorLine
	May     bool
	Code    page.Input
	Name    page.Input
}

func (h *Hall) vendors(c *fiber.Ctx, by campaigns.Viewer) error { return h.showVendors(c, by, nil) }

func (h *Hall) showVendors(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	list, err := h.Mailroom.Vendors(ctx)
	if err != nil {
		return err
	}
	ledger, err := h.Mailroom.Ledger(ctx, by, letters.BalanceFilter{})
	if err != nil {
		return err
	}
	working, err := h.Register.Working(ctx)
	if err != nil {
		return err
	}
	body := vendorsPage{May: national(by.Role)}
	for _, v := range list {
		l := vendorLine{Vendor: v, Colour: "white", Word: "Nothing in hand"}
		wrong := 0
		for _, a := range ledger {
			if a.Vendor == v.Code {
				l.Sum = l.Sum.AddTo(a)
				wrong += len(a.Wrong())
			}
		}
		l.Waits = l.Sum.Waits(h.Clock.Today(), working)
		switch {
		case wrong > 0:
			l.Colour, l.Word = "red", "Books do not fit"
		case l.Sum.OpenRecalls > 0:
			l.Colour, l.Word = "orange", "To take out letters"
		case l.Sum.Still > 0:
			l.Colour, l.Word = "blue", "Has letters in hand"
		}
		body.Vendors = append(body.Vendors, l)
	}
	body.Code = page.Input{Field: page.Field{Name: "code", Label: "Short code", Hint: "Letters, digits and hyphens, such as HARBOUR", Error: wrong.For("code")}, Value: c.FormValue("code"), Width: "20", Spellcheck: "false"}
	body.Name = page.Input{Field: page.Field{Name: "name", Label: "Name", Error: wrong.For("name")}, Value: c.FormValue("name"), Width: "30"}
	return h.show(c, "vendors.html", page.View{Title: "Vendors", Active: "/vendors", Problem: wrong, Body: body})
}

func (h *Hall) addVendor(c *fiber.Ctx, by campaigns.Viewer) error {
	v, err := h.Mailroom.NewVendor(c.UserContext(), by, c.FormValue("code"), c.FormValue("name"))
	var wrong page.Problems
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showVendors(c, by, wrong)
	}
	return h.done(c, "/vendors/"+v.Code, "%s is here. Make a key for it, and say what was agreed.", v.Name)
}
