package optout

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
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
	first               bool // it has not left before
}

// SendDue moves at most limit records that wait for a target: the gate is
// asked again and the send marked as leaving, committed, sent, and the answer
// written down; withdrawals go the same way. It returns how many it handled.
func (d *Desk) SendDue(ctx context.Context, limit int) (int, error) {
	for handled := 0; ; {
		leaving, n, err := d.markLeaving(ctx, min(sendChunk, limit-handled))
		if err != nil || n == 0 {
			return handled, err
		}
		handled += n
		if err := d.send(ctx, leaving); err != nil || handled >= limit {
			return handled, err
		}
	}
}

const (
	sendChunk = 25              // records about which the gate is asked in one transaction
	goodFor   = 5 * time.Second // how long its yes lets them leave
)

const dueState = `r.state IN ('reserved', 'leaving', 'withdrawing') AND r.next_attempt_at <= @now`

// markLeaving takes the next records that are due, n of them, and returns
// those to be sent. For creations the gate is asked again in this transaction,
// whose commit is what lets the sends leave.
func (d *Desk) markLeaving(ctx context.Context, limit int) (leaving []sending, n int, err error) {
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		leaving = nil
		rows, err := tx.Query(ctx, `
			SELECT r.id::text FROM records r JOIN people p ON p.id = r.person_id WHERE `+dueState+`
			ORDER BY r.next_attempt_at, r.id LIMIT @limit FOR UPDATE OF p SKIP LOCKED`, pgx.NamedArgs{"now": now, "limit": limit})
		if err != nil {
			return fmt.Errorf("find records to send: %w", err)
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if n = len(ids); err != nil || n == 0 {
			return err
		}
		now = d.Clock() // under the people's locks
		// Under them the rows may have moved on since they were found.
		rows, err = tx.Query(ctx, `
			SELECT r.id::text, r.registry, r.state, g.name, r.campaign_id, r.enrolment_id, r.person_id, r.evidence_sha256, r.attempts
			FROM records r JOIN programmes g ON g.id = r.programme_id WHERE r.id = ANY(@ids::uuid[]) AND `+dueState+`
			ORDER BY r.campaign_id, r.next_attempt_at, r.id`, pgx.NamedArgs{"now": now, "ids": ids})
		if err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		due, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s sending, err error) {
			return s, row.Scan(&s.id, &s.registry, &s.state, &s.programme, &s.campaign, &s.enrolment, &s.person, &s.evidence, &s.attempts)
		})
		if err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		var creations []sending
		for _, s := range due {
			switch {
			case s.state != "withdrawing":
				creations = append(creations, s)
			case s.registry != OwnLedger:
				leaving = append(leaving, s)
			default:
				if err := d.withdrawn(ctx, tx, now, s); err != nil {
					return err
				}
			}
		}
		for len(creations) > 0 {
			same := 1
			for same < len(creations) && creations[same].campaign == creations[0].campaign {
				same++
			}
			allowed, err := d.askAgain(ctx, tx, now, creations[:same])
			if err != nil {
				return err
			}
			leaving, creations = append(leaving, allowed...), creations[same:]
		}
		return d.noteAttempts(ctx, tx, now, leaving)
	})
	return leaving, n, err
}

// askAgain is the second asking of the gate, about some creations of one
// campaign. It is asked before every repeat too: a send whose fate is unsure
// waits while something holds it back, and goes on under the same id
// afterwards. Those that may leave are returned, marked.
func (d *Desk) askAgain(ctx context.Context, tx pgx.Tx, now time.Time, list []sending) (leaving []sending, err error) {
	people := make([]campaigns.PersonID, len(list))
	ids := make([]string, len(list))
	for i, s := range list {
		people[i], ids[i] = s.person, s.id
	}
	asked, err := d.askGate(ctx, tx, now, asking{campaign: list[0].campaign, people: people, leases: ids, read: d.Register.LockSignals})
	if err != nil {
		return nil, err
	}
	allowed := map[campaigns.EnrolmentID]bool{}
	for _, a := range asked {
		allowed[a.enrolment] = a.verdict.Allowed
	}
	var unsure, never []string
	var back []campaigns.PersonID
	for _, s := range list {
		switch {
		case allowed[s.enrolment]:
			s.state, s.first = "leaving", s.state == "reserved"
			leaving = append(leaving, s)
		case s.state == "leaving":
			unsure = append(unsure, s.id)
		default:
			never, back = append(never, s.id), append(back, s.person)
		}
	}
	args := pgx.NamedArgs{"now": now, "later": now.Add(webLag), "ids": ids, "unsure": unsure, "never": never}
	if _, err := tx.Exec(ctx, `UPDATE records SET next_attempt_at = @later WHERE id = ANY(@unsure::uuid[])`, args); err != nil {
		return nil, fmt.Errorf("put off: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE records SET state = 'released' WHERE id = ANY(@never::uuid[]) AND state = 'reserved'`, args); err != nil {
		return nil, fmt.Errorf("release records: %w", err)
	}
	if _, err := tx.Exec(ctx, `
		UPDATE records SET state = 'leaving', leaving_at = @now, attempts = 0 WHERE id = ANY(@ids::uuid[]) AND state = 'reserved'`, args); err != nil {
		return nil, fmt.Errorf("mark leaving: %w", err)
	}
	if len(back) == 0 {
		return leaving, nil
	}
	return leaving, d.WorkOut(ctx, tx, now, back, "gate said no at the send")
}

// noteAttempts counts a send, and says when it is due again should nothing be heard.
func (d *Desk) noteAttempts(ctx context.Context, tx pgx.Tx, now time.Time, list []sending) error {
	ids, next := make([]string, len(list)), make([]time.Time, len(list))
	for i, s := range list {
		ids[i], next[i] = s.id, now.Add(retries[min(s.attempts, len(retries)-1)])
	}
	_, err := tx.Exec(ctx, `
		UPDATE records r SET attempts = r.attempts + 1, next_attempt_at = u.next FROM unnest(@ids::uuid[], @next::timestamptz[]) u (id, next) WHERE r.id = u.id`,
		pgx.NamedArgs{"ids": ids, "next": next})
	if err != nil {
		return fmt.Errorf("note attempts: %w", err)
	}
	return nil
}

// sent is what a target answered.
type sent struct {
	sending
	targetID string
	answer   error
}

// send talks to the targets, outside any transaction, and writes their answers
// down. What the gate allowed and could not leave at once, or would have gone
// to a target that refuses, is put back, to be asked about again.
func (d *Desk) send(ctx context.Context, list []sending) error {
	good, end := context.WithTimeout(ctx, goodFor)
	defer end()
	var made, others []sent
	var unsent []sending
	var err error
	refused := map[string]bool{}
	for _, s := range list {
		still := good.Err() == nil && !refused[s.registry]
		if still {
			var e error
			if still, e = d.stillLeaves(ctx, s); e != nil {
				err, still = errors.Join(err, e), false
			}
		}
		if !still {
			unsent = append(unsent, s)
			continue
		}
		target, ok := d.Registries[s.registry]
		if !ok {
			err = fault.New(fault.Unavailable, "There is no target called %s.", s.registry)
			unsent = append(unsent, s)
			continue
		}
		a := sent{sending: s}
		request := registry.Request{ID: s.id, Programme: s.programme, PersonID: int64(s.person), EvidenceID: hex.EncodeToString(s.evidence)}
		if s.state == "withdrawing" {
			a.answer = target.Withdraw(ctx, request)
		} else {
			a.targetID, a.answer = target.Create(ctx, request)
		}
		if s.state == "leaving" && a.answer == nil {
			made = append(made, a)
		} else {
			others = append(others, a)
		}
		refused[s.registry] = errors.Is(a.answer, registry.ErrRefused)
	}
	// Whatever was said is written down even when the sender is being stopped.
	ctx = context.WithoutCancel(ctx)
	err = errors.Join(err, d.putBack(ctx, unsent), d.made(ctx, made))
	for _, a := range others {
		err = errors.Join(err, d.answered(ctx, a))
	}
	return err
}

// putBack has records that did not leave wait as they did before.
func (d *Desk) putBack(ctx context.Context, list []sending) error {
	if len(list) == 0 {
		return nil
	}
	var people []campaigns.PersonID
	var ids, first []string
	for _, s := range list {
		people, ids = append(people, s.person), append(ids, s.id)
		if s.first {
			first = append(first, s.id)
		}
	}
	return d.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		now, err := d.lock(ctx, tx, people)
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"ids": ids, "first": first, "now": now}
		if _, err := tx.Exec(ctx, `
			UPDATE records SET attempts = greatest(attempts - 1, 0), next_attempt_at = @now
			WHERE id = ANY(@ids::uuid[]) AND state IN ('leaving', 'withdrawing')`, args); err != nil {
			return fmt.Errorf("put back: %w", err)
		}
		if _, err := tx.Exec(ctx, `
			UPDATE records SET state = 'reserved', leaving_at = NULL WHERE id = ANY(@first::uuid[]) AND state = 'leaving'`, args); err != nil {
			return fmt.Errorf("put back: %w", err)
		}
		return nil
	})
}
