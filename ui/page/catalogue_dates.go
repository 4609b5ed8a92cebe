package page

import (
	"fmt"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
)

// dateForm is how a language writes a date. The day of the week follows in
// brackets where it would change its form inside a sentence.
type dateForm struct {
	weekdays [7]string // from Sunday
	months   [12]string
	plain    string // {day} {month} {year}
	long     string // {weekday} {date}
}

var dateForms = map[string]dateForm{
	"cy": {
		weekdays: [7]string{"dydd Sul", "dydd Llun", "dydd Mawrth", "dydd Mercher", "dydd Iau", "dydd Gwener", "dydd Sadwrn"},
		months:   [12]string{"Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin", "Gorffennaf", "Awst", "Medi", "Hydref", "Tachwedd", "Rhagfyr"},
		plain:    "{day} {month} {year}", long: "{date} ({weekday})",
	},
	"pl": {
		weekdays: [7]string{"niedziela", "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota"},
		months:   [12]string{"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października", "listopada", "grudnia"},
		plain:    "{day} {month} {year} r.", long: "{date} ({weekday})",
	},
	"ur": {
		weekdays: [7]string{"اتوار", "پیر", "منگل", "بدھ", "جمعرات", "جمعہ", "ہفتہ"},
		months:   [12]string{"جنوری", "فروری", "مارچ", "اپریل", "مئی", "جون", "جولائی", "اگست", "ستمبر", "اکتوبر", "نومبر", "دسمبر"},
		plain:    "{day} {month} {year}", long: "{weekday}، {date}",
	},
}

// Plain writes a date without its weekday: 12 March 2027. It does not break
// over a line.
func (c *Catalogue) Plain(d calendar.Date) string {
	form, ok := dateForms[c.Lang()]
	if !ok || d.IsZero() {
		return unbroken(d.Plain())
	}
	year, month, day := d.Civil()
	return unbroken(fill(form.plain, []any{"day", day, "month", form.months[month-time.January], "year", year}, func(s string) string { return s }))
}

// Long writes a date with its weekday: Friday 12 March 2027. It breaks at most
// between weekday and date.
func (c *Catalogue) Long(d calendar.Date) string {
	form, ok := dateForms[c.Lang()]
	if !ok || d.IsZero() {
		weekday, rest, _ := strings.Cut(d.Long(), " ")
		return weekday + " " + unbroken(rest)
	}
	return fill(form.long, []any{"weekday", unbroken(form.weekdays[d.Weekday()]), "date", c.Plain(d)}, func(s string) string { return s })
}

// ThisYear is Long without the year, for today.
func (c *Catalogue) ThisYear(d calendar.Date) string {
	year, _, _ := d.Civil()
	return strings.TrimSpace(strings.NewReplacer(fmt.Sprintf("\u00a0%d\u00a0r.", year), "", fmt.Sprintf("\u00a0%d", year), "").Replace(c.Long(d)))
}

// Clock writes the London time of day: 9.40am in English, 09:40 elsewhere.
func (c *Catalogue) Clock(t time.Time) string {
	if c == nil {
		return ClockTime(t)
	}
	return t.In(calendar.London).Format("15:04")
}

func unbroken(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }
