package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// Limits reads what this installation asks of every file of people.
func (r *Register) Limits(ctx context.Context) (Limits, error) {
	rows, err := r.Pool.Query(ctx, `SELECT bad_percent::float8, home_percent::float8, known_percent::float8, keep_days::int FROM import_limits`)
	if err != nil {
		return Limits{}, fmt.Errorf("read limits: %w", err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Limits])
	if err != nil {
		return l, fmt.Errorf("read limits: %w", err)
	}
	return l, nil
}

// SetLimits changes them, for the whole installation, so only a national
// manager may. Files that were read before keep their verdict.
func (r *Register) SetLimits(ctx context.Context, by Viewer, l Limits) error {
	if by.Role != RoleNational {
		return fault.New(fault.Forbidden, "These limits hold for every region, so a national manager sets them.")
	}
	for name, share := range map[string]float64{"bad": l.BadPercent, "home": l.HomePercent, "known": l.KnownPercent} {
		if !(share >= 0 && share <= 100) {
			return fault.In(name, fault.Invalid, "Give a share between 0 and 100 percent.")
		}
	}
	if l.KeepDays < 1 || l.KeepDays > 366 {
		return fault.In("keep", fault.Invalid, "Give a number of days between 1 and 366.")
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `UPDATE import_limits SET bad_percent = @bad, home_percent = @home, known_percent = @known, keep_days = @keep`,
			pgx.NamedArgs{"bad": l.BadPercent, "home": l.HomePercent, "known": l.KnownPercent, "keep": l.KeepDays})
		if err != nil {
			return fmt.Errorf("set limits: %w", err)
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "set limits of imports", Object: "limits", ID: "imports",
			Detail: map[string]any{"bad": l.BadPercent, "home": l.HomePercent, "known": l.KnownPercent, "keep": l.KeepDays}})
	})
}
