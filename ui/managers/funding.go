package managers

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/funding"
	"duenotice/campaigns/money"
	"duenotice/campaigns/uptake"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// seesFunding tells who may see what letters cost.
func seesFunding(r campaigns.Role) bool {
	return r.Manages() || r == campaigns.RoleFinance || r == campaigns.RoleAuditor
}

// keepsFunding tells who may enter and end offers.
func keepsFunding(r campaigns.Role) bool { return r.Manages() || r == campaigns.RoleFinance }

type fundingPage struct {
	Tabs   []programmeTab
	Lines  []funding.Line
	Offers []funding.Paid
	Sum    funding.Line
	Late   int
	AtRisk money.Money
	Views  uptake.Views
	May    bool
	Ways   []page.Link
	New    offerForm
}

type offerForm struct {
	Programme page.Select
	Title     page.Input
	Payer     page.Input
	Amount    page.Input
	Unit      page.Input
	Share     page.Input
	Covers    page.Input
	Regions   page.Input
	Terms     page.Textarea
	From, By  page.DateInput
}

// Each writes what one of so many costs; "–" where there is none.
func (fundingPage) Each(m money.Money, n int) string {
	if n <= 0 {
		return "–"
	}
	if each := m.Each(n); each < money.Pound {
		return each.Pence()
	}
	return m.Each(n).String()
}

// Reached is posted less came back: never how many read it.
func (fundingPage) Reached(l funding.Line) int { return l.Posted - l.Returned }

func (h *Hall) funding(c *fiber.Ctx, by campaigns.Viewer) error { return h.showFunding(c, by, nil) }

func (h *Hall) showFunding(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	a, err := h.Purse.Account(ctx, by)
	if err != nil {
		return err
	}
	body := fundingPage{Tabs: programmeTabs("/funding", by.Role), Lines: a.Lines, Offers: a.Offers, May: keepsFunding(by.Role), Ways: waysOut(c)}
	for _, l := range a.Lines {
		s := &body.Sum
		s.Planned, s.Posted, s.Returned, s.Records, s.Unpriced = s.Planned+l.Planned, s.Posted+l.Posted, s.Returned+l.Returned, s.Records+l.Records, s.Unpriced+l.Unpriced
		s.Postage, s.Invoiced, s.Forecast, s.Paid, s.Own = s.Postage+l.Postage, s.Invoiced+l.Invoiced, s.Forecast+l.Forecast, s.Paid+l.Paid, s.Own+l.Own
		s.Late, s.AtRisk = s.Late+l.Late, s.AtRisk+l.AtRisk
	}
	programmes, err := h.Board.Programmes(ctx)
	if err != nil {
		return err
	}
	if body.Views, err = h.ownViews(c, by); err != nil {
		return err
	}
	if asked(c) {
		return h.sendSheet(c, fundingSheet(body))
	}
	body.New = newOfferForm(c, wrong)
	for _, p := range programmes {
		body.New.Programme.Options = append(body.New.Programme.Options, page.Option{Value: fmt.Sprint(p.ID), Text: p.Name})
	}
	return h.show(c, "funding.html", page.View{Title: "Funding", Active: programmeActive, Problem: wrong, Body: &body})
}

func fundingSheet(b fundingPage) dataSheet {
	s := dataSheet{Name: "funding", Columns: []string{"kind", "code", "name", "payer", "letters posted", "came back", "letters planned", "records", "postage GBP", "posted without a price",
		"invoiced GBP", "paid by offers GBP", "own cost GBP", "planned postage GBP", "letters late", "at risk GBP", "offer GBP", "each GBP", "share percent", "posted from", "posted by", "left GBP"}}
	for _, l := range b.Lines {
		s.add("campaign", l.Campaign.Code, l.Campaign.Name, "", l.Posted, l.Returned, l.Planned, l.Records, pounds(l.Postage), l.Unpriced, pounds(l.Invoiced), pounds(l.Paid), pounds(l.Own),
			pounds(l.Forecast), l.Late, pounds(l.AtRisk), nil, nil, nil, nil, nil, nil)
	}
	for _, o := range b.Offers {
		s.add("offer", fmt.Sprint(o.ID), o.Title, o.Payer, o.Pieces, nil, nil, nil, pounds(o.Spent), nil, nil, pounds(o.Spent), nil, pounds(o.Committed), o.Late, pounds(o.AtRisk), pounds(o.Amount),
			pounds(o.Unit), o.Share, o.PostedFrom, o.PostedBy, pounds(o.Left()))
	}
	return s
}

func newOfferForm(c *fiber.Ctx, wrong page.Problems) offerForm {
	input := func(name, label, hint, width string) page.Input {
		return page.Input{Field: page.Field{Name: name, Label: label, Hint: hint, Error: wrong.For(name)}, Value: c.FormValue(name), Width: width}
	}
	f := offerForm{Programme: page.Select{Field: page.Field{Name: "programme", Label: "Programme"}, Chosen: c.FormValue("programme")},
		Title: input("title", "Name of the offer", "", "30"), Payer: input("payer", "Who pays", "", "30"), Amount: input("amount", "At most, in pounds", "Blank is without limit", "10"),
		Unit: input("unit", "For each letter, in pence", "As in 25.70; or give a share instead", "5"), Share: input("share", "Or a share of the postage, in percent", "", "3"),
		Covers: input("covers", "What it covers", "As in: postage of first letters", "30"), Regions: input("regions", "Only campaigns of these regions", "Codes divided by commas; blank is all", "20"),
		Terms: page.Textarea{Field: page.Field{Name: "terms", Label: "Conditions"}, Value: c.FormValue("terms"), Rows: 2}}
	_, f.From, _ = page.ReadDate(c, "from")
	_, f.By, _ = page.ReadDate(c, "by")
	f.From.Field = page.Field{Name: "from", Label: "Letters posted from", Error: wrong.For("from")}
	f.By.Field = page.Field{Name: "by", Label: "Posted until, this day included", Error: wrong.For("by")}
	return f
}

// amount reads a decimal amount in a unit of so many hundredths of a penny.
func amount(typed string, unit float64) (money.Money, bool) {
	typed = strings.TrimSpace(strings.NewReplacer(",", "", "£", "", "p", "", "%", "").Replace(typed))
	if typed == "" {
		return 0, true
	}
	n, err := strconv.ParseFloat(typed, 64)
	if err != nil || n < 0 || n > 1e12 {
		return 0, false
	}
	return money.Money(math.Round(n * unit)), true
}

func (h *Hall) addOffer(c *fiber.Ctx, by campaigns.Viewer) error {
	o := funding.Offer{Title: strings.TrimSpace(c.FormValue("title")), Payer: strings.TrimSpace(c.FormValue("payer")), Covers: strings.TrimSpace(c.FormValue("covers")),
		Conditions: strings.TrimSpace(c.FormValue("terms")), Regions: codes(c.FormValue("regions"))}
	var wrong page.Problems
	o.PostedFrom, _, wrong = readDay(c, "from", wrong)
	o.PostedBy, _, wrong = readDay(c, "by", wrong)
	var ok bool
	if o.Amount, ok = amount(c.FormValue("amount"), float64(money.Pound)); !ok {
		wrong.Add("amount", "Write the amount in pounds, as in 4000000.")
	}
	if o.Unit, ok = amount(c.FormValue("unit"), 100); !ok {
		wrong.Add("unit", "Write the price in pence, as in 25.70.")
	}
	share, ok := amount(c.FormValue("share"), 1)
	if !ok || share > 100 {
		wrong.Add("share", "Write the share in percent, up to 100.")
	}
	o.Share = int(share)
	programmes, err := h.Board.Programmes(c.UserContext())
	if err != nil {
		return err
	}
	for _, p := range programmes {
		if fmt.Sprint(p.ID) == c.FormValue("programme") {
			o.Programme = p.ID
		}
	}
	if o.Programme == 0 {
		wrong.Add("programme", "Choose the programme.")
	}
	if len(wrong) == 0 {
		_, err := h.Purse.AddOffer(c.UserContext(), by, o)
		if err := wrong.Take(err); err != nil {
			return err
		}
		wrong = atFirstBox(atFirstBox(wrong, "from"), "by")
	}
	if len(wrong) > 0 {
		return h.showFunding(c, by, wrong)
	}
	return h.done(c, "/funding", "The offer of %s is entered.", o.Payer)
}

func (h *Hall) endOffer(c *fiber.Ctx, by campaigns.Viewer) error {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "There is no such offer.")
	}
	if err := h.Purse.EndOffer(c.UserContext(), by, id); err != nil {
		return err
	}
	return h.done(c, "/funding", "The offer is taken back. What it would have paid is own cost now.")
}
