package vendors

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/gofiber/fiber/v2"

	"duenotice/letters"
	"duenotice/letters/exchange"
)

const octets = "application/octet-stream"

func (d *desk) sealedOperation() operation {
	o := fetch("/batches/:code/pdf.sealed", "getSealedPDF", octets, "Fetch the file of a batch, sealed to your own OpenPGP or age key",
		"Where such a key was agreed; a part, as of /pdf, can be asked for. It is made once, at the first call.", d.sealed, fiber.StatusConflict)
	o.ranges = true
	return o
}

func (d *desk) sealedCopy(c *fiber.Ctx) (letters.SealedCopy, error) {
	b, err := d.named(c, c.Params("code"))
	if err != nil {
		return letters.SealedCopy{}, err
	}
	return d.mailroom.SealedCopy(c.UserContext(), vendorOf(c), b.Code)
}

func (d *desk) sealed(c *fiber.Ctx) error {
	s, err := d.sealedCopy(c)
	if err != nil {
		return err
	}
	return stream(c, download{octets, s.Name, s.Bytes, s.SHA256}, func(from, length int64) (io.ReadCloser, error) {
		return d.mailroom.OpenSealedCopy(c.UserContext(), vendorOf(c), s, from, length)
	})
}

type sealedJSON struct {
	Batch       string        `json:"batch"`
	SealedWith  string        `json:"sealed_with" oneof:"openpgp,age"`
	Fingerprint string        `json:"fingerprint"`
	Sealed      exchange.File `json:"sealed"`
	Clear       exchange.File `json:"clear"`
}

// sealedNote says what the file left by SFTP beside a sealed one says.
func (d *desk) sealedNote(c *fiber.Ctx) (said sealedJSON, err error) {
	s, err := d.sealedCopy(c)
	if err != nil {
		return said, err
	}
	note, err := s.Note()
	if err != nil {
		return said, err
	}
	if err := json.Unmarshal(note, &said); err != nil {
		return said, fmt.Errorf("read note on sealed file: %w", err)
	}
	return said, nil
}
