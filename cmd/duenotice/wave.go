package main

import (
	"context"
	"fmt"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/cmd/duenotice/house"
)

type waveCommands struct {
	Plan     wavePlan     `cmd:"" help:"Plan waves by working days and the vendor's capacity."`
	List     waveList     `cmd:"" help:"List the waves of a campaign."`
	Letters  waveLetters  `cmd:"" help:"Try a planned wave's letters on paper, and accept what cannot be printed right."`
	Approve  waveApprove  `cmd:"" help:"Sign a wave as counted now; it takes two people, neither its author."`
	Withdraw waveWithdraw `cmd:"" help:"Take a planned wave back; its people can be planned again."`
}

type waveWithdraw struct {
	Campaign string `required:"" placeholder:"CODE" help:"The campaign's code."`
	Wave     int    `required:"" help:"The wave's number."`
	As       string `required:"" placeholder:"EMAIL" help:"Who takes it back."`
}

// Help implements kong's longer help.
func (waveWithdraw) Help() string {
	return "Example:\n  duenotice wave withdraw --campaign NEL-26 --wave 2 --as anna.price@example.org"
}

func (w waveWithdraw) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := h.Register.ViewerByEmail(ctx, w.As)
		if err != nil {
			return err
		}
		if err := h.Register.WithdrawWave(ctx, by, w.Campaign, w.Wave); err != nil {
			return err
		}
		return c.answer(map[string]any{"withdrawn": w.Wave}, func() { c.say("Wave %d is taken back.", w.Wave) })
	})
}

type wavePlan struct {
	Campaign  string   `required:"" placeholder:"CODE" help:"The campaign's code."`
	People    int      `help:"People in each wave at most; 0 for everybody in one."`
	Waves     int      `help:"Waves at most; 0 for as many as it takes."`
	First     string   `required:"" placeholder:"DATE" help:"First day of posting, YYYY-MM-DD."`
	Practices []string `placeholder:"CODE,…" help:"Only these practices."`
	As        string   `required:"" placeholder:"EMAIL" help:"The author, who will not be able to approve them."`
}

// Help implements kong's longer help.
func (wavePlan) Help() string {
	return "Example:\n  duenotice wave plan --campaign NEL-26 --people 100000 --first 2027-01-11 --as anna.price@example.org"
}

type waveShown struct {
	Number      int           `json:"number"`
	State       string        `json:"state"`
	People      int           `json:"people"`
	FirstPostOn calendar.Date `json:"first_post_on"`
	LastPostOn  calendar.Date `json:"last_post_on"`
	Practices   []string      `json:"practices,omitempty"`
}

func (c *call) waves(list []campaigns.Wave) error {
	shown := []waveShown{}
	for _, w := range list {
		shown = append(shown, waveShown{w.Number, w.State, w.People, w.FirstPostOn, w.LastPostOn, w.Practices})
	}
	return c.answer(map[string]any{"waves": shown}, func() {
		for _, w := range shown {
			c.say("Wave %d: %d people, posted %s to %s, %s.", w.Number, w.People, w.FirstPostOn.Short(), w.LastPostOn.Short(), w.State)
		}
		if len(shown) == 0 {
			c.say("There is no wave yet.")
		}
	})
}

func (w wavePlan) Run(c *call) error {
	first, err := readDate(w.First)
	if err != nil {
		return err
	}
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, w.As)
		if err != nil {
			return err
		}
		list, err := h.Register.PlanWaves(ctx, by, w.Campaign, campaigns.Plan{Practices: w.Practices, People: w.People, Waves: w.Waves, FirstPostOn: first})
		if err != nil {
			return err
		}
		return c.waves(list)
	})
}

type waveList struct {
	Campaign string `required:"" placeholder:"CODE" help:"The campaign's code."`
}

// Help implements kong's longer help.
func (waveList) Help() string { return "Example:\n  duenotice wave list --campaign NEL-26" }

func (w waveList) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		k, err := h.Register.Campaign(ctx, campaigns.Viewer{}, w.Campaign)
		if err != nil {
			return err
		}
		list, err := h.Register.Waves(ctx, k.ID)
		if err != nil {
			return err
		}
		return c.waves(list)
	})
}

type waveApprove struct {
	Number   int    `arg:"" help:"The wave's number."`
	Campaign string `required:"" placeholder:"CODE" help:"The campaign's code."`
	As       string `required:"" placeholder:"EMAIL" help:"Who signs."`
}

// Help implements kong's longer help.
func (waveApprove) Help() string {
	return "Example:\n  duenotice wave approve 2 --campaign NEL-26 --as dana.whitlock@example.org"
}

func (w waveApprove) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, w.As)
		if err != nil {
			return err
		}
		n, err := h.Register.ApproveWave(ctx, by, w.Campaign, w.Number)
		if err != nil {
			return err
		}
		return c.answer(map[string]int{"signatures": n}, func() { c.say("%s", signatures(n)) })
	})
}

func windowWords(p campaigns.Policy) string {
	return fmt.Sprintf("%d %s after %d working days for delivery", p.Length, p.Unit, p.Allowance)
}
