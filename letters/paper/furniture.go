package paper

import "duenotice/campaigns/fault"

// furniture draws what surrounds the body of page 1: mark and sender, contact
// block, address and letter-start tag; and sets the height at which the body
// begins.
func (k *composer) furniture() {
	k.c.colour(navy)
	k.mark(edge-1.4, 14, 14)
	var sender [][]span
	x, size := edge+16.1, k.set.sender
	for ; ; size -= 0.5 {
		sender = nil
		for _, line := range k.pack.Sender {
			sender = append(sender, k.wrap([]span{{settled(line), bold}}, size, k.geo.Sender.X1-x)...)
		}
		k.y = 21 - float64(len(sender))*size*1.18*mmPerPoint/2
		if size <= 14 || k.y >= k.geo.Sender.Y0+6 {
			break
		}
	}
	k.lines(x, size, 0, 1.18, sender)
	if k.y > k.geo.Sender.Y1+1 && k.wrong == nil {
		k.wrong = fault.New(fault.Invalid, "The sender's name takes more than three lines.")
	}
	k.c.colour(black)
	k.slots = append(k.slots, k.window())
	if k.set.flow { // the block is too narrow for large print
		k.y = k.geo.BodyTop + 1
		k.facts(edge, bodyWidth, k.set.leading)
		// what only staff need to read stands small, out of the way
		k.c.textRight(sheetWidth-edge, 9.5, 9.5, k.inline(k.doc.spans["footer-pack"])...)
		k.y += k.set.gap
		return
	}
	k.contact()
	k.y = k.geo.BodyTop + 1
}

// contact draws the sender's contact block.
func (k *composer) contact() {
	x := k.geo.Contact.X0 + 7
	wide := k.geo.Contact.X1 - x
	k.y = k.geo.Contact.Y0 + 3
	row := func(spans ...span) { k.lines(x, k.set.small, 0, 1.34, k.wrap(spans, k.set.small, wide)) }
	row(embolden(k.inline(k.doc.spans["questions"]))...)
	phone := settled(k.pack.Phone)
	if k.pack.PhoneNote != "" {
		phone += ", " + k.phoneNote()
	}
	row(span{phone, regular})
	for _, hours := range k.hours() {
		row(span{settled(hours), regular})
	}
	k.y += 2.4
	row(span{settled(k.pack.Web), regular})
	k.y += 2.4
	k.facts(x, wide, 1.34)
	if k.y > k.geo.Contact.Y1 && k.wrong == nil {
		k.wrong = fault.New(fault.Invalid, "The contact block has too many lines.")
	}
}

// phoneNote says what a call costs, in the wording's language where it gives a
// word for it.
func (k *composer) phoneNote() string { return settled(k.values["phone_note"]) }

// hours says when the phone is answered.
func (k *composer) hours() []string {
	lines, _ := k.pack.hoursIn(k.doc)
	return lines
}

// facts sets the date, the reference and the NHS number.
func (k *composer) facts(x, width, lead float64) {
	row := func(word string, value string) {
		spans := append(embolden(k.inline(k.doc.spans[word])), span{" " + value, regular})
		k.lines(x, k.set.small, 0, lead, k.wrap(spans, k.set.small, width))
	}
	row("dated", k.values["dated"])
	row("reference", string(fieldReference))
	if !k.pack.HideNHSNumber {
		row("nhs-number", string(fieldNHSNumber))
	}
}

// questions ends a letter in large print with what else stands in the contact
// block.
func (k *composer) questions() {
	k.heading(edge, bodyWidth, k.doc.spans["questions"], false, 3*k.lead())
	rows := append([]string{settled(k.pack.Phone) + ", " + k.phoneNote()}, k.hours()...)
	for _, row := range append(rows, k.pack.Web) {
		k.text(edge, bodyWidth, []span{{settled(row), regular}})
	}
}

// window draws the address, its last line at the bottom of the window, and the
// letter-start tag in white.
func (k *composer) window() slot {
	g := k.geo
	tagY := g.TagY + drop(g.TagPoints, 1)
	return func(c *canvas, s *subject) error {
		if g.StartTag != "" {
			c.ops = append(c.ops, "1 g\n"...)
			c.text(g.TagX, tagY, g.TagPoints, 0, span{g.StartTag, regular})
			c.ops = append(c.ops, "0 g\n"...)
		}
		b := &s.address
		y := b.baseline(g.Window)
		for _, line := range b.lines {
			c.text(g.Window.X0, y, b.size, 0, span{line, regular})
			y += b.step
		}
		return nil
	}
}

// mark draws the sender's mark, a square and a round bracket that together
// make a D: the half-open interval of the window.
func (k *composer) mark(x, y, side float64) {
	u := side / 36
	c := k.c
	at := func(px, py float64, op string) {
		c.ops = append(appendPoint(c.ops, x+px*u, y+py*u), op...)
	}
	c.ops = append(appendMM(c.ops, 4.5*u), "w "...)
	at(13, 5, "m ")
	at(6, 5, "l ")
	at(6, 31, "l ")
	at(13, 31, "l S\n")
	at(18, 5, "m ")
	c.curve(x+26*u, y+5*u, x+31*u, y+10.4*u, x+31*u, y+18*u)
	c.curve(x+31*u, y+25.6*u, x+26*u, y+31*u, x+18*u, y+31*u)
	c.ops = append(c.ops, "S\n"...)
}
