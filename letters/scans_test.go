package letters_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os/exec"
	"testing"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/letters/paper"
	"duenotice/optout"
)

const dots = 150 / 25.4 // a millimetre

// form prints the form of a letter as it was sealed and fills in its fields.
func (h *house) form(batch, reference string, fields ...string) []byte {
	h.t.Helper()
	m, err := h.mail.Manifest(h.t.Context(), h.vendor.ID, batch)
	h.must(err)
	pdf, err := h.pdf(batch, 0, -1)
	h.must(err)
	for _, p := range m.Pieces {
		if p.Reference != reference {
			continue
		}
		raw, err := letters.Picture(h.t.Context(), pdf, p.FirstPage+p.Pages-1, 1240)
		h.must(err)
		img, err := png.Decode(bytes.NewReader(raw))
		h.must(err)
		g := image.NewGray(img.Bounds())
		draw.Draw(g, g.Rect, img, img.Bounds().Min, draw.Src)
		var pack paper.Pack
		h.must(h.db.Owner.QueryRow(h.t.Context(), `SELECT k.body FROM packs k JOIN batches b ON b.pack_id = k.id WHERE b.code = $1`, batch).Scan(&pack))
		plan, err := paper.PlanForm(pack, paper.C5Window(), paper.Mark(letters.PrintedReference(reference), pack.Form))
		h.must(err)
		for _, name := range fields {
			for _, f := range plan.Fields {
				if f.Name != name {
					continue
				}
				// a thick cross, as of a felt pen
				z := f.Zone
				for i := range 400 {
					x, y := z.X0+z.Width()*(0.15+0.7*float64(i)/400), z.Y0+z.Height()*(0.15+0.7*float64(i)/400)
					for _, at := range []float64{y, z.Y0 + z.Y1 - y} {
						draw.Draw(g, image.Rect(int(x*dots)-1, int(at*dots)-1, int(x*dots)+3, int(at*dots)+3), image.NewUniform(color.Gray{30}), image.Point{}, draw.Src)
					}
				}
				break
			}
		}
		return encoded(h, g)
	}
	h.t.Fatalf("%s is not in %s", reference, batch)
	return nil
}

func encoded(h *house, g *image.Gray) []byte {
	var b bytes.Buffer
	h.must(png.Encode(&b, g))
	return b.Bytes()
}

func (h *house) scanned(file []byte) (letters.Scan, []letters.ScanPage) {
	h.t.Helper()
	by := h.staff[0]
	id, err := h.mail.ReceiveScans(h.t.Context(), by, "NEL", "forms.png", calendar.On(2026, 11, 30), bytes.NewReader(file))
	h.must(err)
	h.must(h.mail.ReadScans(h.t.Context(), id))
	h.must(h.mail.ReadScans(h.t.Context(), id)) // again changes nothing
	s, pages, err := h.mail.Scan(h.t.Context(), by, id)
	h.must(err)
	return s, pages
}

func (h *house) stateOf(reference string) (s string) {
	h.t.Helper()
	h.must(h.db.Owner.QueryRow(h.t.Context(), `SELECT e.state FROM enrolments e JOIN pieces p ON p.enrolment_id = e.id WHERE p.reference = $1`, reference).Scan(&s))
	return s
}

func (h *house) posted() (batch string, references []string) {
	h.t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		h.t.Skip("poppler is not installed")
	}
	b := h.seal()[0]
	references = h.references(b.ID)
	h.pdfPulled(b.Code)
	h.clock.Set(opening.AddDate(0, 0, 4))
	h.post(b.Code)
	h.clock.Set(opening.AddDate(0, 0, 14))
	return b.Code, references
}

func (h *house) pdfPulled(batch string) {
	h.t.Helper()
	_, err := h.pdf(batch, 0, -1)
	h.must(err)
}

func TestAClearFormCountsByItselfAndOnlyOnce(t *testing.T) {
	h := newHouse(t, 8)
	batch, refs := h.posted()
	no := h.form(batch, refs[0], paper.FieldNo, paper.FieldSignature)
	s, pages := h.scanned(no)
	if s.State != "read" || s.Keyed != 1 || pages[0].Says != "no" || pages[0].Answer[:2] != "A-" {
		t.Fatalf("the scan became %+v with %+v", s, pages)
	}
	if got := h.stateOf(refs[0]); got != "opted_out" {
		t.Errorf("who said no is %s", got)
	}
	if n := h.count(`SELECT count(*) FROM answers WHERE channel = 'paper' AND received_on = '2026-11-30' AND says = 'no'`); n != 1 {
		t.Errorf("%d answers came of one form", n)
	}
	_, err := h.mail.ReceiveScans(t.Context(), h.staff[0], "NEL", "again.png", calendar.On(2026, 11, 30), bytes.NewReader(no))
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("the same file again: %v", err)
	}
	g, err := png.Decode(bytes.NewReader(no))
	h.must(err)
	other := g.(*image.Gray)
	other.Pix[9] ^= 3 // the same form, laid on the glass once more
	if s, pages := h.scanned(encoded(h, other)); s.Again != 1 || h.count(`SELECT count(*) FROM answers`) != 1 {
		t.Errorf("a form scanned twice became %+v", pages)
	}
	r, err := h.mail.ScanOriginal(t.Context(), h.staff[0], s.ID)
	h.must(err)
	kept, err := io.ReadAll(r)
	h.must(err)
	if !bytes.Equal(kept, no) {
		t.Error("the original is not what came")
	}
	elsewhere := campaigns.Viewer{ID: h.staff[1].ID, Role: campaigns.RoleRegional, Region: "QKK"}
	if _, err := h.mail.ScanPicture(t.Context(), elsewhere, pages[0].ID, letters.PartAnswer); !fault.Is(err, fault.NotFound) {
		t.Errorf("another region sees the page: %v", err)
	}
	if cut, err := h.mail.ScanPicture(t.Context(), h.staff[0], pages[0].ID, letters.PartAnswer); err != nil || !bytes.HasPrefix(cut, []byte("\xff\xd8")) {
		t.Errorf("the part of the answer: %v", err)
	}
	// A yes of somebody who said no is never keyed by itself.
	if s, pages := h.scanned(h.form(batch, refs[0], paper.FieldYes, paper.FieldSignature)); s.Held != 1 {
		t.Errorf("a yes after a no became %+v", pages)
	}
}

func TestAFormInDoubtIsHeldUntilTwoPeopleReadTheSame(t *testing.T) {
	h := newHouse(t, 4)
	batch, refs := h.posted()
	s, pages := h.scanned(h.form(batch, refs[1], paper.FieldNo, paper.FieldYes, paper.FieldSignature))
	if s.Held != 1 || pages[0].Why != "both boxes are ticked" || h.stateOf(refs[1]) != "held" {
		t.Fatalf("it became %+v, and the person is %s", pages, h.stateOf(refs[1]))
	}
	id := optout.HoldID(pages[0].Hold)
	key := func(who int, says, reference string) optout.Keyed {
		t.Helper()
		k, err := h.desk.KeyHold(t.Context(), h.staff[who], id, optout.Keying{Says: says, SignedBy: "self", Reference: reference})
		h.must(err)
		return k
	}
	if k := key(0, "no", refs[1]); k.Agreed || k.Settled || k.People != 1 {
		t.Errorf("one person settled it: %+v", k)
	}
	if k := key(0, "no", refs[1]); k.Settled || k.People != 1 {
		t.Errorf("the same person twice settled it: %+v", k)
	}
	if _, err := h.desk.KeyHold(t.Context(), h.staff[0], id, optout.Keying{Says: "yes", SignedBy: "self", Reference: refs[1]}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a person keyed it anew: %v", err)
	}
	if k := key(1, "yes", refs[1]); k.Agreed || h.stateOf(refs[1]) != "held" {
		t.Errorf("two who differ settled it: %+v", k)
	}
	if k := key(2, "no", refs[1]); !k.Settled || h.stateOf(refs[1]) != "opted_out" {
		t.Errorf("two who agree left %+v, and the person %s", k, h.stateOf(refs[1]))
	}
	if n := h.count(`SELECT count(*) FROM answers WHERE says = 'no' AND channel = 'paper' AND hold_id = $1 AND received_on = '2026-11-30'`, id); n != 1 {
		t.Errorf("%d answers came of it", n)
	}
}

func TestAPageNobodyCanReadHoldsThePaperWatermarkBack(t *testing.T) {
	h := newHouse(t, 4)
	h.posted()
	black := image.NewGray(image.Rect(0, 0, 1240, 1754))
	s, pages := h.scanned(encoded(h, black))
	if s.Held != 1 || pages[0].Hold == 0 || pages[0].Why != "no mark of a form can be read" {
		t.Fatalf("it became %+v", pages)
	}
	if err := h.desk.Declare(t.Context(), h.staff[0], campaigns.Paper, "", calendar.On(2026, 12, 1)); !fault.Is(err, fault.Refused) {
		t.Errorf("the watermark passes a page that nobody has read: %v", err)
	}
}

func TestAWatermarkWaitsForScansThatAreNotReadYet(t *testing.T) {
	h := newHouse(t, 4)
	h.posted()
	blank := image.NewGray(image.Rect(0, 0, 1240, 1754))
	for i := range blank.Pix {
		blank.Pix[i] = 255
	}
	id, err := h.mail.ReceiveScans(t.Context(), h.staff[0], "NEL", "later.png", calendar.On(2026, 11, 30), bytes.NewReader(encoded(h, blank)))
	h.must(err)
	declare := func() error {
		return h.desk.Declare(context.Background(), h.staff[0], campaigns.Paper, "", calendar.On(2026, 12, 1))
	}
	if err := declare(); !fault.Is(err, fault.Refused) {
		t.Errorf("declared over a file that nobody has read: %v", err)
	}
	h.must(h.mail.ReadScans(t.Context(), id))
	if err := declare(); err != nil {
		t.Errorf("after it was read: %v", err)
	}
}

func TestWhatIsNoScanIsToldToWhoeverSentIt(t *testing.T) {
	h := newHouse(t, 4)
	h.posted()
	s, _ := h.scanned([]byte("PK\x03\x04 an archive"))
	if s.State != "refused" || s.Why == "" || h.count(`SELECT count(*) FROM holds`) != 0 {
		t.Errorf("it became %+v", s)
	}
	if _, err := h.mail.ReceiveScans(t.Context(), h.staff[0], "NEL", "x", calendar.On(2030, 1, 1), bytes.NewReader(nil)); !fault.Is(err, fault.Invalid) {
		t.Errorf("from the future: %v", fmt.Sprint(err))
	}
}
