package paper

import "fmt"

// largeForm lays the form out in large print, one thing under the other over
// as many pages as it takes.
func (k *composer) largeForm() {
	words := k.doc.spans
	k.text(edge, bodyWidth, k.inline(words["form-subtitle"]))
	k.y += k.set.gap
	k.text(edge, bodyWidth, k.inline(words["form-lead"]))

	k.largeSection(1, "form-you", 4*k.lead())
	k.label("form-name")
	k.elastic(elastic{x: edge, width: bodyWidth, size: k.set.body, lead: k.set.leading})
	k.y += k.set.gap
	k.largeDate("form-born")

	k.largeSection(2, "form-answer", 2*k.largeBox())
	for _, word := range k.order() {
		k.tick(k.inline(words[word]))
	}

	k.largeSection(3, "form-sign", k.writing()+k.lead())
	k.largeBlank("form-signature")
	k.largeDate("form-today")

	k.largeSection(4, "form-behalf", 2*k.largeBox())
	k.ticks(k.capacities())
	k.largeBlank("form-other-name")
	k.largeBlank("form-other-phone")
}

// largeSection sets a numbered heading that stays with what follows, up to a
// height.
func (k *composer) largeSection(n int, word string, next float64) {
	k.y += 2 * k.set.gap
	lines := k.wrap(embolden(append([]span{{fmt.Sprintf("%d%s%s", n, unbroken, unbroken), bold}}, k.inline(k.doc.spans[word])...)), k.set.head, bodyWidth)
	k.need(6 + float64(len(lines))*k.set.head*1.2*mmPerPoint + next)
	k.c.rule(edge, k.y, edge+bodyWidth, k.y, thin)
	k.y += 4
	k.lines(edge, k.set.head, 0, 1.2, lines)
	k.y += 2
}

// label sets a word over what is to be read or filled in under it.
func (k *composer) label(word string) {
	k.need(3 * k.lead())
	k.text(edge, bodyWidth, embolden(k.inline(k.doc.spans[word])))
}

// writing is the room for handwriting over a ruled line.
func (k *composer) writing() float64 { return 12 + k.set.body/3 }

// largeBlank rules a line to write on with its word under it.
func (k *composer) largeBlank(word string) {
	lines := k.wrap(k.inline(k.doc.spans[word]), k.set.small, bodyWidth)
	k.need(k.writing() + float64(len(lines))*k.lead())
	k.y += k.writing()
	k.c.rule(edge, k.y, edge+bodyWidth, k.y, thin)
	k.y++
	k.body(edge, lines)
}

// largeDate draws the boxes of a date under their label.
func (k *composer) largeDate(word string) {
	high := cellHeight + k.set.body/7 + k.lead() + 4
	k.need(high + k.lead() + k.set.gap)
	k.y += k.set.gap
	k.text(edge, bodyWidth, embolden(k.inline(k.doc.spans[word])))
	k.y++
	k.dateBlanks(edge, k.y)
	k.y += high
}

// largeBox is the side of a box to tick.
func (k *composer) largeBox() float64 { return k.set.body * 0.6 }

// tick draws a box with its words beside it.
func (k *composer) tick(words []span) {
	side := k.largeBox()
	lines := k.wrap(words, k.set.body, bodyWidth-side-6)
	high := max(side, float64(len(lines))*k.lead())
	k.need(high)
	top := k.y
	k.c.box(Zone{edge, top, edge + side, top + side}, 0.6)
	k.y = top + max(0, (side-float64(len(lines))*k.lead())/2)
	k.lines(edge+side+5, k.set.body, 0, k.set.leading, lines)
	k.y = top + high + k.set.gap + 1
}

// ticks draws boxes beside each other as far as there is room.
func (k *composer) ticks(kinds []string) {
	side, x := k.largeBox(), edge
	wide := func(kind string) float64 { return side + 4 + k.c.width(k.set.body, 0, span{kind, regular}) }
	k.need(side)
	for i, kind := range kinds {
		if i > 0 && x+wide(kind) > edge+bodyWidth {
			x = edge
			k.y += side + k.set.gap + 1
			k.need(side)
		}
		k.c.box(Zone{x, k.y, x + side, k.y + side}, 0.6)
		k.c.text(x+side+4, k.y+(side-k.lead())/2+drop(k.set.body, k.set.leading), k.set.body, 0, span{kind, regular})
		x += wide(kind) + 10
	}
	k.y += side + k.set.gap + 1
}
