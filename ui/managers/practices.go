package managers

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type practicesPage struct {
	Programmes []programmeLine
	Chosen     programmeLine
	Practices  []practiceLine
	On, Off    int
	May        bool
	What       page.Radios
	Problem    string
	Query      page.Input
	State      page.Select
	All        page.Checkboxes
	Found      int
	Pages      *page.Pagination
	Changes    string // what waits for a decision
}

type programmeLine struct {
	ID   campaigns.ProgrammeID
	Name string
}

type practiceLine struct {
	campaigns.PracticeLine
	From    calendar.Date
	Running bool // the day has come
	Paused  bool
	Ticked  bool
}

// Closed tells whether the practice has closed or does not work at present.
func (p practiceLine) Closed() bool { return p.Status != "active" }

// programmes are those of the campaigns that somebody sees.
func (h *Hall) programmes(c *fiber.Ctx, by campaigns.Viewer) ([]programmeLine, error) {
	list, err := h.Register.Campaigns(c.UserContext(), by)
	if err != nil {
		return nil, err
	}
	var out []programmeLine
	seen := map[campaigns.ProgrammeID]bool{}
	for _, k := range list {
		if !seen[k.Programme] {
			seen[k.Programme] = true
			out = append(out, programmeLine{k.Programme, k.ProgrammeName})
		}
	}
	return out, nil
}

func (h *Hall) practices(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showPractices(c, by, page.DateInput{}, nil, nil)
}

func (h *Hall) showPractices(c *fiber.Ctx, by campaigns.Viewer, from page.DateInput, ticked map[string]bool, wrong page.Problems) error {
	programmes, err := h.programmes(c, by)
	if err != nil {
		return err
	}
	body := practicesPage{Programmes: programmes, May: by.Role.Manages(), Problem: wrong.For("practice")}
	for i, p := range programmes {
		if i == 0 || fmt.Sprint(p.ID) == c.FormValue("programme", c.Query("programme")) {
			body.Chosen = p
		}
	}
	if body.Changes, err = h.waitingChanges(c, by); err != nil {
		return err
	}
	lines, err := h.Register.Practices(c.UserContext(), by.Region)
	if err != nil {
		return err
	}
	switches, err := h.Register.SignalsLike(c.UserContext(), fmt.Sprintf("switch:%d:", body.Chosen.ID))
	if err != nil {
		return err
	}
	pauses, err := h.Register.SignalsLike(c.UserContext(), "pause:practice:")
	if err != nil {
		return err
	}
	today := h.Clock.Today()
	query, state := ask(c, "q"), ask(c, "state")
	var found []practiceLine
	for _, l := range lines {
		p := practiceLine{PracticeLine: l, From: switches[campaigns.SwitchOn(body.Chosen.ID, l.Code)].Day, Paused: pauses[campaigns.PausePractice(l.Code)].Red(), Ticked: ticked[l.Code]}
		p.Running = !p.From.IsZero() && !p.From.After(today)
		if p.Running {
			body.On++
		} else {
			body.Off++
		}
		if p.matches(query, state) {
			found = append(found, p)
		}
	}
	body.Query = page.Input{Field: page.Field{Name: "q", Label: "Name or code"}, Value: query, Width: "20", Spellcheck: "false"}
	body.State = page.Select{Field: page.Field{Name: "state", Label: "State"}, Chosen: state, Options: []page.Option{{Value: "", Text: "Any"}, {Value: "on", Text: "On"}, {Value: "off", Text: "Off or coming"}}}
	body.Found = len(found)
	body.All = page.Checkboxes{Field: page.Field{Name: "all"}, Small: true, Options: []page.Option{{Value: "yes", Text: "All " + page.Plural(int64(len(found)), "practice", "practices") + " of this list, ticked or not"}}}
	body.Practices, body.Pages = practicePage(c, found, query, state)
	from.Field = page.Field{Name: "from", Label: "From which day", Error: wrong.For("from")}
	body.What = page.Radios{Field: page.Field{Name: "what", Label: "Those ticked are", LabelSize: "s", Error: wrong.For("what")}, Chosen: c.FormValue("what"),
		Options: []page.Option{{Value: "on", Text: "Switched on", Within: from}, {Value: "off", Text: "Switched off", Hint: "From now on no record is made from their data"}}}
	return h.show(c, "practices.html", page.View{Title: "Practices", Active: "/practices", Problem: wrong, Body: body})
}

// ask is a filter, from the address or from the form that keeps it.
func ask(c *fiber.Ctx, name string) string {
	return strings.TrimSpace(c.FormValue(name, c.Query(name)))
}

// matches tells whether a filter leaves a practice in.
func (p practiceLine) matches(query, state string) bool {
	in := query == "" || strings.Contains(strings.ToLower(p.Name+" "+p.Code), strings.ToLower(query))
	return in && (state == "" || (state == "on") == p.Running)
}

// practicesAtOnce is how many practices a page shows.
const practicesAtOnce = 50

// practicePage is one page of a list, and the way to the others.
func practicePage(c *fiber.Ctx, found []practiceLine, query, state string) ([]practiceLine, *page.Pagination) {
	last := max((len(found)+practicesAtOnce-1)/practicesAtOnce, 1)
	at := min(max(c.QueryInt("page", 1), 1), last)
	shown := found[(at-1)*practicesAtOnce : min(at*practicesAtOnce, len(found))]
	if last == 1 {
		return shown, nil
	}
	href := func(n int) string {
		return "/practices?" + url.Values{"q": {query}, "state": {state}, "page": {strconv.Itoa(n)}}.Encode()
	}
	p := &page.Pagination{}
	for n := 1; n <= last; n++ {
		p.Pages = append(p.Pages, page.PageLink{Number: n, Href: href(n), Current: n == at})
	}
	if at > 1 {
		p.Previous.Href = href(at - 1)
	}
	if at < last {
		p.Next.Href = href(at + 1)
	}
	return shown, p
}

// switchOn says from which day the data of the ticked practices may be used.
// Practices of other regions are left out as if they did not exist.
func (h *Hall) switchOn(c *fiber.Ctx, by campaigns.Viewer) error {
	day, typed, wrong := readDay(c, "from", nil)
	switch what := c.FormValue("what"); {
	case what != "on" && what != "off":
		wrong.Add("what", "Choose whether they are switched on or off.")
	case what == "on" && day.IsZero() && len(wrong) == 0:
		wrong.Add("from-day", "Say from which day they are switched on.")
	case what == "off":
		day, wrong = calendar.Date{}, nil
	}
	ticked := map[string]bool{}
	for _, v := range c.Request().PostArgs().PeekMulti("practice") {
		ticked[string(v)] = true
	}
	lines, err := h.Register.Practices(c.UserContext(), by.Region)
	if err != nil {
		return err
	}
	programmes, err := h.programmes(c, by)
	if err != nil {
		return err
	}
	var programme campaigns.ProgrammeID
	for _, p := range programmes {
		if fmt.Sprint(p.ID) == c.FormValue("programme") {
			programme = p.ID
		}
	}
	switches, err := h.Register.SignalsLike(c.UserContext(), fmt.Sprintf("switch:%d:", programme))
	if err != nil {
		return err
	}
	var chosen []string
	for _, l := range lines {
		p := practiceLine{PracticeLine: l, From: switches[campaigns.SwitchOn(programme, l.Code)].Day}
		p.Running = !p.From.IsZero() && !p.From.After(h.Clock.Today())
		if ticked[l.Code] || c.FormValue("all") == "yes" && p.matches(ask(c, "q"), ask(c, "state")) {
			chosen = append(chosen, l.Code)
		}
	}
	if len(chosen) == 0 {
		wrong.Add("practice", "Tick the practices that you mean.")
	}
	if programme == 0 {
		wrong.Add("programme", "There is no such programme.")
	}
	if len(wrong) > 0 {
		return h.showPractices(c, by, typed, ticked, wrong)
	}
	if err := h.Register.SwitchOn(c.UserContext(), by, programme, chosen, day); err != nil {
		return err
	}
	what := "switched off"
	if !day.IsZero() {
		what = "switched on from " + day.Long()
	}
	return h.done(c, "/practices", "%s %s.", strings.TrimSpace(page.Plural(int64(len(chosen)), "practice is", "practices are")), what)
}
