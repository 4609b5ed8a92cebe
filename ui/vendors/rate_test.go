package vendors

import (
	"testing"
	"time"

	"duenotice/campaigns/calendar"
)

func TestOneVendorsHasteDoesNotSlowAnother(t *testing.T) {
	clock := calendar.NewStopped(time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London))
	r := newRate(clock.Now, 10, 3)
	for i := range 3 {
		if wait := r.take(1); wait != 0 {
			t.Errorf("request %d waits %s", i, wait)
		}
	}
	if wait := r.take(1); wait != 100*time.Millisecond {
		t.Errorf("the fourth waits %s", wait)
	}
	if wait := r.take(2); wait != 0 {
		t.Errorf("another vendor waits %s", wait)
	}
	clock.Advance(time.Second)
	for i := range 3 {
		if wait := r.take(1); wait != 0 {
			t.Errorf("a second later request %d waits %s", i, wait)
		}
	}
	if r.take(1) == 0 {
		t.Error("more is saved up than the burst")
	}
}
