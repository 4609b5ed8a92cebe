package letters

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// TakeInvoice keeps an invoice as it came and compares its lines with the
// pieces that were reported as posted. The same invoice again changes nothing;
// its number with other lines is a fault.Conflict. A line for a batch that is
// not the vendor's is refused with the whole invoice.
func (m *Mailroom) TakeInvoice(ctx context.Context, vendor VendorID, v Invoice) ([]InvoiceCheck, error) {
	if err := v.check(calendar.DateOf(m.Clock())); err != nil {
		return nil, err
	}
	var checks []InvoiceCheck
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		batches, err := invoiced(ctx, tx, vendor, v)
		if err != nil {
			return err
		}
		args := pgx.NamedArgs{"vendor": vendor, "number": v.Number, "issued": v.IssuedOn, "total": int64(v.Total), "now": now}
		_, err = tx.Exec(ctx, `
			INSERT INTO invoices (vendor_id, number, issued_on, total, received_at) VALUES (@vendor, @number, @issued, @total, @now)
			ON CONFLICT (vendor_id, number) DO NOTHING`, args)
		if err != nil {
			return fmt.Errorf("keep invoice: %w", err)
		}
		var id int64
		if err := tx.QueryRow(ctx, `SELECT id FROM invoices WHERE vendor_id = @vendor AND number = @number`, args).Scan(&id); err != nil {
			return fmt.Errorf("keep invoice: %w", err)
		}
		before, err := readInvoice(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(before.Lines) == 0 {
			if err := keepLines(ctx, tx, id, v, batches); err != nil {
				return err
			}
			err := m.Register.Audit(ctx, tx, now, campaigns.Deed{Vendor: int64(vendor), Action: "invoice", Object: "invoice", ID: fmt.Sprint(id),
				Detail: map[string]any{"lines": len(v.Lines), "total": int64(v.Total)}})
			if err != nil {
				return err
			}
		} else if before.IssuedOn != v.IssuedOn || !slices.Equal(before.Lines, v.Lines) {
			return fault.In("number", fault.Conflict, "An invoice with this number came before, with other lines. Give a corrected one a number of its own.")
		}
		checks, err = checkInvoice(ctx, tx, vendor, id)
		return err
	})
	return checks, err
}

// invoiced finds the batches that an invoice names.
func invoiced(ctx context.Context, tx pgx.Tx, vendor VendorID, v Invoice) (map[string]BatchID, error) {
	codes := make([]string, len(v.Lines))
	for i, l := range v.Lines {
		codes[i] = l.Batch
	}
	rows, err := tx.Query(ctx, `
		SELECT code, id FROM batches WHERE vendor_id = @vendor AND code = ANY(@codes) AND state IN ('sealed', 'accepted', 'rejected', 'posted')`,
		pgx.NamedArgs{"vendor": vendor, "codes": codes})
	if err != nil {
		return nil, fmt.Errorf("find batches of invoice: %w", err)
	}
	found := map[string]BatchID{}
	var code string
	var id BatchID
	_, err = pgx.ForEachRow(rows, []any{&code, &id}, func() error { found[code] = id; return nil })
	if err != nil {
		return nil, fmt.Errorf("find batches of invoice: %w", err)
	}
	for i, c := range codes {
		if c != "" && found[c] == 0 {
			return nil, fault.In("lines", fault.Invalid, "Line %d is for a batch that you do not have.", i+1)
		}
	}
	return found, nil
}

func keepLines(ctx context.Context, tx pgx.Tx, id int64, v Invoice, batches map[string]BatchID) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"invoice_lines"}, []string{"invoice_id", "line", "item", "batch_id", "quantity", "unit_price", "amount"},
		pgx.CopyFromSlice(len(v.Lines), func(i int) ([]any, error) {
			l := v.Lines[i]
			return []any{id, i + 1, l.Item, orNull(batches[l.Batch]), l.Quantity, int64(l.UnitPrice), int64(l.Amount)}, nil
		}))
	if err != nil {
		return fmt.Errorf("keep lines of invoice: %w", err)
	}
	return nil
}

func readInvoice(ctx context.Context, tx pgx.Tx, id int64) (v Invoice, err error) {
	if err := tx.QueryRow(ctx, `SELECT number, issued_on, total FROM invoices WHERE id = @id`, pgx.NamedArgs{"id": id}).Scan(&v.Number, &v.IssuedOn, &v.Total); err != nil {
		return v, fmt.Errorf("read invoice: %w", err)
	}
	rows, err := tx.Query(ctx, `
		SELECT l.item, coalesce(b.code, ''), l.quantity, l.unit_price, l.amount FROM invoice_lines l LEFT JOIN batches b ON b.id = l.batch_id
		WHERE l.invoice_id = @id ORDER BY l.line`, pgx.NamedArgs{"id": id})
	if err != nil {
		return v, fmt.Errorf("read lines of invoice: %w", err)
	}
	v.Lines, err = pgx.CollectRows(rows, pgx.RowToStructByPos[InvoiceLine])
	return v, err
}

// checkInvoice compares each line with what was posted of its batch; among
// lines of one item and batch, the later ones see the earlier as charged.
func checkInvoice(ctx context.Context, tx pgx.Tx, vendor VendorID, id int64) ([]InvoiceCheck, error) {
	rows, err := tx.Query(ctx, `
		SELECT l.line, coalesce(p.posted, 0), coalesce(e.charged, 0), CASE WHEN l.batch_id IS NULL THEN 0
			ELSE least(l.quantity, greatest(0, l.quantity + coalesce(e.charged, 0) - coalesce(p.posted, 0))) END, l.batch_id IS NULL
		FROM invoice_lines l
		LEFT JOIN (SELECT batch_id, count(*)::int AS posted FROM pieces WHERE posted_on IS NOT NULL
			AND batch_id IN (SELECT batch_id FROM invoice_lines WHERE invoice_id = @id) GROUP BY batch_id) p ON p.batch_id = l.batch_id
		LEFT JOIN LATERAL (SELECT sum(o.quantity)::int AS charged FROM invoice_lines o JOIN invoices i ON i.id = o.invoice_id
			WHERE i.vendor_id = @vendor AND o.batch_id = l.batch_id AND o.item = l.item AND (o.invoice_id, o.line) < (l.invoice_id, l.line)) e ON true
		WHERE l.invoice_id = @id ORDER BY l.line`, pgx.NamedArgs{"id": id, "vendor": vendor})
	if err != nil {
		return nil, fmt.Errorf("check invoice: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (InvoiceCheck, error) {
		var c InvoiceCheck
		var apart bool
		err := row.Scan(&c.Line, &c.Posted, &c.Before, &c.Unexplained, &apart)
		switch {
		case apart:
			c.Remark = "It names no batch, so it was compared with nothing."
		case c.Unexplained > 0:
			c.Remark = fmt.Sprintf("%d pieces of the batch were reported as posted, %d were charged before; %d of this line are not explained.", c.Posted, c.Before, c.Unexplained)
		}
		return c, err
	})
}
