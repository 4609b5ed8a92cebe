package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/cmd/duenotice/bench"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
	"duenotice/letters/archive"
)

// post is a print vendor's line to a server that may be killed at any moment.
type post struct {
	*testing.T
	db      *schematest.DB
	env     []string
	folder  string
	process *exec.Cmd
	url     string
}

// start starts the server in a process of its own.
func (p *post) start() {
	p.Helper()
	c, err := serving(p.folder)(context.Background(), p.env)
	if err != nil {
		p.Fatal(err)
	}
	out, err := c.StderrPipe()
	if err != nil {
		p.Fatal(err)
	}
	if err := c.Start(); err != nil {
		p.Fatal(err)
	}
	p.process, p.url = c, ""
	lines := bufio.NewScanner(out)
	for p.url == "" && lines.Scan() {
		var said struct{ Msg, Vendors string }
		if json.Unmarshal(lines.Bytes(), &said) == nil && said.Msg == "serving" {
			p.url = said.Vendors
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if p.url == "" {
		p.Fatal("the server does not start")
	}
}

// kill ends it as a power cut would.
func (p *post) kill() {
	p.Helper()
	if err := p.process.Process.Kill(); err != nil {
		p.Fatal(err)
	}
	_ = p.process.Wait() // killed
}

// say sends one report; 0 is no answer.
func (p *post) say(q bench.Queue, path, body, key string) (status int, text string) {
	req, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.url+"/vendor/v1/batches/"+q.Vendor+"-0001/"+path, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Authorization", "Bearer "+q.Key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err.Error()
	}
	return res.StatusCode, string(said)
}

func (p *post) count(sql string, args ...any) (n int) {
	p.Helper()
	if err := p.db.Owner.QueryRow(p.Context(), sql, args...).Scan(&n); err != nil {
		p.Fatal(err)
	}
	return n
}

// TestADispatchOfAKilledServerIsAppliedOnce kills the server's process while it
// works on a dispatch, once where it surely has begun and then at random
// moments, and repeats the request afterwards with the same key.
func TestADispatchOfAKilledServerIsAppliedOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server many times")
	}
	const vendors, each = 7, 40
	t.Setenv(asProgram, "1")
	practices, err := seed.SynthPractices(seed.Region)
	if err != nil {
		t.Fatal(err)
	}
	organisations, err := seed.Organisations()
	if err != nil {
		t.Fatal(err)
	}
	db, codes, files := schematest.New(t), house.RandomPepper(), archive.FolderURL(t.TempDir())
	queues, err := bench.Fill(t.Context(), bench.PullOptions{Letters: vendors * each, Vendors: vendors, Options: bench.Options{Database: db.URL("app"), Archive: files,
		Region: seed.Region, Begin: calendar.Wall(), Codes: codes, Practices: practices, Organisations: organisations, Progress: func(string) {}, Log: slog.New(slog.DiscardHandler)}})
	if err != nil {
		t.Fatal(err)
	}
	p := &post{T: t, db: db, folder: serverFolder(t), env: []string{"DATABASE_URL=" + db.URL("app"), "DUENOTICE_PUBLIC_DATABASE_URL=" + db.URL("public"),
		"DUENOTICE_ARCHIVE=" + files, "DUENOTICE_PEPPER=" + base64.StdEncoding.EncodeToString(codes.Peppers[codes.Newest]), "DUENOTICE_SFTP_LISTEN=", "DUENOTICE_VENDORS_URL=",
		"DUENOTICE_MANAGERS_LISTEN=127.0.0.1:0", "DUENOTICE_VENDORS_LISTEN=127.0.0.1:0", "DUENOTICE_PATIENTS_LISTEN=127.0.0.1:0"}}
	p.start()
	defer func() { p.kill() }()
	var took time.Duration
	killed, within := 0, 0
	for i, q := range queues[:vendors] {
		if status, text := p.say(q, "accept", "{}", "accept"); status != http.StatusOK {
			t.Fatalf("accept: %d %s", status, text)
		}
		answered := make(chan int, 1)
		begun := time.Now()
		dispatch := func() { status, _ := p.say(q, "dispatch", "{}", "dispatch"); answered <- status }
		posted := func() int {
			return p.count(`SELECT count(*) FROM pieces p JOIN batches b ON b.id = p.batch_id WHERE b.code = $1 AND p.state = 'posted'`, q.Vendor+"-0001")
		}
		switch i {
		case 0: // undisturbed, to know how long it takes
			dispatch()
			took = time.Since(begun)
		case 1: // it waits in its transaction for somebody whom we hold
			tx, err := db.Owner.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(t.Context(), `SELECT id FROM people WHERE id = (SELECT max(p.person_id) FROM pieces p JOIN batches b ON b.id = p.batch_id WHERE b.code = $1) FOR UPDATE`,
				q.Vendor+"-0001"); err != nil {
				t.Fatal(err)
			}
			go dispatch()
			for end := time.Now().Add(time.Minute); p.count(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) == 0; {
				if time.Now().After(end) {
					t.Fatal("nobody waits for the person")
				}
				time.Sleep(10 * time.Millisecond)
			}
			p.kill()
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			if status := <-answered; status != 0 {
				t.Errorf("a killed server answers %d", status)
			}
			killed, within = killed+1, within+1
			p.start()
			if n := posted(); n != 0 {
				t.Errorf("killed within the dispatch, %d letters are posted", n)
			}
		default:
			go dispatch()
			time.Sleep(time.Duration(rand.Int64N(int64(took) * 3 / 2)))
			p.kill()
			killed++
			if <-answered == 0 {
				within++
			}
			p.start()
			if n := posted(); n != 0 && n != each {
				t.Errorf("killed at some moment, %d of %d letters are posted", n, each)
			}
		}
		// Sent again at once, it is done, or known to be under way; after two minutes it is done.
		if status, text := p.say(q, "dispatch", "{}", "dispatch"); status != http.StatusOK && status != http.StatusServiceUnavailable {
			t.Errorf("sent again at once: %d %s", status, text)
		}
		if _, err := db.Owner.Exec(t.Context(), `UPDATE idempotency_keys SET at = at - interval '3 minutes' WHERE status = 0`); err != nil {
			t.Fatal(err)
		}
		status, text := p.say(q, "dispatch", "{}", "dispatch")
		var said struct{ Applied, Already int }
		if err := json.Unmarshal([]byte(text), &said); err != nil || status != http.StatusOK || said.Applied+said.Already != each {
			t.Errorf("sent again after two minutes: %d %s", status, text)
		}
		if _, again := p.say(q, "dispatch", "{}", "dispatch"); again != text {
			t.Errorf("a further time the answer is %s, not %s", again, text)
		}
		if n := posted(); n != each {
			t.Errorf("in the end %d of %d letters are posted", n, each)
		}
	}
	all := vendors * each
	if n := p.count(`SELECT count(*) FROM history WHERE to_state = 'notified'`); n != all {
		t.Errorf("%d windows were opened for %d letters", n, all)
	}
	if n := p.count(`SELECT count(*) FROM reports WHERE kind = 'posted' AND verdict = 'applied'`); n != vendors {
		t.Errorf("%d dispatches are noted as applied, not %d", n, vendors)
	}
	if n := p.count(`SELECT count(*) FROM windows`); n != all {
		t.Errorf("%d windows are open, not %d", n, all)
	}
	t.Logf("killed %d times, %d of them before the answer; undisturbed it takes %v", killed, within, took.Round(time.Millisecond))
}
