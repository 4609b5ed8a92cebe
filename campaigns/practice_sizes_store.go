package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
)

// ListSizeDifference is a practice whose number of people in a campaign is not
// that of its list of registered patients.
type ListSizeDifference struct {
	Practice  string
	Name      string
	People    int           // in the campaign, once the file is applied
	Listed    int           // registered patients
	CountedOn calendar.Date // when those were counted
}

// Percent is by how much the people are more (or fewer, below zero) than the
// patients listed; 100 where nobody is listed.
func (d ListSizeDifference) Percent() int {
	if d.Listed == 0 {
		return 100
	}
	return (d.People - d.Listed) * 100 / d.Listed
}

// ListSizeCheck reconciles a file of people with the lists of the practices.
type ListSizeCheck struct {
	Practices int                  // that the file or its campaign has people of
	Unlisted  int                  // of those, the ones whose list size is not known
	Differ    []ListSizeDifference // by more than a tenth of the list, the largest differences first
	Without   []ListSizeDifference // practices of the region with patients listed and nobody in the campaign; none for a pilot
}

// ListSizeDifferences compares how many people each practice would have in the
// campaign with its newest known list size: people of the file (those who
// died or left are not counted) and those enrolled before.
func (r *Register) ListSizeDifferences(ctx context.Context, id CohortID) (ListSizeCheck, error) {
	var check ListSizeCheck
	var c CampaignID
	var region, kind string
	err := r.Pool.QueryRow(ctx, `SELECT c.id, c.region_code, c.kind FROM cohorts h JOIN campaigns c ON c.id = h.campaign_id WHERE h.id = @id`,
		pgx.NamedArgs{"id": id}).Scan(&c, &region, &kind)
	if err := orAbsent(err, "file"); err != nil {
		return check, err
	}
	err = r.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		return whole(ctx, tx, func() error {
			return check.compare(ctx, tx, pgx.NamedArgs{"id": id, "campaign": c, "region": region, "day": r.Clock.Today(), "all": kind != "pilot"})
		})
	})
	return check, err
}

// compare counts the people of a file and its campaign beside the lists.
func (check *ListSizeCheck) compare(ctx context.Context, tx pgx.Tx, args pgx.NamedArgs) error {
	rows, err := tx.Query(ctx, `
		WITH rows AS (SELECT nhs_number, practice_code FROM cohort_rows
			WHERE cohort_id = @id AND died_on IS NULL AND left_reason = '' AND superseded_by = ''),
		enrolled AS (
			SELECT q.nhs_number, q.practice_code FROM enrolments e JOIN people q ON q.id = e.person_id
			WHERE e.campaign_id = @campaign AND q.died_on IS NULL AND q.left_reason = '' AND q.merged_into IS NULL
			AND NOT EXISTS (SELECT FROM cohort_rows w WHERE w.cohort_id = @id AND w.nhs_number = q.nhs_number)
		),
		per AS (
			SELECT practice_code, sum(n)::int AS people FROM (
				SELECT practice_code, count(DISTINCT nhs_number) AS n FROM rows GROUP BY practice_code
				UNION ALL SELECT practice_code, count(*) FROM enrolled GROUP BY practice_code) t WHERE practice_code <> '' GROUP BY practice_code
		)
		SELECT p.code, p.name, coalesce(per.people, 0), p.list_size, p.list_size_on FROM practices p LEFT JOIN per ON per.practice_code = p.code
		WHERE per.people > 0 OR @all AND p.status = 'active' AND p.list_size > 0 AND `+WithinRegion+`
		ORDER BY abs(coalesce(per.people, 0) - coalesce(p.list_size, 0)) DESC, p.code`,
		args)
	if err != nil {
		return fmt.Errorf("compare list sizes: %w", err)
	}
	var d ListSizeDifference
	var listed *int
	_, err = pgx.ForEachRow(rows, []any{&d.Practice, &d.Name, &d.People, &listed, &d.CountedOn}, func() error {
		if d.People > 0 {
			check.Practices++
		}
		switch {
		case listed == nil:
			check.Unlisted++
		case d.People == 0:
			d.Listed = *listed
			check.Without = append(check.Without, d)
		default:
			if d.Listed = *listed; max(d.People-d.Listed, d.Listed-d.People)*10 > d.Listed {
				check.Differ = append(check.Differ, d)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("compare list sizes: %w", err)
	}
	return nil
}
