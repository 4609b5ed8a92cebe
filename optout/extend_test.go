package optout_test

import (
	"sync"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

func TestAnExtensionOfARegionReachesItsCampaignsAndListsWhomToTell(t *testing.T) {
	h := open(t, 4, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.clock.Advance(time.Hour)
	was := h.closes(h.people[0])
	h.says(h.people[3], "no", monday)
	for _, wrong := range []struct {
		by     campaigns.Viewer
		region string
		days   int
		reason string
		kind   fault.Kind
	}{{h.first, "QKK", 7, "x", fault.NotFound}, {h.first, "QMF", 0, "x", fault.Invalid}, {h.first, "QMF", 7, "", fault.Invalid},
		{campaigns.Viewer{ID: h.first.ID, Role: campaigns.RoleHelpdesk, Region: "QMF"}, "QMF", 7, "x", fault.Forbidden},
		{campaigns.Viewer{ID: h.first.ID, Role: campaigns.RoleRegional, Region: "QKK"}, "QMF", 7, "x", fault.NotFound}} {
		if _, err := h.desk.ExtendRegion(h.ctx, wrong.by, wrong.region, wrong.days, wrong.reason); !fault.Is(err, wrong.kind) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if agreed, err := h.desk.ExtendRegion(h.ctx, h.first, "qmf", 7, "floods"); agreed || err != nil {
		t.Fatal(agreed, err)
	}
	if _, err := h.desk.ExtendRegion(h.ctx, h.first, "QMF", 7, "floods"); !fault.Is(err, fault.Refused) {
		t.Errorf("agreed to the own proposal: %v", err)
	}
	if agreed, err := h.desk.ExtendRegion(h.ctx, h.second, "QMF", 7, "other words"); !agreed || err != nil {
		t.Fatal(agreed, err)
	}
	for _, e := range h.people[:3] {
		if got := h.closes(e); got.DaysSince(was) < 7 {
			t.Errorf("closes on %s, was %s", got, was)
		}
	}
	list, err := h.desk.Extensions(h.ctx, h.campaign.ID)
	h.ok(err)
	if len(list) != 1 || list[0].Region != "QMF" || list[0].People != 3 || list[0].Reason != "floods" || list[0].Author == list[0].Approver {
		t.Fatalf("the extensions: %+v", list)
	}
	var all []optout.ExtendedPerson
	for after := campaigns.EnrolmentID(0); ; after = all[len(all)-1].Enrolment {
		some, err := h.desk.ExtendedPeople(h.ctx, h.campaign.ID, list[0].ID, after, 2)
		h.ok(err)
		if all = append(all, some...); len(some) < 2 {
			break
		}
	}
	if len(all) != 3 || all[0].Printed != was || all[0].ClosesOn != h.closes(h.people[0]) {
		t.Errorf("to be told: %+v", all)
	}
	h.sound()
}

// TestAHolidayProclaimedLateIsSeenByTheVeryNextAsking adds a holiday on the
// last day of the windows, when they are about to be closed.
func TestAHolidayProclaimedLateIsSeenByTheVeryNextAsking(t *testing.T) {
	h := open(t, 6, optout.OwnLedger)
	h.post(monday.AddDays(2))
	last := h.closes(h.people[0])
	h.day(last)
	var entering sync.WaitGroup
	national := campaigns.Viewer{ID: h.author.ID, Role: campaigns.RoleNational}
	for range 3 {
		entering.Go(func() {
			if err := h.desk.AddHoliday(h.ctx, national, last, "A day of mourning"); err != nil {
				t.Error(err)
			}
		})
	}
	entering.Wait()
	if n := h.count(`SELECT count(*) FROM extra_holidays`); n != 1 {
		t.Errorf("%d holidays", n)
	}
	for _, e := range h.people {
		if got := h.closes(e); !got.After(last) {
			t.Errorf("closes on %s, a holiday", got)
		}
	}
	// Where its renewal was cut off, the gate sees the holiday all the same.
	next := h.closes(h.people[0])
	h.exec(`INSERT INTO extra_holidays (day, title, recorded_at) VALUES ($1, 'another', $2)`, next, h.clock.Now())
	h.day(next.AddDays(1))
	h.declare()
	if done := h.closeAll(); done.Created != 0 {
		t.Errorf("%d records were made on the day after a holiday that lengthens the window", done.Created)
	}
	h.sound()
}

func TestWhatIsNoHolidayIsNotEntered(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	national := campaigns.Viewer{ID: h.author.ID, Role: campaigns.RoleNational}
	for _, wrong := range []struct {
		by    campaigns.Viewer
		day   calendar.Date
		title string
		kind  fault.Kind
	}{{h.author, monday.AddDays(1), "x", fault.Forbidden}, {national, calendar.Date{}, "x", fault.Invalid}, {national, monday.AddDays(-3), "x", fault.Invalid},
		{national, monday.AddDays(5), "x", fault.Invalid}, {national, monday.AddDays(2000), "x", fault.Invalid}, {national, monday.AddDays(1), " ", fault.Invalid}} {
		if err := h.desk.AddHoliday(h.ctx, wrong.by, wrong.day, wrong.title); !fault.Is(err, wrong.kind) {
			t.Errorf("%s %q: %v", wrong.day, wrong.title, err)
		}
	}
	h.ok(h.desk.AddHoliday(h.ctx, national, calendar.On(2026, 12, 25), "Christmas Day")) // known already
	if n := h.count(`SELECT count(*) FROM extra_holidays`); n != 0 {
		t.Errorf("%d holidays", n)
	}
}

func TestACampaignWhoseEndComesNearTheLastKnownHolidayIsNamed(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	last := h.closes(h.people[0])
	for until, named := range map[calendar.Date]int{last.AddMonths(18): 0, last.AddMonths(18).AddDays(-1): 1} {
		list, err := h.register.WithoutHolidays(h.ctx, until)
		h.ok(err)
		if len(list) != named || named > 0 && (list[0].Campaign != "NEL-26" || list[0].On != last) {
			t.Errorf("known until %s: %+v", until, list)
		}
	}
}
