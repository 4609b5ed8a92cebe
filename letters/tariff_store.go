package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// Tariff lists the prices of postage, those that hold the longest last.
func (m *Mailroom) Tariff(ctx context.Context) ([]Price, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT t.postage, t.size, t.max_grams, t.valid_from, lead(t.valid_from) OVER (PARTITION BY t.postage, t.size, t.max_grams ORDER BY t.valid_from) - 1,
			t.price, coalesce(s.name, ''), t.added_at
		FROM tariffs t LEFT JOIN staff s ON s.id = t.staff_id ORDER BY t.postage, t.size, t.max_grams, t.valid_from`)
	if err != nil {
		return nil, fmt.Errorf("read tariff: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Price])
}

// AddPrice adds a line to the tariff. A line is never changed, so that what
// was posted stays charged as it was: one that begins in the past is refused
// once a piece was posted at another price since.
func (m *Mailroom) AddPrice(ctx context.Context, by campaigns.Viewer, p Price) error {
	if !by.Role.Manages() && by.Role != campaigns.RoleFinance {
		return fault.New(fault.Forbidden, "Your role does not set prices.")
	}
	if err := p.check(); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if p.ValidFrom.Before(calendar.DateOf(now)) {
			var charged bool
			err := tx.QueryRow(ctx, `
				SELECT EXISTS (SELECT FROM tariffs WHERE postage = @postage AND size = @size AND max_grams = @grams AND valid_from <= @today)
					AND EXISTS (SELECT FROM pieces p JOIN batches b ON b.id = p.batch_id WHERE b.postage = @postage AND p.posted_on >= @from)`,
				pgx.NamedArgs{"postage": p.Postage, "size": p.Size, "grams": p.MaxGrams, "from": p.ValidFrom, "today": calendar.DateOf(now)}).Scan(&charged)
			if err != nil {
				return fmt.Errorf("look for charged pieces: %w", err)
			}
			if charged {
				return fault.In("from", fault.Refused, "Letters posted since %s are charged already. Give a day that is still to come.", p.ValidFrom.Long())
			}
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO tariffs (postage, size, max_grams, valid_from, price, staff_id, added_at) VALUES (@postage, @size, @grams, @from, @price, nullif(@by::bigint, 0), @now)
			ON CONFLICT DO NOTHING`,
			pgx.NamedArgs{"postage": p.Postage, "size": p.Size, "grams": p.MaxGrams, "from": p.ValidFrom, "price": p.Price, "by": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("add price: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.In("from", fault.Conflict, "A price of this postage and weight begins on that day already.")
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "add price", Object: "tariff", ID: p.Postage, Detail: map[string]any{"grams": p.MaxGrams, "from": p.ValidFrom.String(), "price": p.Price}})
	})
}

// CostFilter chooses pieces; zero fields choose all.
type CostFilter struct {
	Campaign campaigns.CampaignID
	Wave     campaigns.WaveID
	Batch    BatchID
}

// priced finds the price of a group of pieces: the lightest step that carries
// them, at the last price that begins on or before their day.
const priced = `
	LEFT JOIN LATERAL (
		SELECT t.price FROM tariffs t WHERE t.postage = g.postage AND t.size = g.size AND t.valid_from <= g.day AND t.max_grams >= g.sheets * @sheet + CASE WHEN g.size = 'letter' THEN @small::int ELSE @large::int END
		ORDER BY t.max_grams, t.valid_from DESC LIMIT 1) t ON true`

// pricedArgs are the arguments of priced.
func pricedArgs(args pgx.NamedArgs) pgx.NamedArgs {
	args["sheet"], args["small"], args["large"], args["unfolded"] = paper.SheetGrams, envelopesOf(SmallLetter), envelopesOf(LargeLetter), unfoldedFormats
	return args
}

// Cost sums up what pieces cost: those posted by the price of the day they
// were posted on, the others by that of the day they are planned for.
func (m *Mailroom) Cost(ctx context.Context, f CostFilter) (c Cost, err error) {
	err = m.Pool.QueryRow(ctx, `
		SELECT coalesce(sum(g.n * t.price), 0)::bigint, coalesce(sum(g.n * t.price) FILTER (WHERE g.posted), 0)::bigint, coalesce(sum(g.n), 0)::int,
			coalesce(sum(g.n) FILTER (WHERE g.posted), 0)::int, coalesce(sum(g.n) FILTER (WHERE t.price IS NULL), 0)::int
		FROM (
			SELECT b.postage, CASE WHEN k.format = ANY(@unfolded) THEN 'large letter' ELSE 'letter' END AS size, p.sheets, p.posted_on IS NOT NULL AS posted, coalesce(p.posted_on, b.planned_post_on) AS day, count(*) AS n
			FROM batches b JOIN packs k ON k.id = b.pack_id JOIN pieces p ON p.batch_id = b.id
			WHERE NOT p.ended AND (@campaign = 0 OR b.campaign_id = @campaign)
				AND (@wave::bigint = 0 OR b.wave_id = @wave) AND (@batch::bigint = 0 OR b.id = @batch)
			GROUP BY 1, 2, 3, 4, 5
		) g`+priced, pricedArgs(pgx.NamedArgs{"campaign": f.Campaign, "wave": f.Wave, "batch": f.Batch})).
		Scan(&c.Planned, &c.Charged, &c.Pieces, &c.Posted, &c.Unpriced)
	if err != nil {
		return c, fmt.Errorf("sum up postage: %w", err)
	}
	return c, nil
}

// CostOfTrial is what the letters of a trial would cost when posted on a day.
func (m *Mailroom) CostOfTrial(ctx context.Context, t Trial, postage string, on calendar.Date) (c Cost, err error) {
	for _, p := range t.Parts {
		if p.Letters == 0 {
			continue
		}
		price, ok, err := m.PriceOf(ctx, postage, p.Format, p.Sheets, on)
		if err != nil {
			return c, err
		}
		c.Pieces += p.Letters
		if !ok {
			c.Unpriced += p.Letters
			continue
		}
		c.Planned += price * Money(p.Letters)
	}
	return c, nil
}

// PriceOf is what one piece of so many sheets costs when posted on a day; ok
// is false where the tariff has no price for it.
func (m *Mailroom) PriceOf(ctx context.Context, postage, format string, sheets int, on calendar.Date) (price Money, ok bool, err error) {
	var found *Money
	err = m.Pool.QueryRow(ctx, `SELECT t.price FROM (SELECT @postage::text AS postage, @size::text AS size, @sheets::int AS sheets, @day::date AS day) g`+priced,
		pricedArgs(pgx.NamedArgs{"postage": postage, "size": SizeOf(format), "sheets": sheets, "day": on})).Scan(&found)
	if err != nil || found == nil {
		if err != nil {
			err = fmt.Errorf("price a letter: %w", err)
		}
		return 0, false, err
	}
	return *found, true, nil
}
