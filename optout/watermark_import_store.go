package optout

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// ImportWatermarks declares what a list of channels and practices says is
// complete, row by row, after the whole list has been read and not been
// refused. A day that stands already changes nothing; an earlier one is
// refused, because lowering takes two people.
func (d *Desk) ImportWatermarks(ctx context.Context, by campaigns.Viewer, file io.Reader) (Imported, error) {
	var done Imported
	if by.ID != 0 && !by.Role.Manages() {
		return done, fault.New(fault.Forbidden, "Your role does not declare watermarks.")
	}
	var rows []intake.Complete
	sum, err := intake.ReadWatermarks(file, intake.Options{Today: d.Clock.Today(), MaxBytes: mostBytes}, func(w intake.Complete) error {
		rows = append(rows, w)
		return nil
	}, func(f intake.Finding) error {
		done.found(f)
		return nil
	})
	done.Rows, done.Rejected = sum.Rows, sum.Rejected
	if err != nil {
		return done, err
	}
	for _, w := range rows {
		known, wrong, err := d.declareRow(ctx, by, w)
		switch {
		case err != nil:
			return done, fmt.Errorf("line %d: %w", w.Line, err)
		case wrong != "":
			done.Rejected++
			done.found(intake.Outcome(w.Line, map[bool]string{true: "practice_code", false: "complete_until"}[wrong == intake.PracticeUnknown], wrong, w.Practice))
		case known:
			done.Already++
		default:
			done.Applied++
		}
	}
	return done, nil
}

// declareRow declares one row in a transaction of its own, or says by which
// rule it cannot.
func (d *Desk) declareRow(ctx context.Context, by campaigns.Viewer, w intake.Complete) (known bool, wrong intake.Rule, err error) {
	ch := campaigns.Channel(w.Channel)
	err = d.mayDeclare(ctx, by, ch, w.Practice, w.Until)
	if err == nil {
		err = d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
			was, err := d.lockWatermark(ctx, tx, ch, w.Practice, w.Until)
			switch {
			case err != nil:
				return err
			case was == w.Until:
				known = true
				return nil
			case !was.IsZero() && w.Until.Before(was):
				wrong = intake.WatermarkLower
				return nil
			}
			return d.setWatermark(ctx, tx, now, by, 0, ch, w.Practice, w.Until)
		})
	}
	switch {
	case fault.Is(err, fault.NotFound):
		return false, intake.PracticeUnknown, nil
	case fault.Is(err, fault.Refused):
		return false, intake.WatermarkUnmatched, nil
	}
	return known, wrong, err
}
