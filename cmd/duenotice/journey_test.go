package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema/schematest"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
	"duenotice/letters/archive"
)

// town is the demonstration on a database of the test's own.
type town struct {
	*house.House
	t     *testing.T
	clock *seed.Clockwork
	doors *house.Listening
}

func build(t *testing.T, people int) *town {
	t.Helper()
	if testing.Short() {
		t.Skip("a long story")
	}
	db, dir := schematest.New(t), t.TempDir()
	clock, err := seed.Wind(t.Context(), dir, db.URL("app"))
	if err != nil {
		t.Fatal(err)
	}
	files := filepath.Join(dir, "archive")
	if _, err := archive.OpenFolder(files); err != nil {
		t.Fatal(err)
	}
	h, err := house.Open(t.Context(), house.Config{Database: db.URL("app"), PublicDatabase: db.URL("public"), Archive: archive.FolderURL(files),
		Codes: house.RandomPepper(), Clock: clock.Now, MadeUpPeople: true, Jobs: house.JobsOptions{NoTimetable: true}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	served := make(chan error, 1)
	t.Cleanup(func() {
		end()
		if err := <-served; err != nil {
			t.Error(err)
		}
		h.Close(context.Background())
	})
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	free := house.Listener{Address: "127.0.0.1:0"}
	doors, err := h.Listen(t.Context(), house.Web{Managers: free, Vendors: free, Patients: free, Assets: filepath.Join(cache, "duenotice"), Demo: clock})
	if err != nil {
		served <- nil
		if fault.Is(err, fault.Unavailable) && os.Getenv("CI") != "true" {
			t.Skipf("no pages without their assets: %v", err)
		}
		t.Fatal(err)
	}
	go func() { served <- doors.Serve(ctx) }()
	clock.Join(h, doors.Patients, doors.Vendors)
	if err := h.Work(ctx); err != nil {
		t.Fatal(err)
	}
	if err := clock.Tell(t.Context(), people, func(string) {}); err != nil {
		t.Fatal(err)
	}
	return &town{h, t, clock, doors}
}

func (w *town) campaign(code string) campaigns.Campaign {
	w.t.Helper()
	k, err := w.Register.Campaign(w.t.Context(), campaigns.Viewer{}, code)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

func (w *town) states(code string) map[campaigns.State]int {
	w.t.Helper()
	counts, err := w.Register.Counts(w.t.Context(), w.campaign(code).ID)
	if err != nil {
		w.t.Fatal(err)
	}
	sum := map[campaigns.State]int{}
	for _, c := range counts {
		sum[c.State] += c.People
	}
	return sum
}

func (w *town) keepsEveryPromise() {
	w.t.Helper()
	list, err := w.Desk.Invariants(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, i := range list {
		if i.Violations > 0 {
			w.t.Errorf("broken %d times: %s", i.Violations, i.Name)
		}
	}
}

func TestARegionIsWrittenToAnswersAndGetsItsRecordsOnlyWhenEveryWatermarkHasPassed(t *testing.T) {
	w := build(t, 300)
	if n := w.states(seed.Blanket); n[campaigns.Notified] < 80 || n[campaigns.InCohort] < 80 {
		t.Fatalf("wave 1 is not posted, or wave 2 does not wait: %v", n)
	}
	pilot := w.states(seed.Pilot)
	if pilot[campaigns.Reconciling] < 100 || pilot[campaigns.Created] != 0 {
		t.Fatalf("windows are over and the paper of the last days is not in, yet the pilot stands at %v", pilot)
	}
	w.keepsEveryPromise()

	// Somebody who waits for the record says no on the web, long after the window.
	letters, err := w.LettersInHand(t.Context(), w.campaign(seed.Pilot).ID, campaigns.Reconciling, w.Clock.Today(), 1, "late")
	if err != nil || len(letters) != 1 {
		t.Fatal(letters, err)
	}
	said, err := house.NewVisitor(w.doors.Patients, nil).Answer(t.Context(), letters[0].Code, letters[0].BornOn, "no")
	if err != nil || !strings.Contains(said, "We have your answer: no") {
		t.Fatalf("the page said %q (%v)", said, err)
	}

	says, err := w.clock.NextThing(t.Context())
	if err != nil || !strings.Contains(says, "ten working days") {
		t.Fatalf("the next thing is %q (%v)", says, err)
	}
	if today := w.Clock.Today(); today != calendar.On(2027, time.January, 19) {
		t.Errorf("it is %s", today.Long())
	}
	if n := w.states(seed.Pilot); n[campaigns.Created] < 100 {
		t.Errorf("on the day the paper is complete the pilot stands at %v", n)
	}
	// A letter that was ruined and printed again went out some days later.
	if err := w.clock.To(t.Context(), calendar.On(2027, time.January, 25)); err != nil {
		t.Fatal(err)
	}
	now := w.states(seed.Pilot)
	if now[campaigns.Created] < pilot[campaigns.Reconciling]-1 || now[campaigns.OptedOut] <= pilot[campaigns.OptedOut] {
		t.Errorf("the pilot went from %v to %v", pilot, now)
	}
	w.keepsEveryPromise()

	// A mind is changed after the record exists: it is taken back.
	letters, err = w.LettersInHand(t.Context(), w.campaign(seed.Pilot).ID, campaigns.Created, w.Clock.Today(), 1, "after")
	if err != nil || len(letters) != 1 {
		t.Fatal(letters, err)
	}
	if _, err := house.NewVisitor(w.doors.Patients, nil).Answer(t.Context(), letters[0].Code, letters[0].BornOn, "no"); err != nil {
		t.Fatal(err)
	}
	if err := w.Crew.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.states(seed.Pilot); n[campaigns.Withdrawn]+n[campaigns.OptedOut] != now[campaigns.OptedOut]+1 || n[campaigns.Created] != now[campaigns.Created]-1 {
		t.Errorf("after the late no the pilot stands at %v", n)
	}
	w.keepsEveryPromise()
}

func TestNothingIsMadeOrDrawnWhileEverythingIsStopped(t *testing.T) {
	w := build(t, 200)
	ctx := t.Context()
	who := func(i int) campaigns.Viewer {
		v, err := w.Register.ViewerByEmail(ctx, seed.People[i].Email)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if err := w.Register.Halt(ctx, who(1), campaigns.StopSignal, "Letters with somebody else's name"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Mailroom.AcceptEveryFinding(ctx, who(1), seed.Blanket, 2); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{1, 2} {
		if _, err := w.Register.ApproveWave(ctx, who(i), seed.Blanket, 2); err != nil {
			t.Fatal(err)
		}
	}
	before := w.states(seed.Pilot)
	if err := w.clock.To(ctx, calendar.On(2027, time.January, 21)); err != nil {
		t.Fatal(err)
	}
	if n := w.states(seed.Pilot); n[campaigns.Created] != 0 || n[campaigns.Reconciling] == 0 {
		t.Errorf("under the stop the pilot went from %v to %v", before, n)
	}
	if n := w.states(seed.Blanket); n[campaigns.Scheduled] == 0 || n[campaigns.Written] != 0 {
		t.Errorf("under the stop the rollout stands at %v", n)
	}
	if err := w.Register.Propose(ctx, who(1), "lift", campaigns.StopSignal, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Register.AgreeToLift(ctx, who(1), campaigns.StopSignal); !fault.Is(err, fault.Refused) {
		t.Errorf("one person alone lifted the stop: %v", err)
	}
	if err := w.Register.AgreeToLift(ctx, who(2), campaigns.StopSignal); err != nil {
		t.Fatal(err)
	}
	if err := w.clock.NextWorkingDay(ctx); err != nil {
		t.Fatal(err)
	}
	if n := w.states(seed.Pilot); n[campaigns.Created] < 100 {
		t.Errorf("after the stop was lifted the pilot stands at %v", n)
	}
	var unprintable int // whose letters cannot be printed right, which was accepted before the waves were signed
	err := w.Pool.QueryRow(ctx, `
		SELECT count(DISTINCT f.enrolment_id) FROM accepted_findings f JOIN waves v ON v.id = f.wave_id JOIN campaigns c ON c.id = v.campaign_id WHERE c.code = $1`,
		seed.Blanket).Scan(&unprintable)
	if err != nil {
		t.Fatal(err)
	}
	if n := w.states(seed.Blanket); n[campaigns.Scheduled] != unprintable {
		t.Errorf("after the stop was lifted the rollout stands at %v, and %d letters cannot be printed", n, unprintable)
	}
	w.keepsEveryPromise()
}
