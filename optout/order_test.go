package optout_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

// give writes notices for everybody scheduled and seals them, without their being posted.
func (h *house) give(on calendar.Date) {
	h.Helper()
	h.postLater = true
	h.post(on)
	h.postLater = false
}

func (h *house) postNow(e campaigns.EnrolmentID, on calendar.Date) {
	h.Helper()
	h.tx(func(tx pgx.Tx, now time.Time) error {
		return h.desk.OpenWindows(h.ctx, tx, now, h.campaign.ID, []optout.Posting{{Notice: h.notice(e), On: on}})
	})
}

func TestAReturnBeforeTheReportOfPostingNeverOpensAWindow(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.give(monday.AddDays(2))
	h.is(h.people[0], campaigns.Written)
	h.day(monday.AddDays(8))
	h.void(h.people[0], optout.Returned)
	h.is(h.people[0], campaigns.Retracing)
	h.postNow(h.people[0], monday.AddDays(2))
	h.is(h.people[0], campaigns.Retracing)
	h.day(monday.AddDays(9))
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.MovedAddress, Address: []string{"2 New Street", "London"}, Postcode: "E2 7AA", Source: "tracing"})
	h.is(h.people[0], campaigns.Scheduled)
	h.give(monday.AddDays(14))
	var n int
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT max(number) FROM notices WHERE enrolment_id = $1`, h.people[0]).Scan(&n))
	if n != 2 {
		t.Errorf("the letter after a return has number %d", n)
	}
	h.sound()
}

func TestAMoveBeforeTheLetterCouldHaveComeIsAReturnInWhateverOrder(t *testing.T) {
	for _, first := range []string{"move", "posting"} {
		h := open(t, 2, optout.OwnLedger)
		h.give(monday.AddDays(2))
		h.day(monday.AddDays(5))
		move := func() {
			h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.MovedAddress, On: monday.AddDays(1), Address: []string{"2 New Street", "London"}, Postcode: "E2 7AA", Source: "the spine"})
		}
		if first == "move" {
			move()
		}
		h.postNow(h.people[0], monday.AddDays(2))
		h.postNow(h.people[1], monday.AddDays(2))
		if first == "posting" {
			move()
		}
		h.is(h.people[0], campaigns.Scheduled)
		h.is(h.people[1], campaigns.Notified)
		h.day(monday.AddDays(30))
		h.tell(h.people[1], campaigns.PersonFact{Kind: campaigns.MovedAddress, Address: []string{"3 New Street", "London"}, Postcode: "E2 7AA", Source: "the spine"})
		h.is(h.people[1], campaigns.Notified) // it came while he lived there
		h.sound()
	}
}

func TestTwoRemailsAndNoMore(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	day := monday.AddDays(2)
	for range 3 {
		h.post(day)
		h.is(h.people[0], campaigns.Notified)
		day = day.AddDays(14)
		h.day(day)
		h.void(h.people[0], optout.Returned)
		day = day.AddDays(1)
		h.day(day)
		h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.MovedAddress, Address: []string{"2 New Street", "London"}, Postcode: "E2 7AA", Source: "tracing"})
	}
	h.is(h.people[0], campaigns.Unreachable)
	h.day(closing.AddDays(300))
	h.declare()
	h.closeAll()
	h.is(h.people[0], campaigns.Unreachable)
	h.says(h.people[0], "yes", closing.AddDays(300))
	h.is(h.people[0], campaigns.Ready)
	h.closeAll()
	h.is(h.people[0], campaigns.Ready)
	h.day(closing.AddDays(301))
	h.declare()
	h.closeAll()
	h.is(h.people[0], campaigns.Created)
	h.sound()
}

func TestNobodyTracedIsUnreachableUntilAnAddressIsFound(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(monday.AddDays(10))
	h.void(h.people[0], optout.Returned)
	h.is(h.people[0], campaigns.Retracing)
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.AddressNotFound, Source: "tracing"})
	h.is(h.people[0], campaigns.Unreachable)
	h.day(monday.AddDays(30))
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.MovedAddress, Address: []string{"2 New Street", "London"}, Postcode: "E2 7AA", Source: "tracing"})
	h.is(h.people[0], campaigns.Scheduled)
	h.sound()
}

func TestAYesAfterANoIsReadyFromTheNextDayAndOnOneDayTheNoStands(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.says(h.people[0], "no", monday.AddDays(-30)) // before the campaign, in no wave's time
	h.says(h.people[0], "yes", monday)
	h.is(h.people[0], campaigns.Ready)
	h.declareFeeds()
	h.closeAll()
	h.is(h.people[0], campaigns.Ready)
	h.day(monday.AddDays(1))
	h.closeAll()
	h.is(h.people[0], campaigns.Created)
	h.says(h.people[1], "yes", monday)
	h.is(h.people[1], campaigns.Scheduled) // stored, and changes nothing
	h.says(h.people[1], "no", monday)
	h.is(h.people[1], campaigns.OptedOut)
	h.says(h.people[1], "yes", monday)
	h.is(h.people[1], campaigns.OptedOut)
	var open int
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT count(*) FROM holds WHERE cause = 'same day'`).Scan(&open))
	if open != 1 {
		t.Errorf("%d reviews of one day's yes and no", open)
	}
	if r := h.says(h.people[2], "no", monday.AddDays(-5)); r.ReceivedOn != monday.AddDays(-5) {
		t.Errorf("what counts is the day of receipt: %+v", r)
	}
	if _, err := h.desk.Answer(h.ctx, h.author, optout.Answer{Campaign: h.campaign.ID, Person: h.person(h.people[2]), Says: "no", Channel: campaigns.Phone,
		ReceivedOn: monday.AddDays(9)}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an answer of tomorrow: %v", err)
	}
	h.sound()
}

func TestMergedNumbersShareAnswersAndWindowsAndTheFurtherEnrolmentStays(t *testing.T) {
	h := open(t, 6, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	h.says(h.people[1], "no", monday)
	h.closeAll()
	p := func(i int) campaigns.PersonID { return h.person(h.people[i]) }
	merge := func(from, into int) {
		h.tell(h.people[from], campaigns.PersonFact{Kind: campaigns.Merged, Into: p(into), Source: "the spine"})
	}
	merge(1, 0) // a no and a record
	h.is(h.people[0], campaigns.Withdrawing)
	h.is(h.people[1], campaigns.Closed)
	merge(2, 3) // two records
	created, going := len(h.enrolments(campaigns.Created)), len(h.enrolments(campaigns.Withdrawing))
	if created != 3 || going != 2 {
		t.Errorf("after merging two records %d are created, %d withdrawing", created, going)
	}
	h.sound()
	h.send()
	h.is(h.people[0], campaigns.Withdrawn)
	h.sound()
	if err := h.desk.TellPerson(h.ctx, h.author, p(4), campaigns.PersonFact{Kind: campaigns.Merged, Into: p(4)}); !fault.Is(err, fault.Invalid) {
		t.Errorf("merged into oneself: %v", err)
	}
	// An answer by the number that was merged away counts for the one that stays.
	r, err := h.desk.Answer(h.ctx, h.author, optout.Answer{Campaign: h.campaign.ID, Person: p(2), Says: "no", Channel: campaigns.Phone, ReceivedOn: closing})
	h.ok(err)
	h.send()
	if len(h.enrolments(campaigns.Created)) != 2 {
		t.Errorf("the no %s of a merged number left a record: %v", r.Reference, h.enrolments(campaigns.Created))
	}
	h.sound()
}

func TestASplitHoldsBothAndUndoesTheMerge(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.Merged, Into: h.person(h.people[1]), Source: "the spine"})
	closed := h.enrolments(campaigns.Closed)
	if len(closed) != 1 {
		t.Fatalf("closed: %v", closed)
	}
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.Split, Source: "the spine"})
	h.is(h.people[0], campaigns.Held)
	h.is(h.people[1], campaigns.Held)
	if err := h.desk.TellPerson(h.ctx, h.author, h.person(h.people[2]), campaigns.PersonFact{Kind: campaigns.Split}); !fault.Is(err, fault.Conflict) {
		t.Errorf("split from nobody: %v", err)
	}
	var reference string
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT reference FROM holds`).Scan(&reference))
	h.settle(reference, "not an answer", 0)
	h.is(h.people[0], campaigns.Notified)
	h.is(h.people[1], campaigns.Notified)
	h.sound()
}

func TestWhoMovesWaitsForTheFormsOfEveryPracticeSincePosting(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.tell(h.people[1], campaigns.PersonFact{Kind: campaigns.MovedPractice, On: monday.AddDays(-400), Practice: "F84002", Source: "the spine"})
	h.day(monday.AddDays(1))
	h.post(monday.AddDays(2))
	h.day(monday.AddDays(30))
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.MovedPractice, Practice: "F84002", Source: "the spine"})
	h.day(closing)
	h.declareFeeds()
	for _, ch := range campaigns.Declared {
		h.ok(h.desk.Declare(h.ctx, h.author, ch, "", closing.AddDays(-1)))
	}
	h.ok(h.desk.Declare(h.ctx, h.author, campaigns.Practice, "F84002", closing.AddDays(-1)))
	h.closeAll()
	h.is(h.people[0], campaigns.Reconciling)
	h.is(h.people[1], campaigns.Created) // had left the other practice before the letter
	h.ok(h.desk.Declare(h.ctx, h.author, campaigns.Practice, practiceCode, closing.AddDays(-1)))
	h.closeAll()
	h.is(h.people[0], campaigns.Created)
	h.sound()
}

func TestALoweredWatermarkTakesTwoPeopleAndIsSeenAtOnce(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	low := monday.AddDays(10)
	h.ok(h.desk.Declare(h.ctx, h.first, campaigns.Paper, "", low))
	if err := h.desk.Declare(h.ctx, h.first, campaigns.Paper, "", low); !fault.Is(err, fault.Refused) {
		t.Errorf("one person lowered a watermark: %v", err)
	}
	h.ok(h.desk.Declare(h.ctx, h.second, campaigns.Paper, "", low))
	if done := h.closeAll(); done.Created != 0 {
		t.Errorf("created past a lowered watermark: %+v", done)
	}
	h.ok(h.desk.Declare(h.ctx, h.first, campaigns.Paper, "", closing.AddDays(-1)))
	if done := h.closeAll(); done.Created != 2 {
		t.Errorf("after it was raised again: %+v", done)
	}
	if err := h.desk.Declare(h.ctx, h.first, campaigns.Paper, "", closing); !fault.Is(err, fault.Invalid) {
		t.Errorf("today was declared complete: %v", err)
	}
	helper := campaigns.Viewer{ID: h.first.ID, Role: campaigns.RoleHelpdesk, Region: "QMF"}
	if err := h.desk.Declare(h.ctx, helper, campaigns.Phone, "", closing.AddDays(-1)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the helpdesk declared a watermark: %v", err)
	}
	if err := h.register.Halt(h.ctx, helper, campaigns.StopSignal, "why not"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the helpdesk stopped everything: %v", err)
	}
}

func TestWhoIsTooYoungAtTheCloseIsAskedAgainOnTheBirthday(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	birthday := closing.AddDays(7)
	y, m, d := birthday.Civil()
	h.exec(`UPDATE people SET born_on = $1 WHERE id = $2`, calendar.On(y-16, m, d), h.person(h.people[0]))
	h.day(closing)
	h.declare()
	h.closeAll()
	h.is(h.people[0], campaigns.Reconciling)
	h.day(birthday.AddDays(-1))
	h.declareFeeds()
	if done := h.closeAll(); done.Looked != 0 {
		t.Errorf("asked a day before the birthday: %+v", done)
	}
	h.day(birthday)
	h.declareFeeds()
	h.closeAll()
	h.is(h.people[0], campaigns.Created)
	h.sound()
}

func TestAnotherCampaignsRecordKeepsSomebodyOut(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	h.closeAll()
	h.again("SEL-27")
	for _, e := range h.in("SEL-27") {
		h.is(e, campaigns.Excluded)
	}
	h.void(h.people[0], optout.Suspected)
	h.send()
	states := map[campaigns.State]int{}
	for _, e := range h.in("SEL-27") {
		states[h.state(e)]++
	}
	if states[campaigns.InCohort] != 1 || states[campaigns.Excluded] != 1 {
		t.Errorf("after one record was taken back: %v", states)
	}
	h.sound()
}

func TestAnAnswerThatMatchesNobodyHoldsWhomALaterFileBrings(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	_, err := h.desk.ImportDissents(h.ctx, h.author, practiceCode, file("NHS Number,Code,Date\n"+number(7)+",XaXj6,01/12/2026\n"))
	h.ok(err)
	h.day(monday.AddDays(1))
	if err := h.desk.Declare(h.ctx, h.author, campaigns.Practice, practiceCode, monday); !fault.Is(err, fault.Refused) {
		t.Errorf("declared complete over an answer that matches nobody: %v", err)
	}
	h.enrol(10)
	held := h.enrolments(campaigns.Held)
	if len(held) != 1 {
		t.Errorf("held after the file: %v", held)
	}
	h.ok(h.desk.Declare(h.ctx, h.author, campaigns.Practice, practiceCode, monday))
	h.sound()
}
