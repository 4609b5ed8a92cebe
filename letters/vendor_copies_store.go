package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// DeclareDestroyed takes a vendor's word that it has destroyed its copies of a
// batch, which it may once nothing of it is left to be posted. Said again it
// changes nothing, and already is true.
func (m *Mailroom) DeclareDestroyed(ctx context.Context, vendor VendorID, code string, on calendar.Date) (already bool, err error) {
	err = m.hearing(ctx, func(tx pgx.Tx, now time.Time, no refusing) error {
		b, err := lockBatchOf(ctx, tx, vendor, code)
		if err != nil {
			return err
		}
		today := calendar.DateOf(now)
		if on.IsZero() {
			on = today
		}
		line := batchReport{vendor: vendor, batch: b.ID, kind: "destroyed", on: on}
		switch {
		case b.State != PostedWhole && b.State != RejectedWhole:
			return no(line, fault.New(fault.Refused, "Letters of batch %s are still to be posted.", b.Code))
		case on.After(today):
			return no(line, fault.In("date", fault.Invalid, "%s lies in the future.", on.Long()))
		case on.Before(calendar.DateOf(b.SealedAt)):
			return no(line, fault.In("date", fault.Invalid, "The batch did not exist on %s.", on.Long()))
		}
		tag, err := tx.Exec(ctx, `INSERT INTO copies_destroyed (batch_id, destroyed_on, recorded_at) VALUES (@id, @on, @now) ON CONFLICT DO NOTHING`,
			pgx.NamedArgs{"id": b.ID, "on": on, "now": now})
		if err != nil {
			return fmt.Errorf("note destroyed copies: %w", err)
		}
		if already = tag.RowsAffected() == 0; already {
			return nil
		}
		return m.audit(ctx, tx, now, vendor, "destroyed copies", b, map[string]any{"on": on.String()})
	})
	return already, err
}

// keptTooLong warns of vendors who have not said that they destroyed their
// copies within the days that were agreed.
func (m *Mailroom) keptTooLong(ctx context.Context, today calendar.Date) ([]Warning, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT v.code, v.name, count(*)::int, min(b.code) FROM batches b JOIN vendors v ON v.id = b.vendor_id
		WHERE b.state IN ('posted', 'rejected') AND b.pulled_at IS NOT NULL
			AND (coalesce(b.posted_at, b.rejected_at) AT TIME ZONE 'Europe/London')::date + v.retention_days < @today
			AND NOT EXISTS (SELECT FROM copies_destroyed d WHERE d.batch_id = b.id)
		GROUP BY v.id ORDER BY v.code`, pgx.NamedArgs{"today": today})
	if err != nil {
		return nil, fmt.Errorf("look for copies kept too long: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Warning, error) {
		var code, name, first string
		var n int
		err := row.Scan(&code, &name, &n, &first)
		return Warning{"copies kept", "vendor:" + code,
			fmt.Sprintf("%s was to destroy its copies and has not said so, of %d batches; the first is %s. Remind it.", name, n, first)}, err
	})
}
