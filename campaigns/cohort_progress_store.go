package campaigns

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
)

// Progress tells how far the reading or applying of a file is; false when
// neither is being done.
func (r *Register) Progress(ctx context.Context, id CohortID) (CohortProgress, bool, error) {
	rows, err := r.Pool.Query(ctx, `SELECT phase, done, total, rows, began_at, seen_at FROM cohort_progress WHERE cohort_id = @id`, pgx.NamedArgs{"id": id})
	if err != nil {
		return CohortProgress{}, false, fmt.Errorf("read progress: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[CohortProgress])
	if errors.Is(err, pgx.ErrNoRows) {
		return p, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("read progress: %w", err)
	}
	return p, true, nil
}

// tell writes down how far a file is, beside the transaction that works on
// it, in wall time: it is about this machine and no date of the product.
// Progress that cannot be told costs nothing, so its errors are nobody's.
func (r *Register) tell(ctx context.Context, id CohortID, phase string, done, total int64, rows int) {
	_, _ = r.Pool.Exec(ctx, `
		INSERT INTO cohort_progress AS p (cohort_id, phase, done, total, rows, began_at, seen_at) VALUES (@id, @phase, @done, @total, @rows, @now, @now)
		ON CONFLICT (cohort_id) DO UPDATE SET phase = excluded.phase, done = excluded.done, total = excluded.total, rows = excluded.rows,
			seen_at = excluded.seen_at, began_at = CASE WHEN excluded.done = 0 THEN excluded.began_at ELSE p.began_at END`,
		pgx.NamedArgs{"id": id, "phase": phase, "done": done, "total": total, "rows": rows, "now": calendar.Wall()})
}

// tellOften tells how far a file is twice a second until the function it
// returns is called.
func (r *Register) tellOften(ctx context.Context, id CohortID, phase string, total int64, far func() (done int64, rows int)) (stop func()) {
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	var gone sync.WaitGroup
	r.tell(ctx, id, phase, 0, total, 0)
	gone.Go(func() {
		ticks := time.NewTicker(500 * time.Millisecond)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
				done, rows := far()
				r.tell(ctx, id, phase, max(done, 1), total, rows)
			}
		}
	})
	return sync.OnceFunc(func() { end(); gone.Wait() })
}

// toldLast ends the telling, in the transaction that ends the work.
func (r *Register) toldLast(ctx context.Context, tx pgx.Tx, id CohortID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM cohort_progress WHERE cohort_id = @id`, pgx.NamedArgs{"id": id}); err != nil {
		return fmt.Errorf("end progress: %w", err)
	}
	return nil
}
