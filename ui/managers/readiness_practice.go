package managers

import (
	"fmt"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/readiness"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type readyPracticePage struct {
	readyChoice
	Line       readiness.Line
	AreaName   string
	Items      []readyItem
	Left       int
	Blockers   []readiness.Blocker
	History    []readiness.Moved
	Meetings   []readiness.Meeting
	To         page.Select
	On         page.DateInput
	Note       page.Input
	Owner      page.Input
	Why        page.Select
	DueOn      page.DateInput
	Supplier   page.Select
	Approach   page.Select
	Plan       page.Textarea
	Excluded   page.Input
	ActionPlan page.Select
	Mark       string
}

// readyItem is one line of the checklist.
type readyItem struct {
	readiness.Item
	readiness.Ticked
	EvidenceField page.Input
}

func (h *Hall) readyPractice(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showReadyPractice(c, by, nil)
}

func (h *Hall) showReadyPractice(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	code := strings.ToUpper(c.Params("code"))
	body := readyPracticePage{readyChoice: choice}
	if body.Line, err = h.Board.Practice(ctx, by, choice.Programme.ID, code); err != nil {
		return err
	}
	names, err := h.Board.Areas(ctx)
	if err != nil {
		return err
	}
	body.AreaName = or(names[body.Line.Region], body.Line.Region)
	ticks, err := h.Board.Checks(ctx, choice.Programme.ID, code)
	if err != nil {
		return err
	}
	for _, i := range readiness.For(body.Line.Supplier) {
		item := readyItem{Item: i, Ticked: ticks[i.Code]}
		field := "evidence-" + i.Code
		item.EvidenceField = page.Input{Field: page.Field{Name: "evidence", ID: field, Label: "What shows that it is done", Error: wrong.For(field)}, Width: "30"}
		if !item.Done {
			body.Left++
		}
		body.Items = append(body.Items, item)
	}
	if body.Blockers, err = h.Board.Blockers(ctx, choice.Programme.ID, code); err != nil {
		return err
	}
	if body.History, err = h.Board.History(ctx, choice.Programme.ID, code); err != nil {
		return err
	}
	if body.Meetings, err = h.Board.Meetings(ctx, by, choice.Programme.ID, body.Line.Region, code); err != nil {
		return err
	}
	body.To, body.On, body.Note, body.Owner, body.Why, body.DueOn = readyFields(c, wrong)
	body.Supplier = page.Select{Field: page.Field{Name: "supplier", Label: "System supplier"}, Chosen: or(c.FormValue("supplier"), body.Line.Supplier), Options: []page.Option{{Text: "Not known"}, {Value: "EMIS", Text: "EMIS"}, {Value: "TPP", Text: "TPP"}, {Value: "Other", Text: "Another"}}}
	body.Approach = page.Select{Field: page.Field{Name: "approach", Label: "Approach"}, Chosen: or(c.FormValue("approach"), body.Line.Approach), Options: []page.Option{{Text: "Not chosen"}}}
	for _, a := range readiness.Approaches {
		body.Approach.Options = append(body.Approach.Options, page.Option{Value: a, Text: capital(a)})
	}
	body.Plan = page.Textarea{Field: page.Field{Name: "plan", Label: "Plan"}, Value: or(c.FormValue("plan"), body.Line.Plan), Rows: 3}
	body.Excluded = page.Input{Field: page.Field{Name: "excluded", Label: "Patients kept out", Error: wrong.For("excluded")}, Width: "5", Inputmode: "numeric", Value: c.FormValue("excluded")}
	if body.Line.Excluded >= 0 && body.Excluded.Value == "" {
		body.Excluded.Value = strconv.Itoa(body.Line.Excluded)
	}
	body.ActionPlan = page.Select{Field: page.Field{Name: "actionplan", Label: "Action plan", Error: wrong.For("actionplan")}, Chosen: or(c.FormValue("actionplan"), body.Line.ActionPlan), Options: []page.Option{{Text: "None"}, {Value: "asked for", Text: "Asked for"}, {Value: "received", Text: "Received"}, {Value: "accepted", Text: "Accepted"}}}
	return h.show(c, "readypractice.html", page.View{Title: body.Line.Name, Active: programmeActive, Problem: wrong,
		Crumbs: []page.Link{{Text: "Readiness", Href: fmt.Sprintf("/readiness?programme=%d", choice.Programme.ID)}, {Text: body.AreaName, Href: body.Area()}}, Body: &body})
}

// Area is the page of the practice's ICB.
func (b *readyPracticePage) Area() string {
	return fmt.Sprintf("/readiness/areas/%s?programme=%d", b.Line.Region, b.Programme.ID)
}

func (h *Hall) backToPractice(c *fiber.Ctx, choice readyChoice, format string, args ...any) error {
	return h.done(c, fmt.Sprintf("/readiness/practices/%s?programme=%d", strings.ToUpper(c.Params("code")), choice.Programme.ID), format, args...)
}

// changePractice changes one practice, if nobody else has since it was opened.
func (h *Hall) changePractice(c *fiber.Ctx, by campaigns.Viewer) error {
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	code := strings.ToUpper(c.Params("code"))
	line, err := h.Board.Practice(c.UserContext(), by, choice.Programme.ID, code)
	if err != nil {
		return err
	}
	ch, wrong := h.changeAsked(c)
	if version := c.FormValue("version"); version != "" && version != strconv.Itoa(line.Version) {
		wrong.Add("", "Somebody else has changed this practice since you opened it. Look at it again.")
	}
	if ch.State == readiness.Live && line.Blockers > 0 {
		wrong.Add("state", "Something that blocks this practice is not resolved. Resolve it first.")
	}
	if len(wrong) == 0 {
		n := readiness.Count([]readiness.Line{line}, ch)
		if len(n.Changed) == 0 {
			wrong.Add("state", "Say what changes.")
		} else if _, err := h.Board.Apply(c.UserContext(), by, choice.Programme.ID, []string{code}, ch, n.Mark); wrong.Take(err) != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showReadyPractice(c, by, wrong)
	}
	return h.backToPractice(c, choice, "%s is changed.", line.Name)
}

func (h *Hall) tickCheck(c *fiber.Ctx, by campaigns.Viewer) error {
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	done := c.FormValue("done") != "no"
	err = h.Board.Tick(c.UserContext(), by, choice.Programme.ID, strings.ToUpper(c.Params("code")), c.FormValue("item"), done, strings.TrimSpace(c.FormValue("evidence")))
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showReadyPractice(c, by, wrong)
	}
	return h.backToPractice(c, choice, "The checklist is changed.")
}

func (h *Hall) noteExcluded(c *fiber.Ctx, by campaigns.Viewer) error {
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	n, err := strconv.Atoi(strings.TrimSpace(c.FormValue("excluded")))
	if err != nil {
		n = -1
	}
	version, err := strconv.Atoi(c.FormValue("version"))
	if err != nil {
		version = -1
	}
	if err := wrong.Take(h.Board.Excluded(c.UserContext(), by, choice.Programme.ID, strings.ToUpper(c.Params("code")), n, c.FormValue("actionplan"), version)); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showReadyPractice(c, by, wrong)
	}
	return h.backToPractice(c, choice, "Noted.")
}

func (h *Hall) resolveBlocker(c *fiber.Ctx, by campaigns.Viewer) error {
	choice, err := h.readyChosen(c, by)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "There is no such blocker.")
	}
	var wrong page.Problems
	if err := wrong.Take(h.Board.Resolve(c.UserContext(), by, choice.Programme.ID, strings.ToUpper(c.Params("code")), id, strings.TrimSpace(c.FormValue("resolution")))); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showReadyPractice(c, by, wrong)
	}
	return h.backToPractice(c, choice, "It blocks no more.")
}
