package campaigns

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// DecideConflicts decides one conflict of a file, or with conflict 0 all of a
// kind that nobody has decided yet, and says how many that were. It may be
// decided again until it has taken effect. Who decided what, and when, is
// kept with the conflict and in the audit.
func (r *Register) DecideConflicts(ctx context.Context, by Viewer, id CohortID, kind string, conflict int64, decision string) (int, error) {
	if !by.Role.Manages() {
		return 0, fault.New(fault.Forbidden, "Your role does not decide about files of people.")
	}
	if !slices.Contains(decisions[kind], decision) {
		return 0, fault.In("decision", fault.Invalid, "Choose what is to become of the row.")
	}
	if _, err := r.Cohort(ctx, by, id); err != nil {
		return 0, err
	}
	n := 0
	err := r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		h, err := r.lockCohort(ctx, tx, id)
		if err != nil {
			return err
		}
		if h.State != "in review" && (h.State != "applied" || h.Waiting == 0) {
			return fault.New(fault.Conflict, "This file is %s; there is nothing left to decide about its rows.", h.State)
		}
		tag, err := tx.Exec(ctx, `
			UPDATE cohort_conflicts SET decision = @decision, decided_by = nullif(@by, 0), decided_at = @now
			WHERE cohort_id = @id AND kind = @kind AND settled_at IS NULL AND CASE WHEN @conflict = 0 THEN decision IS NULL ELSE id = @conflict END`,
			pgx.NamedArgs{"id": id, "kind": kind, "conflict": conflict, "decision": decision, "by": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("decide conflicts: %w", err)
		}
		n = int(tag.RowsAffected())
		if n == 0 && conflict != 0 {
			return fault.New(fault.NotFound, "This row is no longer waiting for a decision.")
		}
		if n == 0 {
			return nil
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "decided rows: " + decision, Object: "cohort", ID: fmt.Sprint(id), Campaign: h.Campaign,
			Detail: map[string]any{"kind": kind, "conflict": conflict, "rows": n}})
	})
	return n, err
}

// DecideCohort accepts or declines a file that was read, or accepts what was
// decided about the rows of an applied one that waited. The same person
// deciding again the same way changes nothing; another person is told who did.
func (r *Register) DecideCohort(ctx context.Context, by Viewer, id CohortID, accept bool) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not decide about files of people.")
	}
	if _, err := r.Cohort(ctx, by, id); err != nil {
		return err
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		h, err := r.lockCohort(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case h.State == "in review" && !accept:
			return r.decline(ctx, tx, now, by, h, "")
		case h.State == "in review":
			return r.accept(ctx, tx, now, by, h)
		case h.State == "applied" && accept && h.Waiting > 0:
			return r.lookAgain(ctx, tx, now, by, h)
		case accept != (h.State == "declined") && h.State != "refused" && h.State != "received" && h.State != "reading":
			return r.decidedBefore(ctx, tx, by, h)
		}
		return fault.New(fault.Conflict, "This file is %s and can no longer be decided about.", h.State)
	})
}

// decidedBefore is no error for who decided, and tells anybody else.
func (r *Register) decidedBefore(ctx context.Context, tx pgx.Tx, by Viewer, h Cohort) error {
	var who StaffID
	var name string // read anew: somebody decided while this one waited for the lock
	err := tx.QueryRow(ctx, `SELECT coalesce(h.decided_by, 0), coalesce(s.name, 'Due Notice') FROM cohorts h LEFT JOIN staff s ON s.id = h.decided_by
		WHERE h.id = @id`, pgx.NamedArgs{"id": h.ID}).Scan(&who, &name)
	if err != nil {
		return fmt.Errorf("read who decided: %w", err)
	}
	if who == by.ID {
		return nil
	}
	did := "accepted"
	if h.State == "declined" {
		did = "declined"
	}
	return fault.New(fault.Conflict, "%s %s this file on %s. Nothing was done a second time.", name, did, calendar.DateOf(h.DecidedAt).Plain())
}

func (r *Register) accept(ctx context.Context, tx pgx.Tx, now time.Time, by Viewer, h Cohort) error {
	return r.decided(ctx, tx, now, by, h, "accepted", "")
}

func (r *Register) decline(ctx context.Context, tx pgx.Tx, now time.Time, by Viewer, h Cohort, why string) error {
	for _, table := range []string{"cohort_rows", "cohort_others"} { // findings and decisions stay: they are facts about the file
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE cohort_id = @id`, pgx.NamedArgs{"id": h.ID}); err != nil {
			return fmt.Errorf("decline cohort: %w", err)
		}
	}
	return r.decided(ctx, tx, now, by, h, "declined", why)
}

func (r *Register) decided(ctx context.Context, tx pgx.Tx, now time.Time, by Viewer, h Cohort, state, why string) error {
	_, err := tx.Exec(ctx, `
		UPDATE cohorts SET state = @state, decided_by = nullif(@by, 0), decided_at = @now, refusal = CASE WHEN @why = '' THEN refusal ELSE @why END
		WHERE id = @id`, pgx.NamedArgs{"state": state, "by": by.ID, "now": now, "why": why, "id": h.ID})
	if err != nil {
		return fmt.Errorf("decide cohort: %w", err)
	}
	if err := r.Audit(ctx, tx, now, Deed{By: by, Action: state + " cohort", Object: "cohort", ID: fmt.Sprint(h.ID), Campaign: h.Campaign}); err != nil {
		return err
	}
	if state != "accepted" {
		return nil
	}
	return r.Queue.ApplyCohort(ctx, tx, h.ID)
}

// lookAgain has the rows applied, or left out, that waited and were decided since.
func (r *Register) lookAgain(ctx context.Context, tx pgx.Tx, now time.Time, by Viewer, h Cohort) error {
	var decided int
	err := tx.QueryRow(ctx, `
		SELECT count(*) FROM cohort_conflicts c JOIN cohort_waiting w ON w.cohort_id = c.cohort_id AND w.line = c.line
		WHERE c.cohort_id = @id AND c.settled_at IS NULL AND c.decision IS NOT NULL`, pgx.NamedArgs{"id": h.ID}).Scan(&decided)
	if err != nil {
		return fmt.Errorf("count decided rows: %w", err)
	}
	if decided == 0 {
		return r.decidedBefore(ctx, tx, by, h) // nothing of what waits was decided
	}
	if _, err := tx.Exec(ctx, `UPDATE cohorts SET state = 'accepted', looked_at_again_at = @now WHERE id = @id`, pgx.NamedArgs{"id": h.ID, "now": now}); err != nil {
		return fmt.Errorf("look again at cohort: %w", err)
	}
	err = r.Audit(ctx, tx, now, Deed{By: by, Action: "accepted rows that waited", Object: "cohort", ID: fmt.Sprint(h.ID), Campaign: h.Campaign,
		Detail: map[string]any{"rows": decided}})
	if err != nil {
		return err
	}
	return r.Queue.ApplyCohort(ctx, tx, h.ID)
}
