package patients_test

import (
	"strings"
	"testing"
	"time"

	"duenotice/optout"
	"duenotice/ui/patients"
)

// crowd fills the only place of newcomers until it is told to leave: somebody
// who proves a code while the table of codes is locked.
func (h *house) crowd(t *testing.T) (leave func()) {
	t.Helper()
	other := h.visitor(t)
	other.get("/o")
	form := other.form("/o", "code", optout.GroupCode(h.code), "born[day]", bornDay, "born[month]", bornMonth, "born[year]", bornYear)
	tx, err := h.db.Owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `LOCK TABLE codes IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	done := make(chan int, 1)
	go func() {
		res, err := other.client.PostForm(h.at+"/o", form)
		if err != nil {
			done <- 0
			return
		}
		_ = res.Body.Close()
		done <- res.StatusCode
	}()
	for range 200 {
		if h.count(t, `SELECT count(*) FROM pg_locks WHERE NOT granted`) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return func() {
		if err := tx.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
		if status := <-done; status != 200 {
			t.Errorf("whoever was there first got %d", status)
		}
	}
}

func TestWhoeverIsAskedToWaitKeepsWhatTheyTypedAndGoesOnWithoutAScript(t *testing.T) {
	h := build(t, func(s *patients.Settings) { s.Newcomers = 1 })
	p := h.visitor(t)
	p.get("/o")
	leave := h.crowd(t)

	p.send("/o", "code", optout.GroupCode(h.code), "born[day]", bornDay, "born[month]", bornMonth, "born[year]", bornYear)
	p.reads("/o", "Please wait a moment", "What you typed is kept", "0808 157 0419")
	if p.status != 503 || p.header.Get("Retry-After") == "" || !strings.HasSuffix(p.header.Get("Refresh"), "; url=/wait") {
		t.Errorf("%d %v", p.status, p.header)
	}
	form := p.form("/o")
	if form.Get("code") != optout.GroupCode(h.code) || form.Get("born[year]") != bornYear {
		t.Errorf("the waiting page kept %v", form)
	}
	p.get("/wait").reads("/wait", "Please wait a moment", "What you typed is kept") // the page that comes by itself
	if p.status != 503 {
		t.Errorf("%d", p.status)
	}
	q := h.visitor(t) // who has typed nothing gets the same page again
	q.get("/o").reads("/o", "Please wait a moment", "Try again now")
	if q.status != 503 || !strings.HasSuffix(q.header.Get("Refresh"), "; url=/o") {
		t.Errorf("%d %v", q.status, q.header)
	}
	leave()

	p.get("/wait").reads("/wait", "It is your turn", "What you typed is kept")
	p.send("/o").reads("/decision", "Shared Health Summary")
	if p.get("/wait"); p.path != "/o" {
		t.Errorf("what was sent is still kept: %s", p.path)
	}
}

func TestWhoeverHasProvedTheirCodeIsNotKeptOutByNewcomers(t *testing.T) {
	h := build(t, func(s *patients.Settings) { s.Newcomers = 1 })
	p := h.visitor(t)
	p.prove()
	leave := h.crowd(t)
	p.say("no").reads("/done", "We have your answer: no")
	leave()
}

func TestARefusedProofTakesNoPlaceWhileItsTimeRuns(t *testing.T) {
	h := build(t, func(s *patients.Settings) { s.Newcomers, s.Floor = 1, 1500*time.Millisecond })
	p, q := h.visitor(t), h.visitor(t)
	p.get("/o")
	form := p.form("/o", "code", h.other, "born[day]", bornDay, "born[month]", bornMonth, "born[year]", bornYear)
	began := time.Now()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if res, err := p.client.PostForm(h.at+"/o", form); err == nil {
			_ = res.Body.Close()
		}
	}()
	time.Sleep(500 * time.Millisecond)
	if q.get("/o"); q.status != 200 && time.Since(began) < 1500*time.Millisecond {
		t.Errorf("a wrong guess keeps others out: %d after %v", q.status, time.Since(began))
	}
	<-done
}

func TestAnAnswerThatMetALostDatabaseIsGivenBackToBeSentAgain(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/question").send("/question", "answer", "no")
	token := p.form("/check").Get("token")
	h.db.Public.Close()
	p.send("/check").reads("/check", "Nothing was saved", "Wait a minute, then send it again", "0808 157 0419")
	if again := p.form("/check"); p.status != 503 || again.Get("token") != token || again.Get("answer") != "no" {
		t.Errorf("%d: given back %v", p.status, again)
	}
}
