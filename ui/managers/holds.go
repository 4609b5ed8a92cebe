package managers

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type holdLine struct {
	optout.Hold
	Due, Late bool
	Age       int // calendar days since it was received
	Channel   string
	Said      string
	Waits     string // for what
}

func (h *Hall) holdLine(o optout.Hold) holdLine {
	today := h.Clock.Today()
	said := map[string]string{"no": "May be a no", "yes": "May be a yes", "unknown": "May be an answer"}[o.Says]
	return holdLine{o, o.DueOn == today, o.DueOn.Before(today), today.DaysSince(o.ReceivedOn), channelName(o.Channel), said, causeName(o.Cause)}
}

// causeNames say for what an answer waits.
var causeNames = map[string]string{
	"nobody found": "nobody has this number yet", "several people": "it fits several people", "recorded as dead": "the person is recorded as dead",
	"sensitive or closed": "the person is sensitive or has left", "same day": "a no and a yes on one day", "another region": "told of by another region",
	"date unknown": "its day is not known", "suspect letter": "its letter is under suspicion", "unproved proxy": "somebody else answers, without proof",
}

func causeName(cause string) string {
	if n, ok := causeNames[cause]; ok {
		return n
	}
	return cause
}

type holdPage struct {
	holdLine
	Told     []told
	May      bool
	Outcome  page.Radios
	Whose    string
	WhoseBad string
	Reason   page.Input
	Number   page.Input
	Proposal *campaigns.Proposal
	Mine     bool
	Keying   *keyingPart // the scanned form, where it is about one
}

// told is one thing that was told, beside what is known of each candidate.
type told struct{ Name, Value string }

// toldNames are the keys of what may be told, in the order of the page.
var toldNames = []struct{ key, name string }{{"name", "Name"}, {"family_name", "Family name"}, {"nhs_number", "NHS number"}, {"born_on", "Born"}, {"born", "Born"},
	{"postcode", "Postcode"}, {"given_by", "Given by"}, {"practice", "Sent by practice"}, {"code", "Code"}, {"date", "Day"}, {"scan", "Scan"}, {"in_doubt", "In doubt because"}}

func toldOf(m map[string]string) []told {
	var list []told
	seen := map[string]bool{}
	for _, n := range toldNames {
		if v := m[n.key]; v != "" {
			if n.key == "born_on" || n.key == "born" {
				if d, err := calendar.ParseDate(v); err == nil {
					v = d.Plain()
				}
			}
			if n.key == "nhs_number" {
				v = page.NHSNumber(v)
			}
			list = append(list, told{n.name, v})
		}
		seen[n.key] = true
	}
	var rest []string
	for k, v := range m {
		if !seen[k] && v != "" {
			rest = append(rest, k)
		}
	}
	sort.Strings(rest)
	for _, k := range rest {
		list = append(list, told{capital(strings.ReplaceAll(k, "_", " ")), m[k]})
	}
	return list
}

func (h *Hall) oneHold(c *fiber.Ctx, by campaigns.Viewer) (optout.Hold, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return optout.Hold{}, fault.New(fault.NotFound, "There is no such hold.")
	}
	return h.Desk.HoldByID(c.UserContext(), by, optout.HoldID(id))
}

func (h *Hall) hold(c *fiber.Ctx, by campaigns.Viewer) error { return h.showHold(c, by, nil) }

func (h *Hall) showHold(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	return h.showHoldKeyed(c, by, page.DateInput{}, wrong)
}

func (h *Hall) showHoldKeyed(c *fiber.Ctx, by campaigns.Viewer, born page.DateInput, wrong page.Problems) error {
	o, err := h.oneHold(c, by)
	if err != nil {
		return err
	}
	if err := h.Register.LookedAt(c.UserContext(), by, "hold", o.Reference, "in-tray"); err != nil {
		return err
	}
	body := holdPage{holdLine: h.holdLine(o), Told: toldOf(o.Told), May: by.Role.Manages() && !o.Settled, Whose: c.FormValue("person"), WhoseBad: wrong.For("person")}
	if len(o.Candidates) == 1 && body.Whose == "" {
		body.Whose = fmt.Sprint(o.Candidates[0].Person)
	}
	options := []page.Option{{Value: "dissent", Text: "A no", Hint: "No record is made for the person you choose; everybody else is let go on"},
		{Value: "consent", Text: "A yes", Hint: "Of the person you choose"}, {Value: "not an answer", Text: "Not an answer of anybody here", Hint: "The days it was held are added to their windows"}}
	if len(o.Candidates) == 0 {
		options = append(options, page.Option{Value: "unmatchable", Text: "It can never be matched", Hint: "Takes two people"})
	}
	body.Outcome = page.Radios{Field: page.Field{Name: "outcome", Label: "What is it?", LabelSize: "s", Error: wrong.For("outcome")}, Options: options, Chosen: c.FormValue("outcome")}
	body.Reason = page.Input{Field: page.Field{Name: "reason", Label: "How do you know?", Hint: "In a few words, for example: rang back and read the form aloud", Error: wrong.For("reason")}, Value: c.FormValue("reason")}
	body.Number = page.Input{Field: page.Field{Name: "number", Label: "NHS number of the person, if you have found them", Hint: "Ten digits", Error: wrong.For("number")}, Width: "10", Inputmode: "numeric", Code: true, Spellcheck: "false", Value: c.FormValue("number")}
	if body.Proposal, err = h.proposal(c, "close unmatchable", fmt.Sprintf("hold:%d", o.ID)); err != nil {
		return err
	}
	if body.Keying, err = h.keyingOf(c, by, o, born, wrong); err != nil {
		return err
	}
	body.Mine = body.Proposal != nil && body.Proposal.Author == by.ID
	return h.show(c, "hold.html", page.View{Title: "Hold " + o.Reference, Active: "/holds", Problem: wrong, Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}}, Body: body})
}

// settle ends one hold. Whose answer it is must be one of the candidates, or
// somebody found by NHS number in a campaign of the viewer's.
func (h *Hall) settle(c *fiber.Ctx, by campaigns.Viewer) error {
	o, err := h.oneHold(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	outcome := c.FormValue("outcome")
	said := outcome == "dissent" || outcome == "consent"
	var person campaigns.PersonID
	for _, k := range o.Candidates {
		if fmt.Sprint(k.Person) == c.FormValue("person") {
			person = k.Person
		}
	}
	if typed := strings.TrimSpace(c.FormValue("number")); typed != "" && said {
		if person, err = h.byNumber(c, by, typed); err != nil {
			f := fault.Of(err)
			if f == nil {
				return err
			}
			wrong.Add("number", f.Sentence)
		}
	}
	if outcome == "" {
		wrong.Add("outcome", "Choose what it turned out to be.")
	} else if said && person == 0 && len(wrong) == 0 {
		field := "person"
		if len(o.Candidates) == 0 {
			field = "number"
		}
		wrong.Add(field, "Choose whose answer it is.")
	}
	if len(wrong) == 0 {
		if err := wrong.Take(h.Desk.Settle(c.UserContext(), by, o.ID, outcome, person, strings.TrimSpace(c.FormValue("reason")))); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showHold(c, by, wrong)
	}
	after, err := h.oneHold(c, by)
	if err == nil && !after.Settled {
		return h.done(c, fmt.Sprintf("/holds/%d", o.ID), "You have proposed to close this as unmatchable. Somebody else has to agree.")
	}
	return h.done(c, "/holds", "Hold %s is settled: %s.", o.Reference, outcome)
}

// nobody is said of everybody who is not there, and of everybody of another region.
var nobody = fault.In("number", fault.NotFound, "Nobody with this NHS number is in any of your campaigns.")

// enrolmentsByNumber finds what somebody may see of a person; one outside is as absent as none.
func (h *Hall) enrolmentsByNumber(c *fiber.Ctx, by campaigns.Viewer, typed string) ([]campaigns.Enrolment, error) {
	number, wrong := intake.NHSNumber(typed)
	if wrong != "" {
		return nil, fault.In("number", fault.Invalid, "This is not an NHS number: it has ten digits and the last one checks the others.")
	}
	p, err := h.Register.PersonByNumber(c.UserContext(), number)
	if fault.Is(err, fault.NotFound) {
		return nil, nobody
	}
	if err != nil {
		return nil, err
	}
	all, err := h.Register.EnrolmentsOf(c.UserContext(), p.ID)
	if err != nil {
		return nil, err
	}
	var mine []campaigns.Enrolment
	for _, e := range all {
		if by.Sees(e.Region) {
			mine = append(mine, e)
		}
	}
	if len(mine) == 0 {
		return nil, nobody
	}
	return mine, nil
}

func (h *Hall) byNumber(c *fiber.Ctx, by campaigns.Viewer, typed string) (campaigns.PersonID, error) {
	list, err := h.enrolmentsByNumber(c, by, typed)
	if err != nil {
		return 0, err
	}
	return list[0].Person, nil
}
