package calendar

import (
	"sync"
	"testing"
	"time"
)

var friday = time.Date(2026, 11, 20, 23, 59, 59, 0, London)

func TestAStoppedClockStandsUntilItIsMoved(t *testing.T) {
	m := NewStopped(friday)
	clock := Clock(m.Now)
	if !clock().Equal(friday) || !clock().Equal(clock()) {
		t.Fatalf("stopped at %v, it reads %v", friday, clock())
	}
	if got := clock.Today(); got != On(2026, 11, 20) {
		t.Errorf("today is %v", got)
	}
	m.Advance(time.Second)
	if got := clock.Today(); got != On(2026, 11, 21) {
		t.Errorf("a second before midnight, and a second more, is %v", got)
	}
	m.Set(friday)
	if !clock().Equal(friday) {
		t.Errorf("set back to %v, it reads %v", friday, clock())
	}
}

func TestAMovableClockRunsOnFromWhereItWasSet(t *testing.T) {
	m := NewMovable(friday)
	for _, at := range []time.Time{friday, friday.AddDate(1, 0, 0), friday.AddDate(-1, 0, 0)} {
		m.Set(at)
		first := m.Now()
		if off := first.Sub(at); off < -time.Millisecond || off > time.Minute {
			t.Errorf("set to %v, it reads %v", at, first)
		}
		time.Sleep(2 * time.Millisecond)
		if !m.Now().After(first) {
			t.Errorf("set to %v, it stands", at)
		}
	}
}

// PostgreSQL keeps microseconds: a finer moment would not come back equal.
func TestAMomentHasNoMoreThanMicroseconds(t *testing.T) {
	fine := friday.Add(1234 * time.Nanosecond)
	for name, at := range map[string]time.Time{
		"the wall clock": Wall(), "a stopped clock": NewStopped(fine).Now(), "a movable clock": NewMovable(fine).Now(),
	} {
		if at.Nanosecond()%1000 != 0 {
			t.Errorf("%s reads %v", name, at)
		}
	}
}

func TestAClockMayBeMovedWhileOthersReadIt(t *testing.T) {
	m := NewMovable(friday)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 1000 {
				if m.Now().Before(friday.Add(-time.Second)) {
					t.Error("the clock went back")
					return
				}
			}
		})
	}
	for range 100 {
		m.Advance(time.Hour)
	}
	readers.Wait()
}
