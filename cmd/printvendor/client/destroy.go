package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"duenotice/campaigns/calendar"
)

// keptFor is after how many days copies are destroyed where nothing else was
// agreed: two days before anybody would be reminded.
const keptFor = 28

// Destroyed says that all copies of a batch are destroyed. Again changes
// nothing; already tells.
func (c *Client) Destroyed(ctx context.Context, code string, on calendar.Date) (already bool, err error) {
	asked := struct {
		On calendar.Date `json:"destroyed_on,omitzero"`
	}{on}
	var said struct {
		Already bool `json:"already"`
	}
	err = c.call(ctx, http.MethodPost, path(code, "/destroyed"), asked, &said)
	return said.Already, err
}

// destroy destroys what is kept of a batch that nothing more is to be done
// with, once its time has come, and says so.
func (d *day) destroy(ctx context.Context, b Batch) error {
	since := b.PostedAt
	if b.State == Rejected {
		since = b.RejectedAt
	}
	keep := d.KeepDays
	if keep == 0 {
		keep = keptFor
	}
	if since.IsZero() || d.destroyed(b.Batch) || d.today.Before(calendar.DateOf(since).AddDays(keep)) {
		return nil
	}
	if !safeName.MatchString(b.Batch) {
		return fmt.Errorf("%q is not the code of a batch", b.Batch)
	}
	for _, name := range []string{b.Batch + ".pdf", b.Batch + ".json", "." + b.Batch + ".pdf.part"} {
		if err := os.Remove(filepath.Join(d.Folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("destroy copies: %w", err)
		}
	}
	if err := os.RemoveAll(filepath.Join(d.Folder, b.Batch)); err != nil { // letters that were taken one by one
		return fmt.Errorf("destroy copies: %w", err)
	}
	if _, err := d.Destroyed(ctx, b.Batch, d.today); err != nil {
		return err
	}
	d.done.Destroyed++
	d.say("The copies of %s are destroyed.", b.Batch)
	return d.remember(b.Batch, ".destroyed", d.today.String())
}

func (d *day) destroyed(code string) bool {
	_, err := os.Stat(d.mark(code, ".destroyed"))
	return err == nil
}
