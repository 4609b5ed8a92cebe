package main

import (
	"context"
	"io"

	"duenotice/campaigns"
	"duenotice/cmd/duenotice/house"
)

type importWatermarks struct {
	File string `arg:"" type:"existingfile" help:"Channel, practice_code, complete_until; plain, gzip or zip."`
	As   string `placeholder:"EMAIL" help:"Who declares it."`
}

// Help implements kong's longer help.
func (importWatermarks) Help() string {
	return "Example:\n  duenotice import watermarks complete.csv --as helen.moss@example.org\n\nChannels: phone, paper, upload, practice. " +
		"An earlier day than the one that stands is refused: lowering takes two people."
}

func (i importWatermarks) Run(c *call) error {
	return c.upload(i.File, i.As, func(ctx context.Context, h *house.House, by campaigns.Viewer, f io.Reader) (rowsRead, error) {
		return answersRead(h.Desk.ImportWatermarks(ctx, by, f))
	})
}
