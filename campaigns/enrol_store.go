package campaigns

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
)

// Enrolled is what came of applying a cohort.
type Enrolled struct {
	Campaign Campaign
	People   int        // newly enrolled
	Already  int        // were in the campaign before
	Changed  []PersonID // were known before and are told differently now; whoever keeps promises to them works out anew
	Revived  []PersonID // of those, who had been taken for dead
	Merged   []Merge    // two numbers prove one person; to be told by whoever keeps promises to both
}

// Merge says that one number replaces another: From is Into.
type Merge struct{ From, Into PersonID }

// EnrolCohort merges the accepted rows of a cohort into people and enrolments
// with a handful of statements, whatever their number: suppressed people are
// excluded or closed with the reason, everybody else stands in the cohort.
// A cohort that is applied already comes back empty.
func (r *Register) EnrolCohort(ctx context.Context, tx pgx.Tx, now time.Time, id CohortID) (Enrolled, error) {
	var done Enrolled
	h, err := r.lockCohort(ctx, tx, id)
	if err != nil {
		return done, err
	}
	if done.Campaign, err = r.CampaignByID(ctx, tx, h.Campaign); err != nil || h.State == "applied" {
		return done, err
	}
	todo, err := r.rowsToApply(ctx, tx, now, h)
	if err != nil || !todo.ready {
		return done, err
	}
	today := calendar.DateOf(now)
	args := pgx.NamedArgs{"id": id, "campaign": h.Campaign, "now": now, "today": today, "programme": done.Campaign.Programme,
		"adult": yearsBefore(today, done.Campaign.MinimumAge)}
	added, err := addPeople(ctx, tx, args)
	if err != nil {
		return done, err
	}
	if done.Merged, err = replaceNumbers(ctx, tx, args); err != nil {
		return done, err
	}
	r.tell(ctx, id, "enrolling", 40, 100, todo.rows*4/10)
	known := added < todo.rows // somebody is, so that there may be news of them
	if known {
		if done.Changed, done.Revived, err = r.tellPeople(ctx, tx, args); err != nil {
			return done, err
		}
	}
	r.tell(ctx, id, "enrolling", 60, 100, todo.rows*6/10)
	if done.People, err = enrolPeople(ctx, tx, args, rowsOfPeople); err != nil {
		return done, err
	}
	r.tell(ctx, id, "enrolling", 90, 100, todo.rows*9/10)
	if known {
		more, err := enrolPeople(ctx, tx, args, rowsOfOthers)
		if err != nil {
			return done, err
		}
		done.People += more
	}
	if done.Already = todo.rows - done.People; done.Already > 0 {
		_, err = tx.Exec(ctx, `
			INSERT INTO enrolled_again (cohort_id, campaign_id, enrolment_id, recorded_at)
			SELECT @id::bigint, e.campaign_id, e.id, @now FROM (
				SELECT nhs_number FROM cohort_rows WHERE cohort_id = @id
				UNION ALL SELECT superseded_by FROM cohort_rows WHERE cohort_id = @id AND superseded_by <> '') w
			JOIN people p ON p.nhs_number = w.nhs_number
			JOIN enrolments e ON e.campaign_id = @campaign AND e.person_id = coalesce(p.merged_into, p.id) AND e.cohort_id <> @id
			ON CONFLICT DO NOTHING`, args)
		if err != nil {
			return done, fmt.Errorf("note who was enrolled before: %w", err)
		}
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO signals (key, changed_at)
		SELECT prefix || code, @now FROM (SELECT DISTINCT practice_code AS code FROM cohort_rows WHERE cohort_id = @id AND practice_code <> '') d,
			unnest(ARRAY['pause:practice:', 'watermark:practice:', 'switch:' || @programme::int || ':']) prefix
		ON CONFLICT DO NOTHING`, args)
	if err != nil {
		return done, fmt.Errorf("lay signals of practices: %w", err)
	}
	return done, r.noteApplied(ctx, tx, now, id, done)
}

// addPeople adds the people of a file who are not known yet, and returns how
// many. Rows that later news in the same file replaces are dropped first.
func addPeople(ctx context.Context, tx pgx.Tx, args pgx.NamedArgs) (int, error) {
	_, err := tx.Exec(ctx, `
		DELETE FROM cohort_rows o USING cohort_rows n WHERE n.cohort_id = @id AND n.instead AND o.cohort_id = @id AND o.nhs_number = n.nhs_number
			AND o.line < n.line`, args)
	if err != nil {
		return 0, fmt.Errorf("drop replaced rows: %w", err)
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO people (nhs_number, title, given_names, family_name, born_on, died_on, address, postcode, practice_code, language,
			format, sensitive, undeliverable, left_reason, left_on, address_on, touched_at)
		SELECT nhs_number, title, given_names, family_name, born_on, died_on, address, postcode, practice_code, language, format, sensitive,
			undeliverable, left_reason, left_on, least(address_on, @today::date), @now
		FROM cohort_rows WHERE cohort_id = @id AND superseded_by = '' ORDER BY practice_code, line
		ON CONFLICT (nhs_number) DO NOTHING`, args)
	if err != nil {
		return 0, fmt.Errorf("add people: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// replaceNumbers adds people for numbers that replace others, and for the
// replaced ones, so that an answer under the old number is still somebody's.
// It returns which two are one; chains lead to the number at their end.
func replaceNumbers(ctx context.Context, tx pgx.Tx, args pgx.NamedArgs) ([]Merge, error) {
	tag, err := tx.Exec(ctx, `
		INSERT INTO people (nhs_number, title, given_names, family_name, born_on, died_on, address, postcode, practice_code, language,
			format, sensitive, undeliverable, left_reason, left_on, touched_at)
		SELECT DISTINCT ON (superseded_by) superseded_by, title, given_names, family_name, born_on, died_on, address, postcode, practice_code,
			language, format, sensitive, undeliverable, left_reason, left_on, @now
		FROM cohort_rows WHERE cohort_id = @id AND superseded_by <> '' ORDER BY superseded_by, line DESC
		ON CONFLICT (nhs_number) DO UPDATE SET touched_at = @now`, args)
	if err != nil || tag.RowsAffected() == 0 {
		return nil, orWrapped(err, "add people under new numbers")
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO people (nhs_number, practice_code, born_on, touched_at)
		SELECT nhs_number, practice_code, born_on, @now FROM cohort_rows WHERE cohort_id = @id AND superseded_by <> '' ORDER BY line
		ON CONFLICT (nhs_number) DO NOTHING`, args)
	if err != nil {
		return nil, fmt.Errorf("add people under old numbers: %w", err)
	}
	rows, err := tx.Query(ctx, `
		SELECT DISTINCT coalesce(o.merged_into, o.id), coalesce(n.merged_into, n.id), w.line FROM cohort_rows w
		JOIN people o ON o.nhs_number = w.nhs_number JOIN people n ON n.nhs_number = w.superseded_by
		WHERE w.cohort_id = @id AND w.superseded_by <> '' AND coalesce(o.merged_into, o.id) <> coalesce(n.merged_into, n.id) ORDER BY w.line`, args)
	if err != nil {
		return nil, fmt.Errorf("find whose numbers are replaced: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (m Merge, err error) {
		var line int
		err = row.Scan(&m.From, &m.Into, &line)
		return m, err
	})
}

func orWrapped(err error, what string) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// The people of a file: those of its rows, and those whom other numbers in it
// stand for.
const (
	rowsOfPeople = `FROM cohort_rows w JOIN people p ON p.nhs_number = w.nhs_number AND p.merged_into IS NULL AND w.cohort_id = @id AND w.superseded_by = ''`
	rowsOfOthers = `FROM (SELECT DISTINCT coalesce(n.merged_into, n.id) AS id FROM cohort_rows w
			JOIN people n ON n.nhs_number = coalesce(nullif(w.superseded_by, ''), w.nhs_number) AND (w.superseded_by <> '' OR n.merged_into IS NOT NULL)
			WHERE w.cohort_id = @id AND NOT EXISTS (SELECT FROM cohort_rows x WHERE x.cohort_id = @id AND x.superseded_by <> '' AND x.nhs_number = n.nhs_number)
			) s JOIN people p ON p.id = s.id`
)

// enrolPeople enrols the people of a file who are not in the campaign yet and
// returns how many: suppressed ones are excluded or closed with the reason.
func enrolPeople(ctx context.Context, tx pgx.Tx, args pgx.NamedArgs, people string) (int, error) {
	tag, err := tx.Exec(ctx, `
		WITH chosen AS (
			SELECT p.id, CASE
				WHEN p.died_on IS NOT NULL OR p.left_reason <> '' THEN 'closed'
				WHEN p.sensitive OR p.undeliverable <> '' OR p.born_on IS NULL OR p.born_on > @adult THEN 'excluded'
				WHEN x.person_id IS NOT NULL THEN 'excluded' ELSE 'in_cohort' END AS state,
				CASE
				WHEN p.died_on IS NOT NULL THEN 'died' WHEN p.left_reason <> '' THEN 'left'
				WHEN p.sensitive THEN 'sensitive' WHEN p.undeliverable <> '' THEN p.undeliverable WHEN p.born_on IS NULL THEN 'age unknown'
				WHEN p.born_on > @adult THEN 'under age' WHEN x.person_id IS NOT NULL THEN 'has a record' ELSE '' END AS reason
			`+people+`
			LEFT JOIN records x ON x.programme_id = @programme AND x.person_id = p.id AND x.state IN ('reserved', 'leaving', 'live', 'failed', 'withdrawing')
		), added AS (
			INSERT INTO enrolments (campaign_id, person_id, cohort_id, state, reason, since)
			SELECT @campaign, id, @id, state, reason, @now FROM chosen ORDER BY id
			ON CONFLICT (campaign_id, person_id) DO NOTHING
			RETURNING id, state, reason
		), lines AS (
			INSERT INTO history (campaign_id, enrolment_id, from_state, to_state, event, reason, at)
			SELECT @campaign, id, '', state, 'enrolled', reason, @now FROM added
		), counted AS (
			INSERT INTO count_deltas (campaign_id, wave_id, state, reason, people)
			SELECT @campaign, 0, state, reason, count(*) FROM added GROUP BY state, reason
		)
		SELECT FROM added`, args)
	if err != nil {
		return 0, fmt.Errorf("enrol cohort: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// yearsBefore is the latest birth date of somebody who has completed n years on a day.
func yearsBefore(d calendar.Date, n int) calendar.Date {
	y, m, day := d.Civil()
	return calendar.On(y-n, m, day)
}
