// Package jobs does at night what was left for later: River's queues, the crew that works them, and the timetable.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"duenotice/campaigns"
	"duenotice/letters"
	"duenotice/optout"
)

// The queues. They are apart so that a million letters never make a closing
// window wait, nor a big file the letters.
const (
	imports = "imports"
	post    = "letters"
	records = "records"
	upkeep  = "upkeep"
)

// Doors are the rooms whose work is done here.
type Doors struct {
	Register *campaigns.Register
	Desk     *optout.Desk
	Mailroom *letters.Mailroom
}

// Options say how a crew works. The zero Options are those of a real installation.
type Options struct {
	// NoTimetable leaves periodic work to Round, where a clock is moved by hand.
	NoTimetable bool
	// Eager asks the queues often, for one process that waits for its own work
	// as a demonstration or simulation does.
	Eager bool
	// Workers is how many jobs of one queue run at once in this process; 0 means two.
	Workers int

	more func(*river.Workers) // tests bring work of their own
}

// Crew works the queues in one process. Any number of crews may work one
// database; every one knows every kind of job.
type Crew struct {
	doors  Doors
	pool   *pgxpool.Pool
	log    *slog.Logger
	client *river.Client[pgx.Tx]
	id     string
	alive  *alive
}

// NewCrew makes a crew on a pool that holds sessions of its own (River
// listens): not one behind a transaction pooler.
func NewCrew(pool *pgxpool.Pool, doors Doors, log *slog.Logger, o Options) (*Crew, error) {
	c := &Crew{doors: doors, pool: pool, log: log, id: crewID()}
	workers := river.NewWorkers()
	add(workers, short, c.tick)
	add(workers, long, doors.readCohort)
	add(workers, long, doors.applyCohort)
	add(workers, long, doors.composeWave)
	add(workers, long, doors.composeBatch)
	add(workers, long, doors.sealBatch)
	add(workers, long, doors.readScans)
	add(workers, long, doors.followUp)
	add(workers, long, doors.tryLetters)
	add(workers, short, doors.recallStale)
	add(workers, long, doors.closeWindows)
	add(workers, long, doors.comeOfAge)
	add(workers, long, doors.sendRecords)
	add(workers, short, doors.foldCounts)
	add(workers, short, doors.forget)
	add(workers, long, doors.checkInvariants)
	add(workers, short, doors.sealAudit)
	add(workers, long, doors.makeExport)
	add(workers, long, doors.checkAudit)
	add(workers, long, doors.watchVendors)
	add(workers, long, doors.tellVendors)
	add(workers, long, doors.bringBatches)
	add(workers, short, doors.watch)
	if o.more != nil {
		o.more(workers)
	}
	n := o.Workers
	if n == 0 {
		n = 2
	}
	config := &river.Config{
		ID:                   c.id,
		Logger:               river2log(log),
		Workers:              workers,
		Queues:               map[string]river.QueueConfig{imports: {MaxWorkers: 1}, post: {MaxWorkers: n}, records: {MaxWorkers: n}, upkeep: {MaxWorkers: 1}},
		MaxAttempts:          maxAttempts,
		JobTimeout:           short,
		RescueStuckJobsAfter: short + rest, // kinds that take longer are left alone for as long as they may take
		RetryPolicy:          backoff{},
		ErrorHandler:         handler{c},
		SoftStopTimeout:      20 * time.Second,
		FetchPollInterval:    time.Second,
	}
	if o.Eager || o.NoTimetable {
		c.promptly(config) // somebody waits for every round
	}
	if !o.NoTimetable {
		config.PeriodicJobs = periodic()
	}
	var err error
	if c.client, err = river.NewClient(riverpgxv5.New(pool), config); err != nil {
		return nil, fmt.Errorf("gather crew: %w", err)
	}
	return c, nil
}

func add[T river.JobArgs](workers *river.Workers, takes time.Duration, do func(context.Context, T) error) {
	river.AddWorker(workers, &night[T]{takes: takes, do: do})
}

// Start begins to work. The crew stops with Stop, not with ctx.
func (c *Crew) Start(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	c.alive = c.stayAlive(ctx)
	if err := c.client.Start(ctx); err != nil {
		c.alive.stop()
		return fmt.Errorf("start crew: %w", err)
	}
	return nil
}

// Stop lets running jobs finish for twenty seconds, then hands them back
// unfinished; they run again elsewhere and count no attempt.
func (c *Crew) Stop(ctx context.Context) error {
	if c.alive == nil {
		return nil
	}
	err := c.client.Stop(context.WithoutCancel(ctx))
	c.alive.stop()
	if err != nil {
		return fmt.Errorf("stop crew: %w", err)
	}
	return nil
}

// promptly writes a job down as completed the moment its work is done. River
// collects completions for a quarter of a second, which is right for a night
// of work and long for somebody who waits for each round.
func (c *Crew) promptly(config *river.Config) {
	config.FetchCooldown, config.FetchPollInterval = 5*time.Millisecond, 20*time.Millisecond
	config.Middleware = append(config.Middleware, river.WorkerMiddlewareFunc(
		func(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
			if err := work(ctx); err != nil {
				return err
			}
			// Should this fail, River completes the job all the same, a little later.
			_ = pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
				_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, &river.Job[tick]{JobRow: job})
				return err
			})
			return nil
		}))
}

// once is work of which one at a time is enough: it is not left again while it waits or runs.
func once(queue string) river.InsertOpts {
	return river.InsertOpts{Queue: queue, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}}}
}

// daily is work of which one a day is enough; River keeps finished jobs for a day and counts them.
func daily(queue string) river.InsertOpts {
	return river.InsertOpts{Queue: queue, UniqueOpts: river.UniqueOpts{ByPeriod: 24 * time.Hour}}
}

// backoff waits 1, 3, 9, 27, 81 seconds: long enough for a database to come
// back, short enough for a cut-off.
type backoff struct{}

// NextRetry implements river.ClientRetryPolicy. River itself lives on wall time.
func (backoff) NextRetry(job *rivertype.JobRow) time.Time {
	wait := time.Duration(math.Pow(3, float64(len(job.Errors)))) * time.Second
	return time.Now().Add(min(wait, 2*time.Minute)) //nolint:forbidigo // the repeats of a job are no date of the product
}

// handler hears of every failed attempt and tells people of the last one.
type handler struct{ crew *Crew }

// HandleError implements river.ErrorHandler.
func (h handler) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	return h.crew.failed(ctx, job, err)
}

// HandlePanic implements river.ErrorHandler; it hears only of panics outside our own work.
func (h handler) HandlePanic(ctx context.Context, job *rivertype.JobRow, _ any, trace string) *river.ErrorHandlerResult {
	return h.crew.failed(ctx, job, &panicked{stack: trace})
}

func (c *Crew) raise(ctx context.Context, job *rivertype.JobRow, sentence string) {
	r := c.doors.Register
	err := campaigns.InTx(ctx, c.pool, r.Clock, func(tx pgx.Tx, now time.Time) error {
		return r.Raise(ctx, tx, now, "job", alarmKey(job), sentence)
	})
	if err != nil {
		c.log.Error("raise alarm", "job", job.ID, "error", discreet(err))
	}
}

func alarmKey(job *rivertype.JobRow) string { return fmt.Sprintf("%s %d", job.Kind, job.ID) }

func idOf(name string) string { return strings.ReplaceAll(name, " ", "_") }
