package vendors_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"filippo.io/age"

	"duenotice/letters"
	"duenotice/letters/exchange"
)

func TestASealedFileOpensWithTheVendorsKeyAndIsWhatThePDFIs(t *testing.T) {
	h := newHouse(t, 40)
	h.expect(404, "GET", first+"/pdf.sealed", "")
	h.expect(404, "GET", first+"/sealed.json", "")
	clear := h.expect(200, "GET", first+"/pdf", "").body
	piece := h.text(`SELECT reference FROM pieces ORDER BY id LIMIT 1`)
	h.expect(200, "GET", first+"/pieces/"+piece+".pdf", "")
	key, err := age.GenerateX25519Identity()
	h.must(err)
	vendor := letters.VendorID(h.count(`SELECT id FROM vendors WHERE code = 'INKWELL'`))
	h.must(h.mail.SetVendorSealing(t.Context(), h.staff[1], vendor, "age", key.Recipient().String()))
	var note struct{ Sealed, Clear exchange.File }
	h.must(json.Unmarshal([]byte(h.expect(200, "GET", first+"/sealed.json", "").body), &note))
	part := h.expect(206, "GET", first+"/pdf.sealed", "", "Range", "bytes=0-9999")
	rest := h.expect(206, "GET", first+"/pdf.sealed", "", "Range", "bytes=10000-", "If-Range", part.header.Get("ETag"))
	sealed := part.body + rest.body
	if sum := sha256.Sum256([]byte(sealed)); hex.EncodeToString(sum[:]) != note.Sealed.SHA256 || part.header.Get("ETag") != `"`+note.Sealed.SHA256+`"` {
		t.Error("the sealed file has not the checksum that its note names")
	}
	if strings.Contains(sealed, "%PDF") {
		t.Error("the sealed file is not sealed")
	}
	r, err := age.Decrypt(strings.NewReader(sealed), key)
	h.must(err)
	opened, err := io.ReadAll(r)
	h.must(err)
	if sum := sha256.Sum256(opened); hex.EncodeToString(sum[:]) != note.Clear.SHA256 || string(opened) != clear {
		t.Error("what was opened is not the PDF")
	}
	for _, open := range []string{"/pdf", "/pieces/" + piece + ".pdf"} {
		if a := h.expect(409, "GET", first+open, "", "Range", "bytes=0-9"); !strings.Contains(a.body, "not handed out in the clear. Fetch pdf.sealed of the batch and open it with age.") {
			t.Errorf("beside the sealed file %s answers %s", open, a.body)
		}
	}
	h.expect(409, "HEAD", first+"/pdf", "")
	if a := h.expect(404, "GET", "/nhs-notify-supplier/letters/"+piece+"/data", "", "X-Request-ID", "1"); !strings.Contains(a.body, "sealed to your own key") || a.header.Get("Location") != "" {
		t.Errorf("one by one: %s", a.body)
	}
	h.expect(404, "GET", first+"/pdf.sealed", "", "Authorization", "Bearer "+h.other)

	folder := t.TempDir()
	for range 2 { // and again changes nothing
		got, err := h.client("http://"+cutting(t, strings.TrimPrefix(h.url, "http://"), 20_000)).PullSealed(t.Context(), "NEL-0001", folder)
		h.must(err)
		kept, err := os.ReadFile(got.Path)
		h.must(err)
		if string(kept) != sealed || got.Clear != note.Clear {
			t.Errorf("%s holds another file", got.Path)
		}
	}
}
