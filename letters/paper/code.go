package paper

import (
	"bytes"
	"encoding/ascii85"
	"fmt"
	"slices"

	"rsc.io/qr/coding"
	"rsc.io/qr/gf256"
)

// Every QR code is drawn with one mask: choosing the best mask for each costs
// forty times as much and buys nothing that a scanner sees.
const qrMask coding.Mask = 2

// The largest code a letter carries has 37 modules a side.
const (
	qrSmallest coding.Version = 2
	qrLargest  coding.Version = 5
)

// qrPlan is the shape of all codes of one version: what never changes, and
// where each bit of data belongs.
type qrPlan struct {
	side     int      // modules
	capacity int      // bits of data
	frame    []byte   // rows of packed bits with every data bit zero
	place    []uint32 // of the nth data bit, counted in bits of frame
	blocks   int      // of data, each with check bytes of its own
	checker  *gf256.RSEncoder
	check    []byte // of one block
}

// addChecks pads data and appends the check bytes of its blocks.
func (p *qrPlan) addChecks(data *coding.Bits) {
	data.Pad(p.capacity - data.Bits())
	rest, each := data.Bytes(), p.capacity/8/p.blocks
	longer := p.blocks - p.capacity/8%p.blocks // the last blocks hold a byte more
	for i := range p.blocks {
		if i == longer {
			each++
		}
		p.checker.ECC(rest[:each], p.check)
		data.Append(p.check)
		rest = rest[each:]
	}
}

// qrPress makes QR codes of equal shape quickly; it belongs to one batch.
type qrPress struct {
	plans  [qrLargest + 1]*qrPlan
	data   coding.Bits
	bitmap []byte
}

// operators appends the PDF operators that paint the code of a text into the
// square with its top left corner at x, y (mm) and a side of mm, the quiet
// zone not counted. Error correction is level Q, a quarter of the code.
func (q *qrPress) operators(dst []byte, text string, x, y, side float64) ([]byte, error) {
	modules, err := q.encode(text)
	if err != nil {
		return dst, err
	}
	dst = append(dst, "q "...)
	dst = appendMM(dst, side)
	dst = append(dst, "0 0 "...)
	dst = appendMM(dst, side)
	dst = appendPoint(dst, x, y+side)
	dst = append(dst, "cm BI/W "...)
	dst = appendInt(dst, modules)
	dst = append(dst, "/H "...)
	dst = appendInt(dst, modules)
	dst = append(dst, "/IM true/D[1 0]/F/A85 ID "...)
	from, most := len(dst), ascii85.MaxEncodedLen(len(q.bitmap))
	dst = slices.Grow(dst, most+8)
	dst = dst[:from+ascii85.Encode(dst[from:from+most], q.bitmap)]
	return append(withoutEnd(dst, from), "~> EI Q\n"...), nil
}

// withoutEnd parts every EI from a place on with a line end, which the filter
// skips: readers that look for the mark at the end of an image would stop there.
func withoutEnd(dst []byte, from int) []byte {
	for {
		at := bytes.Index(dst[from:], []byte("EI"))
		if at < 0 {
			return dst
		}
		from += at + 1
		dst = slices.Insert(dst, from, '\n')
	}
}

// encode leaves the smallest code that holds the text in q.bitmap and returns
// its side in modules.
func (q *qrPress) encode(text string) (modules int, err error) {
	var content coding.Encoding = coding.String(text)
	if coding.Alpha(text).Check() == nil {
		content = coding.Alpha(text)
	}
	for v := qrSmallest; v <= qrLargest; v++ {
		if q.plans[v] == nil {
			if q.plans[v], err = newQRPlan(v); err != nil {
				return 0, fmt.Errorf("plan a QR code: %w", err)
			}
		}
		if plan := q.plans[v]; content.Bits(v) <= plan.capacity {
			q.data.Reset()
			content.Encode(&q.data, v)
			plan.addChecks(&q.data)
			q.bitmap = append(q.bitmap[:0], plan.frame...)
			for i, b := range q.data.Bytes() {
				for bit := 0; b != 0; bit, b = bit+1, b<<1 {
					if b&0x80 != 0 {
						at := plan.place[i*8+bit]
						q.bitmap[at/8] ^= 0x80 >> (at % 8)
					}
				}
			}
			return plan.side, nil
		}
	}
	return 0, fmt.Errorf("%d characters are too long for the QR code", len(text))
}

// newQRPlan works a version's shape out once.
func newQRPlan(v coding.Version) (*qrPlan, error) {
	p, err := coding.NewPlan(v, coding.Q, qrMask)
	if err != nil {
		return nil, err
	}
	side := len(p.Pixel)
	row := (side + 7) / 8
	plan := &qrPlan{
		side: side, capacity: p.DataBytes * 8,
		blocks: p.Blocks, checker: gf256.NewRSEncoder(coding.Field, p.CheckBytes/p.Blocks), check: make([]byte, p.CheckBytes/p.Blocks),
		frame: make([]byte, row*side), place: make([]uint32, (p.DataBytes+p.CheckBytes)*8),
	}
	for y, pixels := range p.Pixel {
		for x, pixel := range pixels {
			at := uint32(y*row*8 + x)
			if pixel&coding.Black != 0 {
				plan.frame[at/8] |= 0x80 >> (at % 8)
			}
			if role := pixel.Role(); role == coding.Data || role == coding.Check {
				plan.place[pixel.Offset()] = at
			}
		}
	}
	return plan, nil
}
