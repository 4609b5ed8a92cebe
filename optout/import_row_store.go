package optout

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// target is somebody whose answer a row is, in one programme.
type target struct {
	person    campaigns.PersonID
	campaign  campaigns.CampaignID
	programme campaigns.ProgrammeID
	mine      bool // in a campaign that the viewer sees
	here      bool // registered at the practice that sent it, now or before
	given     bool // answered so before, or held
}

// importOne enters one row for every programme in which the person is
// enrolled. Whoever else reads a row of the same number waits meanwhile, so
// that nothing is entered twice.
func (d *Desk) importOne(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, practice string, r row) (became, error) {
	args := pgx.NamedArgs{"number": r.number, "says": r.answer.Says, "on": r.answer.ReceivedOn, "channel": r.answer.Channel, "practice": practice,
		"region": by.Region, "code": r.code}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('answer of ' || @number, 0))`, args); err != nil {
		return became{}, fmt.Errorf("wait for others: %w", err)
	}
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT ON (c.programme_id) root.id, c.id, c.programme_id, @region = '' OR c.region_code = @region,
			@practice = '' OR root.practice_code = @practice OR EXISTS (SELECT FROM person_facts f WHERE f.person_id IN (p.id, root.id)
				AND f.kind = 'moved practice' AND f.detail->>'from' = @practice),
			EXISTS (SELECT FROM answers a WHERE a.person_id IN (p.id, root.id) AND a.programme_id = c.programme_id AND a.says = @says
				AND a.received_on = @on AND a.channel = @channel)
			OR EXISTS (SELECT FROM holds h JOIN hold_candidates k ON k.hold_id = h.id WHERE k.person_id IN (p.id, root.id) AND h.programme_id = c.programme_id
				AND h.says = @says AND h.channel = @channel AND (h.received_on = @on OR h.cause = 'date unknown' AND @on::date IS NULL AND h.told->>'code' = @code))
		FROM people p JOIN people root ON root.id = coalesce(p.merged_into, p.id)
		JOIN enrolments e ON e.person_id IN (p.id, root.id) JOIN campaigns c ON c.id = e.campaign_id
		WHERE p.nhs_number = @number ORDER BY c.programme_id, @region = '' OR c.region_code = @region DESC, c.id DESC`, args)
	if err != nil {
		return became{}, fmt.Errorf("find person: %w", err)
	}
	targets, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t target, err error) {
		err = row.Scan(&t.person, &t.campaign, &t.programme, &t.mine, &t.here, &t.given)
		return t, err
	})
	if err != nil {
		return became{}, fmt.Errorf("find person: %w", err)
	}
	if len(targets) == 0 {
		return d.holdUnknown(ctx, tx, by, practice, r)
	}
	all := became{outcome: "already"}
	for _, t := range targets {
		if t.given {
			continue
		}
		one, err := d.importFor(ctx, tx, by, practice, r, t)
		if err != nil {
			return became{}, err
		}
		if all.outcome == "already" || all.outcome == "applied" {
			all = one
		}
	}
	return all, nil
}

// importFor enters one row for one programme.
func (d *Desk) importFor(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, practice string, r row, t target) (became, error) {
	now, err := d.lock(ctx, tx, []campaigns.PersonID{t.person})
	if err != nil {
		return became{}, err
	}
	a := r.answer
	a.Person, a.Campaign, a.Programme = t.person, t.campaign, t.programme
	if !t.mine || a.ReceivedOn.IsZero() {
		cause, outcome := "date unknown", became{"held", intake.AnswerDoubted}
		if !t.mine {
			cause, outcome = "another region", became{"unmatched", intake.PersonElsewhere}
		}
		h := r.hold(cause, practice, now)
		h.Programme = t.programme
		if _, err := d.openHold(ctx, tx, now, by, h, []campaigns.PersonID{t.person}, 0); err != nil {
			return became{}, err
		}
		return outcome, d.WorkOut(ctx, tx, now, []campaigns.PersonID{t.person}, "held")
	}
	at := a.ReceivedOn.Start()
	if a.ReceivedOn == calendar.DateOf(now) {
		at = now
	}
	receipt, err := d.take(ctx, tx, by, a, at)
	switch {
	case err != nil:
		return became{}, err
	case receipt.Held:
		return became{"held", intake.AnswerDoubted}, nil
	case !t.here:
		return became{"applied", intake.OtherPractice}, nil
	}
	return became{outcome: "applied"}, nil
}

// hold is what is kept of a row that a person has to look at. One whose day
// nobody knows counts from today, so that no earlier yes outranks it.
func (r row) hold(cause, practice string, now time.Time) NewHold {
	told := map[string]string{"nhs_number": r.number}
	if practice != "" {
		told["practice"], told["code"] = practice, r.code
	}
	h := NewHold{Cause: cause, Says: r.answer.Says, Channel: r.answer.Channel, ReceivedOn: r.answer.ReceivedOn, Told: told}
	if h.ReceivedOn.IsZero() {
		h.ReceivedOn, told["date"] = calendar.DateOf(now), "unknown"
	}
	return h
}

// holdUnknown keeps an answer of somebody whom no campaign knows yet, once for
// each programme: candidates are sought again after each import.
func (d *Desk) holdUnknown(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, practice string, r row) (became, error) {
	now := d.Clock()
	var known bool
	err := tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM holds WHERE told->>'nhs_number' = @number AND channel = @channel AND says = @says
			AND (received_on = @on OR told->>'date' = 'unknown' AND @on::date IS NULL))`,
		pgx.NamedArgs{"number": r.number, "on": r.answer.ReceivedOn, "channel": r.answer.Channel, "says": r.answer.Says}).Scan(&known)
	if err != nil {
		return became{}, fmt.Errorf("look for hold: %w", err)
	}
	if known {
		return became{outcome: "already"}, nil
	}
	rows, err := tx.Query(ctx, `SELECT id FROM programmes ORDER BY id`)
	if err != nil {
		return became{}, fmt.Errorf("read programmes: %w", err)
	}
	programmes, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.ProgrammeID])
	if err != nil {
		return became{}, fmt.Errorf("read programmes: %w", err)
	}
	if len(programmes) == 0 {
		return became{}, fault.New(fault.Refused, "There is no programme yet to which an answer could belong.")
	}
	for _, p := range programmes {
		h := r.hold("nobody found", practice, now)
		h.Programme = p
		if _, err := d.openHold(ctx, tx, now, by, h, nil, 0); err != nil {
			return became{}, err
		}
	}
	return became{"unmatched", intake.PersonUnknown}, d.watchLate(ctx, tx, now, r.answer.Channel, practice)
}
