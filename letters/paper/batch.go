package paper

import (
	"errors"
	"fmt"
	"io"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// SheetGrams is the weight of a sheet of A4 at 80 gsm.
const SheetGrams = 5

// Place says where a letter lies in its batch's PDF and how many sheets it
// takes, printed on both sides.
type Place struct {
	FirstPage int // counted from 1
	Pages     int
	Sheets    int
	Supplied  int // page of the letter on which its supplied pages begin, counted from 1; 0 where it has none
}

// Grams is what a letter's sheets weigh, without envelopes.
func (p Place) Grams() int { return p.Sheets * SheetGrams }

// sheetsOf counts sheets printed on both sides.
func sheetsOf(pages int) int { return (pages + 1) / 2 }

// Batch draws letters of one pack into one PDF. It is used by one goroutine;
// batches beside each other share nothing that is written.
type Batch struct {
	pack     Pack
	geo      Geometry
	doc      *wording
	faces    *[weights]*typeface
	fonts    *fonts
	canvas   *canvas
	press    press
	designs  map[designKey]*placed
	elastics []elastic
	supplied *supplied
	subject  subject
	zones    bool
	overlays [3][]byte // of any page, a first page, a form
	letters  int
	dated    calendar.Date
	err      error // once something went wrong inside, nothing more is drawn
}

// designKey is what tells designs of one batch apart.
type designKey struct {
	lastDay, dated calendar.Date
	counts         lineCounts
}

// placed is a design whose shared parts stand in the document.
type placed struct {
	*design
	forms []int // names of the shared parts
}

// NewBatch begins a batch. It fails with a fault where the pack cannot be
// drawn, with the first sentence that CheckPack finds, and with another error
// where a typeface or a supplied page is damaged.
func NewBatch(p Pack, g Geometry) (*Batch, error) {
	doc := parse(p.Text)
	doc.missing()
	for _, f := range inOrder(append(p.settings(), doc.findings...)) {
		if f.Blocks {
			return nil, &fault.Fault{Kind: fault.Invalid, Sentence: f.Sentence}
		}
	}
	if _, err := tryOut(p, g, doc); err != nil {
		return nil, err
	}
	b := &Batch{pack: p, geo: g, doc: doc, designs: map[designKey]*placed{}}
	var err error
	if b.faces, err = typefaces(); err != nil {
		return nil, err
	}
	if b.fonts, err = openFonts(b.faces); err != nil {
		return nil, err
	}
	if p.SuppliedPages > 0 {
		if b.supplied, err = openSupplied(p.Supplied); err != nil {
			return nil, err
		}
		if len(b.supplied.roots) != p.SuppliedPages {
			return nil, errors.New("begin a batch: the supplied pages are not those of the pack")
		}
	}
	b.canvas = newCanvas(b.faces)
	b.subject.qr = &qrPress{}
	return b, nil
}

// ShowZones draws the vendor's zones and marks over every page from now on, for
// proofs that people look at. A file with zones must never go to a vendor.
func (b *Batch) ShowZones() { b.zones = true }

// Draw adds one letter, or fails with an *Unfit when it cannot be printed right;
// then nothing was drawn and the batch goes on. Any other error ends the
// batch.
func (b *Batch) Draw(l Letter) (at Place, err error) {
	if b.err != nil {
		return Place{}, b.err
	}
	if wrong := b.subject.prepare(&b.pack, b.geo, b.faces, &l); len(wrong) > 0 {
		return Place{}, &Unfit{l.Reference, wrong}
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
		var unfit *Unfit
		if err != nil && !errors.As(err, &unfit) {
			b.err = fmt.Errorf("draw letter %s: %w", l.Reference, err)
			at, err = Place{}, b.err
		}
	}()
	d, err := b.designFor(l.LastDay, l.Dated)
	if f := fault.Of(err); f != nil { // the pack has room for most names, but not for this one
		return Place{}, &Unfit{l.Reference, []Problem{{"name", 1, "With this name the letter does not fit: " + f.Sentence}}}
	}
	if err != nil {
		return Place{}, err
	}
	at = b.placeOf(d)
	if err := b.tooThick(l, at); err != nil {
		return Place{}, err
	}
	if b.letters == 0 {
		b.dated = l.Dated
	}
	first := len(b.press.pages)
	for i := range d.pages {
		if i == d.insert {
			b.putSupplied()
		}
		b.canvas.reset()
		for _, draw := range d.pages[i].slots {
			if err := draw(b.canvas, &b.subject); err != nil {
				return Place{}, err
			}
		}
		b.press.page('S', d.forms[i], b.canvas.ops, b.overlay(d, i))
	}
	b.letters++
	at.FirstPage = first + 1
	return at, nil
}

// placeOf counts the pages and sheets of a letter.
func (b *Batch) placeOf(d *placed) Place {
	pages := len(d.pages) + b.pack.SuppliedPages
	at := Place{Pages: pages, Sheets: sheetsOf(pages)}
	if b.pack.SuppliedPages > 0 {
		at.Supplied = d.insert + 1
	}
	return at
}

// tooThick withholds a letter that a long name has made too thick for its
// envelope.
func (b *Batch) tooThick(l Letter, at Place) error {
	if b.geo.MaxSheets == 0 || at.Sheets <= b.geo.MaxSheets {
		return nil
	}
	return &Unfit{l.Reference, []Problem{{"sheets", 0, tooManySheets(at.Sheets, b.geo)}}}
}

// Try says how many pages and sheets a letter would take, without drawing it:
// the dry run of a wave. It fails as Draw does. A batch that was tried is best
// thrown away, its first page is never a place.
func (b *Batch) Try(l Letter) (Place, error) {
	if b.err != nil {
		return Place{}, b.err
	}
	if wrong := b.subject.prepare(&b.pack, b.geo, b.faces, &l); len(wrong) > 0 {
		return Place{}, &Unfit{l.Reference, wrong}
	}
	d, err := b.designFor(l.LastDay, l.Dated)
	if f := fault.Of(err); f != nil {
		return Place{}, &Unfit{l.Reference, []Problem{{"name", 1, "With this name the letter does not fit: " + f.Sentence}}}
	}
	if err != nil {
		return Place{}, fmt.Errorf("try letter %s: %w", l.Reference, err)
	}
	at := b.placeOf(d)
	return at, b.tooThick(l, at)
}

// designFor returns the pack laid out for a last day, a date and the lines that
// this subject takes.
func (b *Batch) designFor(lastDay, dated calendar.Date) (*placed, error) {
	key := designKey{lastDay: lastDay, dated: dated}
	var d *design
	var err error
	if b.elastics == nil {
		if d, err = compose(&b.pack, b.geo, b.doc, b.canvas, lastDay, dated, nil); err != nil {
			return nil, err
		}
		b.elastics = append([]elastic{}, d.elastics...)
	}
	single := true
	for i := range b.elastics {
		key.counts[i] = b.elastics[i].count(b.canvas, &b.subject)
		single = single && key.counts[i] == 1
	}
	if d, ok := b.designs[key]; ok {
		return d, nil
	}
	if d == nil || !single {
		if d, err = compose(&b.pack, b.geo, b.doc, b.canvas, lastDay, dated, &key.counts); err != nil {
			return nil, err
		}
	}
	p := &placed{design: d}
	for i := range d.pages {
		p.forms = append(p.forms, b.press.form(d.pages[i].shared))
	}
	b.designs[key] = p
	return p, nil
}

// Finish writes the PDF and says how many pages it has. A batch without a
// letter is an error, as is one that went wrong.
func (b *Batch) Finish(w io.Writer) (pages int, err error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.letters == 0 {
		return 0, errors.New("finish a batch: it holds no letter")
	}
	defer func() {
		if r := recover(); r != nil {
			b.err = fmt.Errorf("finish a batch: panic: %v", r)
			pages, err = 0, b.err
		}
	}()
	set, err := b.fonts.cut(b.canvas.drawn)
	if err != nil {
		b.err = fmt.Errorf("finish a batch: %w", err)
		return 0, b.err
	}
	about := about{title: b.pack.name(), language: b.doc.language(), dated: b.dated}
	if err := b.press.write(w, about, set, b.supplied); err != nil {
		b.err = fmt.Errorf("write a batch: %w", err)
		return 0, b.err
	}
	b.err = errors.New("the batch is finished")
	return len(b.press.pages), nil
}
