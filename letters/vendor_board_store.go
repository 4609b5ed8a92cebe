package letters

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// standing is where a batch b stands on its vendor's board, as Batch.Board says.
const standing = `CASE b.state WHEN 'posted' THEN 'posted' WHEN 'rejected' THEN 'rejected' WHEN 'accepted' THEN 'post'
	ELSE CASE WHEN b.pulled_at IS NULL THEN 'pull' ELSE 'accept' END END`

const onBoard = `b.vendor_id = @vendor AND b.state IN ('sealed', 'accepted', 'rejected', 'posted')`

// BoardCounts sums up the lists of a vendor's board by their names.
func (m *Mailroom) BoardCounts(ctx context.Context, vendor VendorID) (map[string]BoardCount, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT `+standing+`, count(*)::int, coalesce(sum(b.pieces), 0)::int, coalesce(sum(b.sheets), 0)::int, coalesce(sum(b.pdf_bytes), 0)::bigint
		FROM batches b WHERE `+onBoard+` GROUP BY 1`, pgx.NamedArgs{"vendor": vendor})
	if err != nil {
		return nil, fmt.Errorf("count a vendor's batches: %w", err)
	}
	found := map[string]BoardCount{}
	var name string
	var n BoardCount
	_, err = pgx.ForEachRow(rows, []any{&name, &n.Batches, &n.Pieces, &n.Sheets, &n.Bytes}, func() error { found[name] = n; return nil })
	if err != nil {
		return nil, fmt.Errorf("count a vendor's batches: %w", err)
	}
	found[BoardOpen] = found[BoardPull].add(found[BoardAccept]).add(found[BoardPost])
	return found, nil
}

// Board lists the batches of one list of a vendor's board: what is to be done
// by its deadline, what is done newest first; at most n after skipping some.
func (m *Mailroom) Board(ctx context.Context, vendor VendorID, list string, skip, n int) ([]BoardLine, error) {
	rows, err := m.Pool.Query(ctx, batchSelect+`
		WHERE `+onBoard+` AND (`+standing+` = @list OR @list = 'open' AND b.state IN ('sealed', 'accepted'))
		ORDER BY CASE WHEN b.state IN ('sealed', 'accepted') THEN b.due_at END NULLS LAST, CASE WHEN b.state IN ('posted', 'rejected') THEN -b.id ELSE b.id END
		OFFSET @skip LIMIT @n`, pgx.NamedArgs{"vendor": vendor, "list": list, "skip": skip, "n": n})
	if err != nil {
		return nil, fmt.Errorf("list a vendor's board: %w", err)
	}
	batches, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Batch])
	if err != nil {
		return nil, fmt.Errorf("list a vendor's board: %w", err)
	}
	lines := make([]BoardLine, len(batches))
	at, ids := map[BatchID]*BoardLine{}, make([]BatchID, len(batches))
	for i, b := range batches {
		lines[i].Batch, ids[i], at[b.ID] = b, b.ID, &lines[i]
	}
	return lines, m.remarks(ctx, ids, at)
}

// remarks adds what is to be known of batches that are not posted yet.
func (m *Mailroom) remarks(ctx context.Context, ids []BatchID, at map[BatchID]*BoardLine) error {
	rows, err := m.Pool.Query(ctx, `
		SELECT b.id, (SELECT count(*) FROM recalls r JOIN pieces p ON p.id = r.piece_id WHERE p.batch_id = b.id AND r.answered_at IS NULL)::int, n.last
		FROM unnest(@ids::bigint[]) i (id) JOIN batches b ON b.id = i.id
		LEFT JOIN LATERAL (SELECT min(n.printed_last_on) AS last FROM pieces p JOIN notices n ON n.campaign_id = p.campaign_id AND n.id = p.notice_id
			WHERE p.batch_id = b.id AND b.state IN ('sealed', 'accepted')) n ON true`, pgx.NamedArgs{"ids": ids})
	if err != nil {
		return fmt.Errorf("read remarks of batches: %w", err)
	}
	var id BatchID
	var line BoardLine
	_, err = pgx.ForEachRow(rows, []any{&id, &line.OpenRecalls, &line.LastDay}, func() error {
		at[id].OpenRecalls, at[id].LastDay = line.OpenRecalls, line.LastDay
		return nil
	})
	if err != nil {
		return fmt.Errorf("read remarks of batches: %w", err)
	}
	return nil
}

// Waits says what waits for a vendor.
func (m *Mailroom) Waits(ctx context.Context, vendor VendorID) (w VendorWaits, err error) {
	err = m.Pool.QueryRow(ctx, `
		SELECT r.n, r.batches, coalesce(d.n, 0), coalesce(d.first, ''), coalesce(d.last, ''), d.by,
			coalesce((SELECT max(used_at) FROM vendor_keys WHERE vendor_id = @vendor), '0001-01-01Z')
		FROM (SELECT count(*)::int AS n, count(DISTINCT p.batch_id)::int AS batches FROM recalls r JOIN pieces p ON p.id = r.piece_id
			WHERE r.vendor_id = @vendor AND r.answered_at IS NULL) r
		CROSS JOIN (SELECT count(*)::int AS n, min(b.code) AS first, max(b.code) AS last,
				min((coalesce(b.posted_at, b.rejected_at) AT TIME ZONE 'Europe/London')::date + v.retention_days) AS by
			FROM batches b JOIN vendors v ON v.id = b.vendor_id WHERE b.vendor_id = @vendor AND b.state IN ('posted', 'rejected') AND b.pulled_at IS NOT NULL
				AND NOT EXISTS (SELECT FROM copies_destroyed x WHERE x.batch_id = b.id)) d`, pgx.NamedArgs{"vendor": vendor}).
		Scan(&w.Recalls, &w.RecallBatches, &w.Copies, &w.CopiesFirst, &w.CopiesLast, &w.CopiesBy, &w.KeyUsedAt)
	if err != nil {
		return w, fmt.Errorf("ask what waits for a vendor: %w", err)
	}
	proofs, err := m.Proofs(ctx, vendor)
	for _, p := range proofs {
		if !p.Passed {
			w.Proofs++
		}
	}
	return w, err
}

// VendorAlarms lists what was found wrong with a vendor's own doings, newest
// first: the sentences of alarms that name it or one of its batches.
func (m *Mailroom) VendorAlarms(ctx context.Context, vendor VendorID) ([]string, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT a.sentence FROM alarms a JOIN vendors v ON v.id = @vendor
		WHERE a.cleared_at IS NULL AND a.kind = ANY(@kinds) AND (a.key IN ('vendor:' || v.code, v.code)
			OR a.key LIKE 'batch:%' AND EXISTS (SELECT FROM batches b WHERE b.vendor_id = v.id AND a.key = 'batch:' || b.code))
		ORDER BY a.id DESC LIMIT 20`, pgx.NamedArgs{"vendor": vendor, "kinds": append([]string{wrongNetwork, "vendor drop"}, warningKinds...)})
	if err != nil {
		return nil, fmt.Errorf("list a vendor's alarms: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Invoices lists the invoices of a vendor, newest first.
func (m *Mailroom) Invoices(ctx context.Context, vendor VendorID) ([]InvoiceLook, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT i.id, i.number, i.issued_on, i.total, (SELECT count(*) FROM invoice_lines l WHERE l.invoice_id = i.id)::int, i.received_at
		FROM invoices i WHERE i.vendor_id = @vendor ORDER BY i.id DESC LIMIT 200`, pgx.NamedArgs{"vendor": vendor})
	if err != nil {
		return nil, fmt.Errorf("list invoices: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[InvoiceLook])
}

// InvoiceOf reads an invoice of a vendor with what each line comes to.
// Another vendor's is as absent as none.
func (m *Mailroom) InvoiceOf(ctx context.Context, vendor VendorID, id int64) (v Invoice, checks []InvoiceCheck, err error) {
	err = pgx.BeginTxFunc(ctx, m.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		var ours bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM invoices WHERE id = @id AND vendor_id = @vendor)`, pgx.NamedArgs{"id": id, "vendor": vendor}).Scan(&ours); err != nil {
			return fmt.Errorf("read invoice: %w", err)
		}
		if !ours {
			return fault.New(fault.NotFound, "There is no such invoice.")
		}
		if v, err = readInvoice(ctx, tx, id); err != nil {
			return err
		}
		checks, err = checkInvoice(ctx, tx, vendor, id)
		return err
	})
	return v, checks, err
}
