package optout

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// PersonOf finds who has an NHS number and a date of birth, as proved by an
// identity service. The patients' role can read neither; it may only ask. A
// pair that fits nobody alive, or several, is a fault.NotFound.
func (d *Desk) PersonOf(ctx context.Context, number string, born calendar.Date) (campaigns.PersonID, error) {
	var found *campaigns.PersonID
	if err := d.Pool.QueryRow(ctx, `SELECT person_of(@number, @born)`, pgx.NamedArgs{"number": number, "born": born}).Scan(&found); err != nil {
		return 0, fmt.Errorf("find whom an identity service named: %w", err)
	}
	if found == nil {
		return 0, fault.New(fault.NotFound, "Nobody in our records has this NHS number and date of birth.")
	}
	return *found, nil
}

// OwnRecord is a record as its person may see it.
type OwnRecord struct {
	Programme   string
	Sender      string
	State       string // live, withdrawing or withdrawn
	Basis       string // silence or yes
	MadeOn      calendar.Date
	WithdrawnOn calendar.Date // when it was taken away, or asked back; none while it stands
	PostedOn    calendar.Date // of the first letter about it
	LastDay     calendar.Date
	Seen        int // how often the person looked at it, this time included
}

// Look is one time that somebody looked at a person's data here.
type Look struct {
	At  time.Time
	Who string // a role of staff, "patient", "vendor" or "system"; never a name
	Why string
}

// SeeRecords shows somebody, proved by an identity service, the records that
// were made of them and who looked at their data. Each showing is counted and
// audited, and is itself the newest look.
func (d *Desk) SeeRecords(ctx context.Context, person campaigns.PersonID) (records []OwnRecord, looks []Look, err error) {
	err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"person": person, "now": now}
		if _, err := tx.Exec(ctx, `
			INSERT INTO record_views (record_id, programme_id, campaign_id, person_id, viewed_at)
			SELECT id, programme_id, campaign_id, @person, @now FROM records
			WHERE person_id IN (SELECT id FROM people WHERE id = @person OR merged_into = @person) AND live_at IS NOT NULL`, args); err != nil {
			return fmt.Errorf("count a view: %w", err)
		}
		err := d.Register.Audit(ctx, tx, now, campaigns.Deed{Kind: "patient", Action: "looked at own record", Object: "person", ID: fmt.Sprint(person)})
		if err != nil {
			return err
		}
		if records, err = ownRecords(ctx, tx, args); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT at, who, why FROM looks_at(@person)`, args)
		if err != nil {
			return fmt.Errorf("read who looked: %w", err)
		}
		if looks, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Look]); err != nil {
			return fmt.Errorf("read who looked: %w", err)
		}
		return nil
	})
	return records, looks, err
}

func ownRecords(ctx context.Context, tx pgx.Tx, args pgx.NamedArgs) ([]OwnRecord, error) {
	rows, err := tx.Query(ctx, `
		SELECT g.name, k.sender, r.state, r.basis, (r.live_at AT TIME ZONE 'Europe/London')::date,
			(coalesce(r.withdrawn_at, r.withdrawing_at) AT TIME ZONE 'Europe/London')::date,
			(SELECT min(n.posted_on) FROM notices n WHERE n.campaign_id = r.campaign_id AND n.enrolment_id = r.enrolment_id AND n.void_at IS NULL),
			(SELECT max(n.closes_on) FROM notices n WHERE n.campaign_id = r.campaign_id AND n.enrolment_id = r.enrolment_id AND n.void_at IS NULL),
			(SELECT count(*)::int FROM record_views v WHERE v.record_id = r.id)
		FROM records r JOIN campaigns k ON k.id = r.campaign_id JOIN programmes g ON g.id = r.programme_id
		WHERE r.person_id IN (SELECT id FROM people WHERE id = @person OR merged_into = @person) AND r.live_at IS NOT NULL
		ORDER BY r.live_at DESC`, args)
	if err != nil {
		return nil, fmt.Errorf("read somebody's own records: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[OwnRecord])
	if err != nil {
		return nil, fmt.Errorf("read somebody's own records: %w", err)
	}
	return list, nil
}

// Views is how often people looked at their own records in one month: in all,
// how many people, and how many of them more than once. A programme's cost is
// divided by it.
type Views struct {
	Campaign campaigns.CampaignID `json:"campaign"`
	Month    calendar.Date        `json:"month"` // its first day
	Views    int                  `json:"views"`
	People   int                  `json:"people"`
	Again    int                  `json:"again"` // people who looked on more than one occasion in the month
}

// RecordViews counts, by campaign and month, the views of the records of one programme.
func (d *Desk) RecordViews(ctx context.Context, programme campaigns.ProgrammeID) ([]Views, error) {
	rows, err := d.Pool.Query(ctx, `
		SELECT campaign_id, month, sum(n)::int, count(*)::int, count(*) FILTER (WHERE n > 1)::int FROM (
			SELECT campaign_id, date_trunc('month', viewed_at AT TIME ZONE 'Europe/London')::date AS month, person_id, count(*) AS n
			FROM record_views WHERE programme_id = @programme GROUP BY 1, 2, 3) p
		GROUP BY campaign_id, month ORDER BY campaign_id, month`, pgx.NamedArgs{"programme": programme})
	if err != nil {
		return nil, fmt.Errorf("count views: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Views])
}
