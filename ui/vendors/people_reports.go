package vendors

import (
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"
)

type reportsPage struct {
	What       page.Radios
	References page.Textarea
	On         page.Input
	Reason     page.Input
	File       page.FileUpload
	Files      []letters.VendorFile
	Verdicts   []letters.Verdict // of the report that was just made
	Sums       verdictsJSON
	Columns    string
}

// byHandStatuses are what a person reports letter by letter.
var byHandStatuses = []page.Option{
	{Value: string(letters.Returned), Text: "Came back", Hint: "The person’s time to say no ends at once"},
	{Value: string(letters.Spoiled), Text: "Spoiled", Hint: "A new letter is made, with a new reference and a new code"},
	{Value: string(letters.Posted), Text: "Posted"},
	{Value: string(letters.Printed), Text: "Printed"},
	{Value: string(letters.Enclosed), Text: "In its envelope"},
	{Value: string(letters.Failed), Text: "Cannot be made"},
}

func (p *People) reports(c *fiber.Ctx, who letters.VendorPerson) error {
	return p.showReports(c, who, reportsPage{}, nil)
}

func (p *People) showReports(c *fiber.Ctx, who letters.VendorPerson, body reportsPage, wrong page.Problems) error {
	files, err := p.Mailroom.VendorFiles(c.UserContext(), who.Vendor)
	if err != nil {
		return err
	}
	body.Files = files[:min(len(files), 100)]
	body.Columns = strings.Join(letters.AnswerColumns, ",")
	chosen := typed(c, wrong, "what", "")
	body.What = page.Radios{Field: page.Field{Name: "what", Label: "What became of them", LabelSize: "s", Error: wrong.For("what")}, Options: byHandStatuses, Chosen: chosen, Small: true}
	body.References = page.Textarea{Field: page.Field{Name: "references", Label: "References", Hint: "One on a line, as they are printed: DN 4831 772 056", Error: wrong.For("references")}, Value: typed(c, wrong, "references", ""), Rows: 6}
	body.On = dateField("on", "When", "Today, if you leave it empty", typed(c, wrong, "on", ""), wrong)
	body.Reason = page.Input{Field: page.Field{Name: "reason", Label: "Why", Hint: "What came back needs a code from R01 to R10, or a few words", Error: wrong.For("reason")}, Value: typed(c, wrong, "reason", ""), Width: "30"}
	body.File = page.FileUpload{Field: page.Field{Name: "file", Label: "A file of answers", Hint: "CSV, at most 4 MB. Its name is used once.", Error: wrong.For("file")}}
	return p.show(c, "reports.html", page.View{Title: "Reports", Active: "/reports", Problem: wrong, Body: body})
}

// report takes what a person says of some letters; a verdict is shown for each.
// Sent again it changes nothing: each is already so.
func (p *People) report(c *fiber.Ctx, who letters.VendorPerson) error {
	var wrong page.Problems
	on := dateOf(c, "on", &wrong)
	list, status, reason := references(c.FormValue("references")), c.FormValue("what"), strings.TrimSpace(c.FormValue("reason"))
	known := false
	for _, o := range byHandStatuses {
		known = known || o.Value == status
	}
	switch {
	case !known:
		wrong.Add("what", "Say what became of them.")
	case len(list) == 0 || len(list) > mostPieces:
		wrong.Add("references", fmt.Sprintf("Name from 1 to 10,000 letters; these are %d.", len(list)))
	case len(reason) > 500:
		wrong.Add("reason", "Say it in at most 500 characters.")
	case status == string(letters.Returned) && reason == "":
		wrong.Add("reason", "Say why they came back: a code from R01 to R10, or a few words.")
	}
	if len(wrong) > 0 {
		return p.showReports(c, who, reportsPage{}, wrong)
	}
	reports := make([]letters.PieceReport, len(list))
	for i, r := range list {
		reports[i] = letters.PieceReport{Reference: r[:min(len(r), 60)], Status: letters.PieceState(status), On: on, Reason: reason}
	}
	var verdicts []letters.Verdict
	err := p.byHand(c, who, "report "+status, "pieces", fmt.Sprint(len(list)), func() (err error) {
		verdicts, err = p.Mailroom.Report(c.UserContext(), who.Vendor, reports)
		return err
	})
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return p.showReports(c, who, reportsPage{}, wrong)
	}
	body := reportsPage{Verdicts: verdicts, Sums: verdictsJSON{Verdicts: verdicts}}
	for _, v := range verdicts {
		switch v.Verdict {
		case letters.Applied:
			body.Sums.Applied++
		case letters.Already:
			body.Sums.Already++
		default:
			body.Sums.Refused++
		}
	}
	return p.showReports(c, who, body, nil)
}

// leaveFile takes a file of answers, as the SFTP door does.
func (p *People) leaveFile(c *fiber.Ctx, who letters.VendorPerson) error {
	var wrong page.Problems
	head, err := c.FormFile("file")
	if err != nil || head.Size == 0 {
		wrong.Add("file", "Choose a file.")
		return p.showReports(c, who, reportsPage{}, wrong)
	}
	name := path.Base(strings.ReplaceAll(head.Filename, `\`, "/"))
	if !letters.AnswerName(name) || strings.HasSuffix(name, ".part") {
		wrong.Add("file", "Name the file with letters, digits, hyphens and dots, and .csv at the end. It is not used as a path.")
		return p.showReports(c, who, reportsPage{}, wrong)
	}
	f, err := head.Open()
	if err != nil {
		return fmt.Errorf("open uploaded file: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, letters.MostAnswer+1))
	if err != nil {
		return fmt.Errorf("read uploaded file: %w", err)
	}
	err = p.byHand(c, who, "file", "answers", name, func() error { return p.Mailroom.LeaveFile(c.UserContext(), who.Vendor, name, content) })
	if f := fault.Of(err); f != nil && f.Field == "" {
		err = fault.In("file", f.Kind, "%s", f.Sentence)
	}
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return p.showReports(c, who, reportsPage{}, wrong)
	}
	files, err := p.Mailroom.VendorFiles(c.UserContext(), who.Vendor)
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Name == name && f.WholeAt.IsZero() {
			wrong.Add("file", "The last line of the file is missing: END, a comma and the number of lines between. Nothing of it was done yet; add the line and send the file again.")
			return p.showReports(c, who, reportsPage{}, wrong)
		}
	}
	return p.done(c, "/reports#files", "The file was read. Below it is said what became of its lines.")
}

func (p *People) resultFile(c *fiber.Ctx, who letters.VendorPerson) error {
	name := c.Params("name")
	if !letters.AnswerName(name) {
		return fault.New(fault.NotFound, "There is no such file.")
	}
	content, err := p.Mailroom.ReadVendorFile(c.UserContext(), who.Vendor, name, true)
	if err != nil {
		return err
	}
	attach(c, "text/csv", strings.TrimSuffix(name, ".csv")+".result.csv")
	return c.Send(content)
}
