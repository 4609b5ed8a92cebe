package optout_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

func TestACodeRestsAfterFiveWrongDatesOfBirthAndNothingElseDoes(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	desk, code, born := h.counter(), h.code(h.people[0]), h.born(h.people[0])
	wrong := func() {
		t.Helper()
		if _, err := desk.Knock(h.ctx, code, monday, "192.0.2.1/32"); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a wrong date of birth: %v", err)
		}
	}
	for range 4 {
		wrong()
	}
	_, err := desk.Knock(h.ctx, code, born, "192.0.2.1/32")
	h.ok(err) // not yet
	wrong()
	if _, err := desk.Knock(h.ctx, code, born, "198.51.100.7/32"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a code that rests lets in: %v", err)
	}
	h.is(h.people[0], campaigns.Held) // so nothing is made meanwhile
	alarms, err := h.register.Alarms(h.ctx)
	h.ok(err)
	if len(alarms) != 1 || alarms[0].Kind != "code" {
		t.Errorf("staff are told %v", alarms)
	}
	if r, err := h.desk.Answer(h.ctx, h.first, optout.Answer{Campaign: h.campaign.ID, Person: h.person(h.people[0]), Says: "no", Channel: campaigns.Phone, ReceivedOn: calendar.DateOf(h.clock.Now())}); err != nil || r.Held {
		t.Errorf("by phone: %+v %v", r, err)
	}
	h.clock.Advance(61 * time.Second)
	_, err = desk.Knock(h.ctx, code, born, "198.51.100.7/32")
	h.ok(err) // it never rests for good
	wrong()   // the sixth within an hour
	h.clock.Advance(61 * time.Second)
	if _, err := desk.Knock(h.ctx, code, born, "198.51.100.7/32"); err == nil {
		t.Error("the second rest is no longer than the first")
	}
	h.clock.Advance(time.Hour)
	_, err = desk.Knock(h.ctx, code, born, "198.51.100.7/32")
	h.ok(err)
	_, err = desk.Knock(h.ctx, h.code(h.people[1]), h.born(h.people[1]), "192.0.2.1/32")
	h.ok(err) // the neighbour's letter was never touched
	h.sound()
}

func TestCodesOnLettersOutliveThePepperTheyWereMadeWith(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	old := optout.CodeMaker{Peppers: map[int16][]byte{1: bytes.Repeat([]byte("of last year "), 3)}, Newest: 1}
	both := optout.CodeMaker{Peppers: map[int16][]byte{1: old.Peppers[1], 2: bytes.Repeat([]byte("of this year "), 3)}, Newest: 2}
	h.desk.CodeMaker = old
	first := h.code(h.people[0])
	h.desk.CodeMaker = both
	second := h.code(h.people[1])
	for i, code := range []string{first, second} {
		_, err := h.counter().Knock(h.ctx, code, h.born(h.people[i]), "network")
		h.ok(err)
	}
	h.desk.CodeMaker = optout.CodeMaker{Peppers: map[int16][]byte{2: both.Peppers[2]}, Newest: 2}
	if _, err := h.counter().Knock(h.ctx, first, h.born(h.people[0]), "network"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a code whose pepper was thrown away: %v", err)
	}
	_, err := h.counter().Knock(h.ctx, second, h.born(h.people[1]), "network")
	h.ok(err)
}

func TestTheCodesOfACampaignThatForgetsItsPeopleEnd(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	h.post(monday.AddDays(2))
	code := h.code(h.people[0])
	h.ok(h.desk.EndCodes(h.ctx, campaigns.Viewer{}, h.campaign.ID))
	if _, err := h.counter().Knock(h.ctx, code, h.born(h.people[0]), "network"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a code that has ended: %v", err)
	}
	for range 4 { // a wrong date of birth for it holds nobody
		_, _ = h.counter().Knock(h.ctx, code, monday, "network")
	}
	h.is(h.people[0], campaigns.Notified)
}

// A flood of guesses from many addresses, 2,400 here or as many as
// DUENOTICE_GUESSES says: it finds nothing, it keeps nobody out, it is counted.
func TestAFloodOfGuessesFindsNothingAndKeepsNobodyOut(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	guesses := 2400
	if n, err := strconv.Atoi(os.Getenv("DUENOTICE_GUESSES")); err == nil {
		guesses = n
	} else if testing.Short() {
		t.Skip("a flood takes its time")
	}
	desk, victim, born := h.counter(), h.code(h.people[0]), h.born(h.people[0])
	next := make(chan int)
	var guessing sync.WaitGroup
	for range 8 {
		guessing.Go(func() {
			for i := range next {
				guess := h.desk.Codes().Derive([]byte("a guess"), fmt.Sprint(i))
				from := fmt.Sprintf("10.%d.%d.7/32", i%10000/250, i%250) // 10,000 addresses
				if i%4 == 0 {
					from = "192.0.2.66/32" // and one that tries for one patient, whose date of birth it knows
				}
				if _, err := desk.Knock(h.ctx, guess, born, from); !fault.Is(err, fault.Unauthenticated) && !fault.Is(err, fault.TooMany) {
					t.Errorf("guess %d: %v", i, err)
				}
			}
		})
	}
	for i := range guesses {
		if next <- i; i%400 == 0 { // whoever has the letter passes in the middle of it, from the same address too
			if _, err := desk.Knock(h.ctx, victim, born, "192.0.2.66/32"); err != nil {
				t.Errorf("after %d guesses the patient is kept out: %v", i, err)
			}
		}
	}
	close(next)
	guessing.Wait()
	h.is(h.people[0], campaigns.Notified) // nobody is held for what others guess
	var counted, rows int
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT sum(failures), count(*) FROM guesses WHERE kind = 'all'`).Scan(&counted, &rows))
	if counted != guesses || rows > 8 {
		t.Errorf("%d guesses are counted as %d in %d rows", guesses, counted, rows)
	}
	_, err := desk.Knock(h.ctx, h.desk.Codes().Derive([]byte("a guess"), "once more"), born, "192.0.2.66/32")
	if !fault.Is(err, fault.TooMany) || optout.Slower(err) != 7 {
		t.Errorf("who guessed most is refused %d times slower: %v", optout.Slower(err), err)
	}
	_, err = desk.Knock(h.ctx, h.desk.Codes().Derive([]byte("a guess"), "from afar"), born, "203.0.113.9/32")
	if optout.Slower(err) != 0 {
		t.Errorf("others are refused %d times slower", optout.Slower(err))
	}
	h.ok(h.desk.WatchGuesses(h.ctx))
	alarms, err := h.register.Alarms(h.ctx)
	h.ok(err)
	if len(alarms) != 1 || alarms[0].Kind != "guesses" {
		t.Errorf("staff are told %v", alarms)
	}
}
