package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// failuresKept is how long a failed proof counts for anything.
const failuresKept = 24 * time.Hour

// Forget removes sessions that have ended and failed proofs that count no more.
func (r *Register) Forget(ctx context.Context) error {
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"now": now, "idle": now.Add(-SessionIdle), "old": now.Add(-failuresKept)}
		if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE expires_at <= @now OR seen_at <= @idle`, args); err != nil {
			return fmt.Errorf("forget sessions: %w", err)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM failures WHERE at < @old`, args); err != nil {
			return fmt.Errorf("forget failures: %w", err)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM guesses WHERE minute < @old`, args); err != nil {
			return fmt.Errorf("forget guesses: %w", err)
		}
		return nil
	})
}
