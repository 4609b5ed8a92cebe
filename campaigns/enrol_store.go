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
}

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
	if done.Changed, err = r.tellPeople(ctx, tx, args); err != nil {
		return done, err
	}
	tag, err := tx.Exec(ctx, `
		WITH chosen AS (
			SELECT p.id, CASE
				WHEN p.merged_into IS NOT NULL THEN 'closed' WHEN p.died_on IS NOT NULL THEN 'closed' WHEN p.left_reason <> '' THEN 'closed'
				WHEN p.sensitive OR p.undeliverable <> '' OR p.born_on IS NULL OR p.born_on > @adult THEN 'excluded'
				WHEN x.person_id IS NOT NULL THEN 'excluded' ELSE 'in_cohort' END AS state,
				CASE
				WHEN p.merged_into IS NOT NULL THEN 'merged' WHEN p.died_on IS NOT NULL THEN 'died' WHEN p.left_reason <> '' THEN 'left'
				WHEN p.sensitive THEN 'sensitive' WHEN p.undeliverable <> '' THEN p.undeliverable WHEN p.born_on IS NULL THEN 'age unknown'
				WHEN p.born_on > @adult THEN 'under age' WHEN x.person_id IS NOT NULL THEN 'has a record' ELSE '' END AS reason
			FROM cohort_rows w JOIN people p ON p.nhs_number = w.nhs_number
			LEFT JOIN records x ON x.programme_id = @programme AND x.person_id = p.id AND x.state IN ('reserved', 'leaving', 'live', 'failed', 'withdrawing')
			WHERE w.cohort_id = @id
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
		return done, fmt.Errorf("enrol cohort: %w", err)
	}
	done.People = int(tag.RowsAffected())
	done.Already = todo.rows - done.People
	_, err = tx.Exec(ctx, `
		INSERT INTO signals (key, changed_at)
		SELECT prefix || code, @now FROM (SELECT DISTINCT practice_code AS code FROM cohort_rows WHERE cohort_id = @id) d,
			unnest(ARRAY['pause:practice:', 'watermark:practice:', 'switch:' || @programme::int || ':']) prefix
		ON CONFLICT DO NOTHING`, args)
	if err != nil {
		return done, fmt.Errorf("lay signals of practices: %w", err)
	}
	return done, r.noteApplied(ctx, tx, now, id, done)
}

// tellPeople adds new people and tells known ones what the file says of them
// now, with a fact for whatever matters to a promise. It returns the known
// people who changed.
func (r *Register) tellPeople(ctx context.Context, tx pgx.Tx, args pgx.NamedArgs) ([]PersonID, error) {
	_, err := tx.Exec(ctx, `
		INSERT INTO people (nhs_number, title, given_names, family_name, born_on, died_on, address, postcode, practice_code, language,
			format, sensitive, undeliverable, touched_at)
		SELECT nhs_number, title, given_names, family_name, born_on, died_on, address, postcode, practice_code, language, format, sensitive,
			undeliverable, @now
		FROM cohort_rows WHERE cohort_id = @id ORDER BY practice_code, line
		ON CONFLICT (nhs_number) DO NOTHING`, args)
	if err != nil {
		return nil, fmt.Errorf("add people: %w", err)
	}
	// Only people known before can differ from what their row says.
	rows, err := tx.Query(ctx, `
		WITH told AS (
			SELECT p.id, w.title, w.given_names, w.family_name, w.born_on, w.died_on, w.address, w.postcode, w.practice_code, w.language,
				w.format, w.sensitive, w.undeliverable, p.died_on AS was_dead, p.practice_code AS was_at, p.sensitive AS was_sensitive,
				(p.address, p.postcode, p.undeliverable) IS DISTINCT FROM (w.address, w.postcode, w.undeliverable) AS moved
			FROM cohort_rows w JOIN people p ON p.nhs_number = w.nhs_number
			WHERE w.cohort_id = @id AND (p.title, p.given_names, p.family_name, p.born_on, p.died_on, p.address, p.postcode, p.practice_code,
				p.language, p.format, p.sensitive, p.undeliverable) IS DISTINCT FROM (w.title, w.given_names, w.family_name, w.born_on,
				coalesce(w.died_on, p.died_on), w.address, w.postcode, w.practice_code, w.language, w.format, w.sensitive, w.undeliverable)
			ORDER BY p.id FOR UPDATE OF p
		), facts AS (
			INSERT INTO person_facts (person_id, kind, fact_on, source, recorded_at, detail)
			SELECT t.id, k.kind, coalesce(CASE WHEN k.kind = 'died' THEN t.died_on END, @today), 'cohort ' || @id::text, @now,
				CASE WHEN k.kind = 'moved practice' THEN jsonb_build_object('from', t.was_at) ELSE '{}' END
			FROM told t,
				LATERAL (VALUES ('died', t.died_on IS NOT NULL AND t.was_dead IS NULL), ('moved address', t.moved),
					('moved practice', t.practice_code <> t.was_at), ('sensitive', t.sensitive AND NOT t.was_sensitive),
					('not sensitive', NOT t.sensitive AND t.was_sensitive)) k (kind, holds)
			WHERE k.holds
		)
		UPDATE people p SET title = t.title, given_names = t.given_names, family_name = t.family_name, born_on = t.born_on,
			died_on = coalesce(t.died_on, p.died_on), address = t.address, postcode = t.postcode, practice_code = t.practice_code,
			language = t.language, format = t.format, sensitive = t.sensitive, undeliverable = t.undeliverable,
			address_on = CASE WHEN t.moved THEN @today::date ELSE p.address_on END, touched_at = @now
		FROM told t WHERE p.id = t.id RETURNING p.id`, args)
	if err != nil {
		return nil, fmt.Errorf("tell people: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[PersonID])
}

// yearsBefore is the latest birth date of somebody who has completed n years on a day.
func yearsBefore(d calendar.Date, n int) calendar.Date {
	y, m, day := d.Civil()
	return calendar.On(y-n, m, day)
}
