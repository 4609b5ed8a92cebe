package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// specification of a batch b with its pack k, in SQL.
const specification = `lower(k.code) || '-' || k.version || '-' || k.language || '-' || k.format || '-' || b.postage`

// NextLetters hands a vendor the head of its queue, at most 2,500 letters, each
// for five minutes: one that was not accepted until then is handed out again.
// What is paused, asked back, or in a batch that a worker has leased waits.
func (m *Mailroom) NextLetters(ctx context.Context, vendor VendorID, limit int) ([]VendorLetter, error) {
	limit = min(max(limit, 1), mostListed)
	list := []VendorLetter{}
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		list = list[:0]
		args := pgx.NamedArgs{"vendor": vendor, "now": now, "until": now.Add(listedFor)}
		rows, err := tx.Query(ctx, batchSelect+`
			WHERE b.vendor_id = @vendor AND b.state = 'sealed' AND (b.lease_until IS NULL OR b.lease_until <= @now) AND EXISTS (
				SELECT FROM pieces p WHERE p.batch_id = b.id AND p.state = 'released' AND (p.lease_until IS NULL OR p.lease_until <= @now))
			ORDER BY b.id LIMIT 1000`, args)
		if err != nil {
			return fmt.Errorf("find batches: %w", err)
		}
		batches, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Batch])
		if err != nil {
			return fmt.Errorf("find batches: %w", err)
		}
		for _, b := range batches {
			if err := m.mayPull(ctx, tx, b); fault.Is(err, fault.Unavailable) {
				continue
			} else if err != nil {
				return err
			}
			part, err := handOut(ctx, tx, b, limit-len(list), now)
			if err != nil {
				return err
			}
			if list = append(list, part...); len(list) >= limit {
				return nil
			}
		}
		return nil
	})
	return list, err
}

// handOut takes letters of a batch that nobody has. It waits for nobody: a
// letter that is being reported on just now is passed over.
func handOut(ctx context.Context, tx pgx.Tx, b Batch, n int, now time.Time) ([]VendorLetter, error) {
	rows, err := tx.Query(ctx, `
		WITH taken AS (
			UPDATE pieces SET lease_until = @until WHERE id IN (
				SELECT p.id FROM pieces p WHERE p.batch_id = @batch AND p.state = 'released' AND (p.lease_until IS NULL OR p.lease_until <= @now)
					AND NOT EXISTS (SELECT FROM recalls r WHERE r.piece_id = p.id AND r.answered_at IS NULL)
				ORDER BY p.sequence LIMIT @n FOR UPDATE SKIP LOCKED)
			RETURNING batch_id, sequence, reference, state)
		SELECT t.reference, b.code, `+specification+`, t.state, ''
		FROM taken t JOIN batches b ON b.id = t.batch_id JOIN packs k ON k.id = b.pack_id ORDER BY t.sequence`,
		pgx.NamedArgs{"batch": b.ID, "n": n, "now": now, "until": now.Add(listedFor)})
	if err != nil {
		return nil, fmt.Errorf("hand out letters: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[VendorLetter])
	if err != nil {
		return nil, fmt.Errorf("hand out letters: %w", err)
	}
	return list, nil
}

// VendorLetter finds a letter of a vendor. Another vendor's is as absent as none.
func (m *Mailroom) VendorLetter(ctx context.Context, vendor VendorID, reference string) (VendorLetter, error) {
	r, err := NormaliseReference(reference)
	if err != nil || r != reference {
		return VendorLetter{}, fault.New(fault.NotFound, "There is no such letter.")
	}
	rows, err := m.Pool.Query(ctx, `
		SELECT p.reference, b.code, `+specification+`, p.state, CASE WHEN p.state = 'returned' THEN p.return_reason ELSE coalesce((
			SELECT r.reason FROM reports r WHERE r.piece_id = p.id AND r.kind = p.state AND r.verdict = 'applied' ORDER BY r.id DESC LIMIT 1), '') END
		FROM pieces p JOIN batches b ON b.id = p.batch_id JOIN packs k ON k.id = b.pack_id
		WHERE p.reference = @reference AND b.vendor_id = @vendor AND b.state IN ('sealed', 'accepted', 'rejected', 'posted')`,
		pgx.NamedArgs{"reference": r, "vendor": vendor})
	if err != nil {
		return VendorLetter{}, fmt.Errorf("read letter: %w", err)
	}
	l, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[VendorLetter])
	return l, orAbsent(err, "letter")
}

// PullLetter draws one letter for its vendor, as Reprint does; the first of a
// batch is noted as its pull.
func (m *Mailroom) PullLetter(ctx context.Context, vendor VendorID, reference string) ([]byte, error) {
	p, err := m.PieceOf(ctx, vendor, reference)
	if err != nil {
		return nil, err
	}
	pdf, err := m.Reprint(ctx, vendor, p.Reference)
	if err != nil {
		return nil, err
	}
	return pdf, m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE batches SET pulled_at = @now WHERE id = @id AND pulled_at IS NULL`, pgx.NamedArgs{"now": now, "id": p.Batch})
		if err != nil {
			return fmt.Errorf("note pull: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return note(ctx, tx, now, batchReport{vendor: vendor, batch: p.Batch, kind: "pulled"})
	})
}
