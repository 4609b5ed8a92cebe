package managers

import (
	"fmt"
	"slices"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/readiness"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type readyBlockersPage struct {
	readyChoice
	Lines []readyBlocker
	Ways  []page.Link
	Late  int
}

type readyBlocker struct {
	readiness.Blocker
	Name string
	Late bool
}

// readyBlockers is the board by what holds practices up.
func (h *Hall) readyBlockers(c *fiber.Ctx, by campaigns.Viewer) error {
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	body := readyBlockersPage{readyChoice: choice, Ways: waysOut(c)}
	if body.Lines, body.Late, err = h.openBlockers(c, by, choice, ""); err != nil {
		return err
	}
	if asked(c) {
		s := dataSheet{Name: "blockers", Columns: []string{"practice", "name", "reason", "detail", "owner", "due", "raised"}}
		for _, l := range body.Lines {
			s.add(l.Practice, l.Name, l.Reason, l.Detail, l.Owner, l.DueOn, l.RaisedAt.UTC().Format("2006-01-02T15:04:05Z"))
		}
		return h.sendSheet(c, s)
	}
	return h.show(c, "readyblockers.html", page.View{Title: "What blocks practices", Active: programmeActive, Crumbs: []page.Link{{Text: "Readiness", Href: "/readiness"}}, Body: &body})
}

func (h *Hall) openBlockers(c *fiber.Ctx, by campaigns.Viewer, choice readyChoice, region string) (lines []readyBlocker, late int, err error) {
	list, err := h.Board.OpenBlockers(c.UserContext(), by, choice.Programme.ID, region)
	if err != nil || len(list) == 0 {
		return nil, 0, err
	}
	practices, err := h.Board.Lines(c.UserContext(), by, choice.Programme.ID, region)
	if err != nil {
		return nil, 0, err
	}
	names := map[string]string{}
	for _, p := range practices {
		names[p.Code] = p.Name
	}
	for _, b := range list {
		l := readyBlocker{b, or(names[b.Practice], b.Practice), !b.DueOn.IsZero() && b.DueOn.Before(choice.Today)}
		if l.Late {
			late++
		}
		lines = append(lines, l)
	}
	return lines, late, nil
}

type readyAreaPage struct {
	readyChoice
	Code, Name string
	Sum        readiness.Tally
	Chart      *lineChart
	Course     []courseDay
	NotLive    []readiness.Line
	Blockers   []readyBlocker
	Meetings   []readiness.Meeting
	Held       page.DateInput
	Practices  page.Input
	Agreed     page.Textarea
	Plan       page.Textarea
	Support    page.Textarea
	Ways       []page.Link
	Due        float64
}

// readyArea is one ICB on one printable page.
func (h *Hall) readyArea(c *fiber.Ctx, by campaigns.Viewer) error { return h.showReadyArea(c, by, nil) }

func (h *Hall) showReadyArea(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	code := c.Params("code")
	if by.Region != "" && !by.Sees(code) && !strings.HasPrefix(by.Region, "Y") {
		return fault.New(fault.NotFound, "There is no such area.")
	}
	lines, err := h.Board.Lines(ctx, by, choice.Programme.ID, code)
	if err != nil {
		return err
	}
	if strings.HasPrefix(by.Region, "Y") {
		own, err := h.Board.Lines(ctx, by, choice.Programme.ID, "")
		if err != nil {
			return err
		}
		lines = slices.DeleteFunc(lines, func(l readiness.Line) bool {
			return !slices.ContainsFunc(own, func(o readiness.Line) bool { return o.Code == l.Code })
		})
	}
	if len(lines) == 0 {
		return fault.New(fault.NotFound, "There is no such area, or it has no practice.")
	}
	names, err := h.Board.Areas(ctx)
	if err != nil {
		return err
	}
	body := readyAreaPage{readyChoice: choice, Code: code, Name: or(names[code], code), Sum: readiness.Add(lines, choice.Today), Ways: waysOut(c), Due: choice.Deadline.Due(choice.Today)}
	if asked(c) {
		return h.sendSheet(c, readySheet(lines))
	}
	if body.Chart, body.Course, err = h.readyCourse(c, by, choice, code, body.Sum.Practices); err != nil {
		return err
	}
	for _, l := range lines {
		if l.State != readiness.Live {
			body.NotLive = append(body.NotLive, l)
		}
	}
	slices.SortStableFunc(body.NotLive, func(a, b readiness.Line) int { return b.List - a.List })
	if body.Blockers, _, err = h.openBlockers(c, by, choice, code); err != nil {
		return err
	}
	if body.Meetings, err = h.Board.Meetings(ctx, by, choice.Programme.ID, code, ""); err != nil {
		return err
	}
	_, body.Held, _ = page.ReadDate(c, "held")
	body.Held.Field = page.Field{Name: "held", Label: "Held on", LabelSize: "s", Error: wrong.For("held")}
	body.Practices = page.Input{Field: page.Field{Name: "practices", Label: "Practices", Hint: "Their codes, divided by commas; blank where none in particular", Error: wrong.For("practices")}, Value: c.FormValue("practices")}
	body.Agreed = page.Textarea{Field: page.Field{Name: "agreed", Label: "What was agreed", Error: wrong.For("agreed")}, Value: c.FormValue("agreed"), Rows: 3}
	body.Plan = page.Textarea{Field: page.Field{Name: "plan", Label: "Plan"}, Value: c.FormValue("plan"), Rows: 2}
	body.Support = page.Textarea{Field: page.Field{Name: "support", Label: "Support offered"}, Value: c.FormValue("support"), Rows: 2}
	return h.show(c, "readyarea.html", page.View{Title: body.Name, Active: programmeActive, Problem: wrong,
		Crumbs: []page.Link{{Text: "Readiness", Href: fmt.Sprintf("/readiness?programme=%d", choice.Programme.ID)}}, Body: &body})
}

func (h *Hall) addReadyMeeting(c *fiber.Ctx, by campaigns.Viewer) error {
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	m := readiness.Meeting{Region: c.Params("code"), Practices: codes(c.FormValue("practices")), Agreed: strings.TrimSpace(c.FormValue("agreed")),
		Plan: strings.TrimSpace(c.FormValue("plan")), Support: strings.TrimSpace(c.FormValue("support"))}
	var wrong page.Problems
	m.HeldOn, _, wrong = readDay(c, "held", wrong)
	if len(wrong) == 0 {
		if err := wrong.Take(h.Board.Meet(c.UserContext(), by, choice.Programme.ID, m)); err != nil {
			return err
		}
		wrong = atFirstBox(wrong, "held")
	}
	if len(wrong) > 0 {
		return h.showReadyArea(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/readiness/areas/%s?programme=%d", m.Region, choice.Programme.ID), "The meeting of %s is noted.", m.HeldOn.Long())
}
