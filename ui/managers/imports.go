package managers

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type importsPage struct {
	Files    []campaigns.Cohort
	Campaign page.Select
	File     page.FileUpload
	Columns  int
}

func (h *Hall) imports(c *fiber.Ctx, by campaigns.Viewer) error { return h.showImports(c, by, nil) }

func (h *Hall) showImports(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	files, err := h.Register.Cohorts(c.UserContext(), by, "")
	if err != nil {
		return err
	}
	list, err := h.Register.Campaigns(c.UserContext(), by)
	if err != nil {
		return err
	}
	body := importsPage{Files: files, Columns: len(intake.TemplateColumns),
		Campaign: page.Select{Field: page.Field{Name: "campaign", Label: "Campaign", Error: wrong.For("campaign")}, Chosen: c.FormValue("campaign", c.Query("campaign"))},
		File:     page.FileUpload{Field: page.Field{Name: "file", Label: "File of people", Hint: "CSV in the layout of the template, at most 500 MB; larger ones on the command line", Error: wrong.For("file")}}}
	for _, k := range list {
		body.Campaign.Options = append(body.Campaign.Options, page.Option{Value: k.Code, Text: k.Name + ", " + k.Code})
	}
	return h.show(c, "imports.html", page.View{Title: "Imports", Active: "/imports", Problem: wrong, Body: body})
}

// upload keeps the file as it came, in the archive, and leaves it to be read.
func (h *Hall) upload(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 {
		wrong.Add("file", "Choose a file that is not empty.")
		return h.showImports(c, by, wrong)
	}
	if header.Size > MaxUpload {
		return fiber.ErrRequestEntityTooLarge
	}
	file, err := header.Open()
	if err != nil {
		return fmt.Errorf("open uploaded file: %w", err)
	}
	defer func() { _ = file.Close() }()
	name := path.Base(strings.ReplaceAll(header.Filename, `\`, "/"))
	id, err := h.Register.ReceiveCohort(c.UserContext(), by, c.FormValue("campaign"), strings.ToValidUTF8(strings.ReplaceAll(name[:min(len(name), 120)], "\x00", ""), ""), file)
	if fault.Is(err, fault.NotFound) {
		wrong.Add("campaign", "Choose one of your campaigns.")
	} else if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		for i := range wrong {
			if wrong[i].Field == "" {
				wrong[i].Field = "file"
			}
		}
		return h.showImports(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/imports/%d", id), "The file is received and is being read, row by row. Nobody is enrolled before you accept it.")
}

func (h *Hall) template(c *fiber.Ctx, _ campaigns.Viewer) error {
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="people.csv"`)
	return c.Send(intake.Template())
}

type cohortPage struct {
	campaigns.Cohort
	Groups   []findingLine
	Reviewed int
	May      bool
	Reading  bool
}

type findingLine struct {
	campaigns.FindingGroup
	Colour, Word, Name string
	Where              string
	Examples           string
}

func (h *Hall) oneCohort(c *fiber.Ctx, by campaigns.Viewer) (campaigns.Cohort, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return campaigns.Cohort{}, fault.New(fault.NotFound, "There is no such file.")
	}
	return h.Register.Cohort(c.UserContext(), by, campaigns.CohortID(id))
}

func (h *Hall) cohort(c *fiber.Ctx, by campaigns.Viewer) error {
	file, err := h.oneCohort(c, by)
	if err != nil {
		return err
	}
	groups, err := h.Register.Findings(c.UserContext(), file.ID)
	if err != nil {
		return err
	}
	body := cohortPage{Cohort: file, May: file.State == "in review", Reading: file.State == "received" || file.State == "reading"}
	for _, g := range groups {
		body.Groups = append(body.Groups, findingOf(g))
		if g.Severity == string(intake.Review) {
			body.Reviewed += g.Count
		}
	}
	return h.show(c, "cohort.html", page.View{Title: fmt.Sprintf("File %d", file.ID), Active: "/imports",
		Crumbs: []page.Link{{Text: "Imports", Href: "/imports"}}, Body: body})
}

func findingOf(g campaigns.FindingGroup) findingLine {
	l := findingLine{FindingGroup: g, Name: capital(strings.ReplaceAll(strings.ReplaceAll(g.Rule, "nhs_number", "NHS number"), "_", " "))}
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

func (h *Hall) decide(c *fiber.Ctx, by campaigns.Viewer) error {
	file, err := h.oneCohort(c, by)
	if err != nil {
		return err
	}
	decision := c.FormValue("decision")
	if decision != "accept" && decision != "decline" {
		return fault.New(fault.Invalid, "Choose whether to accept or to decline the file.")
	}
	if err := h.Register.DecideCohort(c.UserContext(), by, file.ID, decision == "accept"); err != nil {
		return err
	}
	if decision == "accept" {
		return h.done(c, fmt.Sprintf("/imports/%d", file.ID), "Accepted: %s are being enrolled in %s.", page.Plural(int64(file.Accepted), "person", "people"), file.Code)
	}
	return h.done(c, fmt.Sprintf("/imports/%d", file.ID), "Declined. Nobody of this file is enrolled.")
}
