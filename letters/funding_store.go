package letters

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/funding"
)

// PostedDays tells how many pieces of each wave were posted on each day, what
// came back of them, and their postage by the tariff of that day. It is for
// the funding room.
func (m *Mailroom) PostedDays(ctx context.Context) ([]funding.Posted, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT g.campaign_id, g.wave, g.day, sum(g.n)::int, sum(g.back)::int, coalesce(sum(g.n * t.price), 0)::bigint, coalesce(sum(g.n) FILTER (WHERE t.price IS NULL), 0)::int
		FROM (
			SELECT b.campaign_id, coalesce(b.wave_id, 0) AS wave, b.postage, CASE WHEN k.format = ANY(@unfolded) THEN 'large letter' ELSE 'letter' END AS size, p.sheets, p.posted_on AS day,
				count(*) AS n, count(p.returned_on) AS back
			FROM batches b JOIN packs k ON k.id = b.pack_id JOIN pieces p ON p.batch_id = b.id WHERE p.posted_on IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6
		) g`+priced+` GROUP BY 1, 2, 3 ORDER BY 3, 1, 2`, pricedArgs(pgx.NamedArgs{}))
	if err != nil {
		return nil, fmt.Errorf("read posted days: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[funding.Posted])
}

// Invoiced is what invoices charge for the batches of each campaign, by
// its code, all items together. It is for the funding room.
func (m *Mailroom) Invoiced(ctx context.Context) (map[string]Money, error) {
	ledger, err := m.Ledger(ctx, campaigns.Viewer{Role: campaigns.RoleNational}, BalanceFilter{})
	if err != nil {
		return nil, err
	}
	all := map[string]Money{}
	for _, a := range ledger {
		all[a.CampaignCode] += a.Invoiced
	}
	return all, nil
}

// usualSheets is a standard letter: two pages and the form.
const usualSheets = 2

// EachLetter is what posting one letter of a campaign costs on average so
// far; where none has a price, what a standard letter of its pack costs by
// the tariff of a day. It is for the funding room.
func (m *Mailroom) EachLetter(ctx context.Context, campaign campaigns.CampaignID, on calendar.Date) (Money, error) {
	c, err := m.Cost(ctx, CostFilter{Campaign: campaign})
	if err != nil || c.Each() > 0 {
		return c.Each(), err
	}
	price, _, err := m.PriceOf(ctx, "second", "", usualSheets, on)
	return price, err
}
