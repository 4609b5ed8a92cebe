package managers

import (
	"fmt"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/readiness"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

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
