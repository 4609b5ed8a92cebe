package main

import (
	"context"
	"io"

	"duenotice/campaigns"
	"duenotice/cmd/duenotice/house"
)

type importReturns struct {
	File string `arg:"" type:"existingfile" help:"Reference, date, reason R01 to R10; plain, gzip or zip."`
	As   string `placeholder:"EMAIL" help:"Who brings it."`
}

// Help implements kong's longer help.
func (importReturns) Help() string {
	return "Example:\n  duenotice import returns returned-mail.csv\n\nEach letter that came back starts the practice's check of the address, which takes six months; " +
		"R09 tells of a death.\nA reference that no letter has waits in the in-tray. Reading the file again changes nothing."
}

func (i importReturns) Run(c *call) error {
	return c.upload(i.File, i.As, func(ctx context.Context, h *house.House, by campaigns.Viewer, f io.Reader) (rowsRead, error) {
		n, err := h.Mailroom.ImportReturns(ctx, by, f)
		return rowsOf(n.Rows, n.Applied, n.Already, 0, n.Unmatched, n.Rejected, n.Rules, n.Findings), err
	})
}
