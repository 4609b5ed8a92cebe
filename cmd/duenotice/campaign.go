package main

import (
	"context"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/cmd/duenotice/house"
)

type campaignCommands struct {
	Create  campaignCreate  `cmd:"" help:"Create a campaign in draft."`
	List    campaignList    `cmd:"" help:"List the campaigns."`
	Show    campaignShow    `cmd:"" help:"Show a campaign and where its people are."`
	Approve campaignApprove `cmd:"" help:"Sign a campaign; it takes two people, neither its author."`
	Pause   campaignPause   `cmd:"" help:"Freeze a campaign's letters and records; answers go on."`
	Resume  campaignResume  `cmd:"" help:"Let a paused campaign go on."`
	Extend  campaignExtend  `cmd:"" help:"Lengthen every window by some days; it takes two people."`
}

type campaignCreate struct {
	Code      string   `arg:"" help:"A short code, such as NEL-26."`
	Programme string   `required:"" placeholder:"CODE" help:"The programme's code."`
	Region    string   `required:"" placeholder:"CODE" help:"The region's code, such as QMF."`
	Name      string   `required:"" help:"Its name."`
	Kind      string   `enum:"blanket,pilot" default:"blanket" help:"blanket or pilot."`
	Pack      string   `default:"standard" help:"The pack people receive."`
	Vendor    string   `required:"" placeholder:"CODE" help:"The print vendor's code."`
	Days      int      `default:"84" help:"Length of the window in days."`
	Months    int      `help:"Length of the window in months instead."`
	Allowance int      `default:"3" help:"Working days for delivery."`
	Age       int      `default:"16" help:"The least age."`
	Capacity  int      `default:"150000" help:"Letters the vendor posts in a day."`
	Batch     int      `default:"2500" help:"Letters in a batch."`
	Helpline  string   `required:"" help:"Phone number on the letter."`
	Hours     string   `required:"" help:"When the helpline answers."`
	Web       string   `required:"" placeholder:"ADDRESS" help:"Where people answer."`
	Freepost  []string `required:"" sep:";" help:"Lines of the return address, with ; between."`
	Sender    string   `required:"" help:"Who sends the letter."`
	Signatory string   `required:"" help:"Who signs it."`
	As        string   `required:"" placeholder:"EMAIL" help:"Its author, who will not be able to approve it."`
}

// Help implements kong's longer help.
func (campaignCreate) Help() string {
	return "Example:\n  duenotice campaign create NEL-26 --programme SHS --region QMF --name 'North East London 2026' --vendor HARBOUR --helpline '0808 157 0419' " +
		"--hours 'Monday to Friday, 8am to 6pm' --web https://choose.example.org --freepost 'Freepost YOUR CHOICE' --sender 'NHS North East London' " +
		"--signatory 'Dr A. Price' --as anna.price@example.org"
}

func (k campaignCreate) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, k.As)
		if err != nil {
			return err
		}
		if err := h.Mailroom.EnsureStandardPack(ctx); err != nil {
			return err
		}
		if err := h.Mailroom.CanPrint(ctx, k.Pack, k.Vendor); err != nil {
			return err
		}
		window := campaigns.Policy{Unit: "days", Length: k.Days, Allowance: k.Allowance}
		if k.Months > 0 {
			window.Unit, window.Length = "months", k.Months
		}
		made, err := h.Register.CreateCampaign(ctx, by, campaigns.NewCampaign{
			Code: k.Code, Programme: k.Programme, Region: k.Region, Name: k.Name, Kind: k.Kind, Pack: k.Pack, Vendor: k.Vendor,
			Window: window, MinimumAge: k.Age, DailyCapacity: k.Capacity, BatchSize: k.Batch, Helpline: k.Helpline, HelplineHours: k.Hours,
			WebAddress: k.Web, Freepost: k.Freepost, Sender: k.Sender, Signatory: k.Signatory,
		})
		if err != nil {
			return err
		}
		return c.answer(shownOf(made), func() { c.say("Campaign %s is a draft. Two people other than you have to approve it.", made.Code) })
	})
}

// campaignShown is a campaign in JSON.
type campaignShown struct {
	Code       string         `json:"code"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Programme  string         `json:"programme"`
	Region     string         `json:"region"`
	RegionName string         `json:"region_name"`
	Window     string         `json:"window"`
	Author     string         `json:"author"`
	ApprovedOn calendar.Date  `json:"approved_on"`
	Paused     bool           `json:"paused"`
	People     int            `json:"people"`
	States     map[string]int `json:"states,omitempty"`
}

func shownOf(k campaigns.Campaign) campaignShown {
	s := campaignShown{Code: k.Code, Name: k.Name, Kind: k.Kind, Programme: k.ProgrammeName, Region: k.Region, RegionName: k.RegionName,
		Window: windowWords(k.Window), Author: k.AuthorName}
	if !k.ApprovedAt.IsZero() {
		s.ApprovedOn = calendar.DateOf(k.ApprovedAt)
	}
	return s
}

type campaignList struct{}

// Help implements kong's longer help.
func (campaignList) Help() string { return "Example:\n  duenotice campaign list --json" }

func (campaignList) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		list, err := h.Register.Campaigns(ctx, campaigns.Viewer{})
		if err != nil {
			return err
		}
		shown := []campaignShown{}
		for _, k := range list {
			s, err := counted(ctx, h, k)
			if err != nil {
				return err
			}
			s.States = nil
			shown = append(shown, s)
		}
		return c.answer(map[string]any{"campaigns": shown}, func() {
			if len(shown) == 0 {
				c.say("There is no campaign yet.")
			}
			for _, s := range shown {
				c.say("%-12s %-40s %8d people  %s", s.Code, s.Name, s.People, standing(s))
			}
		})
	})
}

// counted is a campaign with where its people are.
func counted(ctx context.Context, h *house.House, k campaigns.Campaign) (campaignShown, error) {
	s := shownOf(k)
	counts, err := h.Register.Counts(ctx, k.ID)
	if err != nil {
		return s, err
	}
	s.States = map[string]int{}
	for _, n := range counts {
		s.States[string(n.State)] += n.People
		s.People += n.People
	}
	signals, err := h.Register.Signals(ctx, []string{campaigns.PauseCampaign(k.ID)})
	s.Paused = signals[campaigns.PauseCampaign(k.ID)].Red()
	return s, err
}

func standing(s campaignShown) string {
	switch {
	case s.ApprovedOn.IsZero():
		return "draft"
	case s.Paused:
		return "paused"
	}
	return "approved " + s.ApprovedOn.Plain()
}

type campaignShow struct {
	Code string `arg:"" help:"The campaign's code."`
}

// Help implements kong's longer help.
func (campaignShow) Help() string { return "Example:\n  duenotice campaign show NEL-26" }

func (k campaignShow) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		found, err := h.Register.Campaign(ctx, campaigns.Viewer{}, k.Code)
		if err != nil {
			return err
		}
		s, err := counted(ctx, h, found)
		if err != nil {
			return err
		}
		return c.answer(s, func() {
			c.say("%s, %s (%s)\n%s, %s. Window: %s. Author: %s.", s.Code, s.Name, standing(s), s.Programme, s.RegionName, s.Window, s.Author)
			for _, state := range campaigns.States {
				if n := s.States[string(state)]; n > 0 {
					c.say("  %8d  %s", n, state.Plain())
				}
			}
			c.say("  %8d  people", s.People)
		})
	})
}

type campaignApprove struct {
	Code string `arg:"" help:"The campaign's code."`
	As   string `required:"" placeholder:"EMAIL" help:"Who signs."`
}

// Help implements kong's longer help.
func (campaignApprove) Help() string {
	return "Example:\n  duenotice campaign approve NEL-26 --as dana.whitlock@example.org"
}

func (k campaignApprove) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, k.As)
		if err != nil {
			return err
		}
		n, err := h.Register.ApproveCampaign(ctx, by, k.Code)
		if err != nil {
			return err
		}
		return c.answer(map[string]int{"signatures": n}, func() { c.say("%s", signatures(n)) })
	})
}

func signatures(n int) string {
	if n < 2 {
		return "Signed. One more signature is needed, of somebody else."
	}
	return "Signed by two people: approved."
}

type campaignPause struct {
	Code   string `arg:"" help:"The campaign's code."`
	Reason string `required:"" help:"Why, in words colleagues will understand."`
	As     string `placeholder:"EMAIL" help:"Who pauses it."`
}

// Help implements kong's longer help.
func (campaignPause) Help() string {
	return "Example:\n  duenotice campaign pause NEL-26 --reason 'Wrong helpline number on the letter' --as anna.price@example.org"
}

func (k campaignPause) Run(c *call) error {
	return c.signal(k.Code, k.As, func(ctx context.Context, h *house.House, by campaigns.Viewer, key string) error {
		return h.Register.Halt(ctx, by, key, k.Reason)
	}, "Campaign %s is paused: no letter is sealed and no record is made. Answers are taken, windows run.")
}

type campaignResume struct {
	Code string `arg:"" help:"The campaign's code."`
	As   string `required:"" placeholder:"EMAIL" help:"Who lets it go on."`
}

// Help implements kong's longer help.
func (campaignResume) Help() string {
	return "Example:\n  duenotice campaign resume NEL-26 --as anna.price@example.org"
}

func (k campaignResume) Run(c *call) error {
	return c.signal(k.Code, k.As, func(ctx context.Context, h *house.House, by campaigns.Viewer, key string) error {
		return h.Register.Resume(ctx, by, key)
	}, "Campaign %s goes on. Every record is asked for anew.")
}

// signal does something with the pause of a campaign.
func (c *call) signal(code, as string, do func(context.Context, *house.House, campaigns.Viewer, string) error, sentence string) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, as)
		if err != nil {
			return err
		}
		k, err := h.Register.Campaign(ctx, by, code)
		if err != nil {
			return err
		}
		if err := do(ctx, h, by, campaigns.PauseCampaign(k.ID)); err != nil {
			return err
		}
		s, err := counted(ctx, h, k)
		if err != nil {
			return err
		}
		return c.answer(s, func() { c.say(sentence, k.Code) })
	})
}

type campaignExtend struct {
	Code   string `arg:"" help:"The campaign's code."`
	Wave   int    `help:"Only this wave; 0 is all."`
	Days   int    `required:"" help:"Days more, closed windows included where no record exists."`
	Reason string `required:"" help:"Why."`
	As     string `required:"" placeholder:"EMAIL" help:"Who asks for it, or agrees to it."`
}

// Help implements kong's longer help.
func (campaignExtend) Help() string {
	return "Example:\n  duenotice campaign extend NEL-26 --days 28 --reason 'Postal strike' --as anna.price@example.org\n\nThe first person asks; the same command by another carries it out."
}

func (k campaignExtend) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, k.As)
		if err != nil {
			return err
		}
		agreed, err := h.Desk.Extend(ctx, by, k.Code, k.Wave, k.Days, k.Reason)
		if err != nil {
			return err
		}
		return c.answer(map[string]any{"agreed": agreed, "days": k.Days}, func() {
			if !agreed {
				c.say("Asked for. Another person has to give the same command.")
				return
			}
			c.say("Every window of %s is %d days longer.", k.Code, k.Days)
		})
	})
}
