package main

import (
	"context"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
)

type whyCommand struct {
	Number   string `arg:"" enum:"-" help:"A dash: the NHS number is read from stdin."`
	Campaign string `required:"" placeholder:"CODE" help:"The campaign's code."`
	As       string `placeholder:"EMAIL" help:"Who looks; it is written down."`
}

// Help implements kong's longer help.
func (whyCommand) Help() string {
	return "Example:\n  echo 9990000018 | duenotice why - --campaign NEL-26"
}

func (w whyCommand) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, w.As)
		if err != nil {
			return err
		}
		k, person, err := c.person(h, by, w.Campaign)
		if err != nil {
			return err
		}
		list, err := h.Register.EnrolmentsOf(ctx, person)
		if err != nil {
			return err
		}
		for _, e := range list {
			if e.Campaign == k.ID {
				return w.tell(ctx, c, h, by, e.ID)
			}
		}
		return fault.New(fault.NotFound, "This person is not in the campaign %s.", k.Code)
	})
}

type clauseShown struct {
	Number int    `json:"clause"`
	Name   string `json:"name"`
	Met    bool   `json:"met"`
	Says   string `json:"says"`
	Who    string `json:"who,omitempty"`
}

func (w whyCommand) tell(ctx context.Context, c *call, h *house.House, by campaigns.Viewer, id campaigns.EnrolmentID) error {
	y, err := h.Desk.Why(ctx, by, id)
	if err != nil {
		return err
	}
	clauses := []clauseShown{}
	for _, l := range y.Clauses {
		clauses = append(clauses, clauseShown{l.Number, l.Name, l.Met, l.Says, l.Who})
	}
	document := map[string]any{"enrolment": y.Enrolment.ID, "state": y.Enrolment.State, "sentence": y.Sentence, "first_possible": y.FirstPossible, "clauses": clauses}
	return c.answer(document, func() {
		c.say("%s\n", y.Sentence)
		for _, l := range clauses {
			mark := "–"
			if l.Met {
				mark = "✓"
			}
			c.say("  %s %d. %s: %s", mark, l.Number, l.Name, l.Says)
			if !l.Met && l.Who != "" {
				c.say("       Who can change it: %s", l.Who)
			}
		}
	})
}
