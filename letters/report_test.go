package letters_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
)

func TestADispatchOpensEveryWindowOnce(t *testing.T) {
	h := newHouse(t, 100)
	b := h.seal()[0]
	if _, err := h.mail.Dispatch(t.Context(), h.vendor.ID, b.Code, letters.Dispatch{}); !fault.Is(err, fault.Refused) {
		t.Errorf("a batch was posted before it was accepted: %v", err)
	}
	if out := h.post(b.Code); out.Applied != 100 || out.Already != 0 || len(out.Refused) != 0 {
		t.Errorf("the dispatch: %+v", out)
	}
	if s := h.states(); s[campaigns.Notified] != 100 {
		t.Errorf("people stand in %v", s)
	}
	again, err := h.mail.Dispatch(t.Context(), h.vendor.ID, b.Code, letters.Dispatch{PostedOn: calendar.On(2026, 11, 24), Docket: "D1"})
	if err != nil || again.Applied != 0 || again.Already != 100 {
		t.Errorf("again: %+v %v", again, err)
	}
	// Tuesday 24 November, three working days, 84 days: Friday 19 February.
	if n := h.count(`SELECT count(*) FROM notices WHERE posted_on = '2026-11-24' AND closes_on = '2027-02-19'`); n != 100 {
		t.Errorf("%d windows are right", n)
	}
	if b, err = h.mail.Batch(t.Context(), h.vendor.ID, b.Code); err != nil || b.State != letters.PostedWhole {
		t.Errorf("the batch is %s", b.State)
	}
	h.clock.Set(time.Date(2026, 11, 26, 12, 0, 0, 0, calendar.London))
	later, err := h.mail.Dispatch(t.Context(), h.vendor.ID, b.Code, letters.Dispatch{PostedOn: calendar.On(2026, 11, 26)})
	if err != nil || later.Applied != 100 {
		t.Errorf("a later day: %+v %v", later, err)
	}
	if n := h.count(`SELECT count(*) FROM notices WHERE posted_on = '2026-11-26' AND closes_on = '2027-02-23'`); n != 100 {
		t.Errorf("%d windows were moved later", n)
	}
	for _, on := range []calendar.Date{calendar.On(2026, 11, 19), calendar.On(2026, 11, 27)} {
		if _, err := h.mail.Dispatch(t.Context(), h.vendor.ID, b.Code, letters.Dispatch{PostedOn: on}); !fault.Is(err, fault.Invalid) {
			t.Errorf("posted on %v: %v", on, err)
		}
	}
	if b := h.balanced(); b.Posted != 100 || b.Still != 0 {
		t.Errorf("the balance is %+v", b)
	}
}

func TestADispatchTouchesOnlyWhatCanBePosted(t *testing.T) {
	h := newHouse(t, 10)
	b := h.seal()[0]
	refs := h.references(b.ID)
	h.must(h.mail.Accept(t.Context(), h.vendor.ID, b.Code))
	h.report(letters.Spoiled, "torn", refs[0])
	h.must(h.mail.Recall(t.Context(), h.staff[0], letters.PrintedReference(refs[1]), "wrong person"))
	out, err := h.mail.Dispatch(t.Context(), h.vendor.ID, b.Code, letters.Dispatch{Except: []string{refs[2], "DN0000000000"}})
	h.must(err)
	if out.Applied != 7 || len(out.Refused) != 3 {
		t.Fatalf("the dispatch: %+v", out)
	}
	var refused []string
	for _, v := range out.Refused {
		refused = append(refused, v.Reference)
	}
	if got := strings.Join(refused, " "); got != "DN0000000000 "+refs[0]+" "+refs[1] && got != "DN0000000000 "+refs[1]+" "+refs[0] {
		t.Errorf("refused were %s", got)
	}
	recalls, err := h.mail.Recalls(t.Context(), h.vendor.ID, 0, 100)
	if err != nil || len(recalls) != 1 || recalls[0].Reference != refs[1] {
		t.Fatalf("asked back are %+v %v", recalls, err)
	}
	h.must(h.mail.AnswerRecall(t.Context(), h.vendor.ID, recalls[0].ID, true))
	h.must(h.mail.AnswerRecall(t.Context(), h.vendor.ID, recalls[0].ID, true))
	if err := h.mail.AnswerRecall(t.Context(), h.vendor.ID, recalls[0].ID, false); !fault.Is(err, fault.Conflict) {
		t.Errorf("the answer was changed: %v", err)
	}
	sum := h.balanced()
	if sum.Posted != 7 || sum.Spoiled != 1 || sum.Recalled != 1 || sum.Still != 1 {
		t.Errorf("the balance is %+v", sum)
	}
	// The spoiled and the recalled one are written again under their number.
	if s := h.states(); s[campaigns.Scheduled] != 2 {
		t.Errorf("people stand in %v", s)
	}
	n, err := h.mail.ComposeFollowUps(t.Context(), h.campaign.ID)
	h.must(err)
	batches := h.seal()
	if n != 1 || len(batches) != 2 || batches[1].Pieces != 2 || h.count(`SELECT max(number) FROM pieces`) != 1 {
		t.Errorf("%d batches follow: %+v", n, batches)
	}
}

func TestALetterThatCameBackBeforeItsPostingNeverOpensAWindow(t *testing.T) {
	h := newHouse(t, 10)
	b := h.seal()[0]
	ref := h.references(b.ID)[3]
	h.must(h.mail.Accept(t.Context(), h.vendor.ID, b.Code))
	if v := h.report(letters.Returned, "", ref); v[0].Verdict != letters.Refused {
		t.Errorf("a return without a reason: %+v", v)
	}
	if v := h.report(letters.Returned, "R01", ref); v[0].Verdict != letters.Applied {
		t.Errorf("the return: %+v", v)
	}
	if v := h.report(letters.Returned, "R01", ref); v[0].Verdict != letters.Already {
		t.Errorf("the same return: %+v", v)
	}
	h.post(b.Code)
	if n := h.count(`SELECT count(*) FROM pieces WHERE reference = $1 AND state = 'returned' AND posted_on IS NOT NULL`, ref); n != 1 {
		t.Error("the piece is not posted and returned")
	}
	if s := h.states(); s[campaigns.Notified] != 9 || s[campaigns.Retracing] != 1 {
		t.Errorf("people stand in %v", s)
	}
	if n := h.count(`SELECT count(*) FROM windows`); n != 9 {
		t.Errorf("%d windows run", n)
	}
	// With an address found the next letter has the next number, and the old one stays void.
	id := campaigns.PersonID(h.count(`SELECT person_id FROM pieces WHERE reference = $1`, ref))
	h.clock.Advance(time.Hour)
	h.must(campaigns.InTx(t.Context(), h.db.App, h.clock.Now, func(tx pgx.Tx, now time.Time) error {
		return errors.Join(campaigns.LockPeople(t.Context(), tx, []campaigns.PersonID{id}),
			h.register.TellPerson(t.Context(), tx, now, id, campaigns.PersonFact{Kind: campaigns.MovedAddress, On: calendar.DateOf(now), Source: "tracing",
				Address: []string{"1 New Street", "London"}, Postcode: "E2 1AB"}),
			h.desk.WorkOut(t.Context(), tx, now, []campaigns.PersonID{id}, "address found"))
	}))
	_, err := h.mail.ComposeFollowUps(t.Context(), h.campaign.ID)
	h.must(err)
	if batches := h.seal(); len(batches) != 2 || batches[1].Pieces != 1 {
		t.Fatalf("the letter to the new address: %+v", batches)
	}
	list, err := h.mail.LettersOf(t.Context(), h.campaign.ID, campaigns.EnrolmentID(h.count(`SELECT enrolment_id FROM pieces WHERE reference = $1`, ref)))
	h.must(err)
	if len(list) != 2 || list[0].VoidReason != "returned" || list[1].Number != 2 || list[1].Void {
		t.Errorf("the letters are %+v", list)
	}
}

func TestAReturnForAnUnknownReferenceIsKeptAndRaisesAnAlarm(t *testing.T) {
	h := newHouse(t, 3)
	h.seal()
	if v := h.report(letters.Returned, "R01", "DN0000000000", "nonsense"); v[0].Verdict != letters.Refused || v[1].Verdict != letters.Refused {
		t.Errorf("the verdicts: %+v", v)
	}
	if n := h.count(`SELECT count(*) FROM reports WHERE kind = 'returned' AND verdict = 'refused' AND piece_id IS NULL`); n != 2 {
		t.Errorf("%d reports are kept", n)
	}
	if alarms, err := h.register.Alarms(t.Context()); err != nil || len(alarms) != 1 {
		t.Errorf("alarms: %+v %v", alarms, err)
	}
}

func TestTakingThePostingBackThrowsSuspicion(t *testing.T) {
	h := newHouse(t, 4)
	b := h.seal()[0]
	refs := h.references(b.ID)
	h.post(b.Code)
	if v := h.report(letters.Spoiled, "found under the machine", refs[0]); v[0].Verdict != letters.Applied || v[0].Reason == "" {
		t.Errorf("the verdict: %+v", v)
	}
	if v := h.report(letters.Printed, "", refs[1]); v[0].Verdict != letters.Already {
		t.Errorf("a late report: %+v", v)
	}
	if v := h.report(letters.Forwarded, "", refs[1]); v[0].Verdict != letters.Refused {
		t.Errorf("a step back: %+v", v)
	}
	if s := h.states(); s[campaigns.Notified] != 3 || s[campaigns.Scheduled] != 1 {
		t.Errorf("people stand in %v", s)
	}
	if sum := h.balanced(); sum.Posted != 4 || sum.Suspected != 1 {
		t.Errorf("the balance is %+v", sum)
	}
}

func TestSuspectLettersAreWrittenAgainEvenBeforeTheyArePosted(t *testing.T) {
	h := newHouse(t, 12)
	b := h.seal()[0]
	h.must(h.mail.Accept(t.Context(), h.vendor.ID, b.Code))
	out, err := h.mail.Suspect(t.Context(), h.vendor.ID, b.Code, []letters.Range{{From: 3, To: 5}, {From: 5, To: 6}}, "the inserter failed")
	if err != nil || out.Applied != 4 {
		t.Fatalf("suspected: %+v %v", out, err)
	}
	h.clock.Advance(time.Hour)
	_, err = h.mail.ComposeFollowUps(t.Context(), h.campaign.ID)
	h.must(err)
	batches := h.seal()
	if len(batches) != 2 || batches[1].Pieces != 4 {
		t.Fatalf("written again: %+v", batches)
	}
	h.post(b.Code)
	if s := h.states(); s[campaigns.Notified] != 8 || s[campaigns.Written] != 4 {
		t.Errorf("people stand in %v", s)
	}
	if _, err := h.mail.SuspectByStaff(t.Context(), h.staff[0], b.Code, nil, "hand-stuffed"); err != nil {
		t.Fatal(err)
	}
	if s := h.states(); s[campaigns.Notified] != 0 || s[campaigns.Scheduled] != 8 {
		t.Errorf("people stand in %v", s)
	}
	key := campaigns.SuspectBatch(int64(b.ID))
	if s, err := h.register.Signals(t.Context(), []string{key}); err != nil || !s[key].Red() {
		t.Errorf("the batch's signal is %+v", s)
	}
	h.must(h.mail.ProposeLiftSuspicion(t.Context(), h.staff[0], b.Code, "looked at"))
	if err := h.mail.AgreeToLiftSuspicion(t.Context(), h.staff[0], b.Code); !fault.Is(err, fault.Refused) {
		t.Errorf("one person lifted a suspicion: %v", err)
	}
	h.must(h.mail.AgreeToLiftSuspicion(t.Context(), h.staff[1], b.Code))
	if s := h.states(); s[campaigns.Scheduled] != 8 {
		t.Errorf("lifting gave notice again: %v", s)
	}
}

func TestTooManyReturnsPauseTheBatchOnce(t *testing.T) {
	h := newHouse(t, 60)
	b := h.seal()[0]
	refs := h.references(b.ID)
	h.post(b.Code)
	key := campaigns.PauseBatch(int64(b.ID))
	red := func() bool {
		s, err := h.register.Signals(t.Context(), []string{key})
		h.must(err)
		return s[key].Red()
	}
	h.report(letters.Returned, "R01", refs[:4]...)
	if red() {
		t.Error("four returns paused the batch")
	}
	list := "reference,date,reason\n" + refs[4] + ",2026-11-24,R04\n" + refs[5] + ",2026-11-24,R04\n"
	read, err := h.mail.ImportReturns(t.Context(), h.staff[0], strings.NewReader(list))
	if err != nil || read.Applied != 2 || read.Rows != 2 {
		t.Errorf("the list: %+v %v", read, err)
	}
	if !red() {
		t.Error("six of sixty came back and the batch is not paused")
	}
	h.must(h.register.Resume(t.Context(), h.staff[0], key))
	h.report(letters.Returned, "R01", refs[6])
	if red() {
		t.Error("the next return overruled the person who had looked")
	}
	if s := h.states(); s[campaigns.Retracing] != 7 {
		t.Errorf("people stand in %v", s)
	}
}

func TestARejectedBatchIsWrittenAgain(t *testing.T) {
	h := newHouse(t, 10)
	b := h.seal()[0]
	h.must(h.mail.Reject(t.Context(), h.vendor.ID, b.Code, "the file does not print"))
	h.must(h.mail.Reject(t.Context(), h.vendor.ID, b.Code, "the file does not print"))
	if err := h.mail.Accept(t.Context(), h.vendor.ID, b.Code); !fault.Is(err, fault.Conflict) {
		t.Errorf("a rejected batch was accepted: %v", err)
	}
	n, err := h.mail.ComposeFollowUps(t.Context(), h.campaign.ID)
	h.must(err)
	if batches := h.seal(); n != 1 || batches[1].Pieces != 10 {
		t.Errorf("written again: %+v", batches)
	}
	if sum := h.balanced(); sum.Rejected != 10 || sum.Still != 10 {
		t.Errorf("the balance is %+v", sum)
	}
}

func TestWhoSaidNoIsAskedBack(t *testing.T) {
	h := newHouse(t, 5)
	b := h.seal()[0]
	h.exec(`UPDATE enrolments SET state = 'opted_out' WHERE person_id IN (2, 3)`)
	for want := range 2 {
		n, err := h.mail.RecallStale(t.Context(), h.campaign.ID)
		if err != nil || n != 2*(1-want) {
			t.Errorf("asked back: %d %v", n, err)
		}
	}
	h.must(h.mail.Accept(t.Context(), h.vendor.ID, b.Code))
	recalls, err := h.mail.Recalls(t.Context(), h.vendor.ID, 0, 100)
	h.must(err)
	if len(recalls) != 2 {
		t.Fatalf("asked back are %+v", recalls)
	}
	h.must(h.mail.AnswerRecall(t.Context(), h.vendor.ID, recalls[0].ID, false))
	if v := h.report(letters.Recalled, "", recalls[1].Reference); v[0].Verdict != letters.Applied {
		t.Errorf("the verdict: %+v", v)
	}
	if recalls, err = h.mail.Recalls(t.Context(), h.vendor.ID, 0, 100); err != nil || len(recalls) != 0 {
		t.Errorf("still asked back: %+v", recalls)
	}
	if out := h.post(b.Code); out.Applied != 4 || len(out.Refused) != 1 {
		t.Errorf("the dispatch: %+v", out)
	}
}

func TestARequestSentTwiceIsDoneOnce(t *testing.T) {
	h := newHouse(t, 1)
	done := 0
	do := func() (int, string, []byte, error) {
		done++
		return 200, "application/json", []byte(`{"applied":1}`), nil
	}
	one, other := sha256.Sum256([]byte("one")), sha256.Sum256([]byte("other"))
	for i := range 2 {
		status, _, body, replayed, err := h.mail.Once(t.Context(), h.vendor.ID, "k1", one[:], do)
		if err != nil || status != 200 || !bytes.Equal(body, []byte(`{"applied":1}`)) || replayed != (i == 1) {
			t.Errorf("request %d: %d %s %v %v", i, status, body, replayed, err)
		}
	}
	if _, _, _, _, err := h.mail.Once(t.Context(), h.vendor.ID, "k1", other[:], do); !fault.Is(err, fault.Conflict) || done != 1 {
		t.Errorf("another body under the same key: %v, done %d times", err, done)
	}
	failing := func() (int, string, []byte, error) { return 0, "", nil, errors.New("the database is gone") }
	if _, _, _, _, err := h.mail.Once(t.Context(), h.vendor.ID, "k2", one[:], failing); err == nil {
		t.Error("a failure was taken for an answer")
	}
	if _, _, _, replayed, err := h.mail.Once(t.Context(), h.vendor.ID, "k2", one[:], do); err != nil || replayed || done != 2 {
		t.Errorf("after a failure: %v %v, done %d times", replayed, err, done)
	}
	_, _, _, _, err := h.mail.Once(t.Context(), h.vendor.ID, "k3", one[:], func() (int, string, []byte, error) {
		_, _, _, _, inner := h.mail.Once(t.Context(), h.vendor.ID, "k3", one[:], do)
		if !fault.Is(inner, fault.Unavailable) {
			t.Errorf("the same request at the same time: %v", inner)
		}
		return do()
	})
	h.must(err)
	h.clock.Advance(31 * 24 * time.Hour)
	if _, _, _, replayed, err := h.mail.Once(t.Context(), h.vendor.ID, "k1", other[:], do); err != nil || replayed {
		t.Errorf("after 31 days: %v %v", replayed, err)
	}
}
