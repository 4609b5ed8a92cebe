package optout_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/optout/registry"
)

// failedOne has one record that the target refused, made there or not.
func failedOne(t *testing.T, there bool) (*house, campaigns.EnrolmentID) {
	t.Helper()
	h := lease(t, 2)
	h.sandbox.Answer = func(registry.Request, bool) (bool, error) { return there, registry.ErrRefused }
	h.send()
	failed := h.enrolments(campaigns.CreateFailed)
	if len(failed) != 1 {
		t.Fatalf("%d failed", len(failed))
	}
	h.sandbox.Answer = nil
	return h, failed[0]
}

func TestARecordThatIsGivenUpIsLookedForAtTheTargetFirst(t *testing.T) {
	for _, there := range []bool{false, true} {
		h, e := failedOne(t, there)
		want := campaigns.Closed
		if there {
			want = campaigns.Withdrawn
		}
		if err := h.desk.CloseFailed(h.ctx, h.first, e, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		other := h.first
		other.Region = "QKK"
		if err := h.desk.CloseFailed(h.ctx, other, e, "x"); !fault.Is(err, fault.NotFound) {
			t.Errorf("from another region: %v", err)
		}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = h.desk.CloseFailed(h.ctx, h.first, e, "the target cannot hold it") })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !fault.Is(errors.Join(errs...), fault.Conflict) {
			t.Errorf("closed by two at once: %v", errs)
		}
		h.is(e, campaigns.Withdrawing)
		h.send()
		h.is(e, want)
		if h.sandbox.Live() != 0 {
			t.Errorf("the target holds %d records", h.sandbox.Live())
		}
		h.clock.Advance(48 * time.Hour)
		h.closeAll()
		h.is(e, want) // neither asked about nor written to again
		if due := h.enrolments(campaigns.Scheduled); len(due) != 0 {
			t.Errorf("written to again: %v", due)
		}
		h.says(e, "no", closing)
		if !there {
			h.is(e, campaigns.OptedOut)
		}
		if err := h.desk.Retry(h.ctx, h.first, e, "again"); !fault.Is(err, fault.Conflict) {
			t.Errorf("tried again: %v", err)
		}
		h.sound()
	}
}

func TestWhoIsGivenUpAndSaysNoAndThenYesGetsARecord(t *testing.T) {
	h, e := failedOne(t, false)
	h.ok(h.desk.CloseFailed(h.ctx, h.first, e, "the target cannot hold it"))
	h.send()
	h.is(e, campaigns.Closed)
	h.says(e, "no", closing)
	h.is(e, campaigns.OptedOut)
	h.day(closing.AddDays(3))
	h.says(e, "yes", closing.AddDays(2))
	h.is(e, campaigns.Ready)
	h.sound()
}
