package campaigns_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

var policies = rapid.Custom(func(t *rapid.T) campaigns.Policy {
	p := campaigns.Policy{Unit: rapid.SampledFrom([]string{"days", "months"}).Draw(t, "unit"), Allowance: rapid.IntRange(0, 20).Draw(t, "allowance")}
	if p.Unit == "days" {
		p.Length = rapid.IntRange(28, 366).Draw(t, "days")
	} else {
		p.Length = rapid.IntRange(1, 12).Draw(t, "months")
	}
	return p
})

var postingDays = rapid.Custom(func(t *rapid.T) calendar.Date {
	return calendar.On(2026, time.January, 1).AddDays(rapid.IntRange(0, 900).Draw(t, "day"))
})

func TestAWindowIsNeverShorterThanPromisedAndNeverClosesOnAHoliday(t *testing.T) {
	w := calendar.England()
	rapid.Check(t, func(t *rapid.T) {
		p, posted := policies.Draw(t, "policy"), postingDays.Draw(t, "posted")
		printed := p.ClosesOn(posted.AddDays(rapid.IntRange(-9, 30).Draw(t, "planned")), calendar.Date{}, 0, w)
		days := rapid.IntRange(0, 90).Draw(t, "added")
		closes := p.ClosesOn(posted, printed, days, w)
		least := w.Add(posted, p.Allowance).AddDays(p.Length)
		if p.Unit == "months" {
			least = w.Add(posted, p.Allowance).AddMonths(p.Length)
		}
		switch {
		case closes.Before(least.AddDays(days)):
			t.Fatalf("posted %s, %d added: closes %s, before %s", posted, days, closes, least.AddDays(days))
		case closes.Before(printed.AddDays(days)):
			t.Fatalf("closes %s, before the %s printed and %d days", closes, printed, days)
		case !w.Is(closes):
			t.Fatalf("closes on %s, a %s", closes, closes.Weekday())
		}
		// More days, a later posting or another holiday never close it earlier.
		more := calendar.England(calendar.Holiday{On: closes, Title: "a day of mourning"})
		for what, other := range map[string]calendar.Date{"a day more": p.ClosesOn(posted, printed, days+1, w), "posted later": p.ClosesOn(posted.AddDays(1), printed, days, w),
			"a new holiday": p.ClosesOn(posted, printed, days, more)} {
			if other.Before(closes) {
				t.Fatalf("%s closes it on %s instead of %s", what, other, closes)
			}
		}
		// It ends at a London midnight, whatever the clocks do.
		end := closes.AddDays(1).Start().In(calendar.London)
		if h, m, s := end.Clock(); h+m+s != 0 || calendar.DateOf(end.Add(-time.Nanosecond)) != closes {
			t.Fatalf("the window of %s ends at %s", closes, end)
		}
	})
}

func TestALeapDayAndAMissingDayCloseOnTheFirstAfter(t *testing.T) {
	w := calendar.England()
	p := campaigns.Policy{Unit: "months", Length: 1}
	for posted, want := range map[calendar.Date]calendar.Date{
		calendar.On(2028, time.January, 31): calendar.On(2028, time.March, 1),
		calendar.On(2027, time.January, 29): calendar.On(2027, time.March, 1),
		calendar.On(2028, time.January, 28): calendar.On(2028, time.February, 28),
	} {
		if got := p.ClosesOn(posted, calendar.Date{}, 0, w); got != want {
			t.Errorf("one month from %s closes on %s, want %s", posted, got, want)
		}
	}
}
