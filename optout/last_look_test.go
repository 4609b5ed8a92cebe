package optout_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/optout/registry"
)

// meanwhile is something that makes a clause false for whoever comes next
// while a slow target still has the request of somebody before.
type meanwhile struct {
	what          string
	comes, passes func()
}

func (h *house) signal(key string, since time.Time, day calendar.Date) {
	h.Helper()
	h.tx(func(tx pgx.Tx, now time.Time) error {
		return h.register.SetSignal(h.ctx, tx, now, key, since, day, "for a moment", h.first.ID, h.second.ID)
	})
}

func (h *house) meanwhiles() []meanwhile {
	halted := func(what, key string) meanwhile {
		return meanwhile{what, func() { h.ok(h.register.Halt(h.ctx, h.author, key, what)) },
			func() { h.ok(h.register.Resume(h.ctx, h.author, key)) }}
	}
	red := func(what, key string) meanwhile {
		return meanwhile{what, func() { h.signal(key, h.clock.Now(), calendar.Date{}) },
			func() { h.signal(key, time.Time{}, calendar.Date{}) }}
	}
	back := func(what, key string) meanwhile {
		was, err := h.register.Signals(h.ctx, []string{key})
		h.ok(err)
		return meanwhile{what, func() { h.signal(key, time.Time{}, monday) },
			func() { h.signal(key, was[key].Since, was[key].Day) }}
	}
	var wave campaigns.WaveID
	h.one(&wave, `SELECT id FROM waves`)
	var registration string
	h.one(&registration, `SELECT key FROM signals WHERE key LIKE 'switch:%:F84001'`)
	return []meanwhile{
		red("the stop", campaigns.StopSignal),
		halted("the campaign is paused", campaigns.PauseCampaign(h.campaign.ID)),
		halted("the wave is paused", campaigns.PauseWave(wave)),
		halted("the practice is paused", campaigns.PausePractice(practiceCode)),
		halted("the batch is paused", campaigns.PauseBatch(h.batch)),
		halted("the target is paused", campaigns.PauseRegistry("sandbox")),
		red("the batch is under suspicion", campaigns.SuspectBatch(h.batch)),
		red("the approval is taken back", campaigns.ApprovalOf(h.campaign.ID)),
		back("the watermark of the telephone is lowered", campaigns.Watermark(campaigns.Phone, "")),
		back("the watermark of paper is lowered", campaigns.Watermark(campaigns.Paper, "")),
		back("the watermark of the practice is lowered", campaigns.Watermark(campaigns.Practice, practiceCode)),
		back("the national feed has been silent", campaigns.FeedNational),
		back("the registrations have been silent", campaigns.FeedRegistrations),
		{"the practice is switched off", func() { h.signal(registration, time.Time{}, calendar.Date{}) },
			func() { h.signal(registration, time.Time{}, monday) }},
	}
}

// slowly has the target take one request of so many that are due, while
// something comes.
func (h *house) slowly(what string, due int, comes func(next []campaigns.EnrolmentID)) {
	h.Helper()
	made, sends := h.sandbox.Live(), 0
	h.sandbox.Answer = func(r registry.Request, _ bool) (bool, error) {
		if sends++; sends == 1 {
			rows, err := h.db.App.Query(h.ctx, `SELECT enrolment_id FROM records WHERE state = 'leaving' AND id::text <> $1`, r.ID)
			h.ok(err)
			next, err := pgx.CollectRows(rows, pgx.RowTo[campaigns.EnrolmentID])
			h.ok(err)
			if len(next) != due-1 {
				h.Fatalf("%s: %d wait behind the first", what, len(next))
			}
			comes(next)
		}
		return true, nil
	}
	if n, err := h.desk.SendDue(h.ctx, due); n != due || err != nil {
		h.Fatalf("%s: %d handled, %v", what, n, err)
	}
	if sends != 1 || h.sandbox.Live() != made+1 || h.count(`SELECT count(*) FROM records WHERE state = 'leaving'`) > 0 {
		h.Errorf("%s: %d requests left", what, sends)
	}
	h.sandbox.Answer = nil
}

func TestWhateverComesWhileASlowTargetAnswersKeepsTheNextRecordFromLeaving(t *testing.T) {
	t.Parallel()
	h := lease(t, 30)
	for _, m := range h.meanwhiles() {
		h.slowly(m.what, 2, func([]campaigns.EnrolmentID) { m.comes() })
		m.passes()
	}
	h.clock.Advance(time.Minute) // what is asked back from here on comes after the others
	h.slowly("something of each of them alone", 5, func(next []campaigns.EnrolmentID) {
		h.void(next[0], optout.Returned)
		h.tell(next[1], campaigns.PersonFact{Kind: "died", On: closing})
		h.says(next[2], "no", closing)
		_, err := h.desk.Answer(h.ctx, h.author, optout.Answer{Campaign: h.campaign.ID, Person: h.person(next[3]), Says: "no", Channel: campaigns.Phone,
			ReceivedOn: closing, GivenBy: "a neighbour"})
		h.ok(err)
	})
	made := h.sandbox.Live()
	h.slowly("the window is made longer", 2, func([]campaigns.EnrolmentID) { h.extend(200) })
	h.send()
	if h.sandbox.Live() != made+1 {
		t.Errorf("%d records left although their windows were made longer", h.sandbox.Live()-made-1)
	}
	h.sound()
}

func TestWhatPassesWhileASlowTargetAnswersLetsTheNextRecordLeaveAfterwards(t *testing.T) {
	t.Parallel()
	h := lease(t, 3)
	stop := campaigns.StopSignal
	h.sandbox.Answer = func(registry.Request, bool) (bool, error) {
		h.sandbox.Answer = nil
		h.signal(stop, h.clock.Now(), calendar.Date{})
		return true, nil
	}
	if n, err := h.desk.SendDue(h.ctx, 3); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	h.signal(stop, time.Time{}, calendar.Date{})
	h.send()
	if h.sandbox.Live() != 3 {
		t.Errorf("the target holds %d records", h.sandbox.Live())
	}
	for _, e := range h.people {
		h.is(e, campaigns.Created)
	}
	h.sound()
}
