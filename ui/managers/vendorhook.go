package managers

import (
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type tellingLine struct {
	letters.Telling
	Colour, Word, What string
}

// hookOf fills in where a vendor is told, and what it was told last.
func (h *Hall) hookOf(c *fiber.Ctx, body *vendorPage, wrong page.Problems) error {
	hook, err := h.Mailroom.Hook(c.UserContext(), body.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil && hook.StoppedAt.IsZero() {
		body.Hook = &hook
	}
	body.HookURL = page.Input{Field: page.Field{Name: "url", Label: "Address to tell", Hint: "Begins with https. Leave it empty to tell nobody.", Error: wrong.For("url")},
		Value: kept(c, wrong, "url", ""), Type: "url", Spellcheck: "false"}
	if body.Hook != nil {
		body.HookURL.Value = kept(c, wrong, "url", hook.URL)
	}
	list, err := h.Mailroom.Tellings(c.UserContext(), body.ID, 20)
	if err != nil {
		return err
	}
	for _, t := range list {
		body.Tellings = append(body.Tellings, tellingOf(t))
	}
	return nil
}

func tellingOf(t letters.Telling) tellingLine {
	l := tellingLine{Telling: t, Colour: "aqua", Word: "To be told", What: map[string]string{"batch.released": "Batch " + t.Subject, "recalls.asked": "Letters asked back", "test": "A test"}[t.Event]}
	switch {
	case !t.ToldAt.IsZero():
		l.Colour, l.Word = "white", "Told"
	case t.GivenUp():
		l.Colour, l.Word = "red", "Given up"
	case t.Attempts > 0:
		l.Colour, l.Word = "orange", "Tried again soon"
	}
	return l
}

func (h *Hall) setHook(c *fiber.Ctx, by campaigns.Viewer) error {
	p, err := h.Mailroom.VendorProfile(c.UserContext(), c.Params("code"))
	if err != nil {
		return err
	}
	before, err := h.Mailroom.Hook(c.UserContext(), p.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	secret, err := h.Mailroom.SetHook(c.UserContext(), by, p.ID, strings.TrimSpace(c.FormValue("url")))
	var wrong page.Problems
	if err := wrong.Take(err); err != nil {
		return err
	}
	switch {
	case len(wrong) > 0:
		return h.showVendor(c, by, wrong)
	case secret == "":
		return h.done(c, "/vendors/"+p.Code, "%s is not told any more; it has to ask.", p.Name)
	case before.URL != "" && before.StoppedAt.IsZero():
		return h.done(c, "/vendors/"+p.Code, "%s is told there from now on. Its secret stays.", p.Name)
	}
	return h.showHookSecret(c, p, secret)
}

func (h *Hall) showHookSecret(c *fiber.Ctx, p letters.VendorProfile, secret string) error {
	return h.show(c, "vendorkey.html", page.View{Title: "A secret for " + p.Name, Active: "/vendors",
		Crumbs: []page.Link{{Text: "Vendors", Href: "/vendors"}, {Text: p.Name, Href: "/vendors/" + p.Code}},
		Body:   newKeyPage{VendorProfile: p, Kind: "hook", Secret: secret}})
}

// rotateHook makes the next secret and shows it; the one before signs as well
// until it is ended. A form that is sent again makes no further one.
func (h *Hall) rotateHook(c *fiber.Ctx, by campaigns.Viewer) error {
	p, err := h.Mailroom.VendorProfile(c.UserContext(), c.Params("code"))
	if err != nil {
		return err
	}
	hook, err := h.Mailroom.Hook(c.UserContext(), p.ID)
	if err != nil {
		return err
	}
	if hook.Both {
		return h.showVendor(c, by, page.Problems{{Text: "Two secrets sign already. End the one before, then make another."}})
	}
	secret, err := h.Mailroom.RotateHook(c.UserContext(), by, p.ID)
	if err != nil {
		return err
	}
	return h.showHookSecret(c, p, secret)
}

func (h *Hall) endOldSecret(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofVendor(c, by, "Only the newest secret signs from now on.", func(p letters.VendorProfile) error {
		return h.Mailroom.EndOldSecret(c.UserContext(), by, p.ID)
	})
}

func (h *Hall) testHook(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofVendor(c, by, "A test is on its way; look again in a minute.", func(p letters.VendorProfile) error {
		return h.Mailroom.TestHook(c.UserContext(), by, p.ID)
	})
}
