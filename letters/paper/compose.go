package paper

import (
	"maps"
	"strconv"
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// The measures of the standard format: points for type, millimetres else.
const (
	bodySize   = 12.0
	smallSize  = 10.5
	stripSize  = 10.0
	footSize   = 9.5
	headSize   = 13.5
	titleSize  = 21.0
	leading    = 1.32 // of the type size
	edge       = 15.0 // left margin, and top margin after page 1
	bodyWidth  = sheetWidth - 2*edge
	bodyBottom = 281.0 // nothing of the body below; the footer follows
	footRule   = 283.0
	gap        = 2.6  // after a paragraph
	airTaken   = 12.0 // the most that the parts of page 1 take of what is left
)

// How far Liberation Sans reaches above and below its baseline, in sizes.
const ascent, descent = 0.905, 0.212

var (
	black  = [3]uint8{0, 0, 0}
	navy   = [3]uint8{0x00, 0x30, 0x87}
	silver = [3]uint8{0x8a, 0x94, 0x99}
)

// page is one page of a design: what all letters share, and what each adds.
type page struct {
	shared []byte
	slots  []slot
}

// slot draws what one letter adds in one place.
type slot func(c *canvas, s *subject) error

// design is a pack laid out for one last day and one date.
type design struct {
	pages []page
}

// composer lays blocks out from top to bottom, page after page.
type composer struct {
	pack   *Pack
	doc    *document
	geo    Geometry
	values map[string]string
	c      *canvas
	y      float64
	pages  []page
	slots  []slot
	air    float64 // 0..1, how far the parts of page 1 may stand apart
	spare  float64 // mm left on page 1
	wrong  error   // the first thing that does not fit its place
}

// compose lays a pack out: letter and leaflet, then the form on a sheet of its
// own. The canvas lends its fonts.
func compose(p *Pack, g Geometry, doc *document, c *canvas, lastDay, dated calendar.Date) (*design, error) {
	values := p.values(doc, lastDay, dated)
	pages, formPage, air := 3, 3, 0.0
	for pass := range 4 {
		values["pages"], values["form_page"] = strconv.Itoa(pages), strconv.Itoa(formPage)
		k := &composer{pack: p, doc: doc, geo: g, values: maps.Clone(values), c: c, air: air}
		c.reset()
		if err := k.letter(); err != nil {
			return nil, err
		}
		if len(k.pages)%2 == 1 { // the form must not share a sheet with the code
			k.text(edge, bodyWidth, k.inline(doc.words["blank-page"]))
			k.turn(edge, sheetWidth-edge)
		}
		form := len(k.pages) + 1
		if err := k.form(); err != nil {
			return nil, err
		}
		if k.wrong != nil {
			return nil, k.wrong
		}
		if len(k.pages) == pages && form == formPage && pass > 0 {
			return &design{k.pages}, nil
		}
		pages, formPage, air = len(k.pages), form, max(0, min(1, k.spare/airTaken))
	}
	return nil, fault.New(fault.Invalid, "The pack does not settle on a number of pages.")
}

// letter lays out the pages before the form.
func (k *composer) letter() error {
	k.furniture()
	k.y = k.geo.BodyTop + 1
	for i, b := range k.doc.blocks {
		if b.kind == pageBreak {
			if len(k.pages) == 0 {
				k.spare = bodyBottom + gap - k.y + k.air*airTaken
			}
			k.turn(edge, sheetWidth-edge)
			continue
		}
		before := k.y
		if err := k.block(b, edge, bodyWidth, i == 0 || k.doc.blocks[i-1].kind == pageBreak); err != nil {
			return err
		}
		if k.y > bodyBottom+gap {
			if len(k.pages) == 0 {
				return fault.New(fault.Invalid, "The first page of the letter is too full by %.0f mm.", k.y-bodyBottom)
			}
			if before == edge {
				return fault.New(fault.Invalid, "A part of the letter is longer than a page.")
			}
			return fault.New(fault.Invalid, "Page %d of the letter is too full by %.0f mm; break it with ---.", len(k.pages)+1, k.y-bodyBottom)
		}
	}
	k.turn(edge, sheetWidth-edge)
	return nil
}

// block lays out one block in a column from x.
func (k *composer) block(b blockText, x, width float64, first bool) error {
	switch b.kind {
	case title:
		k.lines(x, titleSize, -0.01*titleSize, 1.15, k.wrap(embolden(k.inline(b.lines[0])), titleSize, width))
		k.y += 3
	case heading:
		if !first {
			k.y += 4.6 - gap
		}
		k.lines(x, headSize, 0, 1.2, k.wrap(embolden(k.inline(b.lines[0])), headSize, width))
		k.y += 1.2
	case paragraph:
		for _, line := range b.lines {
			k.text(x, width, k.inline(line))
		}
		k.y += gap
	case list:
		for _, item := range b.lines {
			k.c.disc(x+1.6, k.y+2.85, 0.7)
			k.text(x+5, width-5, k.inline(item))
			k.y++
		}
		k.y += gap - 1
	case part:
		return k.part(b)
	}
	return nil
}

// text sets wrapped text of the body from the present height down.
func (k *composer) text(x, width float64, spans []span) {
	k.lines(x, bodySize, 0, leading, k.wrap(spans, bodySize, width))
}

// lines sets lines with a leading counted in sizes and moves the height on.
func (k *composer) lines(x, size, spacing, lead float64, lines [][]span) {
	for _, line := range lines {
		k.line(x, k.y+drop(size, lead), size, spacing, line)
		k.y += size * lead * mmPerPoint
	}
}

// drop is the way from the top of a line's box down to its baseline.
func drop(size, lead float64) float64 {
	return size * mmPerPoint * ((lead-ascent-descent)/2 + ascent)
}

// line sets one line at once, or letter by letter where it holds something of
// the person.
func (k *composer) line(x, y, size, spacing float64, spans []span) {
	if !personal(spans) {
		k.c.text(x, y, size, spacing, spans...)
		return
	}
	k.slots = append(k.slots, func(c *canvas, s *subject) error {
		s.line = s.fill(s.line[:0], spans)
		c.text(x, y, size, spacing, s.line...)
		return nil
	})
}

// turn ends the page with its footer between two margins and begins the next.
func (k *composer) turn(left, right float64) {
	k.values["page"] = strconv.Itoa(len(k.pages) + 1)
	y := footRule + 1.6 + drop(footSize, 1.2)
	k.c.rule(left, footRule, right, footRule, 0.25)
	k.line(left, y, footSize, 0, k.inline(k.doc.words["footer-page"]))
	pack := k.inline(k.doc.words["footer-pack"])
	k.c.textRight(right, y, footSize, pack...)
	k.slots = append(k.slots, func(c *canvas, s *subject) error {
		s.line = append(s.line[:0], span{s.reference, regular})
		c.text((left+right-c.width(footSize, 0, s.line...))/2, y, footSize, 0, s.line...)
		return nil
	})
	k.pages = append(k.pages, page{shared: k.c.take(), slots: k.slots})
	k.slots, k.y = nil, edge
}

// inline reads bold and placeholders of one line of wording.
func (k *composer) inline(text string) []span {
	text = placeholderShape.ReplaceAllStringFunc(text, func(m string) string {
		name := strings.TrimSpace(m[2 : len(m)-2])
		if f, ok := personFields[name]; ok {
			return string(f)
		}
		value := settled(k.values[name])
		if name == "phone" || name == "last_day" {
			value = strings.ReplaceAll(value, " ", unbroken)
		}
		return value
	})
	var spans []span
	for i, run := range strings.Split(text, "**") {
		if run != "" {
			spans = append(spans, span{run, weight(i % 2)})
		}
	}
	return spans
}

// embolden sets all spans in bold.
func embolden(spans []span) []span {
	for i := range spans {
		spans[i].weight = bold
	}
	return spans
}
