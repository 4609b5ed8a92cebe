package bench

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
	"duenotice/optout"
	"duenotice/ui"
	"duenotice/ui/patients"
	"duenotice/ui/static/statictest"
)

// across is a region whose windows close while its people answer.
type across struct {
	*testing.T
	*world
	cutter *cutter
	at     string
	log    *lines
	held   []house.InHand
}

// lines is a log that many write to.
type lines struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func region(t *testing.T, people int, cutEvery int64) *across {
	t.Helper()
	a := &across{T: t, log: &lines{}}
	db := schematest.New(t)
	practices, err := seed.SynthPractices(seed.Region)
	if err != nil {
		t.Fatal(err)
	}
	organisations, err := seed.Organisations()
	if err != nil {
		t.Fatal(err)
	}
	if err := Lay(t.Context(), db.URL("owner")); err != nil {
		t.Fatal(err)
	}
	var public string
	a.cutter, public = cutAt(t, db.URL("public"), 0)
	a.world, err = openWorld(t.Context(), Options{People: people, Seed: 7, Database: db.URL("app"), Public: public, Archive: "file://" + t.TempDir(), Region: seed.Region,
		Practices: practices[:4], Organisations: organisations, Progress: func(string) {}, Log: slog.New(slog.NewJSONHandler(a.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.house.Close(context.WithoutCancel(t.Context())) })
	if a.held, err = a.mailOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	apps, err := ui.New(t.Context(), ui.House{Register: a.house.Register, Desk: a.house.Desk, Mailroom: a.house.Mailroom, Public: a.house.Public, Assets: statictest.Load(t),
		Clock: a.clock.Now, Log: a.house.Log, Secret: a.house.Secret(), Patients: patients.Settings{Newcomers: 96}})
	if err != nil {
		t.Fatal(err)
	}
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = apps.Patients.Listener(on) }()
	t.Cleanup(func() { _ = apps.Patients.ShutdownWithTimeout(5 * time.Second) })
	a.at = "http://" + on.Addr().String()
	a.cutter.every.Store(cutEvery)
	return a
}

// answer brings one person's no from the letter to the confirmation, sending
// again what was not acknowledged, as the pages ask people to.
func (a *across) answer(client *fasthttp.HostClient, h house.InHand) bool {
	y, m, d := h.BornOn.Civil()
	v := &visitor{Letter: Letter{Enrolment: int64(h.Enrolment), Code: h.Code, Born: [3]int{d, int(m), y}}, cookies: map[string]string{}}
	for tries := 0; v.step < journey; {
		met := v.request(client)
		if met.failure == "" && !met.shed {
			continue
		}
		if tries++; tries > 100 || met.failure != "" {
			a.Errorf("an answer did not come through: %+v after %d tries", met, tries)
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}

// sweep closes windows without pause until it is told to end.
func (a *across) sweep(ctx context.Context) (created int) {
	for ctx.Err() == nil {
		c, err := a.house.Desk.CloseDue(context.WithoutCancel(ctx), a.campaign.ID, 200)
		if err != nil {
			a.Errorf("the sweep: %v", err)
			return created
		}
		created += c.Created
		if c.Looked == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	return created
}

// TestEveryAnswerAcknowledgedAcrossTheCloseIsHonouredOnce fires answers by 64
// clients, before and after midnight and while records are being made, with
// lines cut at COMMIT: 300 answers, or as many as DUENOTICE_ANSWERS says.
func TestEveryAnswerAcknowledgedAcrossTheCloseIsHonouredOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("a region answers")
	}
	answers := 300
	if n, err := strconv.Atoi(os.Getenv("DUENOTICE_ANSWERS")); err == nil {
		answers = n
	}
	a := region(t, answers*3/2+100, 6)
	if len(a.held) < answers+20 {
		t.Fatalf("%d letters are in hand", len(a.held))
	}
	var last calendar.Date
	a.ask(&last, `SELECT max(closes_on) FROM notices`)
	a.clock.Set(last.Start().Add(23*time.Hour + 59*time.Minute + 30*time.Second))
	client, err := hostClient(a.at)
	if err != nil {
		t.Fatal(err)
	}

	sweeping, stop := context.WithCancel(t.Context())
	swept := make(chan int, 1)
	go func() { swept <- a.sweep(sweeping) }()
	var journal sync.Map
	var said atomic.Int64
	var street sync.RWMutex // held while the clock is moved by weeks, which would end everybody's visit
	var answering sync.WaitGroup
	next := make(chan house.InHand)
	for range 64 {
		answering.Go(func() {
			for h := range next {
				street.RLock()
				ok := a.answer(client, h)
				street.RUnlock()
				if ok {
					journal.Store(int64(h.Enrolment), true)
					said.Add(1)
				}
			}
		})
	}
	for i, h := range a.held[:answers] {
		switch i {
		case answers / 4: // midnight comes while they answer
			a.clock.Advance(40 * time.Second)
		case answers / 2: // and the day on which records are made
			street.Lock()
			if err := a.declare(t.Context(), last.AddDays(60)); err != nil {
				t.Fatal(err)
			}
			street.Unlock()
		}
		next <- h
	}
	close(next)
	answering.Wait()
	stop()
	created := <-swept
	a.cutter.every.Store(0)
	if _, err := a.house.Desk.SendDue(t.Context(), answers); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d answers acknowledged; of %d COMMITs %d were cut off before the server heard of them and %d after; %d records made meanwhile", said.Load(), a.cutter.commits.Load(), a.cutter.before.Load(), a.cutter.after.Load(), created)
	a.compareLedger(&journal, int(said.Load()))
	var taken int
	a.ask(&taken, `SELECT count(*) FROM records WHERE state = 'withdrawn'`)
	if a.cutter.after.Load() == 0 || a.cutter.before.Load() == 0 || created == 0 || said.Load() != int64(answers) {
		t.Errorf("nothing was tried: %d records made, %d taken back", created, taken)
	}
	a.noCodeAnywhere()
}

// compareLedger holds what clients were told against what is written down.
func (a *across) compareLedger(journal *sync.Map, acknowledged int) {
	a.Helper()
	rows, err := a.house.Pool.Query(a.Context(), `
		SELECT e.id, e.state, (SELECT count(*) FROM answers a WHERE a.person_id = e.person_id)::int,
			(SELECT count(*) FROM records r WHERE r.person_id = e.person_id AND r.state IN ('reserved', 'leaving', 'live', 'failed'))::int
		FROM enrolments e`)
	if err != nil {
		a.Fatal(err)
	}
	defer rows.Close()
	in := 0
	for rows.Next() {
		var id int64
		var state campaigns.State
		var answers, records int
		if err := rows.Scan(&id, &state, &answers, &records); err != nil {
			a.Fatal(err)
		}
		in += answers
		_, told := journal.Load(id)
		switch honoured := slices.Contains([]campaigns.State{campaigns.OptedOut, campaigns.Withdrawing, campaigns.Withdrawn}, state); {
		case told && (answers != 1 || records != 0 || !honoured):
			a.Errorf("whoever was told that it was saved is %s with %d answers and %d records", state, answers, records)
		case !told && answers != 0:
			a.Errorf("an answer that nobody gave: %s, %d", state, answers)
		}
	}
	if in != acknowledged {
		a.Errorf("%d answers were acknowledged, the ledger holds %d", acknowledged, in)
	}
	promises, err := a.house.Desk.Invariants(a.Context())
	if err != nil {
		a.Fatal(err)
	}
	for _, p := range promises {
		if p.Violations > 0 {
			a.Errorf("%s: %d", p.Name, p.Violations)
		}
	}
}

// noCodeAnywhere looks for the codes of some letters in jobs, audit and log.
func (a *across) noCodeAnywhere() {
	a.Helper()
	for _, h := range a.held[:20] {
		for _, written := range []string{h.Code, optout.GroupCode(h.Code)} {
			var n int
			a.ask(&n, `SELECT (SELECT count(*) FROM river_job j WHERE strpos(j::text, $1) > 0) + (SELECT count(*) FROM audit x WHERE strpos(x::text, $1) > 0)
				+ (SELECT count(*) FROM history y WHERE strpos(y::text, $1) > 0) + (SELECT count(*) FROM alarms z WHERE strpos(z::text, $1) > 0)`, written)
			if n > 0 || strings.Contains(a.log.all.String(), written) {
				a.Errorf("a code is in a job, in the audit or in the log")
			}
		}
	}
}

func (a *across) ask(into any, sql string, args ...any) {
	a.Helper()
	if err := a.house.Pool.QueryRow(a.Context(), sql, args...).Scan(into); err != nil {
		a.Fatal(err)
	}
}
