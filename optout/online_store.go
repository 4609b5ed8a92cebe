package optout

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

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
		if p.Says == "no" {
			p.Applied, err = applied(ctx, tx, c.Programme, c.Person)
		}
		return err
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
