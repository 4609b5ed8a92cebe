package jobs

import (
	"context"

	"github.com/riverqueue/river"

	"duenotice/letters"
)

// readScans reads a received file of scanned forms.
type readScans struct {
	Scan letters.ScanID `json:"scan"`
}

func (readScans) Kind() string                 { return "read_scans" }
func (readScans) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: imports} }

func (d Doors) readScans(ctx context.Context, a readScans) error {
	return d.Mailroom.ReadScans(ctx, a.Scan)
}
