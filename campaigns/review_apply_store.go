package campaigns

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// toApply is what an application of a file begins with.
type toApply struct {
	ready bool // rows are staged; else the file is being read again
	rows  int  // staged, each of which ends as enrolled or already enrolled
}

// applying is the advisory lock of whoever applies a file: one at a time, so
// that what two files say of one person is never merged unseen.
const applying = 0x636f686f7274 // "cohort"

// rowsToApply leaves in cohort_rows exactly the rows of an accepted file that
// are to be applied now: as people decided, without those that wait for a
// decision, and without those whose person was changed by something else
// since they were looked at. These wait, and come back for a second look.
func (r *Register) rowsToApply(ctx context.Context, tx pgx.Tx, now time.Time, h Cohort) (toApply, error) {
	if h.State != "accepted" {
		return toApply{}, fault.New(fault.Refused, "This file has not been accepted by anybody.")
	}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(applying)); err != nil {
		return toApply{}, fmt.Errorf("wait for other files: %w", err)
	}
	r.tell(ctx, h.ID, "comparing", 0, 100, 0)
	staged, err := stagedRows(ctx, tx, h.ID)
	if err != nil {
		return toApply{}, err
	}
	args := pgx.NamedArgs{"id": h.ID, "now": now}
	if !h.Applied() && staged != h.Accepted { // a crash emptied the staging table: it is read again and shown again
		if _, err := tx.Exec(ctx, `UPDATE cohorts SET state = 'received', decided_by = NULL, decided_at = NULL WHERE id = @id`, args); err != nil {
			return toApply{}, fmt.Errorf("read cohort again: %w", err)
		}
		return toApply{}, r.Queue.ReadCohort(ctx, tx, h.ID)
	}
	steps := []string{swapTwice, leaveOut, replaceAlike, holdOpen, holdChanged}
	if h.Applied() {
		steps = []string{bringDecided, leaveOut, replaceAlike, holdChanged}
	}
	columns := strings.Join(stagingColumns, ", ")
	err = whole(ctx, tx, func() error {
		for _, sql := range steps {
			if _, err := tx.Exec(ctx, strings.NewReplacer("$columns", columns, "$w.columns", "w."+strings.Join(stagingColumns, ", w.")).Replace(sql), args); err != nil {
				return fmt.Errorf("choose rows to apply: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return toApply{}, err
	}
	if staged, err = stagedRows(ctx, tx, h.ID); err != nil {
		return toApply{}, err
	}
	r.tell(ctx, h.ID, "enrolling", 10, 100, staged/10)
	return toApply{true, staged}, nil
}

// swapTwice puts the later row of a number in the place of the first where a
// person chose it, and takes out both where they are two people.
const swapTwice = `
	WITH chosen AS (
		SELECT other_line, max(line) FILTER (WHERE decision = 'apply') AS line, bool_or(decision = 'both') AS two_people FROM cohort_conflicts
		WHERE cohort_id = @id AND kind = 'twice' AND decision IN ('apply', 'both') GROUP BY other_line
	), gone AS (
		DELETE FROM cohort_rows w USING chosen c WHERE w.cohort_id = @id AND w.line = c.other_line RETURNING w.line
	)
	INSERT INTO cohort_rows ($columns)
	SELECT $columns FROM cohort_others WHERE cohort_id = @id AND line IN (SELECT line FROM chosen WHERE NOT two_people)
		AND (SELECT count(*) FROM gone) >= 0`

const leaveOut = `
	DELETE FROM cohort_rows w USING cohort_conflicts c
	WHERE c.cohort_id = @id AND c.kind <> 'twice' AND c.settled_at IS NULL AND (c.decision = 'discard' OR c.decision = 'both' AND c.kind <> 'alike')
		AND w.cohort_id = @id AND w.line = c.line`

// replaceAlike has a row's number replace the one under which somebody just
// like this is held, where a person said that they are one.
const replaceAlike = `
	UPDATE cohort_rows w SET superseded_by = w.nhs_number, nhs_number = p.nhs_number FROM cohort_conflicts c JOIN people p ON p.id = c.person_id
	WHERE c.cohort_id = @id AND c.kind = 'alike' AND c.decision = 'apply' AND c.settled_at IS NULL AND w.cohort_id = @id AND w.line = c.line`

// holdOpen keeps back rows that may be about somebody else until a person says.
const holdOpen = `
	WITH held AS (
		DELETE FROM cohort_rows w USING cohort_conflicts c
		WHERE c.cohort_id = @id AND c.kind IN ('person', 'alike') AND c.decision IS NULL AND w.cohort_id = @id AND w.line = c.line
		RETURNING $w.columns
	)
	INSERT INTO cohort_waiting ($columns) SELECT $columns FROM held`

// holdChanged keeps back rows that nobody looked at beside what is held now.
// The people are locked, so that what is compared is what will be changed.
var holdChanged = `
	WITH told AS MATERIALIZED (
		SELECT w.line, p.id AS person, d.differs, ` + heldHash + ` AS hash
		FROM ` + toldDifferently + `
		WHERE w.cohort_id = @id AND d.differs <> '{}' ORDER BY p.id FOR UPDATE OF p
	), changed AS MATERIALIZED (
		SELECT t.line, t.person, t.differs, t.hash FROM told t WHERE NOT EXISTS (
			SELECT FROM cohort_conflicts c WHERE c.cohort_id = @id AND c.line = t.line AND c.person_id = t.person AND c.held_hash = t.hash)
	), seen AS (
		UPDATE cohort_conflicts c SET kind = 'changed', person_id = n.person, differs = n.differs, held_hash = n.hash, decision = NULL,
			decided_by = NULL, decided_at = NULL, settled_at = NULL
		FROM changed n WHERE c.cohort_id = @id AND c.line = n.line AND c.kind <> 'twice' RETURNING c.line
	), fresh AS (
		INSERT INTO cohort_conflicts (cohort_id, kind, line, person_id, differs, held_hash)
		SELECT @id, 'changed', line, person, differs, hash FROM changed WHERE line NOT IN (SELECT line FROM seen) ORDER BY line
	), held AS (
		DELETE FROM cohort_rows w USING changed n WHERE w.cohort_id = @id AND w.line = n.line RETURNING $w.columns
	)
	INSERT INTO cohort_waiting ($columns) SELECT $columns FROM held`

// bringDecided stages the waiting rows that were decided since, in the
// transaction that applies them: whatever cuts it off, they wait as before.
const bringDecided = `
	WITH moved AS (
		DELETE FROM cohort_waiting w USING cohort_conflicts c
		WHERE c.cohort_id = @id AND c.settled_at IS NULL AND c.decision IS NOT NULL AND w.cohort_id = @id AND w.line = c.line
		RETURNING $w.columns
	)
	INSERT INTO cohort_rows ($columns) SELECT $columns FROM moved`

// noteApplied writes down what came of the application and empties the
// staging. What was neither applied nor waits was left out by somebody.
func (r *Register) noteApplied(ctx context.Context, tx pgx.Tx, now time.Time, id CohortID, done Enrolled) error {
	args := pgx.NamedArgs{"now": now, "enrolled": done.People, "already": done.Already, "id": id}
	for _, sql := range []string{
		`UPDATE cohort_conflicts c SET settled_at = @now WHERE cohort_id = @id AND settled_at IS NULL
			AND NOT EXISTS (SELECT FROM cohort_waiting w WHERE w.cohort_id = @id AND w.line = c.line)`,
		`UPDATE cohorts h SET state = 'applied', applied_at = coalesce(applied_at, @now), enrolled = enrolled + @enrolled, already = already + @already,
			waiting = n.waiting, discarded = accepted - enrolled - @enrolled - already - @already - n.waiting
		FROM (SELECT count(*)::int AS waiting FROM cohort_waiting WHERE cohort_id = @id) n WHERE h.id = @id`,
		`DELETE FROM cohort_rows WHERE cohort_id = @id`,
		`DELETE FROM cohort_others WHERE cohort_id = @id`,
	} {
		if _, err := tx.Exec(ctx, sql, args); err != nil {
			return fmt.Errorf("note applied cohort: %w", err)
		}
	}
	return r.toldLast(ctx, tx, id)
}
