package campaigns

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
	"duenotice/letters/archive"
)

// Files keeps the files that are received; *archive.Archive does.
type Files interface {
	Put(ctx context.Context, key string, fill func(io.Writer) error) (archive.Sum, error)
	Read(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
}

// Cohort is one received file of people and what became of it.
type Cohort struct {
	ID         CohortID
	Campaign   CampaignID
	Code       string // of the campaign
	FileName   string
	SHA256     []byte
	Bytes      int64
	StoredAs   string
	State      string // received, reading, in review, refused, accepted, declined, applied
	Rows       int    // = Accepted + Rejected
	Accepted   int    // = Enrolled + Already, once applied
	Rejected   int
	Enrolled   int
	Already    int
	Refusal    string
	ReceivedAt time.Time
	DecidedBy  string
}

const cohortSelect = `
	SELECT h.id, h.campaign_id, c.code, h.file_name, h.sha256, h.bytes, h.stored_as, h.state, h.rows, h.accepted, h.rejected, h.enrolled,
		h.already, h.refusal, h.received_at, coalesce(s.name, '')
	FROM cohorts h JOIN campaigns c ON c.id = h.campaign_id LEFT JOIN staff s ON s.id = h.decided_by `

// ReceiveCohort keeps a file of people as it came and leaves it to be read.
// The same file again is a conflict that names the first, unless that was
// refused or declined: what it lacked may be there by now.
func (r *Register) ReceiveCohort(ctx context.Context, by Viewer, campaign, fileName string, file io.Reader) (CohortID, error) {
	c, err := r.Campaign(ctx, by, campaign)
	if err != nil {
		return 0, err
	}
	key := fmt.Sprintf("cohorts/%d/%s", c.ID, rand.Text())
	sum, err := r.Files.Put(ctx, key, func(w io.Writer) error {
		_, err := io.Copy(w, file)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("keep cohort file: %w", err)
	}
	var id CohortID
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO cohorts (campaign_id, file_name, sha256, bytes, stored_as, state, received_by, received_at)
			VALUES (@campaign, @name, @sha, @bytes, @key, 'received', nullif(@by, 0), @now)
			ON CONFLICT (campaign_id, sha256) WHERE state NOT IN ('refused', 'declined') DO NOTHING RETURNING id`,
			pgx.NamedArgs{"campaign": c.ID, "name": fileName, "sha": sum.SHA256[:], "bytes": sum.Bytes, "key": key, "by": by.ID, "now": now}).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return r.receivedBefore(ctx, tx, c.ID, sum.SHA256[:])
		}
		if err != nil {
			return fmt.Errorf("receive cohort: %w", err)
		}
		if err := r.Audit(ctx, tx, now, Deed{By: by, Action: "receive cohort", Object: "cohort", ID: fmt.Sprint(id), Campaign: c.ID}); err != nil {
			return err
		}
		return r.Queue.ReadCohort(ctx, tx, id)
	})
	return id, err
}

// receivedBefore names the file that the same bytes were received as.
func (r *Register) receivedBefore(ctx context.Context, tx pgx.Tx, campaign CampaignID, sum []byte) error {
	var first CohortID
	err := tx.QueryRow(ctx, `
		SELECT id FROM cohorts WHERE campaign_id = @campaign AND sha256 = @sum AND state NOT IN ('refused', 'declined') ORDER BY id LIMIT 1`,
		pgx.NamedArgs{"campaign": campaign, "sum": sum}).Scan(&first)
	if err != nil {
		return fmt.Errorf("find the file received before: %w", err)
	}
	return fault.New(fault.Conflict, "This very file was received before, as file %d; it is not taken twice.", first)
}

// ReadCohort reads a received file into staging, row by row with findings. It
// may be repeated: what an interrupted reading left is thrown away first.
func (r *Register) ReadCohort(ctx context.Context, id CohortID) error {
	practices, err := r.practiceCodes(ctx)
	if err != nil {
		return err
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		h, err := r.lockCohort(ctx, tx, id)
		if err != nil {
			return err
		}
		if h.State != "received" && h.State != "reading" && h.State != "in review" {
			return nil // decided meanwhile
		}
		if _, err := tx.Exec(ctx, `DELETE FROM cohort_rows WHERE cohort_id = @id`, pgx.NamedArgs{"id": id}); err != nil {
			return fmt.Errorf("read cohort: %w", err)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM findings WHERE cohort_id = @id`, pgx.NamedArgs{"id": id}); err != nil {
			return fmt.Errorf("read cohort: %w", err)
		}
		file, err := r.Files.Read(ctx, h.StoredAs, 0, -1)
		if err != nil {
			return err
		}
		defer file.Close()
		rows := newStaging(id, bufio.NewReaderSize(file, 1<<18), intake.Options{
			Today: calendar.DateOf(now), AllowMadeUp: r.Options.MadeUpPeople,
			Practice: func(code string) bool { _, ok := practices[code]; return ok },
		})
		savepoint, err := tx.Begin(ctx)
		if err != nil {
			return fmt.Errorf("read cohort: %w", err)
		}
		_, err = savepoint.CopyFrom(ctx, pgx.Identifier{"cohort_rows"}, stagingColumns, rows)
		rows.stop()
		if refusal := fault.Of(rows.err); refusal != nil {
			if err := savepoint.Rollback(ctx); err != nil {
				return fmt.Errorf("read cohort: %w", err)
			}
			return r.noteCohort(ctx, tx, now, id, "refused", rows, refusal.Sentence)
		}
		if err = errors.Join(rows.err, err); err != nil {
			return fmt.Errorf("read cohort: %w", err)
		}
		if err := savepoint.Commit(ctx); err != nil {
			return fmt.Errorf("read cohort: %w", err)
		}
		return r.noteCohort(ctx, tx, now, id, "in review", rows, "")
	})
}

func (r *Register) noteCohort(ctx context.Context, tx pgx.Tx, now time.Time, id CohortID, state string, rows *staging, refusal string) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"findings"}, []string{"cohort_id", "line", "column_name", "rule", "severity", "shown", "advice"},
		pgx.CopyFromSlice(len(rows.findings), func(i int) ([]any, error) {
			f := rows.findings[i]
			return []any{id, f.Line, f.Column, string(f.Rule), string(f.Severity), f.Shown, f.Advice}, nil
		}))
	if err != nil {
		return fmt.Errorf("note findings: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE cohorts SET state = @state, rows = @rows, accepted = @accepted, rejected = @rejected, refusal = @refusal, read_at = @now WHERE id = @id`,
		pgx.NamedArgs{"state": state, "rows": rows.sum.Rows, "accepted": rows.sum.Accepted, "rejected": rows.sum.Rejected, "refusal": refusal, "now": now, "id": id})
	if err != nil {
		return fmt.Errorf("note cohort: %w", err)
	}
	return nil
}

func (r *Register) lockCohort(ctx context.Context, tx pgx.Tx, id CohortID) (Cohort, error) {
	rows, err := tx.Query(ctx, cohortSelect+`WHERE h.id = @id FOR UPDATE OF h`, pgx.NamedArgs{"id": id})
	if err != nil {
		return Cohort{}, fmt.Errorf("lock cohort: %w", err)
	}
	h, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Cohort])
	return h, orAbsent(err, "cohort")
}

// Cohort finds a received file. One of another region is as absent as none.
func (r *Register) Cohort(ctx context.Context, by Viewer, id CohortID) (Cohort, error) {
	rows, err := r.Pool.Query(ctx, cohortSelect+`WHERE h.id = @id AND (@region = '' OR c.region_code = @region)`, pgx.NamedArgs{"id": id, "region": by.Region})
	if err != nil {
		return Cohort{}, fmt.Errorf("read cohort: %w", err)
	}
	h, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Cohort])
	return h, orAbsent(err, "cohort")
}

// Cohorts lists the received files that a viewer sees, newest first; campaign "" for all.
func (r *Register) Cohorts(ctx context.Context, by Viewer, campaign string) ([]Cohort, error) {
	rows, err := r.Pool.Query(ctx, cohortSelect+`WHERE (@region = '' OR c.region_code = @region) AND (@campaign = '' OR c.code = @campaign) ORDER BY h.id DESC LIMIT 200`,
		pgx.NamedArgs{"region": by.Region, "campaign": campaign})
	if err != nil {
		return nil, fmt.Errorf("list cohorts: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Cohort])
}

// FindingGroup is how often one rule was broken in a file, with some examples.
type FindingGroup struct {
	Rule     string
	Severity string
	Count    int
	Lines    []int32 // the first five
	Shown    []string
	Advice   string
}

// Findings groups what is wrong with a file by rule, most frequent first.
func (r *Register) Findings(ctx context.Context, id CohortID) ([]FindingGroup, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT rule, severity, count(*)::int, (array_agg(line ORDER BY line))[1:5], (array_agg(shown ORDER BY line))[1:5], min(advice)
		FROM findings WHERE cohort_id = @id GROUP BY rule, severity ORDER BY severity = 'reject' DESC, count(*) DESC, rule`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("read findings: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[FindingGroup])
}

// DecideCohort accepts or declines a file that was read. Deciding again the
// same way changes nothing.
func (r *Register) DecideCohort(ctx context.Context, by Viewer, id CohortID, accept bool) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not decide about files of people.")
	}
	if _, err := r.Cohort(ctx, by, id); err != nil {
		return err
	}
	state := "declined"
	if accept {
		state = "accepted"
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		h, err := r.lockCohort(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case h.State == state || accept && h.State == "applied":
			return nil
		case h.State != "in review":
			return fault.New(fault.Conflict, "This file is %s and can no longer be decided about.", h.State)
		}
		_, err = tx.Exec(ctx, `UPDATE cohorts SET state = @state, decided_by = @by, decided_at = @now WHERE id = @id`,
			pgx.NamedArgs{"state": state, "by": by.ID, "now": now, "id": id})
		if err != nil {
			return fmt.Errorf("decide cohort: %w", err)
		}
		if err := r.Audit(ctx, tx, now, Deed{By: by, Action: state + " cohort", Object: "cohort", ID: fmt.Sprint(id), Campaign: h.Campaign}); err != nil {
			return err
		}
		if !accept {
			return nil
		}
		return r.Queue.ApplyCohort(ctx, tx, id)
	})
}
