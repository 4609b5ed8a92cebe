package letters

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// PieceLines lists pieces of one of a vendor's batches by their sequence: so
// many after the one with a sequence, 0 for the first ones.
func (m *Mailroom) PieceLines(ctx context.Context, vendor VendorID, b BatchID, after, limit int) ([]PieceLine, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT p.sequence, p.reference, p.first_page, p.pages, p.sheets, p.postcode, p.state, p.state_at, p.posted_on, p.returned_on,
			p.suspected_at IS NOT NULL, EXISTS (SELECT FROM recalls r WHERE r.piece_id = p.id AND r.answered_at IS NULL)
		FROM pieces p JOIN batches b ON b.id = p.batch_id
		WHERE p.batch_id = @batch AND b.vendor_id = @vendor AND p.sequence > @after ORDER BY p.sequence LIMIT @limit`,
		pgx.NamedArgs{"batch": b, "vendor": vendor, "after": after, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("list pieces: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[PieceLine])
}

// PieceOf finds a piece of a vendor by its reference. Another vendor's is as
// absent as none, and so is what cannot be a reference.
func (m *Mailroom) PieceOf(ctx context.Context, vendor VendorID, reference string) (Piece, error) {
	r, err := NormaliseReference(reference)
	if err != nil {
		return Piece{}, fault.New(fault.NotFound, "There is no such letter.")
	}
	rows, err := m.Pool.Query(ctx, pieceSelect+`
		WHERE p.reference = @reference AND b.vendor_id = @vendor AND b.state IN ('sealed', 'accepted', 'rejected', 'posted')`,
		pgx.NamedArgs{"reference": r, "vendor": vendor})
	if err != nil {
		return Piece{}, fmt.Errorf("read piece: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPiece)
	return p, orAbsent(err, "letter")
}
