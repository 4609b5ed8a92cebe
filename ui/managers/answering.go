package managers

import (
	"fmt"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// capacityWords say as what somebody answers for another.
var capacityWords = map[string]string{"parent": "Parent or guardian", "attorney": "Attorney for health and welfare", "deputy": "Deputy of the Court of Protection"}

// capacityField asks as what somebody answers for a person, with what each shows.
func capacityField(p optout.AnswerPolicy, chosen string) page.Select {
	s := page.Select{Field: page.Field{Name: "capacity", Label: "As what", Hint: "By the campaign’s policy; anybody else’s answer is held"}, Chosen: chosen,
		Options: []page.Option{{Value: "", Text: "Somebody else"}}}
	for _, e := range p.Entitled {
		s.Options = append(s.Options, page.Option{Value: e.Capacity, Text: capacityWords[e.Capacity] + ", for people " + ages(e.From, e.Until) + ": " + e.Evidence})
	}
	return s
}

func ages(from, until int) string {
	switch {
	case until == 0 && from == 0:
		return "of any age"
	case until == 0:
		return fmt.Sprintf("from %d", from)
	case from == 0:
		return fmt.Sprintf("under %d", until)
	}
	return fmt.Sprintf("from %d to %d", from, until-1)
}

// entitledLine is one line of a campaign's policy in words.
type entitledLine struct{ Who, For, Shows string }

func entitledLines(p optout.AnswerPolicy) []entitledLine {
	list := []entitledLine{{"The person", ages(p.SelfFrom, 0), "the code and the date of birth, or their details on the phone"}}
	for _, e := range p.Entitled {
		list = append(list, entitledLine{capacityWords[e.Capacity], ages(e.From, e.Until), e.Evidence})
	}
	return list
}

type answeringPage struct {
	Campaign campaigns.Campaign
	Lines    []entitledLine
	Ages     []int
	Minimum  int
	May      bool
	Self     page.Input
	Rows     []entitledFields
}

type entitledFields struct {
	Who                   string
	From, Until, Evidence page.Input
}

func (h *Hall) answering(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showAnswering(c, by, nil)
}

func (h *Hall) showAnswering(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	k, err := h.Register.Campaign(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return err
	}
	p, err := h.Desk.AnswerPolicyOf(c.UserContext(), k.ID)
	if err != nil {
		return err
	}
	body := answeringPage{Campaign: k, Lines: entitledLines(p), Ages: optout.Thresholds, Minimum: k.MinimumAge, May: by.Role.Manages()}
	number := func(name, label, hint string, n int) page.Input {
		return page.Input{Field: page.Field{Name: name, Label: label, Hint: hint, Error: wrong.For(name)}, Value: typed(c, name, strconv.Itoa(n)), Width: "3", Inputmode: "numeric"}
	}
	body.Self = number("self", "A person’s own word counts from the age of", "", p.SelfFrom)
	for _, capacity := range optout.Capacities {
		e := optout.Entitled{Capacity: capacity}
		for _, one := range p.Entitled {
			if one.Capacity == capacity {
				e = one
			}
		}
		body.Rows = append(body.Rows, entitledFields{Who: capacityWords[capacity], From: number(capacity+"-from", "For people from", "", e.From), Until: number(capacity+"-until", "Until before the age of", "0: no end", e.Until),
			Evidence: page.Input{Field: page.Field{Name: capacity + "-evidence", Label: "What they show", Hint: "Blank: they may not answer", Error: wrong.For(capacity + "-evidence")}, Value: typed(c, capacity+"-evidence", e.Evidence)}})
	}
	return h.show(c, "answering.html", page.View{Title: "Who may answer for whom", Active: "/campaigns", Problem: wrong,
		Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}, {Text: k.Name, Href: "/campaigns/" + k.Code}}, Body: body})
}

func (h *Hall) setAnswering(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	age := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(c.FormValue(name)))
		if err != nil {
			wrong.Add(name, "Give an age in whole years.")
		}
		return n
	}
	p := optout.AnswerPolicy{SelfFrom: age("self")}
	for _, capacity := range optout.Capacities {
		if shows := strings.TrimSpace(c.FormValue(capacity + "-evidence")); shows != "" {
			p.Entitled = append(p.Entitled, optout.Entitled{Capacity: capacity, From: age(capacity + "-from"), Until: age(capacity + "-until"), Evidence: shows})
		}
	}
	if len(wrong) == 0 {
		if err := wrong.Take(h.Desk.SetAnswerPolicy(c.UserContext(), by, c.Params("code"), p)); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showAnswering(c, by, wrong)
	}
	return h.done(c, "/campaigns/"+c.Params("code")+"/answering", "From now on answers are taken by this. What was answered before stays as it was taken.")
}

// tooYoung says that a person's own word does not count yet, or "".
func tooYoung(p optout.AnswerPolicy, born, today calendar.Date) string {
	if born.IsZero() || born.AgeOn(today) >= p.SelfFrom {
		return ""
	}
	return fmt.Sprintf("This person is %d: their own word is held, because in this campaign it counts from %d.", born.AgeOn(today), p.SelfFrom)
}
