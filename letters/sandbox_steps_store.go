package letters

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// some finds so many pieces of a vendor's batch in one of some states, without
// an open recall.
func (s *Sandbox) some(ctx context.Context, b Batch, n int, states ...PieceState) ([]string, error) {
	if n < 1 || n > SandboxLetters {
		return nil, fault.In("pieces", fault.Invalid, "Say of how many pieces, from 1 to %d.", SandboxLetters)
	}
	names := make([]string, len(states))
	for i, st := range states {
		names[i] = string(st)
	}
	rows, err := s.Mailroom.Pool.Query(ctx, `
		SELECT p.reference FROM pieces p WHERE p.batch_id = @batch AND p.state = ANY(@states)
			AND NOT EXISTS (SELECT FROM recalls r WHERE r.piece_id = p.id AND r.answered_at IS NULL) ORDER BY p.sequence LIMIT @n`,
		pgx.NamedArgs{"batch": b.ID, "states": names, "n": n})
	if err != nil {
		return nil, fmt.Errorf("choose pieces: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("choose pieces: %w", err)
	}
	if len(list) == 0 {
		return nil, fault.New(fault.Refused, "Batch %s has no piece to which this can happen now.", b.Code)
	}
	return list, nil
}

// AskBack asks so many pieces of a batch back, as when their people say no.
func (s *Sandbox) AskBack(ctx context.Context, vendor VendorID, code string, n int) (references []string, err error) {
	b, err := s.Mailroom.Batch(ctx, vendor, code)
	if err != nil {
		return nil, err
	}
	if references, err = s.some(ctx, b, n, Released, PieceAccepted, Printed, Enclosed); err != nil {
		return nil, err
	}
	for _, r := range references {
		if err := s.Mailroom.Recall(ctx, theHouse, r, "not to be posted any more"); err != nil {
			return nil, err
		}
	}
	return references, nil
}

// ComeBack lets so many posted pieces of a batch come back.
func (s *Sandbox) ComeBack(ctx context.Context, vendor VendorID, code string, n int) ([]string, error) {
	return s.report(ctx, vendor, code, n, Returned, "R01", Posted)
}

// Spoil ruins so many pieces of a batch, and releases a batch with those that
// replace them.
func (s *Sandbox) Spoil(ctx context.Context, vendor VendorID, code string, n int) (references []string, next Batch, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, err := s.lastBatch(ctx, vendor)
	if err != nil {
		return nil, next, err
	}
	if references, err = s.report(ctx, vendor, code, n, Spoiled, "ruined on demand", Released, PieceAccepted, Printed, Enclosed); err != nil {
		return nil, next, err
	}
	var campaign campaigns.CampaignID
	if err := s.Mailroom.Pool.QueryRow(ctx, `SELECT campaign_id FROM batches WHERE vendor_id = @vendor AND code = @code`,
		pgx.NamedArgs{"vendor": vendor, "code": code}).Scan(&campaign); err != nil {
		return nil, next, orAbsent(err, "batch")
	}
	if _, err := s.Mailroom.ComposeFollowUps(ctx, campaign); err != nil {
		return nil, next, err
	}
	if err := s.work(ctx); err != nil {
		return nil, next, err
	}
	next, err = s.batchAfter(ctx, vendor, last)
	return references, next, err
}

func (s *Sandbox) report(ctx context.Context, vendor VendorID, code string, n int, status PieceState, reason string, from ...PieceState) ([]string, error) {
	b, err := s.Mailroom.Batch(ctx, vendor, code)
	if err != nil {
		return nil, err
	}
	references, err := s.some(ctx, b, n, from...)
	if err != nil {
		return nil, err
	}
	reports := make([]PieceReport, len(references))
	for i, r := range references {
		reports[i] = PieceReport{Reference: r, Status: status, Reason: reason}
	}
	verdicts, err := s.Mailroom.Report(ctx, vendor, reports)
	for _, v := range verdicts {
		if v.Verdict == Refused {
			return nil, fault.New(fault.Refused, "%s", v.Reason)
		}
	}
	return references, err
}

// Lapse ends the lease of a batch, as if its time were over.
func (s *Sandbox) Lapse(ctx context.Context, vendor VendorID, code string) error {
	b, err := s.Mailroom.Batch(ctx, vendor, code)
	if err != nil {
		return err
	}
	return s.Mailroom.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"now": now, "id": b.ID}
		if _, err := tx.Exec(ctx, `UPDATE batches SET lease_until = @now WHERE id = @id AND lease_until > @now`, args); err != nil {
			return fmt.Errorf("end lease: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE pieces SET lease_until = @now WHERE batch_id = @id AND lease_until > @now`, args); err != nil {
			return fmt.Errorf("end lease: %w", err)
		}
		return nil
	})
}

// Cut lets the next pull of a batch's file break off after so many bytes.
func (s *Sandbox) Cut(ctx context.Context, vendor VendorID, code string, after int64) error {
	b, err := s.Mailroom.Batch(ctx, vendor, code)
	if err != nil {
		return err
	}
	if after < 0 || after >= b.PDFBytes {
		return fault.In("after_bytes", fault.Invalid, "The file has %d bytes; it breaks off after fewer, or after none.", b.PDFBytes)
	}
	_, err = s.Mailroom.Pool.Exec(ctx, `
		INSERT INTO sandbox_cuts (batch_id, after_bytes, asked_at) VALUES (@id, @after, @now)
		ON CONFLICT (batch_id) DO UPDATE SET after_bytes = excluded.after_bytes, asked_at = excluded.asked_at`, pgx.NamedArgs{"id": b.ID, "after": after, "now": s.Mailroom.Clock()})
	if err != nil {
		return fmt.Errorf("keep cut: %w", err)
	}
	return nil
}

// TakeCut says where this pull of a batch breaks off, once.
func (s *Sandbox) TakeCut(ctx context.Context, vendor VendorID, code string) (after int64, cut bool, err error) {
	err = s.Mailroom.Pool.QueryRow(ctx, `
		DELETE FROM sandbox_cuts c USING batches b WHERE b.id = c.batch_id AND b.vendor_id = @vendor AND b.code = @code RETURNING c.after_bytes`,
		pgx.NamedArgs{"vendor": vendor, "code": code}).Scan(&after)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("read cut: %w", err)
	}
	return after, true, nil
}
