package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema/schematest"
)

// errand is a job whose work a test decides.
type errand struct {
	Number int `json:"number"`
}

func (errand) Kind() string                 { return "errand" }
func (errand) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: upkeep} }

// bench is a crew at work on a database of its own.
type bench struct {
	*Crew
	t     *testing.T
	queue *Queue
	log   *said
}

// said keeps a log; the crew writes it from its own goroutines.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func gather(t *testing.T, do func(context.Context, errand) error) *bench {
	t.Helper()
	return gatherOn(t, schematest.New(t).App, do)
}

func gatherOn(t *testing.T, pool *pgxpool.Pool, do func(context.Context, errand) error) *bench {
	t.Helper()
	log := &said{}
	logger := slog.New(slog.NewJSONHandler(log, nil))
	queue, err := NewQueue(logger)
	if err != nil {
		t.Fatal(err)
	}
	register := &campaigns.Register{Pool: pool, Clock: calendar.NewStopped(time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)).Now, Queue: queue}
	crew, err := NewCrew(pool, Doors{Register: register}, logger, Options{NoTimetable: true,
		more: func(w *river.Workers) { add(w, short, do) }})
	if err != nil {
		t.Fatal(err)
	}
	return &bench{crew, t, queue, log}
}

func (b *bench) start() {
	b.t.Helper()
	if err := b.Start(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := b.Stop(context.Background()); err != nil {
			b.t.Error(err)
		}
	})
}

// leave leaves an errand in a transaction that ends as told.
func (b *bench) leave(number int, end error) {
	b.t.Helper()
	err := pgx.BeginFunc(b.t.Context(), b.pool, func(tx pgx.Tx) error {
		return errors.Join(b.queue.leave(b.t.Context(), tx, errand{number}), end)
	})
	if !errors.Is(err, end) {
		b.t.Fatal(err)
	}
}

func (b *bench) settle() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	if err := b.Settle(ctx); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) alarms() []campaigns.Alarm {
	b.t.Helper()
	list, err := b.doors.Register.Alarms(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func TestWorkLeftInATransactionThatIsRolledBackNeverRuns(t *testing.T) {
	var ran sync.Map
	b := gather(t, func(_ context.Context, e errand) error { ran.Store(e.Number, true); return nil })
	b.start()
	b.leave(1, errors.New("rolled back"))
	b.leave(2, nil)
	b.settle()
	if _, ok := ran.Load(1); ok {
		t.Error("the job of a rolled-back transaction ran")
	}
	if _, ok := ran.Load(2); !ok {
		t.Error("the job of a committed transaction did not run")
	}
}

func TestAJobThatPanicsIsTriedAgainAndItsPanicIsNeverWrittenDown(t *testing.T) {
	var tries atomic.Int32
	b := gather(t, func(context.Context, errand) error {
		if tries.Add(1) == 1 {
			panic("MARGARET OKAFOR, 999 312 4087")
		}
		return nil
	})
	b.start()
	b.leave(1, nil)
	b.settle()
	if tries.Load() != 2 {
		t.Errorf("the job was tried %d times", tries.Load())
	}
	var errs string
	if err := b.pool.QueryRow(t.Context(), `SELECT array_to_string(errors, ' ') FROM river_job`).Scan(&errs); err != nil {
		t.Fatal(err)
	}
	if kept := errs + b.log.String(); strings.Contains(kept, "OKAFOR") || !strings.Contains(b.log.String(), "crew_test.go") {
		t.Errorf("the log has the panic's value, or not its place:\n%s", kept)
	}
}

func TestAFaultEndsAJobAtOnceAndTellsPeople(t *testing.T) {
	var tries atomic.Int32
	b := gather(t, func(context.Context, errand) error {
		tries.Add(1)
		return fault.New(fault.NotFound, "There is no such batch.")
	})
	b.start()
	b.leave(1, nil)
	b.settle()
	if list := b.alarms(); tries.Load() != 1 || len(list) != 1 || !strings.Contains(list[0].Sentence, "There is no such batch.") {
		t.Errorf("after %d tries the alarms are %+v", tries.Load(), list)
	}
}

func TestWhatIsPausedIsAskedAgainAndCountsNoAttempt(t *testing.T) {
	var paused atomic.Bool
	paused.Store(true)
	var tries atomic.Int32
	b := gather(t, func(context.Context, errand) error {
		if tries.Add(1); paused.Load() {
			return fault.New(fault.Refused, "The campaign is paused.")
		}
		return nil
	})
	b.start()
	b.leave(1, nil)
	b.settle()
	paused.Store(false)
	if err := b.Wake(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.settle()
	var state string
	var attempt int
	err := b.pool.QueryRow(t.Context(), `SELECT state, attempt FROM river_job WHERE kind = 'errand'`).Scan(&state, &attempt)
	if err != nil || state != "completed" || attempt != 1 || tries.Load() != 2 || len(b.alarms()) != 0 {
		t.Errorf("it is %s after attempt %d and %d tries, alarms %v (%v)", state, attempt, tries.Load(), b.alarms(), err)
	}
}

func TestTheJobsOfAKilledWorkerRunAgainWithinSeconds(t *testing.T) {
	var ran atomic.Int32
	b := gather(t, func(context.Context, errand) error { ran.Add(1); return nil })
	b.leave(1, nil)
	// What a killed process leaves: a job it had in hand, and no lock.
	_, err := b.pool.Exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_by = '{crew-1-gone}', attempted_at = created_at`)
	if err != nil {
		t.Fatal(err)
	}
	b.start()
	b.settle()
	if ran.Load() != 1 {
		t.Errorf("it ran %d times", ran.Load())
	}
}

func TestTheJobsOfALivingWorkerAreLeftInItsHands(t *testing.T) {
	pool := schematest.New(t).App
	var running, most, ran atomic.Int32
	do := func(ctx context.Context, _ errand) error {
		ran.Add(1)
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		pause(ctx, 3*time.Second)
		return ctx.Err()
	}
	one := gatherOn(t, pool, do)
	one.start()
	one.leave(1, nil)
	for running.Load() == 0 {
		pause(t.Context(), 10*time.Millisecond)
	}
	two := gatherOn(t, pool, do)
	two.start()
	two.settle()
	if ran.Load() != 1 || most.Load() != 1 {
		t.Errorf("it ran %d times, %d at once", ran.Load(), most.Load())
	}
}

func TestEveryKindOfWorkHasWordsForPeople(t *testing.T) {
	for _, a := range []river.JobArgs{tick{}, readCohort{}, applyCohort{}, composeWave{}, composeBatch{}, sealBatch{}, followUp{}, recallStale{},
		closeWindows{}, comeOfAge{}, sendRecords{}, foldCounts{}, forget{}, checkInvariants{}, sealAudit{}, checkAudit{}, makeExport{}, watch{}, watchVendors{}, tellVendors{}} {
		if words[a.Kind()] == "" {
			t.Errorf("%s has no words", a.Kind())
		}
	}
}
