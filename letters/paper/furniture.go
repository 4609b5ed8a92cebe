package paper

import "duenotice/campaigns/fault"

// furniture draws what surrounds the body of page 1: mark and sender, contact
// block, address and letter-start tag.
func (k *composer) furniture() {
	k.c.colour(navy)
	k.mark(edge-1.4, 14, 14)
	var sender [][]span
	x := edge + 16.1
	for _, line := range k.pack.Sender {
		sender = append(sender, k.wrap([]span{{settled(line), bold}}, 14, k.geo.Sender.X1-x)...)
	}
	k.y = 21 - float64(len(sender))*14*1.18*mmPerPoint/2
	k.lines(x, 14, 0, 1.18, sender)
	if k.y > k.geo.Sender.Y1+1 && k.wrong == nil {
		k.wrong = fault.New(fault.Invalid, "The sender's name takes more than three lines.")
	}
	k.c.colour(black)
	x = k.geo.Contact.X0 + 7
	words := k.doc.words
	k.y = k.geo.Contact.Y0 + 3
	row := func(spans ...span) { k.lines(x, smallSize, 0, 1.34, k.wrap(spans, smallSize, k.geo.Contact.X1-x)) }
	row(span{words["questions"], bold})
	phone := k.pack.Phone
	if k.pack.PhoneNote != "" {
		phone += ", " + k.pack.PhoneNote
	}
	row(span{phone, regular})
	for _, hours := range k.pack.Hours {
		row(span{settled(hours), regular})
	}
	k.y += 2.4
	row(span{k.pack.Web, regular})
	k.y += 2.4
	row(span{words["dated"], bold}, span{" " + k.values["dated"], regular})
	row(span{words["reference"], bold}, span{" " + string(fieldReference), regular})
	if !k.pack.HideNHSNumber {
		row(span{words["nhs-number"], bold}, span{" " + string(fieldNHSNumber), regular})
	}
	if k.y > k.geo.Contact.Y1 && k.wrong == nil {
		k.wrong = fault.New(fault.Invalid, "The contact block has too many lines.")
	}
	k.slots = append(k.slots, k.window())
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
