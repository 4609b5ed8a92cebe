package paper

// tint is a colour of the proof's overlay.
type tint [3]uint8

var (
	tintClear   = tint{0xd4, 0x35, 0x1c} // forbidden
	tintWindow  = tint{0xb3, 0x6b, 0x00}
	tintSender  = tint{0x00, 0x7f, 0x3b}
	tintContact = tint{0x00, 0x5e, 0xb8}
	tintMark    = tint{0x4c, 0x2c, 0x92}
)

// overlay returns the zones of one page of a design, drawn over it in a proof:
// forbidden ones red, and the vendor's marks where its machines will put them.
func (b *Batch) overlay(d *placed, page int) []byte {
	switch page {
	case 0:
		return b.overlayOf(firstOfLetter)
	case d.form:
		return b.overlayOf(firstOfForm)
	}
	return b.overlayOf(otherPage)
}

// The kinds of pages by the zones that they have.
const (
	otherPage = iota
	firstOfLetter
	firstOfForm
)

// overlayOf returns the zones of a kind of page; nothing where they are not shown.
func (b *Batch) overlayOf(kind int) []byte {
	if !b.zones {
		return nil
	}
	if b.overlays[kind] == nil {
		c := b.canvas
		own := append([]byte(nil), c.ops...)
		c.reset()
		zonesOf(c, b.geo, kind)
		b.overlays[kind] = c.take()
		c.ops = append(c.ops, own...)
	}
	return b.overlays[kind]
}

// zonesOf draws the zones of a kind of page.
func zonesOf(c *canvas, g Geometry, kind int) {
	c.ops = append(c.ops, "q\n"...)
	area := func(z Zone, colour tint, label string) {
		c.colour(colour)
		c.ops = append(c.ops, "q /Z gs\n"...)
		c.fill(z)
		c.ops = append(c.ops, "Q\n"...)
		c.box(z, 0.25)
		if label != "" {
			c.text(z.X0+1, z.Y0+2.6, 6, 0, span{label, bold})
		}
	}
	switch kind {
	case firstOfLetter:
		area(g.Sender, tintSender, "sender")
		area(g.Contact, tintContact, "contact block")
		area(g.Window, tintWindow, "window: the address and nothing else")
		for _, z := range g.Clear {
			label := "kept clear"
			if z.Width() < 20 {
				label = "clear"
			}
			area(z, tintClear, label)
		}
		for _, m := range g.Marks {
			area(m.Zone, tintMark, "")
			area(m.Zone, tintMark, "")
			c.text(m.Zone.X0, m.Zone.Y1+2.6, 6, 0, span{m.Name, bold})
		}
		if g.StartTag != "" {
			wide := c.width(g.TagPoints, 0, span{g.StartTag, regular})
			area(Zone{g.TagX, g.TagY, g.TagX + wide, g.TagY + g.TagPoints*mmPerPoint}, tintMark, "")
			c.text(g.TagX+wide+1.5, g.TagY+2, 6, 0, span{"letter-start tag, white", bold})
		}
		c.colour(black)
		c.rule(edge, g.BodyTop, sheetWidth-edge, g.BodyTop, 0.2)
		c.text(sheetWidth-edge-22, g.BodyTop+2.6, 6, 0, span{"body from here", bold})
	case firstOfForm:
		area(g.Window, tintWindow, "window of the return envelope")
		area(Zone{0, 5, 15, 292}, tintClear, "clear")
	default:
		area(Zone{0, 5, 15, 292}, tintClear, "clear")
	}
	c.colour(black)
	c.ops = append(c.ops, "[2 2] 0 d\n"...)
	c.box(g.Print, 0.2)
	c.text(g.Print.X1-30, g.Print.Y1-1, 6, 0, span{"printable area", bold})
	c.ops = append(c.ops, "Q\n"...)
	c.size = 0
}
