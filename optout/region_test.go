package optout_test

import (
	"testing"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

func TestSomebodyOfAnotherRegionDoesNothingToAPerson(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday)
	other := h.author
	other.Region = "QKK"
	p := h.person(h.people[0])
	answer := optout.Answer{Campaign: h.campaign.ID, Person: p, Says: "no", Channel: campaigns.Phone, ReceivedOn: monday}
	if _, err := h.desk.Answer(h.ctx, other, answer); !fault.Is(err, fault.NotFound) {
		t.Errorf("an answer was entered: %v", err)
	}
	if err := h.desk.TellPerson(h.ctx, other, p, campaigns.PersonFact{Kind: campaigns.Died}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a death was told: %v", err)
	}
	r := h.says(h.people[0], "no", monday)
	if _, err := h.desk.ReverseAnswer(h.ctx, other, r.Reference, "another person's"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a reversal was proposed: %v", err)
	}
	if agreed, err := h.desk.ReverseAnswer(h.ctx, h.first, r.Reference, "another person's"); agreed || err != nil {
		t.Errorf("in the region: %v %v", agreed, err)
	}
	if _, err := h.desk.Answer(h.ctx, campaigns.Viewer{Role: campaigns.RoleNational}, optout.Answer{Campaign: h.campaign.ID, Person: 999, Says: "no",
		Channel: campaigns.Phone, ReceivedOn: monday}); !fault.Is(err, fault.NotFound) {
		t.Errorf("an answer of nobody: %v", err)
	}
	h.sound()
}
