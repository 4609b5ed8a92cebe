package letters

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// ReturnsRead is what became of a list of returned mail: Rows = Applied +
// Already + Unmatched + Rejected.
type ReturnsRead struct {
	Rows      int
	Applied   int // letters that are known to have come back now
	Already   int // known before
	Unmatched int // of no letter known here: in the in-tray
	Rejected  int // refused: nothing was written
	Rules     map[intake.Rule]int
	Findings  []intake.Finding // the first thousand, by line
}

func (o *ReturnsRead) found(f intake.Finding) {
	if o.Rules == nil {
		o.Rules = map[intake.Rule]int{}
	}
	o.Rules[f.Rule]++
	if len(o.Findings) < findingsShown {
		o.Findings = append(o.Findings, f)
	}
}

const (
	findingsShown = 1000
	// returnsAtOnce is how many letters of a list are one transaction.
	returnsAtOnce = 1000
	// mostReturned is the largest list, unpacked: about two million letters.
	mostReturned = 64 << 20
)

// ImportReturns reads a list of returned mail, as the house that opens it
// writes one. Nothing is written before the whole list has been read and not
// been refused. Each row has the effect of a report of return; a list read
// twice, or by two people at once, changes nothing the second time, and one
// that was cut off is read again. What fits no letter waits in the in-tray.
func (m *Mailroom) ImportReturns(ctx context.Context, by campaigns.Viewer, r io.Reader) (ReturnsRead, error) {
	var out ReturnsRead
	if by.ID != 0 && !by.Role.KeysAnswers() {
		return out, fault.New(fault.Forbidden, "Your role does not enter returned mail.")
	}
	var rows []intake.Returned
	sum, err := intake.ReadReturns(r, intake.Options{Today: m.Clock.Today(), MaxBytes: mostReturned}, func(l intake.Returned) error {
		rows = append(rows, l)
		return nil
	}, func(f intake.Finding) error {
		out.found(f)
		return nil
	})
	out.Rows, out.Rejected = sum.Rows, sum.Rejected
	if err != nil {
		return out, err
	}
	for part := range slices.Chunk(rows, returnsAtOnce) {
		reports := make([]PieceReport, len(part))
		for i, l := range part {
			reports[i] = PieceReport{Reference: l.Reference, Status: Returned, On: l.On, Reason: l.Reason}
		}
		verdicts, err := m.report(ctx, source{staff: by}, reports)
		if err != nil {
			return out, err
		}
		for i, v := range verdicts {
			out.count(part[i].Line, v)
		}
	}
	slices.SortStableFunc(out.Findings, func(a, b intake.Finding) int { return a.Line - b.Line })
	return out, m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "import returns", Object: "returns", ID: fmt.Sprint(out.Rows),
			Detail: map[string]any{"rows": out.Rows, "applied": out.Applied, "unmatched": out.Unmatched}})
	})
}

// count adds what became of one row.
func (o *ReturnsRead) count(line int, v Verdict) {
	switch {
	case v.Verdict == Applied:
		o.Applied++
	case v.Verdict == Already, v.Stray == "known before":
		o.Already++
	case v.Stray == "elsewhere":
		o.Unmatched++
		o.found(intake.Outcome(line, "reference", intake.LetterElsewhere, v.Reference))
	case v.Stray != "":
		o.Unmatched++
		o.found(intake.Outcome(line, "reference", intake.LetterUnknown, v.Reference))
	default:
		o.Rejected++
		f := intake.Outcome(line, "reference", intake.ReturnRefused, v.Reference)
		f.Advice = v.Reason
		o.found(f)
	}
}
