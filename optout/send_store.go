package optout

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout/registry"
)

// retries are the waits between sends of one request before a person decides
// (the schedule that the national record service asks for).
var retries = []time.Duration{time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour}

// sending is one record on its way to or from a target.
type sending struct {
	id, registry, state string
	programme           string
	campaign            campaigns.CampaignID
	enrolment           campaigns.EnrolmentID
	person              campaigns.PersonID
	evidence            []byte
	attempts            int
}

// SendDue moves at most limit records that wait for a target: the gate is
// asked again and the send marked as leaving, committed, sent, and the answer
// written down; withdrawals go the same way. It returns how many it handled.
func (d *Desk) SendDue(ctx context.Context, limit int) (int, error) {
	handled := 0
	for handled < limit {
		s, ok, err := d.markLeaving(ctx)
		if err != nil || !ok {
			return handled, err
		}
		handled++
		if s.state == "" {
			continue // settled within: own ledger, or the gate said no
		}
		if err := d.send(ctx, s); err != nil {
			return handled, err
		}
	}
	return handled, nil
}

const dueRecord = `
	SELECT r.id::text, r.registry, r.state, g.name, r.campaign_id, r.enrolment_id, r.person_id, r.evidence_sha256, r.attempts
	FROM records r JOIN programmes g ON g.id = r.programme_id JOIN people p ON p.id = r.person_id
	WHERE r.state IN ('reserved', 'leaving', 'withdrawing') AND r.next_attempt_at <= @now
	ORDER BY r.next_attempt_at LIMIT 1 FOR UPDATE OF p SKIP LOCKED`

// markLeaving takes the next record that is due. For a creation the gate is
// asked again in this transaction, whose commit is what lets the send leave.
func (d *Desk) markLeaving(ctx context.Context) (s sending, ok bool, err error) {
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		s, ok = sending{}, false
		err := tx.QueryRow(ctx, dueRecord, pgx.NamedArgs{"now": now}).Scan(&s.id, &s.registry, &s.state, &s.programme, &s.campaign, &s.enrolment, &s.person, &s.evidence, &s.attempts)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find records to send: %w", err)
		}
		ok = true
		now = d.Clock() // under the person's lock
		// Under the person's lock the row may have moved on since it was found.
		var due bool
		err = tx.QueryRow(ctx, `SELECT state, attempts, next_attempt_at <= @now AND state IN ('reserved', 'leaving', 'withdrawing') FROM records WHERE id = @id`,
			pgx.NamedArgs{"id": s.id, "now": now}).Scan(&s.state, &s.attempts, &due)
		if err != nil {
			return fmt.Errorf("read record: %w", err)
		}
		switch {
		case !due:
			s.state = ""
			return nil
		case s.state == "withdrawing" && s.registry == OwnLedger:
			err = d.withdrawn(ctx, tx, now, s)
			s.state = ""
			return err
		case s.state == "withdrawing":
			return d.noteAttempt(ctx, tx, now, s)
		}
		return d.askAgainAndLeave(ctx, tx, now, &s)
	})
	return s, ok, err
}

// askAgainAndLeave is the second asking of the gate. It is asked before every
// repeat too: a send whose fate is unsure waits while something holds it back,
// and goes on under the same id afterwards.
func (d *Desk) askAgainAndLeave(ctx context.Context, tx pgx.Tx, now time.Time, s *sending) error {
	list, err := d.askGate(ctx, tx, now, s.campaign, []campaigns.PersonID{s.person}, s.id)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.enrolment == s.enrolment && a.verdict.Allowed {
			_, err := tx.Exec(ctx, `UPDATE records SET state = 'leaving', leaving_at = @now, attempts = 0 WHERE id = @id AND state = 'reserved'`,
				pgx.NamedArgs{"now": now, "id": s.id})
			if err != nil {
				return fmt.Errorf("mark leaving: %w", err)
			}
			s.state = "leaving"
			return d.noteAttempt(ctx, tx, now, *s)
		}
	}
	left := s.state == "leaving"
	s.state = ""
	if left {
		_, err := tx.Exec(ctx, `UPDATE records SET next_attempt_at = @later WHERE id = @id`, pgx.NamedArgs{"id": s.id, "later": now.Add(webLag)})
		if err != nil {
			return fmt.Errorf("put off: %w", err)
		}
		return nil
	}
	_, err = tx.Exec(ctx, `UPDATE records SET state = 'released' WHERE id = @id AND state = 'reserved'`, pgx.NamedArgs{"id": s.id})
	if err != nil {
		return fmt.Errorf("release record: %w", err)
	}
	return d.WorkOut(ctx, tx, now, []campaigns.PersonID{s.person}, "gate said no at the send")
}

func (d *Desk) noteAttempt(ctx context.Context, tx pgx.Tx, now time.Time, s sending) error {
	wait := retries[min(s.attempts, len(retries)-1)]
	_, err := tx.Exec(ctx, `UPDATE records SET attempts = attempts + 1, next_attempt_at = @next WHERE id = @id`,
		pgx.NamedArgs{"next": now.Add(wait), "id": s.id})
	if err != nil {
		return fmt.Errorf("note attempt: %w", err)
	}
	return nil
}

// send talks to the target, outside any transaction, and writes its answer down.
func (d *Desk) send(ctx context.Context, s sending) error {
	target, ok := d.Registries[s.registry]
	if !ok {
		return fault.New(fault.Unavailable, "There is no target called %s.", s.registry)
	}
	request := registry.Request{ID: s.id, Programme: s.programme, PersonID: int64(s.person), EvidenceID: hex.EncodeToString(s.evidence)}
	var targetID string
	var answer error
	if s.state == "withdrawing" {
		answer = target.Withdraw(ctx, request)
	} else {
		targetID, answer = target.Create(ctx, request)
	}
	// Whatever was said is written down even when the sender is being stopped.
	ctx = context.WithoutCancel(ctx)
	return d.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		now, err := d.lock(ctx, tx, []campaigns.PersonID{s.person})
		if err != nil {
			return err
		}
		if s.state == "withdrawing" {
			switch {
			case answer == nil:
				return d.withdrawn(ctx, tx, now, s)
			case errors.Is(answer, registry.ErrNotThere):
				return d.neverThere(ctx, tx, now, s)
			}
			return nil // tried again at its time
		}
		return d.received(ctx, tx, now, s, targetID, answer)
	})
}

// received writes down what a target answered to a creation. A record that was
// asked back meanwhile stays asked back, whatever the target did.
func (d *Desk) received(ctx context.Context, tx pgx.Tx, now time.Time, s sending, targetID string, answer error) error {
	people := []campaigns.PersonID{s.person}
	args := pgx.NamedArgs{"id": s.id, "now": now, "target": targetID}
	switch {
	case answer == nil:
		_, err := tx.Exec(ctx, `
			UPDATE records SET state = CASE WHEN state = 'leaving' THEN 'live' ELSE state END, live_at = coalesce(live_at, @now), target_id = @target,
				next_attempt_at = CASE WHEN state = 'leaving' THEN NULL ELSE next_attempt_at END
			WHERE id = @id AND state IN ('leaving', 'withdrawing')`, args)
		if err != nil {
			return fmt.Errorf("write receipt: %w", err)
		}
	case errors.Is(answer, registry.ErrNoConsent):
		_, err := tx.Exec(ctx, `UPDATE records SET state = 'released', failure = 'the target names missing consent' WHERE id = @id AND state IN ('leaving', 'withdrawing')`, args)
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
	case errors.Is(answer, registry.ErrRefused):
		if err := d.Register.SetSignal(ctx, tx, now, campaigns.PauseRegistry(s.registry), now, calendar.Date{}, "The target refuses our requests.", 0, 0); err != nil {
			return err
		}
		if err := d.Register.Raise(ctx, tx, now, "registry", s.registry, "The target "+s.registry+" refuses our requests; no records are made there."); err != nil {
			return err
		}
		return d.failed(ctx, tx, now, s, "the target refuses")
	case s.attempts+1 >= len(retries):
		return d.failed(ctx, tx, now, s, "no clear answer after every retry")
	default:
		return nil // unsure: the same request again, at its time
	}
	return d.WorkOut(ctx, tx, now, people, "target answered")
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
