package uptake

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/intake"
)

var uptakeColumns = []string{"practice_code", "month", "supplier", "counted", "name", "commissioner", "nhs_region", "list", "appointments_system", "appointments_enabled",
	"appointments_used", "prescriptions_system", "prescriptions_enabled", "prescriptions_used", "records_system", "records_enabled", "records_used",
	"enabled", "new_enabled", "used"}

// figures are the columns that a later file may revise.
const figures = `list, appointments_system, appointments_enabled, appointments_used, prescriptions_system, prescriptions_enabled, prescriptions_used,
	records_system, records_enabled, records_used, enabled, new_enabled, used`

// keep writes a file that was read, in one transaction with its sums.
func (t *Tally) keep(ctx context.Context, by campaigns.Viewer, sum [32]byte, r *reading) error {
	return campaigns.InTx(ctx, t.Register.Pool, t.Register.Clock, func(tx pgx.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(7208)`); err != nil {
			return fmt.Errorf("wait for another import: %w", err)
		}
		var before, file int64
		err := tx.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM uptake_files WHERE sha256 = @sha`, pgx.NamedArgs{"sha": sum[:]}).Scan(&before)
		if err != nil || before != 0 {
			return err
		}
		err = tx.QueryRow(ctx, `
			INSERT INTO uptake_files (file_name, sha256, layout, months, rows, practices, revised, findings, imported_by, imported_at)
			VALUES (@name, @sha, @layout, @months, @rows, @practices, 0, @findings, nullif(@by, 0), @now) RETURNING id`,
			pgx.NamedArgs{"name": r.done.File, "sha": sum[:], "layout": r.done.Layout, "months": r.done.Months, "rows": r.done.Rows, "practices": r.done.Practices,
				"findings": r.done.Findings, "by": int64(by.ID), "now": now}).Scan(&file)
		if err != nil {
			return fmt.Errorf("note the file: %w", err)
		}
		for _, g := range r.done.Found {
			_, err := tx.Exec(ctx, `INSERT INTO uptake_findings (file_id, rule, severity, count, examples) VALUES (@file, @rule, @severity, @count, @examples)`,
				pgx.NamedArgs{"file": file, "rule": g.Rule, "severity": g.Severity, "count": g.Count, "examples": g.Examples})
			if err != nil {
				return fmt.Errorf("keep findings: %w", err)
			}
		}
		if err := t.merge(ctx, tx, now, file, r); err != nil {
			return err
		}
		if err := t.settle(ctx, tx, now, r.done.Months); err != nil {
			return err
		}
		return t.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "import uptake", Object: "uptake", ID: fmt.Sprint(file),
			Detail: map[string]any{"practices": r.done.Practices, "revised": r.done.Revised}})
	})
}

// merge copies the rows into a temporary table and then beside what is known.
func (t *Tally) merge(ctx context.Context, tx pgx.Tx, now time.Time, file int64, r *reading) error {
	if _, err := tx.Exec(ctx, `CREATE TEMPORARY TABLE uptake_new (LIKE uptake) ON COMMIT DROP; ALTER TABLE uptake_new ALTER file_id DROP NOT NULL`); err != nil {
		return fmt.Errorf("make room for rows: %w", err)
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"uptake_new"}, uptakeColumns, pgx.CopyFromSlice(len(r.rows), func(i int) ([]any, error) {
		u := r.rows[i]
		row := []any{u.Practice, u.Month, u.Supplier, r.counted[where{u.Practice, u.Month}] == i, u.Name, u.Commissioner, u.Region}
		for _, n := range u.Figures {
			if n == intake.Unknown {
				row = append(row, nil)
			} else {
				row = append(row, n)
			}
		}
		return row, nil
	}))
	if err != nil {
		return fmt.Errorf("copy rows: %w", err)
	}
	args := pgx.NamedArgs{"file": file, "now": now}
	// What was published differently is kept; rows that a file of the same month leaves out stay.
	tag, err := tx.Exec(ctx, `
		INSERT INTO uptake_revisions (practice_code, month, supplier, was, was_file, file_id, revised_at)
		SELECT o.practice_code, o.month, o.supplier, to_jsonb(o) - 'practice_code' - 'month' - 'supplier' - 'file_id', o.file_id, @file, @now
		FROM uptake o JOIN uptake_new n USING (practice_code, month, supplier)
		WHERE (`+prefixed("o")+`) IS DISTINCT FROM (`+prefixed("n")+`)`, args)
	if err != nil {
		return fmt.Errorf("keep what was published before: %w", err)
	}
	r.done.Revised = int(tag.RowsAffected())
	// One row of a practice and month counts: the new file says which.
	_, err = tx.Exec(ctx, `
		UPDATE uptake o SET counted = false FROM uptake_new n
		WHERE n.counted AND o.practice_code = n.practice_code AND o.month = n.month AND o.supplier <> n.supplier AND o.counted`)
	if err != nil {
		return fmt.Errorf("tell which system counts: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO uptake AS o (practice_code, month, supplier, counted, name, commissioner, nhs_region, `+figures+`, file_id)
		SELECT practice_code, month, supplier, counted, name, commissioner, nhs_region, `+figures+`, @file FROM uptake_new ORDER BY practice_code, month
		ON CONFLICT (practice_code, month, supplier) DO UPDATE SET counted = excluded.counted, name = excluded.name, commissioner = excluded.commissioner,
			nhs_region = excluded.nhs_region, (`+figures+`, file_id) = (SELECT `+prefixed("excluded")+`, excluded.file_id)
		WHERE (o.counted, `+prefixed("o")+`) IS DISTINCT FROM (excluded.counted, `+prefixed("excluded")+`)`, args)
	if err != nil {
		return fmt.Errorf("merge rows: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE uptake_files SET revised = @revised WHERE id = @file`, pgx.NamedArgs{"revised": r.done.Revised, "file": file})
	if err != nil {
		return fmt.Errorf("note the file: %w", err)
	}
	return nil
}

// prefixed names the figures of one of two tables.
func prefixed(table string) string {
	out := ""
	for i, c := range uptakeColumns[7:] {
		if i > 0 {
			out += ", "
		}
		out += table + "." + c
	}
	return out
}
