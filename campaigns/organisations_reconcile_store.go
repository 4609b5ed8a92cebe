package campaigns

import (
	"context"

	"duenotice/campaigns/intake"
)

// reconcile compares what is told of practices with what is in force. What
// changes nobody's letters takes effect at once and is noted; the rest waits.
// It follows from the tables alone: doing it again changes nothing.
func (m *merger) reconcile(ctx context.Context) error {
	for _, step := range []struct{ doing, sql string }{
		{"end homes with their ICB", endHomes},
		{"follow mergers", followMergers("noted")},
		{"follow chains of mergers", followMergers("noted")},
		{"follow splits", followSplits},
		{"add practices", addPractices},
		{"end new homes with their ICB", endHomes},
		{"follow mergers of new practices", followMergers("unnoted")},
		{"follow chains of mergers of new practices", followMergers("unnoted")},
		{"note changes", noteChanges},
		{"apply changes", applyChanges},
		{"place practices", placePractices},
		{"empty wishes", `DROP TABLE IF EXISTS pg_temp.wanted`},
		{"look for changes that wait", wanted},
		{"overtake changes", overtakeChanges},
		{"raise changes", raiseChanges},
	} {
		if err := m.exec(ctx, step.doing, step.sql); err != nil {
			return err
		}
	}
	return nil
}

const endHomes = `
	UPDATE practice_homes h SET until_on = r.valid_to FROM regions r
	WHERE r.code = h.region_code AND r.kind = 'icb' AND r.valid_to IS NOT NULL AND h.until_on IS NULL AND h.from_on <= r.valid_to`

// lastHomes is where each practice belonged last.
const lastHomes = `
	last AS (SELECT DISTINCT ON (practice_code) practice_code, region_code, from_on, until_on FROM practice_homes ORDER BY practice_code, from_on DESC)`

// followMergers gives practices of an ICB that ended to its one successor.
// Practices that were just added are no change.
func followMergers(how string) string {
	note := `
		INSERT INTO practice_changes (practice_code, kind, region_code, to_region, before, after, waits, file_id, found_at)
		SELECT a.practice_code, 'rehomed', l.region_code, a.region_code, l.region_code, a.region_code, false, @file::bigint, @now::timestamptz
		FROM added a JOIN last l ON l.practice_code = a.practice_code`
	if how == "unnoted" {
		note = `SELECT count(*) FROM added`
	}
	return `WITH ` + lastHomes + `,
		added AS (
			INSERT INTO practice_homes (practice_code, region_code, from_on, source, recorded_at)
			SELECT l.practice_code, r.successors[1], l.until_on + 1, 'merger', @now
			FROM last l JOIN regions r ON r.code = l.region_code AND r.valid_to = l.until_on JOIN regions n ON n.code = r.successors[1]
			WHERE cardinality(r.successors) = 1 RETURNING practice_code, region_code
		)` + note
}

// followSplits gives a practice of an ICB that was split to the successor that
// a later file names.
const followSplits = `WITH ` + lastHomes + `,
	added AS (
		INSERT INTO practice_homes (practice_code, region_code, from_on, source, recorded_at)
		SELECT l.practice_code, o.home, l.until_on + 1, 'file', @now
		FROM last l JOIN regions r ON r.code = l.region_code AND r.valid_to = l.until_on JOIN organisations o ON o.code = l.practice_code
		WHERE o.practice AND o.home <> l.region_code AND o.home = ANY(r.successors) RETURNING practice_code, region_code
	)
	INSERT INTO practice_changes (practice_code, kind, region_code, to_region, before, after, waits, file_id, found_at)
	SELECT a.practice_code, 'rehomed', l.region_code, a.region_code, l.region_code, a.region_code, false, @file::bigint, @now::timestamptz
	FROM added a JOIN last l ON l.practice_code = a.practice_code`

// addPractices adds active practices that are not known. They are a change
// only where practices were known before: the first file of an ICB or of a
// sub-ICB location is where it begins. Those of a special kind are always shown.
const addPractices = `
	WITH begun AS (SELECT region_code AS area FROM practices UNION SELECT commissioner FROM practices),
	added AS (
		INSERT INTO practices (code, name, region_code, nhs_region, commissioner, address, postcode, telephone, opened_on, closed_on, status, flags, updated_at)
		SELECT code, name, nullif(home, ''), nhs_region, commissioner, address, postcode, telephone, opened_on, closed_on, status,
			array_remove(ARRAY[special], ''), @now
		FROM organisations o WHERE practice AND NOT EXISTS (SELECT FROM practices p WHERE p.code = o.code) ORDER BY code
		RETURNING code, name, coalesce(region_code, '') AS home, commissioner, flags
	),
	homes AS (
		INSERT INTO practice_homes (practice_code, region_code, from_on, source, recorded_at)
		SELECT o.code, o.home, greatest(coalesce(o.joined_on, o.opened_on, DATE '1948-07-05'), r.valid_from), 'file', @now
		FROM added a JOIN organisations o ON o.code = a.code LEFT JOIN regions r ON r.code = o.home WHERE o.home <> ''
	)
	INSERT INTO practice_changes (practice_code, kind, region_code, after, waits, file_id, found_at)
	SELECT code, 'new', home, name, false, @file::bigint, @now::timestamptz FROM added WHERE home IN (SELECT area FROM begun) OR commissioner IN (SELECT area FROM begun)
	UNION ALL
	SELECT code, 'special', home, name || ': ' || flags[1], false, @file::bigint, @now::timestamptz FROM added WHERE cardinality(flags) > 0`

const noteChanges = `
	INSERT INTO practice_changes (practice_code, kind, region_code, to_region, before, after, waits, file_id, found_at)
	SELECT p.code, c.kind, coalesce(p.region_code, ''), '', c.before, c.after, false, @file::bigint, @now::timestamptz
	FROM practices p JOIN organisations o ON o.code = p.code CROSS JOIN LATERAL (VALUES
		('renamed', p.name, o.name, upper(p.name) <> upper(o.name)),
		('moved address', p.postcode, o.postcode, p.postcode <> o.postcode),
		('commissioner', p.commissioner, o.commissioner, p.commissioner <> o.commissioner AND p.commissioner <> ''),
		('closing', coalesce(p.closed_on::text, ''), o.closed_on::text, o.closed_on > @today AND o.closed_on IS DISTINCT FROM p.closed_on),
		('special', '', o.name || ': ' || o.special, o.special <> '' AND o.special <> ALL(p.flags))
	) c (kind, before, after, so) WHERE o.practice AND c.so ORDER BY p.code`

const applyChanges = `
	UPDATE practices p SET name = o.name, nhs_region = o.nhs_region, commissioner = o.commissioner, address = o.address, postcode = o.postcode,
		telephone = o.telephone, opened_on = o.opened_on, closed_on = CASE WHEN p.status = 'active' THEN o.closed_on ELSE p.closed_on END,
		flags = array_remove(ARRAY[o.special], ''), updated_at = @now
	FROM organisations o WHERE o.code = p.code AND o.practice
	AND (p.name, p.nhs_region, p.commissioner, p.address, p.postcode, p.telephone, p.opened_on, p.flags,
		CASE WHEN p.status = 'active' THEN p.closed_on END) IS DISTINCT FROM
		(o.name, o.nhs_region, o.commissioner, o.address, o.postcode, o.telephone, o.opened_on, array_remove(ARRAY[o.special], ''),
		CASE WHEN p.status = 'active' THEN o.closed_on END)`

// placePractices keeps beside each practice where it belongs today, or where
// it belonged last.
const placePractices = `
	UPDATE practices p SET region_code = h.region_code FROM (
		SELECT DISTINCT ON (practice_code) practice_code, region_code FROM practice_homes WHERE from_on <= @today ORDER BY practice_code, from_on DESC) h
	WHERE h.practice_code = p.code AND p.region_code IS DISTINCT FROM h.region_code`

// wanted is every difference that a person has to decide about.
const wanted = `
	CREATE TEMP TABLE wanted ON COMMIT DROP AS WITH ` + lastHomes + `,
	both_sides AS (
		SELECT p.code, p.status AS ours, coalesce(p.region_code, '') AS region, o.practice, o.present, o.gp, o.nhs_region, o.status, o.closed_on, o.icb, o.home,
			o.as_of, l.region_code AS last_region, l.until_on AS last_until, coalesce(r.successors, '{}') AS successors
		FROM practices p JOIN organisations o ON o.code = p.code LEFT JOIN last l ON l.practice_code = p.code LEFT JOIN regions r ON r.code = l.region_code
	)
	SELECT b.code AS practice_code, CASE WHEN NOT b.present THEN 'absent' WHEN b.status = '` + intake.Closed + `' THEN 'closed'
			WHEN b.status IN ('` + intake.Dormant + `', '` + intake.Proposed + `') THEN 'dormant' ELSE 'no practice' END AS kind,
		b.region AS region_code, ''::text AS to_region, b.ours AS before,
		CASE WHEN NOT b.present THEN 'not in the file' WHEN b.status = 'active' THEN 'not a GP practice of England' ELSE b.status END
			|| coalesce(' ' || b.closed_on::text, '') AS after
	FROM both_sides b WHERE b.ours = 'active' AND NOT b.practice
	UNION ALL
	SELECT b.code, 'reopened', b.region, '', b.ours, 'active' FROM both_sides b WHERE b.ours <> 'active' AND b.practice
	UNION ALL
	SELECT b.code, 'split', b.region, '', b.last_region, coalesce(nullif(array_to_string(b.successors, ' or '), ''), 'no successor known')
	FROM both_sides b WHERE b.ours = 'active' AND b.practice AND b.last_until IS NOT NULL AND b.home IN (b.last_region, '')
	UNION ALL
	SELECT b.code, 'icb mismatch', b.region, b.home, b.icb, b.home FROM both_sides b
	WHERE b.ours = 'active' AND b.practice AND b.icb <> '' AND b.home <> '' AND b.icb <> b.home
	UNION ALL
	SELECT b.code, 'moved region', b.region, b.home, b.region, b.home FROM both_sides b
	WHERE b.ours = 'active' AND b.practice AND b.home <> '' AND b.region <> b.home AND b.region <> b.icb
		AND coalesce(b.last_region, b.region) NOT IN (b.home, b.icb)
		AND NOT EXISTS (SELECT FROM regions e WHERE e.code = b.home AND b.region = ANY(e.successors))
		AND NOT EXISTS (SELECT FROM practice_homes h WHERE h.practice_code = b.code AND h.region_code IN (b.home, b.icb)
			AND (h.until_on IS NULL OR b.as_of IS NULL OR h.until_on >= b.as_of))`

const overtakeChanges = `
	UPDATE practice_changes c SET decision = 'overtaken', decided_at = @now WHERE c.waits AND c.decision IS NULL
	AND NOT EXISTS (SELECT FROM wanted w WHERE w.practice_code = c.practice_code AND w.kind = c.kind AND w.before = c.before AND w.after = c.after)`

// raiseChanges asks about what was not asked yet; a no is remembered until the
// file says something else.
const raiseChanges = `
	INSERT INTO practice_changes (practice_code, kind, region_code, to_region, before, after, waits, file_id, found_at)
	SELECT w.practice_code, w.kind, w.region_code, w.to_region, w.before, w.after, true, @file::bigint, @now::timestamptz FROM wanted w
	LEFT JOIN LATERAL (SELECT c.before, c.after, c.decision FROM practice_changes c WHERE c.practice_code = w.practice_code AND c.kind = w.kind
		AND (c.decision IS NULL OR c.decision <> 'overtaken') ORDER BY c.id DESC LIMIT 1) d ON true
	WHERE d.after IS NULL OR d.decision IS NOT NULL AND NOT ((d.before, d.after) = (w.before, w.after)
		AND (d.decision = 'declined' OR w.kind = 'icb mismatch'))
	ORDER BY w.kind, w.practice_code`
