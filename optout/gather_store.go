package optout

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// situations gathers everything that decides where people stand, for all their
// enrolments, those of numbers merged into them included.
func (d *Desk) situations(ctx context.Context, tx pgx.Tx, now time.Time, people []campaigns.PersonID) ([]situation, error) {
	rows, err := tx.Query(ctx, `SELECT DISTINCT coalesce(merged_into, id) FROM people WHERE id = ANY(@people)`, pgx.NamedArgs{"people": people})
	if err != nil {
		return nil, fmt.Errorf("gather people: %w", err)
	}
	staying, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.PersonID])
	if err != nil {
		return nil, fmt.Errorf("gather people: %w", err)
	}
	rows, err = tx.Query(ctx, `
		SELECT e.id, e.campaign_id, c.programme_id, root.id, e.state, e.reason, e.wave_id IS NOT NULL, coalesce(e.merged_into, 0), c.minimum_age,
			root.born_on, root.died_on, root.left_reason <> '', root.sensitive, root.undeliverable,
			coalesce((SELECT max(recorded_at) FROM person_facts f WHERE f.person_id = root.id AND f.kind = 'moved address'), '0001-01-01Z'),
			coalesce((SELECT max(recorded_at) FROM person_facts f WHERE f.person_id = root.id AND f.kind = 'address not found'), '0001-01-01Z'),
			e.person_id, coalesce(e.wave_id, 0), c.region_code
		FROM (SELECT unnest(@staying::bigint[]) AS id, unnest(@staying::bigint[]) AS root
			UNION ALL SELECT id, merged_into FROM people WHERE merged_into = ANY(@staying)) member
		JOIN people root ON root.id = member.root JOIN enrolments e ON e.person_id = member.id JOIN campaigns c ON c.id = e.campaign_id
		ORDER BY e.campaign_id, e.id`, pgx.NamedArgs{"staying": staying})
	if err != nil {
		return nil, fmt.Errorf("gather people: %w", err)
	}
	type place struct {
		wave   campaigns.WaveID
		region string
		into   campaigns.EnrolmentID
	}
	var places []place
	roots := map[campaigns.PersonID]campaigns.PersonID{}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (situation, error) {
		s := situation{today: calendar.DateOf(now)}
		var own campaigns.PersonID
		var p place
		err := row.Scan(&s.enrolment, &s.campaign, &s.programme, &s.person, &s.state, &s.reason, &s.inWave, &p.into, &s.minimumAge,
			&s.bornOn, &s.diedOn, &s.left, &s.sensitive, &s.undeliverable, &s.addressFoundAt, &s.noAddressAt, &own, &p.wave, &p.region)
		roots[own], roots[s.person] = s.person, s.person
		s.mergedAway = p.into != 0
		places = append(places, p)
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("gather people: %w", err)
	}
	if len(list) == 0 {
		return nil, nil
	}
	all := make([]campaigns.PersonID, 0, len(roots))
	for p := range roots {
		all = append(all, p)
	}
	g, err := d.gather(ctx, tx, all, roots)
	if err != nil {
		return nil, err
	}
	more, err := d.lengthenings(ctx, tx)
	if err != nil {
		return nil, err
	}
	working, err := d.working(ctx, tx)
	if err != nil {
		return nil, err
	}
	for i := range list {
		s := &list[i]
		key := personIn{s.programme, s.person}
		s.standing = standingOf(g.answers[key])
		s.holds = g.holds[key]
		s.spans = append(append(append(s.spans, g.spans[key]...), g.spans[personIn{0, s.person}]...), more.outages[s.campaign]...)
		s.extra = more.extra(s.campaign, places[i].wave, places[i].region)
		s.record = g.recordFor(key, s.enrolment)
		s.sealed = g.sealed
		for _, n := range g.notices[s.enrolment] {
			if s.record == nil || s.record.enrolment != s.enrolment || !s.record.made() {
				n.renew(s.spans, s.extra, working)
			}
			s.notices = append(s.notices, n)
		}
	}
	for i := range list {
		for j := range list {
			if places[i].into == 0 {
				break
			}
			if list[j].enrolment == places[i].into && list[j].campaign == list[i].campaign {
				list[j].others = append(list[j].others, list[i].notices...)
			}
		}
	}
	return list, nil
}

// renew works the close of a posted notice out from the rows that lengthen it;
// it never falls before what was stored.
func (n *Notice) renew(spans []span, extra int, w calendar.Working) {
	if n.PostedOn.IsZero() {
		return
	}
	n.DaysAdded = daysWithin(n.PostedOn, spans, extra, func(days int) calendar.Date {
		return n.Window.ClosesOn(n.PostedOn, n.PrintedLastOn, days, w)
	})
	n.ClosesOn = calendar.Max(n.ClosesOn, n.Window.ClosesOn(n.PostedOn, n.PrintedLastOn, n.DaysAdded, w))
}

type personIn struct {
	programme campaigns.ProgrammeID
	person    campaigns.PersonID
}

type gathered struct {
	answers map[personIn][]answerFact
	holds   map[personIn][]HoldID
	spans   map[personIn][]span
	records map[personIn][]recordFact
	notices map[campaigns.EnrolmentID][]Notice
	sealed  map[NoticeID]bool
}

// recordFor is the record of this enrolment that takes the person's place,
// else that of another one, else the latest that was taken back from this one.
func (g gathered) recordFor(key personIn, e campaigns.EnrolmentID) (found *recordFact) {
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

func (d *Desk) gather(ctx context.Context, tx pgx.Tx, people []campaigns.PersonID, roots map[campaigns.PersonID]campaigns.PersonID) (gathered, error) {
	g := gathered{map[personIn][]answerFact{}, map[personIn][]HoldID{}, map[personIn][]span{}, map[personIn][]recordFact{},
		map[campaigns.EnrolmentID][]Notice{}, map[NoticeID]bool{}}
	args := pgx.NamedArgs{"people": people}
	var key personIn
	var a answerFact
	err := each(ctx, tx, `
		SELECT a.programme_id, a.person_id, a.id, a.says, a.received_on, a.recorded_at FROM answers a
		WHERE a.person_id = ANY(@people) AND NOT EXISTS (SELECT FROM answer_reversals r WHERE r.answer_id = a.id) ORDER BY a.id`, args,
		[]any{&key.programme, &key.person, &a.id, &a.says, &a.receivedOn, &a.recordedAt}, func() {
			k := personIn{key.programme, roots[key.person]}
			g.answers[k] = append(g.answers[k], a)
		})
	if err != nil {
		return g, fmt.Errorf("gather answers: %w", err)
	}
	if err := gatherReversed(ctx, tx, args, roots, g); err != nil {
		return g, err
	}
	var h HoldID
	var settled bool
	var s span
	err = each(ctx, tx, `
		SELECT h.programme_id, c.person_id, h.id, h.settled_at IS NOT NULL, h.received_on,
			coalesce((h.settled_at AT TIME ZONE 'Europe/London')::date, h.received_on)
		FROM hold_candidates c JOIN holds h ON h.id = c.hold_id
		WHERE c.person_id = ANY(@people) AND h.cause <> 'same day' AND (h.settled_at IS NULL OR h.outcome <> 'dissent'
			OR NOT EXISTS (SELECT FROM answers a WHERE a.hold_id = h.id AND a.person_id = c.person_id)) ORDER BY h.id`, args,
		[]any{&key.programme, &key.person, &h, &settled, &s.from, &s.to}, func() {
			k := personIn{key.programme, roots[key.person]}
			if settled {
				g.spans[k] = append(g.spans[k], s)
			} else {
				g.holds[k] = append(g.holds[k], h)
			}
		})
	if err != nil {
		return g, fmt.Errorf("gather holds: %w", err)
	}
	var r recordFact
	// One look by index for each: a plan made while the table was empty would
	// otherwise read all of it for every chunk, as it grows.
	err = each(ctx, tx, `
		SELECT r.programme_id, r.person_id, r.record, r.enrolment_id, r.state, r.basis, r.leaving_at, r.live_at, r.withdrawn_at
		FROM unnest(@people::bigint[]) p (id) CROSS JOIN LATERAL (
			SELECT programme_id, person_id, id::text AS record, enrolment_id, state, basis, coalesce(leaving_at, '0001-01-01Z') AS leaving_at,
				coalesce(live_at, '0001-01-01Z') AS live_at, coalesce(withdrawn_at, withdrawing_at, '0001-01-01Z') AS withdrawn_at, reserved_at
			FROM records WHERE person_id = p.id OFFSET 0) r
		ORDER BY r.reserved_at, r.enrolment_id`, args,
		[]any{&key.programme, &key.person, &r.id, &r.enrolment, &r.state, &r.basis, &r.leavingAt, &r.liveAt, &r.withdrawnAt}, func() {
			r.leavingAt, r.liveAt, r.withdrawnAt = orZero(r.leavingAt), orZero(r.liveAt), orZero(r.withdrawnAt)
			k := personIn{key.programme, roots[key.person]}
			g.records[k] = append(g.records[k], r)
		})
	if err != nil {
		return g, fmt.Errorf("gather records: %w", err)
	}
	if err := d.gatherAbsences(ctx, tx, args, roots, g); err != nil {
		return g, err
	}
	rows, err := tx.Query(ctx, noticeSelect+`WHERE n.person_id = ANY(@people) ORDER BY n.enrolment_id, n.number`, args)
	if err != nil {
		return g, fmt.Errorf("gather notices: %w", err)
	}
	notices, err := pgx.CollectRows(rows, scanNotice)
	if err != nil {
		return g, fmt.Errorf("gather notices: %w", err)
	}
	for _, n := range notices {
		g.notices[n.Enrolment] = append(g.notices[n.Enrolment], n)
	}
	var n NoticeID
	err = each(ctx, tx, `SELECT notice_id FROM pieces WHERE person_id = ANY(@people) AND state NOT IN ('rejected', 'spoiled', 'recalled', 'failed')`,
		args, []any{&n}, func() { g.sealed[n] = true })
	if err != nil {
		return g, fmt.Errorf("gather pieces: %w", err)
	}
	return g, nil
}

// gatherReversed finds the days in which an answer stood that somebody else
// had given: they do not count towards a window.
func gatherReversed(ctx context.Context, tx pgx.Tx, args pgx.NamedArgs, roots map[campaigns.PersonID]campaigns.PersonID, g gathered) error {
	var key personIn
	var from, to time.Time
	err := each(ctx, tx, `
		SELECT a.programme_id, a.person_id, a.recorded_at, r.reversed_at FROM answers a JOIN answer_reversals r ON r.answer_id = a.id
		WHERE a.person_id = ANY(@people) AND a.says = 'no'`, args, []any{&key.programme, &key.person, &from, &to}, func() {
		k := personIn{key.programme, roots[key.person]}
		g.spans[k] = append(g.spans[k], span{calendar.DateOf(from), calendar.DateOf(to)})
	})
	if err != nil {
		return fmt.Errorf("gather reversed answers: %w", err)
	}
	return nil
}

// beginning names the fact whose end another fact tells.
var beginning = map[string]string{"not dead": "died", "came back": "left", "not sensitive": "sensitive"}

// gatherAbsences finds the days on which somebody was taken for dead, gone or
// sensitive and was not: they do not count towards a window.
func (d *Desk) gatherAbsences(ctx context.Context, tx pgx.Tx, args pgx.NamedArgs, roots map[campaigns.PersonID]campaigns.PersonID, g gathered) error {
	var p campaigns.PersonID
	var kind string
	var at time.Time
	type absence struct {
		person campaigns.PersonID
		kind   string
	}
	begun := map[absence]calendar.Date{}
	return each(ctx, tx, `
		SELECT person_id, kind, recorded_at FROM person_facts
		WHERE person_id = ANY(@people) AND kind IN ('died', 'not dead', 'left', 'came back', 'sensitive', 'not sensitive') ORDER BY id`, args, []any{&p, &kind, &at}, func() {
		root, day := roots[p], calendar.DateOf(at)
		ended, ends := beginning[kind]
		if !ends {
			if a := (absence{p, kind}); begun[a].IsZero() {
				begun[a] = day
			}
			return
		}
		if from := begun[absence{p, ended}]; !from.IsZero() {
			k := personIn{0, root}
			g.spans[k] = append(g.spans[k], span{from, day})
			delete(begun, absence{p, ended})
		}
	})
}

func each(ctx context.Context, tx pgx.Tx, sql string, args pgx.NamedArgs, into []any, do func()) error {
	rows, err := tx.Query(ctx, sql, args)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, into, func() error { do(); return nil })
	return err
}

// orZero turns the first day of the calendar, which stands for NULL, into no moment.
func orZero(t time.Time) time.Time {
	if t.Year() <= 1 {
		return time.Time{}
	}
	return t
}
