package paper

import (
	"encoding/ascii85"
	"fmt"

	"rsc.io/qr/coding"
)

// Every QR code is drawn with one mask: choosing the best mask for each costs
// forty times as much and buys nothing that a scanner sees.
const qrMask coding.Mask = 2

// The largest code a letter carries has 37 modules a side.
const (
	qrSmallest coding.Version = 2
	qrLargest  coding.Version = 5
)

// qrPress makes QR codes of equal shape quickly; it belongs to one batch.
type qrPress struct {
	plans [qrLargest + 1]*coding.Plan
	bits  []byte
}

// operators appends the PDF operators that paint the code of a text into the
// square with its top left corner at x, y (mm) and a side of mm, the quiet
// zone not counted. Error correction is level Q, a quarter of the code.
func (q *qrPress) operators(dst []byte, text string, x, y, side float64) ([]byte, error) {
	code, err := q.encode(text)
	if err != nil {
		return dst, err
	}
	rowBytes := (code.Size + 7) / 8
	q.bits = q.bits[:0]
	for row := range code.Size {
		q.bits = append(q.bits, code.Bitmap[row*code.Stride:row*code.Stride+rowBytes]...)
	}
	dst = append(dst, "q "...)
	dst = appendMM(dst, side)
	dst = append(dst, "0 0 "...)
	dst = appendMM(dst, side)
	dst = appendPoint(dst, x, y+side)
	dst = append(dst, "cm BI /W "...)
	dst = appendInt(dst, code.Size)
	dst = append(dst, " /H "...)
	dst = appendInt(dst, code.Size)
	dst = append(dst, " /IM true /D [1 0] /F /A85 ID "...)
	at := len(dst)
	dst = append(dst, make([]byte, ascii85.MaxEncodedLen(len(q.bits)))...)
	dst = dst[:at+ascii85.Encode(dst[at:], q.bits)]
	return append(dst, "~> EI Q\n"...), nil
}

// encode finds the smallest plan that holds the text.
func (q *qrPress) encode(text string) (*coding.Code, error) {
	var content coding.Encoding = coding.String(text)
	if coding.Alpha(text).Check() == nil {
		content = coding.Alpha(text)
	}
	for v := qrSmallest; v <= qrLargest; v++ {
		if q.plans[v] == nil {
			plan, err := coding.NewPlan(v, coding.Q, qrMask)
			if err != nil {
				return nil, fmt.Errorf("plan a QR code: %w", err)
			}
			q.plans[v] = plan
		}
		if content.Bits(v) <= q.plans[v].DataBytes*8 {
			return q.plans[v].Encode(content)
		}
	}
	return nil, fmt.Errorf("%d characters are too long for the QR code", len(text))
}
