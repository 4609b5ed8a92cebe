package letters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// ReturnsRead is what became of a list of returned mail.
type ReturnsRead struct {
	intake.Summary                  // of its rows
	Outcome                         // of its letters
	Wrong          []intake.Finding // the first hundred
}

const findingsShown = 100

// returnsAtOnce is how many letters of a list are one transaction.
const returnsAtOnce = 1000

// ImportReturns reads a list of returned mail, as the house that opens it
// writes one. Each row has the effect of a report of return; a list read
// twice changes nothing the second time.
func (m *Mailroom) ImportReturns(ctx context.Context, by campaigns.Viewer, r io.Reader) (ReturnsRead, error) {
	var out ReturnsRead
	if by.ID != 0 && !by.Role.KeysAnswers() {
		return out, fault.New(fault.Forbidden, "Your role does not enter returned mail.")
	}
	var pending []PieceReport
	flush := func() error {
		verdicts, err := m.report(ctx, source{staff: by}, pending)
		if err != nil {
			return err
		}
		for _, v := range verdicts {
			switch v.Verdict {
			case Applied:
				out.Applied++
			case Already:
				out.Already++
			default:
				out.Refused = append(out.Refused, v)
			}
		}
		pending = pending[:0]
		return nil
	}
	sum, err := intake.ReadReturns(r, intake.Options{Today: m.Clock.Today()}, func(l intake.Returned) error {
		pending = append(pending, PieceReport{Reference: l.Reference, Status: Returned, On: l.On, Reason: l.Reason})
		if len(pending) == returnsAtOnce {
			return flush()
		}
		return nil
	}, func(f intake.Finding) error {
		if len(out.Wrong) < findingsShown {
			out.Wrong = append(out.Wrong, f)
		}
		return nil
	})
	out.Summary = sum
	if err != nil {
		// What was flushed before the fault stays: facts are kept.
		return out, errors.Join(err, flush())
	}
	if err := flush(); err != nil {
		return out, err
	}
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "import returns", Object: "returns", ID: fmt.Sprint(sum.Rows),
			Detail: map[string]any{"rows": sum.Rows, "applied": out.Applied}})
	})
	return out, err
}
