package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// Contradiction is something that a vendor said and that does not fit what is
// known: a report that was refused, a posting that was taken back, or what is
// wrong in the books of a batch.
type Contradiction struct {
	At        time.Time // zero for what is wrong in the books now
	Batch     string    // "" where what was said fits no batch
	Reference string    // "" where a whole batch was spoken of
	Said      string    // accepted, posted, returned …, other; in the books: sum, pack, never fetched, never posted, charged
	On        calendar.Date
	Why       string
}

// Contradictions lists what a vendor said since a moment that does not fit,
// oldest first, and after that what is wrong in the books of its batches now.
// Somebody of a region sees what concerns the batches of that region.
func (m *Mailroom) Contradictions(ctx context.Context, by campaigns.Viewer, vendor VendorID, since time.Time) ([]Contradiction, error) {
	// A dispatch leaves a line for each piece that was refused, and one that counts them.
	rows, err := m.Pool.Query(ctx, `
		SELECT r.recorded_at, coalesce(b.code, ''), r.reference, r.kind, r.report_on, r.why
		FROM reports r LEFT JOIN batches b ON b.id = r.batch_id LEFT JOIN campaigns c ON c.id = b.campaign_id
		WHERE r.vendor_id = @vendor AND r.recorded_at >= @since AND (@region = '' OR c.region_code = @region)
			AND (r.verdict = 'refused' AND NOT (r.reference = '' AND r.why ~ '^[0-9]+ applied, ')
				OR r.verdict <> 'refused' AND r.piece_id IS NOT NULL AND r.why <> '')
		ORDER BY r.id`, pgx.NamedArgs{"vendor": vendor, "since": since, "region": by.Region})
	if err != nil {
		return nil, fmt.Errorf("list contradictions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Contradiction])
	if err != nil {
		return nil, fmt.Errorf("list contradictions: %w", err)
	}
	accounts, err := m.Ledger(ctx, by, BalanceFilter{Vendor: vendor})
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		for _, w := range a.misfits() {
			list = append(list, Contradiction{Batch: a.Batch, Said: w.kind, Why: w.says})
		}
	}
	return list, nil
}
