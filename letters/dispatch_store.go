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

// Accept takes a batch for printing. Taking it again changes nothing.
func (m *Mailroom) Accept(ctx context.Context, vendor VendorID, code string) error {
	return m.hearing(ctx, func(tx pgx.Tx, now time.Time, no refusing) error {
		b, err := lockBatchOf(ctx, tx, vendor, code)
		if err != nil {
			return err
		}
		line := batchReport{vendor: vendor, batch: b.ID, kind: "accepted"}
		switch b.State {
		case RejectedWhole:
			return no(line, fault.New(fault.Conflict, "You have given this batch back. Its people are in another one."))
		case Accepted, PostedWhole:
			line.verdict = Already
			return note(ctx, tx, now, line)
		}
		if err := m.mayPull(ctx, tx, b); err != nil {
			return err
		}
		args := pgx.NamedArgs{"id": b.ID, "now": now}
		if _, err := tx.Exec(ctx, `UPDATE batches SET state = 'accepted', accepted_at = @now WHERE id = @id`, args); err != nil {
			return fmt.Errorf("accept batch: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE pieces SET state = 'accepted', state_at = @now WHERE batch_id = @id AND state = 'released'`, args); err != nil {
			return fmt.Errorf("accept pieces: %w", err)
		}
		if err := note(ctx, tx, now, line); err != nil {
			return err
		}
		return m.audit(ctx, tx, now, vendor, "accept", b, nil)
	})
}

func (m *Mailroom) audit(ctx context.Context, tx pgx.Tx, now time.Time, vendor VendorID, action string, b Batch, detail map[string]any) error {
	return m.Register.Audit(ctx, tx, now, campaigns.Deed{Vendor: int64(vendor), Action: action, Object: "batch", ID: b.Code, Campaign: b.Campaign, Detail: detail})
}

// Reject gives a batch back with the reason: its people are written to again.
// Once a piece of it is posted it is too late.
func (m *Mailroom) Reject(ctx context.Context, vendor VendorID, code, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.In("reason", fault.Invalid, "Say why the batch cannot be printed.")
	}
	return m.hearing(ctx, func(tx pgx.Tx, now time.Time, no refusing) error {
		b, err := lockBatchOf(ctx, tx, vendor, code)
		if err != nil {
			return err
		}
		line := batchReport{vendor: vendor, batch: b.ID, kind: "rejected", reason: short(reason)}
		if b.State == RejectedWhole {
			line.verdict = Already
			return note(ctx, tx, now, line)
		}
		pieces, err := m.lockPieces(ctx, tx, `p.batch_id = @id`, pgx.NamedArgs{"id": b.ID})
		if err != nil {
			return err
		}
		var all changes
		for _, p := range pieces {
			if !p.PostedOn.IsZero() {
				return no(line, fault.New(fault.Conflict, "Pieces of this batch are posted. Report the others one by one."))
			}
			if p.State.Still() || p.State == Forwarded {
				all.add(p.end(Rejected, now))
			}
		}
		_, err = tx.Exec(ctx, `UPDATE batches SET state = 'rejected', rejected_at = @now, reject_reason = @reason WHERE id = @id`,
			pgx.NamedArgs{"now": now, "reason": short(reason), "id": b.ID})
		if err != nil {
			return fmt.Errorf("reject batch: %w", err)
		}
		if err := note(ctx, tx, now, line); err != nil {
			return err
		}
		if err := m.apply(ctx, tx, now, all); err != nil {
			return err
		}
		err = m.Register.Raise(ctx, tx, now, "rejected batch", "batch:"+b.Code, "The print vendor gave batch "+b.Code+" back. Its letters are written again.")
		if err != nil {
			return err
		}
		return m.audit(ctx, tx, now, vendor, "reject", b, nil)
	})
}

// Dispatch reports a batch as handed to the post: it opens the windows of its
// pieces. It touches only pieces that were accepted and are not asked back;
// each other one is refused by name. Reported again, with a later day, it moves
// the windows later; otherwise it is already so.
func (m *Mailroom) Dispatch(ctx context.Context, vendor VendorID, code string, d Dispatch) (Outcome, error) {
	var out Outcome
	err := m.hearing(ctx, func(tx pgx.Tx, now time.Time, no refusing) error {
		out = Outcome{}
		b, err := lockBatchOf(ctx, tx, vendor, code)
		if err != nil {
			return err
		}
		if d.PostedOn.IsZero() {
			d.PostedOn = calendar.DateOf(now)
		}
		if err := mayDispatch(b, d.PostedOn, calendar.DateOf(now)); err != nil {
			return no(batchReport{vendor: vendor, batch: b.ID, kind: "posted", on: d.PostedOn, docket: short(d.Docket)}, err)
		}
		pieces, err := m.lockPieces(ctx, tx, `p.batch_id = @id`, pgx.NamedArgs{"id": b.ID})
		if err != nil {
			return err
		}
		var all changes
		var lines []batchReport
		refuse := func(reference, why string, p PieceID) {
			out.Refused = append(out.Refused, Verdict{Reference: reference, Verdict: Refused, Reason: why})
			lines = append(lines, batchReport{vendor: vendor, batch: b.ID, piece: p, reference: reference, kind: "posted", on: d.PostedOn,
				docket: short(d.Docket), verdict: Refused, why: why})
		}
		except, strangers := exceptions(d.Except, pieces)
		for _, s := range strangers {
			refuse(short(s), "There is no such piece in this batch.", 0)
		}
		for _, p := range pieces {
			if except[p.Reference] {
				continue
			}
			h := p.dispatch(d.PostedOn, now)
			switch h.verdict {
			case Applied:
				out.Applied++
				all.add(h)
			case Already:
				out.Already++
			default:
				refuse(p.Reference, h.why, p.ID)
			}
		}
		verdict := Applied
		if out.Applied == 0 && out.Already > 0 {
			verdict = Already
		} else if out.Applied == 0 {
			verdict = Refused
		}
		lines = append(lines, batchReport{vendor: vendor, batch: b.ID, kind: "posted", on: d.PostedOn, docket: short(d.Docket), verdict: verdict,
			why: fmt.Sprintf("%d applied, %d already, %d refused, %d excepted", out.Applied, out.Already, len(out.Refused), len(except))})
		if err := note(ctx, tx, now, lines...); err != nil {
			return err
		}
		if err := m.apply(ctx, tx, now, all); err != nil {
			return err
		}
		return m.audit(ctx, tx, now, vendor, "dispatch", b, map[string]any{"posted_on": d.PostedOn, "pieces": out.Applied})
	})
	if err != nil {
		return Outcome{}, err
	}
	return out, nil
}

// mayDispatch says what forbids reporting a whole batch as posted on a day.
func mayDispatch(b Batch, on, today calendar.Date) error {
	switch accepted := calendar.DateOf(b.AcceptedAt); {
	case b.State == RejectedWhole:
		return fault.New(fault.Conflict, "You have given this batch back. Its people are in another one.")
	case b.State == Sealed:
		return fault.New(fault.Refused, "Accept the batch before reporting it as posted.")
	case on.After(today):
		return fault.In("posted_on", fault.Invalid, "%s lies in the future.", on.Long())
	case on.Before(accepted):
		return fault.In("posted_on", fault.Invalid, "The batch was accepted on %s, so it cannot have been posted before.", accepted.Long())
	}
	return nil
}

// exceptions reads the references that were left out, and tells which of them
// are not in the batch.
func exceptions(list []string, pieces []Piece) (except map[string]bool, strangers []string) {
	known := make(map[string]bool, len(pieces))
	for _, p := range pieces {
		known[p.Reference] = true
	}
	except = make(map[string]bool, len(list))
	for _, written := range list {
		if r, err := NormaliseReference(written); err == nil && known[r] {
			except[r] = true
		} else {
			strangers = append(strangers, written)
		}
	}
	return except, strangers
}
