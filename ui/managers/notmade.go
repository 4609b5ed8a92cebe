package managers

import (
	"fmt"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type failedPage struct {
	optout.Why
	Who    string
	Asked  page.Radios
	Reason page.Input
}

// failedRecord asks what is to become of a record that could not be made.
func (h *Hall) failedRecord(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showFailed(c, by, nil)
}

func (h *Hall) showFailed(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	id, err := h.oneEnrolment(c)
	if err != nil {
		return err
	}
	why, err := h.Desk.Why(c.UserContext(), by, id)
	if err != nil {
		return err
	}
	if why.Enrolment.State != campaigns.CreateFailed {
		return fault.New(fault.NotFound, "This person has no record that could not be made.")
	}
	if err := h.Register.LookedAt(c.UserContext(), by, "person", fmt.Sprint(why.Person.ID), "record not made"); err != nil {
		return err
	}
	body := failedPage{Why: why, Who: why.Person.Name(),
		Asked: page.Radios{Field: page.Field{Name: "do", Label: "What is to be done?", LabelSize: "s", Error: wrong.For("do")}, Chosen: c.FormValue("do"),
			Options: []page.Option{{Value: "retry", Text: "Try again", Hint: "The nine conditions are asked anew, and the same request is sent again"},
				{Value: "close", Text: "Close it", Hint: "It is not tried again. The target is asked first whether it has a record all the same, which is taken back"}}},
		Reason: page.Input{Field: page.Field{Name: "reason", Label: "Why?", Hint: "In a few words, for example: looked into with the target", Error: wrong.For("reason")}, Value: c.FormValue("reason")}}
	if why.Person.Sensitive {
		body.Who = fmt.Sprintf("Person %d", why.Person.ID)
	}
	return h.show(c, "notmade.html", page.View{Title: "Record not made", Active: "/campaigns", Problem: wrong,
		Back: page.Link{Text: "Back to the person", Href: fmt.Sprintf("/people/%d", id)}, Body: body})
}

// settleFailed tries such a record again, or gives it up.
func (h *Hall) settleFailed(c *fiber.Ctx, by campaigns.Viewer) error {
	id, err := h.oneEnrolment(c)
	if err != nil {
		return err
	}
	var wrong page.Problems
	reason, said := strings.TrimSpace(c.FormValue("reason")), ""
	switch {
	case reason == "":
		wrong.Add("reason", "Say why, in a few words.")
	case c.FormValue("do") == "retry":
		err, said = h.Desk.Retry(c.UserContext(), by, id, reason), "The record is tried again."
	case c.FormValue("do") == "close":
		err, said = h.Desk.CloseFailed(c.UserContext(), by, id, reason), "The record is given up. The target is asked whether it has one all the same."
	default:
		wrong.Add("do", "Choose what is to be done.")
	}
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showFailed(c, by, wrong)
	}
	return h.done(c, fmt.Sprintf("/people/%d", id), "%s", said)
}
