package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// busy are the jobs that run, may run now, or will be tried again soon.
// Snoozed ones wait for something that time alone does not bring.
const busy = `SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'pending', 'retryable')`

// Idle tells whether no job of the database runs or waits to run.
func (c *Crew) Idle(ctx context.Context) (bool, error) {
	var n int
	if err := c.pool.QueryRow(ctx, busy).Scan(&n); err != nil {
		return false, fmt.Errorf("count jobs: %w", err)
	}
	return n == 0, nil
}

// Settle waits until the crew is idle, as a movable clock must before it moves.
func (c *Crew) Settle(ctx context.Context) error {
	for wait := 2 * time.Millisecond; ; wait = min(wait*5/4, 50*time.Millisecond) {
		idle, err := c.Idle(ctx)
		if err != nil || idle {
			return err
		}
		if pause(ctx, wait); ctx.Err() != nil {
			return fmt.Errorf("wait for jobs: %w", ctx.Err())
		}
	}
}

// Wake lets everything that was snoozed be asked again now.
func (c *Crew) Wake(ctx context.Context) error {
	if _, err := c.pool.Exec(ctx, `UPDATE river_job SET state = 'available', scheduled_at = coalesce(attempted_at, created_at) WHERE state = 'scheduled'`); err != nil {
		return fmt.Errorf("wake snoozed jobs: %w", err)
	}
	return nil
}

// Round does everything the timetable would do by now, and whatever was
// snoozed, and waits until that is done; with names, only those lines of the
// timetable. It stands in for the timetable where the clock is moved by hand.
// The invariants are asked by name only.
func (c *Crew) Round(ctx context.Context, names ...string) error {
	if err := c.Wake(ctx); err != nil {
		return err
	}
	var lines []entry
	for _, e := range timetable {
		if len(names) == 0 && e.name == "invariants" || len(names) > 0 && !slices.Contains(names, e.name) {
			continue
		}
		lines = append(lines, e)
	}
	if err := c.leave(ctx, lines...); err != nil {
		return err
	}
	return c.Settle(ctx)
}
