package optout

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// WorkOut works the states of people out anew, in every campaign they are in,
// from nothing but what is written down. The people must be locked. It is what
// every fact ends with, and may be repeated at will.
func (d *Desk) WorkOut(ctx context.Context, tx pgx.Tx, now time.Time, people []campaigns.PersonID, event string) error {
	situations, err := d.situations(ctx, tx, now, people, askWrongFiles, askPieces)
	if err != nil {
		return err
	}
	return d.stand(ctx, tx, now, situations, event)
}

// stand is WorkOut of people whose facts, pieces and withdrawn files are gathered.
func (d *Desk) stand(ctx context.Context, tx pgx.Tx, now time.Time, situations []situation, event string) error {
	if err := markGivenUp(ctx, tx, situations); err != nil {
		return err
	}
	type move struct {
		campaign campaigns.CampaignID
		to       campaigns.State
		reason   string
	}
	moves := map[move][]campaigns.EnrolmentID{}
	var waits, gone []windowRow
	for _, s := range situations {
		o := workOut(s)
		if o.release || o.withdraw {
			if err := d.turnRecord(ctx, tx, now, s, o); err != nil {
				return err
			}
		}
		// Whoever stays is not touched: a wave may be taking him on just now.
		if m := (move{s.campaign, o.state, o.reason}); o.state != s.state || o.reason != s.reason {
			moves[m] = append(moves[m], s.enrolment)
		}
		row := windowRow{s.campaign, s.enrolment, s.person, o.closesOn}
		if o.closesOn.IsZero() {
			gone = append(gone, row)
		} else {
			waits = append(waits, row)
		}
	}
	for m, ids := range moves {
		if _, err := d.Register.Move(ctx, tx, now, m.campaign, ids, m.to, event, m.reason); err != nil {
			return err
		}
	}
	if err := keepWindows(ctx, tx, now, waits, gone); err != nil {
		return err
	}
	return d.findUnmoved(ctx, tx, now, situations)
}

// findUnmoved raises an alarm for whoever could not come where the facts say:
// the fact is kept, the state is wrong, and a person has to look.
func (d *Desk) findUnmoved(ctx context.Context, tx pgx.Tx, now time.Time, situations []situation) error {
	for _, s := range situations {
		if to := workOut(s).state; to != s.state && !campaigns.May(s.state, to) {
			sentence := fmt.Sprintf("A fact did not fit: an enrolment is %s and should be %s.", s.state, to)
			if err := d.Register.Raise(ctx, tx, now, "state", fmt.Sprintf("%d:%d", s.campaign, s.enrolment), sentence); err != nil {
				return err
			}
		}
	}
	return nil
}

type windowRow struct {
	campaign  campaigns.CampaignID
	enrolment campaigns.EnrolmentID
	person    campaigns.PersonID
	closesOn  calendar.Date
}

// keepWindows keeps one row for everybody who waits for a record, and none for the rest.
func keepWindows(ctx context.Context, tx pgx.Tx, now time.Time, waits, gone []windowRow) error {
	columns := func(rows []windowRow) pgx.NamedArgs {
		var c []campaigns.CampaignID
		var e []campaigns.EnrolmentID
		var p []campaigns.PersonID
		var closes []calendar.Date
		for _, r := range rows {
			c, e, p, closes = append(c, r.campaign), append(e, r.enrolment), append(p, r.person), append(closes, r.closesOn)
		}
		return pgx.NamedArgs{"c": c, "e": e, "p": p, "closes": closes, "today": calendar.DateOf(now)}
	}
	if len(waits) > 0 {
		_, err := tx.Exec(ctx, `
			INSERT INTO windows AS w (campaign_id, enrolment_id, person_id, opened_on, closes_on)
			SELECT c, e, p, @today, closes FROM unnest(@c::int[], @e::bigint[], @p::bigint[], @closes::date[]) u (c, e, p, closes)
			ON CONFLICT (campaign_id, enrolment_id) DO UPDATE
			SET closes_on = excluded.closes_on, person_id = excluded.person_id, blocked_by = NULL, blocked_version = NULL, blocked_clause = NULL
			WHERE w.closes_on <> excluded.closes_on OR w.person_id <> excluded.person_id OR w.blocked_by IS NOT NULL`, columns(waits))
		if err != nil {
			return fmt.Errorf("keep windows: %w", err)
		}
	}
	if len(gone) > 0 {
		_, err := tx.Exec(ctx, `
			DELETE FROM windows w USING unnest(@c::int[], @e::bigint[]) u (c, e) WHERE w.campaign_id = u.c AND w.enrolment_id = u.e`, columns(gone))
		if err != nil {
			return fmt.Errorf("end windows: %w", err)
		}
	}
	return nil
}

// turnRecord lets a reserved record go that never left, or asks for a live one back.
func (d *Desk) turnRecord(ctx context.Context, tx pgx.Tx, now time.Time, s situation, o outcome) error {
	to := "withdrawing"
	if o.release {
		to = "released"
	}
	_, err := tx.Exec(ctx, `
		UPDATE records SET state = @to, withdrawing_at = CASE WHEN @to = 'withdrawing' THEN @now::timestamptz END, next_attempt_at = @now, attempts = 0
		WHERE id = @id AND state IN ('reserved', 'leaving', 'live', 'failed')`,
		pgx.NamedArgs{"to": to, "now": now, "id": s.record.id})
	if err != nil {
		return fmt.Errorf("turn record: %w", err)
	}
	return nil
}
