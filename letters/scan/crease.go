package scan

import "math"

// dark is the part of a rectangle that holds ink. A thin straight line from
// one side to the other is a crease of the paper and no writing.
func (s *sheet) dark(x0, y0, x1, y1 int) float64 {
	w, h := x1-x0, y1-y0
	if w <= 0 || h <= 0 {
		return 0
	}
	n, across, down := 0, newLine(w), newLine(h)
	for y := range h {
		for x := range w {
			if s.at(x0+x, y0+y) >= darkFrom {
				n++
				across.add(x, y)
				down.add(y, x)
			}
		}
	}
	if across.crease() || down.crease() {
		return 0
	}
	return float64(n) / float64(w*h)
}

// What a crease is, in pixels: hardly wider than a pen's stroke, hardly
// slanting, and over nearly the whole of what is looked at.
const (
	creaseWide  = 7
	creaseOver  = 0.8
	creaseSlant = 0.1
	creaseWaves = 1.5
)

// line looks at ink column by column, as if it were one line.
type line struct{ first, last, sum, count []int }

func newLine(n int) *line {
	return &line{make([]int, n), make([]int, n), make([]int, n), make([]int, n)}
}

func (l *line) add(at, y int) {
	if l.count[at] == 0 || y < l.first[at] {
		l.first[at] = y
	}
	l.last[at] = max(l.last[at], y)
	l.sum[at] += y
	l.count[at]++
}

// crease tells whether all the ink is one thin straight line.
func (l *line) crease() bool {
	var n, sx, sy, sxx, sxy float64
	for x, c := range l.count {
		if c == 0 {
			continue
		}
		if l.last[x]-l.first[x] >= creaseWide {
			return false
		}
		fx, fy := float64(x), float64(l.sum[x])/float64(c)
		n, sx, sy, sxx, sxy = n+1, sx+fx, sy+fy, sxx+fx*fx, sxy+fx*fy
	}
	if n < creaseOver*float64(len(l.count)) || n < 3 {
		return false
	}
	slant := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	off := (sy - slant*sx) / n
	waves := 0.0
	for x, c := range l.count {
		if c > 0 {
			d := float64(l.sum[x])/float64(c) - off - slant*float64(x)
			waves += d * d
		}
	}
	return math.Abs(slant) <= creaseSlant && math.Sqrt(waves/n) <= creaseWaves
}
