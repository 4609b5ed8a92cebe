// Package uptake knows what patients then use: online services offered, enabled and used, by practice, area and month.
package uptake

import (
	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// Tally is the door of this room.
type Tally struct {
	Register *campaigns.Register
}

// Service is what patients may use online.
type Service string

// The services, in the order in which pages show them. Any is whichever.
const (
	Any           Service = "any"
	Appointments  Service = "appointments"
	Prescriptions Service = "prescriptions"
	Records       Service = "records"
)

// Services lists the three services themselves.
var Services = []Service{Appointments, Prescriptions, Records}

// Measure is what is compared between practices.
type Measure string

// Enabled is the share of registered patients who are enabled; Used is how
// often it was used in the month for each patient registered.
const (
	Enabled Measure = "enabled"
	Used    Measure = "used"
)

// Sum is one service in one area and month. Shares divide by the lists of
// those practices only whose figure is known: unknown is not zero.
type Sum struct {
	Month       calendar.Date
	Kind        string // england, region, icb, place (sub-ICB location), network, group or practice
	Code        string
	Name        string
	Service     Service
	Practices   int
	List        int64
	Known       int
	Offered     int
	KnownList   int64
	OfferedList int64
	Enabled     int64
	EnabledList int64
	Used        int64
	UsedList    int64
	Silent      int // practices where the service is on and nobody is enabled
}

// OfferedShare is the share of patients at a practice where the service is
// on; -1 where that is known of none.
func (s Sum) OfferedShare() float64 { return share(s.OfferedList, s.KnownList) }

// EnabledShare is the share of patients who are enabled; -1 where unknown.
func (s Sum) EnabledShare() float64 { return share(s.Enabled, s.EnabledList) }

// UsedEach is how often the service was used in the month for each patient
// registered; it counts uses, not people. -1 where unknown.
func (s Sum) UsedEach() float64 { return share(s.Used, s.UsedList) }

// Of is a measure of the sum; -1 where unknown.
func (s Sum) Of(m Measure) float64 {
	if m == Used {
		return s.UsedEach()
	}
	return s.EnabledShare()
}

func share(part, of int64) float64 {
	if of == 0 {
		return -1
	}
	return float64(part) / float64(of)
}

// Grew is the difference of a measure against the same month a year before;
// ok is false where either is unknown.
func Grew(series []Sum, m Measure) (difference float64, ok bool) {
	if len(series) == 0 {
		return 0, false
	}
	last := series[len(series)-1]
	year, month, _ := last.Month.Civil()
	before := calendar.On(year-1, month+1, 0)
	for _, s := range series {
		if s.Month == before && s.Of(m) >= 0 && last.Of(m) >= 0 {
			return last.Of(m) - s.Of(m), true
		}
	}
	return 0, false
}

// Bands are the sizes of practice that are compared with each other: a band
// holds lists below its number of patients and not below the band before.
var Bands = []int{5_000, 10_000, 15_000, 10_000_000}

// BandOf is the band of a list size, from 1; 0 where the size is unknown.
func BandOf(list int64) int {
	if list <= 0 {
		return 0
	}
	for i, below := range Bands {
		if list < int64(below) {
			return i + 1
		}
	}
	return len(Bands)
}

// Tenth tells between which of nine deciles a value lies: 1 is below the
// lowest, 10 above the highest; 0 where either is unknown.
func Tenth(value float64, deciles []float64) int {
	if value < 0 || len(deciles) != 9 {
		return 0
	}
	n := 1
	for _, d := range deciles {
		if value >= d {
			n++
		}
	}
	return n
}
