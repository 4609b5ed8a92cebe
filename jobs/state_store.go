package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// Waiting is how much work of one kind there is, in the words of people.
type Waiting struct {
	Words   string // "draw a batch"
	Queue   string // letters, records, imports or upkeep
	Ready   int    // may begin now
	Running int
	Later   int        // waits: for another attempt, or for what is paused
	GivenUp int        // was given up and is kept for a person to decide
	Oldest  *time.Time // since when the oldest that may begin has waited
}

// GivenUp is a job that was given up.
type GivenUp struct {
	ID       int64
	Words    string
	Attempts int
	At       time.Time
	Why      string // the last thing that went wrong; names no person
}

// LastDone is when a line of the timetable was last worked through.
type LastDone struct {
	Name  string
	Every time.Duration
	At    *time.Time
	Late  bool // it has been due for more than twice its time and five minutes
}

// wordsOf name a kind of work, also one of a newer program.
func wordsOf(kind string) string {
	if w := words[kind]; w != "" {
		return w
	}
	return strings.ReplaceAll(kind, "_", " ")
}

// Waiting lists how much work there is, by kind; kinds without any are left out.
func (c *Crew) Waiting(ctx context.Context) ([]Waiting, error) {
	rows, err := c.pool.Query(ctx, `
		SELECT kind, queue, count(*) FILTER (WHERE state = 'available'), count(*) FILTER (WHERE state = 'running'),
			count(*) FILTER (WHERE state IN ('pending', 'scheduled', 'retryable')), count(*) FILTER (WHERE state IN ('discarded', 'cancelled')),
			min(scheduled_at) FILTER (WHERE state = 'available')
		FROM river_job WHERE state IN ('available', 'running', 'pending', 'scheduled', 'retryable', 'discarded', 'cancelled') GROUP BY kind, queue ORDER BY queue, kind`)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Waiting])
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	for i := range list {
		list[i].Words = wordsOf(list[i].Words)
	}
	return list, nil
}

// GivenUp lists the jobs that were given up, the last first, at most fifty.
func (c *Crew) GivenUp(ctx context.Context) ([]GivenUp, error) {
	jobs, err := c.client.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateDiscarded, rivertype.JobStateCancelled).OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(50))
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	var list []GivenUp
	for _, j := range jobs.Jobs {
		g := GivenUp{ID: j.ID, Words: wordsOf(j.Kind), Attempts: j.Attempt, At: j.CreatedAt}
		if j.FinalizedAt != nil {
			g.At = *j.FinalizedAt
		}
		if n := len(j.Errors); n > 0 {
			g.Why = j.Errors[n-1].Error
		}
		list = append(list, g)
	}
	return list, nil
}

// Timetable tells of every line when it was last worked through.
func (c *Crew) Timetable(ctx context.Context, now time.Time) ([]LastDone, error) {
	last := map[string]time.Time{}
	rows, err := c.pool.Query(ctx, `SELECT args->>'name', max(finalized_at) FROM river_job WHERE kind = 'tick' AND state = 'completed' GROUP BY 1`)
	if err != nil {
		return nil, fmt.Errorf("read timetable: %w", err)
	}
	var name string
	var at time.Time
	if _, err := pgx.ForEachRow(rows, []any{&name, &at}, func() error { last[name] = at; return nil }); err != nil {
		return nil, fmt.Errorf("read timetable: %w", err)
	}
	var list []LastDone
	for _, e := range timetable {
		d := LastDone{Name: e.name, Every: e.every, Late: true}
		if at, ok := last[e.name]; ok {
			d.At, d.Late = &at, now.Sub(at) > 2*e.every+5*time.Minute
		}
		list = append(list, d)
	}
	return list, nil
}

// Retry lets a job that was given up begin anew.
func (c *Crew) Retry(ctx context.Context, by campaigns.Viewer, id int64, because string) error {
	return c.decide(ctx, by, id, because, "retry job", func(tx pgx.Tx) error {
		_, err := c.client.JobRetryTx(ctx, tx, id)
		return err
	})
}

// Discard forgets a job that was given up: what it should have done stays undone.
func (c *Crew) Discard(ctx context.Context, by campaigns.Viewer, id int64, because string) error {
	return c.decide(ctx, by, id, because, "discard job", func(tx pgx.Tx) error {
		_, err := c.client.JobDeleteTx(ctx, tx, id)
		return err
	})
}

func (c *Crew) decide(ctx context.Context, by campaigns.Viewer, id int64, because, action string, do func(pgx.Tx) error) error {
	if by.Role != campaigns.RoleNational {
		return fault.New(fault.Forbidden, "Only national managers decide about jobs.")
	}
	if because = strings.TrimSpace(because); because == "" {
		return fault.In("because", fault.Invalid, "Say why, in a few words.")
	}
	r := c.doors.Register
	return campaigns.InTx(ctx, c.pool, r.Clock, func(tx pgx.Tx, now time.Time) error {
		job, err := c.client.JobGetTx(ctx, tx, id)
		if errors.Is(err, river.ErrNotFound) || err == nil && job.State != rivertype.JobStateDiscarded && job.State != rivertype.JobStateCancelled {
			return fault.New(fault.NotFound, "There is no such job among those that were given up.")
		}
		if err != nil {
			return fmt.Errorf("read job: %w", err)
		}
		if err := do(tx); err != nil {
			return fmt.Errorf("%s: %w", action, err)
		}
		if err := r.Clear(ctx, tx, now, "job", alarmKey(job)); err != nil {
			return err
		}
		return r.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: action, Object: "job", ID: fmt.Sprint(id), Detail: map[string]any{"kind": job.Kind, "because": because}})
	})
}
