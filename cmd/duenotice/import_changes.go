package main

import (
	"context"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
)

type importChanges struct {
	Kind     string   `arg:"" optional:"" help:"Decide about this kind only: closed, dormant, absent, 'moved region', …"`
	Practice []string `placeholder:"CODE,…" help:"Only these practices."`
	Accept   bool     `xor:"decision" help:"Let them take effect; those that did are marked as seen."`
	Decline  bool     `xor:"decision" help:"Leave the practices as they are."`
	To       string   `placeholder:"ICB" help:"Where practices of an ICB that was split belong."`
	As       string   `placeholder:"EMAIL" help:"Who looks, or decides."`
}

// Help implements kong's longer help.
func (importChanges) Help() string {
	return "What files of organisations said of practices, and nobody has decided about or looked at yet.\n\n" +
		"Example:\n  duenotice import changes\n  duenotice import changes closed --accept --as anna.price@example.org"
}

type changesAnswer struct {
	Decided int           `json:"decided"`
	Changes []changeGroup `json:"changes"`
}

type changeGroup struct {
	Kind     string       `json:"kind"`
	Waits    bool         `json:"waits"`
	Count    int          `json:"count"`
	Examples []changeLine `json:"examples"`
}

type changeLine struct {
	Practice string `json:"practice"`
	Region   string `json:"region"`
	Before   string `json:"before"`
	After    string `json:"after"`
}

func (i importChanges) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, i.As)
		if err != nil {
			return err
		}
		said := changesAnswer{Changes: []changeGroup{}}
		if i.Accept || i.Decline {
			if i.Kind == "" {
				return fault.New(fault.Invalid, "Say which kind of change you decide about, as in: duenotice import changes closed --accept --as EMAIL")
			}
			if by, err = c.named(h, i.As); err != nil {
				return err
			}
			said.Decided, err = h.Register.DecideChanges(ctx, by, campaigns.ChangeDecision{Kind: campaigns.ChangeKind(i.Kind), Practice: i.Practice, Accept: i.Accept, To: i.To})
			if err != nil {
				return err
			}
		}
		groups, err := h.Register.OpenChanges(ctx, by, 5)
		if err != nil {
			return err
		}
		for _, g := range groups {
			one := changeGroup{string(g.Kind), g.Waits, g.Count, []changeLine{}}
			for _, e := range g.Examples {
				one.Examples = append(one.Examples, changeLine{e.Code, e.Region, e.Before, e.After})
			}
			said.Changes = append(said.Changes, one)
		}
		return c.answer(said, func() {
			if i.Accept || i.Decline {
				c.say("Decided about %d practices.", said.Decided)
			}
			for _, g := range groups {
				does := "took effect; look and mark it as seen"
				if g.Waits {
					does = "waits for a decision"
				}
				c.say("  %6d × %s (%s): %s", g.Count, g.Kind, does, g.Sentence)
				for _, e := range g.Examples {
					c.say("           %s %s, %s: %s", e.Code, e.Name, e.Region, e.Tells())
				}
			}
			if len(groups) == 0 {
				c.say("No change of a practice waits.")
			}
		})
	})
}
