package optout

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// ComeOfAge works people out anew whom time has changed: those under age who
// are old enough now, and those who have passed an age at which they are
// written to themselves since a letter about them was posted to another. That
// letter gives no notice any more. It returns how many it looked at; callers
// repeat it until that is 0.
func (d *Desk) ComeOfAge(ctx context.Context, campaign campaigns.CampaignID, limit int) (int, error) {
	n := 0
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		people, err := findGrownUp(ctx, tx, now, campaign, limit)
		if err != nil {
			return err
		}
		grown, err := d.voidOutgrown(ctx, tx, now, campaign, limit)
		if people = append(people, grown...); err != nil || len(people) == 0 {
			return err
		}
		n = len(people)
		return d.WorkOut(ctx, tx, now, people, "came of age")
	})
	return n, err
}

// findGrownUp locks people who were under age and are not any more. To find
// them every enrolment is read, and birthdays are once a day: so is this. Who
// is locked by somebody else waits for tomorrow.
func findGrownUp(ctx context.Context, tx pgx.Tx, now time.Time, campaign campaigns.CampaignID, limit int) ([]campaigns.PersonID, error) {
	args := pgx.NamedArgs{"c": campaign, "today": calendar.DateOf(now), "limit": limit}
	var asked bool
	if err := tx.QueryRow(ctx, `SELECT grown_up_on IS NOT DISTINCT FROM @today FROM campaigns WHERE id = @c`, args).Scan(&asked); err != nil {
		return nil, fmt.Errorf("look when it was asked who came of age: %w", err)
	}
	if asked {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `
		SELECT p.id FROM enrolments e JOIN people p ON p.id = e.person_id JOIN campaigns c ON c.id = e.campaign_id
		WHERE e.campaign_id = @c AND e.state = 'excluded' AND e.reason = 'under age'
			AND p.born_on <= (@today::date - make_interval(years => c.minimum_age))::date
		ORDER BY p.id LIMIT @limit FOR UPDATE OF p SKIP LOCKED`, args)
	if err != nil {
		return nil, fmt.Errorf("find who came of age: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
	if err != nil {
		return nil, fmt.Errorf("find who came of age: %w", err)
	}
	if len(people) == limit {
		return people, nil // there may be more
	}
	if _, err := tx.Exec(ctx, `UPDATE campaigns SET grown_up_on = @today WHERE id = @c`, args); err != nil {
		return nil, fmt.Errorf("note that all who came of age are found: %w", err)
	}
	return people, nil
}

// voidOutgrown voids letters posted to somebody else about people who have
// since passed an age of Thresholds, and returns those people, locked. Whoever
// has a record keeps it: the letter counted when it was made.
func (d *Desk) voidOutgrown(ctx context.Context, tx pgx.Tx, now time.Time, campaign campaigns.CampaignID, limit int) ([]campaigns.PersonID, error) {
	rows, err := tx.Query(ctx, `
		SELECT p.id FROM people p WHERE p.id IN (
			SELECT n.person_id FROM notices n JOIN people c ON c.id = n.person_id JOIN enrolments e ON e.campaign_id = n.campaign_id AND e.id = n.enrolment_id,
				unnest(@ages::int[]) age
			WHERE n.campaign_id = @c AND n.addressee <> 'person' AND n.void_reason = '' AND n.posted_on IS NOT NULL
				AND e.state IN ('notified', 'reconciling', 'ready')
				AND (c.born_on + make_interval(years => age))::date > n.posted_on AND (c.born_on + make_interval(years => age))::date <= @today)
		ORDER BY p.id LIMIT @limit FOR UPDATE OF p SKIP LOCKED`,
		pgx.NamedArgs{"c": campaign, "ages": Thresholds, "today": calendar.DateOf(now), "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("find who outgrew a letter: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
	if err != nil || len(people) == 0 {
		return nil, err
	}
	rows, err = tx.Query(ctx, `SELECT id FROM notices WHERE campaign_id = @c AND person_id = ANY(@people) AND addressee <> 'person' AND posted_on IS NOT NULL`,
		pgx.NamedArgs{"c": campaign, "people": people})
	if err != nil {
		return nil, fmt.Errorf("find letters outgrown: %w", err)
	}
	letters, err := pgx.CollectRows(rows, pgx.RowTo[NoticeID])
	if err != nil {
		return nil, fmt.Errorf("find letters outgrown: %w", err)
	}
	return people, voidNotices(ctx, tx, now, campaign, letters, CameOfAge)
}
