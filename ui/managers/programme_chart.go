package managers

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"duenotice/campaigns/calendar"
)

// lineChart is one drawing of shares over time: to scale, from zero, with the
// name and last value at the end of each line.
type lineChart struct {
	Title string
	Desc  string // holds the numbers for those who do not see the drawing
	Lines []chartLine
	Marks []chartMark
	Y     []chartTick
	X     []chartTick
	Foot  int // y of the time axis
	Right int // x of its end
	Left  int
	Tall  int
}

type chartLine struct {
	Class, Path  string
	Name, Value  string
	EndX, EndY   float64
	TextX, TextY float64
	Dots         []chartDot
}

type chartDot struct{ X, Y float64 }

type chartTick struct {
	At   float64
	Text string
}

type chartMark struct {
	X           float64
	Text, Class string
	TextX       float64
	Anchor      string
}

// chartValue is one value of a line; below zero is unknown, and the line is
// broken there.
type chartValue struct {
	On    calendar.Date
	Share float64
}

// chartSeries is a line before it is drawn.
type chartSeries struct {
	Name, Class string
	Values      []chartValue
	Steps       bool // holds its value until the next
	Quiet       bool // has no name of its own: one of many
}

const (
	chartLeft, chartRight, chartTop, chartFoot = 56, 900, 20, 260
	chartWide                                  = 1096
)

// drawLines draws series on one scale. say writes a value.
func drawLines(title string, series []chartSeries, say func(float64) string) *lineChart {
	var first, last calendar.Date
	top := 0.0
	for _, s := range series {
		for _, v := range s.Values {
			if first.IsZero() || v.On.Before(first) {
				first = v.On
			}
			last = calendar.Max(last, v.On)
			top = max(top, v.Share)
		}
	}
	if first.IsZero() || first == last {
		return nil // one moment is no course
	}
	k := &lineChart{Title: title, Foot: chartFoot, Right: chartRight, Left: chartLeft, Tall: chartFoot + 34}
	step := niceStep(top)
	ceiling := math.Ceil(top/step-1e-9) * step
	if ceiling == 0 {
		ceiling = step
	}
	y := func(v float64) float64 { return chartFoot - v/ceiling*(chartFoot-chartTop) }
	x := func(d calendar.Date) float64 {
		return chartLeft + float64(d.DaysSince(first))/float64(last.DaysSince(first))*(chartRight-chartLeft)
	}
	for v := 0.0; v <= ceiling+step/2; v += step {
		k.Y = append(k.Y, chartTick{y(v), say(v)})
	}
	k.X = timeTicks(first, last, x)
	var said []string
	for _, s := range series {
		line := chartLine{Class: s.Class, Name: s.Name}
		var path strings.Builder
		pen := false
		var before chartValue
		for _, v := range s.Values {
			if v.Share < 0 {
				pen = false
				continue
			}
			switch {
			case !pen:
				fmt.Fprintf(&path, "M%.1f %.1f", x(v.On), y(v.Share))
			case s.Steps:
				fmt.Fprintf(&path, "H%.1fV%.1f", x(v.On), y(v.Share))
			default:
				fmt.Fprintf(&path, "L%.1f %.1f", x(v.On), y(v.Share))
			}
			pen, before = true, v
			line.EndX, line.EndY, line.Value = x(v.On), y(v.Share), say(v.Share)
		}
		line.Path = path.String()
		if s.Quiet {
			line.Name, line.Value = "", ""
		} else if !before.On.IsZero() {
			said = append(said, fmt.Sprintf("%s %s on %s", s.Name, say(before.Share), before.On.Plain()))
		}
		k.Lines = append(k.Lines, line)
	}
	k.spreadNames()
	k.Desc = strings.Join(said, "; ") + ". The table below has every value."
	return k
}

// spreadNames keeps the names at the ends of lines apart.
func (k *lineChart) spreadNames() {
	var named []*chartLine
	for i := range k.Lines {
		if l := &k.Lines[i]; l.Name != "" && l.Path != "" {
			l.TextX, l.TextY = chartRight+12, l.EndY+5
			named = append(named, l)
		}
	}
	slices.SortFunc(named, func(a, b *chartLine) int {
		if a.TextY < b.TextY {
			return -1
		}
		return 1
	})
	for i := 1; i < len(named); i++ {
		named[i].TextY = max(named[i].TextY, named[i-1].TextY+19)
	}
	if n := len(named); n > 0 {
		if over := named[n-1].TextY - (chartFoot + 5); over > 0 {
			for _, l := range named {
				l.TextY -= over
			}
		}
	}
}

// mark puts a named upright line on a day, if the chart reaches it.
func (k *lineChart) mark(series []chartSeries, on calendar.Date, text, class string) {
	if k == nil {
		return
	}
	var first, last calendar.Date
	for _, s := range series {
		for _, v := range s.Values {
			if first.IsZero() || v.On.Before(first) {
				first = v.On
			}
			last = calendar.Max(last, v.On)
		}
	}
	if on.Before(first) || on.After(last) {
		return
	}
	at := chartLeft + float64(on.DaysSince(first))/float64(last.DaysSince(first))*(chartRight-chartLeft)
	m := chartMark{X: at, Text: text, Class: class, TextX: at + 6, Anchor: "start"}
	if at > (chartLeft+chartRight)/2 {
		m.TextX, m.Anchor = at-6, "end"
	}
	k.Marks = append(k.Marks, m)
}

// niceStep divides a scale into three to six parts of 1, 2 or 5.
func niceStep(top float64) float64 {
	if top <= 0 {
		return 0.25
	}
	power := math.Pow(10, math.Floor(math.Log10(top)))
	for _, f := range []float64{0.1, 0.2, 0.25, 0.5, 1, 2} {
		if top/(f*power) <= 5 {
			return f * power
		}
	}
	return 2 * power
}

// timeTicks names every month, quarter, half or whole year, as many as fit.
func timeTicks(first, last calendar.Date, x func(calendar.Date) float64) []chartTick {
	every := 1
	for _, n := range []int{1, 2, 3, 6, 12} {
		every = n
		if last.DaysSince(first)/30/n <= 9 {
			break
		}
	}
	var ticks []chartTick
	year, month, _ := first.Civil()
	for d := calendar.On(year, month, 1); !d.After(last); d = d.AddMonths(1) {
		_, m, _ := d.Civil()
		if (int(m)-1)%every != 0 || d.Before(first) {
			continue
		}
		ticks = append(ticks, chartTick{x(d), d.Start().In(calendar.London).Format("Jan 2006")})
	}
	return ticks
}

// sharePart is a bar of a share for a table: its whole is 100 wide.
func sharePart(share float64) float64 { return math.Round(min(max(share, 0), 1)*1000) / 10 }
