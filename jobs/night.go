package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"duenotice/campaigns/fault"
)

// How long one attempt may take, by kind of work. A worker that was killed is
// noticed within seconds (alive.go); one that hangs, after its time and rest.
const (
	short       = time.Minute
	long        = 10 * time.Minute
	rest        = time.Minute
	frozen      = 30 * time.Second // until something that is paused or away is asked again
	maxAttempts = 6                // with the pauses of backoff, about two minutes
)

// night is one kind of work: its time and what it does.
type night[T river.JobArgs] struct {
	river.WorkerDefaults[T]
	takes time.Duration
	do    func(context.Context, T) error
}

// Timeout implements river.Worker.
func (n *night[T]) Timeout(*river.Job[T]) time.Duration { return n.takes }

// Work implements river.Worker. What it returns is kept beside the job and
// logged, so it is rid of whatever the database may have quoted.
func (n *night[T]) Work(ctx context.Context, job *river.Job[T]) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = &panicked{stack: string(debug.Stack())}
		}
	}()
	return outcome(n.do(ctx, job.Args))
}

// panicked is a panic without its value, which may quote anything.
type panicked struct{ stack string }

func (*panicked) Error() string { return "the job panicked" }

// errMore says that a bounded piece of work is done and more of it is left.
var errMore = errors.New("more is left")

// outcome says how a job goes on: what is paused or away is asked again later
// without counting as an attempt.
func outcome(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errMore):
		return river.JobSnooze(0)
	case fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Refused):
		return river.JobSnooze(frozen)
	}
	return discreet(err)
}

// discreet replaces what the database said by its code: its sentences quote values.
func discreet(err error) error {
	var said interface {
		error
		SQLState() string
	}
	if !errors.As(err, &said) {
		return err
	}
	return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), said.Error(), "database error "+said.SQLState()))
}
