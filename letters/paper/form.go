package paper

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"duenotice/campaigns/fault"
)

// The measures of the answer form, in millimetres unless they say points.
const (
	formInset  = 9.0   // of a section's content
	formRight  = 111.0 // where the right column begins
	formFoot   = 26.0  // margins of the footer, which leaves the corners free
	formMark   = 27.0  // side of the machine-readable mark
	cellWidth  = 7.25
	cellHeight = 9.5
	thin       = 0.35
)

// form draws the answer form: the freepost address in the window of the return
// envelope, a mark that names reference and form version and nothing that
// opens the web page, two equal boxes, blanks, and corner squares by which a
// scanner straightens the sheet. In large print it takes several pages, each
// with the mark.
func (k *composer) form() error {
	k.sides = [2]float64{formFoot, sheetWidth - formFoot}
	k.corners()
	words := k.doc.spans
	k.y = 21.8 - k.set.form*1.2*mmPerPoint
	k.lines(edge, k.set.form, 0, 1.2, [][]span{embolden(k.inline(words["form-title"]))})
	if !k.set.flow {
		k.lines(edge, k.set.body, 0, 1.2, k.wrap(k.inline(words["form-subtitle"]), k.set.body, k.geo.Sender.Width()))
	}
	if err := k.returnAddress(); err != nil {
		return err
	}
	k.formMark(k.geo.Contact.Y0 + 3)
	k.top, k.opening = k.set.formTop, func() {
		k.corners()
		k.formMark(12)
	}
	k.y = k.geo.BodyTop + 0.5
	if k.set.flow {
		k.largeForm()
		k.opening = nil
		k.turn()
		return nil
	}
	k.text(edge, bodyWidth, k.inline(words["form-lead"]))
	k.y += 3.4
	k.you(k.section(1, "form-you"))
	k.answers(k.section(2, "form-answer"))
	top := k.section(3, "form-sign")
	k.line(formRight, top-1.6, k.set.small, 0, k.inline(words["form-today"]))
	k.dateBlanks(formRight, top)
	k.field(FieldSignature, Zone{edge + formInset, top - 1, edge + formInset + 80, top + cellHeight - 1.6})
	k.blank(edge+formInset, edge+formInset+80, top+cellHeight, "form-signature")
	k.y = top + cellHeight + 10.6
	k.behalf(k.section(4, "form-behalf"))
	k.c.rule(edge, k.y, edge+bodyWidth, k.y, thin)
	if k.y > k.set.bottom {
		return fault.New(fault.Invalid, "The answer form is too full by %.0f mm.", k.y-k.set.bottom)
	}
	k.opening = nil
	k.turn()
	return nil
}

// cornerSquares lie in three corners; the mark is in the fourth.
var cornerSquares = [3]Zone{{16, 6, 20, 10}, {16, 287, 20, 291}, {190, 287, 194, 291}}

// corners draws the squares by which a scanner straightens the sheet.
func (k *composer) corners() {
	for _, corner := range cornerSquares {
		k.c.fill(corner)
	}
}

// returnAddress sets the freepost address where the window of the return
// envelope is.
func (k *composer) returnAddress() error {
	back := block{size: addressSizes[0], step: addressLeading}
	for _, line := range k.pack.Freepost {
		back.lines = append(back.lines, settled(line))
	}
	w := k.geo.Window
	y := back.baseline(w)
	if y-back.size*ascent*mmPerPoint < w.Y0 || widest(k.c.faces[regular], back.lines, back.size) > w.Width() {
		return fault.New(fault.Invalid, "The freepost address does not fit the window of the return envelope.")
	}
	for _, line := range back.lines {
		k.c.text(w.X0, y, back.size, 0, span{line, regular})
		y += back.step
	}
	return nil
}

// formMark places the machine-readable mark with its words under it.
func (k *composer) formMark(top float64) {
	right, first := sheetWidth-edge, top > 20
	size := min(k.set.strip, 20)
	k.slots = append(k.slots, func(c *canvas, s *subject) (err error) {
		c.ops, err = s.qr.operators(c.ops, s.markText, right-formMark, top, formMark)
		if err != nil || !first {
			return err
		}
		s.line = append(s.line[:0], span{s.reference, regular})
		c.textRight(right, top+formMark+1.6+drop(size, 1.2), size, s.line...)
		return nil
	})
	if first {
		k.c.textRight(right, top+formMark+1.6+drop(size, 1.2)+size*1.3*mmPerPoint, size, k.inline(k.doc.spans["form-version"])...)
	}
}

// section rules a line, sets a numbered heading and returns where its content
// begins.
func (k *composer) section(n int, word string) float64 {
	k.c.rule(edge, k.y, edge+bodyWidth, k.y, thin)
	k.y += 4.6
	k.c.text(edge, k.y+drop(k.set.head, 1.2), k.set.head, 0, span{fmt.Sprint(n), bold})
	k.lines(edge+formInset, k.set.head, 0, 1.2, [][]span{embolden(k.inline(k.doc.spans[word]))})
	k.y += 7.4
	return k.y
}

// you shows name and address beside the blanks for the date of birth, which
// is never printed: beside the code it would put both proofs in one envelope.
func (k *composer) you(top float64) {
	k.line(edge+formInset, top-1.6, k.set.small, 0, k.inline(k.doc.spans["form-name"]))
	k.line(formRight, top-1.6, k.set.small, 0, k.inline(k.doc.spans["form-born"]))
	k.field(FieldBorn, Zone{formRight, top, edge + bodyWidth, top + cellHeight})
	k.dateBlanks(formRight, top)
	k.slots = append(k.slots, func(c *canvas, s *subject) error {
		y := top + 0.2
		for _, line := range s.form.lines {
			c.text(edge+formInset, y+drop(s.form.size, s.form.step/s.form.size/mmPerPoint), s.form.size, 0, span{line, regular})
			y += s.form.step
		}
		return nil
	})
	k.y = top + formAddressHigh + 2
}

// formAddressHigh is the height kept for name and address on the form.
const formAddressHigh = 25.0

// formAddress sets name and address for the form: lines joined by commas as
// far as they fit beside the blanks, never cut. From 10 points down a line that
// is too wide goes on in the next.
func formAddress(face *typeface, lines []string) block {
	const width = formRight - edge - formInset - 3
	b := block{}
	for _, b.size = range []float64{12, 11, 10, 9, 8.5} {
		b.step = b.size * 1.27 * mmPerPoint
		b.lines = b.lines[:0]
		for i, line := range lines {
			if last := len(b.lines) - 1; i > 1 {
				if both := b.lines[last] + ", " + line; face.width(both, b.size, 0) <= width {
					b.lines[last] = both
					continue
				}
			}
			if b.size > 10 {
				b.lines = append(b.lines, line)
			} else {
				b.lines = folded(face, b.lines, line, b.size, width)
			}
		}
		if widest(face, b.lines, b.size) <= width && float64(len(b.lines))*b.step <= formAddressHigh+0.5 {
			return b
		}
	}
	b.step = min(b.step, formAddressHigh/float64(len(b.lines)))
	return b
}

// folded appends a line, in several where it is too wide for one: after a word
// or a hyphen, and inside a word only where that alone is too wide.
func folded(face *typeface, lines []string, line string, size, width float64) []string {
	for face.width(line, size, 0) > width {
		fits, at := 0, 0 // how many bytes fit, and after which of them to fold
		for i, r := range line {
			end := i + utf8.RuneLen(r)
			if face.width(strings.TrimSpace(line[:end]), size, 0) > width {
				break
			}
			if fits = end; r == ' ' || r == '-' {
				at = end
			}
		}
		if at == 0 {
			at = max(fits, utf8.RuneLen([]rune(line)[0]))
		}
		lines = append(lines, strings.TrimSpace(line[:at]))
		line = strings.TrimSpace(line[at:])
	}
	return append(lines, line)
}

// dateBlanks draws boxes for day, month and year with their words under them.
func (k *composer) dateBlanks(x, top float64) {
	wide, high, after := cellWidth, cellHeight, 4.6
	if k.set.flow {
		wide, high, after = cellWidth+k.set.body/7, cellHeight+k.set.body/7, 1+drop(k.set.small, 1.2)
	}
	for _, group := range []struct {
		cells int
		word  string
	}{{2, "form-day"}, {2, "form-month"}, {4, "form-year"}} {
		word := k.inline(k.doc.spans[group.word])
		k.line(x, top+high+after, k.set.small, 0, word)
		next := max(x+float64(group.cells)*wide, x+k.c.width(k.set.small, 0, word...)) + 3.6*k.set.scale
		for range group.cells {
			k.c.box(Zone{x, top, x + wide + thin, top + high}, thin)
			x += wide
		}
		x = next
	}
}

// order returns the words of the two boxes as they were drawn by lot for the
// programme.
func (k *composer) order() []string {
	if k.pack.NoFirst {
		return []string{"form-no", "form-yes"}
	}
	return []string{"form-yes", "form-no"}
}

// answers draws the two boxes, equal in size and weight.
func (k *composer) answers(top float64) {
	const side, half = 9.5, (bodyWidth - formInset) / 2
	top -= 4.2
	for i, word := range k.order() {
		x := edge + formInset + float64(i)*(half+2)
		k.c.box(Zone{x, top, x + side, top + side}, 0.5)
		k.field(word, Zone{x, top, x + side, top + side})
		lines := k.wrap(k.inline(k.doc.spans[word]), k.set.body, half-side-6)
		k.y = top + side/2 - float64(len(lines))*k.set.body*1.27*mmPerPoint/2
		k.lines(x+side+4, k.set.body, 0, 1.27, lines)
	}
	k.y = top + side + 7
}

// blank rules a line to write on with its word under it.
func (k *composer) blank(x0, x1, y float64, word string) {
	k.c.rule(x0, y, x1, y, thin)
	k.line(x0, y+4.6, k.set.small, 0, k.inline(k.doc.spans[word]))
}

// capacities are those in which somebody may sign for another.
func (k *composer) capacities() []string {
	kinds := strings.Split(k.doc.words["form-capacities"], "|")
	for i := range kinds {
		kinds[i] = strings.TrimSpace(kinds[i])
	}
	return kinds
}

// behalf asks who signs for the person, and as what.
func (k *composer) behalf(top float64) {
	const side = 5.5
	top -= 4.4
	kinds := k.capacities()
	var text float64
	for _, kind := range kinds {
		text += side + 2 + k.c.width(k.set.body, 0, span{kind, regular})
	}
	x, apart := edge+formInset, (bodyWidth-formInset-text)/float64(max(1, len(kinds)-1))
	if apart < 2 && k.wrong == nil {
		k.wrong = fault.New(fault.Invalid, "The words of form-capacities are too long for one line of the form.")
	}
	for _, kind := range kinds {
		k.c.box(Zone{x, top, x + side, top + side}, 0.5)
		k.field(FieldCapacity, Zone{x, top, x + side, top + side})
		k.line(x+side+2, top+side/2+1.5, k.set.body, 0, []span{{kind, regular}})
		x += side + 2 + k.c.width(k.set.body, 0, span{kind, regular}) + apart
	}
	line := top + side + 14
	k.field(FieldOther, Zone{edge + formInset, line - 8, edge + formInset + 80, line - 1.6})
	k.blank(edge+formInset, edge+formInset+80, line, "form-other-name")
	k.blank(formRight, edge+bodyWidth, line, "form-other-phone")
	k.y = line + 9.6
}
