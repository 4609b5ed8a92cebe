package managers

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type cohortPage struct {
	campaigns.Cohort
	Groups      []ruleLine
	Kinds       []kindLine
	Open        int  // conflicts nobody decided that would wait
	Undecided   int  // of what waits
	Decided     int  // of what waits
	May         bool // accept or decline
	Busy        bool // being read or applied
	Progress    progressWords
	New         int
	Corrections []campaigns.Cohort
	Out         bool // the rejected rows can be taken out
	Correct     page.FileUpload
	ForgetOn    calendar.Date
	Happened    []happening
}

type ruleLine struct {
	campaigns.FindingGroup
	Colour, Word, Name string
	Where              string
	Examples           string
	Href               string
}

func (h *Hall) cohort(c *fiber.Ctx, by campaigns.Viewer) error {
	file, err := h.oneCohort(c, by)
	if err != nil {
		return err
	}
	ctx := c.UserContext()
	body := cohortPage{Cohort: file, May: file.State == "in review", New: file.Accepted - file.Known, Correct: fileField(nil)}
	body.Busy = slices.Contains([]string{"received", "reading", "accepted"}, file.State)
	body.Out = file.Rejected > 0 && !body.Busy && file.ForgottenAt.IsZero()
	groups, err := h.Register.Findings(ctx, file.ID)
	if err != nil {
		return err
	}
	for _, g := range groups {
		body.Groups = append(body.Groups, findingOf(file.ID, g))
	}
	if body.Kinds, err = h.kinds(ctx, file); err != nil {
		return err
	}
	for _, k := range body.Kinds {
		if k.Kind == campaigns.Another || k.Kind == campaigns.Alike {
			body.Open += k.Open
		}
		if k.Kind != campaigns.Twice && k.Kind != campaigns.Details {
			body.Undecided += k.Open
		}
	}
	body.Decided = file.Waiting - body.Undecided
	if body.Corrections, err = h.Register.Corrections(ctx, file.ID); err != nil {
		return err
	}
	limits, err := h.Register.Limits(ctx)
	if err != nil {
		return err
	}
	body.ForgetOn = calendar.DateOf(file.ReceivedAt).AddDays(limits.KeepDays)
	if body.Busy {
		if body.Progress, err = h.progressOf(ctx, file); err != nil {
			return err
		}
	}
	looks, err := h.Register.Looks(ctx, "cohort", fmt.Sprint(file.ID), 12)
	if err != nil {
		return err
	}
	for _, l := range looks {
		body.Happened = append(body.Happened, happening{At: l.At, Day: dayOf(l.At), Clock: page.ClockTime(l.At), What: deedWords(l), Who: doer(l)})
	}
	return h.show(c, "cohort.html", page.View{Title: fmt.Sprintf("File %d", file.ID), Active: "/imports",
		Crumbs: []page.Link{{Text: "Imports", Href: "/imports"}}, Body: body})
}

func findingOf(id campaigns.CohortID, g campaigns.FindingGroup) ruleLine {
	l := ruleLine{FindingGroup: g, Name: ruleName(g.Rule), Href: fmt.Sprintf("/imports/%d/findings/%s/%s", id, g.Severity, g.Rule)}
	switch g.Severity {
	case string(intake.Reject):
		l.Colour, l.Word = "red", "Rejected"
	case string(intake.Review):
		l.Colour, l.Word = "orange", "To look at"
	default:
		l.Colour, l.Word = "white", "Noted"
	}
	lines := make([]string, 0, len(g.Lines))
	for _, n := range g.Lines {
		lines = append(lines, page.Number(int64(n)))
	}
	l.Where = "Line " + strings.Join(lines, "; ")
	if g.Count > len(g.Lines) {
		l.Where += "; …"
	}
	seen := map[string]bool{}
	var shown []string
	for _, s := range g.Shown {
		if s != "" && !seen[s] && len(shown) < 3 {
			seen[s] = true
			shown = append(shown, "“"+s+"”")
		}
	}
	l.Examples = strings.Join(shown, ", ")
	return l
}

func ruleName(rule string) string {
	return capital(strings.NewReplacer("nhs_number", "NHS number", "utf8", "UTF-8", "_", " ").Replace(rule))
}

// findingsShown is how many findings one page lists.
const findingsShown = 100

type findingsPage struct {
	campaigns.Cohort
	ruleLine
	Sentence string
	Lines    []campaigns.FindingLine
	Next     int
}

// findings lists every row in which one rule was broken.
func (h *Hall) findings(c *fiber.Ctx, by campaigns.Viewer) error {
	file, err := h.oneCohort(c, by)
	if err != nil {
		return err
	}
	groups, err := h.Register.Findings(c.UserContext(), file.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(groups, func(g campaigns.FindingGroup) bool {
		return g.Severity == c.Params("severity") && g.Rule == c.Params("rule")
	})
	if at < 0 {
		return fault.New(fault.NotFound, "Nothing of this kind was found in the file.")
	}
	body := findingsPage{Cohort: file, ruleLine: findingOf(file.ID, groups[at]), Sentence: intake.Rule(groups[at].Rule).Meaning().Sentence}
	body.Lines, err = h.Register.FindingLines(c.UserContext(), file.ID, body.Severity, body.Rule, c.QueryInt("after"), findingsShown+1)
	if err != nil {
		return err
	}
	if len(body.Lines) > findingsShown {
		body.Lines = body.Lines[:findingsShown]
		body.Next = body.Lines[findingsShown-1].Line
	}
	return h.show(c, "findings.html", page.View{Title: body.Name, Active: "/imports", Crumbs: crumbs(file), Body: body})
}

func crumbs(file campaigns.Cohort) []page.Link {
	return []page.Link{{Text: "Imports", Href: "/imports"}, {Text: fmt.Sprintf("File %d", file.ID), Href: fmt.Sprintf("/imports/%d", file.ID)}}
}

// rejected sends the rejected rows with what is wrong with them, as they come.
func (h *Hall) rejected(c *fiber.Ctx, by campaigns.Viewer) error {
	file, err := h.oneCohort(c, by)
	if err != nil {
		return err
	}
	write, err := h.Register.RejectedRows(c.UserContext(), by, file.ID)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="rejected-rows-of-file-%d.csv"`, file.ID))
	log := h.Log
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) { // nothing of the request may be used in here
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
		defer cancel()
		if err := write(ctx, w); err != nil {
			log.Error("send rejected rows", "cohort", file.ID, "error", err.Error())
		}
	})
	return nil
}

func doer(l campaigns.Look) string {
	if l.Who == "system" {
		return "Due Notice"
	}
	return l.Who
}

// deedWords says what was done with a file.
func deedWords(l campaigns.Look) string {
	n := func() string {
		var d struct{ Rows int64 }
		_ = json.Unmarshal(l.Detail, &d)
		return page.Plural(d.Rows, "row", "rows")
	}
	switch l.Action {
	case "receive cohort":
		return "Received"
	case "accepted cohort":
		return "Accepted"
	case "declined cohort":
		return "Declined"
	case "forgot the file":
		return "Bytes forgotten"
	case "accepted rows that waited":
		return "Second look: " + n() + " decided"
	case "took out the rejected rows":
		return "Took out " + n() + " that were rejected"
	case "decided rows: apply":
		return "Decided to apply " + n()
	case "decided rows: discard":
		return "Decided to leave out " + n()
	case "decided rows: both":
		return "Decided that " + n() + " are two people"
	case "looked":
		return "Looked at rows side by side"
	}
	return capital(l.Action)
}

func afterOf(c *fiber.Ctx) int64 {
	n, _ := strconv.ParseInt(c.Query("after"), 10, 64) // nonsense begins at the beginning
	return n
}
