package letters_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns/fault"
	"duenotice/letters"
)

func (h *house) pdf(code string, offset, length int64) ([]byte, error) {
	h.t.Helper()
	r, _, err := h.mail.PDF(h.t.Context(), h.vendor.ID, code, offset, length)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestASealedFileRestsEncryptedAndIsReadInAnyPart(t *testing.T) {
	h := newHouse(t, 120)
	b := h.seal()[0]
	whole, err := h.pdf(b.Code, 0, -1)
	h.must(err)
	if sum := sha256.Sum256(whole); !bytes.Equal(sum[:], b.PDFSHA256) || int64(len(whole)) != b.PDFBytes {
		t.Fatal("the vendor does not get what was sealed")
	}
	for _, part := range [][2]int64{{0, 1}, {1, 70_000}, {65_536, 10}, {b.PDFBytes - 5, 5}, {100_000, -1}} {
		got, err := h.pdf(b.Code, part[0], part[1])
		h.must(err)
		want := whole[part[0]:]
		if part[1] >= 0 {
			want = want[:part[1]]
		}
		if !bytes.Equal(got, want) {
			t.Errorf("bytes %d and on differ", part[0])
		}
	}
	h.must(filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".sealed") {
			return err
		}
		raw, err := os.ReadFile(path)
		if bytes.Contains(raw, []byte("%PDF")) || bytes.Contains(raw, []byte("Ada Example")) || bytes.Contains(raw, []byte("High Street")) {
			t.Errorf("%s rests in the clear", filepath.Base(path))
		}
		return err
	}))
}

func TestAKeyIsDestroyedThirtyDaysAfterTheVendorsAccept(t *testing.T) {
	h := newHouse(t, 30)
	b := h.seal()[0]
	h.must(h.mail.Accept(t.Context(), h.vendor.ID, b.Code))
	before, err := h.mail.ShowLetter(t.Context(), h.staff[1], h.references(b.ID)[4])
	h.must(err)
	h.clock.Advance(30*24*time.Hour - time.Minute)
	if n, err := h.mail.DestroyKeys(t.Context()); n != 0 || err != nil {
		t.Fatalf("a minute too early %d keys are destroyed: %v", n, err)
	}
	h.clock.Advance(2 * time.Minute)
	h.must(h.mail.Forget(t.Context()))
	if n := h.count(`SELECT count(*) FROM batch_keys WHERE wrapped IS NULL AND destroyed_at IS NOT NULL`) * h.count(`SELECT count(*) FROM batches WHERE salt = ''`); n != 1 {
		t.Fatal("key or salt are still there")
	}
	if _, err := h.pdf(b.Code, 0, -1); !fault.Is(err, fault.Refused) {
		t.Errorf("the file still opens: %v", err)
	}
	if _, err := h.mail.Reprint(t.Context(), h.vendor.ID, h.references(b.ID)[4]); !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), "new code") {
		t.Errorf("the piece is still printed: %v", err)
	}
	after, err := h.mail.ShowLetter(t.Context(), h.staff[1], h.references(b.ID)[4])
	h.must(err)
	if !bytes.Equal(before, after) {
		t.Error("staff see another letter than before")
	}
	// Printed anew it is a new piece with a new code.
	old := h.references(b.ID)[4]
	h.report(letters.Spoiled, "", old)
	_, err = h.mail.ComposeFollowUps(t.Context(), h.campaign.ID)
	h.must(err)
	h.seal()
	if n := h.count(`SELECT count(DISTINCT c.mac) FROM codes c JOIN pieces p ON p.id = c.piece_id WHERE p.person_id = (SELECT person_id FROM pieces WHERE reference = $1)`, old); n != 2 {
		t.Errorf("the person has %d codes", n)
	}
}

func TestAReprintIsTheSameLetterByteForByte(t *testing.T) {
	h := newHouse(t, 25)
	b := h.seal()[0]
	reference := h.references(b.ID)[7]
	first, err := h.mail.Reprint(t.Context(), h.vendor.ID, reference)
	h.must(err)
	// What happens to the person and the campaign afterwards changes nothing.
	h.exec(`UPDATE people SET family_name = 'Changed', address = '{Elsewhere}'`)
	h.exec(`UPDATE campaigns SET helpline = '0999 999 9999'`)
	h.clock.Advance(365 * 24 * time.Hour)
	second, err := h.mail.Reprint(t.Context(), h.vendor.ID, reference)
	h.must(err)
	if !bytes.Equal(first, second) {
		t.Error("the second reprint differs")
	}
	shown, err := h.mail.ShowLetter(t.Context(), h.staff[1], reference)
	h.must(err)
	whole, err := h.pdf(b.Code, 0, -1)
	h.must(err)
	m, err := h.mail.Manifest(t.Context(), h.vendor.ID, b.Code)
	h.must(err)
	page := m.Pieces[7].FirstPage
	sealed, alone, masked := text(t, whole, page), text(t, first, 1), text(t, shown, 1)
	if alone != sealed || !strings.Contains(alone, letters.PrintedReference(reference)) {
		t.Errorf("the reprint says %.300q and the batch %.300q", alone, sealed)
	}
	if masked == alone || strings.Count(masked, "XXXX") != 4 {
		t.Errorf("staff see the code: %q", masked)
	}
	other, err := h.mail.AddVendor(t.Context(), "OTHER", "Other")
	h.must(err)
	if _, err := h.mail.Reprint(t.Context(), other.ID, reference); !fault.Is(err, fault.NotFound) {
		t.Errorf("another vendor gets it: %v", err)
	}
	h.report(letters.Spoiled, "", reference)
	if _, err := h.mail.Reprint(t.Context(), h.vendor.ID, reference); !fault.Is(err, fault.Refused) {
		t.Errorf("a spoiled piece is printed again: %v", err)
	}
	helpless := h.staff[1]
	helpless.Role = "finance"
	if _, err := h.mail.ShowLetter(t.Context(), helpless, reference); !fault.Is(err, fault.Forbidden) {
		t.Errorf("finance sees letters: %v", err)
	}
	h.exec(`UPDATE people SET sensitive = true`)
	if _, err := h.mail.ShowLetter(t.Context(), h.staff[1], reference); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the letter of somebody sensitive is shown: %v", err)
	}
}

// text is what a page of a PDF says.
func text(t *testing.T, pdf []byte, page int) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("no pdftotext")
	}
	n := []string{"-f", strconv.Itoa(page), "-l", strconv.Itoa(page), "-layout", "-", "-"}
	c := exec.Command("pdftotext", n...)
	c.Stdin = bytes.NewReader(pdf)
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestBrailleAndAudioGoToBatchesOfTheirOwnWithTheirData(t *testing.T) {
	h := newHouse(t, 6)
	h.exec(`UPDATE people SET format = 'braille' WHERE id IN (1, 2)`)
	h.exec(`UPDATE people SET format = 'audio' WHERE id = 3`)
	pieces := map[string]int{}
	for _, b := range h.seal() {
		pieces[b.Format] += b.Pieces
		r, err := h.mail.SpecialistRows(t.Context(), h.vendor.ID, b.Code)
		if b.Format == "standard" {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("a printed batch has data: %v", err)
			}
			continue
		}
		h.must(err)
		rows, err := csv.NewReader(r).ReadAll()
		h.must(err)
		h.must(r.Close())
		refs := h.references(b.ID)
		if len(rows) != b.Pieces+1 || rows[1][0] != letters.PrintedReference(refs[0]) || rows[1][1] != b.Format || !strings.HasPrefix(rows[1][6], "Ada Example") {
			t.Errorf("the data of %s is %.300q", b.Format, rows)
		}
		whole, err := h.pdf(b.Code, 0, -1)
		h.must(err)
		if code := rows[1][14]; !strings.Contains(strings.ReplaceAll(text(t, whole, 1), " ", ""), strings.ReplaceAll(code, " ", "")) {
			t.Errorf("the cover letter does not state the code of the data")
		}
		other, err := h.mail.AddVendor(t.Context(), "OTHER", "Other")
		h.must(err)
		if _, err := h.mail.SpecialistRows(t.Context(), other.ID, b.Code); !fault.Is(err, fault.NotFound) {
			t.Errorf("another vendor gets them: %v", err)
		}
	}
	if pieces["braille"] != 2 || pieces["audio"] != 1 || pieces["standard"] != 3 {
		t.Errorf("letters went out as %v", pieces)
	}
}
