package managers

import (
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/crypto/ssh"
)

// vendorDropPart is the section of a vendor's page about its own server.
type vendorDropPart struct {
	Drop                                 *letters.Drop
	DropFingerprint                      string
	DropLine                             string // our key there; "" without a pepper
	DropAddress, DropAccount, DropFolder page.Input
	DropKey                              page.Textarea
}

func (h *Hall) dropOfVendor(c *fiber.Ctx, id letters.VendorID, wrong page.Problems) (part vendorDropPart, err error) {
	d, err := h.Mailroom.DropOf(c.UserContext(), id)
	switch {
	case err == nil:
		part.Drop = &d
		if key, err := ssh.ParsePublicKey(d.HostKey); err == nil {
			part.DropFingerprint = ssh.FingerprintSHA256(key)
		}
	case !fault.Is(err, fault.NotFound):
		return part, err
	}
	if key, err := h.Mailroom.DropKey(id); err == nil {
		part.DropLine = strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key.PublicKey()))) + " due-notice"
	}
	input := func(name, label, hint, now string) page.Input {
		return page.Input{Field: page.Field{Name: name, Label: label, Hint: hint, Error: wrong.For(name)}, Value: kept(c, wrong, name, now), Width: "30", Spellcheck: "false", Autocomplete: "off"}
	}
	part.DropAddress = input("drop-address", "Server", "Name or address, with its port if that is not 22. Leave it empty to bring nothing.", d.Address)
	part.DropAccount = input("drop-account", "Account", "", d.Account)
	part.DropFolder = input("drop-folder", "Folder", "Under it we keep out, in and acks", d.Folder)
	part.DropKey = page.Textarea{Field: page.Field{Name: "drop-key", Label: "The server’s own public key", Hint: "From the vendor, such as ssh-ed25519 AAAA…. A server with another key is not spoken to.", Error: wrong.For("drop-key")}, Value: kept(c, wrong, "drop-key", ""), Rows: 3}
	return part, nil
}

func (h *Hall) setDrop(c *fiber.Ctx, by campaigns.Viewer) error {
	said := "Its batches are brought there from now on; look again in a few minutes."
	if strings.TrimSpace(c.FormValue("drop-address")) == "" {
		said = "Nothing is brought any more; it fetches its batches."
	}
	return h.ofVendor(c, by, said, func(p letters.VendorProfile) error {
		return h.Mailroom.SetDrop(c.UserContext(), by, letters.Drop{Vendor: p.ID, Address: c.FormValue("drop-address"), Account: c.FormValue("drop-account"), Folder: c.FormValue("drop-folder")}, c.FormValue("drop-key"))
	})
}
