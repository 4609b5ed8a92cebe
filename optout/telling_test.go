package optout_test

import (
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

// answers enters an answer of the nth person by a channel, today.
func (h *house) answers(n int, says string, ch campaigns.Channel) optout.Receipt {
	h.Helper()
	var person campaigns.PersonID
	h.ok(h.db.Owner.QueryRow(h.ctx, `SELECT id FROM people WHERE nhs_number = $1`, number(n)).Scan(&person))
	r, err := h.desk.Answer(h.ctx, h.author, optout.Answer{Campaign: h.campaign.ID, Person: person, Says: says, Channel: ch, ReceivedOn: calendar.DateOf(h.clock.Now())})
	h.ok(err)
	return r
}

func (h *house) openTellings(target string) int {
	h.Helper()
	var n int
	h.ok(h.db.Owner.QueryRow(h.ctx, `SELECT count(*) FROM tellings WHERE target = $1 AND confirmed_at IS NULL`, target).Scan(&n))
	return n
}

func TestEachTargetIsToldOfANoOnceAndOfWhatBecomesOfIt(t *testing.T) {
	h := open(t, 6, "own")
	h.answers(0, "no", campaigns.Phone)
	h.answers(0, "no", campaigns.Paper) // says nothing new
	h.answers(1, "yes", campaigns.Phone)
	h.answers(2, "no", campaigns.Practice)
	tasks, err := h.desk.Tasks(h.ctx, h.author, "", 10)
	h.ok(err)
	if len(tasks) != 1 || tasks[0].Says != "no" || tasks[0].NHSNumber != number(0) || tasks[0].Practice != practiceCode {
		t.Fatalf("the practice is told %+v", tasks)
	}
	if n := h.openTellings("national"); n != 0 {
		t.Errorf("%d lines for a register that there is not", n)
	}
	h.clock.Advance(24 * time.Hour)
	h.answers(0, "yes", campaigns.Phone)
	if tasks, err = h.desk.Tasks(h.ctx, h.author, "", 10); err != nil || len(tasks) != 2 || tasks[1].Says != "yes" {
		t.Fatalf("after a yes the practice is told %+v (%v)", tasks, err)
	}
	stranger := campaigns.Viewer{ID: h.first.ID, Role: campaigns.RolePractice, Region: "QMF"}
	if _, err := h.desk.Tasks(h.ctx, stranger, "", 10); !fault.Is(err, fault.Refused) {
		t.Errorf("an account of no practice sees tasks: %v", err)
	}
	h.exec(`UPDATE staff SET role = 'practice', practice_code = 'F84002' WHERE id = $1`, h.first.ID)
	if list, err := h.desk.Tasks(h.ctx, stranger, practiceCode, 10); err != nil || len(list) != 0 {
		t.Errorf("another practice sees %+v (%v)", list, err)
	}
	if n, err := h.desk.ConfirmTasks(h.ctx, stranger, []int64{tasks[0].ID}); err != nil || n != 0 {
		t.Errorf("another practice confirmed %d (%v)", n, err)
	}
	h.exec(`UPDATE staff SET practice_code = 'F84001' WHERE id = $1`, h.first.ID)
	if n, err := h.desk.ConfirmTasks(h.ctx, stranger, []int64{tasks[0].ID, tasks[1].ID, tasks[0].ID}); err != nil || n != 2 {
		t.Errorf("it confirmed %d of its own (%v)", n, err)
	}
	if n, err := h.desk.ConfirmTasks(h.ctx, stranger, []int64{tasks[0].ID}); err != nil || n != 0 {
		t.Errorf("again it confirmed %d (%v)", n, err)
	}
}

func TestATargetThatStaysSilentRaisesAnAlarmUntilItConfirms(t *testing.T) {
	h := open(t, 3, "own")
	h.answers(0, "no", campaigns.Phone)
	alarms := func() (n int) {
		h.ok(h.desk.WatchTargets(h.ctx))
		h.ok(h.db.Owner.QueryRow(h.ctx, `SELECT count(*) FROM alarms WHERE kind = 'target' AND cleared_at IS NULL`).Scan(&n))
		return n
	}
	if n := alarms(); n != 0 {
		t.Errorf("%d alarms on the first day", n)
	}
	h.clock.Advance(20 * 24 * time.Hour)
	if n := alarms(); n != 1 {
		t.Errorf("%d alarms after twenty days of silence", n)
	}
	tasks, err := h.desk.Tasks(h.ctx, h.author, "", 10)
	h.ok(err)
	_, err = h.desk.ConfirmTasks(h.ctx, h.author, []int64{tasks[0].ID})
	h.ok(err)
	if n := alarms(); n != 0 {
		t.Errorf("%d alarms after it confirmed", n)
	}
}

func TestARegisterTakesConfirmsAndReconcilesByItsFeed(t *testing.T) {
	h := open(t, 6, "own")
	h.answers(0, "no", campaigns.Phone)
	chief := h.author
	chief.Role, chief.Region = campaigns.RoleNational, ""
	key, err := h.desk.AddRegister(h.ctx, chief, "Opt-out service")
	h.ok(err)
	if _, err := h.desk.AdmitRegister(h.ctx, key+"x"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a wrong key: %v", err)
	}
	r, err := h.desk.AdmitRegister(h.ctx, key)
	h.ok(err)
	h.answers(1, "no", campaigns.Web)
	feed, err := h.desk.Dissents(h.ctx, 0, 1)
	h.ok(err)
	more, err := h.desk.Dissents(h.ctx, feed[0].Cursor, 10)
	h.ok(err)
	if len(more) != 1 || feed[0].NHSNumber != number(0) || more[0].NHSNumber != number(1) || more[0].Programme != "SHS" || more[0].Says != "no" {
		t.Fatalf("the feed is %+v, %+v", feed, more)
	}
	acks := []optout.Acknowledgement{{Cursor: feed[0].Cursor, Applied: true}, {Cursor: more[0].Cursor, Receipt: "no such person"}, {Cursor: 99999, Applied: true}}
	verdicts, err := h.desk.Acknowledge(h.ctx, r, acks)
	if err != nil || verdicts[0] != "confirmed" || verdicts[1] != "noted" || verdicts[2] != "unknown" {
		t.Fatalf("the verdicts are %v (%v)", verdicts, err)
	}
	if verdicts, err = h.desk.Acknowledge(h.ctx, r, acks[:1]); err != nil || verdicts[0] != "already" {
		t.Errorf("confirmed twice: %v (%v)", verdicts, err)
	}
	if again, err := h.desk.Dissents(h.ctx, 0, 10); err != nil || len(again) != 1 || again[0].Cursor != more[0].Cursor {
		t.Errorf("what was refused is gone from the feed: %+v (%v)", again, err)
	}
	// The register's own list lacks what it confirmed, and holds a number nobody here has.
	told, unknown, err := h.desk.Reconcile(h.ctx, r, "SHS", []string{number(4)})
	if err != nil || told != 1 || len(unknown) != 1 || unknown[0] != number(4) {
		t.Errorf("reconciling came to %d and %v (%v)", told, unknown, err)
	}
	if again, err := h.desk.Dissents(h.ctx, 0, 10); err != nil || len(again) != 2 {
		t.Errorf("what was missing there is not told again: %+v (%v)", again, err)
	}
	in := []optout.Registered{
		{ID: "1", NHSNumber: number(3), Programme: "SHS", Says: "no", ReceivedOn: monday},
		{ID: "2", NHSNumber: number(5000), Programme: "SHS", Says: "no", ReceivedOn: monday},
		{ID: "3", NHSNumber: "1234567890", Programme: "SHS", Says: "no", ReceivedOn: monday},
		{ID: "4", NHSNumber: number(3), Programme: "NONE", Says: "no", ReceivedOn: monday},
	}
	for _, want := range [][]string{{"taken", "held", "refused", "refused"}, {"already", "already", "refused", "refused"}} {
		got, err := h.desk.TakeRegistered(h.ctx, r, in)
		h.ok(err)
		for i, v := range got {
			if v.Verdict != want[i] || v.ID != in[i].ID {
				t.Errorf("line %d became %+v, not %s", i+1, v, want[i])
			}
		}
	}
	var n int
	h.ok(h.db.Owner.QueryRow(h.ctx, `SELECT count(*) FROM answers WHERE channel = 'national'`).Scan(&n))
	if n != 1 {
		t.Errorf("%d answers came of one, sent twice", n)
	}
	// The register need not be told of what it told.
	if again, err := h.desk.Dissents(h.ctx, 0, 10); err != nil || len(again) != 2 {
		t.Errorf("it is told of its own answer: %+v (%v)", again, err)
	}
	h.ok(h.desk.RevokeRegister(h.ctx, chief, r.ID))
	if _, err := h.desk.AdmitRegister(h.ctx, key); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("an ended key: %v", err)
	}
}
