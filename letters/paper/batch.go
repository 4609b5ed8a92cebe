package paper

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/jung-kurt/gofpdf"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// family is how a document calls its typeface.
const family = "liberation"

// Place says where a letter lies in its batch's PDF and how many sheets it
// takes, printed on both sides.
type Place struct {
	FirstPage int // counted from 1
	Pages     int
	Sheets    int
}

// Batch draws letters of one pack into one PDF. It is used by one goroutine;
// batches beside each other share nothing that is written.
type Batch struct {
	pack    Pack
	geo     Geometry
	doc     *document
	faces   *[weights]*typeface
	pdf     *gofpdf.Fpdf
	canvas  *canvas
	designs map[[2]calendar.Date]*placed
	subject subject
	pages   int
	letters int
	err     error // once something went wrong inside, nothing more is drawn
}

// placed is a design whose shared parts stand in the document.
type placed struct {
	design
	forms []gofpdf.Template
}

// NewBatch begins a batch. It fails with a fault where the pack cannot be
// drawn, with the first sentence of Check.
func NewBatch(p Pack, g Geometry) (*Batch, error) {
	if wrong := Check(p, g); len(wrong) > 0 {
		return nil, &fault.Fault{Kind: fault.Invalid, Sentence: wrong[0]}
	}
	doc, err := parse(p.Text)
	if err != nil {
		return nil, err
	}
	b := &Batch{pack: p, geo: g, doc: doc, designs: map[[2]calendar.Date]*placed{}}
	if b.faces, err = typefaces(); err != nil {
		return nil, err
	}
	b.pdf = gofpdf.New("P", "mm", "A4", "")
	b.pdf.SetCompression(false) // compressing each page costs eight times what drawing does
	b.pdf.SetCatalogSort(true)
	b.pdf.SetAutoPageBreak(false, 0)
	b.pdf.SetProducer("Due Notice", true)
	b.pdf.SetTitle(p.name(), true)
	b.canvas = newCanvas(b.faces, [weights]string{})
	for w, style := range fontStyles {
		// gofpdf writes into the font's bytes, so each document has its own
		b.pdf.AddUTF8FontFromBytes(family, style, bytes.Clone(b.faces[w].data))
		b.canvas.names[w], err = b.fontName(style)
		if err != nil {
			return nil, err
		}
	}
	b.subject.qr = &qrPress{}
	return b, b.pdf.Error()
}

// fontStyles are gofpdf's words for the weights.
var fontStyles = [weights]string{"", "B"}

var fontOperator = regexp.MustCompile(`/F(\S+) `)

// fontName asks the document how its pages must call a font.
func (b *Batch) fontName(style string) (string, error) {
	probe := b.pdf.CreateTemplate(func(t *gofpdf.Tpl) { t.SetFont(family, style, 1) })
	found := fontOperator.FindSubmatch(probe.Bytes())
	if found == nil {
		return "", errors.New("load Liberation Sans: the document does not know the font")
	}
	return string(found[1]), nil
}

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
		if err != nil {
			b.err = fmt.Errorf("draw letter %s: %w", l.Reference, err)
			at, err = Place{}, b.err
		}
	}()
	d, err := b.designFor(l.LastDay, l.Dated)
	if err != nil {
		return Place{}, err
	}
	if b.letters == 0 {
		b.pdf.SetCreationDate(l.Dated.Start())
		b.pdf.SetModificationDate(l.Dated.Start())
	}
	at = Place{FirstPage: b.pages + 1, Pages: len(d.pages), Sheets: (len(d.pages) + 1) / 2}
	for i := range d.pages {
		b.canvas.reset()
		for _, draw := range d.pages[i].slots {
			if err := draw(b.canvas, &b.subject); err != nil {
				return Place{}, err
			}
		}
		b.pdf.AddPage()
		b.pdf.UseTemplate(d.forms[i])
		b.pdf.RawWriteStr(string(b.canvas.ops))
	}
	b.pages += len(d.pages)
	b.letters++
	return at, b.pdf.Error()
}

// designFor lays the pack out for a last day and a date, once.
func (b *Batch) designFor(lastDay, dated calendar.Date) (*placed, error) {
	key := [2]calendar.Date{lastDay, dated}
	if d, ok := b.designs[key]; ok {
		return d, nil
	}
	d, err := compose(&b.pack, b.geo, b.doc, b.canvas, lastDay, dated)
	if err != nil {
		return nil, err
	}
	p := &placed{design: *d}
	width, height := b.pdf.GetPageSize()
	blank := b.pdf.CreateTemplate(func(*gofpdf.Tpl) {})
	for i := range d.pages {
		p.forms = append(p.forms, &sharedPart{
			Template: blank, id: fmt.Sprintf("%d_%d", len(b.designs)+1, i+1),
			size: gofpdf.SizeType{Wd: width, Ht: height}, ops: d.pages[i].shared,
		})
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
	b.cutFonts()
	if err := b.pdf.Output(w); err != nil {
		b.err = fmt.Errorf("write a batch: %w", err)
		return 0, b.err
	}
	b.err = errors.New("the batch is finished")
	return b.pages, nil
}

// cutFonts tells gofpdf which runes were drawn: it embeds only what its own
// text calls have seen, so they draw everything once in a part that is never
// used.
func (b *Batch) cutFonts() {
	b.pdf.CreateTemplate(func(t *gofpdf.Tpl) {
		for w, style := range fontStyles {
			var runes strings.Builder
			for r, drawn := range b.canvas.drawn[w] {
				if drawn {
					runes.WriteRune(rune(r))
				}
			}
			t.SetFont(family, style, 1)
			t.Text(0, 0, runes.String())
		}
	})
}

// sharedPart is a Form XObject with a short name; gofpdf's own templates name
// themselves by a checksum, counted anew at each use.
type sharedPart struct {
	gofpdf.Template
	id   string
	size gofpdf.SizeType
	ops  []byte
}

func (s *sharedPart) ID() string                                { return s.id }
func (s *sharedPart) Size() (gofpdf.PointType, gofpdf.SizeType) { return gofpdf.PointType{}, s.size }
func (s *sharedPart) Bytes() []byte                             { return s.ops }
func (s *sharedPart) Images() map[string]*gofpdf.ImageInfoType  { return nil }
func (s *sharedPart) Templates() []gofpdf.Template              { return nil }
