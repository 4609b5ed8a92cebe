package managers

import (
	"bytes"
	"slices"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// mostOnPage is the largest file of answers, returned mail or watermarks that
// is taken from a browser, in bytes as it comes; the command line takes larger ones.
const mostOnPage = 900 << 10

type filesPage struct {
	File     page.FileUpload
	Practice page.Input
}

func (h *Hall) files(c *fiber.Ctx, _ campaigns.Viewer) error { return h.showFiles(c, nil) }

func (h *Hall) showFiles(c *fiber.Ctx, wrong page.Problems) error {
	return h.show(c, "files.html", page.View{Title: "Take in a file", Active: "/holds", Problem: wrong, Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}}, Body: filesPage{
		File:     page.FileUpload{Field: page.Field{Name: "file", Label: "The file", Hint: "CSV, gzip or zip, at most 900 kB; larger ones by the command line", Error: wrong.For("file")}},
		Practice: page.Input{Field: page.Field{Name: "practice", Label: "Code of the practice that sends it", Hint: "Only for a practice’s opt-out codes, for example F84003", Error: wrong.For("practice")}, Value: c.FormValue("practice"), Width: "10", Spellcheck: "false"}}})
}

type fileReadPage struct {
	Title    string
	Rows     int
	Outcomes []share
	Findings []fileFinding
	More     int // findings that are not shown
	InTray   int
}

type fileFinding struct {
	intake.Finding
	Says string
}

// rowsFound is how many findings of a file a page shows.
const rowsFound = 200

// takeFile reads a file of rows that is told by its content, and says at once
// what became of each. Sent again by a reload it changes nothing.
func (h *Hall) takeFile(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	bytesOf, err := uploadedBytes(c)
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showFiles(c, wrong)
	}
	body, err := h.takeRows(c, by, bytesOf)
	if f := fault.Of(err); f != nil && f.Kind != fault.Forbidden {
		field := f.Field
		if field != "practice" {
			field = "file"
		}
		wrong.Add(field, f.Sentence)
		return h.showFiles(c, wrong)
	}
	if err != nil {
		return err
	}
	return h.show(c, "fileread.html", page.View{Title: body.Title, Active: "/holds", Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}}, Body: body})
}

func uploadedBytes(c *fiber.Ctx) ([]byte, error) {
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 {
		return nil, fault.In("file", fault.Invalid, "Choose a file that is not empty.")
	}
	if header.Size > mostOnPage {
		return nil, fault.In("file", fault.Invalid, "The file is larger than 900 kB. Pack it, send it in parts, or use the command line.")
	}
	return uploaded(header)
}

// takeRows hands the file to the door of its kind.
func (h *Hall) takeRows(c *fiber.Ctx, by campaigns.Viewer, file []byte) (body fileReadPage, err error) {
	kind, err := intake.Inside(bytes.NewReader(file))
	if err != nil {
		return body, err
	}
	practice := strings.ToUpper(strings.TrimSpace(c.FormValue("practice")))
	ctx, r := c.UserContext(), bytes.NewReader(file)
	switch kind {
	case intake.KindDissents:
		if practice == "" {
			return body, fault.In("practice", fault.Invalid, "These are a practice’s opt-out codes. Say which practice sends them.")
		}
		n, err := h.Desk.ImportDissents(ctx, by, practice, r)
		return fileRead("Opt-out codes of "+practice, n.Rows, n.Applied, n.Already, n.Held, n.Unmatched, n.Rejected, n.Findings), err
	case intake.KindAnswers:
		n, err := h.Desk.ImportAnswers(ctx, by, r)
		return fileRead("Answers", n.Rows, n.Applied, n.Already, n.Held, n.Unmatched, n.Rejected, n.Findings), err
	case intake.KindReturns:
		n, err := h.Mailroom.ImportReturns(ctx, by, r)
		return fileRead("Returned mail", n.Rows, n.Applied, n.Already, 0, n.Unmatched, n.Rejected, n.Findings), err
	case intake.KindWatermarks:
		n, err := h.Desk.ImportWatermarks(ctx, by, r)
		return fileRead("Watermarks", n.Rows, n.Applied, n.Already, n.Held, n.Unmatched, n.Rejected, n.Findings), err
	case intake.KindCohort, intake.KindScreening:
		return body, fault.New(fault.Invalid, "This is a file of people. Take it in under Imports.")
	}
	return body, fault.New(fault.Invalid, "This is not a file that is taken in here (%s). It needs a first row with the names of its columns.", kind)
}

func fileRead(title string, rows, taken, known, held, unmatched, refused int, found []intake.Finding) fileReadPage {
	slices.SortStableFunc(found, func(a, b intake.Finding) int { return a.Line - b.Line })
	p := fileReadPage{Title: title, Rows: rows, InTray: held + unmatched, More: max(0, len(found)-rowsFound),
		Outcomes: []share{{"Taken", taken}, {"Known before", known}, {"Held for a person", held}, {"Of nobody known here", unmatched}, {"Refused", refused}}}
	for _, f := range found[:min(len(found), rowsFound)] {
		p.Findings = append(p.Findings, fileFinding{f, f.Rule.Meaning().Sentence})
	}
	return p
}
