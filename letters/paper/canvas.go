package paper

import (
	"bytes"
	"math"
	"strconv"
)

// canvas collects the PDF operators of one page or of one static part, and
// notes which runes each weight has drawn so that the fonts can be cut to
// them. Positions are millimetres from the top left of the sheet; sizes of
// type are points. A canvas is reused for letter after letter.
type canvas struct {
	faces *[weights]*typeface
	drawn *[weights][1 << 16]bool
	ops   []byte

	weight weight  // of the font now selected
	size   float64 // of the font now selected; 0 where none is
}

// newCanvas returns an empty canvas.
func newCanvas(faces *[weights]*typeface) *canvas {
	return &canvas{faces: faces, drawn: new([weights][1 << 16]bool)}
}

// reset begins a page in the memory of the last one.
func (c *canvas) reset() { c.ops, c.size = c.ops[:0], 0 }

// take hands out what was drawn and begins anew.
func (c *canvas) take() []byte {
	ops := bytes.Clone(c.ops)
	c.reset()
	return ops
}

// span is a run of text in one weight.
type span struct {
	text   string
	weight weight
}

// text draws one line from x with its baseline at y. Spacing is points added
// after every symbol.
func (c *canvas) text(x, y, size, spacing float64, spans ...span) {
	c.ops = append(c.ops, "BT "...)
	if spacing != 0 {
		c.ops = append(appendNumber(c.ops, spacing), "Tc "...)
	}
	for i, s := range spans {
		c.font(s.weight, size)
		if i == 0 {
			c.ops = append(appendPoint(c.ops, x, y), "Td "...)
		}
		c.ops = append(c.ops, '(')
		drawn := &c.drawn[s.weight]
		for _, r := range s.text {
			drawn[uint16(r)] = true
			c.ops = appendEscaped(appendEscaped(c.ops, byte(r>>8)), byte(r))
		}
		c.ops = append(c.ops, ")Tj "...)
	}
	if spacing != 0 {
		c.ops = append(c.ops, "0 Tc "...)
	}
	c.ops = append(c.ops, "ET\n"...)
}

// font selects a font where another is selected.
func (c *canvas) font(w weight, size float64) {
	if c.size == size && c.weight == w {
		return
	}
	c.weight, c.size = w, size
	c.ops = append(c.ops, '/', fontNames[w], ' ')
	c.ops = append(appendNumber(c.ops, size), "Tf "...)
}

// textRight draws one line that ends at x.
func (c *canvas) textRight(x, y, size float64, spans ...span) {
	c.text(x-c.width(size, 0, spans...), y, size, 0, spans...)
}

// width measures spans on one line, in millimetres.
func (c *canvas) width(size, spacing float64, spans ...span) float64 {
	var w float64
	for _, s := range spans {
		w += c.faces[s.weight].width(s.text, size, spacing)
	}
	return w
}

// colour sets the colour of what is painted next, fills, strokes and text.
func (c *canvas) colour(rgb [3]uint8) {
	for _, op := range []string{"rg ", "RG\n"} {
		for _, v := range rgb {
			c.ops = strconv.AppendFloat(c.ops, math.Round(float64(v)/255*1000)/1000, 'f', -1, 64)
			c.ops = append(c.ops, ' ')
		}
		c.ops = append(c.ops, op...)
	}
}

// rule draws a straight line of a thickness in millimetres.
func (c *canvas) rule(x0, y0, x1, y1, thick float64) {
	c.ops = append(appendMM(c.ops, thick), "w "...)
	c.ops = append(appendPoint(c.ops, x0, y0), "m "...)
	c.ops = append(appendPoint(c.ops, x1, y1), "l S\n"...)
}

// box outlines a rectangle; the line lies inside it, so that z is the outer
// edge.
func (c *canvas) box(z Zone, thick float64) {
	c.ops = append(appendMM(c.ops, thick), "w "...)
	c.ops = append(appendPoint(c.ops, z.X0+thick/2, z.Y1-thick/2), ' ')
	c.ops = appendMM(c.ops, z.Width()-thick)
	c.ops = append(appendMM(c.ops, z.Height()-thick), "re S\n"...)
}

// fill paints a rectangle.
func (c *canvas) fill(z Zone) {
	c.ops = appendPoint(c.ops, z.X0, z.Y1)
	c.ops = appendMM(c.ops, z.Width())
	c.ops = append(appendMM(c.ops, z.Height()), "re f\n"...)
}

// curve continues a path with a Bézier curve through two handles.
func (c *canvas) curve(x1, y1, x2, y2, x3, y3 float64) {
	c.ops = appendPoint(c.ops, x1, y1)
	c.ops = appendPoint(c.ops, x2, y2)
	c.ops = append(appendPoint(c.ops, x3, y3), "c "...)
}

// disc fills a circle, the dot of a list.
func (c *canvas) disc(x, y, r float64) {
	const k = 0.5523
	c.ops = append(appendPoint(c.ops, x+r, y), "m "...)
	c.curve(x+r, y+k*r, x+k*r, y+r, x, y+r)
	c.curve(x-k*r, y+r, x-r, y+k*r, x-r, y)
	c.curve(x-r, y-k*r, x-k*r, y-r, x, y-r)
	c.curve(x+k*r, y-r, x+r, y-k*r, x+r, y)
	c.ops = append(c.ops, "f\n"...)
}

// appendPoint writes a position in PDF's own points from the bottom left.
func appendPoint(dst []byte, x, y float64) []byte {
	return appendMM(appendMM(dst, x), sheetHeight-y)
}

// appendMM writes a length given in millimetres, in points.
func appendMM(dst []byte, mm float64) []byte { return appendNumber(dst, mm/mmPerPoint) }

// appendNumber writes a number with at most two decimals and a space.
func appendNumber(dst []byte, v float64) []byte {
	n := int64(math.Round(v * 100))
	if n < 0 {
		dst = append(dst, '-')
		n = -n
	}
	dst = strconv.AppendInt(dst, n/100, 10)
	if part := n % 100; part != 0 {
		dst = append(dst, '.', byte('0'+part/10))
		if part%10 != 0 {
			dst = append(dst, byte('0'+part%10))
		}
	}
	return append(dst, ' ')
}

// appendInt writes a whole number.
func appendInt(dst []byte, n int) []byte { return strconv.AppendInt(dst, int64(n), 10) }

// appendEscaped writes one byte of a PDF string.
func appendEscaped(dst []byte, b byte) []byte {
	switch b {
	case '(', ')', '\\':
		return append(dst, '\\', b)
	case '\r':
		return append(dst, '\\', 'r')
	}
	return append(dst, b)
}
