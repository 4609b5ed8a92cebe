package managers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/readiness"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// readyChoice is the programme that pages of readiness tell of.
type readyChoice struct {
	Tabs       []programmeTab
	Programme  readiness.Programme
	Programmes []readiness.Programme
	Deadline   readiness.Deadline
	Promised   bool
	May        bool
	National   bool
	Today      calendar.Date
}

type readinessPage struct {
	readyChoice
	Area      string // its name
	Sum       readiness.Tally
	Chart     *lineChart
	Course    []courseDay
	Due       float64 // the share that should be live today
	States    []stateCount
	Reasons   []share
	Tiles     []readyTile
	State     page.Select
	Reason    page.Select
	Within    page.Select
	Query     page.Input
	Found     []readiness.Line
	FoundAll  int
	FoundSum  readiness.Tally
	Codes     string // of all that were found
	Pages     *page.Pagination
	Ways      []page.Link
	Names     map[string]string
	To        page.Select
	On        page.DateInput
	Note      page.Input
	Owner     page.Input
	Why       page.Select
	DueOn     page.DateInput
	All       page.Checkboxes
	Overdue   string
	AreaLinks bool
}

type courseDay struct {
	On     calendar.Date
	Live   int
	Share  float64
	Target float64
}

type stateCount struct {
	State     readiness.State
	Practices int
	Patients  int64
	Bar       string
}

// readyTile is one ICB in the tile grid.
type readyTile struct {
	Code, Name string
	readiness.Tally
	Shade int // 0 to 4, the more the more are live
}

func (h *Hall) readyChosen(c *fiber.Ctx, by campaigns.Viewer) (readyChoice, error) {
	r := readyChoice{Tabs: programmeTabs("/readiness", by.Role), May: by.Role.Manages(), National: by.Role == campaigns.RoleNational, Today: h.Clock.Today()}
	var err error
	if r.Programmes, err = h.Board.Programmes(c.UserContext()); err != nil || len(r.Programmes) == 0 {
		return r, err
	}
	asked := ask(c, "programme")
	for i, p := range r.Programmes {
		if i == 0 || fmt.Sprint(p.ID) == asked {
			r.Programme = p
		}
	}
	r.Deadline, r.Promised, err = h.Board.Deadline(c.UserContext(), r.Programme.ID)
	return r, err
}

// Percent writes a share; templates have no shares of their own.
func (readyChoice) Percent(s float64) string { return percentText(s) }

// StateWord writes a state as a sentence begins.
func (readyChoice) StateWord(s readiness.State) string { return capital(string(s)) }

// Word begins a word of the list of reasons as a sentence begins.
func (readyChoice) Word(s string) string { return capital(s) }

// Colour is the tag of a state.
func (readyChoice) Colour(s readiness.State) string {
	switch s {
	case readiness.Live:
		return "blue"
	case readiness.Checking, readiness.Ready:
		return "aqua"
	case readiness.Blocked:
		return "orange"
	}
	return "white"
}

func (h *Hall) readiness(c *fiber.Ctx, by campaigns.Viewer) error {
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	if choice.Programme.ID == 0 {
		return h.show(c, "readiness.html", page.View{Title: "Readiness", Active: programmeActive, Body: &readinessPage{readyChoice: choice}})
	}
	return h.showReadiness(c, by, choice, nil)
}

func (h *Hall) showReadiness(c *fiber.Ctx, by campaigns.Viewer, choice readyChoice, wrong page.Problems) error {
	ctx := c.UserContext()
	body := readinessPage{readyChoice: choice, Area: "England", Ways: waysOut(c)}
	var err error
	if body.Names, err = h.Board.Areas(ctx); err != nil {
		return err
	}
	if by.Region != "" {
		body.Area = or(body.Names[by.Region], by.Region)
	}
	lines, err := h.Board.Lines(ctx, by, choice.Programme.ID, "")
	if err != nil {
		return err
	}
	body.Sum = readiness.Add(lines, choice.Today)
	body.Due = choice.Deadline.Due(choice.Today)
	if body.Chart, body.Course, err = h.readyCourse(c, by, choice, "", body.Sum.Practices); err != nil {
		return err
	}
	patients := map[readiness.State]int64{}
	for _, l := range lines {
		patients[l.State] += int64(l.List)
	}
	for _, s := range readiness.States {
		body.States = append(body.States, stateCount{s, body.Sum.States[s], patients[s], fmt.Sprint(sharePart(float64(body.Sum.States[s]) / float64(max(body.Sum.Practices, 1))))})
	}
	body.Reasons = shares(body.Sum.Reasons, capital)
	body.Tiles = tilesOf(lines, body.Names, choice.Today)
	body.filters(c, by)
	found := slices.DeleteFunc(slices.Clone(lines), func(l readiness.Line) bool { return !body.matches(l) })
	if asked(c) {
		return h.sendSheet(c, readySheet(found))
	}
	body.FoundAll, body.FoundSum = len(found), readiness.Add(found, choice.Today)
	from, to, pages := numbered(c, len(found), practicesAtOnce)
	body.Found, body.Pages = found[from:to], pages
	body.bulk(c, wrong)
	return h.show(c, "readiness.html", page.View{Title: "Readiness", Active: programmeActive, Problem: wrong, Body: &body})
}

// filters are the selects over the list, as the address has them.
func (b *readinessPage) filters(c *fiber.Ctx, by campaigns.Viewer) {
	b.State = page.Select{Field: page.Field{Name: "state", ID: "show-state", Label: "State"}, Chosen: ask(c, "state"), Options: []page.Option{{Text: "Any"}, {Value: "not live", Text: "Not live"}}}
	for _, s := range readiness.States {
		b.State.Options = append(b.State.Options, page.Option{Value: string(s), Text: capital(string(s))})
	}
	b.Reason = page.Select{Field: page.Field{Name: "blocker", Label: "Blocked by"}, Chosen: ask(c, "blocker"), Options: []page.Option{{Text: "Anything or nothing"}, {Value: "late", Text: "Anything past its day"}}}
	for _, r := range readiness.Reasons {
		b.Reason.Options = append(b.Reason.Options, page.Option{Value: r, Text: capital(r)})
	}
	b.Query = page.Input{Field: page.Field{Name: "q", Label: "Name or code"}, Value: ask(c, "q"), Width: "10", Spellcheck: "false"}
	b.Within = page.Select{Field: page.Field{Name: "icb", Label: "ICB"}, Chosen: ask(c, "icb"), Options: []page.Option{{Text: "All"}}}
	for _, t := range b.Tiles {
		b.Within.Options = append(b.Within.Options, page.Option{Value: t.Code, Text: t.Name})
	}
	b.AreaLinks = len(b.Tiles) > 1 || by.Region == ""
}

func (b *readinessPage) matches(l readiness.Line) bool {
	query, state, reason := strings.ToLower(b.Query.Value), b.State.Chosen, b.Reason.Chosen
	return (query == "" || strings.Contains(strings.ToLower(l.Name+" "+l.Code), query)) &&
		(state == "" || state == "not live" && l.State != readiness.Live || state == string(l.State)) &&
		(reason == "" || slices.Contains(l.Reasons, reason) || reason == "late" && !l.DueOn.IsZero() && l.DueOn.Before(b.Today)) &&
		(b.Within.Chosen == "" || l.Region == b.Within.Chosen)
}

// At is the address of the board for this programme, filtered.
func (b *readinessPage) At(name, value string) string {
	return "/readiness?" + url.Values{"programme": {fmt.Sprint(b.Programme.ID)}, name: {value}}.Encode() + "#list"
}

// bulk are the fields of a change of many.
func (b *readinessPage) bulk(c *fiber.Ctx, wrong page.Problems) {
	b.All = page.Checkboxes{Field: page.Field{Name: "all"}, Small: true, Options: []page.Option{{Value: "yes", Text: "All " + page.Plural(int64(b.FoundAll), "practice", "practices") + " of this list, ticked or not"}}}
	b.To, b.On, b.Note, b.Owner, b.Why, b.DueOn = readyFields(c, wrong)
}

// readyFields are the fields of a change, of one practice or many.
func readyFields(c *fiber.Ctx, wrong page.Problems) (to page.Select, on page.DateInput, note, owner page.Input, why page.Select, due page.DateInput) {
	to = page.Select{Field: page.Field{Name: "to", ID: "state", Label: "State", Error: wrong.For("state")}, Chosen: c.FormValue("to"), Options: []page.Option{{Text: "Leave it as it is"}}}
	for _, s := range readiness.States {
		to.Options = append(to.Options, page.Option{Value: string(s), Text: capital(string(s))})
	}
	_, on, _ = page.ReadDate(c, "on")
	on.Field = page.Field{Name: "on", Label: "From which day", Hint: "Needed for being live; blank is today", Error: wrong.For("on")}
	note = page.Input{Field: page.Field{Name: "note", Label: "Note", Hint: "Why, where it is deferred or withdrawn", Error: wrong.For("note")}, Value: c.FormValue("note")}
	owner = page.Input{Field: page.Field{Name: "owner", ID: "blockerowner", Label: "Who sees to it", Error: wrong.For("blockerowner")}, Value: c.FormValue("owner"), Width: "20"}
	why = page.Select{Field: page.Field{Name: "reason", Label: "What blocks it", Error: wrong.For("reason")}, Chosen: c.FormValue("reason"), Options: []page.Option{{Text: "Nothing new"}}}
	for _, r := range readiness.Reasons {
		why.Options = append(why.Options, page.Option{Value: r, Text: capital(r)})
	}
	_, due, _ = page.ReadDate(c, "due")
	due.Field = page.Field{Name: "due", Label: "Until when", Error: wrong.For("due")}
	return to, on, note, owner, why, due
}

// readyCourse draws who is live against what was promised.
func (h *Hall) readyCourse(c *fiber.Ctx, by campaigns.Viewer, choice readyChoice, region string, practices int) (*lineChart, []courseDay, error) {
	reached, err := h.Board.Course(c.UserContext(), by, choice.Programme.ID, region)
	if err != nil || practices == 0 {
		return nil, nil, err
	}
	actual := chartSeries{Name: "live", Class: "c-navy", Steps: true}
	var days []courseDay
	for i, r := range reached {
		s := float64(r.Live) / float64(practices)
		actual.Values = append(actual.Values, chartValue{r.On, s})
		if i == len(reached)-1 || monthKey(reached[i+1].On) != monthKey(r.On) {
			days = append(days, courseDay{r.On, r.Live, s, choice.Deadline.Due(r.On)})
		}
	}
	if n := len(reached); n > 0 && reached[n-1].On.Before(choice.Today) {
		actual.Values = append(actual.Values, chartValue{choice.Today, float64(reached[n-1].Live) / float64(practices)})
	}
	series := []chartSeries{actual}
	if choice.Promised {
		target := chartSeries{Name: "promised", Class: "c-target"}
		for _, t := range choice.Deadline.Targets {
			target.Values = append(target.Values, chartValue{t.On, t.Share})
		}
		series = append(series, target)
	}
	chart := drawLines("Share of practices that are live", series, percentText)
	chart.mark(series, choice.Today, "today", "m-today")
	if choice.Promised {
		chart.mark(series, choice.Deadline.DueOn, "deadline", "m-deadline")
	}
	slices.Reverse(days)
	return chart, days, nil
}

// tilesOf adds up lines by ICB, by name.
func tilesOf(lines []readiness.Line, names map[string]string, today calendar.Date) []readyTile {
	by := map[string][]readiness.Line{}
	for _, l := range lines {
		by[l.Region] = append(by[l.Region], l)
	}
	var tiles []readyTile
	for code, part := range by {
		t := readyTile{Code: code, Name: or(names[code], or(code, "Area not known")), Tally: readiness.Add(part, today)}
		t.Name = strings.TrimSuffix(strings.TrimPrefix(t.Name, "NHS "), " Integrated Care Board")
		t.Shade = min(int(t.Share()*5), 4)
		tiles = append(tiles, t)
	}
	slices.SortFunc(tiles, func(a, b readyTile) int { return strings.Compare(a.Name, b.Name) })
	return tiles
}

func readySheet(lines []readiness.Line) dataSheet {
	s := dataSheet{Name: "readiness", Columns: []string{"practice", "name", "icb", "patients", "state", "live from", "supplier", "approach", "owner", "blockers", "blocked by", "due", "checks done", "checks", "excluded", "action plan"}}
	for _, l := range lines {
		var list, excluded any
		if l.List > 0 {
			list = l.List
		}
		if l.Excluded >= 0 {
			excluded = l.Excluded
		}
		s.add(l.Code, l.Name, l.Region, list, string(l.State), l.LiveOn, l.Supplier, l.Approach, l.Owner, l.Blockers, strings.Join(l.Reasons, "; "), l.DueOn, l.Done, len(readiness.For(l.Supplier)), excluded, l.ActionPlan)
	}
	return s
}
