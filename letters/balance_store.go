package letters

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
)

// BalanceFilter chooses batches to balance; zero fields choose all.
type BalanceFilter struct {
	Campaign campaigns.CampaignID
	Wave     campaigns.WaveID
	Vendor   VendorID
	Batch    BatchID
}

// Reconciliation balances each sealed batch of a campaign.
func (m *Mailroom) Reconciliation(ctx context.Context, campaign campaigns.CampaignID) ([]Balance, error) {
	return m.Reconcile(ctx, BalanceFilter{Campaign: campaign})
}

// Reconcile counts what became of the pieces of each sealed batch. Released is
// what the sealing wrote down, the other numbers are counted now, so that a
// piece that got lost is seen. Balance.Add sums them to waves and vendors.
func (m *Mailroom) Reconcile(ctx context.Context, f BalanceFilter) ([]Balance, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT b.code, coalesce(b.wave_id, 0), v.code, (b.sealed_at AT TIME ZONE 'Europe/London')::date, b.pieces,
			count(*) FILTER (WHERE p.state IN ('posted', 'returned'))::int, count(*) FILTER (WHERE p.state = 'returned')::int,
			count(*) FILTER (WHERE p.suspected_at IS NOT NULL)::int, count(*) FILTER (WHERE p.state = 'spoiled')::int,
			count(*) FILTER (WHERE p.state = 'rejected')::int, count(*) FILTER (WHERE p.state = 'recalled')::int,
			count(*) FILTER (WHERE p.state = 'failed')::int, count(*) FILTER (WHERE p.state = 'forwarded')::int,
			count(*) FILTER (WHERE p.state IN ('released', 'accepted', 'printed', 'enclosed'))::int
		FROM batches b JOIN vendors v ON v.id = b.vendor_id LEFT JOIN pieces p ON p.batch_id = b.id
		WHERE b.state IN ('sealed', 'accepted', 'rejected', 'posted') AND (@campaign = 0 OR b.campaign_id = @campaign)
			AND (@wave::bigint = 0 OR b.wave_id = @wave) AND (@vendor = 0 OR b.vendor_id = @vendor) AND (@batch = 0 OR b.id = @batch)
		GROUP BY b.id, v.id ORDER BY b.id`,
		pgx.NamedArgs{"campaign": f.Campaign, "wave": f.Wave, "vendor": f.Vendor, "batch": f.Batch})
	if err != nil {
		return nil, fmt.Errorf("balance batches: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Balance])
}
