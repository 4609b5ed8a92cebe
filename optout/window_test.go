package optout_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

func (h *house) closes(e campaigns.EnrolmentID) (d calendar.Date) {
	h.Helper()
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT closes_on FROM notices WHERE enrolment_id = $1 ORDER BY number DESC LIMIT 1`, e).Scan(&d))
	return d
}

func (h *house) extend(days int) {
	h.Helper()
	agreed, err := h.desk.Extend(h.ctx, h.first, "NEL-26", 0, days, "by law")
	h.ok(err)
	if agreed {
		h.Error("one person extended alone")
	}
	_, err = h.desk.Extend(h.ctx, h.first, "NEL-26", 0, days, "by law")
	if !fault.Is(err, fault.Refused) {
		h.Errorf("the author agreed to the own extension: %v", err)
	}
	agreed, err = h.desk.Extend(h.ctx, h.second, "NEL-26", 0, days, "by law")
	h.ok(err)
	if !agreed {
		h.Error("two people did not suffice")
	}
}

func (h *house) send() {
	h.Helper()
	for range 20 {
		n, err := h.desk.SendDue(h.ctx, 50)
		h.ok(err)
		if n == 0 {
			return
		}
	}
	h.Fatal("what is due never comes to an end")
}

func TestAWindowIsOpenUntilTheLastMillisecondOfItsLastDay(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday.AddDays(2))
	last := h.closes(h.people[0])
	caller := h.knock(h.people[1])
	h.day(last.AddDays(40))
	h.declare()
	h.clock.Set(last.AddDays(1).Start().Add(-time.Millisecond))
	if done := h.closeAll(); done.Looked != 0 {
		t.Errorf("asked a millisecond before the close: %+v", done)
	}
	p, err := h.desk.Position(h.ctx, caller)
	h.ok(err)
	if p.Over || p.LastDay != last {
		t.Errorf("a millisecond before the close the page says %+v", p)
	}
	arrived := h.clock.Now()
	h.clock.Set(last.AddDays(1).Start())
	h.ok(h.desk.FeedSpoke(h.ctx, campaigns.FeedNational))
	h.ok(h.desk.FeedSpoke(h.ctx, campaigns.FeedRegistrations))
	if done := h.closeAll(); done.Created != 0 || done.Waiting != 3 {
		t.Errorf("at midnight answers of before may still be on their way: %+v", done)
	}
	// The no arrived before midnight and is written five minutes after it.
	h.clock.Set(last.AddDays(1).Start().Add(5 * time.Minute))
	r, err := h.counter().AnswerOnline(h.ctx, caller, "no", uuid.NewString(), arrived, "self")
	h.ok(err)
	if r.ReceivedOn != last {
		t.Errorf("received on %s, want %s", r.ReceivedOn, last)
	}
	h.clock.Set(last.AddDays(1).Start().Add(14 * time.Minute))
	if done := h.closeAll(); done.Created != 0 {
		t.Errorf("created before the web's watermark had passed: %+v", done)
	}
	h.clock.Set(last.AddDays(1).Start().Add(31 * time.Minute))
	if done := h.closeAll(); done.Created != 2 {
		t.Errorf("after the web's watermark: %+v", done)
	}
	h.is(h.people[1], campaigns.OptedOut)
	h.sound()
}

func TestAnExtensionReachesWindowsThatAreOverAndNoRecordThatIsMade(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.says(h.people[1], "no", monday)
	was := h.closes(h.people[0])
	h.day(closing)
	h.closeAll()
	h.is(h.people[0], campaigns.Reconciling)
	h.extend(40)
	h.is(h.people[0], campaigns.Notified)
	if now := h.closes(h.people[0]); now.DaysSince(was) < 40 {
		t.Errorf("closed on %s, extended by 40 days to %s", was, now)
	}
	h.declare()
	if done := h.closeAll(); done.Created != 0 {
		t.Errorf("created in an extended window: %+v", done)
	}
	h.day(closing.AddDays(60))
	h.declare()
	h.closeAll()
	h.is(h.people[0], campaigns.Created)
	// What is made stays made, whatever is told of its person afterwards.
	h.extend(30)
	h.ok(h.desk.RecordOutage(h.ctx, monday.AddDays(20).Start(), monday.AddDays(21).Start(), "the portal"))
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.MovedPractice, Practice: "F84002", Source: "test"})
	h.is(h.people[0], campaigns.Created)
	h.sound()
}

func TestAnOutageToldAfterTheWindowWasOverOpensItAgain(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	was := h.closes(h.people[0])
	h.day(was.AddDays(1))
	h.closeAll()
	h.is(h.people[0], campaigns.Reconciling)
	// Two outages of one day count that day once; a short one counts nothing.
	for _, hours := range []int{8, 12} {
		h.ok(h.desk.RecordOutage(h.ctx, was.Start().Add(time.Hour), was.Start().Add(time.Duration(hours)*time.Hour), "the portal"))
	}
	h.ok(h.desk.RecordOutage(h.ctx, was.AddDays(-5).Start(), was.AddDays(-5).Start().Add(time.Hour), "the portal"))
	h.is(h.people[0], campaigns.Notified)
	if now := h.closes(h.people[0]); !now.After(was) || now.DaysSince(was) > 4 {
		t.Errorf("an outage of one day moved the close from %s to %s", was, now)
	}
	h.sound()
}

func TestDaysHeldAreAddedAndOverlapCountsOnce(t *testing.T) {
	h := open(t, 4, optout.OwnLedger)
	h.post(monday.AddDays(2))
	was := h.closes(h.people[0])
	h.day(monday.AddDays(10))
	r, err := h.desk.Answer(h.ctx, h.author, optout.Answer{Campaign: h.campaign.ID, Person: h.person(h.people[0]), Says: "no", Channel: campaigns.Phone,
		ReceivedOn: monday.AddDays(10), GivenBy: "a neighbour"})
	h.ok(err)
	h.is(h.people[0], campaigns.Held)
	again, err := h.desk.Hold(h.ctx, h.author, optout.NewHold{Programme: h.campaign.Programme, Cause: "illegible", Says: "unknown", Channel: campaigns.Paper,
		ReceivedOn: monday.AddDays(12).AddDays(-2), Told: map[string]string{"nhs_number": number(0)}})
	h.ok(err)
	h.day(monday.AddDays(20))
	h.settle(r.Reference, "not an answer", 0)
	h.is(h.people[0], campaigns.Held) // the other hold is respected
	h.settle(again.Reference, "not an answer", 0)
	h.is(h.people[0], campaigns.Notified)
	if d := h.closes(h.people[0]).DaysSince(was); d < 11 || d > 14 {
		t.Errorf("held for eleven days twice over, the close moved by %d", d)
	}
	h.sound()
}

func (h *house) settle(reference, outcome string, person campaigns.PersonID) {
	h.Helper()
	var id optout.HoldID
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT id FROM holds WHERE reference = $1`, reference).Scan(&id))
	h.ok(h.desk.Settle(h.ctx, h.first, id, outcome, person, "asked by phone"))
}

func TestANoThatTurnsOutToBeSomebodyElsesFreesTheOthersWithTheDaysAdded(t *testing.T) {
	h := open(t, 30, optout.OwnLedger)
	h.post(monday.AddDays(2))
	was := h.closes(h.people[0])
	// Persons 0 and 28 were born on the same day and share a name.
	r, err := h.desk.Hold(h.ctx, h.author, optout.NewHold{Programme: h.campaign.Programme, Says: "no", Channel: campaigns.Paper, ReceivedOn: monday,
		Told: map[string]string{"family_name": "family", "born_on": "1980-01-01"}})
	h.ok(err)
	h.is(h.people[0], campaigns.Held)
	h.is(h.people[28], campaigns.Held)
	h.day(monday.AddDays(16))
	h.settle(r.Reference, "dissent", h.person(h.people[28]))
	h.is(h.people[0], campaigns.Notified)
	h.is(h.people[28], campaigns.OptedOut)
	if d := h.closes(h.people[0]).DaysSince(was); d < 10 {
		t.Errorf("held for two weeks for somebody else's no, the close moved by %d days", d)
	}
	h.sound()
}

func TestAnAnswerReversedByTwoPeopleGivesItsDaysBack(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	was := h.closes(h.people[0])
	h.day(monday.AddDays(4))
	r := h.says(h.people[0], "no", monday.AddDays(4))
	h.day(monday.AddDays(25))
	for i, by := range []campaigns.Viewer{h.first, h.second} {
		agreed, err := h.desk.ReverseAnswer(h.ctx, by, r.Reference, "keyed for the neighbour")
		h.ok(err)
		if agreed != (i == 1) {
			t.Errorf("signature %d: agreed %v", i+1, agreed)
		}
	}
	h.is(h.people[0], campaigns.Notified)
	if d := h.closes(h.people[0]).DaysSince(was); d < 20 {
		t.Errorf("taken for a no for three weeks, the close moved by %d days", d)
	}
	h.sound()
}

func TestADeathEnteredByMistakeGivesTheDaysBack(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	was := h.closes(h.people[0])
	h.day(monday.AddDays(10))
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.Died, Source: "test"})
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.Left, Source: "test"})
	h.is(h.people[0], campaigns.Closed)
	h.day(closing.AddDays(100))
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.NotDead, Source: "test"})
	h.is(h.people[0], campaigns.Closed)
	h.day(closing.AddDays(130))
	h.tell(h.people[0], campaigns.PersonFact{Kind: campaigns.CameBack, Source: "test"})
	h.is(h.people[0], campaigns.Notified)
	ran := was.DaysSince(monday.AddDays(10))
	if left := h.closes(h.people[0]).DaysSince(closing.AddDays(130)); left < ran-1 {
		t.Errorf("%d days were left of the window when the death was entered, %d when everything was reversed", ran, left)
	}
	h.sound()
}

func TestALetterPostedTooLateIsVoidAndAReprintKeepsItsNumber(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.void(h.people[1], optout.Suspected)
	h.is(h.people[1], campaigns.Scheduled)
	h.exec(`UPDATE notices SET printed_last_on = $1 WHERE enrolment_id = $2`, monday.AddDays(40), h.people[0])
	h.tx(func(tx pgx.Tx, now time.Time) error {
		return h.desk.OpenWindows(h.ctx, tx, now, h.campaign.ID, []optout.Posting{{Notice: h.notice(h.people[0]), On: monday.AddDays(14)}})
	})
	h.is(h.people[0], campaigns.Scheduled)
	h.day(monday.AddDays(14))
	h.post(monday.AddDays(14))
	for _, e := range h.people {
		h.is(e, campaigns.Notified)
		var n int
		h.ok(h.db.App.QueryRow(h.ctx, `SELECT max(number) FROM notices WHERE enrolment_id = $1`, e).Scan(&n))
		if n != 2 {
			t.Errorf("after a void letter the next has number %d", n)
		}
	}
	h.sound()
}

func TestPostedAgainTheLaterDayCountsAndTheEarlierNothing(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	h.post(monday.AddDays(2))
	was := h.closes(h.people[0])
	for _, c := range []struct {
		on    calendar.Date
		later bool
	}{{monday.AddDays(1), false}, {monday.AddDays(7), true}, {monday.AddDays(2), true}} {
		h.tx(func(tx pgx.Tx, now time.Time) error {
			return h.desk.OpenWindows(h.ctx, tx, now, h.campaign.ID, []optout.Posting{{Notice: h.notice(h.people[0]), On: c.on}})
		})
		if later := h.closes(h.people[0]).After(was); later != c.later {
			t.Errorf("told posted on %s: closes on %s", c.on, h.closes(h.people[0]))
		}
	}
	h.sound()
}

func TestTwoWatchersOfOneOutageCountItOnceAndMissNoneBetweenThem(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	h.post(monday.AddDays(2))
	was := h.closes(h.people[0])
	noon := monday.AddDays(20).Start().Add(12 * time.Hour)
	h.ok(h.desk.RecordOutage(h.ctx, noon, noon.Add(3*time.Hour), "service on a")) // each under the four hours that the campaign bears with
	if now := h.closes(h.people[0]); now != was {
		t.Errorf("three hours moved the close from %s to %s", was, now)
	}
	for range 2 { // told again because nobody knew whether it was written
		h.ok(h.desk.RecordOutage(h.ctx, noon.Add(2*time.Hour), noon.Add(5*time.Hour), "watcher on b"))
	}
	if now := h.closes(h.people[0]); !now.After(was) {
		t.Errorf("five hours that two have seen between them moved nothing: %s", now)
	}
	list, err := h.desk.Outages(h.ctx)
	h.ok(err)
	if len(list) != 2 {
		t.Errorf("the ledger holds %v", list)
	}
	h.sound()
}
