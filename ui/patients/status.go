package patients

import (
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"
)

type statusPage struct {
	outlook
	AsOf    string
	Steps   []step
	Applied []applied
}

// applied is one place where an answer has to take effect, and whether it has.
type applied struct {
	Where, Says string
	Done        bool
}

// applied lists where a no has been applied, and the way of a record that is
// taken away: asked, then confirmed.
func (o outlook) applied() []applied {
	if o.Says != "no" {
		return nil
	}
	list := []applied{{o.say("Our register"), o.say("Applied on {day}. This alone stops one from being made.", "day", o.long(o.SaidOn)), true}}
	if o.Record != "" {
		list[0].Says = o.say("Applied on {day}. It started the taking away.", "day", o.long(o.SaidOn))
	}
	for _, a := range o.Position.Applied {
		one := applied{Where: o.say("Your GP practice"), Says: o.say("Told. It has not confirmed yet.")}
		if a.Target == optout.TargetNational {
			one.Where = o.say("The national register")
		}
		if !a.On.IsZero() {
			one.Says, one.Done = o.say("Confirmed to us on {day}.", "day", o.long(a.On)), true
		}
		list = append(list, one)
	}
	record := o.say("The {programme} itself")
	switch {
	case o.Record == "live" || o.Record == "withdrawing" && o.WithdrawnOn.IsZero():
		list = append(list, applied{record, o.say("Being taken away. We ask until we are told that it is gone."), false})
	case o.Record == "withdrawing":
		list = append(list, applied{record, o.say("We asked on {day} that it be taken away. We ask until we are told that it is gone.", "day", o.long(o.WithdrawnOn)), false})
	case o.Record == "withdrawn":
		list = append(list, applied{record, o.say("Taken away, and confirmed to us on {day}.", "day", o.long(o.WithdrawnOn)), true})
	}
	return list
}

// status shows the promise, and where an answer has been applied.
func (d *door) status(c *fiber.Ctx, a at) error {
	o := a.outlook
	return d.renderKnown(c, "status.html", fiber.StatusOK, o.Position, page.View{
		Title: o.Heading(), Back: page.Link{Href: "/decision"},
		Body: statusPage{outlook: o, AsOf: o.say("{day}, {time}", "day", o.long(o.Today), "time", o.in.Clock(a.arrived)), Steps: o.Steps(), Applied: o.applied()},
	})
}

// notMe says what to do about an answer that somebody else gave.
func (d *door) notMe(c *fiber.Ctx, a at) error {
	return d.renderKnown(c, "not-me.html", fiber.StatusOK, a.outlook.Position, page.View{Title: a.outlook.say("It was not me who answered"), Back: page.Link{Href: "/status"}, Body: a.outlook})
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
	o := outlook{Position: optout.Position{Programme: d.settings.Programme}, Today: calendar.DateOf(a.arrived), in: speechOf(c).Catalogue}
	var next []string
	if p, err := d.desk.Position(c.UserContext(), a.visit.Caller); err != nil {
		d.settings.Log.Error("where a person stands after an answer", "error", err.Error(), "reference", page.Reference(c))
	} else {
		o.Position = p
		next = o.Next(r)
	}
	panel := page.Panel{Heading: o.say("We have your answer: no"), Text: o.in.Tell(`Your reference is <span class="dn-nowrap">{reference}</span>`, "reference", r.Reference)}
	switch {
	case r.Held:
		panel.Heading = o.say("We have your message")
	case r.Says == "yes":
		panel.Heading = o.say("We have your answer: yes")
	}
	return d.renderKnown(c, "done.html", fiber.StatusOK, o.Position, page.View{Title: fmt.Sprint(panel.Heading), Body: donePage{outlook: o, Receipt: r, Panel: panel, On: o.long(r.ReceivedOn), Next: next}})
}

// receipt is the confirmation as a small file to keep.
func (d *door) receipt(c *fiber.Ctx, a at) error {
	r := a.visit.Receipt
	if r == nil {
		return page.SeeOther(c, "/status")
	}
	in := speechOf(c)
	said := in.Say("Your answer: no")
	switch {
	case r.Held:
		said = in.Say("Your message waits for a person, who reads it within five working days.")
	case r.Says == "yes":
		said = in.Say("Your answer: yes")
	}
	lines := []string{in.Say("Receipt"), "", in.Say("Your reference: {reference}", "reference", r.Reference), in.Say("Received on: {day}", "day", in.Long(r.ReceivedOn)), said, "",
		in.Say("You can change your answer at any time, with the code in your letter or by phone: {phone}", "phone", d.settings.Helpline), ""}
	c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="receipt.txt"`)
	return c.SendString(strings.Join(lines, "\r\n"))
}
