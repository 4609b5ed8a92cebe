package managers

import (
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// campaignLine is one campaign as lists show it.
type campaignLine struct {
	campaigns.Campaign
	Colour, State              string
	People, Way, Live, No, Out int
	Difference                 int
}

// line counts a campaign for lists; the four parts add up to the people.
func (h *Hall) line(c *fiber.Ctx, by campaigns.Viewer, k campaigns.Campaign) (campaignLine, error) {
	l := campaignLine{Campaign: k}
	counts, err := h.Register.Counts(c.UserContext(), k.ID)
	if err != nil {
		return l, err
	}
	files, err := h.Register.Cohorts(c.UserContext(), by, k.Code)
	if err != nil {
		return l, err
	}
	book := ledgerOf(counts, files)
	for _, n := range book.None {
		if n.State == campaigns.OptedOut {
			l.No += n.People
		}
	}
	l.People, l.Way, l.Live, l.Out, l.Difference = book.People, book.WayTotal, book.LiveTotal, book.NoneTotal-l.No, book.Difference()
	l.Colour, l.State, err = h.stateOf(c, k, book)
	return l, err
}

// stateOf says in a word where a campaign is.
func (h *Hall) stateOf(c *fiber.Ctx, k campaigns.Campaign, book ledger) (colour, word string, err error) {
	signals, err := h.Register.Signals(c.UserContext(), []string{campaigns.PauseCampaign(k.ID)})
	switch {
	case err != nil:
		return "", "", err
	case k.ApprovedAt.IsZero():
		return "orange", "Needs two signatures", nil
	case signals[campaigns.PauseCampaign(k.ID)].Red():
		return "orange", "Paused", nil
	case book.People > 0 && book.WayTotal == 0:
		return "white", "Finished", nil
	}
	return "blue", "Running", nil
}

func (h *Hall) lines(c *fiber.Ctx, by campaigns.Viewer) ([]campaignLine, error) {
	list, err := h.Register.Campaigns(c.UserContext(), by)
	if err != nil {
		return nil, err
	}
	lines := make([]campaignLine, 0, len(list))
	for _, k := range list {
		l, err := h.line(c, by, k)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

type campaignsPage struct {
	Campaigns []campaignLine
	Exports   bool // may take tables out
	May       bool
	Sum       campaignLine
}

func sumOf(lines []campaignLine) (sum campaignLine) {
	for _, l := range lines {
		sum.People, sum.Way, sum.Live, sum.No, sum.Out = sum.People+l.People, sum.Way+l.Way, sum.Live+l.Live, sum.No+l.No, sum.Out+l.Out
	}
	return sum
}

func (h *Hall) campaigns(c *fiber.Ctx, by campaigns.Viewer) error {
	lines, err := h.lines(c, by)
	if err != nil {
		return err
	}
	return h.show(c, "campaigns.html", page.View{Title: "Campaigns", Active: "/campaigns",
		Body: campaignsPage{Campaigns: lines, Exports: exports(by.Role), May: by.Role.Manages(), Sum: sumOf(lines)}})
}

// campaignField is one box of the form for a new campaign.
type campaignField struct{ name, label, hint, width, value string }

// newCampaignFields are the boxes of the form; what has a usual value begins with it.
func newCampaignFields(by campaigns.Viewer, last *campaigns.Campaign) []campaignField {
	from := func(of func(campaigns.Campaign) string, usual string) string {
		if last == nil {
			return usual
		}
		return of(*last)
	}
	return []campaignField{
		{"name", "Name", "As staff know it, for example North East London 2027", "", ""},
		{"code", "Short code", "2 to 20 capitals, digits and dashes, for example NEL-2027. It begins the names of batches.", "10", ""},
		{"programme", "Code of the programme", "The record that is made: answers belong to it and outlive the campaign", "10", ""},
		{"region", "Code of the region", "Its ICB, for example QMF", "5", by.Region},
		{"pack", "Pack", "The letter with its form", "10", from(func(c campaigns.Campaign) string { return c.Pack }, "standard")},
		{"vendor", "Code of the print vendor", "", "10", from(func(c campaigns.Campaign) string { return c.Vendor }, "")},
		{"length", "Length of the window in days", "At least 28; twelve weeks are 84", "4", from(func(c campaigns.Campaign) string { return strconv.Itoa(c.Window.Length) }, "84")},
		{"allowance", "Working days for delivery", "Added before the window", "4", from(func(c campaigns.Campaign) string { return strconv.Itoa(c.Window.Allowance) }, "3")},
		{"age", "Youngest age written to", "", "4", from(func(c campaigns.Campaign) string { return strconv.Itoa(c.MinimumAge) }, "16")},
		{"capacity", "Letters that the vendor posts in a day", "", "10", from(func(c campaigns.Campaign) string { return strconv.Itoa(c.DailyCapacity) }, "5000")},
		{"batch", "Letters in a batch", "At most 5,000", "5", from(func(c campaigns.Campaign) string { return strconv.Itoa(c.BatchSize) }, "2500")},
		{"helpline", "Helpline", "", "20", from(func(c campaigns.Campaign) string { return c.Helpline }, "")},
		{"hours", "Hours of the helpline", "", "20", from(func(c campaigns.Campaign) string { return c.HelplineHours }, "")},
		{"web", "Web address where people answer", "", "20", from(func(c campaigns.Campaign) string { return c.WebAddress }, "")},
		{"freepost", "Freepost address", "Lines divided by commas", "", from(func(c campaigns.Campaign) string { return strings.Join(c.Freepost, ", ") }, "")},
		{"sender", "Who sends the letter", "", "", from(func(c campaigns.Campaign) string { return c.Sender }, "")},
		{"signatory", "Who signs it", "", "", from(func(c campaigns.Campaign) string { return c.Signatory }, "")},
	}
}

type newCampaignPage struct {
	Kind   page.Radios
	Fields []page.Input
}

func (h *Hall) showNewCampaign(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	earlier, err := h.Register.Campaigns(c.UserContext(), by)
	if err != nil {
		return err
	}
	var last *campaigns.Campaign
	if len(earlier) > 0 {
		last = &earlier[0]
	}
	typed := c.Method() == fiber.MethodPost
	body := newCampaignPage{Kind: page.Radios{Field: page.Field{Name: "kind", Label: "Kind", LabelSize: "s", Error: wrong.For("kind")}, Inline: true,
		Options: []page.Option{{Value: "blanket", Text: "Everybody of the region"}, {Value: "pilot", Text: "A pilot"}}, Chosen: c.FormValue("kind")}}
	for _, f := range newCampaignFields(by, last) {
		in := page.Input{Field: page.Field{Name: f.name, Label: f.label, Hint: f.hint, Error: wrong.For(f.name)}, Width: f.width, Value: f.value}
		if f.name == "length" && in.Error == "" {
			in.Error = wrong.For("window")
		}
		if typed {
			in.Value = c.FormValue(f.name)
		}
		body.Fields = append(body.Fields, in)
	}
	return h.show(c, "newcampaign.html", page.View{Title: "New campaign", Active: "/campaigns", Problem: wrong,
		Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}}, Body: body})
}

func (h *Hall) newCampaignForm(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showNewCampaign(c, by, nil)
}

func (h *Hall) createCampaign(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	number := func(name string) int {
		n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(c.FormValue(name)), ",", ""))
		if err != nil {
			wrong.Add(name, "Give a whole number.")
		}
		return n
	}
	var freepost []string
	for _, line := range strings.Split(c.FormValue("freepost"), ",") {
		if line = strings.TrimSpace(line); line != "" {
			freepost = append(freepost, line)
		}
	}
	n := campaigns.NewCampaign{Code: c.FormValue("code"), Programme: strings.TrimSpace(c.FormValue("programme")), Region: strings.TrimSpace(c.FormValue("region")),
		Name: strings.TrimSpace(c.FormValue("name")), Kind: c.FormValue("kind"), Pack: strings.TrimSpace(c.FormValue("pack")), Vendor: strings.TrimSpace(c.FormValue("vendor")),
		Window:     campaigns.Policy{Unit: "days", Length: number("length"), Allowance: number("allowance")},
		MinimumAge: number("age"), DailyCapacity: number("capacity"), BatchSize: number("batch"),
		Helpline: c.FormValue("helpline"), HelplineHours: c.FormValue("hours"), WebAddress: c.FormValue("web"), Freepost: freepost,
		Sender: c.FormValue("sender"), Signatory: c.FormValue("signatory")}
	if len(wrong) > 0 {
		return h.showNewCampaign(c, by, wrong)
	}
	if err := wrong.Take(h.Mailroom.CanPrint(c.UserContext(), n.Pack, n.Vendor)); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showNewCampaign(c, by, wrong)
	}
	made, err := h.Register.CreateCampaign(c.UserContext(), by, n)
	if fault.Is(err, fault.NotFound) { // a programme or region that is not there is a slip of this form
		f := fault.Of(err)
		field := f.Field
		if field == "" {
			field = "programme"
		}
		wrong.Add(field, f.Sentence)
	} else if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		for i := range wrong {
			if wrong[i].Field == "window" {
				wrong[i].Field = "length"
			}
		}
		return h.showNewCampaign(c, by, wrong)
	}
	return h.done(c, "/campaigns/"+made.Code, "Campaign %s is made. Two other people have to approve it; meanwhile its file of people can be uploaded.", made.Code)
}
