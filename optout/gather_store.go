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

// few is up to how many people a look is planned once for all of them: planning
// the questions below anew would take longer than answering them.
const few = 32

// question is what somebody asks besides, while facts are gathered.
type question func(g *gathering, ask *pgx.Batch)

// situations gathers everything that decides where people stand, for all their
// enrolments, those of numbers merged into them included, in two round trips.
// more questions are asked in the second.
func (d *Desk) situations(ctx context.Context, tx pgx.Tx, now time.Time, people []campaigns.PersonID, more ...question) ([]situation, error) {
	members, roots, err := membersOf(ctx, tx, people)
	if err != nil {
		return nil, err
	}
	g := newGathering(members, roots)
	ask := &pgx.Batch{}
	if len(members) <= few {
		ask.Queue(`SET LOCAL plan_cache_mode = force_generic_plan`)
	}
	for _, question := range more {
		question(g, ask)
	}
	g.askEnrolments(ask, calendar.DateOf(now))
	g.askAnswers(ask)
	g.askHolds(ask)
	g.askRecords(ask)
	g.askFacts(ask)
	g.askNotices(ask)
	longer := askLengthenings(ask)
	extra := askHolidays(ask)
	if len(members) <= few {
		ask.Queue(`SET LOCAL plan_cache_mode TO DEFAULT`)
	}
	if err := tx.SendBatch(ctx, ask).Close(); err != nil {
		return nil, fmt.Errorf("gather: %w", err)
	}
	working := calendar.England(*extra...)
	for i := range g.list {
		s, place := &g.list[i], g.places[i]
		key := personIn{s.programme, s.person}
		s.working, s.wave = working, place.wave
		s.wrongFile = g.wrong[s.enrolment]
		s.addressFoundAt, s.noAddressAt = g.moved[s.person], g.lost[s.person]
		s.standing = standingOf(g.answers[key])
		s.holds = g.holds[key]
		s.spans = slices.Concat(g.spans[key], g.spans[personIn{0, s.person}], g.unstood[s.enrolment], longer.outages[s.campaign])
		s.extra = longer.extra(s.campaign, place.wave, place.region)
		s.record = g.recordFor(key, s.enrolment)
		s.sealed = g.sealed
		for _, n := range g.notices[s.enrolment] {
			if s.record == nil || s.record.enrolment != s.enrolment || !s.record.made() {
				stored, days := n.ClosesOn, n.DaysAdded
				n.renew(s.spans, s.extra, working)
				if n.ClosesOn != stored || n.DaysAdded != days {
					s.renewed = append(s.renewed, n)
				}
			}
			s.notices = append(s.notices, n)
		}
	}
	g.handOver()
	return g.list, nil
}

// membersOf finds whose facts count for people: they themselves, or who they
// were merged into, and every number merged into those, each with the one who stays.
func membersOf(ctx context.Context, tx pgx.Tx, people []campaigns.PersonID) (members, roots []campaigns.PersonID, err error) {
	var member, root campaigns.PersonID
	err = each(ctx, tx, `
		WITH root AS (
			SELECT DISTINCT coalesce(p.merged_into, p.id) AS id
			FROM unnest(@people::bigint[]) u (id) CROSS JOIN LATERAL (SELECT id, merged_into FROM people WHERE id = u.id OFFSET 0) p)
		SELECT id, id FROM root
		UNION ALL SELECT p.id, root.id FROM root CROSS JOIN LATERAL (SELECT id FROM people WHERE merged_into = root.id OFFSET 0) p`,
		pgx.NamedArgs{"people": people}, []any{&member, &root}, func() { members, roots = append(members, member), append(roots, root) })
	if err != nil {
		return nil, nil, fmt.Errorf("gather people: %w", err)
	}
	return members, roots, nil
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

func each(ctx context.Context, tx pgx.Tx, sql string, args pgx.NamedArgs, into []any, do func()) error {
	rows, err := tx.Query(ctx, sql, args)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, into, func() error { do(); return nil })
	return err
}

// eachOf asks the same in a batch: do hears of every row once that is closed.
func eachOf(ask *pgx.Batch, what, sql string, args pgx.NamedArgs, into []any, do func()) {
	ask.Queue(sql, args).Query(func(rows pgx.Rows) error {
		if _, err := pgx.ForEachRow(rows, into, func() error { do(); return nil }); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	})
}

// askHolidays asks for the extra holidays in a batch.
func askHolidays(ask *pgx.Batch) *[]calendar.Holiday {
	var list []calendar.Holiday
	var h calendar.Holiday
	eachOf(ask, "holidays", holidaySelect, nil, []any{&h.On, &h.Title}, func() { list = append(list, h) })
	return &list
}

// orZero turns the first day of the calendar, which stands for NULL, into no moment.
func orZero(t time.Time) time.Time {
	if t.Year() <= 1 {
		return time.Time{}
	}
	return t
}
