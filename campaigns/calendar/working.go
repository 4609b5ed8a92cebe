package calendar

import (
	_ "embed"
	"encoding/json"
	"sort"
	"sync"
	"time"
)

// Bank holidays of England and Wales, 2008 to 2030, in the layout of gov.uk's
// bank-holidays.json; computed from the rules, one-off days included as known
// (project data, Open Government Licence v3 facts).
//
//go:embed bank-holidays.json
var bankHolidays []byte

// Holiday is one day on which no post is worked.
type Holiday struct {
	On    Date
	Title string
}

// KnownUntil is the last day of the last year whose bank holidays this program
// was built with. Beyond it every Monday to Friday counts as worked, which may
// be wrong.
func KnownUntil() Date {
	last := 0
	for d := range england() {
		if year, _, _ := d.Civil(); year > last {
			last = year
		}
	}
	return On(last, time.December, 31)
}

// Working knows which days are worked in a region: Monday to Friday except
// its holidays. Values are immutable and safe to share.
type Working struct {
	holidays map[Date]string
}

// England returns the working days of England, with extra holidays added.
func England(extra ...Holiday) Working {
	base := england()
	if len(extra) == 0 {
		return Working{base}
	}
	w := Working{make(map[Date]string, len(base)+len(extra))}
	for d, t := range base {
		w.holidays[d] = t
	}
	for _, h := range extra {
		w.holidays[h.On] = h.Title
	}
	return w
}

var england = sync.OnceValue(func() map[Date]string {
	var file map[string]struct {
		Events []struct {
			Title string
			Date  Date
		}
	}
	if err := json.Unmarshal(bankHolidays, &file); err != nil {
		panic("calendar: bank-holidays.json: " + err.Error())
	}
	days := make(map[Date]string)
	for _, e := range file["england-and-wales"].Events {
		days[e.Date] = e.Title
	}
	return days
})

// Is tells whether d is a working day.
func (w Working) Is(d Date) bool {
	if wd := d.Weekday(); wd == time.Saturday || wd == time.Sunday {
		return false
	}
	_, holiday := w.holidays[d]
	return !holiday
}

// Holiday returns the title of the holiday on d, or "".
func (w Working) Holiday(d Date) string { return w.holidays[d] }

// OnOrAfter rolls d forward to a working day; a working day stays.
func (w Working) OnOrAfter(d Date) Date {
	for !w.Is(d) {
		d = d.AddDays(1)
	}
	return d
}

// Add returns the nth working day after d (before it when n is negative).
// Add(d, 0) is d itself, worked or not.
func (w Working) Add(d Date, n int) Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		d = d.AddDays(step)
		if w.Is(d) {
			n--
		}
	}
	return d
}

// Between counts the working days after from up to and including to; 0 when
// to is not later.
func (w Working) Between(from, to Date) int {
	n := 0
	for d := from.AddDays(1); !d.After(to); d = d.AddDays(1) {
		if w.Is(d) {
			n++
		}
	}
	return n
}

// Holidays lists the holidays from one date to another, both included, in order.
func (w Working) Holidays(from, to Date) []Holiday {
	var list []Holiday
	for d, t := range w.holidays {
		if !d.Before(from) && !d.After(to) {
			list = append(list, Holiday{d, t})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].On.Before(list[j].On) })
	return list
}
