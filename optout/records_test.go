package optout_test

import (
	"errors"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/optout"
	"duenotice/optout/registry"
)

// lease brings people to where their records are reserved at the outside target.
func lease(t *testing.T, people int) *house {
	h := open(t, people, "sandbox")
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	if done := h.closeAll(); done.Leased != people {
		t.Fatalf("leased: %+v", done)
	}
	for _, e := range h.people {
		h.is(e, campaigns.Creating)
	}
	return h
}

func TestANoBetweenLeaseAndLeavingSendsNothing(t *testing.T) {
	h := lease(t, 3)
	h.says(h.people[0], "no", closing)
	h.is(h.people[0], campaigns.OptedOut)
	h.send()
	if h.sandbox.Live() != 2 {
		t.Errorf("the target holds %d records", h.sandbox.Live())
	}
	h.is(h.people[1], campaigns.Created)
	h.sound()
}

func TestWhatTurnsFalseBetweenLeaseAndLeavingIsSeenBySecondAsking(t *testing.T) {
	h := lease(t, 3)
	h.ok(h.register.Halt(h.ctx, h.author, campaigns.StopSignal, "a national pause"))
	h.send()
	if h.sandbox.Live() != 0 {
		t.Errorf("%d records were made after the stop", h.sandbox.Live())
	}
	for _, e := range h.people {
		h.is(e, campaigns.Reconciling)
	}
	h.ok(h.register.Propose(h.ctx, h.first, "lift", campaigns.StopSignal, nil))
	h.ok(h.register.AgreeToLift(h.ctx, h.second, campaigns.StopSignal))
	h.closeAll()
	h.send()
	if h.sandbox.Live() != 3 {
		t.Errorf("%d records after the stop was lifted", h.sandbox.Live())
	}
	h.sound()
}

func TestANoBetweenLeavingAndReceiptIsWithdrawn(t *testing.T) {
	h := lease(t, 2)
	h.sandbox.Answer = func(_ registry.Request, withdraw bool) (bool, error) {
		if !withdraw {
			h.sandbox.Answer = nil
			h.says(h.people[0], "no", closing)
			h.says(h.people[1], "no", closing)
		}
		return true, nil
	}
	h.send()
	withdrawn, optedOut := h.enrolments(campaigns.Withdrawn), h.enrolments(campaigns.OptedOut)
	if len(withdrawn) != 1 || len(optedOut) != 1 { // nothing had left for the second
		t.Errorf("withdrawn: %v; opted out: %v", withdrawn, optedOut)
	}
	if h.sandbox.Live() != 0 {
		t.Errorf("the target holds %d records of people who said no", h.sandbox.Live())
	}
	h.sound()
}

func TestANoWhileNobodyKnowsIsOptedOutWhereTheTargetHoldsNothing(t *testing.T) {
	h := lease(t, 1)
	h.sandbox.Answer = func(registry.Request, bool) (bool, error) { return false, errors.New("timeout") }
	h.send()
	h.is(h.people[0], campaigns.Creating)
	h.says(h.people[0], "no", closing)
	h.is(h.people[0], campaigns.Withdrawing)
	h.sandbox.Answer = nil
	h.send()
	h.is(h.people[0], campaigns.OptedOut)
	h.sound()
}

func TestALostReplyIsSentAgainUnderTheSameID(t *testing.T) {
	h := lease(t, 1)
	var ids []string
	h.sandbox.Answer = func(r registry.Request, _ bool) (bool, error) {
		if ids = append(ids, r.ID); len(ids) == 1 {
			return true, errors.New("the connection was reset")
		}
		return true, nil
	}
	h.send()
	h.is(h.people[0], campaigns.Creating)
	h.clock.Advance(2 * time.Minute)
	h.send()
	h.is(h.people[0], campaigns.Created)
	if len(ids) != 2 || ids[0] != ids[1] || h.sandbox.Live() != 1 {
		t.Errorf("sent %v, the target holds %d", ids, h.sandbox.Live())
	}
	h.sound()
}

func TestAnUnsureSendWaitsWhileSomethingIsHeldAndGoesOnAfterwards(t *testing.T) {
	h := lease(t, 1)
	sends := 0
	h.sandbox.Answer = func(registry.Request, bool) (bool, error) { sends++; return false, errors.New("timeout") }
	h.send()
	r, err := h.desk.Answer(h.ctx, h.author, optout.Answer{Campaign: h.campaign.ID, Person: h.person(h.people[0]), Says: "no", Channel: campaigns.Phone,
		ReceivedOn: closing, GivenBy: "a neighbour"})
	h.ok(err)
	h.is(h.people[0], campaigns.Creating)
	h.clock.Advance(2 * time.Hour)
	h.send()
	if sends != 1 {
		t.Errorf("sent %d times while held", sends)
	}
	h.settle(r.Reference, "not an answer", 0)
	h.sandbox.Answer = nil
	h.clock.Advance(2 * time.Hour)
	h.send()
	h.is(h.people[0], campaigns.Created)
	h.sound()
}

func TestAnUnsureSendIsNotRepeatedWhileStopped(t *testing.T) {
	h := lease(t, 1)
	sends := 0
	h.sandbox.Answer = func(registry.Request, bool) (bool, error) { sends++; return false, errors.New("timeout") }
	h.send()
	h.ok(h.register.Halt(h.ctx, h.author, campaigns.StopSignal, "a national pause"))
	h.clock.Advance(3 * time.Hour)
	h.send()
	if sends != 1 {
		t.Errorf("sent %d times, of which some while stopped", sends)
	}
	h.is(h.people[0], campaigns.Creating)
	h.sound()
}

func TestTheTargetsOwnNoIsANo(t *testing.T) {
	h := lease(t, 1)
	h.sandbox.Answer = func(registry.Request, bool) (bool, error) { return false, registry.ErrNoConsent }
	h.send()
	h.is(h.people[0], campaigns.OptedOut)
	var channel string
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT channel FROM answers`).Scan(&channel))
	if channel != "national" {
		t.Errorf("its source is %s", channel)
	}
	h.sandbox.Answer = nil
	h.day(closing.AddDays(3))
	h.declare()
	h.closeAll()
	h.is(h.people[0], campaigns.OptedOut)
	h.says(h.people[0], "yes", closing.AddDays(3))
	h.day(closing.AddDays(4))
	h.closeAll()
	h.send()
	h.is(h.people[0], campaigns.Created)
	h.sound()
}

func TestARefusingTargetPausesItAndAPersonTriesAgain(t *testing.T) {
	h := lease(t, 3)
	h.sandbox.Answer = func(registry.Request, bool) (bool, error) { return false, registry.ErrRefused }
	h.send()
	failed, waiting := h.enrolments(campaigns.CreateFailed), h.enrolments(campaigns.Reconciling)
	if len(failed) != 1 || len(waiting) != 2 {
		t.Fatalf("%d failed, %d wait", len(failed), len(waiting))
	}
	h.sandbox.Answer = nil
	h.ok(h.desk.Retry(h.ctx, h.first, failed[0], "the certificate was renewed"))
	h.send()
	h.is(failed[0], campaigns.Creating) // the target is still paused
	h.ok(h.register.Resume(h.ctx, h.first, campaigns.PauseRegistry("sandbox")))
	h.clock.Advance(time.Hour)
	h.closeAll()
	h.send()
	for _, e := range h.people {
		h.is(e, campaigns.Created)
	}
	if err := h.desk.Retry(h.ctx, h.first, failed[0], "again"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a record that is made is tried again: %v", err)
	}
	h.sound()
}

func TestRetriesUsedUpWaitForAPerson(t *testing.T) {
	h := lease(t, 1)
	h.sandbox.Answer = func(registry.Request, bool) (bool, error) { return false, errors.New("timeout") }
	for range 9 {
		h.send()
		h.clock.Advance(17 * time.Hour)
		h.ok(h.desk.FeedSpoke(h.ctx, campaigns.FeedNational))
		h.ok(h.desk.FeedSpoke(h.ctx, campaigns.FeedRegistrations))
	}
	h.is(h.people[0], campaigns.CreateFailed)
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.Died, Source: "test"})
	h.is(h.people[0], campaigns.Withdrawing)
	h.sandbox.Answer = nil
	h.send()
	h.is(h.people[0], campaigns.Closed)
	h.sound()
}

func TestAFactThatChangesNothingLeavesALeaseAlone(t *testing.T) {
	h := lease(t, 1)
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.MovedPractice, Practice: "F84002", Source: "test"})
	h.says(h.people[0], "yes", closing)
	h.is(h.people[0], campaigns.Creating)
	h.sound()
	if done := h.closeAll(); done.Looked != 0 {
		t.Errorf("somebody whose record is on its way is asked about again: %+v", done)
	}
}

func TestARecordWhoseLetterTurnsOutVoidIsTakenBackAndANewLetterWritten(t *testing.T) {
	h := lease(t, 3)
	h.send()
	h.void(h.people[0], optout.Suspected)
	h.void(h.people[1], optout.Returned)
	h.is(h.people[0], campaigns.Withdrawing)
	h.send()
	h.is(h.people[0], campaigns.Scheduled)
	h.is(h.people[1], campaigns.Retracing)
	h.is(h.people[2], campaigns.Created)
	h.post(closing.AddDays(2))
	h.is(h.people[0], campaigns.Notified)
	h.day(closing.AddDays(130))
	h.declare()
	h.closeAll()
	h.send()
	h.is(h.people[0], campaigns.Created)
	h.sound()
}
