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
	promised := h.closes(h.people[2])
	third := number(2) + ",Given2,Family,1980-01-03,3 High Street,London,E1 6AN,F84001"
	right := h.load(few, third)
	h.is(h.people[2], campaigns.Notified)
	h.is(h.people[0], campaigns.Held)
	held := closing.AddDays(101).DaysSince(monday.AddDays(10)) + 1
	if closes := h.closes(h.people[2]); closes.Before(promised.AddDays(held)) || closes.After(promised.AddDays(held+5)) {
		t.Errorf("the window was to close on %s, was held for %d days and closes on %s", promised, held, closes)
	}
	h.sound()

	// The right file was none either, and a third one comes a week later.
	before := h.closes(h.people[2])
	h.day(closing.AddDays(110))
	_, err = h.desk.WithdrawCohort(h.ctx, h.author, right, "that of another year")
	h.ok(err)
	h.is(h.people[2], campaigns.Held)
	h.day(closing.AddDays(117))
	h.load(few, third, number(1)+",Given1,Family,1980-01-02,2 High Street,London,E1 6AN,F84001")
	h.is(h.people[2], campaigns.Notified)
	if closes := h.closes(h.people[2]); closes.Before(before.AddDays(8)) || closes.After(before.AddDays(13)) {
		t.Errorf("held for eight days more, and the close moves from %s to %s", before, closes)
	}
	h.sound()
}

func TestNoDayIsAddedForSomebodyWhomARightFileStoodForAllTheTime(t *testing.T) {
	t.Parallel()
	h := open(t, 2, optout.OwnLedger)
	var wrong campaigns.CohortID
	h.one(&wrong, `SELECT min(id) FROM cohorts`)
	few := "nhs_number,given_names,family_name,date_of_birth,address_line_1,address_line_2,postcode,practice_code"
	h.load(few, number(0)+",Given0,Family,1980-01-01,1 High Street,London,E1 6AN,F84001")
	h.post(monday.AddDays(2))
	promised := h.closes(h.people[0])
	h.day(monday.AddDays(10))
	_, err := h.desk.WithdrawCohort(h.ctx, h.author, wrong, "picked by mistake")
	h.ok(err)
	h.is(h.people[0], campaigns.Notified)
	h.day(monday.AddDays(20))
	h.load(few, number(0)+",Given0,Family,1980-01-01,1 High Street,London,E1 6AN,F84001", number(1)+",Given1,Family,1980-01-02,2 High Street,London,E1 6AN,F84001")
	if closes := h.closes(h.people[0]); closes != promised {
		t.Errorf("the close moved from %s to %s", promised, closes)
	}
	if closes := h.closes(h.people[1]); closes == promised {
		t.Errorf("ten days were held, and the window still closes on %s", closes)
	}
	h.sound()
}
