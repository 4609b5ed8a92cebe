package managers

import (
	"fmt"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type personPage struct {
	optout.Why
	Campaign  campaigns.Campaign
	Colour    string
	State     string
	Name      string
	Hidden    bool
	Address   string
	LettersIn string
	Practice  campaigns.PracticeLine
	Letters   []letterLine
	Ruler     *ruler
	Clauses   []clauseLine
	Yes, Not  int
	Happened  []happening
	Looks     []lookLine
	Others    []campaigns.Enrolment
	Over      bool // nothing more is expected, so "not yet" would be wrong
	May       bool
	Failed    bool // a record that could not be made waits for a decision
	Checks    []checkRow
}

type clauseLine struct {
	optout.WhyClause
	Since string
	Marks []mark
	Link  page.Link
}

type lookLine struct{ When, Who, Why string }

type letterLine struct {
	letters.Letter
	Became string
	Counts bool
}

func (h *Hall) oneEnrolment(c *fiber.Ctx) (campaigns.EnrolmentID, error) {
	id, err := strconv.ParseInt(c.Params("enrolment"), 10, 64)
	if err != nil {
		return 0, fault.New(fault.NotFound, "There is no such person in this campaign.")
	}
	return campaigns.EnrolmentID(id), nil
}

// person answers why. The look itself is noted before anything is shown.
func (h *Hall) person(c *fiber.Ctx, by campaigns.Viewer) error {
	ctx := c.UserContext()
	id, err := h.oneEnrolment(c)
	if err != nil {
		return err
	}
	why, err := h.Desk.Why(ctx, by, id)
	if err != nil {
		return err
	}
	if err := h.Register.LookedAt(ctx, by, "person", fmt.Sprint(why.Person.ID), lookedFor(c)); err != nil {
		return err
	}
	body := personPage{Why: why, State: why.Enrolment.State.Plain(), Colour: stateColour(why.Enrolment.State), Hidden: why.Person.Sensitive, May: by.Role.KeysAnswers()}
	if body.Campaign, err = h.Register.Campaign(ctx, by, why.Enrolment.Code); err != nil {
		return err
	}
	body.Name, body.Address = strings.TrimSpace(why.Person.Title+" "+why.Person.Name()), address(why.Person)
	body.LettersIn = languageName(why.Person.Language) + ", " + strings.ToLower(formatName(why.Person.Format)[:1]) + formatName(why.Person.Format)[1:]
	if body.Hidden {
		body.Name, body.Address = "Person "+fmt.Sprint(why.Person.ID), ""
		body.Person = campaigns.Person{ID: why.Person.ID, Practice: why.Person.Practice, Sensitive: true} // nothing else may reach the page
	}
	if body.Practice, err = h.Register.Practice(ctx, why.Person.Practice); fault.Is(err, fault.NotFound) {
		body.Practice = campaigns.PracticeLine{Code: why.Person.Practice, Name: "Practice " + why.Person.Practice}
	} else if err != nil {
		return err
	}
	sent, err := h.Mailroom.LettersOf(ctx, why.Enrolment.Campaign, id)
	if err != nil {
		return err
	}
	body.Failed = why.Enrolment.State == campaigns.CreateFailed && by.Role.Manages()
	checks, err := h.Mailroom.ChecksOf(ctx, why.Person.ID)
	if err != nil {
		return err
	}
	for _, k := range checks {
		body.Checks = append(body.Checks, checkRowOf(k, h.Clock.Today()))
	}
	for i := len(sent) - 1; i >= 0; i-- {
		body.Letters = append(body.Letters, letterOf(sent[i]))
	}
	if err := h.personClauses(c, &body); err != nil {
		return err
	}
	working, err := h.Register.Working(ctx)
	if err != nil {
		return err
	}
	body.Ruler = rulerOf(sent, why.Holds, h.Clock.Today(), working)
	history, err := h.Register.History(ctx, why.Enrolment.Campaign, id)
	if err != nil {
		return err
	}
	for i := len(history) - 1; i >= 0; i-- {
		l := history[i]
		body.Happened = append(body.Happened, happening{At: l.At, Day: dayOf(l.At), Clock: page.ClockTime(l.At), What: capital(l.Event), Who: strings.TrimSuffix(l.To.Plain()+", "+l.Reason, ", ")})
	}
	looks, err := h.Register.Looks(ctx, "person", fmt.Sprint(why.Person.ID), 12)
	if err != nil {
		return err
	}
	for _, l := range looks {
		body.Looks = append(body.Looks, lookOf(l))
	}
	all, err := h.Register.EnrolmentsOf(ctx, why.Person.ID)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.ID != id && by.Sees(e.Region) {
			body.Others = append(body.Others, e)
		}
	}
	v := page.View{Title: body.Name + ", why?", Active: "/people", Body: body, Back: page.Link{Text: "Find another person", Href: "/people"}}
	if hold := c.Query("for"); number(hold) {
		v.Back = page.Link{Text: "Back to the hold", Href: "/holds/" + hold}
	}
	return h.show(c, "person.html", v)
}

func number(s string) bool { return s != "" && len(s) < 19 && strings.Trim(s, "0123456789") == "" }

func lookedFor(c *fiber.Ctx) string {
	if hold := c.Query("for"); number(hold) {
		return "hold " + hold
	}
	return "person page"
}

func lookOf(l campaigns.Look) lookLine {
	why := capital(l.Action)
	if _, after, ok := strings.Cut(string(l.Detail), `"why":`); ok {
		why = capital(strings.Trim(strings.TrimSpace(strings.TrimRight(after, "} ")), `"`))
	}
	return lookLine{page.Moment(l.At), capital(l.Who), why}
}

func address(p campaigns.Person) string {
	var lines []string
	for _, l := range append(append([]string{}, p.Address...), p.Postcode) {
		if strings.TrimSpace(l) != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, ", ")
}

func stateColour(s campaigns.State) string {
	switch s {
	case campaigns.Held, campaigns.CreateFailed, campaigns.Retracing:
		return "orange"
	case campaigns.Notified, campaigns.Reconciling, campaigns.Ready, campaigns.Written, campaigns.Scheduled:
		return "blue"
	case campaigns.Creating, campaigns.Withdrawing:
		return "aqua-green"
	}
	return "white"
}

// letterOf says what became of a letter.
func letterOf(l letters.Letter) letterLine {
	line := letterLine{Letter: l, Counts: !l.Void && !l.PostedOn.IsZero()}
	switch {
	case !l.ReturnedOn.IsZero():
		line.Became = "Came back " + l.ReturnedOn.Short()
		if l.ReturnReason != "" {
			line.Became += ", " + l.ReturnReason
		}
	case l.Suspected:
		line.Became = "Under suspicion"
	case l.Void:
		line.Became = capital(l.VoidReason)
	case !l.PostedOn.IsZero():
		line.Became = "Posted; nothing heard since"
	case l.Reference != "":
		line.Became = "With the vendor"
	default:
		line.Became = "Being drawn"
	}
	return line
}
