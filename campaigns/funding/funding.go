// Package funding knows who pays for letters and until when: offers, what is spent and committed, and what is at risk when a wave slips.
package funding

import (
	"context"
	"slices"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/money"
)

// Purse is the door of this room.
type Purse struct {
	Register *campaigns.Register
	Books    Books
}

// Posted is some pieces of one wave that were posted on one day.
type Posted struct {
	Campaign campaigns.CampaignID
	Wave     campaigns.WaveID // 0: after the waves
	On       calendar.Date
	Pieces   int
	Returned int         // of those, came back since
	Postage  money.Money // by the tariff of that day
	Unpriced int
}

// Books tell what was posted and what vendors charge. The letters room keeps
// them; this room knows no letters.
type Books interface {
	PostedDays(ctx context.Context) ([]Posted, error)
	// Invoiced is what vendors' invoices charge for the pieces of each
	// campaign, by its code, all items together, without tax.
	Invoiced(ctx context.Context) (map[string]money.Money, error)
	// EachLetter is what posting one usual letter of a campaign costs on a day:
	// as its letters cost so far, else by the tariff; 0 where neither is known.
	EachLetter(ctx context.Context, campaign campaigns.CampaignID, on calendar.Date) (money.Money, error)
}

// Offer is money that somebody pays for letters posted in a span of days.
type Offer struct {
	ID         int64
	Programme  campaigns.ProgrammeID
	Title      string
	Payer      string
	Amount     money.Money // at most; 0 is without limit
	Unit       money.Money // for each piece; 0 where a share is paid
	Share      int         // percent of the postage
	Covers     string
	Regions    []string // of campaigns; none is all
	Conditions string
	PostedFrom calendar.Date
	PostedBy   calendar.Date
	Author     string
	MadeAt     time.Time
	EndedAt    time.Time // zero while it stands
}

// Check says what is wrong with an offer, or nil.
func (o Offer) Check() error {
	switch {
	case o.Title == "" || len([]rune(o.Title)) > 100:
		return fault.In("title", fault.Invalid, "Give the offer a name of up to 100 characters.")
	case o.Payer == "":
		return fault.In("payer", fault.Invalid, "Say who pays.")
	case o.PostedFrom.IsZero():
		return fault.In("from", fault.Invalid, "Say from which day letters are paid.")
	case o.PostedBy.IsZero():
		return fault.In("by", fault.Invalid, "Say until which day letters must be posted.")
	case o.PostedBy.Before(o.PostedFrom):
		return fault.In("by", fault.Invalid, "The offer ends before it begins. Check the two days.")
	case o.Unit < 0 || o.Amount < 0 || o.Share < 0 || o.Share > 100:
		return fault.In("unit", fault.Invalid, "Amounts are not below zero, and a share is at most 100%%.")
	case (o.Unit > 0) == (o.Share > 0):
		return fault.In("unit", fault.Invalid, "Give either a price for each letter or a share of the postage.")
	}
	return nil
}

// Covering tells whether the offer pays for a piece of a campaign posted on a day.
func (o Offer) Covering(programme campaigns.ProgrammeID, region string, on calendar.Date) bool {
	return o.For(programme, region) && !on.Before(o.PostedFrom) && !on.After(o.PostedBy)
}

// For tells whether the offer is for letters of a campaign at all.
func (o Offer) For(programme campaigns.ProgrammeID, region string) bool {
	return o.EndedAt.IsZero() && o.Programme == programme && (len(o.Regions) == 0 || slices.Contains(o.Regions, region))
}

// pays is what the offer pays for pieces while its money lasts.
func (o Offer) pays(pieces int, postage money.Money) money.Money {
	if o.Unit > 0 {
		return o.Unit * money.Money(pieces)
	}
	return postage * money.Money(o.Share) / 100
}

// Day is what is posted on one day, or planned to be.
type Day struct {
	Campaign  campaigns.CampaignID
	Wave      campaigns.WaveID
	Programme campaigns.ProgrammeID
	Region    string
	On        calendar.Date
	Pieces    int
	Postage   money.Money
	Planned   bool
}

// Paid is what one offer comes to.
type Paid struct {
	Offer
	Pieces    int         // posted in time
	Spent     money.Money // paid for those
	Committed money.Money // for planned letters that will be in time
	Late      int         // planned letters that it is for and that come after its last day
	AtRisk    money.Money // what it would have paid for those in time
}

// Left is what the offer still holds; without a limit there is none to say.
func (p Paid) Left() money.Money { return max(p.Amount-p.Spent-p.Committed, 0) }

// Settled is every day with the offers applied.
type Settled struct {
	Offers []Paid
	Own    map[campaigns.CampaignID]money.Money // postage that no offer paid or will pay
	AtRisk map[campaigns.WaveID]money.Money     // of planned waves
	Late   map[campaigns.WaveID]int
}

// Settle applies offers to days: each day's letters are paid by the offer that
// ends first among those that cover it and still hold money, then by the
// next. A planned letter after the last day of every offer is at risk with what
// those offers, while their money lasts, would have paid for it in time.
func Settle(days []Day, offers []Offer) Settled {
	s := Settled{Own: map[campaigns.CampaignID]money.Money{}, AtRisk: map[campaigns.WaveID]money.Money{}, Late: map[campaigns.WaveID]int{}}
	for _, o := range offers {
		s.Offers = append(s.Offers, Paid{Offer: o})
	}
	slices.SortStableFunc(s.Offers, func(a, b Paid) int { return a.PostedBy.DaysSince(b.PostedBy) })
	days = slices.SortedStableFunc(slices.Values(days), func(a, b Day) int { return a.On.DaysSince(b.On) })
	for _, d := range days {
		left := d.Postage
		covered := false
		for i := range s.Offers {
			o := &s.Offers[i]
			if !o.Covering(d.Programme, d.Region, d.On) {
				continue
			}
			covered = true
			n := o.hold(min(o.pays(d.Pieces, d.Postage), left))
			left -= n
			if d.Planned {
				o.Committed += n
			} else {
				o.Spent, o.Pieces = o.Spent+n, o.Pieces+d.Pieces
			}
		}
		s.Own[d.Campaign] += left
		if covered || !d.Planned {
			continue
		}
		rest := d.Postage
		for i := len(s.Offers) - 1; i >= 0; i-- { // the one that ends last was the last chance
			o := &s.Offers[i]
			if !o.For(d.Programme, d.Region) || !d.On.After(o.PostedBy) {
				continue
			}
			n := o.risk(min(o.pays(d.Pieces, d.Postage), rest))
			if n == 0 {
				continue
			}
			o.Late, o.AtRisk, rest = o.Late+d.Pieces, o.AtRisk+n, rest-n
			s.AtRisk[d.Wave] += n
		}
		if rest < d.Postage {
			s.Late[d.Wave] += d.Pieces
		}
	}
	return s
}

// hold is as much of an amount as the offer still holds.
func (p *Paid) hold(n money.Money) money.Money {
	if p.Amount == 0 {
		return n
	}
	return min(n, p.Left())
}

// risk is as much of an amount as would still have been held.
func (p *Paid) risk(n money.Money) money.Money {
	if p.Amount == 0 {
		return n
	}
	return min(n, max(p.Left()-p.AtRisk, 0))
}

// Spread lays a planned wave over its posting days.
func Spread(k campaigns.Campaign, wave campaigns.WaveID, people int, first calendar.Date, each money.Money, w calendar.Working) []Day {
	var days []Day
	for _, on := range campaigns.PostingDays(people, k.DailyCapacity, first, w) {
		n := min(people, k.DailyCapacity)
		people -= n
		days = append(days, Day{Campaign: k.ID, Wave: wave, Programme: k.Programme, Region: k.Region, On: on, Pieces: n, Postage: each * money.Money(n), Planned: true})
	}
	return days
}
