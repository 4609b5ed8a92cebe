package optout

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Invariant is one promise of the whole house, asked of the database; more
// than no violations is an alarm.
type Invariant struct {
	Name       string `json:"name"`
	Violations int    `json:"violations"`
}

// noStands are the people, under the number that stays, of whom a no stands.
const noStands = `
		WITH no AS (
			SELECT a.programme_id, coalesce(p.merged_into, p.id) AS root FROM answers a JOIN people p ON p.id = a.person_id
			WHERE NOT EXISTS (SELECT FROM answer_reversals v WHERE v.answer_id = a.id) GROUP BY 1, 2
			HAVING max(a.received_on) FILTER (WHERE a.says = 'no') >= coalesce(max(a.received_on) FILTER (WHERE a.says = 'yes'), '-infinity'))`

// invariants are the promises as questions whose answer is a count of what
// breaks them (rules of notice, "Invariants").
var invariants = []struct{ name, count string }{
	{"a record made in silence has a notice that was valid, posted and over when it was made", `
		SELECT count(*) FROM records r WHERE r.basis = 'silence' AND r.state IN ('live', 'withdrawing', 'withdrawn') AND r.live_at IS NOT NULL
		AND NOT EXISTS (
			SELECT FROM notices n WHERE n.campaign_id = r.campaign_id AND n.enrolment_id = r.enrolment_id AND n.posted_on IS NOT NULL
			AND (n.void_at IS NULL OR n.void_at >= coalesce(r.leaving_at, r.live_at))
			AND n.closes_on < (coalesce(r.leaving_at, r.live_at) AT TIME ZONE 'Europe/London')::date)`},
	{"no window that counts was open when a record was made in silence", `
		SELECT count(*) FROM records r JOIN notices n ON n.campaign_id = r.campaign_id AND n.enrolment_id = r.enrolment_id
		WHERE r.basis = 'silence' AND r.state IN ('live', 'withdrawing', 'withdrawn') AND r.live_at IS NOT NULL AND n.posted_on IS NOT NULL
		AND n.posted_told_at < coalesce(r.leaving_at, r.live_at) AND (n.void_at IS NULL OR n.void_at >= coalesce(r.leaving_at, r.live_at))
		AND n.closes_on >= (coalesce(r.leaving_at, r.live_at) AT TIME ZONE 'Europe/London')::date`},
	{"a record made on a yes has a yes received later than every no", `
		SELECT count(*) FROM records r WHERE r.basis = 'yes' AND r.state IN ('live', 'withdrawing', 'withdrawn') AND NOT EXISTS (
			SELECT FROM answers y WHERE y.id = (r.evidence->'facts'->>'consent')::bigint AND y.says = 'yes'
			AND NOT EXISTS (SELECT FROM answers n WHERE n.person_id = y.person_id AND n.programme_id = y.programme_id AND n.says = 'no'
				AND n.received_on >= y.received_on AND n.recorded_at < coalesce(r.leaving_at, r.live_at, r.reserved_at)
				AND NOT EXISTS (SELECT FROM answer_reversals v WHERE v.answer_id = n.id)))`},
	{"evidence is complete and its checksum right", `
		WITH whole AS (
			SELECT id, encode(sha256(convert_to(body::text, 'UTF8')), 'hex') AS sum FROM circumstances
			WHERE json_array_length(body->'clauses') = 9
				AND NOT EXISTS (SELECT FROM json_array_elements(body->'clauses') c WHERE (c->>'met')::boolean IS NOT TRUE))
		SELECT count(*) FROM records r LEFT JOIN whole c ON c.id = r.circumstances_id
		WHERE sha256(convert_to(r.evidence::text, 'UTF8')) <> r.evidence_sha256 OR c.sum IS DISTINCT FROM r.evidence->>'circumstances'`},
	{"no send left after a no or an open hold was recorded", `
		SELECT count(*) FROM records r WHERE coalesce(r.leaving_at, r.live_at) IS NOT NULL AND (EXISTS (
			SELECT FROM answers a WHERE a.person_id = r.person_id AND a.programme_id = r.programme_id AND a.says = 'no'
			AND a.recorded_at < coalesce(r.leaving_at, r.live_at)
			AND NOT EXISTS (SELECT FROM answer_reversals v WHERE v.answer_id = a.id AND v.reversed_at <= coalesce(r.leaving_at, r.live_at))
			AND NOT EXISTS (SELECT FROM answers y WHERE r.basis = 'yes' AND y.id = (r.evidence->'facts'->>'consent')::bigint AND y.received_on > a.received_on))
		OR EXISTS (SELECT FROM holds h JOIN hold_candidates c ON c.hold_id = h.id WHERE c.person_id = r.person_id AND h.programme_id = r.programme_id
			AND h.cause <> 'same day' AND c.added_at < coalesce(r.leaving_at, r.live_at) AND (h.settled_at IS NULL OR h.settled_at > coalesce(r.leaving_at, r.live_at))))`},
	{"whoever says no has no live record", noStands + `
		SELECT count(*) FROM no JOIN people p ON coalesce(p.merged_into, p.id) = no.root
		JOIN records r ON r.person_id = p.id AND r.programme_id = no.programme_id AND r.state = 'live'`},
	{"whoever says no is opted out, withdrawn, merged or on the way there", noStands + `
		SELECT count(*) FROM no JOIN people p ON coalesce(p.merged_into, p.id) = no.root JOIN enrolments e ON e.person_id = p.id AND e.merged_into IS NULL
		JOIN campaigns k ON k.id = e.campaign_id AND k.programme_id = no.programme_id WHERE e.state NOT IN ('opted_out', 'withdrawing', 'withdrawn')`},
	{"of one person's enrolments in a campaign, under whatever numbers, one stays", `
		SELECT count(*) FROM (SELECT FROM enrolments e JOIN people p ON p.id = e.person_id
			WHERE p.merged_into IS NOT NULL OR e.merged_into IS NOT NULL OR EXISTS (SELECT FROM people m WHERE m.merged_into = p.id)
			GROUP BY e.campaign_id, coalesce(p.merged_into, p.id) HAVING count(*) FILTER (WHERE e.merged_into IS NULL) <> 1) n`},
	{"nobody has two live records, no letter two live pieces", `
		SELECT (SELECT count(*) FROM (SELECT FROM records WHERE state IN ('reserved', 'leaving', 'live', 'failed', 'withdrawing')
			GROUP BY programme_id, person_id HAVING count(*) > 1) r)
		+ (SELECT count(*) FROM (SELECT FROM pieces WHERE NOT ended
			GROUP BY enrolment_id, number, part HAVING count(*) > 1) p)`},
	{"created, and only created, has a live record", `
		SELECT count(*) FROM enrolments e FULL JOIN (SELECT enrolment_id, state FROM records WHERE state IN ('live', 'withdrawing')) r ON r.enrolment_id = e.id
		WHERE (e.state = 'created') IS DISTINCT FROM (r.state = 'live') AND NOT (e.state <> 'created' AND r.state IS NULL)
		AND NOT (e.state = 'withdrawing' AND r.state = 'withdrawing')`},
	{"kept counts equal counting, in every campaign, wave and state", `
		SELECT count(*) FROM (
			SELECT campaign_id, wave_id, state, reason, sum(n) AS n FROM (
				SELECT campaign_id, wave_id, state, reason, people AS n FROM counts
				UNION ALL SELECT campaign_id, wave_id, state, reason, people FROM count_deltas
				UNION ALL SELECT campaign_id, coalesce(wave_id, 0), state, reason, -count(*) FROM enrolments GROUP BY 1, 2, 3, 4) x
			GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0) y`},
	{"rows of files = enrolled + already there + rejected with a reason", `
		SELECT count(*) FROM cohorts WHERE rows <> accepted + rejected OR state = 'applied' AND accepted <> enrolled + already + discarded + waiting
		OR state IN ('in review', 'applied', 'accepted') AND rejected > (SELECT count(DISTINCT line) FROM findings f WHERE f.cohort_id = cohorts.id AND severity = 'reject')`},
	{"pieces of every batch add up", `
		SELECT count(*) FROM batches b WHERE b.state IN ('sealed', 'accepted', 'rejected', 'posted') AND b.pieces <> (SELECT count(*) FROM pieces p WHERE p.batch_id = b.id)`},
	{"everybody in an approved wave has a piece posted, one on its way, or a reason", `
		SELECT count(*) FROM enrolments e WHERE e.state IN ('written', 'notified', 'reconciling') AND NOT EXISTS (
			SELECT FROM pieces p WHERE p.enrolment_id = e.id AND NOT p.ended)`},
	{"no window closes before its letter said, nor before it was long enough", `
		SELECT count(*) FROM notices WHERE posted_on IS NOT NULL AND void_at IS NULL
		AND (closes_on < printed_last_on OR window_unit = 'days' AND closes_on < posted_on + window_length)`},
	{"whoever waits for a record has a window, and nobody else", `
		SELECT (SELECT count(*) FROM enrolments e WHERE e.state IN ('notified', 'reconciling', 'ready') AND NOT EXISTS (
			SELECT FROM windows w WHERE w.campaign_id = e.campaign_id AND w.enrolment_id = e.id))
		+ (SELECT count(*) FROM windows w JOIN enrolments e ON e.campaign_id = w.campaign_id AND e.id = w.enrolment_id
			WHERE e.state NOT IN ('notified', 'reconciling', 'ready'))`},
	{"every state is the last line of its history", `
		SELECT count(*) FROM enrolments e JOIN LATERAL (
			SELECT to_state, reason FROM history h WHERE h.campaign_id = e.campaign_id AND h.enrolment_id = e.id ORDER BY id DESC LIMIT 1) h ON true
		WHERE h.to_state <> e.state`},
	{"every live code belongs to a piece", `SELECT count(*) FROM codes c WHERE NOT EXISTS (SELECT FROM pieces p WHERE p.id = c.piece_id)`},
	{"nobody dead, merged or gone waits for a record", `
		SELECT count(*) FROM windows w JOIN people p ON p.id = w.person_id WHERE p.died_on IS NOT NULL OR p.left_reason <> ''`},
	{"no letter was sealed for somebody who had said no, may have, or had died", `
		SELECT count(*) FROM pieces p JOIN batches b ON b.id = p.batch_id JOIN campaigns k ON k.id = p.campaign_id WHERE EXISTS (
			SELECT FROM answers a WHERE a.person_id = p.person_id AND a.programme_id = k.programme_id AND a.says = 'no' AND a.recorded_at < b.sealed_at
			AND NOT EXISTS (SELECT FROM answer_reversals v WHERE v.answer_id = a.id AND v.reversed_at <= b.sealed_at)
			AND NOT EXISTS (SELECT FROM answers y WHERE y.person_id = a.person_id AND y.programme_id = a.programme_id AND y.says = 'yes'
				AND y.received_on > a.received_on AND y.recorded_at <= b.sealed_at))
		OR EXISTS (SELECT FROM holds h JOIN hold_candidates c ON c.hold_id = h.id WHERE c.person_id = p.person_id AND h.programme_id = k.programme_id
			AND h.cause <> 'same day' AND c.added_at < b.sealed_at AND (h.settled_at IS NULL OR h.settled_at > b.sealed_at))
		OR EXISTS (SELECT FROM person_facts f WHERE f.person_id = p.person_id AND f.kind = 'died' AND f.recorded_at < b.sealed_at
			AND NOT EXISTS (SELECT FROM person_facts l WHERE l.person_id = f.person_id AND l.recorded_at <= b.sealed_at
				AND (l.kind = 'not dead' AND l.id > f.id OR l.kind = 'merged')))`},
	{"no letter counts that went to an address left before it was posted", `
		SELECT count(*) FROM notices n JOIN batches b ON b.id = n.batch_id WHERE n.posted_on IS NOT NULL AND n.void_at IS NULL AND EXISTS (
			SELECT FROM person_facts f WHERE f.person_id = n.person_id AND f.kind = 'moved address' AND f.recorded_at > b.sealed_at AND f.fact_on <= n.posted_on)`},
	{"a live record made in silence has a letter that still counts", `
		SELECT count(*) FROM records r WHERE r.basis = 'silence' AND r.state = 'live' AND NOT EXISTS (
			SELECT FROM enrolments e JOIN notices n ON n.campaign_id = e.campaign_id AND n.enrolment_id = e.id AND n.posted_on IS NOT NULL AND n.void_at IS NULL
			WHERE e.campaign_id = r.campaign_id AND (e.id = r.enrolment_id OR e.merged_into = r.enrolment_id))`},
	{"no record left and no letter was sealed while that was stopped or paused", `
		WITH red AS (
			SELECT key, since, changed_at AS began, coalesce(lead(changed_at) OVER (PARTITION BY key ORDER BY id), 'infinity') AS ended
			FROM signal_changes WHERE key = 'stop' OR starts_with(key, 'pause:'))
		SELECT (SELECT count(*) FROM records r JOIN red ON red.since IS NOT NULL
			AND red.key IN ('stop', 'pause:campaign:' || r.campaign_id, 'pause:registry:' || r.registry)
			AND coalesce(r.leaving_at, r.live_at) > red.began AND coalesce(r.leaving_at, r.live_at) < red.ended)
		+ (SELECT count(*) FROM batches b JOIN red ON red.since IS NOT NULL
			AND red.key IN ('stop', 'pause:campaign:' || b.campaign_id, 'pause:wave:' || b.wave_id) AND b.sealed_at > red.began AND b.sealed_at < red.ended)`},
	{"whoever is under an open hold is held, or further on", `
		SELECT count(*) FROM holds h JOIN hold_candidates c ON c.hold_id = h.id JOIN people u ON u.id = c.person_id
		JOIN people p ON coalesce(p.merged_into, p.id) = coalesce(u.merged_into, u.id) JOIN enrolments e ON e.person_id = p.id
		JOIN campaigns k ON k.id = e.campaign_id AND k.programme_id = h.programme_id
		WHERE h.settled_at IS NULL AND h.cause <> 'same day' AND e.merged_into IS NULL
		AND e.state NOT IN ('held', 'opted_out', 'creating', 'create_failed', 'created', 'withdrawing', 'withdrawn')`},
	{"a settled hold says who settled it and how, and a no or yes of it is in the ledger once", `
		SELECT count(*) FROM holds h WHERE h.settled_at IS NOT NULL AND (h.outcome IS NULL OR h.settled_by IS NULL AND h.cause <> 'recorded as dead'
			OR (SELECT count(*) FROM answers a WHERE a.hold_id = h.id) <> CASE WHEN h.outcome IN ('dissent', 'consent') THEN 1 ELSE 0 END)`},
	{"one form is one answer or one hold", `SELECT count(*) FROM answers a JOIN holds h ON h.token = a.token`},
	{"history is a chain: each line begins where the last one ended", `
		SELECT count(*) FROM (SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY campaign_id, enrolment_id ORDER BY id) AS before FROM history) h
		WHERE from_state <> before`},
	{"a window that is kept ends no earlier than the letter that counts", `
		SELECT count(*) FROM windows w JOIN enrolments e ON e.campaign_id = w.campaign_id AND e.id = w.enrolment_id AND e.state IN ('notified', 'reconciling')
		WHERE w.closes_on < (SELECT max(n.closes_on) FROM notices n WHERE n.campaign_id = w.campaign_id AND n.enrolment_id = w.enrolment_id
			AND n.posted_on IS NOT NULL AND n.void_at IS NULL)`},
	{"enrolled people of every file are there", `
		SELECT count(*) FROM cohorts h WHERE h.state = 'applied' AND h.enrolled <> (SELECT count(*) FROM enrolments e WHERE e.campaign_id = h.campaign_id AND e.cohort_id = h.id)`},
	{"the pieces of a batch are numbered one after the other, and pages and sheets add up", `
		SELECT count(*) FROM batches b JOIN (SELECT batch_id, count(*) AS n, max(sequence) AS last, sum(pages) AS pages, sum(sheets) AS sheets FROM pieces GROUP BY batch_id) p
		ON p.batch_id = b.id WHERE p.last <> p.n OR b.pieces <> p.n OR b.pages <> p.pages OR b.sheets <> p.sheets`},
}

// Invariants asks every promise of the database at one moment.
func (d *Desk) Invariants(ctx context.Context) ([]Invariant, error) {
	list := make([]Invariant, 0, len(invariants))
	err := pgx.BeginTxFunc(ctx, d.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		for _, i := range invariants {
			v := Invariant{Name: i.name}
			if err := tx.QueryRow(ctx, i.count).Scan(&v.Violations); err != nil {
				return fmt.Errorf("ask %q: %w", i.name, err)
			}
			list = append(list, v)
		}
		return nil
	})
	return list, err
}
