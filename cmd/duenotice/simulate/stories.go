package simulate

import (
	"context"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// story is what somebody does who has read a letter.
type story struct {
	share float64
	name  string
	plan  func(y *year, l letter, read calendar.Date)
}

// stories are told with their shares of those who read a letter; everybody
// else stays silent.
var stories = []story{
	{0.040, "no on the web", func(y *year, l letter, d calendar.Date) { y.online(y.soon(l, d), l, "no") }},
	{0.020, "yes on the web", func(y *year, l letter, d calendar.Date) { y.online(y.soon(l, d), l, "yes") }},
	{0.020, "no by phone", func(y *year, l letter, d calendar.Date) { y.phone(y.soon(l, d), l.who, "no") }},
	{0.004, "yes by phone", func(y *year, l letter, d calendar.Date) { y.phone(y.soon(l, d), l.who, "yes") }},
	{0.022, "no on the form", func(y *year, l letter, d calendar.Date) { y.form(y.soon(l, d), 9, l, "no") }},
	{0.004, "yes on the form", func(y *year, l letter, d calendar.Date) { y.form(y.soon(l, d), 9, l, "yes") }},
	{0.012, "no told to the practice", func(y *year, l letter, d calendar.Date) { y.atPractice(y.soon(l, d), l.who) }},
	{0.004, "no collected elsewhere", func(y *year, l letter, d calendar.Date) { y.collected(y.soon(l, d), l.who, "no") }},
	{0.002, "yes collected elsewhere", func(y *year, l letter, d calendar.Date) { y.collected(y.soon(l, d), l.who, "yes") }},
	{0.004, "no, then yes", func(y *year, l letter, d calendar.Date) {
		d = y.soon(l, d)
		y.online(d, l, "no")
		y.online(d.AddDays(30), l, "yes")
	}},
	{0.003, "yes, then no", func(y *year, l letter, d calendar.Date) {
		d = y.soon(l, d)
		y.online(d, l, "yes")
		y.phone(d.AddDays(25), l.who, "no")
	}},
	{0.003, "no and yes on one day", func(y *year, l letter, d calendar.Date) {
		d = y.soon(l, d)
		y.online(d, l, "no")
		y.phone(d, l.who, "yes")
	}},
	{0.003, "wrong date of birth three times", func(y *year, l letter, d calendar.Date) { y.wrongBirths(y.soon(l, d), l) }},
	{0.003, "answered by an attorney", func(y *year, l letter, d calendar.Date) { y.proxy(y.soon(l, d), l) }},
	{0.003, "sent twice", func(y *year, l letter, d calendar.Date) { y.twice(y.soon(l, d), l) }},
	{0.003, "a form that cannot be read", func(y *year, l letter, d calendar.Date) { y.illegible(y.soon(l, d), l, false) }},
	{0.003, "a form that may be of two people", func(y *year, l letter, d calendar.Date) { y.illegible(y.soon(l, d), l, true) }},
	{0.003, "a form of nobody known", func(y *year, l letter, d calendar.Date) { y.stranger(y.soon(l, d), l) }},
	{0.004, "no in the last second", func(y *year, l letter, _ calendar.Date) { y.lastSecond(l.closesOn, l) }},
	{0.004, "no just after the close", func(y *year, l letter, _ calendar.Date) {
		y.online(l.closesOn.AddDays(within(y.luck(l.who, "after"), 1, 8)), l, "no")
	}},
	{0.004, "form posted on the last day", func(y *year, l letter, _ calendar.Date) { y.form(l.closesOn, 12, l, "no") }},
	{0.003, "form found behind a cupboard", func(y *year, l letter, d calendar.Date) { y.form(y.soon(l, d), 170, l, "no") }},
	{0.008, "no after the record", func(y *year, l letter, _ calendar.Date) {
		y.online(l.closesOn.AddDays(within(y.luck(l.who, "after"), 60, 110)), l, "no")
	}},
	{0.003, "no after the record, then yes", func(y *year, l letter, _ calendar.Date) {
		d := l.closesOn.AddDays(within(y.luck(l.who, "after"), 60, 90))
		y.phone(d, l.who, "no")
		y.phone(d.AddDays(20), l.who, "yes")
	}},
}

// startStory has the first letter that is read begin what its reader does.
func (y *year) startStory(l letter) {
	if l.who.story {
		return
	}
	l.who.story = true
	read := l.postedOn.AddDays(within(y.luck(l.who, "reads after"), 1, 6))
	u := y.spread(l.who)
	for _, s := range stories {
		if u -= s.share; u < 0 {
			s.plan(y, l, read)
			return
		}
	}
}

// soon is the day on which most people act: early, and a few near the end.
func (y *year) soon(l letter, read calendar.Date) calendar.Date {
	open := max(l.closesOn.DaysSince(read), 1)
	u := y.luck(l.who, "acts after")
	if u > 0.9 {
		return l.closesOn.AddDays(-within(y.luck(l.who, "near the end"), 0, 10))
	}
	return read.AddDays(int(u * u * float64(open)))
}

// phone has somebody say it to the helpdesk, which keys it while they speak.
func (y *year) phone(d calendar.Date, p *person, says string) {
	y.plan(d, p, func(ctx context.Context) error {
		return y.key(ctx, p, says, campaigns.Phone, y.today, 0)
	})
}

// form has somebody post the form; it is keyed within some days.
func (y *year) form(posted calendar.Date, within int, l letter, says string) {
	keyed := posted.AddDays(2 + int(y.luck(l.who, "keyed")*float64(within-1)))
	if within > 100 {
		keyed = posted.AddDays(within)
	}
	y.plan(keyed, l.who, func(ctx context.Context) error {
		return y.key(ctx, l.who, says, campaigns.Paper, posted, l.piece)
	})
}
