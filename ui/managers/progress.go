package managers

import (
	"context"
	"slices"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type progressWords struct {
	Share   int    `json:"share"` // percent
	Now     string `json:"now"`
	Rest    string `json:"rest"`
	Waiting bool   `json:"-"` // nobody works on it just now
}

// progressOf says in words how far the reading or applying of a file is.
func (h *Hall) progressOf(ctx context.Context, file campaigns.Cohort) (progressWords, error) {
	p, ok, err := h.Register.Progress(ctx, file.ID)
	if err != nil {
		return progressWords{}, err
	}
	doing := map[string]string{"received": "Waiting to be read", "reading": "Being read", "accepted": "Waiting to be applied"}[file.State]
	if !ok {
		return progressWords{Now: doing + ".", Rest: "It begins as soon as a worker is free.", Waiting: true}, nil
	}
	w := progressWords{Share: int(100 * p.Done / max(p.Total, 1)), Now: page.Plural(int64(p.Rows), "row", "rows") + " read so far."}
	switch p.Phase {
	case "comparing":
		w.Now = "Comparing with the people who are known."
	case "enrolling":
		w.Now = "Enrolling " + page.Plural(int64(file.Accepted), "person", "people") + "."
	}
	if calendar.Wall().Sub(p.SeenAt) > 20*time.Second {
		w.Rest, w.Waiting = "Nothing was heard for "+page.Ago(p.SeenAt, calendar.Wall())+". It is gone on with from where nothing was half done.", true
		return w, nil
	}
	if left := p.Left(); left >= 0 && p.Phase != "comparing" {
		w.Rest = page.Number(int64(p.PerSecond())) + " rows a second; about " + roughly(left) + " left."
	}
	return w, nil
}

// roughly says a short time as people do.
func roughly(d time.Duration) string {
	switch s := int64(d.Round(time.Second) / time.Second); {
	case s < 1:
		return "a second"
	case s < 90:
		return page.Plural(s, "second", "seconds")
	default:
		return page.Plural((s+30)/60, "minute", "minutes")
	}
}

// progress tells the page's script how far it is; no content says that the
// page is to be loaded again.
func (h *Hall) progress(c *fiber.Ctx, by campaigns.Viewer) error {
	file, err := h.oneCohort(c, by)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"received", "reading", "accepted"}, file.State) {
		return c.SendStatus(fiber.StatusNoContent)
	}
	w, err := h.progressOf(c.UserContext(), file)
	if err != nil {
		return err
	}
	return c.JSON(w)
}
