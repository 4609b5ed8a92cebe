package letters

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// Ledger is the account of each sealed batch that somebody sees, oldest first.
// Released is what the sealing wrote down, the other numbers are counted now,
// so that a piece that got lost is seen.
func (m *Mailroom) Ledger(ctx context.Context, by campaigns.Viewer, f BalanceFilter) ([]Account, error) {
	args := pricedArgs(pgx.NamedArgs{"campaign": f.Campaign, "wave": f.Wave, "vendor": f.Vendor, "batch": f.Batch, "region": by.Region})
	rows, err := m.Pool.Query(ctx, `
		WITH k AS (
			SELECT p.batch_id, p.state, p.sheets, p.posted_on, count(*) AS n, count(p.suspected_at) AS suspected, min(p.state_at) AS since,
				count(p.returned_on) FILTER (WHERE p.posted_on IS NULL) AS unposted
			FROM pieces p JOIN batches b ON b.id = p.batch_id JOIN campaigns c ON c.id = b.campaign_id WHERE `+chosen+` GROUP BY 1, 2, 3, 4),
		n AS (
			SELECT k.batch_id, coalesce(sum(n) FILTER (WHERE k.state IN ('posted', 'returned')), 0)::int AS posted,
				coalesce(sum(n) FILTER (WHERE k.state = 'returned'), 0)::int AS returned, sum(suspected)::int AS suspected, sum(unposted)::int AS unposted,
				coalesce(sum(n) FILTER (WHERE k.state = 'spoiled'), 0)::int AS spoiled, coalesce(sum(n) FILTER (WHERE k.state = 'rejected'), 0)::int AS rejected,
				coalesce(sum(n) FILTER (WHERE k.state = 'recalled'), 0)::int AS recalled, coalesce(sum(n) FILTER (WHERE k.state = 'failed'), 0)::int AS failed,
				coalesce(sum(n) FILTER (WHERE k.state = 'forwarded'), 0)::int AS forwarded,
				coalesce(sum(n) FILTER (WHERE k.state IN ('released', 'accepted', 'printed', 'enclosed')), 0)::int AS still,
				min(since) FILTER (WHERE k.state IN ('released', 'accepted', 'printed', 'enclosed')) AS oldest
			FROM k GROUP BY 1),
		money AS (
			SELECT g.id, coalesce(sum(g.n * t.price), 0)::bigint AS postage, coalesce(sum(g.n) FILTER (WHERE t.price IS NULL), 0)::int AS unpriced
			FROM (
				SELECT b.id, b.postage, CASE WHEN f.format = ANY(@unfolded) THEN 'large letter' ELSE 'letter' END AS size, k.sheets, k.posted_on AS day, sum(k.n) AS n
				FROM k JOIN batches b ON b.id = k.batch_id JOIN packs f ON f.id = b.pack_id
				WHERE k.state IN ('posted', 'returned') AND k.posted_on IS NOT NULL GROUP BY 1, 2, 3, 4, 5) g`+priced+` GROUP BY g.id)
		SELECT b.id, b.code, coalesce(b.wave_id, 0), v.code, (b.sealed_at AT TIME ZONE 'Europe/London')::date, b.pieces,
			c.code, coalesce(w.number, 0), v.name, b.state, b.due_at, coalesce(b.pulled_at, '0001-01-01Z'), coalesce(b.accepted_at, '0001-01-01Z'),
			coalesce(n.posted, 0), coalesce(n.returned, 0), coalesce(n.suspected, 0), coalesce(n.spoiled, 0), coalesce(n.rejected, 0), coalesce(n.recalled, 0),
			coalesce(n.failed, 0), coalesce(n.forwarded, 0), coalesce(n.still, 0), coalesce(n.oldest, '0001-01-01Z'), coalesce(r.open, 0),
			f.code, v.packs = '{}' OR f.code = ANY(v.packs), coalesce(money.postage, 0), coalesce(money.unpriced, 0), coalesce(n.unposted, 0)
		FROM batches b JOIN vendors v ON v.id = b.vendor_id JOIN campaigns c ON c.id = b.campaign_id JOIN packs f ON f.id = b.pack_id
		LEFT JOIN waves w ON w.id = b.wave_id LEFT JOIN n ON n.batch_id = b.id LEFT JOIN money ON money.id = b.id
		LEFT JOIN (
			SELECT p.batch_id, count(*)::int AS open FROM recalls r JOIN pieces p ON p.id = r.piece_id WHERE r.answered_at IS NULL GROUP BY 1) r ON r.batch_id = b.id
		WHERE b.state IN ('sealed', 'accepted', 'rejected', 'posted') AND `+chosen+` ORDER BY b.id`, args)
	if err != nil {
		return nil, fmt.Errorf("read the vendors' accounts: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Account, err error) {
		n := &a.Balance
		err = row.Scan(&a.ID, &n.Batch, &n.Wave, &n.Vendor, &n.ReleasedOn, &n.Released, &a.CampaignCode, &a.WaveNumber, &a.VendorName, &a.State,
			&a.DueAt, &a.PulledAt, &a.AcceptedAt, &n.Posted, &n.Returned, &n.Suspected, &n.Spoiled, &n.Rejected, &n.Recalled, &n.Failed,
			&n.Forwarded, &n.Still, &a.OldestStill, &a.OpenRecalls, &a.Pack, &a.MayPrint,
			&a.Postage, &a.Unpriced, &a.Unposted)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the vendors' accounts: %w", err)
	}
	return list, m.addInvoices(ctx, list, args)
}

// chosen is the condition of a BalanceFilter for batches b of campaigns c.
const chosen = `(@campaign = 0 OR b.campaign_id = @campaign) AND (@wave::bigint = 0 OR b.wave_id = @wave) AND (@vendor::bigint = 0 OR b.vendor_id = @vendor)
	AND (@batch::bigint = 0 OR b.id = @batch) AND (@region = '' OR c.region_code = @region)`

// addInvoices adds what invoices charge.
func (m *Mailroom) addInvoices(ctx context.Context, list []Account, args pgx.NamedArgs) error {
	at := make(map[BatchID]*Account, len(list))
	for i := range list {
		at[list[i].ID] = &list[i]
	}
	rows, err := m.Pool.Query(ctx, `
		SELECT i.batch_id, sum(i.amount)::bigint, max(i.pieces)::int FROM (
			SELECT l.batch_id, l.item, sum(l.amount) AS amount, sum(l.quantity) AS pieces
			FROM invoice_lines l JOIN batches b ON b.id = l.batch_id JOIN campaigns c ON c.id = b.campaign_id WHERE `+chosen+` GROUP BY 1, 2) i GROUP BY 1`, args)
	if err != nil {
		return fmt.Errorf("read what invoices charge: %w", err)
	}
	var id BatchID
	var money Money
	var n int
	if _, err = pgx.ForEachRow(rows, []any{&id, &money, &n}, func() error {
		if a := at[id]; a != nil {
			a.Invoiced, a.Charged = money, n
		}
		return nil
	}); err != nil {
		return fmt.Errorf("read what invoices charge: %w", err)
	}
	return nil
}

const (
	returnsWatched = 90  // days of posting over which a share of returns is looked at
	returnsLimit   = 5.0 // in a hundred; more than that came back is no longer usual
	recallWithin   = 2   // working days in which a vendor answers a recall
)

// warningKinds are the alarms that WatchVendors keeps in step.
var warningKinds = []string{"vendor books", "returns of a practice", "returns of a vendor", "unanswered recalls", "vendor not told", "copies kept"}

// WatchVendors looks through the vendors' books, raises an alarm for whatever
// does not fit, and clears those that are settled. It is asked once a night.
func (m *Mailroom) WatchVendors(ctx context.Context) error {
	list, err := m.warnings(ctx)
	if err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		kinds, keys := make([]string, len(list)), make([]string, len(list))
		for i, w := range list {
			kinds[i], keys[i] = w.Kind, w.Key
			if err := m.Register.Raise(ctx, tx, now, w.Kind, w.Key, w.Sentence); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `
			UPDATE alarms a SET cleared_at = @now WHERE a.cleared_at IS NULL AND a.kind = ANY(@watched)
				AND NOT EXISTS (SELECT FROM unnest(@kinds::text[], @keys::text[]) u (kind, key) WHERE u.kind = a.kind AND u.key = a.key)`,
			pgx.NamedArgs{"now": now, "watched": warningKinds, "kinds": kinds, "keys": keys})
		if err != nil {
			return fmt.Errorf("clear alarms: %w", err)
		}
		return nil
	})
}

func (m *Mailroom) warnings(ctx context.Context) ([]Warning, error) {
	accounts, err := m.Ledger(ctx, campaigns.Viewer{}, BalanceFilter{})
	if err != nil {
		return nil, err
	}
	var list []Warning
	for _, a := range accounts {
		if wrong := a.Wrong(); len(wrong) > 0 {
			list = append(list, Warning{warningKinds[0], "batch:" + a.Batch, strings.Join(wrong, " ")})
		}
	}
	today := m.Clock.Today()
	returned, err := m.returnedShares(ctx, today)
	if err != nil {
		return nil, err
	}
	working, err := m.Register.Working(ctx)
	if err != nil {
		return nil, err
	}
	late, err := m.lateRecalls(ctx, working.Add(today, -recallWithin))
	if err != nil {
		return nil, err
	}
	untold, err := m.untold(ctx)
	if err != nil {
		return nil, err
	}
	copies, err := m.keptTooLong(ctx, today)
	return slices.Concat(list, returned, late, untold, copies), err
}

// returnedShares warns of practices and vendors of whose letters too many came back.
func (m *Mailroom) returnedShares(ctx context.Context, today calendar.Date) ([]Warning, error) {
	rows, err := m.Pool.Query(ctx, `
		WITH sent AS (
			SELECT b.vendor_id, coalesce(e.practice_code, '') AS practice, p.returned_on IS NOT NULL AS back
			FROM pieces p JOIN batches b ON b.id = p.batch_id
			LEFT JOIN people e ON e.id = p.person_id WHERE p.posted_on >= @since)
		SELECT 'returns of a practice', 'practice:' || practice, 'practice ' || practice, count(*)::int, count(*) FILTER (WHERE back)::int
		FROM sent WHERE practice <> '' GROUP BY practice
		UNION ALL
		SELECT 'returns of a vendor', 'vendor:' || v.code, v.name, count(*)::int, count(*) FILTER (WHERE back)::int
		FROM sent JOIN vendors v ON v.id = vendor_id GROUP BY v.id ORDER BY 1, 2`, pgx.NamedArgs{"since": today.AddDays(-returnsWatched)})
	if err != nil {
		return nil, fmt.Errorf("count returns: %w", err)
	}
	var list []Warning
	var w Warning
	var name string
	var sent, back int
	_, err = pgx.ForEachRow(rows, []any{&w.Kind, &w.Key, &name, &sent, &back}, func() error {
		if tooMany(back, sent, returnsLimit) {
			w.Sentence = fmt.Sprintf("Of %d letters of %s that were posted in %d days %d came back, more than %g in a hundred.", sent, name, returnsWatched, back, returnsLimit)
			list = append(list, w)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count returns: %w", err)
	}
	return list, nil
}

// lateRecalls warns of vendors who have not answered recalls since before a day.
func (m *Mailroom) lateRecalls(ctx context.Context, day calendar.Date) ([]Warning, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT v.code, v.name, count(*)::int FROM recalls r JOIN vendors v ON v.id = r.vendor_id
		WHERE r.answered_at IS NULL AND r.asked_at < @before GROUP BY v.id ORDER BY v.code`, pgx.NamedArgs{"before": day.Start()})
	if err != nil {
		return nil, fmt.Errorf("count open recalls: %w", err)
	}
	var list []Warning
	var code, name string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&code, &name, &n}, func() error {
		list = append(list, Warning{warningKinds[3], "vendor:" + code,
			fmt.Sprintf("%s was asked to take out letters (%d) more than %d working days ago and has not answered.", name, n, recallWithin)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count open recalls: %w", err)
	}
	return list, nil
}
