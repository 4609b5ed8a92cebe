package optout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout/registry"
)

// made writes down that a target has made records. One that was asked back
// meanwhile stays asked back.
func (d *Desk) made(ctx context.Context, list []sent) error {
	if len(list) == 0 {
		return nil
	}
	var people []campaigns.PersonID
	var ids, targets []string
	for _, a := range list {
		people, ids, targets = append(people, a.person), append(ids, a.id), append(targets, a.targetID)
	}
	return d.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		now, err := d.lock(ctx, tx, people)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE records r SET state = CASE WHEN state = 'leaving' THEN 'live' ELSE state END, live_at = coalesce(live_at, @now), target_id = u.target,
				next_attempt_at = CASE WHEN state = 'leaving' THEN NULL ELSE next_attempt_at END
			FROM unnest(@ids::uuid[], @targets::text[]) u (id, target) WHERE r.id = u.id AND r.state IN ('leaving', 'withdrawing')`,
			pgx.NamedArgs{"ids": ids, "targets": targets, "now": now})
		if err != nil {
			return fmt.Errorf("write receipts: %w", err)
		}
		return d.WorkOut(ctx, tx, now, people, "target answered")
	})
}

// answered writes down any other answer: to a withdrawal, or that a record was
// not made, or not for sure.
func (d *Desk) answered(ctx context.Context, a sent) error {
	return d.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		now, err := d.lock(ctx, tx, []campaigns.PersonID{a.person})
		if err != nil {
			return err
		}
		if a.state == "withdrawing" {
			switch {
			case a.answer == nil:
				return d.withdrawn(ctx, tx, now, a.sending)
			case errors.Is(a.answer, registry.ErrNotThere):
				return d.neverThere(ctx, tx, now, a.sending)
			}
			return nil // tried again at its time
		}
		return d.notMade(ctx, tx, now, a)
	})
}

// notMade writes down that a target did not make a record, or not for sure. A
// record that was asked back meanwhile stays asked back, whatever it did.
func (d *Desk) notMade(ctx context.Context, tx pgx.Tx, now time.Time, s sent) error {
	switch {
	case errors.Is(s.answer, registry.ErrNoConsent):
		_, err := tx.Exec(ctx, `UPDATE records SET state = 'released', failure = 'the target names missing consent' WHERE id = @id AND state IN ('leaving', 'withdrawing')`,
			pgx.NamedArgs{"id": s.id})
		if err != nil {
			return fmt.Errorf("write refusal: %w", err)
		}
		c, err := d.Register.CampaignByID(ctx, tx, s.campaign)
		if err != nil {
			return err
		}
		_, err = d.take(ctx, tx, campaigns.Viewer{}, Answer{Programme: c.Programme, Campaign: s.campaign, Person: s.person, Says: "no",
			Channel: campaigns.National, ReceivedOn: calendar.DateOf(now)}, now)
		return err
	case errors.Is(s.answer, registry.ErrRefused):
		if err := d.Register.SetSignal(ctx, tx, now, campaigns.PauseRegistry(s.registry), now, calendar.Date{}, "The target refuses our requests.", 0, 0); err != nil {
			return err
		}
		if err := d.Register.Raise(ctx, tx, now, "registry", s.registry, "The target "+s.registry+" refuses our requests; no records are made there."); err != nil {
			return err
		}
		return d.failed(ctx, tx, now, s.sending, "the target refuses")
	case s.attempts+1 >= len(retries):
		return d.failed(ctx, tx, now, s.sending, "no clear answer after every retry")
	default:
		return nil // unsure: the same request again, at its time
	}
}

func (d *Desk) failed(ctx context.Context, tx pgx.Tx, now time.Time, s sending, why string) error {
	_, err := tx.Exec(ctx, `UPDATE records SET state = 'failed', failure = @why, next_attempt_at = NULL WHERE id = @id AND state = 'leaving'`,
		pgx.NamedArgs{"why": why, "id": s.id})
	if err != nil {
		return fmt.Errorf("note failure: %w", err)
	}
	return d.WorkOut(ctx, tx, now, []campaigns.PersonID{s.person}, "not made")
}

// withdrawn notes that a record is gone, and works out what follows.
func (d *Desk) withdrawn(ctx context.Context, tx pgx.Tx, now time.Time, s sending) error {
	tag, err := tx.Exec(ctx, `UPDATE records SET state = 'withdrawn', withdrawn_at = @now, next_attempt_at = NULL WHERE id = @id AND state = 'withdrawing'`,
		pgx.NamedArgs{"now": now, "id": s.id})
	if err != nil {
		return fmt.Errorf("note withdrawal: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	if _, err := d.Register.Move(ctx, tx, now, s.campaign, []campaigns.EnrolmentID{s.enrolment}, campaigns.Withdrawn, "withdrawn", ""); err != nil {
		return err
	}
	return d.WorkOut(ctx, tx, now, []campaigns.PersonID{s.person}, "withdrawn")
}

// neverThere notes that the target had no record to take back: nothing was
// made, unless it was seen there, or an earlier asking may have taken it away.
func (d *Desk) neverThere(ctx context.Context, tx pgx.Tx, now time.Time, s sending) error {
	if s.attempts > 0 {
		return d.withdrawn(ctx, tx, now, s)
	}
	tag, err := tx.Exec(ctx, `UPDATE records SET state = 'released', next_attempt_at = NULL WHERE id = @id AND state = 'withdrawing' AND live_at IS NULL`,
		pgx.NamedArgs{"id": s.id})
	if err != nil {
		return fmt.Errorf("note that nothing was made: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return d.withdrawn(ctx, tx, now, s)
	}
	return d.WorkOut(ctx, tx, now, []campaigns.PersonID{s.person}, "nothing was made")
}

// Retry sends a failed record again from the gate on, with a reason in the audit.
func (d *Desk) Retry(ctx context.Context, by campaigns.Viewer, enrolment campaigns.EnrolmentID, reason string) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not retry records.")
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
			UPDATE records SET state = 'leaving', attempts = 0, next_attempt_at = @now, failure = '' WHERE enrolment_id = @e AND state = 'failed'`,
			pgx.NamedArgs{"now": now, "e": enrolment})
		if err != nil {
			return fmt.Errorf("retry record: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "There is no failed record to try again.")
		}
		if err := d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "retry record", Object: "enrolment", ID: fmt.Sprint(enrolment),
			Campaign: e.Campaign, Detail: map[string]any{"reason": reason}}); err != nil {
			return err
		}
		return d.WorkOut(ctx, tx, now, []campaigns.PersonID{p.ID}, "retried")
	})
}
