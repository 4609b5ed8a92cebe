package campaigns

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// ReadCohort reads a received file into staging, row by row with findings,
// asks the gate, and puts beside each other whatever conflicts. It may be
// repeated: what an interrupted reading left is thrown away first, and a file
// that waits for a person is left as it is.
func (r *Register) ReadCohort(ctx context.Context, id CohortID) error {
	practices, err := r.practiceCodes(ctx)
	if err != nil {
		return err
	}
	limits, err := r.Limits(ctx)
	if err != nil {
		return err
	}
	if begun, err := r.beginReading(ctx, id); err != nil || !begun {
		return err
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		h, err := r.lockCohort(ctx, tx, id)
		if err != nil {
			return err
		}
		if h.State != "reading" {
			return nil // read or decided meanwhile
		}
		if err := clearReading(ctx, tx, id); err != nil {
			return err
		}
		file, err := r.Files.Read(ctx, h.StoredAs, 0, -1)
		if err != nil {
			return err
		}
		defer file.Close()
		campaign, err := r.CampaignByID(ctx, tx, h.Campaign)
		if err != nil {
			return err
		}
		c := &cohortReading{Register: r, tx: tx, now: now, file: h, limits: limits, region: campaign.Region, src: &meter{r: file}}
		savepoint, err := tx.Begin(ctx)
		if err != nil {
			return fmt.Errorf("read cohort: %w", err)
		}
		err = c.stage(ctx, savepoint, practices)
		if refusal := fault.Of(err); refusal != nil {
			if err := savepoint.Rollback(ctx); err != nil {
				return fmt.Errorf("read cohort: %w", err)
			}
			return c.note(ctx, "refused", refusal.Sentence)
		}
		if err != nil {
			return fmt.Errorf("read cohort: %w", err)
		}
		if err := savepoint.Commit(ctx); err != nil {
			return fmt.Errorf("read cohort: %w", err)
		}
		return c.note(ctx, "in review", "")
	})
}

// beginReading shows that a file is being read. One that was read whole is
// not read again; one whose staged rows a crash of the database took is.
func (r *Register) beginReading(ctx context.Context, id CohortID) (begun bool, err error) {
	err = r.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		h, err := r.lockCohort(ctx, tx, id)
		if err != nil {
			return err
		}
		switch h.State {
		case "received", "reading":
		case "in review":
			staged, err := stagedRows(ctx, tx, id)
			if err != nil || staged == h.Accepted {
				return err
			}
		default:
			return nil // decided meanwhile
		}
		begun = true
		if _, err := tx.Exec(ctx, `UPDATE cohorts SET state = 'reading' WHERE id = @id`, pgx.NamedArgs{"id": id}); err != nil {
			return fmt.Errorf("begin to read cohort: %w", err)
		}
		return nil
	})
	return begun, err
}

func stagedRows(ctx context.Context, tx pgx.Tx, id CohortID) (n int, err error) {
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM cohort_rows WHERE cohort_id = @id`, pgx.NamedArgs{"id": id}).Scan(&n); err != nil {
		return 0, fmt.Errorf("count staged rows: %w", err)
	}
	return n, nil
}

// clearReading throws away what was read of a file: staged rows, findings, conflicts.
func clearReading(ctx context.Context, tx pgx.Tx, id CohortID) error {
	for _, sql := range []string{
		`DELETE FROM cohort_rows WHERE cohort_id = @id`, `DELETE FROM cohort_others WHERE cohort_id = @id`,
		`DELETE FROM findings WHERE cohort_id = @id`, `DELETE FROM finding_groups WHERE cohort_id = @id`,
		`DELETE FROM cohort_conflicts WHERE cohort_id = @id`,
	} {
		if _, err := tx.Exec(ctx, sql, pgx.NamedArgs{"id": id}); err != nil {
			return fmt.Errorf("clear what was read: %w", err)
		}
	}
	return nil
}

// meter counts the bytes that were read of a file.
type meter struct {
	r io.Reader
	n atomic.Int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n.Add(int64(n))
	return n, err
}

// cohortReading is one reading of one file.
type cohortReading struct {
	*Register
	tx     pgx.Tx
	now    time.Time
	file   Cohort
	limits Limits
	region string // of the campaign
	src    *meter
	rows   *staging
	again  []laterRow
	known  int
	taken  atomic.Int64 // accepted rows so far
}

// laterRow is a row left out because its number stood in the file before.
type laterRow struct {
	person intake.Person
	first  int
}

// conflictsKept is how many such rows are kept to be compared; a file with
// more of them has another fault.
const conflictsKept = 20_000

// Next implements pgx.CopyFromSource, counting.
func (c *cohortReading) Next() bool {
	c.taken.Add(1)
	return c.rows.Next()
}

// Values implements pgx.CopyFromSource.
func (c *cohortReading) Values() ([]any, error) { return c.rows.Values() }

// Err implements pgx.CopyFromSource.
func (c *cohortReading) Err() error { return c.rows.Err() }

func (c *cohortReading) stage(ctx context.Context, tx pgx.Tx, practices map[string]struct{}) error {
	id := c.file.ID
	c.rows = newStaging(id, bufio.NewReaderSize(c.src, 1<<18), intake.Options{
		Today: calendar.DateOf(c.now), AllowMadeUp: c.Options.MadeUpPeople,
		MaxBadShare: 1, // the gate asks
		Practice:    func(code string) bool { _, ok := practices[code]; return ok },
		Again: func(p intake.Person, first int) {
			if len(c.again) < conflictsKept {
				c.again = append(c.again, laterRow{p, first})
			}
		},
	})
	stop := c.tellOften(ctx, id, "reading", c.file.Bytes, func() (int64, int) { return c.src.n.Load(), int(c.taken.Load()) })
	defer stop()
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"cohort_rows"}, stagingColumns, c)
	c.rows.stop()
	if refusal := fault.Of(c.rows.err); refusal != nil {
		return refusal
	}
	if err = errors.Join(c.rows.err, err); err != nil {
		return err
	}
	stop()
	c.tell(ctx, id, "comparing", c.file.Bytes, c.file.Bytes, c.rows.sum.Accepted)
	return whole(ctx, tx, func() error {
		if err := c.gate(ctx, tx); err != nil {
			return err
		}
		return c.compare(ctx, tx)
	})
}

// gate asks whether the file may be what it claims to be.
func (c *cohortReading) gate(ctx context.Context, tx pgx.Tx) error {
	sum := c.rows.sum
	read := reading{rows: sum.Rows, accepted: sum.Accepted, rejected: sum.Rejected, home: -1, known: -1}
	for _, m := range intake.Rules {
		if n := sum.Findings[m.Rule]; m.Severity == intake.Reject && n > 0 && (read.mostOften == "" || n > sum.Findings[intake.Rule(read.worst)]) {
			read.mostOften, read.worst = fmt.Sprintf(" Most often: %s %s", m.Sentence, m.Advice), string(m.Rule)
		}
	}
	err := tx.QueryRow(ctx, `
		WITH per AS (
			SELECT practice_code, count(*) AS rows FROM cohort_rows WHERE cohort_id = @id AND practice_code <> '' GROUP BY practice_code
		), placed AS (
			SELECT per.rows, p.region_code, p.code IS NOT NULL AND `+WithinRegion+` AS home
			FROM per LEFT JOIN practices p ON p.code = per.practice_code
		)
		SELECT coalesce(sum(rows) FILTER (WHERE home), 0)::int, coalesce(sum(rows), 0)::int,
			EXISTS (SELECT FROM practices p WHERE `+WithinRegion+`), (SELECT name FROM regions WHERE code = @region),
			coalesce((SELECT g.name FROM placed o JOIN regions g ON g.code = o.region_code WHERE o.home IS NOT TRUE
				GROUP BY g.code, g.name ORDER BY sum(o.rows) DESC LIMIT 1), '')
		FROM placed`,
		pgx.NamedArgs{"id": c.file.ID, "region": c.region, "day": calendar.DateOf(c.now)}).Scan(&read.home, &read.atPractices, &read.placed, &read.region, &read.elsewhere)
	if err != nil {
		return fmt.Errorf("count practices: %w", err)
	}
	if !read.placed {
		read.home = -1
	}
	err = tx.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM cohort_rows w JOIN people p ON p.nhs_number = w.nhs_number WHERE w.cohort_id = @id)::int,
			EXISTS (SELECT FROM enrolments WHERE campaign_id = @campaign)`,
		pgx.NamedArgs{"id": c.file.ID, "campaign": c.file.Campaign}).Scan(&c.known, &read.begun)
	if err != nil {
		return fmt.Errorf("count known people: %w", err)
	}
	if read.begun && c.file.Corrects == 0 {
		read.known = c.known
	}
	return c.limits.gate(read)
}

// note writes down what was found, and what the file waits for now.
func (c *cohortReading) note(ctx context.Context, state, refusal string) error {
	id, list := c.file.ID, c.rows.findings
	_, err := c.tx.CopyFrom(ctx, pgx.Identifier{"findings"}, []string{"cohort_id", "line", "column_name", "rule", "severity", "shown", "advice"},
		pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
			f := list[i]
			return []any{id, f.Line, f.Column, string(f.Rule), string(f.Severity), f.Shown, f.Advice}, nil
		}))
	if err != nil {
		return fmt.Errorf("note findings: %w", err)
	}
	_, err = c.tx.Exec(ctx, `
		INSERT INTO finding_groups (cohort_id, rule, severity, findings, lines, shown, advice)
		SELECT @id, rule, severity, count(*), (array_agg(line ORDER BY line))[1:5], (array_agg(shown ORDER BY line))[1:5],
			CASE WHEN min(advice) = max(advice) THEN min(advice) ELSE '' END
		FROM findings WHERE cohort_id = @id GROUP BY rule, severity`, pgx.NamedArgs{"id": id})
	if err != nil {
		return fmt.Errorf("group findings: %w", err)
	}
	sum := c.rows.sum
	_, err = c.tx.Exec(ctx, `
		UPDATE cohorts SET state = @state, rows = @rows, accepted = @accepted, rejected = @rejected, known = @known, refusal = @refusal, read_at = @now
		WHERE id = @id`,
		pgx.NamedArgs{"state": state, "rows": sum.Rows, "accepted": sum.Accepted, "rejected": sum.Rejected, "known": c.known, "refusal": refusal,
			"now": c.now, "id": id})
	if err != nil {
		return fmt.Errorf("note cohort: %w", err)
	}
	return c.toldLast(ctx, c.tx, id)
}
