package managers

import (
	"fmt"
	"strconv"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/letters"
	"duenotice/optout"
	"duenotice/optout/gate"
	"duenotice/ui/page"
)

// ruler draws letters and windows on one axis of time.
type ruler struct {
	Height, Floor float64
	Months        []rulerMark
	Rows          []rulerRow
	TodayX        float64
	Words         string
	Holds         []rulerMark
	HoldY         float64
}

type rulerMark struct {
	X    float64
	Text string
}

// TextX is where the words of a mark begin.
func (m rulerMark) TextX() float64 { return m.X + 10 }

// HoldText is the line of the words beside holds.
func (r ruler) HoldText() float64 { return r.HoldY + 5 }

// LabelLine is the line of the names of the months.
func (r ruler) LabelLine() float64 { return r.Floor + 14 }

type rulerRow struct {
	Number           int
	Y, TextY, LabelY float64
	X, W             float64 // void letters: from posting to return
	Void             bool
	VoidText         string
	DeliverW         float64
	OpenX, OpenW     float64
	MarginX, MarginW float64
	Posted, Last     string
	Margin           string
	MarginTextX, OnX float64
	Long             bool // the bar is wide enough for its text
	LastX            float64
	LastAnchor       string
}

const rulerLeft, rulerRight, rulerRow0, rulerStep = 96.0, 1090.0, 44.0, 54.0

// rulerOf lays posted letters on an axis; nil when none was posted.
func rulerOf(sent []letters.Letter, holds []optout.Hold, today calendar.Date, w calendar.Working) *ruler {
	var first, last calendar.Date
	var shown []letters.Letter
	for _, l := range sent {
		if l.PostedOn.IsZero() {
			continue
		}
		shown = append(shown, l)
		first = calendar.Min(first, l.PostedOn)
		last = calendar.Max(last, calendar.Max(l.PostedOn, l.ReturnedOn))
		if !l.Void && !l.ClosesOn.IsZero() {
			last = calendar.Max(last, w.Add(l.ClosesOn, gate.PaperMargin))
		}
	}
	if len(shown) == 0 {
		return nil
	}
	if today.DaysSince(last) < 60 {
		last = calendar.Max(last, today)
	}
	first, last = first.AddDays(-4), last.AddDays(4)
	x := func(d calendar.Date) float64 {
		return rulerLeft + (rulerRight-rulerLeft)*float64(d.DaysSince(first))/float64(last.DaysSince(first))
	}
	r := &ruler{Floor: rulerRow0 + rulerStep*float64(len(shown)) - 14}
	for _, o := range holds {
		if !o.Settled && !o.ReceivedOn.Before(first) && !o.ReceivedOn.After(last) {
			r.Holds = append(r.Holds, rulerMark{x(o.ReceivedOn), "Since " + page.Day(o.ReceivedOn, today)})
		}
	}
	if len(r.Holds) > 0 {
		r.HoldY = r.Floor + 12
		r.Floor += 34
	}
	r.Height = r.Floor + 24
	for d := first; !d.After(last); d = d.AddDays(1) {
		if y, m, day := d.Civil(); day == 1 {
			text := m.String()[:3]
			if m == time.January || len(r.Months) == 0 {
				text += " " + strconv.Itoa(y)
			}
			r.Months = append(r.Months, rulerMark{x(d), text})
		}
	}
	for i, l := range shown {
		y := rulerRow0 + rulerStep*float64(i)
		row := rulerRow{Number: l.Number, Y: y, TextY: y + 18, LabelY: y - 7, X: x(l.PostedOn), Posted: "Posted " + page.Day(l.PostedOn, today)}
		end := l.ReturnedOn
		if l.Void || l.ClosesOn.IsZero() {
			if end.IsZero() || end.Before(l.PostedOn) {
				end = l.PostedOn.AddDays(7)
			}
			row.Void, row.W = true, max(x(end)-row.X, 8)
			row.VoidText, row.OnX = letterOf(l).Became+": does not count", row.X+row.W+8
			r.Words += fmt.Sprintf("Letter %d posted %s does not count. ", l.Number, l.PostedOn.Long())
			r.Rows = append(r.Rows, row)
			continue
		}
		open := calendar.Min(w.Add(l.PostedOn, 3), l.ClosesOn)
		margin := w.Add(l.ClosesOn, gate.PaperMargin)
		row.DeliverW = x(open) - row.X
		row.OpenX, row.OpenW = x(open), x(l.ClosesOn)-x(open)
		row.MarginX, row.MarginW = x(l.ClosesOn), x(margin)-x(l.ClosesOn)
		row.Last, row.Margin = "Last day "+page.Day(l.ClosesOn, today), "Forms to "+page.Day(margin, today)
		row.MarginTextX, row.OnX, row.Long = row.MarginX+row.MarginW+8, row.OpenX+10, row.OpenW > 420
		row.LastX, row.LastAnchor = row.MarginX, "end"
		r.Words += fmt.Sprintf("Letter %d posted %s, window until the end of %s. ", l.Number, l.PostedOn.Long(), l.ClosesOn.Long())
		r.Rows = append(r.Rows, row)
	}
	if !today.Before(first) && !today.After(last) {
		r.TodayX = x(today)
		for i := range r.Rows { // the line of today does not run through words
			if row := &r.Rows[i]; r.TodayX > row.LastX-160 && r.TodayX < row.LastX+4 {
				row.LastX, row.LastAnchor = row.LastX+6, "start"
			}
			if row := &r.Rows[i]; r.TodayX > row.MarginTextX-6 && r.TodayX < row.MarginTextX+130 {
				row.MarginTextX = r.TodayX + 8
			}
		}
		r.Words += "Today is " + today.Long() + "."
	}
	return r
}
