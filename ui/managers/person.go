package managers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/optout"
	"duenotice/optout/gate"
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

// personClauses puts the nine conditions in words, with when and where they change.
func (h *Hall) personClauses(c *fiber.Ctx, body *personPage) error {
	keys := []string{campaigns.FeedRegistrations, campaigns.FeedNational, campaigns.SwitchOn(body.Campaign.Programme, body.Why.Person.Practice)}
	for _, w := range body.Why.Clauses {
		keys = append(keys, w.Source)
	}
	signals, err := h.Register.Signals(c.UserContext(), keys)
	if err != nil {
		return err
	}
	signed, err := h.Register.Signatures(c.UserContext(), "campaign", int64(body.Campaign.ID))
	if err != nil {
		return err
	}
	asked := body.Why.Clauses
	if body.Record != nil && !body.Record.LiveAt.IsZero() {
		if asked, err = evidenceOf(body.Record.Evidence); err != nil {
			return err
		}
		body.Over = true
	}
	for _, w := range asked {
		l := clauseLine{WhyClause: w, Since: h.clauseSince(w, body, signals, signed)}
		l.Says, l.Marks = marksOf(feedWords.Replace(w.Says))
		if w.Number == 3 && !w.Met && !letterCounts(body.Letters) {
			l.Says, l.Marks = "No window has run, so there is no day up to which answers are to be entered.", nil
		}
		if w.Met {
			body.Yes++
		} else {
			body.Not++
			l.Link = h.clauseLink(w, body)
		}
		body.Clauses = append(body.Clauses, l)
	}
	return nil
}

// evidenceOf reads the nine conditions as they were when the record was made.
func evidenceOf(raw json.RawMessage) ([]optout.WhyClause, error) {
	var kept struct {
		Clauses []gate.Clause `json:"clauses"`
	}
	if err := json.Unmarshal(raw, &kept); err != nil {
		return nil, fmt.Errorf("read evidence: %w", err)
	}
	var list []optout.WhyClause
	for _, k := range kept.Clauses {
		if k.Number >= 1 && k.Number <= len(gate.Names) {
			list = append(list, optout.WhyClause{Number: k.Number, Name: gate.Names[k.Number-1], Says: k.Says, Met: k.Met})
		}
	}
	return list, nil
}

// feedWords say feeds as staff do.
var feedWords = strings.NewReplacer("The feed of national has", "The feed of national answers has", "The feed of registrations has", "The feed of deaths and moves has")

func letterCounts(list []letterLine) bool {
	return slices.ContainsFunc(list, func(l letterLine) bool { return l.Counts })
}

// clauseSince says who told a fact, or since when it is so.
func (h *Hall) clauseSince(w optout.WhyClause, body *personPage, signals map[string]campaigns.Signal, signed []campaigns.Signature) string {
	if body.Over && w.Number != 1 && w.Number != 6 && w.Number != 7 {
		return "" // what feeds say now is no part of the evidence
	}
	told := func(name string, at time.Time) string {
		if at.IsZero() {
			return name + ", never"
		}
		return name + ", " + page.Moment(at)
	}
	switch w.Number {
	case 1, 2:
		for _, l := range body.Letters {
			if l.Counts {
				return map[int]string{1: "The vendor, batch " + l.Batch, 2: "Since " + l.PostedOn.Short()}[w.Number]
			}
		}
	case 4:
		for _, o := range body.Holds {
			if !o.Settled {
				return "Since " + o.ReceivedOn.Short()
			}
		}
		return told("National answers", signals[campaigns.FeedNational].Since)
	case 5:
		return told("Deaths and moves", signals[campaigns.FeedRegistrations].Since)
	case 6:
		if s := signals[campaigns.SwitchOn(body.Campaign.Programme, body.Why.Person.Practice)]; !s.Day.IsZero() {
			return told("Switched on", s.ChangedAt)
		}
	case 7:
		if s := signals[w.Source]; s.Red() {
			return "Since " + page.Moment(s.Since)
		}
		if len(signed) > 1 {
			return signed[0].Name + " and " + signed[1].Name + ", " + dayOf(signed[1].At)
		}
	case 8:
		return told("Ledger", h.Clock())
	}
	return ""
}

// mark is one channel of the third condition: how far it has come and what is needed.
type mark struct{ Name, Says string }

// marksOf takes a list of what is waited for apart into its lines.
func marksOf(says string) (string, []mark) {
	rest, ok := strings.CutPrefix(says, "Waiting for ")
	if !ok {
		return says, nil
	}
	var marks []mark
	for _, one := range strings.Split(strings.TrimSuffix(rest, "."), "; ") {
		i := strings.LastIndex(one, ": ")
		if i < 0 {
			return says, nil
		}
		name := one[:i]
		if code, ok := strings.CutPrefix(name, "practice:"); ok {
			name = "Practice " + code
		} else {
			name = channelName(campaigns.Channel(name))
		}
		marks = append(marks, mark{name, one[i+2:]})
	}
	return "", marks
}

// clauseLink leads to where a condition can be changed.
func (h *Hall) clauseLink(w optout.WhyClause, body *personPage) page.Link {
	rest := func(prefix string) (string, bool) { return strings.CutPrefix(w.Source, prefix) }
	if w.Number == 4 {
		for _, o := range body.Holds {
			if !o.Settled {
				return page.Link{Text: "Settle the hold", Href: fmt.Sprintf("/holds/%d", o.ID)}
			}
		}
	}
	if code, ok := rest("watermark:practice:"); ok {
		return page.Link{Text: "See the practice’s watermark", Href: "/watermarks?channel=practice&practice=" + code}
	}
	if ch, ok := rest("watermark:"); ok {
		return page.Link{Text: "See the watermarks", Href: "/watermarks?channel=" + ch}
	}
	if _, ok := rest("switch:"); ok {
		return page.Link{Text: "See the practices", Href: "/practices"}
	}
	if _, ok := rest("suspect:batch:"); ok && len(body.Letters) > 0 {
		return page.Link{Text: "See the batch", Href: "/batches/" + body.Letters[0].Batch}
	}
	if w.Source == campaigns.StopSignal {
		return page.Link{Text: "See the stop", Href: "/stop"}
	}
	if _, ok := rest("pause:"); ok || strings.HasPrefix(w.Source, "approval:") {
		return page.Link{Text: "See the campaign", Href: "/campaigns/" + body.Campaign.Code}
	}
	return page.Link{}
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
