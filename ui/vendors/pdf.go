package vendors

import (
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/letters/exchange"
)

func (d *desk) pdfOperation() operation {
	o := fetch("/batches/:code/pdf", "getPDF", "application/pdf", "Fetch the file of a batch, or the part that a Range asks for",
		"Its ETag is its SHA-256. Where the line breaks, go on with Range and If-Range. A sealed file never changes. Where a key of yours was agreed, there is pdf.sealed instead.", d.pdf, fiber.StatusConflict)
	o.ranges = true
	return o
}

// pdf streams a batch's file.
func (d *desk) pdf(c *fiber.Ctx) error {
	b, err := d.named(c, c.Params("code"))
	if err != nil {
		return err
	}
	if err := d.mailroom.InTheClear(c.UserContext(), vendorOf(c)); err != nil {
		return err
	}
	return stream(c, download{"application/pdf", b.Code + ".pdf", b.PDFBytes, b.PDFSHA256}, func(from, length int64) (io.ReadCloser, error) {
		file, _, err := d.mailroom.PDF(c.UserContext(), vendorOf(c), b.Code, from, length)
		return file, err
	})
}

// download is a file that never changes.
type download struct {
	kind, name string
	bytes      int64
	sha256     []byte
}

// stream answers with a file, or the part that a Range asks for, so that a
// pull that broke goes on where it was. The ETag is the file's SHA-256.
func stream(c *fiber.Ctx, f download, open func(from, length int64) (io.ReadCloser, error)) error {
	etag := `"` + hex.EncodeToString(f.sha256) + `"`
	c.Set(fiber.HeaderETag, etag)
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	if known := c.Get(fiber.HeaderIfNoneMatch); known == "*" || strings.Contains(known, etag) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	from, length, part := int64(0), f.bytes, false
	if same := c.Get(fiber.HeaderIfRange); c.Method() == fiber.MethodGet && (same == "" || same == etag) {
		asked := spanOf(c.Get(fiber.HeaderRange), f.bytes)
		switch {
		case asked.beyond:
			c.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes */%d", f.bytes))
			return refusal{status: fiber.StatusRequestedRangeNotSatisfiable, detail: fmt.Sprintf("The file has %d bytes, and the Range begins after them.", f.bytes)}
		case asked.length > 0:
			from, length, part = asked.from, asked.length, true
		}
	}
	attach(c, f.kind, f.name)
	if c.Method() == fiber.MethodHead {
		c.Response().Header.SetContentLength(int(length))
		return nil
	}
	file, err := open(from, length)
	if err != nil {
		return err
	}
	if part {
		c.Status(fiber.StatusPartialContent).Set(fiber.HeaderContentRange, fmt.Sprintf("bytes %d-%d/%d", from, from+length-1, f.bytes))
	}
	return c.SendStream(file, int(length)) // closed when it is sent, or when the vendor is gone
}

func attach(c *fiber.Ctx, kind, name string) {
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
}

// span is the part of a file that a Range header asks for.
type span struct {
	from, length int64 // length 0: the whole file
	beyond       bool  // it begins after the end
}

// spanOf reads one range of bytes (RFC 9110, 14.1.2). What is no such range,
// or several, is answered with the whole file, as that standard allows.
func spanOf(header string, size int64) span {
	unit, asked, found := strings.Cut(header, "=")
	if !found || !strings.EqualFold(strings.TrimSpace(unit), "bytes") || strings.Contains(asked, ",") {
		return span{}
	}
	first, last, found := strings.Cut(strings.TrimSpace(asked), "-")
	if !found {
		return span{}
	}
	if first == "" { // the last n bytes
		n, ok := digits(last)
		switch {
		case !ok:
			return span{}
		case n == 0 || size == 0:
			return span{beyond: true}
		}
		n = min(n, size)
		return span{from: size - n, length: n}
	}
	from, ok := digits(first)
	to, okTo := digits(last)
	switch {
	case !ok || last != "" && (!okTo || to < from):
		return span{}
	case from >= size:
		return span{beyond: true}
	case last == "":
		to = size - 1
	}
	return span{from: from, length: min(to, size-1) - from + 1}
}

// digits reads a number without a sign; one too large for us is the largest.
func digits(s string) (int64, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64) // past the range it is the largest number, and err
	return n, err == nil || n > 0
}

func (d *desk) manifestOperation() operation {
	o := fetch("/batches/:code/manifest.json", "getManifest", fiber.MIMEApplicationJSON, "Fetch what a batch holds, as JSON",
		"Exactly as it was sealed: its SHA-256 is the manifest_sha256 of the batch.", d.manifest("json"), fiber.StatusConflict)
	o.answers = reflect.TypeFor[exchange.Manifest]()
	return o
}

// manifest answers with the manifest as it was sealed.
func (d *desk) manifest(kind string) fiber.Handler {
	types := map[string]string{"json": fiber.MIMEApplicationJSON, "csv": "text/csv; charset=utf-8"}
	return func(c *fiber.Ctx) error {
		b, err := d.named(c, c.Params("code"))
		if err != nil {
			return err
		}
		text, err := d.mailroom.ManifestFile(c.UserContext(), vendorOf(c), b.Code, kind)
		if err != nil {
			return err
		}
		attach(c, types[kind], b.Code+"."+kind)
		return c.Send(text)
	}
}

// rows answers with what a specialist makes letters from.
func (d *desk) rows(c *fiber.Ctx) error {
	b, err := d.named(c, c.Params("code"))
	if err != nil {
		return err
	}
	r, err := d.mailroom.SpecialistRows(c.UserContext(), vendorOf(c), b.Code)
	if err != nil {
		return err
	}
	attach(c, "text/csv; charset=utf-8", b.Code+".rows.csv")
	return c.SendStream(r)
}
