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
	qrSide      = 32.0
	qrLarge     = 44.0 // in large print
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
// if nothing is done; in large print below them. A day too long for one line
// breaks after the weekday.
func (k *composer) lastDay(rows [][]span) error {
	if len(rows) != 3 {
		return fault.New(fault.Invalid, "The part last-day needs three lines: a label, the day, and what happens if nothing is done.")
	}
	const padding, lead = 5.0, 1.08
	left, thick := 108.0, 0.7*k.set.scale
	if k.set.flow {
		left = bodyWidth
	}
	size, lineHigh := k.set.day, k.lead()
	label := k.wrap(k.inline(rows[0]), k.set.body, left-2*padding)
	day := embolden(k.inline(rows[1]))
	days := [][]span{joinSpans(nil, day...)}
	if k.c.width(size, -0.02*size, day...) > left-padding-4 {
		weekday, date, _ := cutWeekday(days[0][0].text)
		days = [][]span{{{weekday, bold}}, {{date, bold}}}
	}
	for _, d := range days {
		for k.c.width(size, -0.02*size, d...) > left-padding-4 {
			size--
		}
	}
	room := bodyWidth - left - 8
	if k.set.flow {
		room = bodyWidth - 2*padding
	}
	nothing := k.wrap(k.inline(rows[2]), k.set.body, room)
	leftHigh := float64(len(label))*lineHigh + 0.6 + float64(len(days))*size*lead*mmPerPoint
	rightHigh := float64(len(nothing)) * lineHigh
	high := max(leftHigh+7, rightHigh+6) + 2*thick
	outside := false // in the largest print the frame holds the day alone
	if k.set.flow {
		high = leftHigh + rightHigh + 16 + 2*thick
		if outside = high > 0.6*(k.set.bottom-k.top); outside {
			high = leftHigh + 9 + 2*thick
		}
	}
	k.y += max(4.4, 1.4*k.set.gap) - k.set.gap + 1.2*k.air
	k.need(high)
	top := k.y
	k.c.box(Zone{edge, top, edge + bodyWidth, top + high}, thick)
	if k.set.flow {
		if !outside {
			k.c.rule(edge+padding, top+leftHigh+8, edge+bodyWidth-padding, top+leftHigh+8, 0.3)
		}
		k.y = top + 4
	} else {
		k.c.rule(edge+left, top+2.2, edge+left, top+high-2.2, 0.3)
		k.y = top + (high-leftHigh)/2
	}
	k.lines(edge+padding+thick, k.set.body, 0, k.set.leading, label)
	k.y += 0.6
	k.lines(edge+padding+thick-0.3, size, -0.02*size, lead, days)
	if outside {
		k.y = top + high + k.set.gap
		k.text(edge, bodyWidth, k.inline(rows[2]))
		k.y += k.set.gap
		return nil
	}
	if k.set.flow {
		k.y = top + leftHigh + 12
		k.lines(edge+padding+thick, k.set.body, 0, k.set.leading, nothing)
	} else {
		k.y = top + (high-rightHigh)/2
		k.lines(edge+left+4, k.set.body, 0, k.set.leading, nothing)
	}
	k.y = top + high + k.set.gap + 1.8*k.air
	return nil
}

// web draws the QR code beside three rows: where to go, a label with the code
// in four groups under it, and how to use it; in large print under each other.
func (k *composer) web(rows [][]span) error {
	if len(rows) != 3 {
		return fault.New(fault.Invalid, "The part web needs three lines: where to go, a label for the code, and how to use it.")
	}
	x, width := wideColumn, wideWidth
	if k.set.flow {
		x, width = edge, bodyWidth
	}
	where, how := k.wrap(k.inline(rows[0]), k.set.body, width), k.wrap(k.inline(rows[2]), k.set.body, width)
	codeHigh := (k.set.small*1.2 + k.set.code*1.15) * mmPerPoint
	top, high := k.y+0.8, 0.0
	if k.set.flow {
		k.need(k.webHigh(rows))
		k.body(x, where)
		k.y += 2
		k.square(edge+1, k.y, qrLarge)
		k.y += qrLarge + 4
	} else {
		text := float64(len(where)+len(how))*k.lead() + 1.4 + codeHigh + 1.6
		high = max(labelColumn, text)
		k.square(edge+1, top+(high-qrSide)/2, qrSide)
		k.y = top + (high-text)/2
		k.lines(x, k.set.body, 0, k.set.leading, where)
		k.y += 1.4
	}
	k.lines(x, k.set.small, 0, 1.2, [][]span{k.inline(rows[1])})
	y, largest := k.y+drop(k.set.code, 1.15), k.set.code
	k.slots = append(k.slots, func(c *canvas, s *subject) error {
		size := largest
		for s.line = append(s.line[:0], span{s.code, bold}); c.width(size, 0.06*size, s.line...) > width; {
			size--
		}
		c.text(x, y, size, 0.06*size, s.line...)
		return nil
	})
	k.y += k.set.code*1.15*mmPerPoint + 1.6
	if k.set.flow {
		k.body(x, how)
		k.y += k.set.gap
		return nil
	}
	k.lines(x, k.set.body, 0, k.set.leading, how)
	k.y = top + high + 3.2 + 1.2*k.air
	return nil
}

// webHigh is the height of the part web in large print up to the code.
func (k *composer) webHigh(rows [][]span) float64 {
	if len(rows) == 0 {
		return 0
	}
	where := k.wrap(k.inline(rows[0]), k.set.body, bodyWidth)
	return float64(len(where))*k.lead() + qrLarge + 8 + (k.set.small*1.2+k.set.code*1.15)*mmPerPoint
}

// square keeps a place for the QR code of the web address with the code.
func (k *composer) square(x, y, side float64) {
	k.slots = append(k.slots, func(c *canvas, s *subject) (err error) {
		c.ops, err = s.qr.operators(c.ops, s.qrText, x, y, side)
		return err
	})
}

// table draws rows of "label | text" between thin lines; in large print the
// text stands under its label.
func (k *composer) table(rows [][]span) error {
	k.c.rule(edge, k.y, edge+bodyWidth, k.y, 0.25)
	for _, row := range rows {
		label, text, ok := cut(row, "|")
		if !ok {
			return fault.New(fault.Invalid, "A row of the part table has no | between its label and its text.")
		}
		padding := rowPadding*k.set.scale + 0.5*k.air
		k.y += padding
		label = embolden(k.inline(label))
		if k.set.flow {
			k.need(3 * k.lead())
			k.text(edge, bodyWidth, label)
			k.text(edge, bodyWidth, k.inline(text))
			k.y += padding
		} else {
			top := k.y
			k.text(edge, labelColumn+columnGap-1, label)
			under := k.y
			k.y = top
			k.text(wideColumn, wideWidth, k.inline(text))
			k.y = max(k.y, under) + padding
		}
		if k.set.flow && k.y > k.set.bottom-2 {
			continue // the rule of the footer is near enough
		}
		k.c.colour(silver)
		k.c.rule(edge, k.y, edge+bodyWidth, k.y, 0.25)
		k.c.colour(black)
	}
	k.y += 2.8 + 1.8*k.air
	return nil
}

// cut splits a line around the first mark, without the spaces about it.
func cut(line []span, mark string) (before, after []span, ok bool) {
	for i, s := range line {
		left, right, found := strings.Cut(s.text, mark)
		if !found {
			continue
		}
		before = append(slices.Clone(line[:i]), span{strings.TrimRight(left, " "), s.weight})
		after = append([]span{{strings.TrimLeft(right, " "), s.weight}}, line[i+1:]...)
		return before, after, true
	}
	return line, nil, false
}

// columns sets blocks in two columns, the second beginning at the second
// heading; in large print under each other. Where no stands before yes, they
// change places.
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
		x := edge + float64(i)*(width+between)
		if k.set.flow {
			x, width = edge, bodyWidth
		} else {
			k.y = top
		}
		for j, b := range side {
			if err := k.block(b, x, width, j == 0 && !k.set.flow, k.least(side[j+1:])); err != nil {
				return err
			}
		}
		under = max(under, k.y)
	}
	if !k.set.flow {
		k.y = under
	}
	return nil
}

// strip sets short lines in other languages in two columns of small type; in
// large print in one, in the size of the letter.
func (k *composer) strip(rows [][]span) {
	const between, lead, after = 8.0, 1.24, 1.4
	width, half := (bodyWidth-between)/2, (len(rows)+1)/2
	if k.set.flow {
		for _, row := range rows {
			k.text(edge, bodyWidth, k.inline(row))
			k.y += k.set.gap
		}
		return
	}
	k.c.rule(edge, k.y, edge+bodyWidth, k.y, 0.25)
	top, under := k.y+2, k.y
	for i, row := range rows {
		if i%half == 0 {
			k.y = top
		}
		k.lines(edge+float64(i/half)*(width+between), k.set.strip, 0, lead, k.wrap(k.inline(row), k.set.strip, width))
		k.y += after
		under = max(under, k.y)
	}
	k.y = under + 0.6
	k.c.rule(edge, k.y, edge+bodyWidth, k.y, 0.25)
	k.y += 3.4
}
