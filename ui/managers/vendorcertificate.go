package managers

import (
	"encoding/hex"

	"duenotice/campaigns"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// vendorCertificatePart is the section of a vendor's page about certificates.
type vendorCertificatePart struct {
	Certificates []certificateLine
	Certificate  page.Textarea
}

type certificateLine struct {
	letters.Certificate
	Print string
	Over  bool // its time is over, so it lets nobody in
}

func (h *Hall) certificatesOfVendor(c *fiber.Ctx, id letters.VendorID, wrong page.Problems) (part vendorCertificatePart, err error) {
	list, err := h.Mailroom.Certificates(c.UserContext(), id)
	if err != nil {
		return part, err
	}
	for _, k := range list {
		if k.Live() {
			part.Certificates = append(part.Certificates, certificateLine{k, hex.EncodeToString(k.SHA256), h.Clock().After(k.EndsAt)})
		}
	}
	part.Certificate = page.Textarea{Field: page.Field{Name: "certificate", Label: "Certificate", Hint: "In PEM. From the first one on a key alone is not enough.", Error: wrong.For("certificate")}, Value: kept(c, wrong, "certificate", ""), Rows: 4}
	return part, nil
}

func (h *Hall) addCertificate(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofVendor(c, by, "Its programs are let in with a key and one of its certificates only.", func(p letters.VendorProfile) error {
		return h.Mailroom.AddCertificate(c.UserContext(), by, p.ID, c.FormValue("certificate"))
	})
}

func (h *Hall) revokeCertificate(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.ofVendor(c, by, "The certificate counts no more.", func(p letters.VendorProfile) error {
		return h.Mailroom.RevokeCertificate(c.UserContext(), by, p.ID, idOf(c))
	})
}
