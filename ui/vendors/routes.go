// Package vendors is the print vendors' door: the batch API by which they pull sealed letters and say what became of each.
package vendors

import (
	"embed"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/letters"
	"duenotice/ui/page"
)

// BodyLimit is the largest body that the API reads, so the least that the
// listener's app must allow.
const BodyLimit = 4 << 20

const (
	prefix = "/vendor/v1"
	small  = 64 << 10 // bodies that name no pieces
)

//go:embed *.html
var pages embed.FS

// desk is what the handlers share.
type desk struct {
	mailroom *letters.Mailroom
	page     *page.Renderer
	rate     *rate
}

// Problem is for page.Site: errors of the API are told as RFC 9457 problem
// details, whatever the request says it accepts.
func Problem(c *fiber.Ctx) bool { return strings.HasPrefix(c.Path(), "/vendor/") }

// Routes adds the start page and the batch API to the vendors' listener, whose
// app has Immutable set, allows BodyLimit and has no write timeout shorter
// than the slowest vendor's pull of one file. Its pages are added to r here.
func Routes(app fiber.Router, r *page.Renderer, m *letters.Mailroom) error {
	return routes(app, r, m, newRate(calendar.Wall, 200, 1000))
}

func routes(app fiber.Router, r *page.Renderer, m *letters.Mailroom, limit *rate) error {
	if err := r.Add(pages); err != nil {
		return err
	}
	d := &desk{mailroom: m, page: r, rate: limit}
	app.Get("/", d.start)

	v1 := app.Group(prefix, answer, d.admit)
	v1.Get("/batches", d.batches)
	v1.Get("/batches/:code", d.batch)
	v1.Get("/batches/:code/pdf", d.pdf)
	v1.Get("/batches/:code/manifest.json", d.manifest("json"))
	v1.Get("/batches/:code/manifest.csv", d.manifest("csv"))
	v1.Post("/batches/:code/lease", take(d, small, d.lease))
	v1.Post("/batches/:code/accept", take(d, small, d.accept))
	v1.Post("/batches/:code/reject", take(d, small, d.reject))
	v1.Post("/batches/:code/dispatch", take(d, BodyLimit, d.dispatch))

	v1.Post("/pieces/status", take(d, BodyLimit, d.status))
	v1.Post("/pieces/returned", take(d, BodyLimit, d.returned))
	v1.Post("/pieces/spoiled", take(d, BodyLimit, d.spoiled))
	v1.Post("/pieces/suspect", take(d, BodyLimit, d.suspect))

	v1.Get("/recalls", d.recalls)
	v1.Post("/recalls/:id/done", take(d, small, d.recalled(true)))
	v1.Post("/recalls/:id/too-late", take(d, small, d.recalled(false)))
	return nil
}

func (d *desk) start(c *fiber.Ctx) error {
	return d.page.Render(c, "start.html", fiber.StatusOK, page.View{Title: "Print vendors", Body: startPage{Most: mostPieces, Page: mostBatches}})
}

type startPage struct{ Most, Page int }
