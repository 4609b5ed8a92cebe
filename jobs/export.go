package jobs

import (
	"context"
	"slices"

	"github.com/riverqueue/river"

	"duenotice/campaigns"
)

// makeExport writes a table to a file.
type makeExport struct {
	Export int64 `json:"export"`
}

func (makeExport) Kind() string                 { return "make_export" }
func (makeExport) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: imports} }

func (d Doors) makeExport(ctx context.Context, a makeExport) error {
	return d.Register.MakeExport(ctx, d.Tables(), a.Export)
}

// Tables are those of every room that people may take out as files.
func (d Doors) Tables() []campaigns.Table {
	return slices.Concat(d.Register.Tables(), d.Desk.Tables(), d.Mailroom.Tables())
}
