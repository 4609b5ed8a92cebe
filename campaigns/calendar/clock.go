package calendar

import (
	"sync/atomic"
	"time"
)

// Clock says what moment it is. A transaction asks it once and hands the
// moment to everything it does; SQL never asks the time itself.
type Clock func() time.Time

// Wall is the clock of a real installation.
func Wall() time.Time { return time.Now().Truncate(time.Microsecond) }

// Today is the London date of the clock's moment.
func (c Clock) Today() Date { return DateOf(c()) }

// Movable is a clock that stands where it was set and runs on from there; it
// exists for the demonstration, the simulation and tests only.
type Movable struct {
	ahead  atomic.Int64 // nanoseconds ahead of the wall clock
	frozen atomic.Int64 // unix nanoseconds when stopped, else 0
}

// NewMovable returns a clock that reads at now and runs on.
func NewMovable(at time.Time) *Movable {
	m := &Movable{}
	m.Set(at)
	return m
}

// NewStopped returns a clock that reads at until it is moved.
func NewStopped(at time.Time) *Movable {
	m := &Movable{}
	m.frozen.Store(at.UnixNano())
	return m
}

// Now is the Clock to hand out.
func (m *Movable) Now() time.Time {
	if f := m.frozen.Load(); f != 0 {
		return time.Unix(0, f).UTC().Truncate(time.Microsecond)
	}
	return time.Now().Add(time.Duration(m.ahead.Load())).UTC().Truncate(time.Microsecond)
}

// Set moves the clock. A stopped clock stays stopped.
func (m *Movable) Set(to time.Time) {
	if m.frozen.Load() != 0 {
		m.frozen.Store(to.UnixNano())
		return
	}
	m.ahead.Store(int64(time.Until(to)))
}

// Advance moves the clock on by d.
func (m *Movable) Advance(d time.Duration) { m.Set(m.Now().Add(d)) }
