package paper

import (
	"slices"
	"strings"

	"duenotice/campaigns/fault"
)

// The grid that the parts of page 1 share.
const (
	labelColumn = 34.0
	columnGap   = 6.0
	wideColumn  = edge + labelColumn + columnGap
	wideWidth   = bodyWidth - labelColumn - columnGap
	daySize     = 27.0 // the largest thing on the sheet
	codeSize    = 23.0
	qrSide      = 32.0
	rowPadding  = 1.1
)

// part draws one of the designed parts across the body.
func (k *composer) part(b blockText) error {
	switch b.name {
	case "last-day":
		return k.lastDay(b.lines)
	case "web":
		return k.web(b.lines)
	case "table":
		return k.table(b.lines)
	case "strip":
		k.strip(b.lines)
		return nil
	}
	return k.columns(b.inner)
}

// lastDay frames three rows: a label, the day and, beside them, what happens
// if nothing is done. A day too long for one line breaks after the weekday.
func (k *composer) lastDay(rows []string) error {
	if len(rows) != 3 {
		return fault.New(fault.Invalid, "The part last-day needs three lines: a label, the day, and what happens if nothing is done.")
	}
	const left, padding, thick, lead = 108.0, 5.0, 0.7, 1.08
	label := k.wrap(k.inline(rows[0]), bodySize, left-2*padding)
	day := embolden(k.inline(rows[1]))
	days := [][]span{joinSpans(nil, day...)}
	if k.c.width(daySize, -0.02*daySize, day...) > left-padding-4 {
		weekday, date, _ := strings.Cut(days[0][0].text, " ")
		days = [][]span{{{weekday, bold}}, {{date, bold}}}
	}
	nothing := k.wrap(k.inline(rows[2]), bodySize, bodyWidth-left-8)

	leftHigh := float64(len(label))*bodySize*leading*mmPerPoint + 0.6 + float64(len(days))*daySize*lead*mmPerPoint
	rightHigh := float64(len(nothing)) * bodySize * leading * mmPerPoint
	high := max(leftHigh+7, rightHigh+6) + 2*thick
	k.y += 4.4 - gap + 1.2*k.air
	top := k.y
	k.c.box(Zone{edge, top, edge + bodyWidth, top + high}, thick)
	k.c.rule(edge+left, top+2.2, edge+left, top+high-2.2, 0.3)
	k.y = top + (high-leftHigh)/2
	k.text(edge+padding+thick, left-2*padding, k.inline(rows[0]))
	k.y += 0.6
	k.lines(edge+padding+thick-0.3, daySize, -0.02*daySize, lead, days)
	k.y = top + (high-rightHigh)/2
	k.lines(edge+left+4, bodySize, 0, leading, nothing)
	k.y = top + high + gap + 1.8*k.air
	return nil
}

// web draws the QR code beside three rows: where to go, a label with the code
// in four groups under it, and how to use it.
func (k *composer) web(rows []string) error {
	if len(rows) != 3 {
		return fault.New(fault.Invalid, "The part web needs three lines: where to go, a label for the code, and how to use it.")
	}
	where, how := k.wrap(k.inline(rows[0]), bodySize, wideWidth), k.wrap(k.inline(rows[2]), bodySize, wideWidth)
	top := k.y + 0.8
	text := float64(len(where)+len(how))*bodySize*leading*mmPerPoint + 1.4 + (smallSize*1.2+codeSize*1.15)*mmPerPoint + 1.6
	high := max(labelColumn, text)
	k.slots = append(k.slots, func(c *canvas, s *subject) (err error) {
		c.ops, err = s.qr.operators(c.ops, s.qrText, edge+1, top+(high-qrSide)/2, qrSide)
		return err
	})
	k.y = top + (high-text)/2
	k.lines(wideColumn, bodySize, 0, leading, where)
	k.y += 1.4
	k.lines(wideColumn, smallSize, 0, 1.2, [][]span{k.inline(rows[1])})
	y := k.y + drop(codeSize, 1.15)
	k.slots = append(k.slots, func(c *canvas, s *subject) error {
		size := codeSize
		for s.line = append(s.line[:0], span{s.code, bold}); c.width(size, 0.06*size, s.line...) > wideWidth; {
			size--
		}
		c.text(wideColumn, y, size, 0.06*size, s.line...)
		return nil
	})
	k.y += codeSize*1.15*mmPerPoint + 1.6
	k.lines(wideColumn, bodySize, 0, leading, how)
	k.y = top + high + 3.2 + 1.2*k.air
	return nil
}

// table draws rows of "label | text" between thin lines.
func (k *composer) table(rows []string) error {
	k.c.rule(edge, k.y, edge+bodyWidth, k.y, 0.25)
	for _, row := range rows {
		label, text, ok := strings.Cut(row, "|")
		if !ok {
			return fault.New(fault.Invalid, "A row of the part table has no | between its label and its text.")
		}
		padding := rowPadding + 0.5*k.air
		k.y += padding
		top := k.y
		k.text(edge, labelColumn+columnGap-1, embolden(k.inline(strings.TrimSpace(label))))
		under := k.y
		k.y = top
		k.text(wideColumn, wideWidth, k.inline(strings.TrimSpace(text)))
		k.y = max(k.y, under) + padding
		k.c.colour(silver)
		k.c.rule(edge, k.y, edge+bodyWidth, k.y, 0.25)
		k.c.colour(black)
	}
	k.y += 2.8 + 1.8*k.air
	return nil
}

// columns sets blocks in two columns, the second beginning at the second
// heading. Where no stands before yes, the columns change places.
func (k *composer) columns(blocks []blockText) error {
	const between = 8.0
	width := (bodyWidth - between) / 2
	second := -1
	for i, b := range blocks {
		if i > 0 && b.kind == heading {
			second = i
			break
		}
	}
	if second < 0 {
		return fault.New(fault.Invalid, "The part columns needs two headings, one a column.")
	}
	sides := [][]blockText{blocks[:second], blocks[second:]}
	if k.pack.NoFirst {
		slices.Reverse(sides)
	}
	k.y += 2
	top, under := k.y, k.y
	for i, side := range sides {
		k.y = top
		for j, b := range side {
			if err := k.block(b, edge+float64(i)*(width+between), width, j == 0); err != nil {
				return err
			}
		}
		under = max(under, k.y)
	}
	k.y = under
	return nil
}

// strip sets short lines in other languages in two columns of small type.
func (k *composer) strip(rows []string) {
	const between, lead, after = 8.0, 1.24, 1.4
	width := (bodyWidth - between) / 2
	k.c.rule(edge, k.y, edge+bodyWidth, k.y, 0.25)
	top, under := k.y+2, k.y
	half := (len(rows) + 1) / 2
	for i, row := range rows {
		if i%half == 0 {
			k.y = top
		}
		k.lines(edge+float64(i/half)*(width+between), stripSize, 0, lead, k.wrap(k.inline(row), stripSize, width))
		k.y += after
		under = max(under, k.y)
	}
	k.y = under + 0.6
	k.c.rule(edge, k.y, edge+bodyWidth, k.y, 0.25)
	k.y += 3.4
}
