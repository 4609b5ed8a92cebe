package optout

import (
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

type personIn struct {
	programme campaigns.ProgrammeID
	person    campaigns.PersonID
}

// place is where an enrolment is, for what lengthens windows there.
type place struct {
	wave   campaigns.WaveID
	region string
	into   campaigns.EnrolmentID // that it was merged into
}

// gathering collects the facts of some people while a batch of questions is
// being answered. Every question looks people up one by one, by index: a plan
// made while a table was empty would otherwise read all of it, as it grows.
type gathering struct {
	args       pgx.NamedArgs
	roots      map[campaigns.PersonID]campaigns.PersonID // who stays, of everybody
	registered bool                                      // where, is asked too
	unsent     []string                                  // records marked as leaving of which nothing has left
	list       []situation
	// for each of list
	places []place

	answers map[personIn][]answerFact
	holds   map[personIn][]HoldID
	spans   map[personIn][]span
	records map[personIn][]recordFact
	notices map[campaigns.EnrolmentID][]Notice
	sealed  map[NoticeID]bool                // whose piece is out, where that was asked
	wrong   map[campaigns.EnrolmentID]bool   // whom a withdrawn file brought, where that was asked
	unstood map[campaigns.EnrolmentID][]span // days on which no other file stood for such people, where that was asked
	moved   map[campaigns.PersonID]time.Time // last told of another address
	lost    map[campaigns.PersonID]time.Time // last looked for in vain
}

func newGathering(members, roots []campaigns.PersonID) *gathering {
	g := &gathering{args: pgx.NamedArgs{"people": members, "roots": roots}, roots: make(map[campaigns.PersonID]campaigns.PersonID, len(members)),
		answers: map[personIn][]answerFact{}, holds: map[personIn][]HoldID{}, spans: map[personIn][]span{}, records: map[personIn][]recordFact{},
		notices: map[campaigns.EnrolmentID][]Notice{}, sealed: map[NoticeID]bool{},
		wrong: map[campaigns.EnrolmentID]bool{}, unstood: map[campaigns.EnrolmentID][]span{}, moved: map[campaigns.PersonID]time.Time{}, lost: map[campaigns.PersonID]time.Time{}}
	for i, m := range members {
		g.roots[m] = roots[i]
	}
	return g
}

// key is whose fact one of these is.
func (g *gathering) key(of personIn) personIn { return personIn{of.programme, g.roots[of.person]} }

func (g *gathering) askEnrolments(ask *pgx.Batch, today calendar.Date) {
	// The patients' role may not know where somebody is registered.
	practice, of := `''`, ``
	if g.registered {
		practice, of = `root.practice_code`, `, practice_code`
	}
	ask.Queue(`
		SELECT e.id, e.campaign_id, c.programme_id, root.id, e.state, e.reason, e.wave_id IS NOT NULL, coalesce(e.merged_into, 0), c.minimum_age,
			root.born_on, root.died_on, root.left_reason <> '', root.sensitive, root.undeliverable,
			coalesce(e.wave_id, 0), c.region_code, `+practice+`
		FROM unnest(@people::bigint[], @roots::bigint[]) member (id, root)
		CROSS JOIN LATERAL (SELECT id, born_on, died_on, left_reason, sensitive, undeliverable`+of+` FROM people WHERE id = member.root OFFSET 0) root
		CROSS JOIN LATERAL (SELECT id, campaign_id, state, reason, wave_id, merged_into FROM enrolments WHERE person_id = member.id OFFSET 0) e
		JOIN campaigns c ON c.id = e.campaign_id
		ORDER BY e.campaign_id, e.id`, g.args).Query(func(rows pgx.Rows) (err error) {
		g.list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (situation, error) {
			s := situation{today: today}
			var p place
			err := row.Scan(&s.enrolment, &s.campaign, &s.programme, &s.person, &s.state, &s.reason, &s.inWave, &p.into, &s.minimumAge,
				&s.bornOn, &s.diedOn, &s.left, &s.sensitive, &s.undeliverable, &p.wave, &p.region, &s.practice)
			s.mergedAway = p.into != 0
			g.places = append(g.places, p)
			return s, err
		})
		return err
	})
}

// askAnswers asks for the answers that count, and for the days in which one
// stood that somebody else had given: those do not count towards a window.
func (g *gathering) askAnswers(ask *pgx.Batch) {
	var k personIn
	var a answerFact
	var reversed time.Time
	eachOf(ask, "answers", `
		SELECT a.programme_id, a.person_id, a.id, a.says, a.received_on, a.recorded_at, coalesce(r.reversed_at, '0001-01-01Z')
		FROM unnest(@people::bigint[]) p (id)
		CROSS JOIN LATERAL (SELECT id, programme_id, person_id, says, received_on, recorded_at FROM answers WHERE person_id = p.id OFFSET 0) a
		LEFT JOIN LATERAL (SELECT reversed_at FROM answer_reversals WHERE answer_id = a.id OFFSET 0) r ON true
		ORDER BY a.id`, g.args, []any{&k.programme, &k.person, &a.id, &a.says, &a.receivedOn, &a.recordedAt, &reversed}, func() {
		switch key := g.key(k); {
		case orZero(reversed).IsZero():
			g.answers[key] = append(g.answers[key], a)
		case a.says == "no":
			g.spans[key] = append(g.spans[key], span{calendar.DateOf(a.recordedAt), calendar.DateOf(reversed)})
		}
	})
}

// askHolds asks for the holds that are open, and for the days of those that were.
func (g *gathering) askHolds(ask *pgx.Batch) {
	var k personIn
	var h HoldID
	var settled bool
	var s span
	eachOf(ask, "holds", `
		SELECT h.programme_id, p.id, h.id, h.settled_at IS NOT NULL, h.received_on,
			coalesce((h.settled_at AT TIME ZONE 'Europe/London')::date, h.received_on)
		FROM unnest(@people::bigint[]) p (id)
		CROSS JOIN LATERAL (SELECT hold_id FROM hold_candidates WHERE person_id = p.id OFFSET 0) c JOIN holds h ON h.id = c.hold_id
		WHERE h.cause <> 'same day' AND (h.settled_at IS NULL OR h.outcome <> 'dissent'
			OR NOT EXISTS (SELECT FROM answers a WHERE a.hold_id = h.id AND a.person_id = p.id)) ORDER BY h.id`, g.args,
		[]any{&k.programme, &k.person, &h, &settled, &s.from, &s.to}, func() {
			if key := g.key(k); settled {
				g.spans[key] = append(g.spans[key], s)
			} else {
				g.holds[key] = append(g.holds[key], h)
			}
		})
}

func (g *gathering) askRecords(ask *pgx.Batch) {
	var k personIn
	var r recordFact
	eachOf(ask, "records", `
		SELECT r.programme_id, r.person_id, r.record, r.enrolment_id, r.state, r.basis, r.leaving_at, r.live_at, r.withdrawn_at
		FROM unnest(@people::bigint[]) p (id) CROSS JOIN LATERAL (
			SELECT programme_id, person_id, id::text AS record, enrolment_id, state, basis, coalesce(leaving_at, '0001-01-01Z') AS leaving_at,
				coalesce(live_at, '0001-01-01Z') AS live_at, coalesce(withdrawn_at, withdrawing_at, '0001-01-01Z') AS withdrawn_at, reserved_at
			FROM records WHERE person_id = p.id OFFSET 0) r
		ORDER BY r.reserved_at, r.enrolment_id`, g.args,
		[]any{&k.programme, &k.person, &r.id, &r.enrolment, &r.state, &r.basis, &r.leavingAt, &r.liveAt, &r.withdrawnAt}, func() {
			r.leavingAt, r.liveAt, r.withdrawnAt = orZero(r.leavingAt), orZero(r.liveAt), orZero(r.withdrawnAt)
			if slices.Contains(g.unsent, r.id) {
				r.leavingAt = time.Time{}
			}
			key := g.key(k)
			g.records[key] = append(g.records[key], r)
		})
}

// beginning names the fact whose end another fact tells.
var beginning = map[string]string{"not dead": "died", "came back": "left", "not sensitive": "sensitive"}

// askFacts asks when an address was told or not found, and for the days on
// which somebody was taken for dead, gone or sensitive and was not: those do
// not count towards a window.
func (g *gathering) askFacts(ask *pgx.Batch) {
	type absence struct {
		person campaigns.PersonID
		kind   string
	}
	var p campaigns.PersonID
	var kind string
	var at time.Time
	begun := map[absence]calendar.Date{}
	eachOf(ask, "facts", `
		SELECT f.person_id, f.kind, f.recorded_at FROM unnest(@people::bigint[]) p (id)
		CROSS JOIN LATERAL (SELECT id, person_id, kind, recorded_at FROM person_facts WHERE person_id = p.id OFFSET 0) f
		WHERE f.kind IN ('moved address', 'address not found', 'died', 'not dead', 'left', 'came back', 'sensitive', 'not sensitive')
		ORDER BY f.id`, g.args, []any{&p, &kind, &at}, func() {
		switch kind {
		case "moved address":
			g.moved[p] = later(g.moved[p], at)
			return
		case "address not found":
			g.lost[p] = later(g.lost[p], at)
			return
		}
		day := calendar.DateOf(at)
		ended, ends := beginning[kind]
		if !ends {
			if a := (absence{p, kind}); begun[a].IsZero() {
				begun[a] = day
			}
			return
		}
		if from := begun[absence{p, ended}]; !from.IsZero() {
			key := personIn{0, g.roots[p]}
			g.spans[key] = append(g.spans[key], span{from, day})
			delete(begun, absence{p, ended})
		}
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// askNotices asks for the letters.
func (g *gathering) askNotices(ask *pgx.Batch) {
	ask.Queue(noticeColumns+`FROM unnest(@people::bigint[]) p (id) CROSS JOIN LATERAL (
		SELECT id, campaign_id, enrolment_id, person_id, number, batch_id, addressee, window_unit, window_length, delivery_allowance, composed_on, printed_last_on,
			posted_on, closes_on, days_added, void_at, void_reason FROM notices WHERE person_id = p.id OFFSET 0) n
		ORDER BY n.enrolment_id, n.number`, g.args).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, scanNotice)
		for _, n := range list {
			g.notices[n.Enrolment] = append(g.notices[n.Enrolment], n)
		}
		return err
	})
}

// askPieces asks for the letters whose piece is out.
func askPieces(g *gathering, ask *pgx.Batch) {
	var n NoticeID
	eachOf(ask, "pieces", `
		SELECT i.notice_id FROM unnest(@people::bigint[]) p (id) CROSS JOIN LATERAL (SELECT notice_id, ended FROM pieces WHERE person_id = p.id OFFSET 0) i
		WHERE NOT i.ended`, g.args, []any{&n}, func() { g.sealed[n] = true })
}

// handOver gives the letters of enrolments that were merged away to those that stay.
func (g *gathering) handOver() {
	for i, from := range g.places {
		for j := range g.list {
			if from.into == 0 {
				break
			}
			if to := &g.list[j]; to.enrolment == from.into && to.campaign == g.list[i].campaign {
				to.others = append(to.others, g.list[i].notices...)
			}
		}
	}
}

// recordFor is the record of this enrolment that takes the person's place,
// else that of another one, else the latest that was taken back from this one.
func (g *gathering) recordFor(key personIn, e campaigns.EnrolmentID) (found *recordFact) {
	rank := 0
	for i := range g.records[key] {
		r, n := &g.records[key][i], 0
		switch {
		case r.held() && r.enrolment == e:
			n = 3
		case r.held():
			n = 2
		case r.state == "withdrawn" && r.enrolment == e:
			n = 1
		}
		if n > 0 && n >= rank {
			found, rank = r, n
		}
	}
	return found
}
