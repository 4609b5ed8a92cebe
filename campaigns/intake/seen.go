package intake

import "hash/maphash"

// seen remembers the NHS numbers of a file, with a hash of each person's
// details and the line they stood on, in 12 bytes a slot. The first nine
// digits of a number fit in 30 bits and the tenth follows from them.
type seen struct {
	keys  []uint64 // 30 bits of number, 34 of details; 0: free
	lines []uint32
	n     int
}

const numberBits = 30

// add remembers a person unless the number is there; then it returns the line
// it first stood on and whether the details were the same.
func (s *seen) add(number string, details uint64, line int) (first int, same bool) {
	if s.n*10 >= len(s.keys)*7 {
		s.grow()
	}
	key := uint64(decimal(number[:9]))<<(64-numberBits) | details>>numberBits
	i := s.slot(key)
	if s.keys[i] != 0 {
		return int(s.lines[i]), s.keys[i] == key
	}
	s.keys[i], s.lines[i] = key, uint32(line)
	s.n++
	return 0, false
}

// replace puts later details of a person in the place of those remembered.
func (s *seen) replace(number string, details uint64, line int) {
	key := uint64(decimal(number[:9]))<<(64-numberBits) | details>>numberBits
	i := s.slot(key)
	s.keys[i], s.lines[i] = key, uint32(line)
}

// slot finds where a number is or would be.
func (s *seen) slot(key uint64) int {
	number := key >> (64 - numberBits)
	mask := len(s.keys) - 1
	i := int(number*0x9e3779b97f4a7c15>>20) & mask
	for s.keys[i] != 0 && s.keys[i]>>(64-numberBits) != number {
		i = (i + 1) & mask
	}
	return i
}

func (s *seen) grow() {
	keys, lines := s.keys, s.lines
	size := max(1024, 2*len(keys))
	s.keys, s.lines = make([]uint64, size), make([]uint32, size)
	for i, k := range keys {
		if k != 0 {
			j := s.slot(k)
			s.keys[j], s.lines[j] = k, lines[i]
		}
	}
}

var hashSeed = maphash.MakeSeed()

// details is a hash of all that a row says about a person.
func (p *Person) details() uint64 {
	same := *p
	same.Line = 0
	return maphash.Comparable(hashSeed, same)
}
