package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

const pieceSelect = `
	SELECT p.id, p.reference, p.campaign_id, p.notice_id, p.enrolment_id, p.person_id, p.number, p.batch_id, b.code, b.vendor_id, p.sequence,
		p.state, p.posted_on, p.returned_on, p.return_reason, coalesce(p.suspected_at, '0001-01-01Z'), p.state_at,
		EXISTS (SELECT FROM recalls r WHERE r.piece_id = p.id AND r.answered_at IS NULL), coalesce(b.accepted_at, b.sealed_at)
	FROM pieces p JOIN batches b ON b.id = p.batch_id JOIN campaigns c ON c.id = b.campaign_id `

func scanPiece(row pgx.CollectableRow) (Piece, error) {
	var p Piece
	var accepted time.Time
	err := row.Scan(&p.ID, &p.Reference, &p.Campaign, &p.Notice, &p.Enrolment, &p.Person, &p.Number, &p.Batch, &p.BatchCode, &p.Vendor,
		&p.Sequence, &p.State, &p.PostedOn, &p.ReturnedOn, &p.ReturnReason, &p.SuspectedAt, &p.StateAt, &p.RecallOpen, &accepted)
	p.Earliest = calendar.DateOf(accepted)
	return p, err
}

// lockPieces reads pieces, in the order of their ids, and keeps everybody else
// from changing them: first their batches are locked, then their people, then
// they themselves. Everything in this room locks in this order.
func (m *Mailroom) lockPieces(ctx context.Context, tx pgx.Tx, where string, args pgx.NamedArgs) ([]Piece, error) {
	rows, err := tx.Query(ctx, `SELECT p.id, p.batch_id, p.person_id FROM pieces p JOIN batches b ON b.id = p.batch_id
		JOIN campaigns c ON c.id = b.campaign_id WHERE `+where, args)
	if err != nil {
		return nil, fmt.Errorf("find pieces: %w", err)
	}
	var id PieceID
	var batch BatchID
	var person campaigns.PersonID
	ids, batches, people := []PieceID{}, map[BatchID]bool{}, []campaigns.PersonID{}
	_, err = pgx.ForEachRow(rows, []any{&id, &batch, &person}, func() error {
		ids, people, batches[batch] = append(ids, id), append(people, person), true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find pieces: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	if err := lockBatches(ctx, tx, batches); err != nil {
		return nil, err
	}
	if err := campaigns.LockPeople(ctx, tx, people); err != nil {
		return nil, err
	}
	rows, err = tx.Query(ctx, pieceSelect+`WHERE p.id = ANY(@ids) ORDER BY p.id FOR UPDATE OF p`, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("lock pieces: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanPiece)
	if err != nil {
		return nil, fmt.Errorf("lock pieces: %w", err)
	}
	return list, nil
}

func lockBatches(ctx context.Context, tx pgx.Tx, set map[BatchID]bool) error {
	ids := make([]BatchID, 0, len(set))
	for id := range set {
		ids = append(ids, id)
	}
	_, err := tx.Exec(ctx, `SELECT id FROM batches WHERE id = ANY(@ids) ORDER BY id FOR NO KEY UPDATE`, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return fmt.Errorf("lock batches: %w", err)
	}
	return nil
}

// PieceByReference finds a piece by its reference, however that is spaced.
func (m *Mailroom) PieceByReference(ctx context.Context, tx pgx.Tx, reference string) (Piece, error) {
	r, err := NormaliseReference(reference)
	if err != nil {
		return Piece{}, err
	}
	rows, err := tx.Query(ctx, pieceSelect+`WHERE p.reference = @reference`, pgx.NamedArgs{"reference": r})
	if err != nil {
		return Piece{}, fmt.Errorf("read piece: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPiece)
	return p, orAbsent(err, "letter")
}
