package managers

import (
	"fmt"
	"strconv"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/funding"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type planPage struct {
	Campaign campaigns.Campaign
	Left     int
	Earliest calendar.Date
	First    page.DateInput
	People   page.Input
	Waves    page.Input
	Practice page.Input
	Counted  []campaigns.PlannedWave // what the plan comes to; nil before it was counted
	Sum      int
	Rest     int            // people who stay in no wave
	Slips    []funding.Slip // letters that come after the money offered for them
}

// planOf reads the form of a plan. Practices are codes divided by commas or blanks.
func planOf(c *fiber.Ctx) (p campaigns.Plan, first page.DateInput, wrong page.Problems) {
	p.FirstPostOn, first, wrong = readDay(c, "first", wrong)
	number := func(name string) int {
		typed := c.FormValue(name)
		if typed == "" {
			return 0
		}
		n, err := strconv.Atoi(typed)
		if err != nil || n < 1 {
			wrong.Add(name, "Give a whole number above 0, or leave it blank.")
		}
		return n
	}
	p.People, p.Waves = number("people"), number("waves")
	p.Practices = codes(c.FormValue("practices"))
	return p, first, wrong
}

func (h *Hall) planForm(c *fiber.Ctx, by campaigns.Viewer) error {
	working, err := h.Register.Working(c.UserContext())
	if err != nil {
		return err
	}
	y, m, d := working.Add(h.Clock.Today(), campaigns.LeadDays+1).Civil()
	first := page.DateInput{Day: strconv.Itoa(d), Month: strconv.Itoa(int(m)), Year: strconv.Itoa(y)}
	return h.showPlan(c, by, first, nil, nil)
}

func (h *Hall) showPlan(c *fiber.Ctx, by campaigns.Viewer, first page.DateInput, counted []campaigns.PlannedWave, wrong page.Problems) error {
	k, err := h.Register.Campaign(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return err
	}
	left, err := h.plannable(c, k, codes(c.FormValue("practices")))
	if err != nil {
		return err
	}
	working, err := h.Register.Working(c.UserContext())
	if err != nil {
		return err
	}
	body := planPage{Campaign: k, Left: left, Earliest: working.Add(h.Clock.Today(), campaigns.LeadDays), First: first, Counted: counted}
	body.First.Field = page.Field{Name: "first", Label: "First day of posting", LabelSize: "s", Hint: "The vendor needs a working day; the first possible is " + body.Earliest.Long(), Error: wrong.For("first")}
	body.People = page.Input{Field: page.Field{Name: "people", Label: "People in each wave at most", Hint: "Blank for everybody in one wave", Error: wrong.For("people")}, Value: c.FormValue("people"), Width: "10", Inputmode: "numeric"}
	body.Waves = page.Input{Field: page.Field{Name: "waves", Label: "How many waves at most", Hint: "Blank for as many as it takes", Error: wrong.For("waves")}, Value: c.FormValue("waves"), Width: "4", Inputmode: "numeric"}
	body.Practice = page.Input{Field: page.Field{Name: "practices", Label: "Only these practices", Hint: "Codes divided by commas; blank for all of the region", Error: wrong.For("practices")}, Value: c.FormValue("practices")}
	for _, w := range counted {
		body.Sum += w.People
	}
	body.Rest = left - body.Sum
	if body.Slips, err = h.Purse.WouldSlip(c.UserContext(), k, counted); err != nil {
		return err
	}
	return h.show(c, "plan.html", page.View{Title: "Plan waves", Active: "/campaigns", Problem: wrong,
		Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}, {Text: k.Name, Href: "/campaigns/" + k.Code}}, Body: body})
}

// plannable counts who is in no wave, approved or planned for the same practices.
func (h *Hall) plannable(c *fiber.Ctx, k campaigns.Campaign, practices []string) (int, error) {
	left, err := h.Register.Left(c.UserContext(), k.ID, practices)
	if err != nil {
		return 0, err
	}
	waves, err := h.Register.Waves(c.UserContext(), k.ID)
	if err != nil {
		return 0, err
	}
	for _, w := range waves {
		if w.State == "planned" && fmt.Sprint(w.Practices) == fmt.Sprint(practices) {
			left -= w.People
		}
	}
	return max(left, 0), nil
}

// plan counts first; only a plan that was counted is saved, and only if the
// count is still the same.
func (h *Hall) plan(c *fiber.Ctx, by campaigns.Viewer) error {
	p, first, wrong := planOf(c)
	if len(wrong) > 0 {
		return h.showPlan(c, by, first, nil, wrong)
	}
	k, err := h.Register.Campaign(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return err
	}
	left, err := h.plannable(c, k, p.Practices)
	if err != nil {
		return err
	}
	working, err := h.Register.Working(c.UserContext())
	if err != nil {
		return err
	}
	counted, err := p.Spread(left, k, h.Clock.Today(), working)
	if err == nil {
		err = h.Register.VendorTakes(c.UserContext(), k, counted)
	}
	if err != nil {
		if err := wrong.Take(err); err != nil {
			return err
		}
		return h.showPlan(c, by, first, nil, atFirstBox(wrong, "first"))
	}
	sum := 0
	for _, w := range counted {
		sum += w.People
	}
	if c.FormValue("counted") == "" {
		return h.showPlan(c, by, first, counted, nil)
	}
	if c.FormValue("counted") != fmt.Sprintf("%d/%d", len(counted), sum) {
		wrong.Add("", "The count has changed since you saw it. Look at the new numbers and confirm again.")
		return h.showPlan(c, by, first, counted, wrong)
	}
	waves, err := h.Register.PlanWaves(c.UserContext(), by, k.Code, p)
	if err != nil {
		return err
	}
	return h.done(c, "/campaigns/"+k.Code, "%s proposed. Two other people have to approve each; nothing is written before.", page.Plural(int64(len(waves)), "wave is", "waves are"))
}

type wavePage struct {
	Campaign      campaigns.Campaign
	Wave          campaigns.Wave
	Colour, Word  string
	Count         campaigns.Reckoning
	Out           []share
	OutTotal      int
	Languages     []share
	Formats       []share
	Signatures    []campaigns.Signature
	Places        []ledgerLine // where its people are, once approved
	Placed        int
	Paused        *campaigns.Signal
	PausedBy      string
	Author        string
	Passed        bool // its first day of posting has passed
	MayManage     bool
	MayApprove    bool
	WhyNot        string
	NeedsCampaign bool
	Reason        page.Input
}

func (h *Hall) oneWave(c *fiber.Ctx, by campaigns.Viewer) (campaigns.Campaign, campaigns.Wave, error) {
	k, err := h.Register.Campaign(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return k, campaigns.Wave{}, err
	}
	n, err := strconv.ParseInt(c.Params("number"), 10, 16)
	if err != nil {
		return k, campaigns.Wave{}, fault.New(fault.NotFound, "There is no such wave.")
	}
	w, err := h.Register.Wave(c.UserContext(), k.ID, int(n))
	return k, w, err
}

func (h *Hall) wave(c *fiber.Ctx, by campaigns.Viewer) error { return h.showWave(c, by, nil) }

func (h *Hall) showWave(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	k, w, err := h.oneWave(c, by)
	if err != nil {
		return err
	}
	body := wavePage{Campaign: k, Wave: w, MayManage: by.Role.Manages(), NeedsCampaign: k.ApprovedAt.IsZero(), Author: h.nameOf(ctx, w.Author)}
	if body.Signatures, err = h.Register.Signatures(ctx, "wave", int64(w.ID)); err != nil {
		return err
	}
	counts, err := h.Register.Counts(ctx, k.ID)
	if err != nil {
		return err
	}
	line := waveLine{Wave: w, Signatures: len(body.Signatures)}
	places := map[campaigns.State]int{}
	for _, n := range counts {
		if n.Wave == w.ID {
			line.count(n)
			places[n.State] += n.People
		}
	}
	for _, s := range campaigns.States {
		if places[s] > 0 {
			body.Places = append(body.Places, ledgerLine{s, s.Plain(), places[s]})
			body.Placed += places[s]
		}
	}
	signals, err := h.Register.Signals(ctx, []string{campaigns.PauseWave(w.ID)})
	if err != nil {
		return err
	}
	if s := signals[campaigns.PauseWave(w.ID)]; s.Red() {
		body.Paused, body.PausedBy = &s, h.nameOf(ctx, s.Staff)
	}
	line.name(body.Paused != nil)
	body.Colour, body.Word = line.Colour, line.Word
	if w.State == "planned" {
		if body.Count, err = h.Register.Reckon(ctx, w); err != nil {
			return err
		}
		body.Out, body.Languages, body.Formats = shares(body.Count.Out, reasonName), shares(body.Count.Languages, languageName), shares(body.Count.Formats, formatName)
		body.OutTotal = total(body.Out)
		body.MayApprove, body.WhyNot = maySign(by, w.Author, body.Signatures)
		body.Passed = w.FirstPostOn.Before(h.Clock.Today())
		body.MayApprove = body.MayApprove && !body.NeedsCampaign && !body.Passed && body.Count.People > 0
	}
	body.Reason = page.Input{Field: page.Field{Name: "reason", Label: "Why?", Hint: "A few words that colleagues will understand; no names of patients", Error: wrong.For("reason")}, Value: c.FormValue("reason")}
	return h.show(c, "wave.html", page.View{Title: fmt.Sprintf("Wave %d, %s", w.Number, k.Name), Active: "/campaigns", Problem: wrong,
		Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}, {Text: k.Name, Href: "/campaigns/" + k.Code}}, Body: body})
}

func (h *Hall) approveWave(c *fiber.Ctx, by campaigns.Viewer) error {
	k, w, err := h.oneWave(c, by)
	if err != nil {
		return err
	}
	n, err := h.Register.ApproveWave(c.UserContext(), by, k.Code, w.Number)
	if f := fault.Of(err); f != nil && (f.Kind == fault.Refused || f.Kind == fault.Conflict) {
		return h.showWave(c, by, page.Problems{{Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	href := fmt.Sprintf("/campaigns/%s/waves/%d", k.Code, w.Number)
	if n < 2 {
		return h.done(c, href, "You have approved wave %d as counted now. One more person has to sign the same count.", w.Number)
	}
	return h.done(c, href, "Two people have approved wave %d. Its people are frozen and their letters are being drawn.", w.Number)
}

func (h *Hall) withdrawWave(c *fiber.Ctx, by campaigns.Viewer) error {
	k, w, err := h.oneWave(c, by)
	if err != nil {
		return err
	}
	err = h.Register.WithdrawWave(c.UserContext(), by, k.Code, w.Number)
	if f := fault.Of(err); f != nil && f.Kind == fault.Conflict {
		return h.showWave(c, by, page.Problems{{Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	return h.done(c, "/campaigns/"+k.Code, "Wave %d is taken back. Its people can be planned again.", w.Number)
}

func (h *Hall) pauseWave(c *fiber.Ctx, by campaigns.Viewer) error {
	k, w, err := h.oneWave(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	if err := wrong.Take(h.Register.Halt(c.UserContext(), by, campaigns.PauseWave(w.ID), c.FormValue("reason"))); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showWave(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/campaigns/%s/waves/%d", k.Code, w.Number), "Wave %d is paused.", w.Number)
}

func (h *Hall) resumeWave(c *fiber.Ctx, by campaigns.Viewer) error {
	k, w, err := h.oneWave(c, by)
	if err != nil {
		return err
	}
	if err := h.Register.Resume(c.UserContext(), by, campaigns.PauseWave(w.ID)); err != nil {
		return err
	}
	return h.done(c, fmt.Sprintf("/campaigns/%s/waves/%d", k.Code, w.Number), "Wave %d goes on.", w.Number)
}
