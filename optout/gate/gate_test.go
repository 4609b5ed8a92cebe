package gate_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"duenotice/campaigns/calendar"
	"duenotice/optout/gate"
)

var today = calendar.On(2027, time.April, 21) // a Wednesday

// clear is a case in which nothing stands against a record.
func clear() gate.Facts {
	return gate.Facts{Case: gate.Case{
		Basis: gate.Silence, BornOn: calendar.On(1980, 1, 1),
		Notices: []gate.Notice{{ID: 1, Number: 1, PostedOn: today.AddDays(-130), ClosesOn: today.AddDays(-30)}},
	}, Circumstances: gate.Circumstances{
		AskedAt: today.Start().Add(9 * time.Hour),
		Watermarks: []gate.Watermark{{Key: "watermark:web", Through: today.AddDays(-1)}, {Key: "watermark:phone", Through: today.AddDays(-30)},
			{Key: "watermark:paper", Through: today.AddDays(-1), Paper: true}, {Key: "watermark:practice:F84001", Through: today.AddDays(-1), Paper: true}},
		Feeds:     []gate.Feed{{Key: "feed:registrations", LastAt: today.Start()}, {Key: "feed:national", LastAt: today.Start()}},
		FeedLimit: 72 * time.Hour, MinimumAge: 16, Practice: "F84001", SwitchKey: "switch:1:F84001",
		SwitchedOn: today.AddDays(-200), Signals: []gate.Signal{{Key: "stop"}, {Key: "pause:campaign:1"}},
	}}
}

// against turns one thing each against the record; clause and source say what must be told.
var against = []struct {
	name   string
	clause int
	source string
	turn   func(f *gate.Facts)
	yes    bool // it holds back a yes too
}{
	{"no letter", 1, "person", func(f *gate.Facts) { f.Notices = nil }, false},
	{"letter void", 1, "person", func(f *gate.Facts) { f.Notices[0].Void = "returned" }, false},
	{"letter not posted", 1, "person", func(f *gate.Facts) { f.Notices[0].PostedOn = calendar.Date{} }, false},
	{"window closes today", 2, "time", func(f *gate.Facts) { f.Notices[0].ClosesOn = today }, false},
	{"a second window runs", 2, "time", func(f *gate.Facts) {
		f.Notices = append(f.Notices, gate.Notice{ID: 2, Number: 2, PostedOn: today.AddDays(-9), ClosesOn: today.AddDays(80)})
	}, false},
	{"an earlier window runs longer", 2, "time", func(f *gate.Facts) {
		f.Notices = append([]gate.Notice{{ID: 0, Number: 1, PostedOn: today.AddDays(-200), ClosesOn: today.AddDays(3)}}, f.Notices...)
	}, false},
	{"web not far enough", 3, "watermark:web", func(f *gate.Facts) { f.Watermarks[0].Through = today.AddDays(-31) }, false},
	{"phone a day short", 3, "watermark:phone", func(f *gate.Facts) { f.Watermarks[1].Through = today.AddDays(-31) }, false},
	{"paper to the close only", 3, "watermark:paper", func(f *gate.Facts) { f.Watermarks[2].Through = today.AddDays(-30) }, false},
	{"practice never declared", 3, "watermark:practice:F84001", func(f *gate.Facts) { f.Watermarks[3].Through = calendar.Date{} }, false},
	{"no watermark known", 3, "person", func(f *gate.Facts) { f.Watermarks = nil }, false},
	{"said no", 4, "person", func(f *gate.Facts) { f.Dissent = 7 }, true},
	{"held", 4, "person", func(f *gate.Facts) { f.Holds = []int64{3} }, true},
	{"national feed silent", 4, "feed:national", func(f *gate.Facts) { f.Feeds[1].LastAt = f.AskedAt.Add(-72*time.Hour - time.Second) }, true},
	{"national feed never spoke", 4, "feed:national", func(f *gate.Facts) { f.Feeds[1].LastAt = time.Time{} }, true},
	{"national feed unknown", 4, "feed:national", func(f *gate.Facts) { f.Feeds = f.Feeds[:1] }, true},
	{"died", 5, "person", func(f *gate.Facts) { f.Away = "died" }, true},
	{"sensitive", 5, "person", func(f *gate.Facts) { f.Away = "sensitive" }, true},
	{"birth unknown", 5, "person", func(f *gate.Facts) { f.BornOn = calendar.Date{} }, true},
	{"sixteen tomorrow", 5, "time", func(f *gate.Facts) { f.BornOn = calendar.On(2011, time.April, 22) }, true},
	{"registrations silent", 5, "feed:registrations", func(f *gate.Facts) { f.Feeds[0].LastAt = f.AskedAt.Add(-100 * time.Hour) }, true},
	{"no feed at all", 4, "feed:national", func(f *gate.Facts) { f.Feeds = nil }, true},
	{"switched on never", 6, "switch:1:F84001", func(f *gate.Facts) { f.SwitchedOn = calendar.Date{} }, true},
	{"switched on tomorrow", 6, "switch:1:F84001", func(f *gate.Facts) { f.SwitchedOn = today.AddDays(1) }, true},
	{"stopped", 7, "stop", func(f *gate.Facts) { f.Signals[0].Red = true }, true},
	{"paused", 7, "pause:campaign:1", func(f *gate.Facts) { f.Signals[1].Red, f.Signals[1].Reason = true, "the press" }, true},
	{"signals unknown", 7, "person", func(f *gate.Facts) { f.Signals = nil }, true},
	{"has a record", 8, "person", func(f *gate.Facts) { f.LiveRecord = "x" }, true},
	{"outage owed", 9, "person", func(f *gate.Facts) { f.OutageOwed = true }, false},
}

func TestARecordIsAllowedWhenNothingStandsAgainstIt(t *testing.T) {
	if v := gate.Ask(clear(), calendar.England()); !v.Allowed {
		c, _ := v.Blocked()
		t.Fatalf("held back by clause %d: %s", c.Number, c.Says)
	}
}

func TestEachThingAloneHoldsARecordBackAndSaysWhatMustChange(t *testing.T) {
	for _, a := range against {
		f := clear()
		a.turn(&f)
		v := gate.Ask(f, calendar.England())
		c, blocked := v.Blocked()
		if v.Allowed || !blocked || c.Number != a.clause || c.Source != a.source || c.Says == "" {
			t.Errorf("%s: allowed %v, clause %d by %q: %s", a.name, v.Allowed, c.Number, c.Source, c.Says)
		}
		f = clear()
		f.Basis, f.Consent = gate.Yes, 9
		a.turn(&f)
		if v := gate.Ask(f, calendar.England()); v.Allowed == a.yes {
			t.Errorf("%s: with a later yes allowed is %v", a.name, v.Allowed)
		}
	}
}

func TestAYesWithoutAnAnswerBehindItIsNone(t *testing.T) {
	f := clear()
	f.Basis, f.Notices = gate.Yes, nil
	if gate.Ask(f, calendar.England()).Allowed {
		t.Error("a record on a yes that nobody gave")
	}
	f = clear()
	f.Consent, f.Notices = 9, nil
	if gate.Ask(f, calendar.England()).Allowed {
		t.Error("silence without a letter counts because there is some yes")
	}
}

func TestOnceAnythingIsAgainstItTheRecordIsNeverAllowedWhateverElseHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := clear()
		first := rapid.SampledFrom(against).Draw(t, "first")
		for _, a := range rapid.SliceOfN(rapid.SampledFrom(against), 0, 4).Draw(t, "more") {
			if (a.clause == 1) == (first.clause == 1) && len(f.Notices) > 0 && len(f.Signals) > 1 && len(f.Watermarks) > 3 && len(f.Feeds) > 1 {
				a.turn(&f)
			}
		}
		if len(f.Notices) == 0 || len(f.Signals) < 2 || len(f.Watermarks) < 4 || len(f.Feeds) < 2 {
			t.Skip("taken away already")
		}
		first.turn(&f)
		if v := gate.Ask(f, calendar.England()); v.Allowed || v.Clauses[first.clause-1].Met && first.clause != 4 && first.clause != 1 && first.clause != 2 {
			t.Fatalf("%s did not hold it back: %+v", first.name, v)
		}
	})
}

func TestPaperNeedsTenWorkingDaysMoreThanTheClose(t *testing.T) {
	w := calendar.England()
	f := clear()
	need := w.Add(f.Notices[0].ClosesOn, gate.PaperMargin)
	for _, c := range []struct {
		through calendar.Date
		met     bool
	}{{need, true}, {need.AddDays(-1), false}} {
		f.Watermarks[2].Through = c.through
		if met := gate.Ask(f, w).Clauses[2].Met; met != c.met {
			t.Errorf("forms entered to %s, needed %s: %v", c.through, need, met)
		}
	}
}

func TestTheEvidenceHoldsNoDateOfBirth(t *testing.T) {
	f := clear()
	f.BornOn = calendar.On(1951, time.March, 7)
	b, err := json.Marshal(f)
	if err != nil || strings.Contains(string(b), "1951") {
		t.Errorf("%s %v", b, err)
	}
}
