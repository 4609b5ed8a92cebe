package patients

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"
)

type statusPage struct {
	outlook
	AsOf  string
	Steps []step
}

// status shows the promise, and where an answer has been applied.
func (d *door) status(c *fiber.Ctx, a at) error {
	o := a.outlook
	return d.renderKnown(c, "status.html", fiber.StatusOK, o.Position, page.View{
		Title: o.Heading(), Back: page.Link{Href: "/decision"},
		Body: statusPage{outlook: o, AsOf: long(o.Today) + ", " + page.ClockTime(a.arrived), Steps: o.Steps()},
	})
}

// notMe says what to do about an answer that somebody else gave.
func (d *door) notMe(c *fiber.Ctx, a at) error {
	return d.renderKnown(c, "not-me.html", fiber.StatusOK, a.outlook.Position, page.View{Title: "It was not me who answered", Back: page.Link{Href: "/status"}, Body: a.outlook})
}

type donePage struct {
	outlook
	Receipt optout.Receipt
	Panel   page.Panel
	On      string
	Next    []string
}

// done confirms an answer after it was saved. It stands even while the
// database does not answer: the receipt is in the visit.
func (d *door) done(c *fiber.Ctx, a at) error {
	if a.visit.Receipt == nil {
		return page.SeeOther(c, "/status")
	}
	r := *a.visit.Receipt
	o := outlook{Position: optout.Position{Programme: d.settings.Programme}, Today: calendar.DateOf(a.arrived)}
	var next []string
	if p, err := d.desk.Position(c.UserContext(), a.visit.Caller); err != nil {
		d.settings.Log.Error("where a person stands after an answer", "error", err.Error(), "reference", page.Reference(c))
	} else {
		o.Position = p
		next = o.Next(r)
	}
	panel := page.Panel{Heading: "We have your answer: " + r.Says, Text: template.HTML(`Your reference is <span class="dn-nowrap">` + template.HTMLEscapeString(r.Reference) + `</span>`)} //nolint:gosec // G203: escaped here
	if r.Held {
		panel.Heading = "We have your message"
	}
	return d.renderKnown(c, "done.html", fiber.StatusOK, o.Position, page.View{Title: fmt.Sprint(panel.Heading), Body: donePage{outlook: o, Receipt: r, Panel: panel, On: long(r.ReceivedOn), Next: next}})
}

// receipt is the confirmation as a small file to keep.
func (d *door) receipt(c *fiber.Ctx, a at) error {
	r := a.visit.Receipt
	if r == nil {
		return page.SeeOther(c, "/status")
	}
	lines := []string{"Receipt", "", "Your reference: " + r.Reference, "Received on: " + r.ReceivedOn.Long()}
	if r.Held {
		lines = append(lines, "Your message: "+r.Says+". A person checks it within five working days.")
	} else {
		lines = append(lines, "Your answer: "+r.Says)
	}
	lines = append(lines, "", "You can change your answer at any time, with the code in your letter or by phone: "+d.settings.Helpline, "")
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="receipt.txt"`)
	return c.SendString(strings.Join(lines, "\r\n"))
}
