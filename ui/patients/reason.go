package patients

import (
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"duenotice/optout"
	"duenotice/ui/page"
)

// mostReason is how many characters a reason may have: it goes along in the
// visit until the answer is given.
const mostReason = 300

// reason asks why, which nobody has to say.
func (d *door) reason(c *fiber.Ctx, a at) error {
	typed := d.typed(c, "reason")
	if a.visit.Draft != nil && typed == "" {
		typed = a.visit.Draft.Reason
	}
	return d.askReason(c, fiber.StatusOK, a, typed, nil)
}

func (d *door) askReason(c *fiber.Ctx, status int, a at, typed string, wrong page.Problems) error {
	if a.visit.Draft == nil {
		return page.SeeOther(c, "/question")
	}
	o := a.outlook
	title := o.say("Do you want to tell us why?")
	return d.renderKnown(c, "reason.html", status, o.Position, page.View{Title: title, Back: page.Link{Href: "/check"}, Problem: wrong, Body: page.Textarea{
		Field: page.Field{Name: "reason", Label: title, LabelSize: "l", Heading: true, ErrorWord: o.say("Error"), Error: wrong.For("reason"),
			Hint: o.say("You do not have to. We keep it apart from your answer and without your name. Please write no names. At most 300 characters.")},
		Value: typed, Rows: 4}})
}

// giveReason keeps the reason beside the answer that is being given.
func (d *door) giveReason(c *fiber.Ctx, a at) error {
	if a.visit.Draft == nil {
		return page.SeeOther(c, "/question")
	}
	reason := optout.CleanText(c.FormValue("reason"))
	if utf8.RuneCountInString(reason) > mostReason {
		return d.known(func(c *fiber.Ctx, a at) error {
			return d.askReason(c, refused, a, short(reason, 8000), page.Problems{{Field: "reason", Text: a.outlook.say("Write at most 300 characters")}})
		})(c)
	}
	a.visit.Draft.Reason = short(reason, 2*mostReason)
	d.sent(c)
	if err := d.seal.keep(c, a.visit); err != nil {
		return err
	}
	return page.SeeOther(c, "/check")
}
