package letters

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// Figure is a quantity that a vendor reports of something it will charge for.
type Figure struct {
	ID             int64
	LineItem       string
	Quantity       float64
	EffectiveAt    time.Time
	Specification  string
	Batch          string
	StockRemaining *float64
}

// TakeFigure keeps a figure and returns its number. A specification under which
// the vendor has no letters is fault.NotFound.
func (m *Mailroom) TakeFigure(ctx context.Context, vendor VendorID, f Figure) (id int64, err error) {
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if f.Specification != "" {
			rows, err := tx.Query(ctx, `SELECT DISTINCT `+specification+` FROM batches b JOIN packs k ON k.id = b.pack_id
				WHERE b.vendor_id = @vendor AND b.state IN ('sealed', 'accepted', 'rejected', 'posted')`, pgx.NamedArgs{"vendor": vendor})
			if err != nil {
				return fmt.Errorf("find specifications: %w", err)
			}
			known, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return fmt.Errorf("find specifications: %w", err)
			}
			if !slices.Contains(known, f.Specification) {
				return fault.New(fault.NotFound, "None of your letters has this specificationId.")
			}
		}
		err := tx.QueryRow(ctx, `
			INSERT INTO vendor_figures (vendor_id, line_item, quantity, effective_at, specification, batch_code, stock_remaining, recorded_at)
			VALUES (@vendor, @item, @quantity, @at, @specification, @batch, @stock, @now) RETURNING id`,
			pgx.NamedArgs{"vendor": vendor, "item": f.LineItem, "quantity": f.Quantity, "at": f.EffectiveAt, "specification": f.Specification,
				"batch": f.Batch, "stock": f.StockRemaining, "now": now}).Scan(&id)
		if err != nil {
			return fmt.Errorf("keep figure: %w", err)
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{Vendor: int64(vendor), Action: "report figure", Object: "figure", ID: fmt.Sprint(id)})
	})
	return id, err
}

// Figure reads a figure that a vendor reported.
func (m *Mailroom) Figure(ctx context.Context, vendor VendorID, id int64) (Figure, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT id, line_item, quantity, effective_at, specification, batch_code, stock_remaining FROM vendor_figures WHERE vendor_id = @vendor AND id = @id`,
		pgx.NamedArgs{"vendor": vendor, "id": id})
	if err != nil {
		return Figure{}, fmt.Errorf("read figure: %w", err)
	}
	f, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Figure])
	return f, orAbsent(err, "figure")
}
