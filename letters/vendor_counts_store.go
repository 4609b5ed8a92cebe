package letters

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// SheetCount is how many pieces of a batch have so many sheets.
type SheetCount struct {
	Sheets int `json:"sheets"`
	Pieces int `json:"pieces"`
}

// SheetCounts counts the pieces of sealed batches of a vendor by their sheets.
// Each batch is counted once, and remembered with it.
func (m *Mailroom) SheetCounts(ctx context.Context, vendor VendorID, list []Batch) (map[BatchID][]SheetCount, error) {
	ids := make([]BatchID, len(list))
	for i, b := range list {
		ids[i] = b.ID
	}
	args := pgx.NamedArgs{"ids": ids, "vendor": vendor}
	_, err := m.Pool.Exec(ctx, `
		UPDATE batches b SET sheet_counts = coalesce((
			SELECT jsonb_agg(jsonb_build_object('sheets', n.sheets, 'pieces', n.pieces) ORDER BY n.sheets)
			FROM (SELECT p.sheets, count(*) AS pieces FROM pieces p WHERE p.batch_id = b.id GROUP BY p.sheets) n), '[]')
		WHERE b.id = ANY(@ids) AND b.vendor_id = @vendor AND b.sheet_counts IS NULL AND b.state IN ('sealed', 'accepted', 'rejected', 'posted')`, args)
	if err != nil {
		return nil, fmt.Errorf("count sheets: %w", err)
	}
	rows, err := m.Pool.Query(ctx, `SELECT id, sheet_counts FROM batches WHERE id = ANY(@ids) AND vendor_id = @vendor AND sheet_counts IS NOT NULL`, args)
	if err != nil {
		return nil, fmt.Errorf("read counts of sheets: %w", err)
	}
	found := make(map[BatchID][]SheetCount, len(list))
	var id BatchID
	var counts []SheetCount
	_, err = pgx.ForEachRow(rows, []any{&id, &counts}, func() error {
		found[id], counts = counts, nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read counts of sheets: %w", err)
	}
	return found, nil
}
