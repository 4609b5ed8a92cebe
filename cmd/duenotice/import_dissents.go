package main

import (
	"context"
	"io"

	"duenotice/campaigns"
	"duenotice/cmd/duenotice/house"
	"duenotice/optout"
)

type importDissents struct {
	File     string `arg:"" type:"existingfile" help:"NHS number, code, date; plain, gzip or zip."`
	Practice string `required:"" placeholder:"CODE" help:"The practice that sends it."`
	As       string `placeholder:"EMAIL" help:"Who brings it."`
}

// Help implements kong's longer help.
func (importDissents) Help() string {
	return "Example:\n  duenotice import dissents F84003.csv --practice F84003\n\nCodes: Read 93C3 and 9Ndo, CTV3 XaXj6, SNOMED 416308001. " +
		"Columns in any order: nhs_number, code, date.\nA number that nobody has yet waits in the in-tray, and the practice cannot be declared complete beyond it. Reading the file again changes nothing."
}

func (i importDissents) Run(c *call) error {
	return c.upload(i.File, i.As, func(ctx context.Context, h *house.House, by campaigns.Viewer, f io.Reader) (rowsRead, error) {
		return answersRead(h.Desk.ImportDissents(ctx, by, i.Practice, f))
	})
}

type importAnswers struct {
	File string `arg:"" type:"existingfile" help:"NHS number, answer, received; plain, gzip or zip."`
	As   string `placeholder:"EMAIL" help:"Who brings it."`
}

// Help implements kong's longer help.
func (importAnswers) Help() string { return "Example:\n  duenotice import answers keyed-forms.csv" }

func (i importAnswers) Run(c *call) error {
	return c.upload(i.File, i.As, func(ctx context.Context, h *house.House, by campaigns.Viewer, f io.Reader) (rowsRead, error) {
		return answersRead(h.Desk.ImportAnswers(ctx, by, f))
	})
}

func answersRead(n optout.Imported, err error) (rowsRead, error) {
	return rowsOf(n.Rows, n.Applied, n.Already, n.Held, n.Unmatched, n.Rejected, n.Rules, n.Findings), err
}
