package funding

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/money"
)

// Line is the money of one campaign.
type Line struct {
	Campaign campaigns.Campaign
	Planned  int // letters of planned and approved waves that are not posted yet
	Posted   int
	Returned int
	Records  int         // made and not withdrawn
	Postage  money.Money // of posted letters, by the tariff of each day
	Unpriced int
	Invoiced money.Money // vendors' invoices, all items
	Forecast money.Money // postage of what is planned
	Paid     money.Money // by offers, of the postage
	Own      money.Money // what no offer pays, posted and planned
	Late     int         // planned letters after the end of their money
	AtRisk   money.Money
}

// Spent is what the campaign has cost so far: what vendors charged where an
// invoice came, else the postage of what was posted. The two are never added,
// since an invoice charges the postage too.
func (l Line) Spent() money.Money { return max(l.Invoiced, l.Postage) }

// Account is every campaign and offer that a viewer sees.
type Account struct {
	Lines  []Line
	Offers []Paid
	Waves  map[campaigns.WaveID]money.Money // at risk
}

// Offers lists offers that stand or stood, those that end first on top.
func (p *Purse) Offers(ctx context.Context) ([]Offer, error) {
	rows, err := p.Register.Pool.Query(ctx, `
		SELECT o.id, o.programme_id, o.title, o.payer, o.amount, o.unit, o.share, o.covers, o.regions, o.conditions, o.posted_from, o.posted_by, coalesce(s.name, 'Command line'),
			o.made_at, coalesce(o.ended_at, '0001-01-01Z') FROM funding_offers o LEFT JOIN staff s ON s.id = o.author_id ORDER BY o.posted_by, o.id`)
	if err != nil {
		return nil, fmt.Errorf("list offers: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Offer, error) {
		o, err := pgx.RowToStructByPos[Offer](row)
		if o.EndedAt.Year() == 1 {
			o.EndedAt = time.Time{}
		}
		return o, err
	})
}

func keeps(by campaigns.Viewer) bool {
	return by.ID == 0 || by.Role.Manages() || by.Role == campaigns.RoleFinance
}

// AddOffer writes an offer down.
func (p *Purse) AddOffer(ctx context.Context, by campaigns.Viewer, o Offer) (id int64, err error) {
	if !keeps(by) {
		return 0, fault.New(fault.Forbidden, "Your role does not enter offers.")
	}
	if by.Region != "" && (len(o.Regions) != 1 || !by.Sees(o.Regions[0])) {
		o.Regions = []string{by.Region}
	}
	if o.Regions == nil {
		o.Regions = []string{}
	}
	if err := o.Check(); err != nil {
		return 0, err
	}
	err = campaigns.InTx(ctx, p.Register.Pool, p.Register.Clock, func(tx pgx.Tx, now time.Time) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO funding_offers (programme_id, title, payer, amount, unit, share, covers, regions, conditions, posted_from, posted_by, author_id, made_at)
			VALUES (@programme, @title, @payer, @amount, @unit, @share, @covers, @regions, @conditions, @from, @until, nullif(@by::bigint, 0), @now) RETURNING id`,
			pgx.NamedArgs{"programme": o.Programme, "title": o.Title, "payer": o.Payer, "amount": o.Amount, "unit": o.Unit, "share": o.Share, "covers": o.Covers, "regions": o.Regions,
				"conditions": o.Conditions, "from": o.PostedFrom, "until": o.PostedBy, "by": int64(by.ID), "now": now}).Scan(&id)
		if err != nil {
			return fmt.Errorf("enter an offer: %w", err)
		}
		return p.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "enter offer", Object: "offer", ID: fmt.Sprint(id), Detail: map[string]any{"amount": o.Amount, "posted_by": o.PostedBy}})
	})
	return id, err
}

// EndOffer takes an offer back; what was posted under it is own cost from
// then on. Ended already is no error.
func (p *Purse) EndOffer(ctx context.Context, by campaigns.Viewer, id int64) error {
	if !keeps(by) {
		return fault.New(fault.Forbidden, "Your role does not end offers.")
	}
	return campaigns.InTx(ctx, p.Register.Pool, p.Register.Clock, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE funding_offers SET ended_at = coalesce(ended_at, @now), ended_by = coalesce(ended_by, nullif(@by::bigint, 0))
			WHERE id = @id AND (@region = '' OR regions = ARRAY[@region::text])`, pgx.NamedArgs{"id": id, "by": int64(by.ID), "now": now, "region": by.Region})
		if err != nil {
			return fmt.Errorf("end an offer: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.NotFound, "There is no such offer of your region.")
		}
		return p.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "end offer", Object: "offer", ID: fmt.Sprint(id)})
	})
}

// Account works out the money of every campaign that the viewer sees, and of
// the offers for them. All campaigns draw on an offer, so its line tells of
// all of them.
func (p *Purse) Account(ctx context.Context, by campaigns.Viewer) (a Account, err error) {
	offers, err := p.Offers(ctx)
	if err != nil {
		return a, err
	}
	days, lines, err := p.days(ctx)
	if err != nil {
		return a, err
	}
	s := Settle(days, offers)
	a.Offers, a.Waves = s.Offers, s.AtRisk
	for _, l := range lines {
		if !by.Sees(l.Campaign.Region) {
			continue
		}
		l.Own = s.Own[l.Campaign.ID]
		l.Paid = l.Postage + l.Forecast - l.Own
		waves, err := p.Register.Waves(ctx, l.Campaign.ID)
		if err != nil {
			return a, err
		}
		for _, w := range waves {
			l.Late, l.AtRisk = l.Late+s.Late[w.ID], l.AtRisk+s.AtRisk[w.ID]
		}
		a.Lines = append(a.Lines, l)
	}
	return a, nil
}

// days are all that was posted and is planned, with a line for each campaign.
func (p *Purse) days(ctx context.Context) (days []Day, lines []Line, err error) {
	list, err := p.Register.Campaigns(ctx, campaigns.Viewer{Role: campaigns.RoleNational})
	if err != nil {
		return nil, nil, err
	}
	posted, err := p.Books.PostedDays(ctx)
	if err != nil {
		return nil, nil, err
	}
	invoiced, err := p.Books.Invoiced(ctx)
	if err != nil {
		return nil, nil, err
	}
	working, err := p.Register.Working(ctx)
	if err != nil {
		return nil, nil, err
	}
	today := p.Register.Clock.Today()
	of, gone := map[campaigns.CampaignID]*Line{}, map[campaigns.WaveID]int{}
	lines = make([]Line, len(list))
	for i, k := range list {
		lines[i] = Line{Campaign: k, Invoiced: invoiced[k.Code]}
		of[k.ID] = &lines[i]
	}
	for _, d := range posted {
		l := of[d.Campaign]
		if l == nil {
			continue
		}
		l.Posted, l.Returned, l.Postage, l.Unpriced = l.Posted+d.Pieces, l.Returned+d.Returned, l.Postage+d.Postage, l.Unpriced+d.Unpriced
		gone[d.Wave] += d.Pieces
		days = append(days, Day{Campaign: d.Campaign, Wave: d.Wave, Programme: l.Campaign.Programme, Region: l.Campaign.Region, On: d.On, Pieces: d.Pieces, Postage: d.Postage})
	}
	for i := range lines {
		l := &lines[i]
		waves, err := p.Register.Waves(ctx, l.Campaign.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, w := range waves {
			left := w.People - gone[w.ID]
			if left <= 0 || w.State == "planned" && w.FirstPostOn.Before(today) {
				continue
			}
			each, err := p.Books.EachLetter(ctx, l.Campaign.ID, w.FirstPostOn)
			if err != nil {
				return nil, nil, err
			}
			for _, d := range Spread(l.Campaign, w.ID, left, calendar.Max(w.FirstPostOn, today), each, working) {
				l.Planned, l.Forecast = l.Planned+d.Pieces, l.Forecast+d.Postage
				days = append(days, d)
			}
		}
		counts, err := p.Register.Counts(ctx, l.Campaign.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, n := range counts {
			if n.State == campaigns.Created {
				l.Records += n.People
			}
		}
	}
	return days, lines, nil
}

// Slip is what a plan loses to the end of one offer.
type Slip struct {
	Title string
	By    calendar.Date
	Late  int
	Lost  money.Money
}

// WouldSlip works out, before a plan is saved, which of its letters come
// after the money that is offered for them, and how much that loses: with
// what is posted and planned already drawing first.
func (p *Purse) WouldSlip(ctx context.Context, k campaigns.Campaign, plan []campaigns.PlannedWave) ([]Slip, error) {
	offers, err := p.Offers(ctx)
	if err != nil || len(offers) == 0 || len(plan) == 0 {
		return nil, err
	}
	days, _, err := p.days(ctx)
	if err != nil {
		return nil, err
	}
	working, err := p.Register.Working(ctx)
	if err != nil {
		return nil, err
	}
	before := Settle(days, offers)
	for _, w := range plan {
		each, err := p.Books.EachLetter(ctx, k.ID, w.FirstPostOn)
		if err != nil {
			return nil, err
		}
		days = append(days, Spread(k, 0, w.People, w.FirstPostOn, each, working)...)
	}
	var slips []Slip
	for i, o := range Settle(days, offers).Offers {
		if late := o.Late - before.Offers[i].Late; late > 0 {
			slips = append(slips, Slip{o.Title, o.PostedBy, late, o.AtRisk - before.Offers[i].AtRisk})
		}
	}
	return slips, nil
}
