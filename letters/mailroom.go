// Package letters turns an approved wave into sealed batches of letters and keeps what print vendors and the post report of every piece.
package letters

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/archive"
	"duenotice/optout"
)

// The ids of this room. An id of one thing is never mistaken for another's.
type (
	// VendorID is the id of a print vendor.
	VendorID int64
	// BatchID is the id of a batch of letters.
	BatchID int64
	// PieceID is the id of one piece of post, across all campaigns.
	PieceID int64
)

// Queue takes work that is left for later, in the transaction that made it
// necessary. The jobs room implements it.
type Queue interface {
	ComposeWave(ctx context.Context, tx pgx.Tx, campaign campaigns.CampaignID, wave campaigns.WaveID) error
	ComposeBatch(ctx context.Context, tx pgx.Tx, id BatchID) error
	SealBatch(ctx context.Context, tx pgx.Tx, id BatchID) error
	ReadScans(ctx context.Context, tx pgx.Tx, id ScanID) error
}

// Mailroom is the door of this room. Its methods open exactly one transaction
// each unless they take one.
type Mailroom struct {
	Pool     *pgxpool.Pool
	Clock    calendar.Clock
	Register *campaigns.Register
	Desk     *optout.Desk
	Archive  *archive.Archive
	Queue    Queue
	Log      *slog.Logger
	KeyLife  time.Duration // of a batch's key after the vendor's accept; 0 is thirty days
	Sandbox  bool          // its letters are made up and its secrets say so
}

func (m *Mailroom) inTx(ctx context.Context, fn func(tx pgx.Tx, now time.Time) error) error {
	return campaigns.InTx(ctx, m.Pool, m.Clock, fn)
}

// orAbsent turns "no rows" into the fault that names what is missing, and
// wraps anything else with what was being done.
func orAbsent(err error, what string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "There is no such %s.", what)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}
