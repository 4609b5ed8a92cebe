package optout_test

import (
	"fmt"
	"testing"

	"duenotice/campaigns"
	"duenotice/optout"
)

func TestAFileThatShouldNeverHaveBeenTakenIsTakenBackPersonByPerson(t *testing.T) {
	h := open(t, 4, optout.OwnLedger)
	var wrong campaigns.CohortID
	h.one(&wrong, `SELECT min(id) FROM cohorts`)
	row := func(n int) string {
		return fmt.Sprintf("%s,Given%d,Family,1980-01-%02d,%d High Street,London,E1 6AN,F84001", number(n), n, n%28+1, n+1)
	}
	few := "nhs_number,given_names,family_name,date_of_birth,address_line_1,address_line_2,postcode,practice_code"
	right := h.load(few, row(3)) // he stands in a right file too
	h.post(monday.AddDays(2))
	h.day(closing.AddDays(30))
	h.declare()
	h.closeAll()
	h.is(h.people[0], campaigns.Created)
	if _, err := h.desk.WithdrawCohort(h.ctx, h.author, wrong, ""); err == nil {
		t.Error("withdrawn without a reason")
	}
	back, err := h.desk.WithdrawCohort(h.ctx, h.author, wrong, "the list of another region")
	h.ok(err)
	if back.People != 3 || back.Withdrawn != 3 || back.Held+back.Excluded != 0 {
		t.Errorf("%+v", back)
	}
	h.is(h.people[3], campaigns.Created)
	h.is(h.people[0], campaigns.Withdrawing)
	again, err := h.desk.WithdrawCohort(h.ctx, h.second, wrong, "once more")
	h.ok(err)
	if again != back {
		t.Errorf("%+v, first %+v", again, back)
	}
	var alarms int
	h.one(&alarms, `SELECT count(*) FROM alarms WHERE kind = 'incident'`)
	if alarms != 1 || right == wrong {
		t.Errorf("%d alarms", alarms)
	}
	h.sound()
}

func TestWhoeverHasALetterOfAWithdrawnFileIsHeldUntilARightFileNamesHim(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	var wrong campaigns.CohortID
	h.one(&wrong, `SELECT min(id) FROM cohorts`)
	h.give(monday.AddDays(2))
	h.day(monday.AddDays(3))
	h.postNow(h.people[0], monday.AddDays(2))
	h.postNow(h.people[2], monday.AddDays(2))
	h.day(monday.AddDays(10))
	back, err := h.desk.WithdrawCohort(h.ctx, h.author, wrong, "picked by mistake")
	h.ok(err)
	if back.Held != 2 || back.Excluded != 1 {
		t.Errorf("%+v", back)
	}
	h.is(h.people[0], campaigns.Held)
	h.is(h.people[1], campaigns.Excluded)
	h.postNow(h.people[1], monday.AddDays(2)) // the vendor posted it all the same
	h.is(h.people[1], campaigns.Held)
	h.day(closing.AddDays(100))
	h.declare()
	h.closeAll()
	h.is(h.people[2], campaigns.Held)
	h.day(closing.AddDays(101))
	h.declareFeeds()
	few := "nhs_number,given_names,family_name,date_of_birth,address_line_1,address_line_2,postcode,practice_code"
	h.load(few, number(2)+",Given2,Family,1980-01-03,3 High Street,London,E1 6AN,F84001")
	h.is(h.people[2], campaigns.Reconciling)
	h.is(h.people[0], campaigns.Held)
	h.sound()
}
