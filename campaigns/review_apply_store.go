package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// toApply is what an application of a file begins with.
type toApply struct {
	ready bool // rows are staged; else the file is being read again
	rows  int  // staged, each of which ends as enrolled or already enrolled
}

// rowsToApply leaves in cohort_rows exactly the rows of an accepted file that
// are to be applied now.
func (r *Register) rowsToApply(ctx context.Context, tx pgx.Tx, _ time.Time, h Cohort) (toApply, error) {
	if h.State != "accepted" {
		return toApply{}, fault.New(fault.Refused, "This file has not been accepted by anybody.")
	}
	var staged int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM cohort_rows WHERE cohort_id = @id`, pgx.NamedArgs{"id": h.ID}).Scan(&staged)
	if err != nil {
		return toApply{}, fmt.Errorf("count staged rows: %w", err)
	}
	if staged != h.Accepted { // a crash emptied the staging table: it is read again and shown again
		if _, err := tx.Exec(ctx, `UPDATE cohorts SET state = 'received', decided_by = NULL WHERE id = @id`, pgx.NamedArgs{"id": h.ID}); err != nil {
			return toApply{}, fmt.Errorf("read cohort again: %w", err)
		}
		return toApply{}, r.Queue.ReadCohort(ctx, tx, h.ID)
	}
	return toApply{true, staged}, nil
}

// noteApplied writes down what came of the application and empties the staging.
func (r *Register) noteApplied(ctx context.Context, tx pgx.Tx, now time.Time, id CohortID, done Enrolled) error {
	_, err := tx.Exec(ctx, `UPDATE cohorts SET state = 'applied', applied_at = @now, enrolled = @enrolled, already = @already WHERE id = @id`,
		pgx.NamedArgs{"now": now, "enrolled": done.People, "already": done.Already, "id": id})
	if err != nil {
		return fmt.Errorf("note applied cohort: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM cohort_rows WHERE cohort_id = @id`, pgx.NamedArgs{"id": id}); err != nil {
		return fmt.Errorf("empty staging: %w", err)
	}
	return nil
}
