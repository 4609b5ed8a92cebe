package calendar

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	_ driver.Valuer = Date{}
	_ sql.Scanner   = (*Date)(nil)
)

// anyDate draws dates that people and campaigns have.
func anyDate(t *rapid.T, label string) Date {
	return On(1900, 1, 1).AddDays(rapid.IntRange(0, 150*365).Draw(t, label))
}

func TestADateIsWhatLondonClocksShow(t *testing.T) {
	for moment, want := range map[string]Date{
		"2027-01-31T23:59:59.999999Z": On(2027, 1, 31), // winter: London is on UTC
		"2027-06-30T22:59:59.999999Z": On(2027, 6, 30), // summer: an hour ahead
		"2027-06-30T23:00:00Z":        On(2027, 7, 1),
		"2027-06-30T20:30:00-04:00":   On(2027, 7, 1),
	} {
		at, err := time.Parse(time.RFC3339Nano, moment)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateOf(at); got != want {
			t.Errorf("%s is on %v in London, not %v", moment, want, got)
		}
	}
	if !DateOf(time.Time{}).IsZero() {
		t.Error("no moment has a date")
	}
}

func TestTheDaysOfTheClockChangeBeginAndEndAtLondonMidnight(t *testing.T) {
	for _, c := range []struct {
		on         Date
		start, end string
		hours      float64
	}{
		{On(2027, 3, 28), "2027-03-28T00:00:00Z", "2027-03-28T23:00:00Z", 23},
		{On(2026, 10, 25), "2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z", 25},
		{On(2027, 1, 4), "2027-01-04T00:00:00Z", "2027-01-05T00:00:00Z", 24},
		{On(2027, 7, 5), "2027-07-04T23:00:00Z", "2027-07-05T23:00:00Z", 24},
	} {
		start, end := c.on.Start(), c.on.End()
		if start.UTC().Format(time.RFC3339) != c.start || end.UTC().Format(time.RFC3339) != c.end {
			t.Errorf("%v runs from %v to %v, not from %s to %s", c.on, start.UTC(), end.UTC(), c.start, c.end)
		}
		if got := end.Sub(start).Hours(); got != c.hours {
			t.Errorf("%v has %v hours, not %v", c.on, got, c.hours)
		}
	}
}

func TestEveryMomentOfADateIsOnIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(t, "date")
		start, end := d.Start(), d.End()
		within := time.Duration(rapid.Int64Range(0, int64(end.Sub(start))-1).Draw(t, "within"))
		if got := DateOf(start.Add(within)); got != d {
			t.Fatalf("%v after the start of %v is on %v", within, d, got)
		}
		if DateOf(start.Add(-1)) != d.AddDays(-1) || DateOf(end) != d.AddDays(1) {
			t.Fatalf("%v begins early or ends late", d)
		}
	})
}

func TestAMissingDayOfTheMonthBecomesTheFirstOfTheNext(t *testing.T) {
	for _, c := range []struct {
		from   Date
		months int
		want   Date
	}{
		{On(2026, 11, 20), 3, On(2027, 2, 20)},
		{On(2026, 11, 30), 3, On(2027, 3, 1)}, // there is no 30 February
		{On(2027, 11, 29), 3, On(2028, 2, 29)},
		{On(2027, 11, 30), 3, On(2028, 3, 1)},
		{On(2027, 1, 31), 1, On(2027, 3, 1)}, // nor a 31st: never the 3rd of March
		{On(2027, 3, 31), 1, On(2027, 5, 1)},
		{On(2026, 12, 31), 12, On(2027, 12, 31)},
		{On(2028, 2, 29), 12, On(2029, 3, 1)},
		{On(2027, 5, 31), -3, On(2027, 3, 1)},
		{On(2027, 5, 31), 0, On(2027, 5, 31)},
	} {
		if got := c.from.AddMonths(c.months); got != c.want {
			t.Errorf("%v and %d months is %v, not %v", c.from, c.months, got, c.want)
		}
	}
}

func TestMonthsNeverShortenAWindowAndKeepTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, n := anyDate(t, "date"), rapid.IntRange(0, 36).Draw(t, "months")
		y, m, day := a.Civil()
		got := a.AddMonths(n)
		gy, gm, gd := got.Civil()
		apart := (gy-y)*12 + int(gm-m)
		if !(apart == n && gd == day) && !(apart == n+1 && gd == 1) {
			t.Fatalf("%v and %d months is %v", a, n, got)
		}
		if b := a.AddDays(rapid.IntRange(0, 400).Draw(t, "later")); b.AddMonths(n).Before(got) {
			t.Fatalf("%v is later than %v, but not %d months on", b, a, n)
		}
	})
}

func TestDaysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate(t, "date"), rapid.IntRange(-40000, 40000).Draw(t, "days")
		later := d.AddDays(n)
		if later.DaysSince(d) != n || later.AddDays(-n) != d {
			t.Fatalf("%v and %d days is %v", d, n, later)
		}
		if later.After(d) != (n > 0) || later.Before(d) != (n < 0) {
			t.Fatalf("%v and %v are in the wrong order", d, later)
		}
		if y, m, day := d.Civil(); On(y, m, day) != d || d.Weekday() != d.Start().Weekday() {
			t.Fatalf("%v comes apart and not together again", d)
		}
	})
}

func TestAgeIsCountedInBirthdays(t *testing.T) {
	for _, c := range []struct {
		born, on Date
		want     int
	}{
		{On(2010, 6, 15), On(2026, 6, 14), 15},
		{On(2010, 6, 15), On(2026, 6, 15), 16},
		{On(2008, 2, 29), On(2026, 2, 28), 17}, // comes of age on 1 March
		{On(2008, 2, 29), On(2026, 3, 1), 18},
		{On(2008, 2, 29), On(2028, 2, 29), 20},
		{On(2026, 11, 20), On(2026, 11, 20), 0},
	} {
		if got := c.born.AgeOn(c.on); got != c.want {
			t.Errorf("born on %v, on %v one is %d, not %d", c.born, c.on, c.want, got)
		}
	}
}

func TestTheEarlierAndTheLaterDateCountNoneAsNothing(t *testing.T) {
	early, late, none := On(2026, 11, 20), On(2026, 11, 21), Date{}
	for _, pair := range [][2]Date{{early, late}, {late, early}} {
		if Min(pair[0], pair[1]) != early || Max(pair[0], pair[1]) != late {
			t.Errorf("of %v the earlier is %v and the later %v", pair, Min(pair[0], pair[1]), Max(pair[0], pair[1]))
		}
	}
	if Min(none, late) != late || Min(late, none) != late || Max(none, late) != late || Max(late, none) != late {
		t.Error("a date that is none won against one that is")
	}
	if !Min(none, none).IsZero() || !Max(none, none).IsZero() {
		t.Error("out of nothing came a date")
	}
}

func TestDatesAreWrittenAsPeopleReadThem(t *testing.T) {
	d := On(2027, 3, 5)
	for got, want := range map[string]string{
		d.String(): "2027-03-05", d.Long(): "Friday 5 March 2027", d.Short(): "Fri 5 Mar 2027", d.Plain(): "5 March 2027",
	} {
		if got != want {
			t.Errorf("%q should read %q", got, want)
		}
	}
	if none := (Date{}); none.String()+none.Long()+none.Short()+none.Plain() != "" {
		t.Error("no date reads as one")
	}
}

func TestADateComesBackFromTextJSONAndTheDatabase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(t, "date")
		if rapid.Bool().Draw(t, "none") {
			d = Date{}
		} else if parsed, err := ParseDate(d.String()); err != nil || parsed != d {
			t.Fatalf("%v is read as %v, %v", d, parsed, err)
		}
		body, err := json.Marshal(struct{ On Date }{d})
		var back struct{ On Date }
		if err != nil || json.Unmarshal(body, &back) != nil || back.On != d {
			t.Fatalf("%v goes through JSON as %s and comes back as %v", d, body, back.On)
		}
		stored, err := d.Value()
		read := On(1, 1, 1)
		if err != nil || read.Scan(stored) != nil || read != d {
			t.Fatalf("%v is stored as %v and comes back as %v", d, stored, read)
		}
	})
	if v, err := (Date{}).Value(); v != nil || err != nil {
		t.Errorf("none is stored as %v, %v", v, err)
	}
}

func TestWhatIsNoDateIsRefused(t *testing.T) {
	for _, s := range []string{"", "2027-02-29", "2027-13-01", "31/12/2027", "2027-1-2", "2027-01-02 ", "20270102", "2027-01-02T00:00:00Z"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("%q was read as %v", s, d)
		}
	}
	var d Date
	for _, src := range []any{17, []byte("2027-01-02"), "yesterday"} {
		if err := d.Scan(src); err == nil {
			t.Errorf("%v was scanned as %v", src, d)
		}
	}
	for _, body := range []string{`17`, `"2027-02-30"`, `{}`} {
		if err := json.Unmarshal([]byte(body), &d); err == nil {
			t.Errorf("%s was read as %v", body, d)
		}
	}
	if err := json.Unmarshal([]byte(`""`), &d); err != nil || !d.IsZero() {
		t.Errorf("an empty field is read as %v, %v", d, err)
	}
}

func TestNoDayIsTakenForNone(t *testing.T) {
	for d := On(1850, time.January, 1); d.Before(On(2100, time.January, 1)); d = d.AddDays(1) {
		if d.IsZero() || d.String() == "" || !(Date{}).Before(d) {
			t.Fatalf("%d days after 1850 there is no date", d.DaysSince(On(1850, time.January, 1)))
		}
	}
	if got := On(1969, time.December, 31).String(); got != "1969-12-31" {
		t.Errorf("the last day of 1969 is %q", got)
	}
}
