package page_test

import (
	"embed"
	"html/template"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/ui/page"
	"duenotice/ui/static/statictest"

	"github.com/gofiber/fiber/v2"
)

//go:embed testdata/gallery
var gallery embed.FS

var nav = []page.Link{{Text: "Home", Href: "/"}, {Text: "Campaigns", Href: "/campaigns"}, {Text: "Calendar", Href: "/calendar"}, {Text: "Batches", Href: "/batches"}, {Text: "Opt-outs", Href: "/answers"}, {Text: "Windows", Href: "/windows"}, {Text: "Records", Href: "/records"}, {Text: "Imports", Href: "/imports"}, {Text: "Practices", Href: "/practices"}}

func site(door page.Door) page.Site {
	at := time.Date(2027, 2, 24, 9, 40, 0, 0, calendar.London)
	s := page.Site{Door: door, Name: "Due Notice", Label: "Managers", Nav: nav, Clock: func() time.Time { return at },
		Footer: []page.Link{{Text: "Health", Href: "/health"}, {Text: "Accessibility", Href: "/accessibility"}},
		Note:   "Due Notice. Demonstration: places are real; people, practices, firms and figures are made up."}
	s.Furnish = func(_ *fiber.Ctx, v *page.View) {
		v.User = &page.User{Name: "Dana Whitlock, South East", Links: []page.Link{{Text: "Find a person", Href: "/people"}}, SignOut: "/sign-out"}
		v.Counts = map[string]int{"/batches": 3, "/answers": 24}
	}
	switch door {
	case page.Vendors:
		s.Label = "Print vendors"
		s.Nav = nav[:4]
	case page.Patients:
		s.Name, s.Label, s.Sender, s.Nav = "Your choice", "", "Kent and Medway Health Records Office", nil
		s.Furnish = func(_ *fiber.Ctx, v *page.View) {
			v.Languages = []page.Language{{Code: "en", Name: "English", Current: true}, {Code: "cy", Name: "Cymraeg", Href: "?lang=cy"}, {Code: "pl", Name: "Polski", Href: "?lang=pl"}}
			v.HelpTitle = "Other ways to tell us"
			v.Help = []page.Help{{By: "Phone", Text: template.HTML(`<a href="tel:08081570419">0808&nbsp;157&nbsp;0419</a>, free. Monday to Friday 8am to 8pm`)}, {By: "Post", Text: "the form in your letter, no stamp needed"}, {By: "Practice", Text: "tell the doctor’s practice you are registered with"}}
		}
	}
	return s
}

// app is a door with the gallery's pages, as package ui builds them.
func app(t *testing.T, s page.Site, routes func(*fiber.App, *page.Renderer)) *fiber.App {
	t.Helper()
	r, err := page.New(statictest.Load(t), s)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(gallery); err != nil {
		t.Fatal(err)
	}
	app := fiber.New(fiber.Config{ErrorHandler: r.Failed, Immutable: true, DisableStartupMessage: true, BodyLimit: 4096})
	app.Use(r.Guarded)
	app.Get("/assets/*", r.Assets)
	routes(app, r)
	return app
}

func ask(t *testing.T, app *fiber.App, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := app.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func get(t *testing.T, app *fiber.App, path string) (*http.Response, string) {
	t.Helper()
	return ask(t, app, httptest.NewRequest(http.MethodGet, path, nil))
}
