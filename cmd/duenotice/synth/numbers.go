package synth

import (
	"duenotice/campaigns/fault"
)

// testRange is how many numbers 999 xxx xxxx a person can have: 909,091 have
// a right check digit, and 999 999 9999 stands for nobody.
const testRange = 909_090

// numbers deals NHS numbers of which none comes twice: it walks all payloads
// of a range once, in an order that the seed gives, and leaves out those
// without a check digit.
type numbers struct {
	prefix, size uint64 // payload = prefix*size + place
	step, at     uint64
}

func newNumbers(people int, seed uint64) (*numbers, error) {
	n := &numbers{prefix: 999, size: 1_000_000}
	if people > testRange {
		n = &numbers{prefix: 5, size: 100_000_000}
	}
	if people > 90_000_000 {
		return nil, fault.New(fault.Invalid, "There are numbers for at most 90 million made-up people.")
	}
	// A step that shares no factor with the size (2s and 5s) visits every place once.
	n.step = (seed*2_654_435_761+n.size*381/1000)%n.size | 1
	if n.step%5 == 0 {
		n.step += 2
	}
	n.at = seed * 40_503 % n.size
	return n, nil
}

// next returns the next number as ten digits.
func (n *numbers) next() [10]byte {
	for {
		n.at = (n.at + n.step) % n.size
		payload := n.prefix*n.size + n.at
		var d [10]byte
		sum, same := uint64(0), true
		for i := 8; i >= 0; i-- {
			digit := payload % 10
			payload /= 10
			d[i] = '0' + byte(digit)
			sum += digit * uint64(10-i)
		}
		check := (11 - sum%11) % 11
		if check == 10 {
			continue
		}
		d[9] = '0' + byte(check)
		for _, c := range d {
			same = same && c == d[0]
		}
		if !same {
			return d
		}
	}
}
