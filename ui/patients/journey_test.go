package patients_test

import (
	"strings"
	"testing"
	"time"
)

func TestANoIsGivenCheckedConfirmedAndSeen(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.get("/").reads("/", "If you do nothing, one will be made for you after the last day in your letter", "0808 157 0419", "the form in your letter", "the doctor’s practice")
	p.prove().reads("/decision", "Shared Health Summary", "Friday 12 March 2027", "We have no answer from you")
	p.get("/status").reads("/status", "No Shared Health Summary will be made for you before Saturday 13 March 2027, and none at all if you tell us not to",
		"Today, Wednesday 24 February We have no answer from you", "Saturday 13 March 2027 or later")
	p.get("/question").reads("/question", "Do you want a Shared Health Summary?", "One will be made, not before 13 March 2027.", "None will be made.",
		"If you do not answer by Friday 12 March 2027, one will be made after that day.")
	if strings.Contains(p.body, "checked") {
		t.Error("an answer is chosen beforehand")
	}
	p.send("/question", "answer", "no").reads("/check", "No, I do not want one", "None will be made.", "The person the letter is addressed to")
	if n := h.count(t, `SELECT count(*) FROM answers`); n != 0 {
		t.Fatalf("%d answers before it was confirmed", n)
	}
	p.send("/check").reads("/done", "We have your answer: no", "Your reference is A-", "No Shared Health Summary has been made, and none will be.")
	p.get("/status").reads("/status", "You said no on Wednesday 24 February 2027, on this website", "None will be, unless you change your answer.", "Our register")
	if n := h.count(t, `SELECT count(*) FROM answers WHERE says = 'no' AND channel = 'web' AND given_by = 'self' AND received_on = '2027-02-24'`); n != 1 {
		t.Errorf("%d answers", n)
	}
	if n := h.count(t, `SELECT count(*) FROM enrolments WHERE state = 'opted_out'`); n != 1 {
		t.Error("the person is not opted out")
	}
	for _, secret := range []string{"Farringham", "Odette", "9990000018", "High Street", "CT14"} {
		if strings.Contains(p.body, secret) {
			t.Errorf("the page shows %s", secret)
		}
	}
}

func TestAMindIsChangedTheSameWay(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.say("no").reads("/done", "We have your answer: no")
	h.clock.Advance(24 * time.Hour)
	p.get("/status").reads("/o", "You were away for a while")
	p.prove().reads("/decision", "No, given on Wednesday 24 February 2027 on this website")
	p.get("/question").reads("/question", "One will be made, not before 26 February 2027.", "the answer given on 24 February 2027 stays: no")
	p.say("yes").reads("/done", "We have your answer: yes")
	p.get("/status").reads("/status", "You said yes on Thursday 25 February 2027")
}

func TestTwoAnswersOnOneDayLeaveTheNoStanding(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.say("no")
	p.say("yes").reads("/done", "The no stands until a person has asked you which you meant")
	p.get("/status").reads("/status", "You said no on", "also checking")
}

func TestAFormSentAgainIsOneAnswerWithOneReference(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/question").send("/question", "answer", "no").reads("/check")
	form := p.form("/check")
	first := p.take(p.client.PostForm(h.at+"/check", form)).reads("/done", "Your reference is A-").reference()
	again := p.take(p.client.PostForm(h.at+"/check", form)).reads("/done", "it counts once").reference()
	if first == "" || first != again {
		t.Errorf("references %q and %q", first, again)
	}
	if n := h.count(t, `SELECT count(*) FROM answers`); n != 1 {
		t.Errorf("%d answers", n)
	}
	if p.get("/check").path != "/done" {
		t.Errorf("back to a check that is done leads to %s", p.path)
	}
}

func TestThePageThatWasCheckedIsWhatCounts(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/question").send("/question", "answer", "no")
	form := p.form("/check") // one tab shows no ...
	p.get("/question").send("/question", "answer", "yes")
	p.take(p.client.PostForm(h.at+"/check", form)).reads("/done", "We have your answer: no")
}

func TestAStalePageAfterTheCloseTellsTheTruth(t *testing.T) {
	h := build(t)
	h.clock.Set(time.Date(2027, 3, 12, 23, 50, 0, 0, morning.Location()))
	p := h.visitor(t)
	p.prove()
	p.get("/status").reads("/status", "This is the last day on which a no comes before any")
	p.get("/question").send("/question", "answer", "no").reads("/check", "None will be made.")
	h.clock.Set(time.Date(2027, 3, 13, 0, 1, 0, 0, morning.Location()))
	p.send("/check").reads("/done", "The last day, Friday 12 March 2027, has passed. Your no still counts.")
}

func TestANoAfterTheRecordShowsItBeingTakenAway(t *testing.T) {
	h := build(t)
	h.exec(t, `
		UPDATE enrolments SET state = 'created'; DELETE FROM windows;
		INSERT INTO records (id, programme_id, person_id, campaign_id, enrolment_id, registry, basis, state, reserved_at, live_at, circumstances_id, evidence, evidence_sha256)
			VALUES (gen_random_uuid(), 1, 1, 1, 1, 'elsewhere', 'silence', 'live', '2027-03-30Z', '2027-03-30Z', gen_random_uuid(), '{}', '\x01')`)
	h.clock.Set(time.Date(2027, 4, 20, 10, 0, 0, 0, morning.Location()))
	p := h.visitor(t)
	p.prove()
	p.get("/status").reads("/status", "A Shared Health Summary was made for you on Tuesday 30 March 2027", "You can say no at any time.")
	p.get("/question").reads("/question", "The one that was made stays.", "The one that was made will be taken away.")
	p.say("no").reads("/done", "is being taken away")
	p.get("/status").reads("/status", "You said no on Tuesday 20 April 2027", "We asked on Tuesday 20 April 2027 that it be taken away. We ask until we are told that it is gone.")
}

func TestAnAnswerForSomebodyElseWaitsForAPerson(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/behalf").send("/behalf").reads("/behalf", "Choose who you are")
	p.send("/behalf", "who", "attorney").reads("/question", "Does the person you answer for want a Shared Health Summary?", "No, they do not want one")
	p.send("/question", "answer", "no").reads("/check", "An attorney for health and welfare", "A person checks that you may answer for them")
	p.send("/check").reads("/done", "We have your message", "within five working days")
	if n := h.count(t, `SELECT count(*) FROM holds WHERE cause = 'unproved proxy' AND says = 'no'`); n != 1 {
		t.Errorf("%d holds", n)
	}
	if n := h.count(t, `SELECT count(*) FROM answers`); n != 0 {
		t.Errorf("%d answers", n)
	}
	p.get("/status").reads("/status", "while we check a message that may be your answer")
}

func TestFinishLeavesNothingBehind(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	form := p.form("/finish")
	p.client.CheckRedirect = noRedirect
	p.take(p.client.PostForm(h.at+"/finish", form))
	if p.status != 303 || p.header.Get("Clear-Site-Data") != `"cache", "cookies", "storage"` {
		t.Errorf("%d %v", p.status, p.header)
	}
	p.client.CheckRedirect = nil
	p.get("/status").reads("/o")
}

func (p *person) reference() string {
	_, after, _ := strings.Cut(p.text(), "Your reference is ")
	word, _, _ := strings.Cut(after, " ")
	return word
}

func TestAYesWithALetterThatMayHaveGoneAstrayIsRefusedInWords(t *testing.T) {
	h := build(t)
	h.exec(t, `UPDATE pieces SET suspected_at = '2027-02-20Z'`)
	p := h.visitor(t)
	p.prove()
	p.say("yes").reads("/check", "There is a problem", "a yes cannot be taken with it")
	if p.status != 422 || !strings.Contains(p.body, "<title>Error: ") {
		t.Errorf("%d", p.status)
	}
	p.say("no").reads("/done", "We have your message")
}

func TestAReceiptIsShownEvenWhenTheDatabaseIsGoneAfterIt(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.say("no").reads("/done")
	want := p.reference()
	h.db.Public.Close()
	p.get("/done").reads("/done", "We have your answer: no", "Your answer is saved")
	if got := p.reference(); got != want {
		t.Errorf("reference %q, not %q", got, want)
	}
}

func TestTwoTabsAndADoubleClickAreOneAnswer(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/question").send("/question", "answer", "no")
	form := p.form("/check")
	done := make(chan error, 4)
	for range 4 {
		go func() {
			res, err := p.client.PostForm(h.at+"/check", form)
			if err == nil {
				err = res.Body.Close()
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := h.count(t, `SELECT count(*) FROM answers`); n != 1 {
		t.Errorf("%d answers", n)
	}
}
