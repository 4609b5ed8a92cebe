package optout

import (
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// ties is what a person hangs on: a wave, practices, batches.
type ties struct {
	wave      campaigns.WaveID
	practice  string
	practices []string // every one since the first posting
	batches   []int64
	key       string // equal where all of these are
}

// keyed tells which ties are equal.
func (t ties) keyed() ties {
	b := strconv.AppendInt(make([]byte, 0, 48), int64(t.wave), 10)
	for _, code := range t.practices { // the first is the present one
		b = append(append(b, ' '), code...)
	}
	for _, n := range t.batches {
		b = strconv.AppendInt(append(b, '/'), n, 10)
	}
	t.key = string(b)
	return t
}

// tie finds what the people of a chunk hang on, and all the signals' keys.
func tie(c campaigns.Campaign, situations []situation, before stays) (map[campaigns.EnrolmentID]ties, []string) {
	found := make(map[campaigns.EnrolmentID]ties, len(situations))
	keys, seen := map[string]struct{}{}, map[string]struct{}{}
	for _, k := range []string{campaigns.StopSignal, campaigns.ApprovalOf(c.ID), campaigns.PauseCampaign(c.ID), campaigns.PauseRegistry(c.Registry),
		campaigns.FeedRegistrations, campaigns.FeedNational} {
		keys[k] = struct{}{}
	}
	for _, ch := range campaigns.Declared {
		keys[campaigns.Watermark(ch, "")] = struct{}{}
	}
	for _, s := range situations {
		if s.campaign != c.ID {
			continue
		}
		t := ties{wave: s.wave, practice: s.practice, practices: []string{s.practice}}
		posted := s.firstPosted()
		for _, m := range before[s.person] {
			if !m.until.Before(posted) {
				t.practices = append(t.practices, m.practice)
			}
		}
		for _, n := range s.letters() {
			if !n.Void() {
				t.batches = append(t.batches, n.Batch)
			}
		}
		t = t.keyed()
		found[s.enrolment] = t
		if _, known := seen[t.key]; known {
			continue
		}
		seen[t.key] = struct{}{}
		keys[campaigns.PauseWave(t.wave)] = struct{}{}
		keys[campaigns.SwitchOn(c.Programme, t.practice)] = struct{}{}
		keys[campaigns.PausePractice(t.practice)] = struct{}{}
		for _, code := range t.practices {
			keys[campaigns.Watermark(campaigns.Practice, code)] = struct{}{}
		}
		for _, b := range t.batches {
			keys[campaigns.PauseBatch(b)], keys[campaigns.SuspectBatch(b)] = struct{}{}, struct{}{}
		}
	}
	list := make([]string, 0, len(keys))
	for k := range keys {
		list = append(list, k)
	}
	return found, list
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

// stays are the practices that people were at before, those of numbers merged
// into them included: answers may have been handed in there.
type stays map[campaigns.PersonID][]stay

// ask asks for them, and for where people are registered now, while facts are
// gathered. Whoever tells of a move late is counted until the telling.
func (before stays) ask(g *gathering, ask *pgx.Batch) {
	g.registered = true
	var p campaigns.PersonID
	var practice, kind string
	var on calendar.Date
	var at time.Time
	eachOf(ask, "earlier practices", `
		SELECT m.id, f.kind, CASE f.kind WHEN 'merged' THEN (SELECT practice_code FROM people WHERE id = m.id) ELSE coalesce(f.detail->>'from', '') END,
			f.fact_on, f.recorded_at
		FROM unnest(@people::bigint[]) m (id)
		CROSS JOIN LATERAL (SELECT kind, detail, fact_on, recorded_at FROM person_facts WHERE person_id = m.id OFFSET 0) f
		WHERE f.kind IN ('moved practice', 'merged')`, g.args, []any{&p, &kind, &practice, &on, &at}, func() {
		root := g.roots[p]
		if practice == "" || kind == "merged" && root == p { // nobody knows where from; parted again since
			return
		}
		before[root] = append(before[root], stay{practice, calendar.Max(on, calendar.DateOf(at))})
	})
}
