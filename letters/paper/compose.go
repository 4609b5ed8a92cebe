package paper

import (
	"maps"
	"strconv"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// The measures that all formats share, in millimetres.
const (
	edge      = 15.0 // left margin, and top margin after page 1
	bodyWidth = sheetWidth - 2*edge
	airTaken  = 12.0 // the most that the parts of page 1 take of what is left
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

// design is a pack laid out for one last day, one date and the lines that the
// names of its letters take.
type design struct {
	pages    []page
	elastics []elastic
	insert   int // the pre-composed pages stand behind so many of ours
	form     int // the first page of the form, counted from 0 over our own pages
	fields   []FormField
}

// composer lays blocks out from top to bottom, page after page.
type composer struct {
	pack     *Pack
	doc      *wording
	geo      Geometry
	set      setting
	values   map[string]string
	c        *canvas
	y        float64
	top      float64    // where the body of the next page begins
	sides    [2]float64 // left and right end of the footer
	opening  func()     // draws what a following page of the form begins with
	pages    []page
	before   int // pre-composed pages before the present one
	slots    []slot
	counts   lineCounts
	elastics []elastic
	fields   []FormField
	air      float64 // 0..1, how far the parts of page 1 may stand apart
	spare    float64 // mm left on page 1
	wrong    error   // the first thing that does not fit its place
}

// leadings are tried in this order where a page of the standard format is too
// full: a long name of an area takes a line more, a translation two.
var leadings = []float64{1.32, 1.27, 1.22}

// compose lays a pack out: letter and leaflet, then the form on a sheet of its
// own. The canvas lends its fonts; counts say how many lines the elastic texts
// take, one each where it is nil.
func compose(p *Pack, g Geometry, doc *wording, c *canvas, lastDay, dated calendar.Date, counts *lineCounts) (d *design, err error) {
	set, ok := settingFor(p.Format)
	if !ok {
		return nil, fault.New(fault.Invalid, "There is no printed format named %q.", p.Format)
	}
	for _, set.leading = range leadings {
		if d, err = composeIn(set, p, g, doc, c, lastDay, dated, counts); err == nil || set.flow {
			return d, err
		}
	}
	return nil, err
}

// composeIn lays a pack out in one setting of the type.
func composeIn(set setting, p *Pack, g Geometry, doc *wording, c *canvas, lastDay, dated calendar.Date, counts *lineCounts) (*design, error) {
	values := p.values(doc, lastDay, dated)
	pages, formPage, air := 3, 3, 0.0
	for pass := range 5 {
		values["pages"], values["form_page"] = strconv.Itoa(pages), strconv.Itoa(formPage)
		k := &composer{pack: p, doc: doc, geo: g, set: set, values: maps.Clone(values), c: c, air: air, top: edge, sides: [2]float64{edge, sheetWidth - edge}}
		for i := range k.counts {
			k.counts[i] = 1
		}
		if counts != nil {
			k.counts = *counts
		}
		c.reset()
		if err := k.letter(); err != nil {
			return nil, err
		}
		if err := k.following(lastDay, dated); err != nil {
			return nil, err
		}
		insert := len(k.pages)
		k.before = p.SuppliedPages
		if (insert+k.before)%2 == 1 { // the form must not share a sheet with the code
			k.text(edge, bodyWidth, k.inline(doc.spans["blank-page"]))
			k.turn()
		}
		form := len(k.pages) + k.before + 1
		if err := k.form(); err != nil {
			return nil, err
		}
		if k.wrong != nil {
			return nil, k.wrong
		}
		all := len(k.pages) + k.before
		if all == pages && form == formPage && pass > 0 {
			return &design{k.pages, k.elastics, insert, form - 1 - k.before, k.fields}, nil
		}
		pages, formPage, air = all, form, max(0, min(1, k.spare/airTaken))
	}
	return nil, fault.New(fault.Invalid, "The pack does not settle on a number of pages.")
}

// block lays out one block in a column from x.
// Next is the least height that a heading must share its page with.
func (k *composer) block(b blockText, x, width float64, first bool, next float64) error {
	switch b.kind {
	case title:
		lines := k.wrap(embolden(k.inline(b.lines[0])), k.set.title, width)
		k.need(float64(len(lines))*k.set.title*1.15*mmPerPoint + 3*k.lead())
		k.lines(x, k.set.title, -0.01*k.set.title, 1.15, lines)
		k.y += 3
	case heading:
		k.heading(x, width, b.lines[0], first, next)
	case paragraph:
		k.together(b.lines, width)
		for _, line := range b.lines {
			k.text(x, width, k.inline(line))
		}
		k.y += k.set.gap
	case list:
		indent := 5 * k.set.scale
		for _, item := range b.lines {
			lines := k.wrap(k.inline(item), k.set.body, width-indent)
			k.need(float64(min(2, len(lines))) * k.lead())
			k.c.disc(x+1.6*k.set.scale, k.y+2.85*k.set.scale, 0.7*k.set.scale)
			k.body(x+indent, lines)
			k.y += k.set.scale
		}
		k.y += k.set.gap - 1
	case part:
		return k.part(b)
	}
	return nil
}

// together keeps the few lines of a paragraph that the source breaks, such as
// a signature, on one page.
func (k *composer) together(lines [][]span, width float64) {
	if !k.set.flow || len(lines) < 2 {
		return
	}
	n := 0
	for _, line := range lines {
		n += len(k.wrap(k.inline(line), k.set.body, width))
	}
	if n <= 6 {
		k.need(float64(n) * k.lead())
	}
}

// least is how much of the blocks that follow must stay with a heading.
func (k *composer) least(rest []blockText) float64 {
	if !k.set.flow || len(rest) == 0 {
		return 0
	}
	switch b := rest[0]; {
	case b.kind == paragraph:
		n := len(k.wrap(k.inline(b.lines[0]), k.set.body, bodyWidth))
		if n > 3 {
			n = 2
		}
		return float64(n) * k.lead()
	case b.kind == part && b.name == "web":
		return k.webHigh(b.lines)
	case b.kind == part && b.name == "columns":
		return k.least(b.inner)
	}
	return 3 * k.lead()
}

// heading sets a heading, which stays with the beginning of what follows.
func (k *composer) heading(x, width float64, line []span, first bool, next float64) {
	if !first {
		k.y += max(4.6, 1.7*k.set.gap) - k.set.gap
	}
	lines := k.wrap(embolden(k.inline(line)), k.set.head, width)
	k.need(float64(len(lines))*k.set.head*1.2*mmPerPoint + 1.2 + next)
	k.lines(x, k.set.head, 0, 1.2, lines)
	k.y += 1.2
}

// lead is the height of a line of the body.
func (k *composer) lead() float64 { return k.set.body * k.set.leading * mmPerPoint }

// text sets wrapped text of the body from the present height down.
func (k *composer) text(x, width float64, spans []span) {
	if holdsName(spans) {
		k.elastic(elastic{x: x, width: width, size: k.set.body, lead: k.set.leading, spans: spans})
		return
	}
	k.body(x, k.wrap(spans, k.set.body, width))
}

// body sets lines of the body, where the format runs on over as many pages as
// it takes; no page begins or ends with one line of several.
func (k *composer) body(x float64, lines [][]span) {
	for i, line := range lines {
		switch rest := len(lines) - i; {
		case i == 0 && rest <= 3, rest == 2:
			k.need(float64(rest) * k.lead())
		case i == 0:
			k.need(2 * k.lead())
		default:
			k.need(k.lead())
		}
		k.lines(x, k.set.body, 0, k.set.leading, [][]span{line})
	}
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

// line sets one line: at once what all letters share, up to the first thing of
// the person; the rest letter by letter.
func (k *composer) line(x, y, size, spacing float64, spans []span) {
	same, own := apart(spans)
	if len(same) > 0 {
		k.c.text(x, y, size, spacing, same...)
		x += k.c.width(size, spacing, same...)
	}
	if len(own) == 0 {
		return
	}
	k.slots = append(k.slots, func(c *canvas, s *subject) error {
		s.line = s.fill(s.line[:0], own)
		c.text(x, y, size, spacing, s.line...)
		return nil
	})
}
