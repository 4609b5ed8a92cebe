package simulate

import (
	"fmt"
	"hash/fnv"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// person is somebody whose year is lived through, known by NHS number.
type person struct {
	number    string
	born      calendar.Date
	family    string
	postcode  string
	practice  string
	id        campaigns.PersonID
	enrolment campaigns.EnrolmentID
	side      *side
	place     int // in the order of enrolment

	into  *person // merged into
	story bool    // a letter has been read, and what follows is planned
	dead  bool    // as recorded
}

// now is the person whom the number finds today.
func (p *person) now() *person {
	for p.into != nil {
		p = p.into
	}
	return p
}

// luck is a number from 0 up to 1 that depends on the seed, on the person and
// on what it decides, and on nothing else.
func (y *year) luck(p *person, what string, more ...int) float64 {
	return luck(y.Seed, p.number, what, more...)
}

func luck(seed uint64, who, what string, more ...int) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s %v", seed, who, what, more)
	return unit(h.Sum64())
}

// unit stirs 64 bits and makes them a share.
func unit(x uint64) float64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x>>11) / (1 << 53)
}

// golden spreads the places 0, 1, 2 … evenly over the unit, so that of few
// people too some live each story.
const golden = 0.6180339887498949

// spread is where a person's place falls, shifted by the seed.
func (y *year) spread(p *person) float64 {
	u := luck(y.Seed, p.side.code, "shift") + float64(p.place)*golden
	return u - float64(int(u))
}

// within draws from low to high days, both included.
func within(u float64, low, high int) int { return low + int(u*float64(high-low+1)) }
