package optout

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// givenUp is the reason of whoever's record could not be made and is not tried again.
const givenUp = "record given up"

// CloseFailed gives up a record that could not be made after every retry, with
// a reason. The target is asked first whether it has one all the same, which
// is then taken back; the person is closed and not written to again.
func (d *Desk) CloseFailed(ctx context.Context, by campaigns.Viewer, enrolment campaigns.EnrolmentID, reason string) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not close records.")
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.In("reason", fault.Invalid, "Say why it is not tried again, in a few words.")
	}
	e, p, err := d.Register.Enrolment(ctx, by, enrolment)
	if err != nil {
		return err
	}
	return d.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		now, err := d.lock(ctx, tx, []campaigns.PersonID{p.ID})
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			WITH failed AS (
				UPDATE records SET state = 'withdrawing', withdrawing_at = @now, next_attempt_at = @now, attempts = 0
				WHERE enrolment_id = @e AND campaign_id = @campaign AND state = 'failed' RETURNING id
			)
			INSERT INTO record_closings (record_id, campaign_id, enrolment_id, reason, staff_id, closed_at)
			SELECT id, @campaign, @e, @reason, @by, @now FROM failed`,
			pgx.NamedArgs{"now": now, "e": enrolment, "campaign": e.Campaign, "reason": reason, "by": by.ID})
		if err != nil {
			return fmt.Errorf("close record: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "There is no failed record to close.")
		}
		if err := d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "close record", Object: "enrolment", ID: fmt.Sprint(enrolment),
			Campaign: e.Campaign, Detail: map[string]any{"reason": reason}}); err != nil {
			return err
		}
		return d.WorkOut(ctx, tx, now, []campaigns.PersonID{p.ID}, "given up")
	})
}

// mayBeGivenUp are the states in which somebody can be whose record a person
// has given up.
var mayBeGivenUp = []campaigns.State{campaigns.Withdrawing, campaigns.Withdrawn, campaigns.Closed, campaigns.OptedOut, campaigns.Held, campaigns.Ready}

// markGivenUp notes of whom a person has given up the record.
func markGivenUp(ctx context.Context, tx pgx.Tx, situations []situation) error {
	at := map[campaigns.EnrolmentID]int{}
	var ids []campaigns.EnrolmentID
	for i, s := range situations {
		if slices.Contains(mayBeGivenUp, s.state) {
			at[s.enrolment] = i
			ids = append(ids, s.enrolment)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var id campaigns.EnrolmentID
	err := each(ctx, tx, `SELECT enrolment_id FROM record_closings WHERE enrolment_id = ANY(@ids)`, pgx.NamedArgs{"ids": ids}, []any{&id}, func() {
		situations[at[id]].givenUp = true
	})
	if err != nil {
		return fmt.Errorf("read records given up: %w", err)
	}
	return nil
}
