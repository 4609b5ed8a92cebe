package letters

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
)

// SandboxQueue keeps what is left for later until the step that left it does
// it. A sandbox has no crew.
type SandboxQueue struct {
	mu   sync.Mutex
	work []func(context.Context, *Mailroom) error
}

func (q *SandboxQueue) leave(do func(context.Context, *Mailroom) error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.work = append(q.work, do)
	return nil
}

func (q *SandboxQueue) take() []func(context.Context, *Mailroom) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	work := q.work
	q.work = nil
	return work
}

// ComposeWave implements Queue.
func (q *SandboxQueue) ComposeWave(_ context.Context, _ pgx.Tx, c campaigns.CampaignID, w campaigns.WaveID) error {
	return q.leave(func(ctx context.Context, m *Mailroom) error { return m.ComposeWave(ctx, c, w) })
}

// ComposeBatch implements Queue.
func (q *SandboxQueue) ComposeBatch(_ context.Context, _ pgx.Tx, id BatchID) error {
	return q.leave(func(ctx context.Context, m *Mailroom) error { return m.ComposeBatch(ctx, id) })
}

// SealBatch implements Queue.
func (q *SandboxQueue) SealBatch(_ context.Context, _ pgx.Tx, id BatchID) error {
	return q.leave(func(ctx context.Context, m *Mailroom) error { return m.SealBatch(ctx, id) })
}

// ReadCohort implements campaigns.Queue; a sandbox receives no files.
func (q *SandboxQueue) ReadCohort(context.Context, pgx.Tx, campaigns.CohortID) error { return nil }

// ApplyCohort implements campaigns.Queue, likewise.
func (q *SandboxQueue) ApplyCohort(context.Context, pgx.Tx, campaigns.CohortID) error { return nil }

// ReadScans implements Queue; a sandbox reads no scans.
func (q *SandboxQueue) ReadScans(context.Context, pgx.Tx, ScanID) error { return nil }

// SendRecords implements optout.Queue; in a sandbox no record is made.
func (q *SandboxQueue) SendRecords(context.Context, pgx.Tx, string) error { return nil }
