package letters

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// Recall asks a piece back from its vendor before it is posted. Asking twice changes nothing.
func (m *Mailroom) Recall(ctx context.Context, by campaigns.Viewer, reference, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.In("reason", fault.Invalid, "Say why this letter is asked back.")
	}
	r, err := NormaliseReference(reference)
	if err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		pieces, err := m.lockPieces(ctx, tx, `p.reference = @reference AND (@region = '' OR c.region_code = @region)`,
			pgx.NamedArgs{"reference": r, "region": by.Region})
		if err != nil {
			return err
		}
		if len(pieces) == 0 {
			return fault.New(fault.NotFound, "There is no such letter.")
		}
		p := pieces[0]
		if !p.State.Still() {
			return fault.New(fault.Refused, "This letter is %s: it cannot be asked back any more.", p.State)
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO recalls (piece_id, vendor_id, asked_at, reason) VALUES (@piece, @vendor, @now, @reason) ON CONFLICT (piece_id) DO NOTHING`,
			pgx.NamedArgs{"piece": p.ID, "vendor": p.Vendor, "now": now, "reason": short(reason)})
		if err != nil {
			return fmt.Errorf("recall piece: %w", err)
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "recall", Object: "piece", ID: p.Reference, Campaign: p.Campaign})
	})
}

// RecallStale asks back what is still with vendors for people of a campaign
// who are not to be written to any more: they said no, may have, or are gone
// since their letter was sealed. It returns how many pieces it asked for; those
// asked for before are not counted again.
func (m *Mailroom) RecallStale(ctx context.Context, campaign campaigns.CampaignID) (asked int, err error) {
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `
			INSERT INTO recalls (piece_id, vendor_id, asked_at, reason)
			SELECT p.id, b.vendor_id, @now, 'not to be posted any more'
			FROM batches b JOIN pieces p ON p.batch_id = b.id JOIN enrolments e ON e.campaign_id = b.campaign_id AND e.id = p.enrolment_id
			WHERE b.campaign_id = @campaign AND b.state IN ('sealed', 'accepted') AND p.state IN ('released', 'accepted', 'printed', 'enclosed')
				AND e.state IN ('opted_out', 'held', 'closed')
			ON CONFLICT (piece_id) DO NOTHING`, pgx.NamedArgs{"campaign": campaign, "now": now})
		if err != nil {
			return fmt.Errorf("recall pieces: %w", err)
		}
		asked = int(tag.RowsAffected())
		return nil
	})
	return asked, err
}

// Recalls lists what a vendor is asked to give back, oldest first: so many
// after the recall with an id, 0 for the first ones.
func (m *Mailroom) Recalls(ctx context.Context, vendor VendorID, after int64, limit int) ([]Recall, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT r.id, p.reference, b.code, p.sequence, r.reason, r.asked_at
		FROM recalls r JOIN pieces p ON p.id = r.piece_id JOIN batches b ON b.id = p.batch_id
		WHERE r.vendor_id = @vendor AND r.answered_at IS NULL AND r.id > @after ORDER BY r.id LIMIT @limit`,
		pgx.NamedArgs{"vendor": vendor, "after": after, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("list recalls: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Recall])
}

// AnswerRecall says whether a piece was taken out or it was too late. The same
// answer again changes nothing, another one is refused.
func (m *Mailroom) AnswerRecall(ctx context.Context, vendor VendorID, id int64, done bool) error {
	answer, kind := "too late", "too late"
	if done {
		answer, kind = "done", "recalled"
	}
	return m.hearing(ctx, func(tx pgx.Tx, now time.Time, no refusing) error {
		pieces, err := m.lockPieces(ctx, tx, `p.id = (SELECT piece_id FROM recalls WHERE id = @id AND vendor_id = @vendor)`,
			pgx.NamedArgs{"id": id, "vendor": vendor})
		if err != nil {
			return err
		}
		if len(pieces) == 0 {
			return fault.New(fault.NotFound, "There is no such recall.")
		}
		p := pieces[0]
		var before string
		err = tx.QueryRow(ctx, `SELECT coalesce(answer, '') FROM recalls WHERE id = @id FOR UPDATE`, pgx.NamedArgs{"id": id}).Scan(&before)
		if err != nil {
			return fmt.Errorf("read recall: %w", err)
		}
		line := batchReport{vendor: vendor, batch: p.Batch, piece: p.ID, reference: p.Reference, kind: kind}
		switch {
		case before == answer:
			line.verdict = Already
			return note(ctx, tx, now, line)
		case before != "":
			return no(line, fault.New(fault.Conflict, "This recall is answered already: %s.", before))
		}
		var all changes
		if done {
			h := p.end(Recalled, now)
			if h.verdict == Refused {
				return no(line, fault.New(fault.Refused, "%s", h.why))
			}
			all.add(h)
		}
		_, err = tx.Exec(ctx, `UPDATE recalls SET answer = @answer, answered_at = @now WHERE id = @id`, pgx.NamedArgs{"answer": answer, "now": now, "id": id})
		if err != nil {
			return fmt.Errorf("answer recall: %w", err)
		}
		if err := note(ctx, tx, now, line); err != nil {
			return err
		}
		return m.apply(ctx, tx, now, all)
	})
}

// closeRecalls answers the recalls of pieces that vendors reported as recalled.
func closeRecalls(ctx context.Context, tx pgx.Tx, now time.Time, pieces []PieceID) error {
	if len(pieces) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `UPDATE recalls SET answer = 'done', answered_at = @now WHERE piece_id = ANY(@pieces) AND answered_at IS NULL`,
		pgx.NamedArgs{"now": now, "pieces": pieces})
	if err != nil {
		return fmt.Errorf("answer recalls: %w", err)
	}
	return nil
}
