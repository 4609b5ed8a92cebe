package managers

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type extendPage struct {
	Campaign campaigns.Campaign
	Waves    page.Select
	Days     page.Input
	Reason   page.Input
	Open     []extension
	Past     []pastExtension
}

// pastExtension is one that two people wanted.
type pastExtension struct {
	optout.Extension
	Whose string
}

// extension is one that somebody proposed and another has to agree to.
type extension struct {
	Wave, Days   int
	Reason       string
	By           string
	Mine         bool
	Where, Since string
}

func (h *Hall) extendForm(c *fiber.Ctx, by campaigns.Viewer) error { return h.showExtend(c, by, nil) }

func (h *Hall) showExtend(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	k, err := h.Register.Campaign(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return err
	}
	waves, err := h.Register.Waves(c.UserContext(), k.ID)
	if err != nil {
		return err
	}
	body := extendPage{Campaign: k,
		Waves:  page.Select{Field: page.Field{Name: "wave", Label: "Whose windows"}, Options: []page.Option{{Value: "0", Text: "Everybody of the campaign"}}, Chosen: c.FormValue("wave")},
		Days:   page.Input{Field: page.Field{Name: "days", Label: "By how many days", Error: wrong.For("days")}, Width: "4", Inputmode: "numeric", Value: c.FormValue("days")},
		Reason: page.Input{Field: page.Field{Name: "reason", Label: "Why?", Hint: "It stands beside each window that is lengthened", Error: wrong.For("reason")}, Value: c.FormValue("reason")}}
	for _, w := range waves {
		if w.State == "approved" {
			body.Waves.Options = append(body.Waves.Options, page.Option{Value: strconv.Itoa(w.Number), Text: fmt.Sprintf("Wave %d, %s", w.Number, page.Plural(int64(w.People), "person", "people"))})
		}
	}
	if body.Open, err = h.extensions(c, by, k); err != nil {
		return err
	}
	past, err := h.Desk.Extensions(c.UserContext(), k.ID)
	if err != nil {
		return err
	}
	for _, x := range past {
		whose := "Everybody of the campaign"
		if x.Wave > 0 {
			whose = fmt.Sprintf("Wave %d", x.Wave)
		} else if x.Region != "" {
			whose = "Everybody of region " + x.Region
		}
		body.Past = append(body.Past, pastExtension{x, whose})
	}
	return h.show(c, "extend.html", page.View{Title: "Extend windows", Active: "/campaigns", Problem: wrong,
		Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}, {Text: k.Name, Href: "/campaigns/" + k.Code}}, Body: body})
}

// extensions reads what was proposed for a campaign from the keys of the proposals.
func (h *Hall) extensions(c *fiber.Ctx, by campaigns.Viewer, k campaigns.Campaign) ([]extension, error) {
	open, err := h.Register.Proposals(c.UserContext())
	if err != nil {
		return nil, err
	}
	var list []extension
	for _, p := range open {
		rest, ours := strings.CutPrefix(p.Key, fmt.Sprintf("campaign:%d:wave:", k.ID))
		if p.Action != "extend" || !ours {
			continue
		}
		wave, days, _ := strings.Cut(rest, ":days:")
		e := extension{By: p.AuthorName, Mine: p.Author == by.ID, Since: page.Moment(p.ProposedAt), Where: "everybody of the campaign"}
		e.Wave, _ = strconv.Atoi(wave)
		e.Days, _ = strconv.Atoi(days)
		if e.Wave > 0 {
			e.Where = fmt.Sprintf("wave %d", e.Wave)
		}
		_ = json.Unmarshal(p.Detail, &e.Reason)
		list = append(list, e)
	}
	return list, nil
}

// extend proposes an extension, or agrees to the very same proposed by somebody else.
func (h *Hall) extend(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	days, err := strconv.Atoi(strings.TrimSpace(c.FormValue("days")))
	if err != nil {
		wrong.Add("days", "Give the number of days.")
		return h.showExtend(c, by, wrong)
	}
	wave, err := strconv.Atoi(c.FormValue("wave"))
	if err != nil {
		wave = 0
	}
	agreed, err := h.Desk.Extend(c.UserContext(), by, c.Params("code"), wave, days, strings.TrimSpace(c.FormValue("reason")))
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showExtend(c, by, wrong)
	}
	if agreed {
		return h.done(c, "/campaigns/"+c.Params("code"), "Two people have extended the windows by %s.", page.Plural(int64(days), "day", "days"))
	}
	return h.done(c, "/campaigns/"+c.Params("code")+"/extend", "You have proposed to extend the windows by %s. Somebody else has to agree.", page.Plural(int64(days), "day", "days"))
}
