package optout_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
)

// running lets the clock of a house run on, so that moments differ.
func (h *house) running() {
	h.clock = calendar.NewMovable(h.clock.Now())
	h.register.Clock, h.desk.Clock = h.clock.Now, h.clock.Now
}

// said is one line of what a client saw: which form, whose, and the receipt.
type said struct {
	token, says, reference string
	person                 campaigns.PersonID
}

// insist sends the same form until it is answered, as a page does whose reader
// presses the button again.
func insist(h *house, e campaigns.EnrolmentID, person campaigns.PersonID, says string) (said, error) {
	line := said{token: uuid.NewString(), says: says, person: person}
	c := optout.Caller{Campaign: h.campaign.ID, Programme: h.campaign.Programme, Enrolment: e, Person: person}
	arrived := h.clock.Now()
	var err error
	for range 200 {
		var r optout.Receipt
		if r, err = h.desk.AnswerOnline(h.ctx, c, says, line.token, arrived, "self"); err == nil {
			line.reference = r.Reference
			return line, nil
		}
		if fault.Of(err) != nil {
			return line, err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return line, err
}

// breakConnections ends random connections of the app until the context ends.
func breakConnections(ctx context.Context, h *house) {
	for ctx.Err() == nil {
		_, _ = h.db.Owner.Exec(context.WithoutCancel(ctx), `SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity
			WHERE datname = current_database() AND usename = 'duenotice_app' ORDER BY random() LIMIT 2) x`)
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func TestEveryNoSaidWhileRecordsAreMadeIsHonouredAndNoneIsDoubledThoughConnectionsBreak(t *testing.T) {
	const crowd = 64
	h := open(t, 2*crowd, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	h.running()
	people := make([]campaigns.PersonID, crowd)
	for i := range people {
		people[i] = h.person(h.people[i])
	}
	ctx, stop := context.WithCancel(h.ctx)
	start, journal := make(chan struct{}), make([]said, crowd)
	var clients, house sync.WaitGroup
	for i := range crowd {
		clients.Go(func() {
			<-start
			says := "no"
			if i%4 == 3 {
				says = "yes"
			}
			line, err := insist(h, h.people[i], people[i], says)
			if err != nil {
				t.Errorf("client %d was never answered: %v", i, err)
			}
			journal[i] = line
		})
	}
	for range 4 {
		house.Go(func() {
			<-start
			for ctx.Err() == nil {
				_, _ = h.desk.CloseDue(h.ctx, h.campaign.ID, 5) // a broken connection is the next look's matter
				_, _ = h.desk.SendDue(h.ctx, 5)
			}
		})
	}
	house.Go(func() { <-start; breakConnections(ctx, h) })
	close(start)
	clients.Wait()
	time.Sleep(500 * time.Millisecond)
	stop()
	house.Wait()
	h.steady()
	for _, line := range journal {
		var n int
		var live bool
		h.ok(h.db.App.QueryRow(h.ctx, `
			SELECT (SELECT count(*) FROM answers WHERE token = $1 AND reference = $2 AND says = $3 AND person_id = $4),
				EXISTS (SELECT FROM records WHERE person_id = $4 AND state IN ('reserved', 'leaving', 'live', 'failed', 'withdrawing'))`,
			line.token, line.reference, line.says, line.person).Scan(&n, &live))
		if n != 1 {
			t.Errorf("the answer %s is in the ledger %d times", line.reference, n)
		}
		if live && line.says == "no" {
			t.Errorf("somebody said no, got the receipt %s and has a record", line.reference)
		}
	}
	var answers int
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT count(*) FROM answers`).Scan(&answers))
	if answers != crowd {
		t.Errorf("%d answers of %d people", answers, crowd)
	}
	h.sound()
}

// steady does what is left to do once connections hold again.
func (h *house) steady() {
	h.Helper()
	for range 20 {
		if h.db.App.Ping(h.ctx) == nil {
			break
		}
	}
	h.closeAll()
	h.send()
}

func TestNoRecordIsBegunAfterTheStopWasCommitted(t *testing.T) {
	h := open(t, 200, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	h.running()
	ctx, stop := context.WithCancel(h.ctx)
	var sweeps sync.WaitGroup
	for range 4 {
		sweeps.Go(func() {
			for ctx.Err() == nil {
				if _, err := h.desk.CloseDue(h.ctx, h.campaign.ID, 3); err != nil {
					t.Errorf("a sweep failed: %v", err)
				}
			}
		})
	}
	for len(h.enrolments(campaigns.Created)) < 10 {
	}
	h.ok(h.register.Halt(h.ctx, h.author, campaigns.StopSignal, "a national pause"))
	stopped := h.clock.Now()
	time.Sleep(200 * time.Millisecond)
	stop()
	sweeps.Wait()
	var after, made int
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT count(*) FILTER (WHERE live_at > $1), count(*) FROM records`, stopped).Scan(&after, &made))
	if after > 0 {
		t.Errorf("%d of %d records were begun after the stop", after, made)
	}
	t.Logf("%d of 200 records before the stop", made)
	h.sound()
}

// blocked runs what has to wait for a transaction that is still open, sees it
// wait, commits, and returns when it is through.
func (h *house) blocked(tx pgx.Tx, what string, run func()) {
	h.Helper()
	through := make(chan struct{})
	go func() { defer close(through); run() }()
	select {
	case <-through:
		h.Errorf("%s did not wait", what)
	case <-time.After(400 * time.Millisecond):
	}
	h.ok(tx.Commit(h.ctx))
	<-through
}

// due brings three people to where their records may be made.
func due(t *testing.T) *house {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(closing)
	h.declare()
	return h
}

func (h *house) begin() pgx.Tx {
	h.Helper()
	tx, err := h.db.App.Begin(h.ctx)
	h.ok(err)
	return tx
}

func TestASweepWaitsForAStopThatIsBeingCommittedAndObeysIt(t *testing.T) {
	h := due(t)
	tx := h.begin()
	h.ok(h.register.SetSignal(h.ctx, tx, h.clock.Now(), campaigns.StopSignal, h.clock.Now(), calendar.Date{}, "a national pause", h.author.ID, 0))
	h.blocked(tx, "a sweep", func() {
		if done, err := h.desk.CloseDue(h.ctx, h.campaign.ID, 10); err != nil || done.Created > 0 {
			t.Errorf("created past a stop: %+v %v", done, err)
		}
	})
	h.sound()
}

func TestASweepWaitsForAWatermarkThatIsBeingLowered(t *testing.T) {
	h := due(t)
	tx := h.begin()
	h.ok(h.register.SetSignal(h.ctx, tx, h.clock.Now(), campaigns.Watermark(campaigns.Paper, ""), time.Time{}, monday, "", h.author.ID, h.first.ID))
	h.blocked(tx, "a sweep", func() {
		if done, err := h.desk.CloseDue(h.ctx, h.campaign.ID, 10); err != nil || done.Created > 0 {
			t.Errorf("created past a lowered watermark: %+v %v", done, err)
		}
	})
}

func TestASweepWaitsForAnExtensionThatIsBeingCommitted(t *testing.T) {
	h := due(t)
	tx := h.begin()
	_, err := tx.Exec(h.ctx, `SELECT key FROM signals WHERE key = $1 FOR UPDATE`, campaigns.PauseCampaign(h.campaign.ID))
	h.ok(err)
	_, err = tx.Exec(h.ctx, `INSERT INTO extensions (campaign_id, days, reason, author_id, approver_id, recorded_at) VALUES ($1, 90, 'by law', $2, $3, $4)`,
		h.campaign.ID, h.first.ID, h.second.ID, h.clock.Now())
	h.ok(err)
	h.blocked(tx, "a sweep", func() {
		if done, err := h.desk.CloseDue(h.ctx, h.campaign.ID, 10); err != nil || done.Created > 0 {
			t.Errorf("created in a window that was extended: %+v %v", done, err)
		}
	})
	h.sound()
}

func TestASweepLeavesPeopleAloneWhoAreBeingWrittenAbout(t *testing.T) {
	h := due(t)
	tx := h.begin()
	who := h.person(h.people[0])
	h.ok(campaigns.LockPeople(h.ctx, tx, []campaigns.PersonID{who}))
	_, err := tx.Exec(h.ctx, `INSERT INTO answers (reference, programme_id, person_id, says, channel, received_on, received_at, recorded_at)
		VALUES ('A-1', $1, $2, 'no', 'phone', $3, $4, $4)`, h.campaign.Programme, who, closing, h.clock.Now())
	h.ok(err)
	if done := h.closeAll(); done.Created != 2 {
		t.Errorf("while one person is written about: %+v", done)
	}
	h.ok(h.desk.WorkOut(h.ctx, tx, h.clock.Now(), []campaigns.PersonID{who}, "answered"))
	h.ok(tx.Commit(h.ctx))
	h.closeAll()
	h.is(h.people[0], campaigns.OptedOut)
	h.sound()
}

func TestAnAnswerWaitsForARecordThatIsBeingMadeAndTakesItBack(t *testing.T) {
	h := due(t)
	for name, answer := range map[string]func(who campaigns.PersonID) error{
		"a no by phone": func(who campaigns.PersonID) error {
			_, err := h.desk.Answer(h.ctx, h.author, optout.Answer{Campaign: h.campaign.ID, Person: who, Says: "no", Channel: campaigns.Phone, ReceivedOn: closing})
			return err
		},
		"a hold": func(who campaigns.PersonID) error {
			_, err := h.desk.Hold(h.ctx, h.author, optout.NewHold{Programme: h.campaign.Programme, Says: "unknown", Channel: campaigns.Paper, ReceivedOn: closing,
				Told: map[string]string{"nhs_number": number(0)}})
			return err
		},
	} {
		tx := h.begin()
		who := h.person(h.people[0])
		h.ok(campaigns.LockPeople(h.ctx, tx, []campaigns.PersonID{who}))
		h.blocked(tx, name, func() {
			if err := answer(who); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheSameFormSentTwentyTimesAtOnceGivesOneReceipt(t *testing.T) {
	h := due(t)
	token, who := uuid.NewString(), h.person(h.people[0])
	c := optout.Caller{Campaign: h.campaign.ID, Programme: h.campaign.Programme, Enrolment: h.people[0], Person: who}
	desk := h.counter()
	references, start := make([]string, 20), make(chan struct{})
	var clients sync.WaitGroup
	for i := range references {
		clients.Go(func() {
			<-start
			r, err := desk.AnswerOnline(h.ctx, c, "no", token, h.clock.Now(), "self")
			if err != nil {
				t.Error(err)
			}
			references[i] = r.Reference
		})
	}
	close(start)
	clients.Wait()
	for _, r := range references {
		if r != references[0] || r == "" {
			t.Fatalf("one form, the receipts %v", references)
		}
	}
	var n int
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT count(*) FROM answers`).Scan(&n))
	if n != 1 {
		t.Errorf("one form, %d answers", n)
	}
}

func TestOfTwoPeopleWhoSettleOneHoldAtOnceOneIsTold(t *testing.T) {
	h := due(t)
	r, err := h.desk.Hold(h.ctx, h.author, optout.NewHold{Programme: h.campaign.Programme, Cause: "illegible", Says: "unknown", Channel: campaigns.Paper,
		ReceivedOn: closing, Told: map[string]string{"nhs_number": number(0)}})
	h.ok(err)
	var id optout.HoldID
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT id FROM holds WHERE reference = $1`, r.Reference).Scan(&id))
	who, results := h.person(h.people[0]), make(chan error, 2)
	for _, by := range []campaigns.Viewer{h.first, h.second} {
		go func() { results <- h.desk.Settle(h.ctx, by, id, "dissent", who, "read with a lens") }()
	}
	a, b := <-results, <-results
	if (a == nil) == (b == nil) || !fault.Is(errors.Join(a, b), fault.Conflict) && !fault.Is(a, fault.Conflict) && !fault.Is(b, fault.Conflict) {
		t.Errorf("the two are told: %v; %v", a, b)
	}
	var n int
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT count(*) FROM answers`).Scan(&n))
	if n != 1 {
		t.Errorf("one hold, %d answers", n)
	}
	h.sound()
}

func TestTwoApprovalsAtOnceAreTwoSignaturesAndOneApproval(t *testing.T) {
	h := open(t, 4, optout.OwnLedger)
	_, err := h.register.CreateCampaign(h.ctx, h.author, campaigns.NewCampaign{Code: "SEL-27", Programme: "SHS", Region: "QMF", Name: "Again",
		Kind: "blanket", Pack: "SHS", Vendor: "halden", Window: h.campaign.Window, MinimumAge: 16, DailyCapacity: 1000, BatchSize: 500, Helpline: "0800 000 0000",
		HelplineHours: "8am to 8pm", WebAddress: "answer.example", Freepost: []string{"Freepost NEL"}, Sender: "North East London", Signatory: "A. Person"})
	h.ok(err)
	results := make(chan error, 3)
	for _, by := range []campaigns.Viewer{h.first, h.second, h.first} {
		go func() { _, err := h.register.ApproveCampaign(h.ctx, by, "SEL-27"); results <- err }()
	}
	refused := 0
	for range 3 {
		if err := <-results; fault.Is(err, fault.Conflict) {
			refused++
		} else if err != nil {
			t.Error(err)
		}
	}
	var signatures int
	var red bool
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT count(*) FROM approvals a JOIN campaigns c ON c.id = a.object_id AND a.object_kind = 'campaign' WHERE c.code = 'SEL-27'`).Scan(&signatures))
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT s.since IS NOT NULL FROM signals s, campaigns c WHERE c.code = 'SEL-27' AND s.key = 'approval:campaign:' || c.id`).Scan(&red))
	if refused != 1 || signatures != 2 || red {
		t.Errorf("%d refused, %d signatures, still red: %v", refused, signatures, red)
	}
}

func TestTwoExtensionsAgreedAtOnceExtendOnce(t *testing.T) {
	h := due(t)
	third := campaigns.Viewer{ID: h.author.ID, Role: campaigns.RoleRegional, Region: "QMF"}
	_, err := h.desk.Extend(h.ctx, h.first, "NEL-26", 0, 10, "by law")
	h.ok(err)
	var agreeing sync.WaitGroup
	for _, by := range []campaigns.Viewer{h.second, third} {
		agreeing.Go(func() {
			if _, err := h.desk.Extend(h.ctx, by, "NEL-26", 0, 10, "by law"); err != nil {
				t.Error(err)
			}
		})
	}
	agreeing.Wait()
	var n int
	h.ok(h.db.App.QueryRow(h.ctx, `SELECT count(*) FROM extensions`).Scan(&n))
	if n != 1 {
		t.Errorf("%d extensions", n)
	}
}
