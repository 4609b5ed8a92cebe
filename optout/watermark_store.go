package optout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// webLag is how far the watermark of the web stays behind the clock. Answers
// that are older than webPatience when they would be written are refused with
// a sentence, so nothing received before the watermark can still arrive.
const (
	webLag      = 15 * time.Minute
	webPatience = 10 * time.Minute
)

// Declare says that everything a channel received up to and including a day
// has been entered. The day lies before today; an answer received by then that
// still matches nobody refuses it. Declaring an earlier day lowers it, which
// takes two people; the gate sees that at once.
func (d *Desk) Declare(ctx context.Context, by campaigns.Viewer, ch campaigns.Channel, practice string, through calendar.Date) error {
	if err := d.mayDeclare(ctx, by, ch, practice, through); err != nil {
		return err
	}
	key := campaigns.Watermark(ch, practice)
	lower := false
	err := d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		was, err := d.lockWatermark(ctx, tx, ch, practice, through)
		if err != nil {
			return err
		}
		second := campaigns.StaffID(0)
		if lower = !was.IsZero() && through.Before(was); lower {
			p, err := d.Register.TakeProposal(ctx, tx, now, by, "lower", fmt.Sprintf("%s:%s", key, through))
			if err != nil {
				return err
			}
			second = p.Author
		}
		return d.setWatermark(ctx, tx, now, by, second, ch, practice, through)
	})
	if lower && fault.Is(err, fault.NotFound) {
		return d.Register.Propose(ctx, by, "lower", fmt.Sprintf("%s:%s", key, through), through)
	}
	return err
}

// mayDeclare says why a viewer may not declare this, or nil.
func (d *Desk) mayDeclare(ctx context.Context, by campaigns.Viewer, ch campaigns.Channel, practice string, through calendar.Date) error {
	switch {
	case !slices.Contains(campaigns.Declared, ch) && ch != campaigns.Practice:
		return fault.In("channel", fault.Invalid, "The channel is one of phone, paper, upload or practice; the web measures itself.")
	case (ch == campaigns.Practice) != (practice != ""):
		return fault.In("practice", fault.Invalid, "Say which practice, and only for the channel practice.")
	case through.IsZero() || !through.Before(d.Clock.Today()):
		return fault.In("date", fault.Invalid, "Only a day that is over can be declared complete, at the latest yesterday.")
	case by.ID != 0 && !by.Role.Manages():
		return fault.New(fault.Forbidden, "Your role does not declare watermarks.")
	case by.Region == "" || practice == "":
		return nil
	}
	if _, err := d.Register.PracticeFor(ctx, by, practice); err != nil {
		return absentOr(err, fault.In("practice", fault.NotFound, "There is no such practice in your region."))
	}
	return nil
}

// lockWatermark locks one watermark and reads how far it stands. It refuses
// while an answer received by the day that is to be declared matches nobody.
func (d *Desk) lockWatermark(ctx context.Context, tx pgx.Tx, ch campaigns.Channel, practice string, through calendar.Date) (was calendar.Date, err error) {
	var open int
	err = tx.QueryRow(ctx, `
		SELECT count(*) FROM holds WHERE settled_at IS NULL AND channel = @channel AND cause = 'nobody found' AND received_on <= @through
			AND (@practice = '' OR coalesce(told->>'practice', @practice) = @practice)
			AND NOT EXISTS (SELECT FROM hold_candidates c WHERE c.hold_id = holds.id)`,
		pgx.NamedArgs{"channel": ch, "through": through, "practice": practice}).Scan(&open)
	if err != nil {
		return was, fmt.Errorf("declare watermark: %w", err)
	}
	if open > 0 {
		return was, fault.New(fault.Refused, "%d answers received by then match nobody yet. Settle them, or let two people close them as unmatchable.", open)
	}
	if ch == campaigns.Paper {
		if err := scansRead(ctx, tx, through); err != nil {
			return was, err
		}
	}
	err = tx.QueryRow(ctx, `SELECT day FROM signals WHERE key = @key FOR UPDATE`, pgx.NamedArgs{"key": campaigns.Watermark(ch, practice)}).Scan(&was)
	if errors.Is(err, pgx.ErrNoRows) && ch == campaigns.Practice {
		return was, fault.In("practice", fault.NotFound, "No campaign has people at this practice.")
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return was, fmt.Errorf("declare watermark: %w", err)
	}
	return was, nil
}

// scansRead refuses while a file of scanned forms that came by a day is still to be read.
func scansRead(ctx context.Context, tx pgx.Tx, through calendar.Date) error {
	var files int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM scans WHERE state = 'waiting' AND received_on <= @through`, pgx.NamedArgs{"through": through}).Scan(&files)
	if err != nil {
		return fmt.Errorf("look for scans to be read: %w", err)
	}
	if files > 0 {
		return fault.New(fault.Refused, "%d files of scanned forms that came by then are still being read. Declare it when they have been.", files)
	}
	return nil
}

func (d *Desk) setWatermark(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, second campaigns.StaffID, ch campaigns.Channel, practice string, through calendar.Date) error {
	key := campaigns.Watermark(ch, practice)
	if err := d.Register.SetSignal(ctx, tx, now, key, time.Time{}, through, "", by.ID, second); err != nil {
		return err
	}
	if err := d.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "declare watermark", Object: "signal", ID: key,
		Detail: map[string]any{"through": through}}); err != nil {
		return err
	}
	return d.watchLate(ctx, tx, now, ch, practice)
}

// watchLate keeps the alarm in step that a day was declared complete and an
// answer received by it came afterwards and matches nobody: the day may have
// to be lowered, which takes two people.
func (d *Desk) watchLate(ctx context.Context, tx pgx.Tx, now time.Time, ch campaigns.Channel, practice string) error {
	key := campaigns.Watermark(ch, practice)
	var late int
	err := tx.QueryRow(ctx, `
		SELECT count(*) FROM signals s JOIN holds h ON h.received_on <= s.day
		WHERE s.key = @key AND h.settled_at IS NULL AND h.channel = @channel AND h.cause = 'nobody found'
			AND (@practice = '' OR h.told->>'practice' = @practice) AND NOT EXISTS (SELECT FROM hold_candidates c WHERE c.hold_id = h.id)`,
		pgx.NamedArgs{"key": key, "channel": ch, "practice": practice}).Scan(&late)
	if err != nil {
		return fmt.Errorf("look for late answers: %w", err)
	}
	if late == 0 {
		return d.Register.Clear(ctx, tx, now, "late answer", key)
	}
	return d.Register.Raise(ctx, tx, now, "late answer", key,
		fmt.Sprintf("%d answers came after their day was declared complete and match nobody. Settle them, or lower the watermark %s.", late, key))
}

// FeedSpoke notes that a feed has given a complete answer now.
func (d *Desk) FeedSpoke(ctx context.Context, key string) error {
	return d.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return d.Register.SetSignal(ctx, tx, now, key, now, calendar.Date{}, "", 0, 0)
	})
}

// WatermarkLine is how far one channel or practice has come.
type WatermarkLine struct {
	Channel      campaigns.Channel
	Practice     string
	PracticeName string
	Through      calendar.Date
	DeclaredAt   time.Time
	Waiting      int // people whose window is over and who wait for just this
}

// Watermarks lists the channels, then the practices of the viewer's region
// that hold somebody back or have ever declared.
func (d *Desk) Watermarks(ctx context.Context, by campaigns.Viewer) ([]WatermarkLine, error) {
	rows, err := d.Pool.Query(ctx, `
		WITH waits AS (SELECT blocked_by, count(*)::int AS n FROM windows WHERE blocked_by IS NOT NULL GROUP BY blocked_by)
		SELECT CASE WHEN p.code IS NULL THEN split_part(s.key, ':', 2) ELSE 'practice' END, coalesce(p.code, ''), coalesce(p.name, ''), s.day,
			s.changed_at, coalesce(w.n, 0)
		FROM signals s LEFT JOIN waits w ON w.blocked_by = s.key
		LEFT JOIN practices p ON s.key = 'watermark:practice:' || p.code
		WHERE starts_with(s.key, 'watermark:') AND (p.code IS NULL OR (w.n > 0 OR s.day IS NOT NULL) AND `+campaigns.WithinRegion+`)
		ORDER BY p.code IS NOT NULL, coalesce(w.n, 0) DESC, s.key`, pgx.NamedArgs{"region": by.Region, "day": d.Clock.Today()})
	if err != nil {
		return nil, fmt.Errorf("list watermarks: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[WatermarkLine])
}
