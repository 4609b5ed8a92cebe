package optout_test

import (
	"testing"

	"duenotice/campaigns"
	"duenotice/optout"
)

// merge tells that one person's number and another's are one person's.
func (h *house) merge(from, into campaigns.EnrolmentID) {
	h.Helper()
	h.tell(from, campaigns.PersonFact{Kind: campaigns.Merged, Into: h.person(into), Source: "the spine"})
}

func (h *house) split(e campaigns.EnrolmentID) {
	h.Helper()
	h.tell(e, campaigns.PersonFact{Kind: campaigns.Split, Source: "the spine"})
}

func TestTheEnrolmentThatStaysIsNotMergedAwayByTheNextFile(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.news(amended(0, "superseded_by_nhs_number", number(9)))
	h.is(h.people[0], campaigns.Notified)
	h.news(amended(1))
	h.is(h.people[0], campaigns.Notified)
	if closed := h.enrolments(campaigns.Closed); len(closed) != 1 {
		t.Errorf("of one person's two enrolments these are closed: %v", closed)
	}
	h.day(closing)
	h.declare()
	h.closeAll()
	h.is(h.people[0], campaigns.Created)
	h.sound()
}

func TestAFileThatEnrolsTheOtherNumberOfSomebodyLetsTheLetterCountOn(t *testing.T) {
	for _, held := range []bool{false, true} {
		h := open(t, 1, optout.OwnLedger)
		h.post(monday.AddDays(2))
		h.exec(`INSERT INTO people (nhs_number, given_names, family_name, practice_code, born_on, touched_at) VALUES ($1, 'Given9', 'Family', $2, '1980-01-10', $3)`, number(9), practiceCode, h.clock.Now())
		var other campaigns.PersonID
		h.one(&other, `SELECT id FROM people WHERE nhs_number = $1`, number(9))
		h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.Merged, Into: other, Source: "the spine"})
		want := campaigns.Notified
		if held {
			_, err := h.desk.Hold(h.ctx, h.author, optout.NewHold{Programme: h.campaign.Programme, Says: "no", Channel: campaigns.Paper, ReceivedOn: monday,
				Told: map[string]string{"nhs_number": number(0)}})
			h.ok(err)
			want = campaigns.Held
		}
		h.is(h.people[0], want)
		h.news(amended(9))
		if list := h.enrolments(want); held && len(list) != 1 || !held && (len(list) != 1 || list[0] != h.people[0]) {
			t.Errorf("held %v: %v stay", held, list)
		}
		if list := h.enrolments(campaigns.Closed); len(list) != 1 {
			t.Errorf("held %v: %v are closed", held, list)
		}
		h.sound()
	}
}

func TestOfThreeNumbersOfOnePersonTheOneSplitOffIsAPersonAgainAndOneOfTheOthersStays(t *testing.T) {
	for _, gone := range []int{0, 1} {
		h := open(t, 3, optout.OwnLedger)
		h.post(monday.AddDays(2))
		h.merge(h.people[0], h.people[2])
		h.merge(h.people[1], h.people[2])
		h.is(h.people[0], campaigns.Notified)
		h.split(h.people[gone])
		h.is(h.people[gone], campaigns.Held)
		if held, closed := h.enrolments(campaigns.Held), h.enrolments(campaigns.Closed); len(held) != 2 || len(closed) != 1 {
			t.Errorf("after %d was split off %v are held and %v closed", gone, held, closed)
		}
		h.sound()
	}
}

func TestWhoeverIsMergedOnTakesAllNumbersAlong(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.merge(h.people[0], h.people[1])
	h.merge(h.people[0], h.people[2])
	h.merge(h.people[0], h.people[2]) // told again
	if closed := h.enrolments(campaigns.Closed); len(closed) != 2 {
		t.Errorf("of three numbers of one person these are closed: %v", closed)
	}
	h.says(h.people[1], "no", monday)
	if out := h.enrolments(campaigns.OptedOut); len(out) != 1 {
		t.Errorf("opted out by any of three numbers: %v", out)
	}
	h.sound()
}

func TestAYesUnderAnotherNumberOfThePersonIsHeardByThePromises(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(monday.AddDays(6))
	h.says(h.people[0], "no", monday.AddDays(3))
	h.merge(h.people[0], h.people[1])
	h.is(h.people[1], campaigns.OptedOut)
	h.says(h.people[1], "yes", monday.AddDays(4))
	h.is(h.people[1], campaigns.Ready)
	h.sound()
	h.exec(`UPDATE enrolments SET merged_into = NULL`)
	if h.broken("one stays") != 1 {
		t.Error("two enrolments of one person that both stay break no promise")
	}
}
