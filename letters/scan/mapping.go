package scan

import "math"

// mapping takes a point to another: a projective map of the plane.
type mapping [9]float64

var identity = mapping{1, 0, 0, 0, 1, 0, 0, 0, 1}

func (m mapping) of(p point) point {
	w := m[6]*p.x + m[7]*p.y + m[8]
	return point{(m[0]*p.x + m[1]*p.y + m[2]) / w, (m[3]*p.x + m[4]*p.y + m[5]) / w}
}

// scale is how long one unit becomes, about.
func (m mapping) scale() float64 { return math.Sqrt(math.Abs(m[0]*m[4] - m[1]*m[3])) }

// affine is the map that takes three points to three others and keeps
// parallels; points on one line give the identity.
func affine(from, to [3]point) mapping {
	ax, ay := from[1].x-from[0].x, from[1].y-from[0].y
	bx, by := from[2].x-from[0].x, from[2].y-from[0].y
	d := ax*by - bx*ay
	if math.Abs(d) < 1e-9 {
		return identity
	}
	row := func(t0, t1, t2 float64) (a, b, c float64) {
		u, v := t1-t0, t2-t0
		a, b = (u*by-v*ay)/d, (v*ax-u*bx)/d
		return a, b, t0 - a*from[0].x - b*from[0].y
	}
	a, b, c := row(to[0].x, to[1].x, to[2].x)
	e, f, g := row(to[0].y, to[1].y, to[2].y)
	return mapping{a, b, c, e, f, g, 0, 0, 1}
}

// projective is the map that takes four points to four others; ok is false
// where three of them lie on one line.
func projective(from, to [4]point) (m mapping, ok bool) {
	var a [8][9]float64
	for i := range 4 {
		x, y, u, v := from[i].x, from[i].y, to[i].x, to[i].y
		a[2*i] = [9]float64{x, y, 1, 0, 0, 0, -u * x, -u * y, u}
		a[2*i+1] = [9]float64{0, 0, 0, x, y, 1, -v * x, -v * y, v}
	}
	for col := range 8 { // Gauss and Jordan, the largest of a column first
		best := col
		for r := col + 1; r < 8; r++ {
			if math.Abs(a[r][col]) > math.Abs(a[best][col]) {
				best = r
			}
		}
		if math.Abs(a[best][col]) < 1e-9 {
			return identity, false
		}
		a[col], a[best] = a[best], a[col]
		for r := range 8 {
			if r == col {
				continue
			}
			f := a[r][col] / a[col][col]
			for c := col; c < 9; c++ {
				a[r][c] -= f * a[col][c]
			}
		}
	}
	for i := range 8 {
		m[i] = a[i][8] / a[i][i]
	}
	m[8] = 1
	return m, true
}
