package funding_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/funding"
	"duenotice/campaigns/money"
	"duenotice/campaigns/schema/schematest"
)

var (
	end      = calendar.On(2027, 3, 31)
	campaign = campaigns.Campaign{ID: 1, Programme: 1, Region: "QMF", DailyCapacity: 50_000}
	offer    = funding.Offer{ID: 1, Programme: 1, Title: "Postage 2026/27", Payer: "NHS England", Amount: 4_000_000 * money.Pound, Unit: 2570, PostedFrom: calendar.On(2026, 4, 1), PostedBy: end}
)

// TestAWaveThatSlipsPast31MarchShowsItsCost is the worked example: a million
// letters at 25.7p each, 50,000 a day. From 22 February all are paid; from 15
// March, with Good Friday and Easter Monday between, 450,000 come too late.
func TestAWaveThatSlipsPast31MarchShowsItsCost(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		first calendar.Date
		late  int
		lost  string
	}{{calendar.On(2027, 2, 22), 0, "£0.00"}, {calendar.On(2027, 3, 15), 450_000, "£115,650.00"}, {calendar.On(2027, 4, 1), 1_000_000, "£257,000.00"}} {
		s := funding.Settle(funding.Spread(campaign, 7, 1_000_000, k.first, 2570, calendar.England()), []funding.Offer{offer})
		o := s.Offers[0]
		if o.Late != k.late || o.AtRisk.String() != k.lost || s.AtRisk[7] != o.AtRisk || s.Late[7] != k.late {
			t.Errorf("from %s: %d late, %s at risk", k.first, o.Late, o.AtRisk)
		}
		if o.Committed+s.Own[1] != 2570*1_000_000 || s.Own[1] != o.AtRisk {
			t.Errorf("from %s: %s paid and %s own are not the whole", k.first, o.Committed, s.Own[1])
		}
	}
}

func TestOffersPayInTheOrderInWhichTheyEndWhileTheirMoneyLasts(t *testing.T) {
	t.Parallel()
	small := offer
	small.ID, small.Title, small.Amount, small.PostedBy = 2, "Early posting", 1000*money.Pound, calendar.On(2026, 12, 31)
	half := funding.Offer{ID: 3, Programme: 1, Title: "Half", Payer: "ICB", Share: 50, Regions: []string{"QWO"}, PostedFrom: calendar.On(2026, 1, 1), PostedBy: end}
	days := []funding.Day{{Campaign: 1, Programme: 1, Region: "QMF", On: calendar.On(2026, 11, 30), Pieces: 10_000, Postage: 25_700_000}, {Campaign: 1, Programme: 1, Region: "QMF", On: calendar.On(2027, 1, 4), Pieces: 1000, Postage: 2_570_000},
		{Campaign: 2, Programme: 1, Region: "QWO", On: end.AddDays(1), Pieces: 1000, Postage: 2_570_000, Wave: 9, Planned: true}, {Campaign: 3, Programme: 2, Region: "QMF", On: end, Pieces: 10, Postage: 100_000}}
	s := funding.Settle(days, []funding.Offer{offer, small, half})
	if s.Offers[0].Title != "Early posting" || s.Offers[0].Spent != 1000*money.Pound || s.Offers[1].Spent != 25_700_000-10_000_000+2_570_000 {
		t.Errorf("%+v", s.Offers)
	}
	if s.Own[1] != 0 || s.Own[2] != 2_570_000 || s.Own[3] != 100_000 || s.AtRisk[9] == 0 {
		t.Errorf("own %v, at risk %v", s.Own, s.AtRisk)
	}
	ended := offer
	ended.EndedAt = time.Now()
	if s := funding.Settle(days[:1], []funding.Offer{ended}); s.Own[1] != days[0].Postage || s.Offers[0].Spent != 0 {
		t.Error("an offer that was taken back pays")
	}
}

// books are what letters would tell.
type books struct{ posted []funding.Posted }

func (b books) PostedDays(context.Context) ([]funding.Posted, error) { return b.posted, nil }
func (books) Invoiced(context.Context) (map[string]money.Money, error) {
	return map[string]money.Money{}, nil
}
func (books) EachLetter(context.Context, campaigns.CampaignID, calendar.Date) (money.Money, error) {
	return 2570, nil
}

func TestAnOfferThatEndsBeforeItBeginsIsRefused(t *testing.T) {
	t.Parallel()
	db := schematest.New(t)
	clock := calendar.NewStopped(time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London))
	r := &campaigns.Register{Pool: db.App, Clock: clock.Now, Log: slog.New(slog.DiscardHandler)}
	if _, err := r.CreateProgramme(t.Context(), "SHS", "Shared summary", "own"); err != nil {
		t.Fatal(err)
	}
	purse := &funding.Purse{Register: r, Books: books{}}
	national := campaigns.Viewer{Role: campaigns.RoleNational}
	for name, change := range map[string]func(*funding.Offer){
		"ends before it begins": func(o *funding.Offer) { o.PostedBy = o.PostedFrom.AddDays(-1) }, "no end": func(o *funding.Offer) { o.PostedBy = calendar.Date{} },
		"no payer": func(o *funding.Offer) { o.Payer = "" }, "neither price nor share": func(o *funding.Offer) { o.Unit = 0 }, "both": func(o *funding.Offer) { o.Share = 5 }, "more than all": func(o *funding.Offer) { o.Unit, o.Share = 0, 101 },
		"below zero": func(o *funding.Offer) { o.Amount = -1 }, "no name": func(o *funding.Offer) { o.Title = "" },
	} {
		o := offer
		change(&o)
		if _, err := purse.AddOffer(t.Context(), national, o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := purse.AddOffer(t.Context(), campaigns.Viewer{ID: 1, Role: campaigns.RoleHelpdesk}, offer); !fault.Is(err, fault.Forbidden) {
		t.Error(err)
	}
	id, err := purse.AddOffer(t.Context(), national, offer)
	if err != nil {
		t.Fatal(err)
	}
	plan := []campaigns.PlannedWave{{People: 1_000_000, FirstPostOn: calendar.On(2027, 3, 15)}}
	slips, err := purse.WouldSlip(t.Context(), campaign, plan)
	if err != nil || len(slips) != 1 || slips[0].Late != 450_000 || slips[0].Lost.String() != "£115,650.00" || slips[0].By != end {
		t.Errorf("%+v %v", slips, err)
	}
	if err := purse.EndOffer(t.Context(), campaigns.Viewer{ID: 0, Role: campaigns.RoleRegional, Region: "QWO"}, id); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if err := purse.EndOffer(t.Context(), national, id); err != nil {
		t.Fatal(err)
	}
	if slips, err = purse.WouldSlip(t.Context(), campaign, plan); err != nil || len(slips) != 0 {
		t.Errorf("%+v %v", slips, err)
	}
}
