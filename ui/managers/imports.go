package managers

import (
	"fmt"
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
	Limits   campaigns.Limits
	May      bool // may set the limits
	Bad      page.Input
	Home     page.Input
	Known    page.Input
	Keep     page.Input
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
	limits, err := h.Register.Limits(c.UserContext())
	if err != nil {
		return err
	}
	body := importsPage{Files: files, Columns: len(intake.TemplateColumns), Limits: limits, May: by.Role == campaigns.RoleNational,
		Campaign: page.Select{Field: page.Field{Name: "campaign", Label: "Campaign", Error: wrong.For("campaign")}, Chosen: c.Query("campaign")},
		File:     fileField(wrong),
		Bad:      shareField(c, "bad", "Rows that may be wrong, at most", limits.BadPercent, wrong),
		Home:     shareField(c, "home", "Rows of practices in the campaign’s region, at least", limits.HomePercent, wrong),
		Known:    shareField(c, "known", "People known here, at least, once the campaign has people", limits.KnownPercent, wrong),
		Keep:     page.Input{Field: page.Field{Name: "keep", Label: "The bytes of a file are kept for", Error: wrong.For("keep")}, Value: typed(c, "keep", strconv.Itoa(limits.KeepDays)), Width: "4", Inputmode: "numeric", Suffix: "days"},
	}
	for _, k := range list {
		body.Campaign.Options = append(body.Campaign.Options, page.Option{Value: k.Code, Text: k.Name + ", " + k.Code})
	}
	return h.show(c, "imports.html", page.View{Title: "Imports", Active: "/imports", Problem: wrong, Body: body})
}

func fileField(wrong page.Problems) page.FileUpload {
	return page.FileUpload{Field: page.Field{Name: "file", Label: "File of people", Hint: "CSV, gzip or zip, up to 2 GB; larger ones on the command line", Error: wrong.For("file")}}
}

func shareField(c *fiber.Ctx, name, label string, now float64, wrong page.Problems) page.Input {
	return page.Input{Field: page.Field{Name: name, Label: label, Error: wrong.For(name)}, Value: typed(c, name, strconv.FormatFloat(now, 'f', -1, 64)), Width: "4", Inputmode: "decimal", Suffix: "%"}
}

// typed is what was typed into a small form that is shown again, else what stands. Forms
// with a file in them are never read for it.
func typed(c *fiber.Ctx, name, now string) string {
	if !strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEApplicationForm) {
		return now
	}
	return c.FormValue(name, now)
}

// setLimits changes what is asked of every file.
func (h *Hall) setLimits(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	percent := func(name string) float64 {
		f, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(c.FormValue(name)), "%"), 64)
		if err != nil {
			wrong.Add(name, "Give a share between 0 and 100 percent.")
		}
		return f
	}
	l := campaigns.Limits{BadPercent: percent("bad"), HomePercent: percent("home"), KnownPercent: percent("known")}
	var err error
	if l.KeepDays, err = strconv.Atoi(strings.TrimSpace(c.FormValue("keep"))); err != nil {
		wrong.Add("keep", "Give a number of days between 1 and 366.")
	}
	if len(wrong) == 0 {
		if err := wrong.Take(h.Register.SetLimits(c.UserContext(), by, l)); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showImports(c, by, wrong)
	}
	return h.done(c, "/imports", "From now on these limits hold for every file that is read.")
}

func (h *Hall) template(c *fiber.Ctx, _ campaigns.Viewer) error {
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="people.csv"`)
	return c.Send(intake.Template())
}

func (h *Hall) oneCohort(c *fiber.Ctx, by campaigns.Viewer) (campaigns.Cohort, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return campaigns.Cohort{}, fault.New(fault.NotFound, "There is no such file.")
	}
	return h.Register.Cohort(c.UserContext(), by, campaigns.CohortID(id))
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
	href := fmt.Sprintf("/imports/%d", file.ID)
	switch {
	case decision == "decline":
		return h.done(c, href, "Declined. Nobody of this file is enrolled.")
	case file.Applied():
		return h.done(c, href, "The rows you decided about are being applied.")
	}
	return h.done(c, href, "Accepted: %s are being enrolled in %s.", page.Plural(int64(file.Accepted), "person", "people"), file.Code)
}
