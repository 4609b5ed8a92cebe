package optout_test

import (
	"errors"
	"testing"

	"duenotice/campaigns"
	"duenotice/optout"
	"duenotice/optout/registry"
)

// reverse takes an answer out of the count, as two people do.
func (h *house) reverse(r optout.Receipt) {
	h.Helper()
	for _, by := range []campaigns.Viewer{h.first, h.second} {
		_, err := h.desk.ReverseAnswer(h.ctx, by, r.Reference, "keyed for the neighbour")
		h.ok(err)
	}
}

func TestWhoseNoWasSomebodyElsesWaitsForTheLetterThatIsOutAlthoughAYesWasGiven(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	h.give(monday.AddDays(2))
	no := h.says(h.people[0], "no", monday.AddDays(-2))
	h.says(h.people[0], "yes", monday.AddDays(-1))
	h.is(h.people[0], campaigns.Ready)
	h.reverse(no)
	h.is(h.people[0], campaigns.Written)
	h.postNow(h.people[0], monday.AddDays(2))
	h.is(h.people[0], campaigns.Notified)
	h.sound()
}

func TestWhoWasTakenForDeadWhileARecordLeftAndHasNoneHasTheWindowRunOn(t *testing.T) {
	h := open(t, 1, "sandbox")
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	h.closeAll()
	h.is(h.people[0], campaigns.Creating)
	h.sandbox.Answer = func(registry.Request, bool) (bool, error) { return false, errors.New("timeout") }
	h.send()
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.Died, Source: "the spine"})
	h.is(h.people[0], campaigns.Withdrawing)
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.NotDead, Source: "the spine"})
	h.is(h.people[0], campaigns.Withdrawing) // until the target has said that it holds none
	h.sandbox.Answer = nil
	h.send()
	if s := h.state(h.people[0]); s != campaigns.Notified && s != campaigns.Reconciling {
		t.Errorf("nothing was made of somebody alive, who is %s", s)
	}
	h.sound()
}

func TestTheNoOfSomebodyTakenForDeadIsToldToThePracticeOnceItCounts(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.Died, Source: "the spine"})
	h.says(h.people[0], "no", monday.AddDays(-1))
	if n := h.openTellings("practice"); n != 0 {
		t.Errorf("a no that does not count yet is told %d times", n)
	}
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.NotDead, Source: "the spine"})
	h.is(h.people[0], campaigns.OptedOut)
	if n := h.openTellings("practice"); n != 1 {
		t.Errorf("a no that counts now is told %d times", n)
	}
	h.sound()
}
