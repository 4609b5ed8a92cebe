package scan

import (
	"image"
	"math"

	"duenotice/letters/paper"
)

// cell is the side, in pixels, of the squares whose paper is looked at by itself.
const cell = 8 * PixelsPerMM

// darkFrom is how dark a place is, against its paper, that counts as ink.
const darkFrom = 0.33

// inksOf says how dark each place is against the paper around it, with single
// specks softened away: 0 is paper, 1 the black of print.
func inksOf(g *image.Gray) []float32 {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	papers, across := papersOf(g)
	black := darkest(g)
	raw := make([]float32, w*h)
	for y := range h {
		for x := range w {
			p := papers[y/cell*across+x/cell]
			raw[y*w+x] = float32(min(1, max(0, (p-float64(g.Pix[y*g.Stride+x]))/max(40, p-black))))
		}
	}
	out := make([]float32, w*h)
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			i := y*w + x
			out[i] = (raw[i-w-1] + raw[i-w] + raw[i-w+1] + raw[i-1] + raw[i] + raw[i+1] + raw[i+w-1] + raw[i+w] + raw[i+w+1]) / 9
		}
	}
	return out
}

// papersOf is how bright the paper is in each cell: that of the brighter part
// of it, or of its neighbours where it is full of print.
func papersOf(g *image.Gray) (papers []float64, across int) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	across = (w + cell - 1) / cell
	down := (h + cell - 1) / cell
	own := make([]float64, across*down)
	for cy := range down {
		for cx := range across {
			var counts [256]int
			n := 0
			for y := cy * cell; y < min(h, (cy+1)*cell); y++ {
				for x := cx * cell; x < min(w, (cx+1)*cell); x++ {
					counts[g.Pix[y*g.Stride+x]]++
					n++
				}
			}
			v, seen := 255, 0
			for ; v > 0; v-- {
				if seen += counts[v]; seen*4 >= n {
					break
				}
			}
			own[cy*across+cx] = float64(v)
		}
	}
	papers = make([]float64, len(own))
	for cy := range down {
		for cx := range across {
			here, sum, n := own[cy*across+cx], 0.0, 0.0
			for y := max(0, cy-1); y <= min(down-1, cy+1); y++ {
				for x := max(0, cx-1); x <= min(across-1, cx+1); x++ {
					sum, n = sum+own[y*across+x], n+1
				}
			}
			papers[cy*across+cx] = max(here, sum/n)
		}
	}
	return papers, across
}

// darkest is the black of print: what one pixel of a hundred reaches.
func darkest(g *image.Gray) float64 {
	var counts [256]int
	for _, v := range g.Pix {
		counts[v]++
	}
	seen := 0
	for v := range 256 {
		if seen += counts[v]; seen*100 >= len(g.Pix) {
			return float64(v)
		}
	}
	return 0
}

// at is the ink at a place in pixels of the straightened sheet.
func (s *sheet) at(x, y int) float64 {
	if x < 0 || y < 0 || x >= s.gray.Rect.Dx() || y >= s.gray.Rect.Dy() {
		return 0
	}
	return float64(s.inks[y*s.gray.Rect.Dx()+x])
}

func pixels(mm float64) int { return int(math.Round((mm + margin) * PixelsPerMM)) }

// square looks for a corner square near its place: black, and light all round.
func (s *sheet) square(z paper.Zone) (point, bool) {
	side, ring := int(z.Width()*PixelsPerMM), PixelsPerMM*6/5
	reach := int(squareReach * PixelsPerMM)
	x0, y0 := pixels(z.X0), pixels(z.Y0)
	best, at := 0.0, point{}
	sums := s.sums(x0-reach-ring-1, y0-reach-ring-1, x0+reach+side+ring+1, y0+reach+side+ring+1)
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			x, y := x0+dx, y0+dy
			in := sums.of(x, y, x+side, y+side)
			all := sums.of(x-ring, y-ring, x+side+ring, y+side+ring)
			area, around := float64(side*side), float64((side+2*ring)*(side+2*ring)-side*side)
			if score := in/area - (all-in)/around; score > best {
				best, at = score, point{(float64(x)+float64(side)/2)/PixelsPerMM - margin, (float64(y)+float64(side)/2)/PixelsPerMM - margin}
			}
		}
	}
	return at, best >= squareFrom
}

// table holds running sums of ink over a part of the sheet.
type table struct {
	x, y, w int
	sum     []float64
}

func (s *sheet) sums(x0, y0, x1, y1 int) table {
	t := table{x0, y0, x1 - x0 + 1, make([]float64, (x1-x0+1)*(y1-y0+1))}
	for y := 1; y <= y1-y0; y++ {
		row := 0.0
		for x := 1; x < t.w; x++ {
			row += s.at(x0+x-1, y0+y-1)
			t.sum[y*t.w+x] = t.sum[(y-1)*t.w+x] + row
		}
	}
	return t
}

func (t table) of(x0, y0, x1, y1 int) float64 {
	x0, y0, x1, y1 = x0-t.x, y0-t.y, x1-t.x, y1-t.y
	return t.sum[y1*t.w+x1] - t.sum[y0*t.w+x1] - t.sum[y1*t.w+x0] + t.sum[y0*t.w+x0]
}

// box measures the ink inside a box to tick, once its outline has been found
// near its place.
func (s *sheet) box(z paper.Zone) (ink float64, there bool) {
	p, q := s.right.of(point{z.X0, z.Y0}), s.right.of(point{z.X1, z.Y1})
	x0, y0, x1, y1 := pixels(p.x), pixels(p.y), pixels(q.x), pixels(q.y)
	reach := int(boxReach * PixelsPerMM)
	best, bx, by := -1.0, 0, 0
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			sides := s.sides(x0+dx, y0+dy, x1+dx, y1+dy)
			score := sides[0] + sides[1] + sides[2] + sides[3] - 0.002*float64(max(dx, -dx)+max(dy, -dy))
			if score > best {
				best, bx, by = score, dx, dy
			}
		}
	}
	there = true
	for _, side := range s.sides(x0+bx, y0+by, x1+bx, y1+by) {
		there = there && side >= outlineFrom
	}
	inset := PixelsPerMM * 4 / 3
	return s.dark(x0+bx+inset, y0+by+inset, x1+bx-inset, y1+by-inset), there
}

// sides is how dark the four sides of a box are along their whole length. The
// line is half a millimetre wide and lies inside; the darkest of its width
// counts.
func (s *sheet) sides(x0, y0, x1, y1 int) (sides [4]float64) {
	for x := x0; x < x1; x++ {
		sides[0] += max(s.at(x, y0), s.at(x, y0+1), s.at(x, y0+2))
		sides[1] += max(s.at(x, y1-1), s.at(x, y1-2), s.at(x, y1-3))
	}
	for y := y0; y < y1; y++ {
		sides[2] += max(s.at(x0, y), s.at(x0+1, y), s.at(x0+2, y))
		sides[3] += max(s.at(x1-1, y), s.at(x1-2, y), s.at(x1-3, y))
	}
	for i, n := range [4]int{x1 - x0, x1 - x0, y1 - y0, y1 - y0} {
		sides[i] /= float64(max(1, n))
	}
	return sides
}

// ink is the part of a field that holds ink.
func (s *sheet) ink(z paper.Zone) float64 {
	p, q := s.right.of(point{z.X0, z.Y0}), s.right.of(point{z.X1, z.Y1})
	return s.dark(pixels(p.x), pixels(p.y), pixels(q.x), pixels(q.y))
}
