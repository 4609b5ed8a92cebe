package managers

import (
	"fmt"
	"slices"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/jobs"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

func exports(r campaigns.Role) bool {
	return r.Manages() || r == campaigns.RoleAuditor || r == campaigns.RoleFinance
}

// exportRoutes are the pages on which tables are taken out as files.
var exportRoutes = []route{
	{"GET", "/exports", exports, (*Hall).exportsPage},
	{"POST", "/exports", exports, (*Hall).askExport},
	{"GET", "/exports/:id", exports, (*Hall).download},
}

type exportLine struct {
	campaigns.Export
	Title string
	Size  string
}

type exportsPage struct {
	Lines  []exportLine
	Making bool // one of them is being made
	Table  page.Radios
	Of     page.Select
	Format page.Radios
}

func (h *Hall) tables() []campaigns.Table {
	return jobs.Doors{Register: h.Register, Desk: h.Desk, Mailroom: h.Mailroom}.Tables()
}

func (h *Hall) exportsPage(c *fiber.Ctx, by campaigns.Viewer) error { return h.showExports(c, by, nil) }

func (h *Hall) showExports(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	list, err := h.Register.Exports(ctx, by)
	if err != nil {
		return err
	}
	all := campaigns.ExportsFor(by, h.tables())
	var body exportsPage
	for _, e := range list {
		line := exportLine{Export: e, Title: e.What, Size: page.Megabytes(e.Bytes)}
		if i := slices.IndexFunc(all, func(t campaigns.Table) bool { return t.Name == e.What }); i >= 0 {
			line.Title = all[i].Title
		}
		body.Making = body.Making || e.DoneAt == nil
		body.Lines = append(body.Lines, line)
	}
	body.Table = page.Radios{Field: page.Field{Name: "table", Label: "Which table", Error: wrong.For("table")}, Chosen: or(c.FormValue("table"), c.Query("table")), Small: true}
	for _, t := range all {
		body.Table.Options = append(body.Table.Options, page.Option{Value: t.Name, Text: t.Title, Hint: "A line is " + t.About})
	}
	known, err := h.Register.Campaigns(ctx, by)
	if err != nil {
		return err
	}
	body.Of = page.Select{Field: page.Field{Name: "campaign", Label: "Of which campaign"}, Options: []page.Option{{Value: "", Text: "All of them"}}, Chosen: or(c.FormValue("campaign"), c.Query("campaign"))}
	for _, k := range known {
		body.Of.Options = append(body.Of.Options, page.Option{Value: k.Code, Text: k.Name})
	}
	body.Format = page.Radios{Field: page.Field{Name: "format", Label: "As", Error: wrong.For("format")}, Chosen: or(c.FormValue("format"), "csv"), Small: true, Inline: true,
		Options: []page.Option{{Value: "csv", Text: "CSV"}, {Value: "xlsx", Text: "Excel"}}}
	return h.show(c, "exports.html", page.View{Title: "Tables as files", Active: "/campaigns", Problem: wrong, Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}}, Body: body})
}

func (h *Hall) askExport(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	if c.FormValue("table") == "" {
		wrong.Add("table", "Choose a table.")
	}
	if len(wrong) == 0 {
		_, err := h.Register.AskExport(c.UserContext(), by, h.tables(), c.FormValue("table"), c.FormValue("campaign"), c.FormValue("format"))
		if err := wrong.Take(err); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showExports(c, by, wrong)
	}
	return h.done(c, "/exports", "The file is being made. It stands in the list when it is ready.")
}

// download sends a file to whoever asked for it.
func (h *Hall) download(c *fiber.Ctx, by campaigns.Viewer) error {
	e, body, err := h.Register.OpenExport(c.UserContext(), by, idOf(c))
	if err != nil {
		return err
	}
	kind := "text/csv; charset=utf-8"
	switch e.Format {
	case "csv":
	case "xlsx":
		kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	default:
		_ = body.Close()
		return fault.New(fault.NotFound, "There is no such file, or it has been forgotten.")
	}
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s-%d.%s"`, e.What, e.ID, e.Format))
	return c.SendStream(body, int(e.Bytes))
}
