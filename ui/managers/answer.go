package managers

import (
	"crypto/rand"
	"fmt"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type answerPage struct {
	Enrolment campaigns.Enrolment
	Name      string
	Programme string
	Says      page.Radios
	Channel   page.Radios
	Received  page.DateInput
	Who       page.Radios
	Capacity  page.Select
	Proved    page.Checkboxes
	Note      page.Input
	Token     string
	Check     *page.SummaryList // what is read back before it counts
	Read      string
	Values    map[string]string
}

// newToken names one filling-in of a form, so that sending it twice is one answer.
func newToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (h *Hall) answerForm(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showAnswer(c, by, page.DateInput{}, nil, nil)
}

var keyedChannels = []page.Option{{Value: "phone", Text: "By phone"}, {Value: "paper", Text: "On a paper form or by letter"}, {Value: "practice", Text: "At the practice"}}

func (h *Hall) showAnswer(c *fiber.Ctx, by campaigns.Viewer, received page.DateInput, check *optout.Answer, wrong page.Problems) error {
	id, err := h.oneEnrolment(c)
	if err != nil {
		return err
	}
	e, p, err := h.Register.Enrolment(c.UserContext(), by, id)
	if err != nil {
		return err
	}
	k, err := h.Register.Campaign(c.UserContext(), by, e.Code)
	if err != nil {
		return err
	}
	if err := h.Register.LookedAt(c.UserContext(), by, "person", fmt.Sprint(p.ID), "to enter an answer"); err != nil {
		return err
	}
	body := answerPage{Enrolment: e, Name: p.Name(), Programme: k.ProgrammeName, Received: received, Token: c.FormValue("token")}
	if p.Sensitive {
		body.Name = fmt.Sprintf("Person %d", p.ID)
	}
	if body.Token == "" {
		body.Token = newToken()
	}
	body.Says = page.Radios{Field: page.Field{Name: "says", Label: "What does the person say?", LabelSize: "s", Error: wrong.For("says")}, Chosen: c.FormValue("says"),
		Options: []page.Option{{Value: "yes", Text: "Yes, a record"}, {Value: "no", Text: "No record"}}}
	body.Channel = page.Radios{Field: page.Field{Name: "channel", Label: "How did it come?", LabelSize: "s", Error: wrong.For("channel")}, Chosen: c.FormValue("channel"), Options: keyedChannels}
	body.Received.Field = page.Field{Name: "received", Label: "Received on", LabelSize: "s", Hint: "The day of the call or of the postmark: it counts from this day, not from today", Error: wrong.For("received")}
	if c.Method() == fiber.MethodGet {
		y, m, d := h.Clock.Today().Civil()
		body.Received.Day, body.Received.Month, body.Received.Year = fmt.Sprint(d), fmt.Sprint(int(m)), fmt.Sprint(y)
	}
	body.Who = page.Radios{Field: page.Field{Name: "who", Label: "Who says it?", LabelSize: "s", Error: wrong.For("who")}, Chosen: c.FormValue("who", "self"), Options: []page.Option{
		{Value: "self", Text: "The person"}, {Value: "other", Text: "Somebody for the person", Within: page.Input{Field: page.Field{Name: "given", Label: "Who for whom", Hint: "For example: mother for her son; no names", Error: wrong.For("given")}, Value: c.FormValue("given")}}}}
	policy, err := h.Desk.AnswerPolicyOf(c.UserContext(), e.Campaign)
	if err != nil {
		return err
	}
	body.Capacity = capacityField(policy, c.FormValue("capacity"))
	proved := []string{}
	if c.FormValue("proved") == "yes" {
		proved = []string{"yes"}
	}
	body.Proved = page.Checkboxes{Field: page.Field{Name: "proved", Label: "Somebody for the person only", LabelSize: "s"}, Small: true, Chosen: proved, Options: []page.Option{{Value: "yes", Text: "They have shown that they may say it", Hint: "If not, the answer is held and a manager settles it"}}}
	body.Note = page.Input{Field: page.Field{Name: "note", Label: "Note", Hint: "If it helps to find the form again; no names", Error: wrong.For("note")}, Value: c.FormValue("note")}
	if check != nil {
		body.readBack(c, *check)
	}
	return h.show(c, "answer.html", page.View{Title: "Enter an answer", Active: "/people", Problem: wrong, Back: page.Link{Text: "Back to the person", Href: fmt.Sprintf("/people/%d", e.ID)}, Body: body})
}

// readBack puts an answer into words to be read aloud before it counts.
func (b *answerPage) readBack(c *fiber.Ctx, a optout.Answer) {
	says := "Yes, a record"
	b.Read = "You want one to be made. Is that right?"
	if a.Says == "no" {
		says, b.Read = "No record", "You do not want one to be made. Is that right?"
	}
	who := "The person"
	if a.GivenBy != "self" {
		who = capital(a.GivenBy)
		if !a.Proved {
			who += ", not proved: it will be held"
		}
	}
	var how string
	for _, o := range keyedChannels {
		if o.Value == string(a.Channel) {
			how = o.Text
		}
	}
	b.Check = &page.SummaryList{Rows: []page.Row{{Key: "Person", Value: b.Name}, {Key: "About", Value: b.Programme}, {Key: "Answer", Value: says}, {Key: "Received", Value: a.ReceivedOn.Long()}, {Key: "How", Value: how}, {Key: "Said by", Value: who}}}
	b.Values = map[string]string{"token": b.Token, "confirmed": "yes"}
	for _, name := range []string{"says", "channel", "received[day]", "received[month]", "received[year]", "who", "given", "capacity", "proved", "note"} {
		b.Values[name] = c.FormValue(name)
	}
}

// answer is asked twice: the first time it is read back, the second time it counts.
func (h *Hall) answer(c *fiber.Ctx, by campaigns.Viewer) error {
	id, err := h.oneEnrolment(c)
	if err != nil {
		return err
	}
	e, p, err := h.Register.Enrolment(c.UserContext(), by, id)
	if err != nil {
		return err
	}
	received, typed, wrong := readDay(c, "received", nil)
	a := optout.Answer{Campaign: e.Campaign, Person: p.ID, Says: c.FormValue("says"), Channel: campaigns.Channel(c.FormValue("channel")), ReceivedOn: received, GivenBy: "self",
		Capacity: c.FormValue("capacity"), Proved: c.FormValue("proved") == "yes", Token: c.FormValue("token"), Note: strings.TrimSpace(c.FormValue("note"))}
	if a.Says != "yes" && a.Says != "no" {
		wrong.Add("says", "Choose yes or no.")
	}
	if a.Channel != campaigns.Phone && a.Channel != campaigns.Paper && a.Channel != campaigns.Practice {
		wrong.Add("channel", "Choose how it came.")
	}
	if received.IsZero() && len(wrong.For("received")) == 0 {
		wrong.Add("received-day", "Say on which day it was received.")
	}
	if received.After(h.Clock.Today()) {
		wrong.Add("received-day", "An answer cannot be received after today.")
	}
	if c.FormValue("who") == "other" {
		if a.GivenBy = strings.TrimSpace(c.FormValue("given")); a.GivenBy == "" || a.GivenBy == "self" {
			wrong.Add("given", "Say who says it for whom.")
		}
	}
	if len(wrong) > 0 {
		return h.showAnswer(c, by, typed, nil, wrong)
	}
	if c.FormValue("confirmed") != "yes" {
		return h.showAnswer(c, by, typed, &a, nil)
	}
	receipt, err := h.Desk.Answer(c.UserContext(), by, a)
	if f := fault.Of(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Refused || f.Kind == fault.Conflict) {
		wrong.Add(f.Field, f.Sentence)
		return h.showAnswer(c, by, typed, nil, atFirstBox(wrong, "received"))
	}
	if err != nil {
		return err
	}
	href := fmt.Sprintf("/people/%d", e.ID)
	if receipt.Held {
		return h.done(c, href, "It is held until a manager settles it; nothing is made meanwhile. Its reference is %s.", receipt.Reference)
	}
	return h.done(c, href, "Entered: %s, received %s. Its reference is %s: read it to the person.", receipt.Says, receipt.ReceivedOn.Long(), receipt.Reference)
}
