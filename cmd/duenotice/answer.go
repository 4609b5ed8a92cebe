package main

import (
	"context"
	"encoding/json"
	"iter"
	"reflect"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
	"duenotice/cmd/duenotice/house"
	"duenotice/optout"
)

type answerCommand struct {
	Campaign string `required:"" placeholder:"CODE" help:"The campaign's code."`
	No       bool   `xor:"says" required:"" help:"The person says no."`
	Yes      bool   `xor:"says" required:"" help:"The person says yes."`
	Channel  string `required:"" enum:"phone,paper,practice,national,upload" help:"phone, paper, practice, national or upload."`
	Received string `required:"" placeholder:"DATE" help:"The day it was received or postmarked, YYYY-MM-DD."`
	By       string `default:"self" help:"Who gives it, if not the person: it is held until somebody has checked."`
	As       string `placeholder:"EMAIL" help:"Who enters it."`
}

// Help implements kong's longer help.
func (answerCommand) Help() string {
	return "Example:\n  echo 9990000018 | duenotice answer --campaign NEL-26 --no --channel phone --received 2027-01-20\n\n" +
		"The NHS number is read from stdin, so that it stays out of the shell's history."
}

func (a answerCommand) Run(c *call) error {
	received, err := readDate(a.Received)
	if err != nil {
		return err
	}
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, a.As)
		if err != nil {
			return err
		}
		k, person, err := c.person(h, by, a.Campaign)
		if err != nil {
			return err
		}
		says := "yes"
		if a.No {
			says = "no"
		}
		r, err := h.Desk.Answer(ctx, by, optout.Answer{Programme: k.Programme, Campaign: k.ID, Person: person, Says: says,
			Channel: campaigns.Channel(a.Channel), ReceivedOn: received, GivenBy: a.By})
		if err != nil {
			return err
		}
		return c.answer(map[string]any{"reference": r.Reference, "says": r.Says, "held": r.Held, "received_on": r.ReceivedOn, "repeated": r.Repeated}, func() {
			c.say("Taken as %s: %s, received on %s.", r.Reference, r.Says, r.ReceivedOn.Long())
			if r.Held {
				c.say("Somebody has to look at it in the in-tray first; no record is made meanwhile.")
			}
		})
	})
}

// person finds whom the NHS number on stdin belongs to, and the campaign.
func (c *call) person(h *house.House, by campaigns.Viewer, code string) (campaigns.Campaign, campaigns.PersonID, error) {
	k, err := h.Register.Campaign(c.ctx, by, code)
	if err != nil {
		return k, 0, err
	}
	line, err := c.readLine("NHS number")
	if err != nil {
		return k, 0, err
	}
	number, wrong := intake.NHSNumber(line)
	if wrong != "" {
		says := wrong.Meaning()
		return k, 0, fault.New(fault.Invalid, "%s %s", says.Sentence, says.Advice)
	}
	p, err := h.Register.PersonByNumber(c.ctx, number)
	return k, p.ID, err
}

type watermarkCommand struct {
	Channel  string `arg:"" enum:"phone,paper,upload,practice" help:"phone, paper, upload or practice."`
	Date     string `arg:"" help:"Everything received up to and including this day has been entered, YYYY-MM-DD."`
	Practice string `placeholder:"CODE" help:"Which practice, for the channel practice."`
	As       string `placeholder:"EMAIL" help:"Who declares it."`
}

// Help implements kong's longer help.
func (watermarkCommand) Help() string {
	return "Example:\n  duenotice watermark paper 2027-04-30 --as helen.moss@example.org\n  duenotice watermark practice 2027-04-30 --practice F84003\n\n" +
		"An earlier day than before lowers it, which takes two people."
}

func (w watermarkCommand) Run(c *call) error {
	through, err := readDate(w.Date)
	if err != nil {
		return err
	}
	if (w.Channel == "practice") != (w.Practice != "") {
		return usage("name the practice with --practice CODE, for the channel practice only")
	}
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, w.As)
		if err != nil {
			return err
		}
		if err := h.Desk.Declare(ctx, by, campaigns.Channel(w.Channel), w.Practice, through); err != nil {
			return err
		}
		key := campaigns.Watermark(campaigns.Channel(w.Channel), w.Practice)
		now, err := h.Register.Signals(ctx, []string{key})
		if err != nil {
			return err
		}
		stands := now[key].Day
		return c.answer(map[string]any{"channel": w.Channel, "practice": w.Practice, "through": stands}, func() {
			if stands != through {
				c.say("Proposed, for it lowers the day, which stands at %s. Another person has to give the same command.", stands.Long())
				return
			}
			c.say("Declared: everything received by %s up to and including %s has been entered.", w.Channel, through.Long())
		})
	})
}

func readDate(s string) (calendar.Date, error) {
	d, err := calendar.ParseDate(s)
	if err != nil || d.IsZero() {
		return d, usage("give the date as YYYY-MM-DD, such as 2027-01-11")
	}
	return d, nil
}

func linesOf(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && !yield(line) {
				return
			}
		}
	}
}

// lower names the fields of counts as JSON does here: in small letters.
func lower(counts any) json.RawMessage {
	named := map[string]any{}
	v := reflect.ValueOf(counts)
	for i := range v.NumField() {
		named[strings.ToLower(v.Type().Field(i).Name)] = v.Field(i).Interface()
	}
	text, err := json.Marshal(named)
	if err != nil {
		return json.RawMessage("{}")
	}
	return text
}
