package managers

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
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

type readyCountPage struct {
	readyChoice
	Change  readiness.Change
	Count   readiness.Counted
	From    []share
	Patient int64
	Codes   string
	Hidden  [][2]string
}

// changeAsked reads a change from a form.
func (h *Hall) changeAsked(c *fiber.Ctx) (ch readiness.Change, wrong page.Problems) {
	ch = readiness.Change{State: readiness.State(c.FormValue("to")), Note: strings.TrimSpace(c.FormValue("note")), Supplier: strings.TrimSpace(c.FormValue("supplier")),
		Approach: c.FormValue("approach"), Plan: strings.TrimSpace(c.FormValue("plan"))}
	ch.On, _, wrong = readDay(c, "on", wrong)
	ch.Blocker = readiness.Blocker{Reason: c.FormValue("reason"), Detail: strings.TrimSpace(c.FormValue("detail")), Owner: strings.TrimSpace(c.FormValue("owner"))}
	ch.Blocker.DueOn, _, wrong = readDay(c, "due", wrong)
	if ch.Blocker.Reason == "" {
		ch.Owner, ch.Blocker = ch.Blocker.Owner, readiness.Blocker{}
	}
	if len(wrong) == 0 {
		_ = wrong.Take(ch.Check(h.Clock.Today())) // faults of a form only
	}
	return ch, atFirstBox(wrong, "on")
}

// changePractices counts what a change of many comes to, and makes it once
// it was counted and confirmed.
func (h *Hall) changePractices(c *fiber.Ctx, by campaigns.Viewer) error {
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	if choice.Programme.ID == 0 {
		return fault.New(fault.NotFound, "There is no programme yet.")
	}
	ch, wrong := h.changeAsked(c)
	chosen := codes(c.FormValue("codes"))
	if c.FormValue("counted") == "" {
		if chosen, err = h.readyTicked(c, by, choice); err != nil {
			return err
		}
	}
	if len(chosen) == 0 {
		wrong.Add("practice", "Tick the practices that you mean.")
	}
	if len(wrong) == 0 && ch == (readiness.Change{}) {
		wrong.Add("state", "Say what changes.")
	}
	if len(wrong) > 0 {
		return h.showReadiness(c, by, choice, wrong)
	}
	if counted := c.FormValue("counted"); counted != "" {
		n, err := h.Board.Apply(c.UserContext(), by, choice.Programme.ID, chosen, ch, counted)
		if err := wrong.Take(err); err != nil {
			return err
		}
		if len(wrong) > 0 {
			return h.showReadiness(c, by, choice, wrong)
		}
		return h.done(c, fmt.Sprintf("/readiness?programme=%d", choice.Programme.ID), "%s changed.", page.Plural(int64(len(n.Changed)), "practice is", "practices are"))
	}
	lines, err := h.Board.Chosen(c.UserContext(), by, choice.Programme.ID, chosen)
	if err != nil {
		return err
	}
	body := readyCountPage{readyChoice: choice, Change: ch, Count: readiness.Count(lines, ch), Codes: strings.Join(chosen, ",")}
	from := map[string]int{}
	for _, l := range body.Count.Changed {
		from[string(l.State)]++
		body.Patient += int64(l.List)
	}
	body.From = shares(from, capital)
	for _, name := range []string{"to", "note", "supplier", "approach", "plan", "reason", "detail", "owner", "on[day]", "on[month]", "on[year]", "due[day]", "due[month]", "due[year]"} {
		if v := c.FormValue(name); v != "" {
			body.Hidden = append(body.Hidden, [2]string{name, v})
		}
	}
	return h.show(c, "readycount.html", page.View{Title: "Change practices", Active: programmeActive, Crumbs: []page.Link{{Text: "Readiness", Href: "/readiness"}}, Body: &body})
}

// readyTicked are the codes that were ticked, or all that the filter leaves.
func (h *Hall) readyTicked(c *fiber.Ctx, by campaigns.Viewer, choice readyChoice) ([]string, error) {
	var chosen []string
	if c.FormValue("all") != "yes" {
		for _, v := range c.Request().PostArgs().PeekMulti("practice") {
			chosen = append(chosen, string(v))
		}
		return chosen, nil
	}
	lines, err := h.Board.Lines(c.UserContext(), by, choice.Programme.ID, "")
	if err != nil {
		return nil, err
	}
	b := readinessPage{readyChoice: choice}
	b.filters(c, by)
	for _, l := range lines {
		if b.matches(l) {
			chosen = append(chosen, l.Code)
		}
	}
	return chosen, nil
}

type deadlinePage struct {
	readyChoice
	Title   page.Input
	Due     page.DateInput
	Targets page.Textarea
}

func (h *Hall) deadlineForm(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showDeadline(c, by, nil)
}

func (h *Hall) showDeadline(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	title, targets := c.FormValue("title"), c.FormValue("targets")
	_, due, _ := page.ReadDate(c, "due")
	if len(wrong) == 0 && choice.Promised {
		title, targets = choice.Deadline.Title, ""
		for _, t := range choice.Deadline.Targets {
			targets += fmt.Sprintf("%s %s\n", t.On, strconv.FormatFloat(100*t.Share, 'f', -1, 64)+"%")
		}
		y, m, d := choice.Deadline.DueOn.Civil()
		due = page.DateInput{Day: strconv.Itoa(d), Month: strconv.Itoa(int(m)), Year: strconv.Itoa(y)}
	}
	due.Field = page.Field{Name: "due", Label: "Last day", LabelSize: "s", Error: wrong.For("due")}
	body := deadlinePage{readyChoice: choice, Due: due,
		Title:   page.Input{Field: page.Field{Name: "title", Label: "What is promised", Hint: "As in: GP contract, access to new entries", Error: wrong.For("title")}, Value: title},
		Targets: page.Textarea{Field: page.Field{Name: "targets", Label: "Targets", Hint: "A day and a share on each line, as in: 2023-10-31 100%. Between two of them the line is straight.", Error: wrong.For("targets")}, Value: targets, Rows: 5}}
	return h.show(c, "readydeadline.html", page.View{Title: "Deadline", Active: programmeActive, Problem: wrong, Crumbs: []page.Link{{Text: "Readiness", Href: "/readiness"}}, Body: &body})
}

func (h *Hall) setDeadline(c *fiber.Ctx, by campaigns.Viewer) error {
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	d := readiness.Deadline{Title: strings.TrimSpace(c.FormValue("title"))}
	var wrong page.Problems
	d.DueOn, _, wrong = readDay(c, "due", wrong)
	for line := range strings.Lines(c.FormValue("targets")) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		on, err := calendar.ParseDate(words[0])
		n, failed := strconv.ParseFloat(strings.TrimSuffix(words[len(words)-1], "%"), 64)
		if len(words) != 2 || err != nil || failed != nil {
			wrong.Add("targets", "Write each target as a day and a share, like 2023-10-31 100%.")
			break
		}
		d.Targets = append(d.Targets, readiness.Target{On: on, Share: n / 100})
	}
	if len(wrong) == 0 {
		if err := wrong.Take(h.Board.SetDeadline(c.UserContext(), by, choice.Programme.ID, d)); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showDeadline(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/readiness?programme=%d", choice.Programme.ID), "The deadline is %s.", d.DueOn.Long())
}
