package managers

import (
	"fmt"
	"slices"
	"strconv"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type findPage struct{ Number page.Input }

func (h *Hall) findForm(c *fiber.Ctx, _ campaigns.Viewer) error { return h.showFind(c, nil) }

func (h *Hall) showFind(c *fiber.Ctx, wrong page.Problems) error {
	return h.show(c, "find.html", page.View{Title: "Find a person", Active: "/people", Problem: wrong, Body: findPage{page.Input{
		Field: page.Field{Name: "number", Label: "NHS number", Hint: "Ten digits, for example 999 123 4567", Error: wrong.For("number")},
		Value: c.FormValue("number"), Width: "10", Inputmode: "numeric", Code: true, Spellcheck: "false", Autocomplete: "off"}}})
}

// find leads to a person's page by an address that names nobody.
func (h *Hall) find(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	list, err := h.enrolmentsByNumber(c, by, c.FormValue("number"))
	if f := fault.Of(err); f != nil {
		wrong.Add("number", f.Sentence)
		return h.showFind(c, wrong)
	}
	if err != nil {
		return err
	}
	return page.SeeOther(c, fmt.Sprintf("/people/%d", list[0].ID))
}

type peopleInPage struct {
	Campaign campaigns.Campaign
	State    string
	Key      campaigns.State
	People   []campaigns.Enrolment
	Total    int
	Next     campaigns.EnrolmentID
	After    campaigns.EnrolmentID
}

// peopleInPageSize is how many people a list shows at once.
const peopleInPageSize = 50

// peopleIn lists who is behind a number of the ledger, without naming anybody.
func (h *Hall) peopleIn(c *fiber.Ctx, by campaigns.Viewer) error {
	k, err := h.Register.Campaign(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return err
	}
	state := campaigns.State(c.Params("state"))
	if !slices.Contains(campaigns.States, state) {
		return fault.New(fault.NotFound, "There is no such state.")
	}
	after, _ := strconv.ParseInt(c.Query("after"), 10, 64)
	body := peopleInPage{Campaign: k, State: state.Plain(), Key: state, After: campaigns.EnrolmentID(after)}
	if body.People, err = h.Register.EnrolmentsIn(c.UserContext(), k.ID, state, body.After, peopleInPageSize+1); err != nil {
		return err
	}
	if len(body.People) > peopleInPageSize {
		body.People = body.People[:peopleInPageSize]
		body.Next = body.People[peopleInPageSize-1].ID
	}
	counts, err := h.Register.Counts(c.UserContext(), k.ID)
	if err != nil {
		return err
	}
	for _, n := range counts {
		if n.State == state {
			body.Total += n.People
		}
	}
	return h.show(c, "peoplein.html", page.View{Title: body.State + ", " + k.Name, Active: "/campaigns",
		Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}, {Text: k.Name, Href: "/campaigns/" + k.Code}}, Body: body})
}
