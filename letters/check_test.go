package letters_test

import (
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/optout"
)

func (h *house) checks(waiting bool) []letters.Check {
	h.t.Helper()
	list, err := h.mail.Checks(h.t.Context(), h.staff[0], waiting, 100)
	h.must(err)
	return list
}

func TestAReturnedLetterStartsACheckOfSixMonths(t *testing.T) {
	h, refs := back(t, 6)
	h.read(refs[0] + ",2026-11-24,R01\n" + refs[1] + ",2026-11-24,R07\n" + refs[2] + ",2026-11-24,R09\n")
	running := h.checks(false)
	if len(running) != 3 || running[1].DueOn != calendar.On(2027, time.May, 24) || running[0].About != "death" || running[0].DueOn != calendar.On(2026, 12, 1) {
		t.Fatalf("the checks: %+v", running)
	}
	if waiting := h.checks(true); len(waiting) != 1 || waiting[0].About != "death" {
		t.Errorf("somebody has to look at %+v", waiting)
	}
	// A new address settles one by itself; the other is overdue after its day.
	h.clock.Set(time.Date(2026, 11, 25, 9, 0, 0, 0, calendar.London))
	h.must(h.desk.TellPerson(t.Context(), h.staff[0], running[1].Person, campaigns.PersonFact{Kind: campaigns.MovedAddress, Address: []string{"9 New Street"}, Postcode: "E1 1AB"}))
	h.clock.Set(time.Date(2027, 5, 25, 9, 0, 0, 0, calendar.London))
	waiting := h.checks(true)
	if len(waiting) != 2 || !waiting[1].Overdue(calendar.DateOf(h.clock.Now())) || waiting[1].Person != running[2].Person {
		t.Errorf("after six months: %+v", waiting)
	}
	if of, err := h.mail.ChecksOf(t.Context(), running[1].Person); err != nil || len(of) != 1 || !of[0].Done || of[0].Overdue(calendar.DateOf(h.clock.Now())) {
		t.Errorf("of the person who moved: %+v %v", of, err)
	}
}

func TestWhatAPracticeFindsOutFollows(t *testing.T) {
	h, refs := back(t, 6)
	h.read(refs[0] + ",2026-11-24,R01\n" + refs[1] + ",2026-11-24,R07\n" + refs[2] + ",2026-11-24,R04\n" + refs[3] + ",2026-11-24,R09\n" + refs[4] + ",2026-11-24,R09\n")
	list := h.checks(false)
	deaths, addresses := list[:2], list[2:]
	by := h.staff[0]
	settle := func(k letters.Check, outcome string) {
		t.Helper()
		if err := h.mail.SettleCheck(t.Context(), by, k.ID, outcome, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		h.must(h.mail.SettleCheck(t.Context(), by, k.ID, outcome, "rang the practice"))
		if err := h.mail.SettleCheck(t.Context(), by, k.ID, outcome, "again"); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
	}
	if err := h.mail.SettleCheck(t.Context(), by, addresses[0].ID, letters.IsAlive, "x"); !fault.Is(err, fault.Invalid) {
		t.Errorf("an address that is alive: %v", err)
	}
	other := campaigns.Viewer{ID: by.ID, Role: campaigns.RoleRegional, Region: "QWO"}
	if err := h.mail.SettleCheck(t.Context(), other, addresses[0].ID, letters.LivesThere, "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("from another region: %v", err)
	}
	// Somebody wrongly told dead says no: it is held, and counts when the death is taken back.
	receipt, err := h.desk.Answer(t.Context(), by, optout.Answer{Campaign: h.campaign.ID, Person: deaths[0].Person, Says: "no", Channel: campaigns.Phone,
		ReceivedOn: calendar.On(2026, 11, 24)})
	if err != nil || !receipt.Held {
		t.Fatalf("%+v %v", receipt, err)
	}
	h.clock.Set(time.Date(2026, 11, 25, 9, 0, 0, 0, calendar.London))
	settle(deaths[0], letters.IsAlive)
	settle(deaths[1], letters.HasDied)
	settle(addresses[0], letters.LivesThere)
	settle(addresses[1], letters.LeftTheList)
	settle(addresses[2], letters.NothingHeard)
	want := map[campaigns.State]int{campaigns.OptedOut: 1, campaigns.Closed: 2, campaigns.Scheduled: 1, campaigns.Unreachable: 1, campaigns.Notified: 1}
	for s, n := range want {
		if got := h.states()[s]; got != n {
			t.Errorf("%d people are %s, not %d", got, s, n)
		}
	}
	if left := h.checks(false); len(left) != 0 {
		t.Errorf("still running: %+v", left)
	}
}

func TestASecondReturnStartsNoSecondCheckWhileOneRuns(t *testing.T) {
	h, refs := back(t, 2)
	h.read(refs[0] + ",2026-11-24,R01\n")
	person := h.checks(false)[0].Person
	h.exec(`UPDATE people SET merged_into = $1 WHERE id <> $1`, person)
	h.read(refs[1] + ",2026-11-24,R01\n")
	if n := len(h.checks(false)); n != 1 {
		t.Errorf("%d checks run", n)
	}
}
