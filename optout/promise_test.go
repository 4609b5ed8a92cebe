package optout_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
)

// closing is the day after the last day of a window posted on Wednesday 9
// December 2026 (84 days and three working days), with time for forms.
var closing = monday.AddDays(2).AddDays(5 + 84 + 20)

func TestSilenceAfterDueNoticeMakesARecord(t *testing.T) {
	h := open(t, 20, optout.OwnLedger)
	h.post(monday.AddDays(2))
	for _, e := range h.people {
		h.is(e, campaigns.Notified)
	}
	h.day(closing)
	if done := h.closeAll(); done.Created != 0 || done.Waiting != 20 {
		t.Errorf("before any watermark: %+v", done)
	}
	if done := h.closeAll(); done.Looked != 0 {
		t.Errorf("the same people are asked again though nothing changed: %+v", done)
	}
	h.declare()
	if done := h.closeAll(); done.Created != 20 {
		t.Errorf("after the watermarks: %+v", done)
	}
	h.is(h.people[3], campaigns.Created)
	h.sound()
}

func TestANoInAnyOrderPreventsTheRecord(t *testing.T) {
	h := open(t, 6, optout.OwnLedger)
	h.says(h.people[0], "no", monday)
	h.is(h.people[0], campaigns.OptedOut)
	h.post(monday.AddDays(2))
	h.says(h.people[1], "no", monday)
	h.day(closing)
	h.declare()
	h.says(h.people[2], "no", closing)
	h.closeAll()
	for i, want := range []campaigns.State{campaigns.OptedOut, campaigns.OptedOut, campaigns.OptedOut, campaigns.Created} {
		h.is(h.people[i], want)
	}
	h.says(h.people[3], "no", closing)
	h.is(h.people[3], campaigns.Withdrawing)
	if _, err := h.desk.SendDue(h.ctx, 10); err != nil {
		t.Fatal(err)
	}
	h.is(h.people[3], campaigns.Withdrawn)
	h.sound()
}

func TestALetterThatComesBackVoidsTheWindow(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.void(h.people[0], optout.Returned)
	h.is(h.people[0], campaigns.Retracing)
	h.day(closing)
	h.declare()
	h.closeAll()
	h.is(h.people[0], campaigns.Retracing)
	h.is(h.people[1], campaigns.Created)
	h.void(h.people[1], optout.Returned)
	h.is(h.people[1], campaigns.Withdrawing)
	h.sound()
}

func TestTheStopFreezesFromTheCommitOfOneRow(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	h.ok(h.register.Halt(h.ctx, h.author, campaigns.StopSignal, "a national pause"))
	if done := h.closeAll(); done.Created != 0 {
		t.Fatalf("records were made while stopped: %+v", done)
	}
	h.ok(h.register.Propose(h.ctx, h.first, "lift", campaigns.StopSignal, nil))
	if err := h.register.AgreeToLift(h.ctx, h.first, campaigns.StopSignal); err == nil {
		t.Fatal("one person lifted the stop alone")
	}
	h.ok(h.register.AgreeToLift(h.ctx, h.second, campaigns.StopSignal))
	if done := h.closeAll(); done.Created != 3 {
		t.Errorf("after the stop was lifted: %+v", done)
	}
	h.sound()
}

func TestABatchUnderSuspicionHoldsItsRecordsBack(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	h.tx(func(tx pgx.Tx, now time.Time) error {
		return h.register.SetSignal(h.ctx, tx, now, campaigns.SuspectBatch(h.batch), now, calendar.Date{}, "wrong envelopes", h.author.ID, 0)
	})
	if done := h.closeAll(); done.Created != 0 || done.Waiting != 2 {
		t.Errorf("records on letters of a batch under suspicion: %+v", done)
	}
	h.tx(func(tx pgx.Tx, now time.Time) error {
		return h.register.SetSignal(h.ctx, tx, now, campaigns.SuspectBatch(h.batch), time.Time{}, calendar.Date{}, "", h.first.ID, h.second.ID)
	})
	if done := h.closeAll(); done.Created != 2 {
		t.Errorf("after the suspicion was lifted: %+v", done)
	}
	h.sound()
}
