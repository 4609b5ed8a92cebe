package optout

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// ties is what a person hangs on: a wave, practices, batches, a file.
type ties struct {
	wave      campaigns.WaveID
	practice  string
	practices []string // every one since the first posting
	withdrawn bool     // the file that brought the person is withdrawn
	batches   []int64
}

// ties finds what the people of a chunk hang on, and all the signals' keys.
func (d *Desk) ties(ctx context.Context, tx pgx.Tx, c campaigns.Campaign, situations []situation) (map[campaigns.EnrolmentID]ties, []string, error) {
	ids := make([]campaigns.EnrolmentID, 0, len(situations))
	people := make([]campaigns.PersonID, 0, len(situations))
	for _, s := range situations {
		ids, people = append(ids, s.enrolment), append(people, s.person)
	}
	found := make(map[campaigns.EnrolmentID]ties, len(ids))
	keys := map[string]struct{}{}
	for _, k := range []string{campaigns.StopSignal, campaigns.ApprovalOf(c.ID), campaigns.PauseCampaign(c.ID), campaigns.PauseRegistry(c.Registry),
		campaigns.FeedRegistrations, campaigns.FeedNational} {
		keys[k] = struct{}{}
	}
	for _, ch := range campaigns.Declared {
		keys[campaigns.Watermark(ch, "")] = struct{}{}
	}
	moves, err := earlierPractices(ctx, tx, people)
	if err != nil {
		return nil, nil, err
	}
	earlier := map[campaigns.EnrolmentID][]string{}
	for _, s := range situations {
		posted := s.firstPosted()
		for _, m := range moves[s.person] {
			if !m.until.Before(posted) {
				earlier[s.enrolment] = append(earlier[s.enrolment], m.practice)
			}
		}
	}
	batches := map[campaigns.EnrolmentID][]int64{}
	for _, s := range situations {
		for _, n := range s.letters() {
			if !n.Void() {
				batches[s.enrolment] = append(batches[s.enrolment], n.Batch)
			}
		}
	}
	var e campaigns.EnrolmentID
	var p campaigns.PersonID
	var t ties
	err = each(ctx, tx, `
		SELECT e.id, coalesce(e.wave_id, 0), coalesce(root.practice_code, p.practice_code), coalesce(root.id, p.id), `+inWrongFile+` FROM enrolments e
		JOIN people p ON p.id = e.person_id LEFT JOIN people root ON root.id = p.merged_into
		WHERE e.campaign_id = @campaign AND e.id = ANY(@ids)`,
		pgx.NamedArgs{"campaign": c.ID, "ids": ids}, []any{&e, &t.wave, &t.practice, &p, &t.withdrawn}, func() {
			t.batches, t.practices = batches[e], append([]string{t.practice}, earlier[e]...)
			found[e] = t
			keys[campaigns.PauseWave(t.wave)] = struct{}{}
			keys[campaigns.SwitchOn(c.Programme, t.practice)] = struct{}{}
			keys[campaigns.PausePractice(t.practice)] = struct{}{}
			for _, code := range t.practices {
				keys[campaigns.Watermark(campaigns.Practice, code)] = struct{}{}
			}
			for _, b := range t.batches {
				keys[campaigns.PauseBatch(b)], keys[campaigns.SuspectBatch(b)] = struct{}{}, struct{}{}
			}
		})
	if err != nil {
		return nil, nil, fmt.Errorf("read ties: %w", err)
	}
	list := make([]string, 0, len(keys))
	for k := range keys {
		list = append(list, k)
	}
	return found, list, nil
}

// firstPosted is the day on which the first letter that counts was posted.
func (s situation) firstPosted() (first calendar.Date) {
	for _, n := range s.letters() {
		if !n.Void() {
			first = calendar.Min(first, n.PostedOn)
		}
	}
	return first
}

// stay is a practice that somebody was at until a day.
type stay struct {
	practice string
	until    calendar.Date
}

// earlierPractices finds where people were registered before, those of numbers
// merged into them included: answers may have been handed in there. Whoever
// tells of a move late is counted until the telling.
func earlierPractices(ctx context.Context, tx pgx.Tx, people []campaigns.PersonID) (map[campaigns.PersonID][]stay, error) {
	moves := map[campaigns.PersonID][]stay{}
	var p campaigns.PersonID
	var practice string
	var on calendar.Date
	var at time.Time
	err := each(ctx, tx, `
		SELECT coalesce(p.merged_into, p.id), f.detail->>'from', f.fact_on, f.recorded_at FROM person_facts f JOIN people p ON p.id = f.person_id
		WHERE (p.id = ANY(@people) OR p.merged_into = ANY(@people)) AND f.kind = 'moved practice' AND f.detail ? 'from'
		UNION ALL
		SELECT p.merged_into, p.practice_code, f.fact_on, f.recorded_at FROM people p
		JOIN person_facts f ON f.person_id = p.id AND f.kind = 'merged' WHERE p.merged_into = ANY(@people)`,
		pgx.NamedArgs{"people": people}, []any{&p, &practice, &on, &at}, func() {
			moves[p] = append(moves[p], stay{practice, calendar.Max(on, calendar.DateOf(at))})
		})
	if err != nil {
		return nil, fmt.Errorf("read earlier practices: %w", err)
	}
	return moves, nil
}
