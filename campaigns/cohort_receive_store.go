package campaigns

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// ReceiveCohort keeps a file of people as it came and leaves it to be read.
// The same file again is a conflict that names the first, unless that was
// refused or declined: what it lacked may be there by now. A file that is cut
// off leaves nothing.
func (r *Register) ReceiveCohort(ctx context.Context, by Viewer, campaign, fileName string, file io.Reader) (CohortID, error) {
	c, err := r.Campaign(ctx, by, campaign)
	if err != nil {
		return 0, err
	}
	return r.receive(ctx, by, c.ID, 0, fileName, file)
}

// ReceiveCorrection keeps a file that brings rejected rows of an earlier one
// again, corrected. It joins that one's campaign and stays linked to it.
// Whoever was enrolled with the first is not enrolled twice.
func (r *Register) ReceiveCorrection(ctx context.Context, by Viewer, of CohortID, fileName string, file io.Reader) (CohortID, error) {
	first, err := r.Cohort(ctx, by, of)
	if err != nil {
		return 0, err
	}
	if first.State == "received" || first.State == "reading" {
		return 0, fault.New(fault.Conflict, "File %d is still being read. Send its corrected rows when it has been.", of)
	}
	return r.receive(ctx, by, first.Campaign, of, fileName, file)
}

func (r *Register) receive(ctx context.Context, by Viewer, campaign CampaignID, corrects CohortID, fileName string, file io.Reader) (id CohortID, err error) {
	key := fmt.Sprintf("cohorts/%d/%s", campaign, rand.Text())
	// Written down first: whatever kills this process, the bytes are found and forgotten.
	if _, err := r.Pool.Exec(ctx, `INSERT INTO cohort_uploads (stored_as, began_at) VALUES (@key, @now)`,
		pgx.NamedArgs{"key": key, "now": r.Clock()}); err != nil {
		return 0, fmt.Errorf("begin to receive cohort: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.forgetUpload(context.WithoutCancel(ctx), key))
		}
	}()
	sum, err := r.Files.Put(ctx, key, func(w io.Writer) error {
		_, err := io.Copy(w, file)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("keep cohort file: %w", err)
	}
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		err := tx.QueryRow(ctx, `
			WITH arrived AS (DELETE FROM cohort_uploads WHERE stored_as = @key)
			INSERT INTO cohorts (campaign_id, file_name, sha256, bytes, stored_as, state, received_by, received_at, corrects)
			VALUES (@campaign, @name, @sha, @bytes, @key, 'received', nullif(@by, 0), @now, nullif(@corrects, 0))
			ON CONFLICT (campaign_id, sha256) WHERE state NOT IN ('refused', 'declined') DO NOTHING RETURNING id`,
			pgx.NamedArgs{"campaign": campaign, "name": tidyName(fileName), "sha": sum.SHA256[:], "bytes": sum.Bytes, "key": key, "by": by.ID,
				"now": now, "corrects": corrects}).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return r.receivedBefore(ctx, tx, campaign, sum.SHA256[:])
		}
		if err != nil {
			return fmt.Errorf("receive cohort: %w", err)
		}
		deed := Deed{By: by, Action: "receive cohort", Object: "cohort", ID: fmt.Sprint(id), Campaign: campaign}
		if corrects != 0 {
			deed.Detail = map[string]any{"corrects": corrects}
		}
		if err := r.Audit(ctx, tx, now, deed); err != nil {
			return err
		}
		return r.Queue.ReadCohort(ctx, tx, id)
	})
	return id, err
}

// receivedBefore names the file that the same bytes were received as.
func (r *Register) receivedBefore(ctx context.Context, tx pgx.Tx, campaign CampaignID, sum []byte) error {
	var first CohortID
	var name, who string
	var at time.Time
	err := tx.QueryRow(ctx, `
		SELECT h.id, h.file_name, coalesce(s.name, ''), h.received_at FROM cohorts h LEFT JOIN staff s ON s.id = h.received_by
		WHERE h.campaign_id = @campaign AND h.sha256 = @sum AND h.state NOT IN ('refused', 'declined') ORDER BY h.id LIMIT 1`,
		pgx.NamedArgs{"campaign": campaign, "sum": sum}).Scan(&first, &name, &who, &at)
	if err != nil {
		return fmt.Errorf("find the file received before: %w", err)
	}
	if who != "" {
		who = " from " + who
	}
	return fault.New(fault.Conflict, "This very file was received before, as file %d (%s, on %s%s); it is not taken twice.",
		first, name, calendar.DateOf(at).Plain(), who)
}

// forgetUpload removes what was received of a file that never became one.
func (r *Register) forgetUpload(ctx context.Context, key string) error {
	if err := r.Files.Forget(ctx, key); err != nil {
		return err
	}
	if _, err := r.Pool.Exec(ctx, `DELETE FROM cohort_uploads WHERE stored_as = @key`, pgx.NamedArgs{"key": key}); err != nil {
		return fmt.Errorf("forget upload: %w", err)
	}
	return nil
}

// receivingAtMost is how long receiving one file may take; what is older was cut off.
const receivingAtMost = 24 * time.Hour

// ForgetFiles forgets the bytes of files that were received longer ago than
// the installation keeps them; their facts stay. A file that nobody decided
// about by then is declined. It also forgets what was left of files whose
// receiving a crash cut off. It may be repeated.
func (r *Register) ForgetFiles(ctx context.Context) error {
	limits, err := r.Limits(ctx)
	if err != nil {
		return err
	}
	now := r.Clock()
	old := pgx.NamedArgs{"before": now.AddDate(0, 0, -limits.KeepDays), "cut": now.Add(-receivingAtMost)}
	rows, err := r.Pool.Query(ctx, `SELECT stored_as FROM cohort_uploads WHERE began_at < @cut`, old)
	if err != nil {
		return fmt.Errorf("find uploads cut off: %w", err)
	}
	keys, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("find uploads cut off: %w", err)
	}
	for _, key := range keys {
		if err := r.forgetUpload(ctx, key); err != nil {
			return err
		}
	}
	rows, err = r.Pool.Query(ctx, `SELECT id FROM cohorts WHERE received_at < @before AND forgotten_at IS NULL AND state <> 'accepted' ORDER BY id`, old)
	if err != nil {
		return fmt.Errorf("find old files: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[CohortID])
	if err != nil {
		return fmt.Errorf("find old files: %w", err)
	}
	for _, id := range ids {
		if err := r.forgetFile(ctx, id, limits.KeepDays); err != nil {
			return err
		}
	}
	return nil
}

func (r *Register) forgetFile(ctx context.Context, id CohortID, days int) error {
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		h, err := r.lockCohort(ctx, tx, id)
		if err != nil || h.State == "accepted" || !h.ForgottenAt.IsZero() {
			return err
		}
		if h.State == "received" || h.State == "reading" || h.State == "in review" {
			why := fmt.Sprintf("Nobody decided about the file within %d days, so it was declined.", days)
			if err := r.decline(ctx, tx, now, Viewer{}, h, why); err != nil {
				return err
			}
		}
		// The bytes first: should the row not be written, they are forgotten once more.
		if err := r.Files.Forget(ctx, h.StoredAs); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE cohorts SET forgotten_at = @now WHERE id = @id`, pgx.NamedArgs{"id": id, "now": now}); err != nil {
			return fmt.Errorf("forget file: %w", err)
		}
		return r.Audit(ctx, tx, now, Deed{Action: "forgot the file", Object: "cohort", ID: fmt.Sprint(id), Campaign: h.Campaign})
	})
}
