package managers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type extendRegionPage struct {
	Region page.Select
	Days   page.Input
	Reason page.Input
	Open   []regionExtension
}

// regionExtension is one that somebody proposed for a region.
type regionExtension struct {
	extension
	Region string
}

func (h *Hall) extendRegionForm(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showExtendRegion(c, by, nil)
}

func (h *Hall) showExtendRegion(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	mine, err := h.Register.Campaigns(c.UserContext(), by)
	if err != nil {
		return err
	}
	body := extendRegionPage{
		Region: page.Select{Field: page.Field{Name: "region", Label: "Which region", Error: wrong.For("region")}, Chosen: c.FormValue("region")},
		Days:   page.Input{Field: page.Field{Name: "days", Label: "By how many days", Error: wrong.For("days")}, Width: "4", Inputmode: "numeric", Value: c.FormValue("days")},
		Reason: page.Input{Field: page.Field{Name: "reason", Label: "Why?", Hint: "It stands beside each window that is lengthened", Error: wrong.For("reason")}, Value: c.FormValue("reason")}}
	campaignsOf := map[string]int{}
	for _, k := range mine {
		if campaignsOf[k.Region]++; campaignsOf[k.Region] == 1 {
			body.Region.Options = append(body.Region.Options, page.Option{Value: k.Region, Text: k.RegionName})
		}
	}
	for i, o := range body.Region.Options {
		body.Region.Options[i].Text = fmt.Sprintf("%s, %s", o.Text, page.Plural(int64(campaignsOf[o.Value]), "campaign", "campaigns"))
	}
	slices.SortFunc(body.Region.Options, func(a, b page.Option) int { return cmp.Compare(a.Text, b.Text) })
	open, err := h.Register.Proposals(c.UserContext())
	if err != nil {
		return err
	}
	for _, p := range open {
		rest, ours := strings.CutPrefix(p.Key, "region:")
		region, days, _ := strings.Cut(rest, ":days:")
		if p.Action != "extend" || !ours || !by.Sees(region) {
			continue
		}
		e := regionExtension{extension{By: p.AuthorName, Mine: p.Author == by.ID, Since: page.Moment(p.ProposedAt)}, region}
		e.Days, _ = strconv.Atoi(days)
		_ = json.Unmarshal(p.Detail, &e.Reason)
		body.Open = append(body.Open, e)
	}
	return h.show(c, "extendregion.html", page.View{Title: "Extend a region", Active: "/campaigns", Problem: wrong, Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}}, Body: body})
}

// extendRegion proposes an extension of a region, or agrees to the very same.
func (h *Hall) extendRegion(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	days, err := strconv.Atoi(strings.TrimSpace(c.FormValue("days")))
	if err != nil {
		wrong.Add("days", "Give the number of days.")
		return h.showExtendRegion(c, by, wrong)
	}
	agreed, err := h.Desk.ExtendRegion(c.UserContext(), by, c.FormValue("region"), days, strings.TrimSpace(c.FormValue("reason")))
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showExtendRegion(c, by, wrong)
	}
	said := page.Plural(int64(days), "day", "days")
	if agreed {
		return h.done(c, "/extend", "Two people have extended the windows of region %s by %s.", c.FormValue("region"), said)
	}
	return h.done(c, "/extend", "You have proposed to extend the windows of region %s by %s. Somebody else has to agree.", c.FormValue("region"), said)
}

type lengthenedPage struct {
	Campaign  campaigns.Campaign
	Extension optout.Extension
	People    []optout.ExtendedPerson
	Next      campaigns.EnrolmentID
}

// lengthened lists whom a letter should tell of an extension, without naming anybody.
func (h *Hall) lengthened(c *fiber.Ctx, by campaigns.Viewer) error {
	k, err := h.Register.Campaign(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return err
	}
	all, err := h.Desk.Extensions(c.UserContext(), k.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(x optout.Extension) bool { return fmt.Sprint(x.ID) == c.Params("id") })
	if at < 0 {
		return fault.New(fault.NotFound, "There is no such extension of this campaign.")
	}
	after, _ := strconv.ParseInt(c.Query("after"), 10, 64)
	body := lengthenedPage{Campaign: k, Extension: all[at]}
	if body.People, err = h.Desk.ExtendedPeople(c.UserContext(), k.ID, all[at].ID, campaigns.EnrolmentID(after), peopleInPageSize+1); err != nil {
		return err
	}
	if len(body.People) > peopleInPageSize {
		body.People = body.People[:peopleInPageSize]
		body.Next = body.People[peopleInPageSize-1].Enrolment
	}
	return h.show(c, "lengthened.html", page.View{Title: "To be told of the extension, " + k.Name, Active: "/campaigns",
		Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}, {Text: k.Name, Href: "/campaigns/" + k.Code}, {Text: "Extend windows", Href: "/campaigns/" + k.Code + "/extend"}}, Body: body})
}
