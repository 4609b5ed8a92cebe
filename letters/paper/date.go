package paper

import (
	"fmt"
	"sync"
	"time"

	"duenotice/campaigns/calendar"
)

// dateWords are a language's names of days and months as they stand inside a
// date.
type dateWords struct {
	weekdays [7]string // from Sunday
	months   [12]string
	after    string // what follows the year
}

// datesOf holds the languages whose dates are not English; a language that is
// missing states its dates in English.
var datesOf = map[string]dateWords{
	"cy": {
		weekdays: [7]string{"dydd Sul", "dydd Llun", "dydd Mawrth", "dydd Mercher", "dydd Iau", "dydd Gwener", "dydd Sadwrn"},
		months: [12]string{"Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin", "Gorffennaf", "Awst", "Medi", "Hydref",
			"Tachwedd", "Rhagfyr"},
	},
	"pl": {
		weekdays: [7]string{"niedziela", "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota"},
		months: [12]string{"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września",
			"października", "listopada", "grudnia"},
		after: " r.",
	},
}

// LongDate returns a date with its weekday in a language: Friday 12 March
// 2027, dydd Gwener 12 Mawrth 2027, piątek 12 marca 2027 r.
func LongDate(language string, d calendar.Date) string {
	words, ok := datesOf[language]
	if !ok {
		return d.Long()
	}
	return words.weekdays[d.Weekday()] + " " + PlainDate(language, d)
}

// PlainDate returns a date without its weekday in a language.
func PlainDate(language string, d calendar.Date) string {
	words, ok := datesOf[language]
	if !ok {
		return d.Plain()
	}
	year, month, day := d.Civil()
	return fmt.Sprintf("%d %s %d%s", day, words.months[month-time.January], year, words.after)
}

// longestDays remembers for each language the day that is widest in words.
var longestDays sync.Map

// longestDay returns the day of the year 2028 whose long date is the widest in
// a language: what fits on it fits on every day.
func longestDay(language string, face *typeface) calendar.Date {
	if d, ok := longestDays.Load(language); ok {
		return d.(calendar.Date)
	}
	first := calendar.On(2028, time.January, 1)
	longest, widest := first, 0.0
	for n := range 366 {
		day := first.AddDays(n)
		if w := face.width(LongDate(language, day), 10, 0); w > widest {
			longest, widest = day, w
		}
	}
	longestDays.Store(language, longest)
	return longest
}
