package managers

import (
	"fmt"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// The helpdesk's page is worked by the keyboard alone: each field has an
// access key that is shown, and Enter goes on.

// deskFound is somebody who fits, with the access key that leads there.
type deskFound struct {
	optout.Found
	Key string
}

type deskPage struct {
	Reference page.Input
	Family    page.Input
	Born      page.DateInput
	Postcode  page.Input
	Found     []deskFound
	Nobody    bool // three details were given and fit nobody
	Says      page.Radios
	Programme page.Select
	Token     string
	Typed     map[string]string // what was told, to be held
}

func (h *Hall) deskForm(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showDesk(c, by, page.DateInput{}, nil, false, nil)
}

func keyed(key string) page.Attrs { return page.Attrs{"accesskey": key} }

func (h *Hall) showDesk(c *fiber.Ctx, by campaigns.Viewer, born page.DateInput, found []optout.Found, nobody bool, wrong page.Problems) error {
	body := deskPage{Nobody: nobody, Born: born, Token: newToken()}
	for i, f := range found {
		one := deskFound{Found: f}
		if i < 9 {
			one.Key = fmt.Sprint(i + 1)
		}
		body.Found = append(body.Found, one)
	}
	body.Reference = page.Input{Field: page.Field{Name: "reference", Label: "Reference on the letter", Hint: "Key R. Such as DN 4831 772 056", Error: wrong.For("reference"), Attrs: keyed("r")},
		Value: c.FormValue("reference"), Width: "20", Code: true, Spellcheck: "false", Autocomplete: "off"}
	if !nobody && len(found) == 0 {
		body.Reference.Attrs["autofocus"] = "autofocus"
	}
	body.Family = page.Input{Field: page.Field{Name: "family", Label: "Family name", Hint: "Key F", Error: wrong.For("family"), Attrs: keyed("f")}, Value: c.FormValue("family"), Width: "20", Spellcheck: "false", Autocomplete: "off"}
	body.Postcode = page.Input{Field: page.Field{Name: "postcode", Label: "Postcode", Hint: "Key P", Error: wrong.For("postcode"), Attrs: keyed("p")}, Value: c.FormValue("postcode"), Width: "10", Spellcheck: "false", Autocomplete: "off"}
	body.Born.Field = page.Field{Name: "born", Label: "Date of birth", LabelSize: "s", Hint: "Day, month and year", Error: wrong.For("born")}
	if nobody {
		list, err := h.Register.Campaigns(c.UserContext(), by)
		if err != nil {
			return err
		}
		body.Says = page.Radios{Field: page.Field{Name: "says", Label: "What does the caller say?", LabelSize: "s", Error: wrong.For("says")}, Inline: true, Chosen: c.FormValue("says"),
			Options: []page.Option{{Value: "no", Text: "No record"}, {Value: "yes", Text: "Yes, a record"}, {Value: "unknown", Text: "Not clear"}}}
		body.Programme = page.Select{Field: page.Field{Name: "campaign", Label: "About which campaign?", Error: wrong.For("campaign")}, Chosen: c.FormValue("campaign")}
		for _, k := range list {
			body.Programme.Options = append(body.Programme.Options, page.Option{Value: k.Code, Text: k.Name})
		}
		body.Typed = map[string]string{}
		for _, name := range []string{"reference", "family", "born[day]", "born[month]", "born[year]", "postcode"} {
			body.Typed[name] = c.FormValue(name)
		}
	}
	return h.show(c, "desk.html", page.View{Title: "Take a call", Active: "/people", Problem: wrong, Body: body})
}

// sought reads what a caller tells.
func (h *Hall) sought(c *fiber.Ctx) (optout.Sought, page.DateInput, page.Problems) {
	born, typed, wrong := readDay(c, "born", nil)
	s := optout.Sought{FamilyName: strings.TrimSpace(c.FormValue("family")), BornOn: born, Postcode: strings.TrimSpace(c.FormValue("postcode"))}
	if r := strings.TrimSpace(c.FormValue("reference")); r != "" {
		reference, err := letters.NormaliseReference(r)
		if f := fault.Of(err); f != nil {
			wrong.Add("reference", f.Sentence)
		}
		s.Reference = reference
	}
	return s, typed, wrong
}

// deskFind leads straight to the one person who fits.
func (h *Hall) deskFind(c *fiber.Ctx, by campaigns.Viewer) error {
	s, typed, wrong := h.sought(c)
	var found []optout.Found
	if len(wrong) == 0 {
		var err error
		found, err = h.Desk.Find(c.UserContext(), by, s)
		if err := wrong.Take(err); err != nil {
			return err
		}
	}
	switch {
	case len(wrong) > 0:
		return h.showDesk(c, by, typed, nil, false, wrong)
	case len(found) == 1:
		return page.SeeOther(c, fmt.Sprintf("/desk/%d", found[0].Enrolment))
	case len(found) > 1:
		return h.showDesk(c, by, typed, found, false, nil)
	}
	return h.showDesk(c, by, typed, nil, true, nil)
}

// deskHold keeps the answer of a caller who fits nobody: it waits in the
// in-tray, and for whoever it may be.
func (h *Hall) deskHold(c *fiber.Ctx, by campaigns.Viewer) error {
	s, typed, wrong := h.sought(c)
	k, err := h.Register.Campaign(c.UserContext(), by, c.FormValue("campaign"))
	if fault.Is(err, fault.NotFound) {
		wrong.Add("campaign", "Choose the campaign that the caller speaks of.")
	} else if err != nil {
		return err
	}
	says := c.FormValue("says")
	if says != "no" && says != "yes" && says != "unknown" {
		wrong.Add("says", "Choose what the caller says.")
	}
	if len(wrong) > 0 {
		return h.showDesk(c, by, typed, nil, true, wrong)
	}
	told := map[string]string{"family_name": s.FamilyName, "postcode": strings.ToUpper(s.Postcode)}
	if !s.BornOn.IsZero() {
		told["born_on"] = s.BornOn.String()
	}
	receipt, err := h.Desk.Hold(c.UserContext(), by, optout.NewHold{Programme: k.Programme, Says: says, Channel: campaigns.Phone, ReceivedOn: h.Clock.Today(),
		Reference: s.Reference, Told: told, Token: c.FormValue("token")})
	if err != nil {
		return err
	}
	return h.done(c, "/desk", "It is in the in-tray as %s: read that to the caller. Somebody finds whose it is within five working days.", receipt.Reference)
}

type callPage struct {
	Enrolment campaigns.Enrolment
	Person    campaigns.Person
	Name      string
	Address   string
	Programme string
	Sentence  string
	Said      string // the answer that stands
	Says      string
	Who       string
	Given     page.Input
	Capacity  page.Select
	As        string // the capacity that was chosen
	Young     string
	Proved    bool
	Token     string
	Wrong     string
	Read      string // what is read back; "" before
	Today     calendar.Date
}

func (h *Hall) deskCall(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showCall(c, by, callPage{Who: "self", Token: newToken()}, nil)
}

func (h *Hall) showCall(c *fiber.Ctx, by campaigns.Viewer, body callPage, wrong page.Problems) error {
	id, err := h.oneEnrolment(c)
	if err != nil {
		return err
	}
	why, err := h.Desk.Why(c.UserContext(), by, id)
	if err != nil {
		return err
	}
	if err := h.Register.LookedAt(c.UserContext(), by, "person", fmt.Sprint(why.Person.ID), "a call"); err != nil {
		return err
	}
	k, err := h.Register.Campaign(c.UserContext(), by, why.Enrolment.Code)
	if err != nil {
		return err
	}
	body.Enrolment, body.Person, body.Name, body.Address = why.Enrolment, why.Person, why.Person.Name(), address(why.Person)
	body.Programme, body.Sentence, body.Today = k.ProgrammeName, why.Sentence, h.Clock.Today()
	if why.Person.Sensitive {
		body.Name, body.Address, body.Person = fmt.Sprintf("Person %d", why.Person.ID), "", campaigns.Person{ID: why.Person.ID, Sensitive: true}
	}
	for _, a := range why.Answers {
		if !a.Reversed {
			body.Said = fmt.Sprintf("%s, received %s (%s)", capital(a.Says), page.Day(a.ReceivedOn, body.Today), strings.ToLower(channelName(a.Channel)))
		}
	}
	policy, err := h.Desk.AnswerPolicyOf(c.UserContext(), why.Enrolment.Campaign)
	if err != nil {
		return err
	}
	body.Capacity = capacityField(policy, body.As)
	body.Young = tooYoung(policy, why.Person.BornOn, body.Today)
	body.Wrong = wrong.For("says")
	body.Given = page.Input{Field: page.Field{Name: "given", Label: "Who for whom", Hint: "For example: mother for her son; no names", Error: wrong.For("given")}, Value: c.FormValue("given"), Autocomplete: "off"}
	return h.show(c, "call.html", page.View{Title: "Take a call: the answer", Active: "/people", Problem: wrong, Crumbs: []page.Link{{Text: "Take a call", Href: "/desk"}}, Body: body})
}

// deskAnswer is asked twice, like the longer form: it is read back, then it counts.
func (h *Hall) deskAnswer(c *fiber.Ctx, by campaigns.Viewer) error {
	id, err := h.oneEnrolment(c)
	if err != nil {
		return err
	}
	e, p, err := h.Register.Enrolment(c.UserContext(), by, id)
	if err != nil {
		return err
	}
	body := callPage{Says: c.FormValue("says"), Who: c.FormValue("who", "self"), As: c.FormValue("capacity"), Proved: c.FormValue("proved") == "yes", Token: c.FormValue("token", newToken())}
	a := optout.Answer{Campaign: e.Campaign, Person: p.ID, Says: body.Says, Channel: campaigns.Phone, ReceivedOn: h.Clock.Today(), GivenBy: "self", Capacity: body.As, Proved: body.Proved, Token: body.Token}
	var wrong page.Problems
	if a.Says != "no" && a.Says != "yes" {
		wrong.Add("says", "Choose no or yes.")
	}
	if body.Who != "self" {
		if a.GivenBy = strings.TrimSpace(c.FormValue("given")); a.GivenBy == "" || a.GivenBy == "self" {
			wrong.Add("given", "Say who says it for whom.")
		}
	}
	if len(wrong) > 0 {
		return h.showCall(c, by, body, wrong)
	}
	if c.FormValue("confirmed") != "yes" {
		body.Read = "You want a record to be made. Is that right?"
		if a.Says == "no" {
			body.Read = "You do not want a record to be made. Is that right?"
		}
		return h.showCall(c, by, body, nil)
	}
	receipt, err := h.Desk.Answer(c.UserContext(), by, a)
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showCall(c, by, body, page.Problems{{Field: "says", Text: wrong[0].Text}})
	}
	if receipt.Held {
		return h.done(c, "/desk", "It is held until a manager settles it; nothing is made meanwhile. Its reference is %s: read it to the caller.", receipt.Reference)
	}
	return h.done(c, "/desk", "Entered: %s. The reference is %s: read it to the caller.", receipt.Says, receipt.Reference)
}
