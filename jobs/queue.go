package jobs

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"duenotice/campaigns"
	"duenotice/letters"
)

// Queue leaves work for the crew, in the transaction that made it necessary:
// rolled back, the work was never left. It is what the rooms' doors ask for.
type Queue struct{ client *river.Client[pgx.Tx] }

// NewQueue makes a queue. It needs no pool, for it only ever writes in its
// callers' transactions.
func NewQueue(log *slog.Logger) (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(nil), &river.Config{Logger: river2log(log), MaxAttempts: maxAttempts})
	if err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	return &Queue{client}, nil
}

func (q *Queue) leave(ctx context.Context, tx pgx.Tx, args river.JobArgs) error {
	if _, err := q.client.InsertTx(ctx, tx, args, nil); err != nil {
		return fmt.Errorf("leave %s for later: %w", args.Kind(), err)
	}
	return nil
}

// ReadCohort implements campaigns.Queue.
func (q *Queue) ReadCohort(ctx context.Context, tx pgx.Tx, id campaigns.CohortID) error {
	return q.leave(ctx, tx, readCohort{id})
}

// ApplyCohort implements campaigns.Queue.
func (q *Queue) ApplyCohort(ctx context.Context, tx pgx.Tx, id campaigns.CohortID) error {
	return q.leave(ctx, tx, applyCohort{id})
}

// ComposeWave implements campaigns.Queue and letters.Queue.
func (q *Queue) ComposeWave(ctx context.Context, tx pgx.Tx, campaign campaigns.CampaignID, wave campaigns.WaveID) error {
	return q.leave(ctx, tx, composeWave{campaign, wave})
}

// ComposeBatch implements letters.Queue.
func (q *Queue) ComposeBatch(ctx context.Context, tx pgx.Tx, id letters.BatchID) error {
	return q.leave(ctx, tx, composeBatch{id})
}

// SealBatch implements letters.Queue.
func (q *Queue) SealBatch(ctx context.Context, tx pgx.Tx, id letters.BatchID) error {
	return q.leave(ctx, tx, sealBatch{id})
}

// ReadScans implements letters.Queue.
func (q *Queue) ReadScans(ctx context.Context, tx pgx.Tx, id letters.ScanID) error {
	return q.leave(ctx, tx, readScans{id})
}

// SendRecords implements optout.Queue.
func (q *Queue) SendRecords(ctx context.Context, tx pgx.Tx, registry string) error {
	return q.leave(ctx, tx, sendRecords{registry})
}

// MakeExport implements campaigns.Exporting.
func (q *Queue) MakeExport(ctx context.Context, tx pgx.Tx, id int64) error {
	return q.leave(ctx, tx, makeExport{id})
}

// Unattended is the queue of a door that may leave no work, as the patients'
// listener: what it makes necessary is a row, and the timetable finds it.
type Unattended struct{}

// SendRecords implements optout.Queue.
func (Unattended) SendRecords(context.Context, pgx.Tx, string) error { return nil }
