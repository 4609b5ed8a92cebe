package optout_test

import (
	"testing"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

func TestWhoMayAnswerForWhomIsTheCampaignsPolicy(t *testing.T) {
	h := open(t, 4, "own")
	born := func(n int, on string) campaigns.PersonID {
		h.exec(`UPDATE people SET born_on = $2 WHERE nhs_number = $1`, number(n), on)
		var id campaigns.PersonID
		h.ok(h.db.Owner.QueryRow(h.ctx, `SELECT id FROM people WHERE nhs_number = $1`, number(n)).Scan(&id))
		return id
	}
	child, teenager, adult := born(0, "2016-01-01"), born(1, "2012-01-01"), born(2, "1950-01-01")
	held := func(a optout.Answer) bool {
		t.Helper()
		a.Campaign, a.Says, a.Channel, a.ReceivedOn = h.campaign.ID, "no", campaigns.Phone, monday
		r, err := h.desk.Answer(h.ctx, h.author, a)
		h.ok(err)
		return r.Held
	}
	for _, c := range []struct {
		what string
		a    optout.Answer
		held bool
	}{
		{"a child of 10 answers", optout.Answer{Person: child}, true},
		{"a teenager of 14 answers", optout.Answer{Person: teenager}, false},
		{"an adult answers", optout.Answer{Person: adult}, false},
		{"the mother of the child has shown it", optout.Answer{Person: child, GivenBy: "mother for her son", Capacity: "parent", Proved: true}, false},
		{"the mother of the child has shown nothing", optout.Answer{Person: child, GivenBy: "mother for her son", Capacity: "parent"}, true},
		{"a parent answers for an adult", optout.Answer{Person: adult, GivenBy: "father", Capacity: "parent", Proved: true}, true},
		{"an attorney answers for an adult", optout.Answer{Person: adult, GivenBy: "attorney", Capacity: "attorney", Proved: true}, false},
		{"an attorney answers for a teenager", optout.Answer{Person: teenager, GivenBy: "attorney", Capacity: "attorney", Proved: true}, true},
		{"a neighbour has shown something", optout.Answer{Person: adult, GivenBy: "neighbour", Proved: true}, true},
	} {
		if got := held(c.a); got != c.held {
			t.Errorf("%s: held is %v", c.what, got)
		}
	}
	strict := optout.AnswerPolicy{SelfFrom: 16, Entitled: []optout.Entitled{{Capacity: "attorney", From: 16, Evidence: "the power"}}}
	h.ok(h.desk.SetAnswerPolicy(h.ctx, h.author, "NEL-26", strict))
	if !held(optout.Answer{Person: teenager}) {
		t.Error("a teenager of 14 answers where 16 was set")
	}
	if held(optout.Answer{Person: adult}) {
		t.Error("an adult is held")
	}
	if !held(optout.Answer{Person: child, GivenBy: "mother", Capacity: "parent", Proved: true}) {
		t.Error("a parent answers where the policy names none")
	}
	elsewhere := campaigns.Viewer{ID: h.first.ID, Role: campaigns.RoleRegional, Region: "QKK"}
	if err := h.desk.SetAnswerPolicy(h.ctx, elsewhere, "NEL-26", strict); !fault.Is(err, fault.NotFound) {
		t.Errorf("another region sets it: %v", err)
	}
	strict.SelfFrom = 40
	if err := h.desk.SetAnswerPolicy(h.ctx, h.author, "NEL-26", strict); !fault.Is(err, fault.Invalid) {
		t.Errorf("nobody below 40 may answer: %v", err)
	}
}
