// Package page draws the pages of all three doors: their frame, the design system's components, and what is said when something fails.
//
// # A page
//
// Each package of visitors embeds its pages and adds them once; noun.html
// lies beside noun.go. A handler parses, calls one door, and redirects or
// renders:
//
//	//go:embed *.html
//	var Pages embed.FS // in routes.go: renderer.Add(Pages)
//
//	type wavePage struct {
//		Wave   campaigns.Wave
//		Reason page.Textarea
//	}
//
//	func (d *desk) wave(c *fiber.Ctx) error {
//		wave, err := d.register.Wave(c.UserContext(), id)
//		if err != nil {
//			return err // Renderer.Failed makes the page of it
//		}
//		return d.page.Render(c, "wave.html", fiber.StatusOK, page.View{
//			Title: wave.Name, Active: "/campaigns",
//			Crumbs: []page.Link{{Text: "Campaigns", Href: "/campaigns"}},
//			Body:   wavePage{Wave: wave, Reason: page.Textarea{Field: page.Field{Name: "reason", Label: "Why do you pause it?"}}},
//		})
//	}
//
// and in wave.html, where .Title, .CSRF, .Site and .Body are at hand:
//
//	{{define "main"}}
//	<h1 class="nhsuk-heading-l dn-h1">{{.Title}} {{tag "blue" "Windows open"}}</h1>
//	<p>{{plural .Body.Wave.People "person" "people"}}, posted {{day .Body.Wave.Posted}}</p>
//	<form method="post" action="/waves/{{.Body.Wave.ID}}/pause">
//	  {{template "csrf" .}}
//	  {{show .Body.Reason}}
//	  {{secondary "Pause this wave"}}
//	</form>
//	{{end}}
//
// The POST ends with r.Say(c, "Wave 3 is paused.") and page.SeeOther. Where
// the form is wrong it renders again with what was typed:
//
//	var wrong page.Problems
//	if err := wrong.Take(d.register.Pause(ctx, id, reason)); err != nil {
//		return err
//	}
//	if len(wrong) > 0 { // 422, View.Problem: wrong, Field.Error: wrong.For("reason") }
//
// # Functions
//
// number, percent part whole, plural n one many, megabytes, nhs, day (a calendar.Date;
// also its own methods .Long, .Short, .Plain), moment, clock, ago, left,
// today, now, asset, list, show, tag colour text, button, secondary,
// small (a small secondary button for dense pages), linkButton text href, details, inset, warning.
//
// # Parts
//
// {{template "csrf" .}} inside every form that posts. Files that begin with
// "_" hold templates that all pages of their package share.
//
// # An app
//
//	r, err := page.New(assets, page.Site{Door: page.Managers, Name: "Due Notice", Label: "Managers", Nav: nav, Furnish: furnish})
//	err = r.Add(managers.Pages)
//	app := fiber.New(fiber.Config{Immutable: true, ErrorHandler: r.Failed})
//	app.Use(r.Guarded)                           // reference, headers, panics
//	app.Get("/assets/*", r.Assets)
//	forms := r.NewCSRF(key, sessionID)           // furnish sets v.CSRF = forms.Token(c)
//	app.Use(forms.Guard)
//
// # Classes
//
// No page has inline styles: the policy refuses them. Besides the design
// system's classes there are ours, one file a subject in ui/static/src/styles:
// dn-sec with dn-sec__head, dn-h2 and dn-sec__note for a section; dn-cols
// (--8-4, --7-5, --half, --3); dn-table with dn-scroll, dn-sub, dn-zero and
// dn-table__foot; dn-needs, dn-state, dn-alarms, dn-feeds; dn-facts,
// dn-ledger, dn-adds, dn-live, dn-tl; dn-id, dn-gate with dn-clause, dn-marks;
// dn-filters, dn-actions, dn-one; dn-tabs, dn-note, dn-eq; for patients dn-p,
// dn-two, dn-steps, dn-ap, dn-ref, dn-acts; dn-chart for every SVG. The pages in
// testdata/gallery show them in use.
package page
