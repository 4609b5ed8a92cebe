package optout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// EnrolCohort applies an accepted file: people and enrolments are merged, and
// standing answers and open holds are honoured in the same transaction.
func (d *Desk) EnrolCohort(ctx context.Context, id campaigns.CohortID) error {
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		done, err := d.Register.EnrolCohort(ctx, tx, now, id)
		if err != nil || done.People+done.Already == 0 {
			return err
		}
		// Answers that matched nobody may be somebody's now.
		if _, err := tx.Exec(ctx, `
			INSERT INTO hold_candidates (hold_id, person_id, added_at)
			SELECT h.id, coalesce(p.merged_into, p.id), @now FROM holds h JOIN people p ON p.nhs_number = h.told->>'nhs_number'
				OR p.born_on = nullif(h.told->>'born_on', '')::date
					AND (lower(p.family_name) = lower(h.told->>'family_name') OR p.postcode = h.told->>'postcode')
			WHERE h.id IN (SELECT id FROM holds WHERE settled_at IS NULL AND cause = 'nobody found' ORDER BY id FOR UPDATE)
			ON CONFLICT DO NOTHING`, pgx.NamedArgs{"now": now}); err != nil {
			return fmt.Errorf("seek candidates again: %w", err)
		}
		joined, err := d.joinMerged(ctx, tx, done.Campaign.ID, id)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			SELECT e.person_id FROM enrolments e JOIN people p ON p.id = e.person_id
			WHERE e.campaign_id = @campaign AND e.state NOT IN ('opted_out', 'held') AND (p.merged_into IS NOT NULL
				OR EXISTS (SELECT FROM answers a JOIN people m ON m.id = a.person_id WHERE m.merged_into = e.person_id)
				OR EXISTS (SELECT FROM answers a WHERE a.person_id = e.person_id) OR EXISTS (SELECT FROM hold_candidates c WHERE c.person_id = e.person_id))
			UNION SELECT e.person_id FROM enrolled_again g JOIN enrolments e ON e.campaign_id = g.campaign_id AND e.id = g.enrolment_id
			JOIN cohort_withdrawals h ON h.cohort_id = e.cohort_id WHERE g.cohort_id = @id -- whom a file brought that was withdrawn
			ORDER BY 1`, pgx.NamedArgs{"campaign": done.Campaign.ID, "id": id})
		if err != nil {
			return fmt.Errorf("find standing answers: %w", err)
		}
		people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
		if err != nil {
			return fmt.Errorf("find standing answers: %w", err)
		}
		merged, err := d.mergePeople(ctx, tx, done.Merged, fmt.Sprintf("cohort %d", id))
		if err != nil {
			return err
		}
		revived := map[campaigns.PersonID]bool{}
		for _, p := range done.Revived {
			revived[p] = true
		}
		for chunk := range slices.Chunk(slices.Concat(people, joined, merged, done.Changed), 2000) {
			now, err := d.lock(ctx, tx, chunk)
			if err != nil {
				return err
			}
			for _, p := range chunk {
				if !revived[p] {
					continue
				}
				if err := d.countAnswersOfTheLiving(ctx, tx, now, campaigns.Viewer{}, p); err != nil {
					return err
				}
			}
			if err := d.renewAndWorkOut(ctx, tx, now, chunk, "cohort applied"); err != nil {
				return err
			}
		}
		// Last, because everybody else locks people before signals.
		return d.Register.SetSignal(ctx, tx, now, campaigns.FeedRegistrations, now, calendar.Date{}, "", 0, 0)
	})
}

// joinMerged lets one enrolment stay of everybody whom this file enrolled and
// whose other numbers were in the campaign before. It returns them.
func (d *Desk) joinMerged(ctx context.Context, tx pgx.Tx, campaign campaigns.CampaignID, id campaigns.CohortID) ([]campaigns.PersonID, error) {
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT s.person_id FROM people p JOIN enrolments e ON e.campaign_id = @campaign AND e.person_id = p.id
		JOIN enrolments s ON s.campaign_id = @campaign AND s.person_id = p.merged_into AND s.cohort_id = @id
		WHERE p.merged_into IS NOT NULL ORDER BY 1`, pgx.NamedArgs{"campaign": campaign, "id": id})
	if err != nil {
		return nil, fmt.Errorf("find merged people: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
	if err != nil {
		return nil, fmt.Errorf("find merged people: %w", err)
	}
	if len(people) == 0 {
		return nil, nil
	}
	if _, err := d.lock(ctx, tx, people); err != nil {
		return nil, err
	}
	return people, oneStays(ctx, tx, people)
}

// mergePeople makes one of each two whose numbers a file proves to be one
// person, and returns everybody concerned. An earlier pair may have moved
// either, so each is followed to who stays.
func (d *Desk) mergePeople(ctx context.Context, tx pgx.Tx, pairs []campaigns.Merge, source string) ([]campaigns.PersonID, error) {
	var all []campaigns.PersonID
	for _, m := range pairs {
		two := []campaigns.PersonID{m.From, m.Into}
		now, err := d.lock(ctx, tx, two)
		if err != nil {
			return nil, err
		}
		err = tx.QueryRow(ctx, `SELECT (SELECT coalesce(merged_into, id) FROM people WHERE id = @from), (SELECT coalesce(merged_into, id) FROM people WHERE id = @into)`,
			pgx.NamedArgs{"from": m.From, "into": m.Into}).Scan(&m.From, &m.Into)
		if err != nil {
			return nil, fmt.Errorf("find who stays: %w", err)
		}
		if m.From == m.Into {
			continue
		}
		fact := campaigns.PersonFact{Kind: campaigns.Merged, Into: m.Into, On: calendar.DateOf(now), Source: source}
		if err := d.Register.TellPerson(ctx, tx, now, m.From, fact); err != nil {
			return nil, err
		}
		if err := d.mergeEnrolments(ctx, tx, now, m.From, m.Into); err != nil {
			return nil, err
		}
		all = append(all, m.From, m.Into)
	}
	return all, nil
}
