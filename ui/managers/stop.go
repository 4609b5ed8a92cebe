package managers

import (
	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type stopPage struct {
	Stopped  bool
	Signal   campaigns.Signal
	By       string
	Proposal *campaigns.Proposal // somebody proposed to lift it
	Mine     bool                // it was this very person
	Reason   page.Input
}

func (h *Hall) stopPage(c *fiber.Ctx, by campaigns.Viewer) error { return h.showStop(c, by, nil) }

func (h *Hall) showStop(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	signals, err := h.Register.Signals(ctx, []string{campaigns.StopSignal})
	if err != nil {
		return err
	}
	body := stopPage{Signal: signals[campaigns.StopSignal], Reason: page.Input{
		Field: page.Field{Name: "reason", Label: "Why?", Hint: "Everybody sees this on every page; no names of patients", Error: wrong.For("reason")}, Value: c.FormValue("reason")}}
	body.Stopped = body.Signal.Red()
	title := "Stop everything"
	if body.Stopped {
		title = "Lift the stop"
		body.By = h.nameOf(ctx, body.Signal.Staff)
		if body.Proposal, err = h.proposal(c, "lift", campaigns.StopSignal); err != nil {
			return err
		}
		body.Mine = body.Proposal != nil && body.Proposal.Author == by.ID
	}
	return h.show(c, "stop.html", page.View{Title: title, Active: "/", Problem: wrong, Crumbs: []page.Link{{Text: "Home", Href: "/"}}, Body: body})
}

// proposal finds what somebody asked for and another has to agree to.
func (h *Hall) proposal(c *fiber.Ctx, action, key string) (*campaigns.Proposal, error) {
	open, err := h.Register.Proposals(c.UserContext())
	if err != nil {
		return nil, err
	}
	for _, p := range open {
		if p.Action == action && p.Key == key {
			return &p, nil
		}
	}
	return nil, nil
}

func (h *Hall) stop(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	if err := wrong.Take(h.Register.Halt(c.UserContext(), by, campaigns.StopSignal, c.FormValue("reason"))); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showStop(c, by, wrong)
	}
	return h.done(c, "/", "Everything is stopped. No letter is sealed and no record is made until two people lift it.")
}

// liftStop proposes, or agrees to what somebody else proposed.
func (h *Hall) liftStop(c *fiber.Ctx, by campaigns.Viewer) error {
	waiting, err := h.proposal(c, "lift", campaigns.StopSignal)
	if err != nil {
		return err
	}
	signals, err := h.Register.Signals(c.UserContext(), []string{campaigns.StopSignal})
	if err != nil {
		return err
	}
	if !signals[campaigns.StopSignal].Red() {
		return h.done(c, "/", "Nothing is stopped.")
	}
	if waiting == nil {
		if err := h.Register.Propose(c.UserContext(), by, "lift", campaigns.StopSignal, "lift the stop"); err != nil {
			return err
		}
		return h.done(c, "/stop", "You have proposed to lift the stop. Somebody else has to agree.")
	}
	err = h.Register.AgreeToLift(c.UserContext(), by, campaigns.StopSignal)
	if f := fault.Of(err); f != nil && f.Kind == fault.Refused {
		return h.showStop(c, by, page.Problems{{Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	return h.done(c, "/", "The stop is lifted by two people. Letters and records go on; the gate asks every person anew.")
}
