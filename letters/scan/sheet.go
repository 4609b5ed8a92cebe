package scan

import (
	"image"
	"math"
	"slices"

	"duenotice/letters/paper"
)

// The straightened sheet is A4 with a margin all round, so that corners which
// lie a little off are still on it.
const (
	margin      = 12.0 // mm
	sheetWide   = 210.0
	sheetHigh   = 297.0
	squareReach = 7.0 // mm around its place in which a corner square is looked for
	boxReach    = 2.5 // the same for a box
	edgeReach   = 18.0
)

// sheet is a page laid out straight by its mark; inks are how dark each place
// is against the paper around it, 0..1.
type sheet struct {
	gray    *image.Gray
	inks    []float32
	plan    paper.FormPlan
	right   mapping // from where things should be to where they are, both mm
	squares int     // corner squares found
	whole   bool    // the sheet fills the scanned page
}

// straighten lays the page straight by the eyes of its mark, then finds the
// corner squares and corrects by them.
func straighten(page *image.Gray, m found, plan paper.FormPlan) *sheet {
	module := plan.Mark.Width() / float64(plan.Modules)
	eye := 3.5 * module
	topLeft := point{plan.Mark.X0 + eye, plan.Mark.Y0 + eye}
	topRight, bottomLeft := point{plan.Mark.X1 - eye, topLeft.y}, point{topLeft.x, plan.Mark.Y1 - eye}
	first := affine([3]point{topLeft, topRight, bottomLeft}, [3]point{m.topLeft, m.topRight, m.bottomLeft})
	s := &sheet{plan: plan, gray: warped(page, first)}
	s.inks = inksOf(s.gray)
	s.right = identity
	from, to := [4]point{}, [4]point{}
	centre := point{(plan.Mark.X0 + plan.Mark.X1) / 2, (plan.Mark.Y0 + plan.Mark.Y1) / 2}
	from[3], to[3] = centre, centre
	at := [3]bool{}
	for i, z := range plan.Squares {
		from[i] = point{(z.X0 + z.X1) / 2, (z.Y0 + z.Y1) / 2}
		if to[i], at[i] = s.square(z); at[i] {
			s.squares++
		}
	}
	switch {
	case s.squares == 3:
		if h, ok := projective(from, to); ok {
			s.right = h
		}
	case s.squares == 2:
		var a, b [3]point
		n := 1
		a[0], b[0] = centre, centre
		for i := range 3 {
			if at[i] {
				a[n], b[n] = from[i], to[i]
				n++
			}
		}
		s.right = affine(a, b)
	}
	s.whole = fills(page.Rect, first, s.right)
	return s
}

// fills tells whether the corners of the sheet lie near the corners of the
// picture: else it holds more than one sheet, or a copy made smaller.
func fills(r image.Rectangle, first, right mapping) bool {
	var xs, ys []float64
	for _, c := range [4]point{{0, 0}, {sheetWide, 0}, {0, sheetHigh}, {sheetWide, sheetHigh}} {
		p := first.of(right.of(c))
		xs, ys = append(xs, p.x), append(ys, p.y)
	}
	scale := first.scale()
	near := func(a float64, b int) bool { return math.Abs(a-float64(b)) <= edgeReach*scale }
	return near(slices.Min(xs), 0) && near(slices.Max(xs), r.Dx()) && near(slices.Min(ys), 0) && near(slices.Max(ys), r.Dy())
}

// warped draws a page straight, given the way from millimetres to its pixels.
func warped(page *image.Gray, to mapping) *image.Gray {
	w, h := int((sheetWide+2*margin)*PixelsPerMM), int((sheetHigh+2*margin)*PixelsPerMM)
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p := to.of(point{(float64(x)+0.5)/PixelsPerMM - margin, (float64(y)+0.5)/PixelsPerMM - margin})
			out.Pix[y*out.Stride+x] = sampled(page, p.x-0.5, p.y-0.5)
		}
	}
	return out
}

// sampled reads a picture between its pixels; beside it all is white.
func sampled(g *image.Gray, x, y float64) uint8 {
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0+1 >= g.Rect.Dx() || y0+1 >= g.Rect.Dy() {
		return 255
	}
	fx, fy, i := x-float64(x0), y-float64(y0), y0*g.Stride+x0
	top := float64(g.Pix[i])*(1-fx) + float64(g.Pix[i+1])*fx
	low := float64(g.Pix[i+g.Stride])*(1-fx) + float64(g.Pix[i+g.Stride+1])*fx
	return uint8(top*(1-fy) + low*fy + 0.5)
}

// picture is the sheet as people see it, without the margin.
func (s *sheet) picture() *image.Gray {
	w, h := int(sheetWide*PixelsPerMM), int(sheetHigh*PixelsPerMM)
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			p := s.right.of(point{(float64(x) + 0.5) / PixelsPerMM, (float64(y) + 0.5) / PixelsPerMM})
			out.Pix[y*out.Stride+x] = sampled(s.gray, (p.x+margin)*PixelsPerMM-0.5, (p.y+margin)*PixelsPerMM-0.5)
		}
	}
	return out
}
