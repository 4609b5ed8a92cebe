package optout

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Knock checks a code and a date of birth. A typing error is a fault.Invalid
// that counts as no attempt. Every other failure is the same
// fault.Unauthenticated, or fault.TooMany once the network from which it comes
// has failed too often; a right proof passes all the same.
func (d *Desk) Knock(ctx context.Context, typed string, born calendar.Date, from string) (Caller, error) {
	code, err := NormaliseCode(typed)
	if err != nil {
		return Caller{}, err
	}
	now := d.Clock()
	from = hex.EncodeToString(d.CodeMaker.mac("network:"+from, d.CodeMaker.Newest)[:12]) // nobody's address is kept
	var c Caller
	var bornOn calendar.Date
	var mac []byte
	err = d.Pool.QueryRow(ctx, `
		SELECT x.mac, x.campaign_id, k.programme_id, x.enrolment_id, coalesce(p.merged_into, p.id), x.piece_id, p.born_on
		FROM codes x JOIN campaigns k ON k.id = x.campaign_id JOIN people p ON p.id = x.person_id WHERE x.mac = ANY(@macs)`,
		pgx.NamedArgs{"macs": d.CodeMaker.macs(code)}).Scan(&mac, &c.Campaign, &c.Programme, &c.Enrolment, &c.Person, &c.Piece, &bornOn)
	switch {
	case err == nil && !born.IsZero() && born == bornOn:
		return c, nil
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return Caller{}, fmt.Errorf("look for code: %w", err)
	}
	var recent int
	failed := d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if _, err := tx.Exec(ctx, `INSERT INTO failures (kind, key, at) VALUES ('code', @from, @now)`, pgx.NamedArgs{"from": from, "now": now}); err != nil {
			return fmt.Errorf("count failure: %w", err)
		}
		if err == nil {
			return d.countWrongBirth(ctx, tx, mac, c)
		}
		return nil
	})
	if failed != nil {
		return Caller{}, failed
	}
	err = d.Pool.QueryRow(ctx, `SELECT count(*) FROM failures WHERE kind = 'code' AND key = @from AND at > @since`,
		pgx.NamedArgs{"from": from, "since": now.Add(-failuresWithin)}).Scan(&recent)
	if err != nil {
		return Caller{}, fmt.Errorf("count failures: %w", err)
	}
	if recent > failuresAllowed {
		return Caller{}, fault.New(fault.TooMany, "There were many attempts that did not match. You can try again in ten minutes, or answer by phone or with the form.")
	}
	return Caller{}, noFit()
}

// countWrongBirth counts wrong dates of birth for a real code; three raise a
// hold: wrongly held is a late record, wrongly ignored is a breach.
func (d *Desk) countWrongBirth(ctx context.Context, tx pgx.Tx, mac []byte, c Caller) error {
	people := []campaigns.PersonID{c.Person}
	now, err := d.lock(ctx, tx, people)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE codes SET wrong_births = least(wrong_births + 1, 1000) WHERE mac = @mac`, pgx.NamedArgs{"mac": mac}); err != nil {
		return fmt.Errorf("count wrong birth: %w", err)
	}
	var n int
	var open bool
	err = tx.QueryRow(ctx, `
		SELECT x.wrong_births, EXISTS (SELECT FROM holds h JOIN hold_candidates k ON k.hold_id = h.id
			WHERE k.person_id = @person AND h.cause = 'wrong date of birth' AND h.programme_id = @programme AND h.settled_at IS NULL)
		FROM codes x WHERE x.mac = @mac`, pgx.NamedArgs{"mac": mac, "person": c.Person, "programme": c.Programme}).Scan(&n, &open)
	if err != nil {
		return fmt.Errorf("count wrong birth: %w", err)
	}
	if n%wrongBirths != 0 || open {
		return nil
	}
	if _, err := d.openHold(ctx, tx, now, campaigns.Viewer{}, NewHold{Programme: c.Programme, Cause: "wrong date of birth", Says: "unknown",
		Channel: campaigns.Web, ReceivedOn: calendar.DateOf(now)}, people, c.Piece); err != nil {
		return err
	}
	return d.WorkOut(ctx, tx, now, people, "held")
}

// AnswerOnline takes an answer from somebody who proved who they are. It was
// received when the request arrived; a form sent again gets the same receipt.
func (d *Desk) AnswerOnline(ctx context.Context, c Caller, says, token string, arrived time.Time, givenBy string) (Receipt, error) {
	if says != "no" && says != "yes" {
		return Receipt{}, fault.In("answer", fault.Invalid, "Choose yes or no.")
	}
	if uuid.Validate(token) != nil {
		return Receipt{}, fault.New(fault.Invalid, "This form is incomplete. Go back and answer again.")
	}
	var r Receipt
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) (err error) {
		r, err = d.take(ctx, tx, campaigns.Viewer{}, Answer{Programme: c.Programme, Campaign: c.Campaign, Person: c.Person, Says: says,
			Channel: campaigns.Web, ReceivedOn: calendar.DateOf(arrived), GivenBy: givenBy, Piece: c.Piece, Token: token}, arrived)
		if err != nil {
			return err
		}
		// The web's watermark follows the clock: nothing older may still come in.
		if !r.Repeated && d.Clock().Sub(arrived) > webPatience {
			return fault.New(fault.Unavailable, "This took too long and was not saved. Please send your answer again.")
		}
		return nil
	})
	return r, err
}

// Position says where somebody's decision stands.
func (d *Desk) Position(ctx context.Context, c Caller) (Position, error) {
	var p Position
	err := pgx.BeginTxFunc(ctx, d.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			SELECT g.name, k.name, k.sender, k.helpline, k.helpline_hours, k.web_address, k.freepost
			FROM campaigns k JOIN programmes g ON g.id = k.programme_id WHERE k.id = @id`, pgx.NamedArgs{"id": c.Campaign}).Scan(
			&p.Programme, &p.Campaign, &p.Sender, &p.Helpline, &p.HelplineHours, &p.WebAddress, &p.Freepost)
		if err != nil {
			return fmt.Errorf("read position: %w", err)
		}
		now := d.Clock()
		situations, err := d.situations(ctx, tx, now, []campaigns.PersonID{c.Person})
		if err != nil {
			return err
		}
		for _, s := range situations {
			if s.enrolment == c.Enrolment {
				p.tell(s, now)
			}
		}
		if p.Says == "" {
			return nil
		}
		err = tx.QueryRow(ctx, `
			SELECT a.reference, a.channel FROM answers a WHERE a.person_id IN (SELECT id FROM people WHERE id = @person OR merged_into = @person)
				AND a.programme_id = @programme AND a.says = @says AND a.received_on = @on
				AND NOT EXISTS (SELECT FROM answer_reversals r WHERE r.answer_id = a.id) ORDER BY a.id DESC LIMIT 1`,
			pgx.NamedArgs{"person": c.Person, "programme": c.Programme, "says": p.Says, "on": p.SaidOn}).Scan(&p.Reference, &p.SaidBy)
		if err != nil {
			return fmt.Errorf("read standing answer: %w", err)
		}
		return nil
	})
	return p, err
}

func (p *Position) tell(s situation, now time.Time) {
	p.Says, p.SaidOn = s.standing.says, s.standing.on
	p.Held = len(s.holds) > 0 || s.standing.sameDay
	for _, n := range s.notices {
		if !n.Void() && !n.PostedOn.IsZero() {
			p.LastDay, p.PostedOn = calendar.Max(p.LastDay, n.ClosesOn), calendar.Max(p.PostedOn, n.PostedOn)
		} else if !n.Void() && p.LastDay.IsZero() {
			p.LastDay = n.PrintedLastOn // sealed, the report of posting still to come
		}
	}
	p.Over = !p.LastDay.IsZero() && p.LastDay.Before(calendar.DateOf(now))
	if s.record != nil && (s.record.state == "live" || s.record.state == "withdrawing" || s.record.state == "withdrawn") {
		p.Record = s.record.state
		p.RecordOn = calendar.DateOf(s.record.liveAt)
		p.WithdrawnOn = calendar.DateOf(s.record.withdrawnAt)
	}
}
