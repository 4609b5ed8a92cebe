package letters_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/letters/paper"
)

// composed is a PDF of three A4 pages with its fonts in it, as if composed
// elsewhere.
func (h *house) composed(zones bool) []byte {
	h.t.Helper()
	v, err := h.mail.Pack(h.t.Context(), "standard", 1)
	h.must(err)
	s, err := v.Source("en", "standard")
	h.must(err)
	pdf, err := s.Proof(v.Geometry, calendar.On(2026, 11, 20), letters.ProofOf{Zones: zones})
	h.must(err)
	return pdf
}

func TestSuppliedPagesAreApprovedByTwoSealedAndReprintedAsTheyAre(t *testing.T) {
	h := newHouse(t, 6)
	ctx := t.Context()
	h.draft()
	pdf := h.composed(false)
	supply := func(language, format, who string, pdf []byte) error {
		_, err := h.mail.SupplyPages(ctx, h.staff[0], "standard", 2, letters.NewSupply{Language: language, Format: format, FileName: `C:\pages.pdf`, PDF: pdf, Checked: who})
		return err
	}
	for what, err := range map[string]error{
		"nobody has read it":        supply("ur", "standard", " ", pdf),
		"a language with a wording": supply("pl", "standard", "A Reader", pdf),
		"a format that is made":     supply("en", "braille", "A Reader", pdf),
		"no language":               supply("Urdu", "standard", "A Reader", pdf),
		"no file":                   supply("ur", "standard", "A Reader", nil),
		"half a file":               supply("ur", "standard", "A Reader", pdf[:2000]),
		"ink in the left margin":    supply("ur", "standard", "A Reader", h.composed(true)),
	} {
		if strings.HasPrefix(what, "ink") && !letters.CanPicture() {
			continue
		}
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	h.must(supply("ur", "standard", "Amina Shah, translator", pdf))
	h.must(supply("en", "easy_read", "Joe Field, self-advocate", pdf))
	v, err := h.mail.Pack(ctx, "standard", 2)
	h.must(err)
	files, err := h.mail.SuppliedFiles(ctx, v)
	h.must(err)
	if len(v.Supplies()) != 2 || len(files) != 1 || files[v.Supplies()[0].Pack.SuppliedSHA256].FileName != "pages.pdf" || files[v.Supplies()[0].Pack.SuppliedSHA256].Pages != 3 {
		t.Errorf("%d supplied, %+v", len(v.Supplies()), files)
	}
	// A change of the English takes back who has read them.
	old := h.english(v)
	v, err = h.mail.SaveWording(ctx, h.staff[0], "standard", 2, "en", reworded(old), old)
	h.must(err)
	if v.Supplies()[0].Checked() || v.Supplies()[1].Checked() {
		t.Error("pages that were read against the old English count")
	}
	h.must(h.mail.CheckSupply(ctx, h.staff[0], "standard", 2, "ur", "standard", "Amina Shah, translator"))
	h.must(h.mail.CheckSupply(ctx, h.staff[0], "standard", 2, "en", "easy_read", "Joe Field"))
	h.must(h.mail.ProofPack(ctx, h.staff[0], "standard", 2))
	v, err = h.mail.Pack(ctx, "standard", 2)
	h.must(err)
	if err := h.mail.ApprovePack(ctx, h.staff[0], "standard", 2, v.ChangedAt); !fault.Is(err, fault.Refused) {
		t.Errorf("whoever supplied approves: %v", err)
	}
	h.must(h.mail.ApprovePack(ctx, h.staff[1], "standard", 2, v.ChangedAt))
	if err := supply("ur", "standard", "A Reader", pdf); !fault.Is(err, fault.Conflict) {
		t.Errorf("an approved version takes pages: %v", err)
	}

	h.exec(`UPDATE people SET language = 'ur' WHERE id IN (1, 2)`)
	h.exec(`UPDATE people SET format = 'easy_read' WHERE id = 3`)
	got := map[string]int{}
	for _, b := range h.seal() {
		got[b.Language+" "+b.Format] += b.Pieces
		if b.Language == "en" && b.Format == "standard" {
			continue
		}
		m, err := h.mail.Manifest(ctx, h.vendor.ID, b.Code)
		h.must(err)
		if p := m.Pieces[0]; p.Pages < 6 || m.Pack.Language != b.Language || m.Pack.Format != b.Format {
			t.Errorf("%s %s takes %d pages", b.Language, b.Format, p.Pages)
		}
		whole, err := h.pdf(b.Code, 0, -1)
		h.must(err)
		if said := text(t, whole, 3); !strings.Contains(said, "Dear Odette Farringham") {
			t.Errorf("the supplied pages are not behind the cover: %.200q", said)
		}
		reference := h.references(b.ID)[0]
		first, err := h.mail.Reprint(ctx, h.vendor.ID, reference)
		h.must(err)
		again, err := h.mail.Reprint(ctx, h.vendor.ID, reference)
		h.must(err)
		if !bytes.Equal(first, again) || text(t, first, 4) != text(t, whole, 4) {
			t.Error("a reprint differs")
		}
	}
	if got["ur standard"] != 2 || got["en easy_read"] != 1 || got["en standard"] != 3 {
		t.Errorf("letters went out as %v", got)
	}
	// A file that changed in the archive is an error and never a letter.
	found, err := filepath.Glob(filepath.Join(h.dir, "supplied", "*.pdf"))
	h.must(err)
	if len(found) != 1 {
		t.Fatal(found)
	}
	h.must(os.WriteFile(found[0], append(pdf, '\n'), 0o600))
	if _, err := h.mail.Pack(ctx, "standard", 2); err == nil || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("changed pages are drawn: %v", err)
	}
}

func TestEnglishFollowsATranslationInTheFileOfABatch(t *testing.T) {
	h := newHouse(t, 4)
	ctx := t.Context()
	h.draft()
	h.must(h.mail.CheckTranslation(ctx, h.staff[0], "standard", 2, "pl", "Jan Nowak, translator"))
	h.must(h.mail.ProofPack(ctx, h.staff[0], "standard", 2))
	v, err := h.mail.Pack(ctx, "standard", 2)
	h.must(err)
	h.must(h.mail.ApprovePack(ctx, h.staff[1], "standard", 2, v.ChangedAt))
	h.exec(`UPDATE people SET language = 'pl' WHERE id = 1`)
	for _, b := range h.seal() {
		m, err := h.mail.Manifest(ctx, h.vendor.ID, b.Code)
		h.must(err)
		want := map[string]int{"en": 3, "pl": 5}[b.Language]
		if p := m.Pieces[0]; p.Pages != want {
			t.Errorf("%s takes %d pages, not %d", b.Language, p.Pages, want)
		}
		if b.Language != "pl" {
			continue
		}
		whole, err := h.pdf(b.Code, 0, -1)
		h.must(err)
		if first, third := text(t, whole, 1), text(t, whole, 3); !strings.Contains(first, "Poniedziałek–piątek, 8:00–18:00") || !strings.Contains(third, "Dear Ada Example") {
			t.Errorf("page 1 says %.300q, page 3 %.200q", first, third)
		}
	}
}

func TestASpecialistMakesBrailleAndAudioForAllCampaigns(t *testing.T) {
	h := newHouse(t, 4)
	ctx := t.Context()
	other, err := h.mail.AddVendor(ctx, "DOTS", "Dots and Tracks")
	h.must(err)
	h.must(h.mail.ChooseSpecialist(ctx, h.staff[0], paper.Braille, "DOTS"))
	if err := h.mail.ChooseSpecialist(ctx, h.staff[0], paper.Standard, "DOTS"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a specialist prints: %v", err)
	}
	if err := h.mail.ChooseSpecialist(ctx, h.staff[0], paper.Audio, "NOBODY"); !fault.Is(err, fault.NotFound) {
		t.Errorf("nobody makes audio: %v", err)
	}
	h.exec(`UPDATE people SET format = 'braille' WHERE id IN (1, 2)`)
	h.exec(`UPDATE people SET format = 'audio' WHERE id = 3`)
	if own := h.seal(); len(own) != 2 {
		t.Errorf("the campaign's vendor has %d batches", len(own))
	}
	theirs, err := h.mail.Batches(ctx, other.ID, letters.BatchFilter{})
	h.must(err)
	if len(theirs) != 1 || theirs[0].Format != paper.Braille || theirs[0].Pieces != 2 {
		t.Fatalf("the specialist has %+v", theirs)
	}
	m, err := h.mail.Manifest(ctx, other.ID, theirs[0].Code)
	h.must(err)
	if m.Rows == nil || m.Rows.Bytes == 0 || len(m.Rows.SHA256) != 64 || !strings.HasSuffix(m.Rows.Name, ".rows.csv") {
		t.Errorf("the manifest names no data: %+v", m.Rows)
	}
	list, err := h.mail.Specialists(ctx)
	h.must(err)
	if len(list) != 2 || list[0].Vendor != "DOTS" || list[0].ChosenBy != "author" || list[1].Vendor != "" {
		t.Errorf("%+v", list)
	}
}
