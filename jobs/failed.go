package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"duenotice/campaigns/fault"
)

// failed logs a failed attempt with ids alone. A fault will not pass by
// itself, so it ends the job; it and the last attempt raise an alarm.
func (c *Crew) failed(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	told := fault.Of(err)
	final := told != nil || job.Attempt >= job.MaxAttempts
	level := slog.LevelWarn
	if final {
		level = slog.LevelError
	}
	attrs := []any{"kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "error", discreet(err)}
	var p *panicked
	if errors.As(err, &p) {
		attrs = append(attrs, "stack", p.stack)
	}
	c.log.Log(ctx, level, "job failed", attrs...)
	if !final {
		return nil
	}
	sentence := fmt.Sprintf("The job %q (number %d) was given up after %d attempts. What it should have done is not done.", words[job.Kind], job.ID, job.Attempt)
	if told != nil {
		sentence = fmt.Sprintf("The job %q (number %d) cannot be done: %s", words[job.Kind], job.ID, told.Sentence)
	}
	c.raise(context.WithoutCancel(ctx), job, sentence)
	return &river.ErrorHandlerResult{SetCancelled: told != nil}
}

// words are the kinds of work as people call them.
var words = map[string]string{
	"read_cohort": "read a file of people", "apply_cohort": "enrol the people of a file",
	"compose_wave": "plan the batches of a wave", "compose_batch": "write the letters of a batch", "seal_batch": "draw a batch",
	"follow_up": "gather letters to write again", "recall_stale": "ask letters back",
	"close_windows": "close windows", "come_of_age": "find those who came of age", "send_records": "send records",
	"fold_counts": "fold the counts", "forget": "forget what is old", "check_invariants": "check the invariants", "seal_audit": "seal what was done", "make_export": "write a table to a file", "check_audit": "check the seals of the audit", "tell_vendors": "tell vendors what waits for them", "watch_vendors": "look through the vendors' books",
	"watch": "look for what is late or silent", "tick": "look through the timetable",
}

// crewID names a process among those that work one database.
func crewID() string { return fmt.Sprintf("crew-%d-%s", os.Getpid(), rand.Text()[:10]) }

// river2log passes on what River itself has to say from warnings on; its
// lines on single jobs would repeat ours.
func river2log(log *slog.Logger) *slog.Logger {
	return slog.New(quiet{log.Handler()})
}

type quiet struct{ slog.Handler }

// Enabled implements slog.Handler.
func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (q quiet) WithAttrs(a []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(a)} }

// WithGroup implements slog.Handler.
func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
