package managers

import (
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// vendorPeopleRoutes are about those who sign in for a vendor.
var vendorPeopleRoutes = []route{
	{"POST", "/vendors/:code/people", national, (*Hall).invitePerson},
	{"POST", "/vendors/:code/people/:id/end", national, (*Hall).endPerson},
	{"POST", "/vendors/:code/sandbox", national, (*Hall).makeSandboxKey},
	{"POST", "/vendors/:code/drop", national, (*Hall).setDrop},
	{"POST", "/vendors/:code/certificates", national, (*Hall).addCertificate},
	{"POST", "/vendors/:code/certificates/:id/revoke", national, (*Hall).revokeCertificate},
}

// vendorPeoplePart is the section of a vendor's page about its people.
type vendorPeoplePart struct {
	People                  []personLine
	PersonEmail, PersonName page.Input
}

type personLine struct {
	letters.VendorPerson
	Colour, Word string
}

func (h *Hall) peopleOfVendor(c *fiber.Ctx, id letters.VendorID, wrong page.Problems) (part vendorPeoplePart, err error) {
	list, err := h.Mailroom.VendorPeople(c.UserContext(), id)
	if err != nil {
		return part, err
	}
	now := h.Clock()
	for _, p := range list {
		l := personLine{p, "white", "May sign in"}
		switch {
		case p.HasEntered:
		case p.InviteEnds.After(now):
			l.Colour, l.Word = "aqua", "Invited"
		default:
			l.Colour, l.Word = "orange", "Invitation is over"
		}
		part.People = append(part.People, l)
	}
	part.PersonEmail = page.Input{Field: page.Field{Name: "person-email", Label: "E-mail address", Error: wrong.For("person-email")}, Value: kept(c, wrong, "person-email", ""), Type: "email", Width: "30", Spellcheck: "false", Autocomplete: "off"}
	part.PersonName = page.Input{Field: page.Field{Name: "person-name", Label: "Name", Error: wrong.For("person-name")}, Value: kept(c, wrong, "person-name", ""), Width: "30", Autocomplete: "off"}
	return part, nil
}

type inviteShown struct {
	letters.VendorProfile
	Email, Invitation, Link string
}

// invitePerson makes an invitation and shows it, once. Sent again by a reload
// it makes another one, and the one before is worth nothing.
func (h *Hall) invitePerson(c *fiber.Ctx, by campaigns.Viewer) error {
	p, err := h.Mailroom.VendorProfile(c.UserContext(), c.Params("code"))
	if err != nil {
		return err
	}
	email := strings.ToLower(strings.TrimSpace(c.FormValue("person-email")))
	code, err := h.Mailroom.InvitePerson(c.UserContext(), by, p.ID, email, c.FormValue("person-name"))
	var wrong page.Problems
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showVendor(c, by, wrong)
	}
	at := or(h.Vendors, "https://the-address-of-the-vendors-door")
	return h.show(c, "vendorinvite.html", page.View{Title: "An invitation for " + p.Name, Active: "/vendors",
		Crumbs: []page.Link{{Text: "Vendors", Href: "/vendors"}, {Text: p.Name, Href: "/vendors/" + p.Code}},
		Body:   inviteShown{VendorProfile: p, Email: email, Invitation: code, Link: at + "/join#" + code}})
}

func (h *Hall) endPerson(c *fiber.Ctx, by campaigns.Viewer) error {
	id := letters.PersonID(idOf(c))
	return h.ofVendor(c, by, "This person signs in no more.", func(p letters.VendorProfile) error {
		err := h.Mailroom.EndPerson(c.UserContext(), by, p.ID, id)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "There is no such person.")
		}
		return err
	})
}

// makeSandboxKey makes a key of the sandbox and shows it, once. It opens no
// real letter, so nobody is asked for a password.
func (h *Hall) makeSandboxKey(c *fiber.Ctx, by campaigns.Viewer) error {
	p, err := h.Mailroom.VendorProfile(c.UserContext(), c.Params("code"))
	if err != nil {
		return err
	}
	if h.Sandbox == nil {
		return fault.New(fault.Unavailable, "There is no sandbox here.")
	}
	s, err := h.Sandbox(c.UserContext())
	if err != nil {
		return err
	}
	secret, err := h.Mailroom.SandboxKey(c.UserContext(), s, by, p)
	if err != nil {
		return err
	}
	return h.show(c, "vendorkey.html", page.View{Title: "A sandbox key for " + p.Name, Active: "/vendors",
		Crumbs: []page.Link{{Text: "Vendors", Href: "/vendors"}, {Text: p.Name, Href: "/vendors/" + p.Code}},
		Body:   newKeyPage{VendorProfile: p, Kind: "sandbox", Secret: secret, Address: or(h.Vendors, "https://the-address-of-the-API")}})
}
