package readiness

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

func mark(changed, refused, same, versions int) string {
	return fmt.Sprintf("%d-%d-%d-%d", changed, refused, same, versions)
}

func (b *Board) inTx(ctx context.Context, by campaigns.Viewer, do func(tx pgx.Tx, now time.Time) error) error {
	if by.ID != 0 && !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not change the readiness of practices.")
	}
	return campaigns.InTx(ctx, b.Register.Pool, b.Register.Clock, do)
}

// SetDeadline says what a programme has promised; national only.
func (b *Board) SetDeadline(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, d Deadline) error {
	if by.ID != 0 && by.Role != campaigns.RoleNational {
		return fault.New(fault.Forbidden, "Only national managers set a programme's deadline.")
	}
	if err := d.Check(); err != nil {
		return err
	}
	targets, err := json.Marshal(d.Targets)
	if err != nil {
		return fmt.Errorf("set deadline: %w", err)
	}
	return b.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO readiness_deadlines (programme_id, title, due_on, targets, set_by, set_at) VALUES (@programme, @title, @due, @targets, nullif(@by, 0), @now)
			ON CONFLICT (programme_id) DO UPDATE SET title = excluded.title, due_on = excluded.due_on, targets = excluded.targets, set_by = excluded.set_by, set_at = excluded.set_at`,
			pgx.NamedArgs{"programme": programme, "title": d.Title, "due": d.DueOn, "targets": targets, "by": int64(by.ID), "now": now})
		if err != nil {
			return fmt.Errorf("set deadline: %w", err)
		}
		return b.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "set deadline", Object: "programme", ID: fmt.Sprint(programme), Detail: map[string]any{"due": d.DueOn}})
	})
}

// Chosen reads the practices with these codes that the viewer sees, for
// counting a change.
func (b *Board) Chosen(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, codes []string) ([]Line, error) {
	return b.lines(ctx, b.Register.Pool, `p.code = ANY(@codes) AND `+campaigns.WithinRegion+` ORDER BY p.name, p.code`,
		pgx.NamedArgs{"programme": programme, "codes": codes, "region": by.Region, "day": b.Register.Clock.Today()})
}

// Apply makes a change that was counted, if it still comes to the same. Being
// live switches the practice on for the gate in the same transaction, and
// anything else after it switches it off.
func (b *Board) Apply(ctx context.Context, by campaigns.Viewer, programme campaigns.ProgrammeID, codes []string, c Change, counted string) (n Counted, err error) {
	if err := c.Check(b.Register.Clock.Today()); err != nil {
		return n, err
	}
	err = b.inTx(ctx, by, func(tx pgx.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(7209, @programme::int)`, pgx.NamedArgs{"programme": programme}); err != nil {
			return fmt.Errorf("wait for another change: %w", err)
		}
		lines, err := b.lines(ctx, tx, `p.code = ANY(@codes) AND `+campaigns.WithinRegion+` ORDER BY p.name, p.code`,
			pgx.NamedArgs{"programme": programme, "codes": codes, "region": by.Region, "day": calendar.DateOf(now)})
		if err != nil {
			return err
		}
		n = Count(lines, c)
		if n.Mark != counted {
			return fault.New(fault.Conflict, "Somebody else has changed these practices since you counted. Look at the new numbers and confirm again.")
		}
		return b.write(ctx, tx, now, by, programme, n.Changed, c)
	})
	return n, err
}

// write makes a change to practices.
func (b *Board) write(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, programme campaigns.ProgrammeID, lines []Line, c Change) error {
	if len(lines) == 0 {
		return nil
	}
	codes, from := make([]string, len(lines)), make([]string, len(lines))
	var on, off []string
	for i, l := range lines {
		codes[i], from[i] = l.Code, string(l.State)
		switch {
		case c.State == Live && l.LiveOn != c.On:
			on = append(on, l.Code)
		case c.State != "" && c.State != Live && !l.LiveOn.IsZero():
			off = append(off, l.Code)
		}
	}
	if err := b.Register.SwitchPractices(ctx, tx, now, by, programme, on, c.On); err != nil {
		return err
	}
	if err := b.Register.SwitchPractices(ctx, tx, now, by, programme, off, calendar.Date{}); err != nil {
		return err
	}
	day := c.On
	if day.IsZero() {
		day = calendar.DateOf(now)
	}
	args := pgx.NamedArgs{"programme": programme, "codes": codes, "from": from, "state": string(c.State), "on": day, "note": c.Note, "by": int64(by.ID), "now": now,
		"supplier": c.Supplier, "approach": c.Approach, "owner": c.Owner, "plan": c.Plan, "reason": c.Blocker.Reason, "detail": c.Blocker.Detail,
		"blockerowner": c.Blocker.Owner, "due": c.Blocker.DueOn}
	for _, step := range []struct {
		when       bool
		doing, sql string
	}{
		{true, "change readiness", `
			INSERT INTO readiness AS r (programme_id, practice_code, state, supplier, approach, owner, plan, changed_at)
			SELECT @programme, code, CASE WHEN @state = '' THEN was ELSE @state END, @supplier, @approach, @owner, @plan, @now FROM unnest(@codes::text[], @from::text[]) u (code, was)
			ON CONFLICT (programme_id, practice_code) DO UPDATE SET state = CASE WHEN @state = '' THEN r.state ELSE @state END,
				supplier = coalesce(nullif(@supplier, ''), r.supplier), approach = coalesce(nullif(@approach, ''), r.approach), owner = coalesce(nullif(@owner, ''), r.owner),
				plan = coalesce(nullif(@plan, ''), r.plan), version = r.version + 1, changed_at = @now`},
		{c.State != "", "note the change", `
			INSERT INTO readiness_history (programme_id, practice_code, from_state, to_state, on_day, note, staff_id, at)
			SELECT @programme, code, was, @state, @on, @note, nullif(@by, 0), @now FROM unnest(@codes::text[], @from::text[]) u (code, was)`},
		{c.Blocker.Reason != "", "raise blockers", `
			INSERT INTO readiness_blockers (programme_id, practice_code, reason, detail, owner, due_on, raised_by, raised_at)
			SELECT @programme, code, @reason, @detail, @blockerowner, @due, nullif(@by, 0), @now FROM unnest(@codes::text[]) code`},
	} {
		if !step.when {
			continue
		}
		if _, err := tx.Exec(ctx, step.sql, args); err != nil {
			return fmt.Errorf("%s: %w", step.doing, err)
		}
	}
	return b.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "change readiness", Object: "programme", ID: fmt.Sprint(programme),
		Detail: map[string]any{"practices": len(codes), "state": c.State}})
}
