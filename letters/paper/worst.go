package paper

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Worst picks from many letters those that show soonest what does not fit: the
// widest name, the widest line of an address, the most lines, the most letters
// beyond ASCII. One letter may be several of these; it is picked once. Letters
// that could not be printed at all are no worst case but a finding.
func Worst(letters []Letter) ([]Letter, error) {
	faces, err := typefaces()
	if err != nil {
		return nil, err
	}
	face := faces[regular]
	measures := []func(*Letter) float64{
		func(l *Letter) float64 { return face.width(settled(l.Name), 10, 0) },
		func(l *Letter) float64 { return widest(face, l.Address, 10) },
		func(l *Letter) float64 {
			n := 0.0
			for _, line := range l.Address {
				if settled(line) != "" {
					n++
				}
			}
			return n
		},
		func(l *Letter) float64 { return float64(len(l.Name) - utf8.RuneCountInString(l.Name)) },
	}
	var picked []int
	for _, measure := range measures {
		if len(letters) == 0 {
			break
		}
		best := 0
		for i := range letters {
			if cmp.Compare(measure(&letters[i]), measure(&letters[best])) > 0 {
				best = i
			}
		}
		if !slices.Contains(picked, best) {
			picked = append(picked, best)
		}
	}
	var out []Letter
	for _, i := range picked {
		out = append(out, letters[i])
	}
	return out, nil
}
