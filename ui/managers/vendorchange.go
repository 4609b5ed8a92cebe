package managers

import (
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// ofVendor finds the vendor of the address, does one thing and goes back to its
// page; what was wrong with the form is shown there.
func (h *Hall) ofVendor(c *fiber.Ctx, by campaigns.Viewer, said string, do func(letters.VendorProfile) error) error {
	p, err := h.Mailroom.VendorProfile(c.UserContext(), c.Params("code"))
	if err != nil {
		return err
	}
	var wrong page.Problems
	if err := wrong.Take(do(p)); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showVendor(c, by, wrong)
	}
	return h.done(c, "/vendors/"+p.Code, "%s", said)
}

func (h *Hall) saveVendor(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofVendor(c, by, "What was agreed is written down.", func(p letters.VendorProfile) error {
		p.Name, p.Email, p.CutOff = c.FormValue("name"), c.FormValue("email"), c.FormValue("cutoff")
		p.Packs = strings.FieldsFunc(c.FormValue("packs"), func(r rune) bool { return r == ',' || r <= ' ' })
		p.DailyCapacity, p.RetentionDays = wholeNumber(c, "capacity"), wholeNumber(c, "retention")
		return h.Mailroom.SetVendorProfile(c.UserContext(), by, p)
	})
}

// wholeNumber reads a count as people write it; what is none is 0, which no
// count may be.
func wholeNumber(c *fiber.Ctx, name string) int {
	n, err := strconv.Atoi(strings.NewReplacer(",", "", " ", "").Replace(c.FormValue(name)))
	if err != nil {
		return 0
	}
	return n
}

func (h *Hall) allowNetworks(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofVendor(c, by, "The networks are written down.", func(p letters.VendorProfile) error {
		list, err := letters.ReadNetworks(c.FormValue("networks"))
		if err != nil {
			return err
		}
		return h.Mailroom.SetVendorNetworks(c.UserContext(), by, p.ID, list)
	})
}

func (h *Hall) setSealing(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofVendor(c, by, "From now on its files are sealed as you said.", func(p letters.VendorProfile) error {
		kind := c.FormValue("kind")
		if kind == "none" {
			kind = ""
		}
		return h.Mailroom.SetVendorSealing(c.UserContext(), by, p.ID, kind, c.FormValue("key"))
	})
}

func (h *Hall) addSSHKey(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofVendor(c, by, "The key opens the SFTP door.", func(p letters.VendorProfile) error {
		return h.Mailroom.AddSSHKey(c.UserContext(), by, p.ID, c.FormValue("ssh"))
	})
}

func (h *Hall) revokeSSHKey(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofVendor(c, by, "The key opens nothing any more.", func(p letters.VendorProfile) error {
		return h.Mailroom.RevokeSSHKey(c.UserContext(), by, p.ID, idOf(c))
	})
}

func (h *Hall) revokeKey(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofVendor(c, by, "The key opens nothing any more.", func(p letters.VendorProfile) error {
		return h.Mailroom.RevokeVendorKey(c.UserContext(), by, p.ID, idOf(c))
	})
}

// idOf is the number in the address; what is none is 0, which nothing has.
func idOf(c *fiber.Ctx) int64 {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}
