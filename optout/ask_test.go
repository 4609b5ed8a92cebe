package optout_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

func TestAnswersToQuestionsAreCountedInTheHoursOfTheHelpdesk(t *testing.T) {
	t.Parallel()
	h := open(t, 3, "own")
	h.post(monday.AddDays(2))
	ask := func(n int, at time.Time) optout.Caller {
		h.clock.Set(at)
		c := h.knock(h.people[n])
		h.ok(h.counter().Ask(h.ctx, c, "What is it for?", uuid.NewString(), "en"))
		return c
	}
	reply := func(c optout.Caller, at time.Time, text string) error {
		h.clock.Set(at)
		_, lines, err := h.desk.Thread(h.ctx, h.first, c.Enrolment)
		h.ok(err)
		return h.desk.Reply(h.ctx, h.first, c.Enrolment, lines[len(lines)-1].ID, text, true)
	}
	friday := calendar.On(2026, time.December, 11)
	quick := ask(0, friday.Start().Add(17*time.Hour)) // an hour before the weekend
	h.ok(h.counter().Ask(h.ctx, quick, "And who sees it?", uuid.NewString(), "en"))
	h.ok(reply(quick, friday.AddDays(3).Start().Add(9*time.Hour), "Staff who treat you."))
	slow := ask(1, friday.AddDays(3).Start().Add(8*time.Hour))
	h.ok(reply(slow, friday.AddDays(6).Start().Add(10*time.Hour), "Sorry that it took so long."))
	waiting := ask(2, friday.AddDays(6).Start().Add(7*time.Hour))

	times, err := h.desk.AnswerTimes(h.ctx, h.first, monday)
	h.ok(err)
	if want := (optout.AnswerTimes{Questions: 2, InTime: 1, Median: 32 * time.Hour, Longest: 32 * time.Hour}); times != want {
		t.Errorf("%+v, not %+v", times, want)
	}
	threads, err := h.desk.Threads(h.ctx, h.first, 10)
	h.ok(err)
	if len(threads) != 3 || threads[0].Enrolment != waiting.Enrolment || !threads[0].Waits() || threads[0].DueOn != friday.AddDays(10) || threads[1].Waits() {
		t.Errorf("%+v", threads)
	}
	if n, err := h.desk.ThreadsWaiting(h.ctx, h.first); n != 1 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
	if err := h.desk.Reply(h.ctx, h.first, quick.Enrolment, 1, "Twice", false); !fault.Is(err, fault.Conflict) {
		t.Errorf("an answer to what was not read last: %v", err)
	}
	elsewhere := campaigns.Viewer{ID: h.first.ID, Role: campaigns.RoleHelpdesk, Region: "QKK"}
	if _, _, err := h.desk.Thread(h.ctx, elsewhere, quick.Enrolment); !fault.Is(err, fault.NotFound) {
		t.Errorf("another region reads a thread: %v", err)
	}
}

func TestAnotherLetterSetsTheFirstAsideAndNeverARecord(t *testing.T) {
	t.Parallel()
	h := open(t, 4, "own")
	h.post(monday.AddDays(2))
	asking, no, made := h.people[0], h.people[1], h.people[2]
	codes := map[campaigns.EnrolmentID]string{asking: h.code(asking), no: h.code(no), made: h.code(made)}
	knock := func(e campaigns.EnrolmentID) optout.Caller {
		c, err := h.counter().Knock(h.ctx, codes[e], h.born(e), "network")
		h.ok(err)
		return c
	}
	ask := func(e campaigns.EnrolmentID) int64 {
		h.ok(h.counter().AskLetter(h.ctx, knock(e), "pl", "large_print", uuid.NewString()))
		list, err := h.desk.LetterRequests(h.ctx, h.first, 10)
		h.ok(err)
		return list[len(list)-1].ID
	}
	wish := ask(asking)
	if got, err := h.desk.SettleLetterRequest(h.ctx, h.first, wish, optout.NewLetter, 0); got != optout.NewLetter || err != nil {
		t.Fatalf("%q %v", got, err)
	}
	h.is(asking, "scheduled")
	var language, format string
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT language, format FROM people WHERE id = $1`, h.person(asking)).Scan(&language, &format))
	if language != "pl" || format != "large_print" {
		t.Errorf("%q %q", language, format)
	}
	if _, err := h.desk.SettleLetterRequest(h.ctx, h.first, wish, optout.ToldThem, 0); !fault.Is(err, fault.Conflict) {
		t.Errorf("settled twice: %v", err)
	}
	knock(asking) // the code of the first letter still works

	h.online(knock(no), "no")
	if _, err := h.desk.SettleLetterRequest(h.ctx, h.first, ask(no), optout.NewLetter, 0); !fault.Is(err, fault.Refused) {
		t.Errorf("somebody who said no is written to: %v", err)
	}
	h.is(no, "opted_out")

	wish = ask(made)
	h.day(calendar.On(2027, time.April, 20))
	h.declare()
	h.closeAll()
	h.is(made, "created")
	if _, err := h.desk.SettleLetterRequest(h.ctx, h.first, wish, optout.NewLetter, 0); !fault.Is(err, fault.Refused) {
		t.Errorf("a record that was made loses its letter: %v", err)
	}
	h.is(made, "created")
	h.post(calendar.On(2027, time.April, 22))
	h.is(asking, "notified")
	h.sound()
}

func TestAWishWithoutACodeNeedsAPersonWhoIsFoundAndForgetsWhatWasTold(t *testing.T) {
	t.Parallel()
	h := open(t, 1, "own")
	h.post(monday.AddDays(2))
	h.ok(h.counter().AskNewCode(h.ctx, map[string]string{"name": "Odette Farringham", "postcode": "E1 6AN"}, "network", "en", uuid.NewString()))
	list, err := h.desk.LetterRequests(h.ctx, h.first, 10)
	h.ok(err)
	if len(list) != 1 || list[0].Told["name"] != "Odette Farringham" {
		t.Fatalf("%+v", list)
	}
	if _, err := h.desk.SettleLetterRequest(h.ctx, h.first, list[0].ID, optout.NewLetter, 0); !fault.Is(err, fault.Invalid) {
		t.Errorf("a letter to nobody: %v", err)
	}
	_, err = h.desk.SettleLetterRequest(h.ctx, h.first, list[0].ID, optout.NewLetter, h.people[0])
	h.ok(err)
	h.is(h.people[0], "scheduled")
	r, err := h.desk.LetterRequest(h.ctx, h.first, list[0].ID)
	h.ok(err)
	if len(r.Told) != 0 || !r.Settled {
		t.Errorf("%+v", r)
	}
}
