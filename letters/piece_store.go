package letters

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/intake"
)

// PieceByReference finds a piece by its reference, however it is spaced.
func (m *Mailroom) PieceByReference(ctx context.Context, tx pgx.Tx, reference string) (Piece, error) {
	return Piece{}, errClosed
}

// ImportReturns reads a list of returned mail; each row has the effect of a report of return.
func (m *Mailroom) ImportReturns(ctx context.Context, by campaigns.Viewer, r io.Reader) (ReturnsRead, error) {
	return ReturnsRead{}, errClosed
}

// ReturnsRead is what became of a list of returned mail.
type ReturnsRead struct {
	intake.Summary
	Outcome
}
