package letters

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Suspect puts pieces of a vendor's batch under suspicion, wherever they are:
// their notices give no notice any more, records made because of them are
// withdrawn, and their people are written to again. No range means the whole
// batch, whose signal then turns red.
func (m *Mailroom) Suspect(ctx context.Context, vendor VendorID, code string, ranges []Range, reason string) (Outcome, error) {
	return m.suspect(ctx, source{vendor: vendor}, ranges, reason, func(tx pgx.Tx) (Batch, error) {
		return lockBatchOf(ctx, tx, vendor, code)
	})
}

// SuspectByStaff is Suspect by a manager.
func (m *Mailroom) SuspectByStaff(ctx context.Context, by campaigns.Viewer, code string, ranges []Range, reason string) (Outcome, error) {
	if !by.Role.Manages() {
		return Outcome{}, fault.New(fault.Forbidden, "Your role does not put letters under suspicion.")
	}
	return m.suspect(ctx, source{staff: by}, ranges, reason, func(tx pgx.Tx) (Batch, error) { return lockBatchFor(ctx, tx, by, code) })
}

// lockBatchFor locks a sealed batch for a member of staff.
func lockBatchFor(ctx context.Context, tx pgx.Tx, by campaigns.Viewer, code string) (Batch, error) {
	rows, err := tx.Query(ctx, batchSelect+`
		WHERE b.code = @code AND (@region = '' OR c.region_code = @region) AND b.state IN ('sealed', 'accepted', 'rejected', 'posted')
		FOR NO KEY UPDATE OF b`, pgx.NamedArgs{"code": code, "region": by.Region})
	return oneBatch(rows, err)
}

func (m *Mailroom) suspect(ctx context.Context, from source, ranges []Range, reason string, lock func(pgx.Tx) (Batch, error)) (Outcome, error) {
	if strings.TrimSpace(reason) == "" {
		return Outcome{}, fault.In("reason", fault.Invalid, "Say what may have gone wrong with these letters.")
	}
	var out Outcome
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		out = Outcome{}
		b, err := lock(tx)
		if err != nil {
			return err
		}
		whole := len(ranges) == 0
		if whole {
			ranges = []Range{{1, b.Pieces}}
		}
		var lines []batchReport
		first, last := make([]int, len(ranges)), make([]int, len(ranges))
		for i, r := range ranges {
			if r.From < 1 || r.To < r.From || r.To > b.Pieces {
				return fault.In("ranges", fault.Invalid, "The pieces of this batch are numbered 1 to %d; there is no range from %d to %d.", b.Pieces, r.From, r.To)
			}
			first[i], last[i] = r.From, r.To
			lines = append(lines, batchReport{vendor: from.vendor, batch: b.ID, kind: "suspected", reason: short(reason), from: r.From, to: r.To})
		}
		pieces, err := m.lockPieces(ctx, tx, `p.batch_id = @id AND EXISTS (
			SELECT FROM unnest(@first::int[], @last::int[]) u (first, last) WHERE p.sequence BETWEEN u.first AND u.last)`,
			pgx.NamedArgs{"id": b.ID, "first": first, "last": last})
		if err != nil {
			return err
		}
		var all changes
		for _, p := range pieces {
			if h := p.suspect(now); h.verdict == Applied {
				out.Applied++
				all.add(h)
			} else {
				out.Already++
			}
		}
		if err := note(ctx, tx, now, lines...); err != nil {
			return err
		}
		if err := m.apply(ctx, tx, now, all); err != nil {
			return err
		}
		if whole {
			err := m.Register.SetSignal(ctx, tx, now, campaigns.SuspectBatch(int64(b.ID)), now, calendar.Date{}, short(reason), from.staff.ID, 0)
			if err != nil {
				return err
			}
		}
		if err := m.Register.Raise(ctx, tx, now, "suspicion", "batch:"+b.Code, "Letters of batch "+b.Code+" are under suspicion. Their people are written to again."); err != nil {
			return err
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: from.staff, Vendor: int64(from.vendor), Action: "suspect", Object: "batch", ID: b.Code,
			Campaign: b.Campaign, Detail: map[string]any{"pieces": out.Applied, "whole": whole}})
	})
	if err != nil {
		return Outcome{}, err
	}
	return out, nil
}

// liftSuspicion is what two people agree to.
const liftSuspicion = "lift suspicion"

// ProposeLiftSuspicion asks for a batch's suspicion to be lifted; another person has to agree.
func (m *Mailroom) ProposeLiftSuspicion(ctx context.Context, by campaigns.Viewer, code, reason string) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not lift suspicions.")
	}
	if strings.TrimSpace(reason) == "" {
		return fault.In("reason", fault.Invalid, "Say how it was found that the letters are right.")
	}
	b, err := m.BatchForStaff(ctx, by, code)
	if err != nil {
		return err
	}
	return m.Register.Propose(ctx, by, liftSuspicion, campaigns.SuspectBatch(int64(b.ID)), map[string]any{"batch": code, "reason": short(reason)})
}

// AgreeToLiftSuspicion is the second signature. The batch's signal and its
// pieces are clear again; notices that were void stay void, and whoever is to
// be written to again is.
func (m *Mailroom) AgreeToLiftSuspicion(ctx context.Context, by campaigns.Viewer, code string) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not lift suspicions.")
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		b, err := lockBatchFor(ctx, tx, by, code)
		if err != nil {
			return err
		}
		key := campaigns.SuspectBatch(int64(b.ID))
		p, err := m.Register.TakeProposal(ctx, tx, now, by, liftSuspicion, key)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE pieces SET suspected_at = NULL WHERE batch_id = @id AND suspected_at IS NOT NULL`, pgx.NamedArgs{"id": b.ID}); err != nil {
			return fmt.Errorf("lift suspicion: %w", err)
		}
		if err := note(ctx, tx, now, batchReport{batch: b.ID, kind: "unsuspected", from: 1, to: b.Pieces}); err != nil {
			return err
		}
		return m.Register.SetSignal(ctx, tx, now, key, time.Time{}, calendar.Date{}, "", p.Author, by.ID)
	})
}
