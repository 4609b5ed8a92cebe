package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func workedDate(t *rapid.T) Date {
	return On(2008, 1, 1).AddDays(rapid.IntRange(0, 22*365).Draw(t, "date"))
}

func TestNoPostIsWorkedOverEaster(t *testing.T) {
	w := England()
	maundy, tuesday := On(2027, 3, 25), On(2027, 3, 30)
	for d := maundy.AddDays(1); d.Before(tuesday); d = d.AddDays(1) {
		if w.Is(d) || w.OnOrAfter(d) != tuesday {
			t.Errorf("%s is worked, or rolls to %s", d.Long(), w.OnOrAfter(d).Long())
		}
	}
	if w.Add(maundy, 1) != tuesday || w.Add(tuesday, -1) != maundy || w.Between(maundy, tuesday) != 1 {
		t.Errorf("after %s the next working day is %s", maundy.Long(), w.Add(maundy, 1).Long())
	}
	if got := w.Add(maundy, 3); got != On(2027, 4, 1) {
		t.Errorf("a letter posted on Maundy Thursday is allowed until %s to arrive", got.Long())
	}
}

func TestNoPostIsWorkedOverChristmasAndTheDaysInLieu(t *testing.T) {
	w := England()
	for _, c := range []struct{ after, next Date }{
		{On(2026, 12, 24), On(2026, 12, 29)}, // Boxing Day is a Saturday, kept on Monday 28
		{On(2027, 12, 24), On(2027, 12, 29)}, // Christmas Day too, kept on Monday and Tuesday
		{On(2026, 12, 31), On(2027, 1, 4)},
		{On(2021, 12, 31), On(2022, 1, 4)}, // New Year's Day on a Saturday, kept on Monday 3
	} {
		if got := w.Add(c.after, 1); got != c.next {
			t.Errorf("after %s comes %s, not %s", c.after.Long(), got.Long(), c.next.Long())
		}
	}
	if got := w.Holiday(On(2026, 12, 25)); got != "Christmas Day" {
		t.Errorf("25 December 2026 is %q", got)
	}
	if got := w.Holiday(On(2026, 12, 24)); got != "" {
		t.Errorf("24 December 2026 is %q", got)
	}
}

// easter is Easter Sunday by the anonymous Gregorian algorithm, so that the
// shipped file is compared with something that did not come from it.
func easter(y int) Date {
	a, b, c := y%19, y/100, y%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return On(y, time.Month(n/31), n%31+1)
}

func TestTheShippedHolidaysAreEnglands(t *testing.T) {
	w := England()
	for year := 2008; year <= 2030; year++ {
		sunday := easter(year)
		if w.Holiday(sunday.AddDays(-2)) == "" || w.Holiday(sunday.AddDays(1)) == "" {
			t.Errorf("Easter %d, on %v, is not kept", year, sunday)
		}
		days := w.Holidays(On(year, 1, 1), On(year, 12, 31))
		if len(days) < 8 {
			t.Errorf("%d has %d bank holidays, fewer than eight", year, len(days))
		}
		for i, h := range days {
			if wd := h.On.Weekday(); wd == time.Saturday || wd == time.Sunday || h.Title == "" {
				t.Errorf("%q is kept on %s", h.Title, h.On.Long())
			}
			if i > 0 && !days[i-1].On.Before(h.On) {
				t.Errorf("the holidays of %d are out of order at %v", year, h.On)
			}
		}
	}
	for on, why := range map[Date]string{
		On(2012, 6, 5): "Diamond Jubilee", On(2020, 5, 8): "Early May moved to VE Day", On(2022, 6, 3): "Platinum Jubilee",
		On(2022, 9, 19): "state funeral", On(2023, 5, 8): "coronation", On(2027, 8, 30): "summer bank holiday",
	} {
		if w.Is(on) {
			t.Errorf("%v is worked, in spite of: %s", on, why)
		}
	}
	if !w.Is(On(2020, 5, 4)) {
		t.Error("4 May 2020 was worked: its holiday had moved to the Friday")
	}
}

func TestARegionMayAddAHolidayOfItsOwn(t *testing.T) {
	on := On(2027, 3, 17)
	plain, ours := England(), England(Holiday{on, "Local closure"})
	if !plain.Is(on) || ours.Is(on) || ours.Holiday(on) != "Local closure" {
		t.Error("an added holiday is worked, or is kept by everybody")
	}
	if ours.Is(On(2027, 3, 26)) {
		t.Error("with a holiday of its own, a region forgot Good Friday")
	}
	if (England().Holiday(on)) != "" {
		t.Error("one region's holiday leaked into the shared ones")
	}
}

func TestADeadlineNeverFallsOnAWeekendOrHoliday(t *testing.T) {
	w := England()
	rapid.Check(t, func(t *rapid.T) {
		d := workedDate(t)
		got := w.OnOrAfter(d)
		if wd := got.Weekday(); wd == time.Saturday || wd == time.Sunday || w.Holiday(got) != "" {
			t.Fatalf("%s rolls to %s", d.Long(), got.Long())
		}
		if got.Before(d) || w.Between(d.AddDays(-1), got) != 1 {
			t.Fatalf("%s rolls to %s, past a working day or back", d.Long(), got.Long())
		}
		if w.OnOrAfter(got) != got {
			t.Fatalf("the working day %s does not stay", got.Long())
		}
	})
}

func TestWorkingDaysAddedAreWorkingDaysBetween(t *testing.T) {
	w := England()
	rapid.Check(t, func(t *rapid.T) {
		d, n := workedDate(t), rapid.IntRange(1, 90).Draw(t, "working days")
		later := w.Add(d, n)
		if !w.Is(later) || w.Between(d, later) != n {
			t.Fatalf("%d working days after %v is %v, with %d between", n, d, later, w.Between(d, later))
		}
		if w.Between(later, d) != 0 || w.Add(d, 0) != d {
			t.Fatalf("working days run backwards from %v to %v", later, d)
		}
		if w.Is(d) && w.Add(later, -n) != d {
			t.Fatalf("%d working days back from %v is %v, not %v", n, later, w.Add(later, -n), d)
		}
		m := rapid.IntRange(0, 90).Draw(t, "more")
		if w.Add(later, m) != w.Add(d, n+m) {
			t.Fatalf("%d and then %d working days is not %d", n, m, n+m)
		}
	})
}

func TestHolidaysAreKnownToTheEndOfTheLastYearOfTheFile(t *testing.T) {
	if got := KnownUntil(); got != On(2030, time.December, 31) {
		t.Errorf("known until %s", got)
	}
}
