package optout_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
)

// fact is something told of one person at one moment.
type fact struct {
	name string
	tell func(h *house, e campaigns.EnrolmentID)
}

// facts are those whose order tells nothing: what they come to must be the
// same in whatever order they arrive. A death or a departure is not among
// them: what somebody says who is thought to be gone is looked at by a person.
func facts(posted calendar.Date) []fact {
	say := func(says string, days int) fact {
		return fact{says, func(h *house, e campaigns.EnrolmentID) { h.says(e, says, posted.AddDays(days)) }}
	}
	told := func(f campaigns.PersonFact) fact {
		f.Source = "the spine"
		return fact{string(f.Kind), func(h *house, e campaigns.EnrolmentID) { h.tell(e, f) }}
	}
	void := func(why optout.VoidReason) fact {
		return fact{string(why), func(h *house, e campaigns.EnrolmentID) { h.void(e, why) }}
	}
	return []fact{
		say("no", -40), say("no", 3), say("no", 5), say("yes", 3), say("yes", 4), say("yes", -60),
		{"posted", func(h *house, e campaigns.EnrolmentID) { h.postNow(e, posted) }},
		{"posted later", func(h *house, e campaigns.EnrolmentID) { h.postNow(e, posted.AddDays(1)) }},
		void(optout.Returned), void(optout.Suspected),
		told(campaigns.PersonFact{Kind: campaigns.MovedAddress, On: posted.AddDays(1), Address: []string{"2 New Street"}, Postcode: "E2 7AA"}),
		told(campaigns.PersonFact{Kind: campaigns.MovedAddress, On: posted.AddDays(9), Address: []string{"3 New Street"}, Postcode: "E2 7AA"}),
		told(campaigns.PersonFact{Kind: campaigns.MovedPractice, On: posted.AddDays(2), Practice: "F84002"}),
		told(campaigns.PersonFact{Kind: campaigns.BecameSensitive, On: posted.AddDays(2)}),
		{"a form nobody can read", func(h *house, e campaigns.EnrolmentID) {
			h.tx(func(tx pgx.Tx, _ time.Time) error {
				var n string
				err := tx.QueryRow(h.ctx, `SELECT nhs_number FROM people WHERE id = $1`, h.person(e)).Scan(&n)
				h.number = n
				return err
			})
			_, err := h.desk.Hold(h.ctx, h.author, optout.NewHold{Programme: h.campaign.Programme, Cause: "illegible", Says: "unknown", Channel: campaigns.Paper,
				ReceivedOn: posted.AddDays(4), Told: map[string]string{"nhs_number": h.number}})
			h.ok(err)
		}},
		{"an outage", func(h *house, _ campaigns.EnrolmentID) {
			h.ok(h.desk.RecordOutage(h.ctx, posted.AddDays(3).Start(), posted.AddDays(4).Start(), "the portal"))
		}},
	}
}

func TestTheSameFactsInAnotherOrderComeToTheSame(t *testing.T) {
	few(t, 4)
	posted := monday.AddDays(2)
	list := facts(posted)
	rapid.Check(t, func(rt *rapid.T) {
		s := &scope{TB: t}
		defer s.end()
		// One house, people in pairs: the second of each hears the same facts in another order.
		const pairs = 8
		h := open(s, 2*pairs, optout.OwnLedger)
		h.judge = rt
		h.give(posted)
		h.day(posted.AddDays(10))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		for i := range pairs {
			told := slices.Clone(list)
			r.Shuffle(len(told), func(a, b int) { told[a], told[b] = told[b], told[a] })
			told = told[:1+r.IntN(6)]
			var states, closes [2]any
			var names []string
			for k, e := range h.people[2*i : 2*i+2] {
				for _, f := range told {
					names = append(names, f.name)
					f.tell(h, e)
				}
				states[k], closes[k] = h.state(e), h.closes(e)
				r.Shuffle(len(told), func(a, b int) { told[a], told[b] = told[b], told[a] })
			}
			if states[0] != states[1] || states[0] == campaigns.Notified && closes[0] != closes[1] {
				rt.Errorf("told %q: first %s closing %s, then %s closing %s", names, states[0], closes[0], states[1], closes[1])
			}
		}
		h.sound()
	})
}
