package campaigns_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

func TestEightMillionPeopleAndPostingThatIsPaidForUntilMarch(t *testing.T) {
	w := calendar.England()
	p := campaigns.Posting{People: 8_000_000, Capacity: 150_000, From: calendar.On(2027, time.January, 7), PaidUntil: calendar.On(2027, time.March, 31),
		Policy: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}}
	f := p.Forecast(w)
	// 17 working days in January, 20 in February, 17 in March.
	if f.Days != 54 || f.First != p.From || f.Last != calendar.On(2027, time.March, 23) || f.Late != 0 {
		t.Errorf("%d days from %s to %s, %d late", f.Days, f.First, f.Last, f.Late)
	}
	p.Capacity = 130_000
	f = p.Forecast(w)
	// 58 working days to 31 March, for Good Friday is the 26th and Easter Monday the 29th: 7,540,000. The rest goes in April.
	if f.Late != 460_000 || f.Last != calendar.On(2027, time.April, 6) {
		t.Errorf("%d late, last on %s", f.Late, f.Last)
	}
	if n := p.CapacityFor(p.PaidUntil, w); n != 137_932 {
		t.Errorf("it takes %d a day", n)
	}
	if n := p.CapacityFor(calendar.On(2027, time.January, 3), w); n != 0 {
		t.Errorf("%d a day would post everything before it begins", n)
	}
}

func TestAForecastPostsEverybodyOnWorkingDaysAndClosesAsRealLettersDo(t *testing.T) {
	w := calendar.England()
	rapid.Check(t, func(t *rapid.T) {
		p := campaigns.Posting{People: rapid.IntRange(0, 900_000).Draw(t, "people"), Capacity: rapid.IntRange(1000, 90_000).Draw(t, "capacity"),
			From: postingDays.Draw(t, "from"), Policy: policies.Draw(t, "policy")}
		p.PaidUntil = p.From.AddDays(rapid.IntRange(-5, 400).Draw(t, "paid"))
		f := p.Forecast(w)
		days := campaigns.PostingDays(p.People, p.Capacity, p.From, w)
		if f.Days != len(days) {
			t.Fatalf("%d days, not %d", f.Days, len(days))
		}
		sum, late, worked := 0, 0, 0
		for i, k := range f.Weeks {
			sum, late, worked = sum+k.Letters, late+k.Late, worked+k.WorkingDays
			if k.Monday.Weekday() != time.Monday || i > 0 && !f.Weeks[i-1].Monday.Before(k.Monday) || k.CloseTo.Before(k.CloseFrom) {
				t.Fatalf("week %+v", k)
			}
		}
		wantLate := 0
		for i, d := range days {
			if p.PaidUntil.Before(d) {
				wantLate += min(p.Capacity, p.People-i*p.Capacity)
			}
		}
		if sum != p.People || worked != f.Days || late != f.Late || late != wantLate {
			t.Fatalf("%d of %d people, %d of %d days, %d, %d and %d late", sum, p.People, worked, f.Days, late, f.Late, wantLate)
		}
		if len(days) > 0 && (f.Last != days[len(days)-1] || f.Closes != p.Policy.ClosesOn(f.Last, calendar.Date{}, 0, w)) {
			t.Fatalf("last %s, closing %s", f.Last, f.Closes)
		}
		if n := p.CapacityFor(f.Last, w); f.Days > 0 && n > p.Capacity {
			t.Fatalf("%d a day end no sooner than %d", p.Capacity, n)
		}
	})
}
