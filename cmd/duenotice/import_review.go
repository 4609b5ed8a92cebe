package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
)

type importDecline struct {
	ID int64  `arg:"" help:"The number of the file."`
	As string `required:"" placeholder:"EMAIL" help:"Who declines it."`
}

// Help implements kong's longer help.
func (importDecline) Help() string {
	return "Example:\n  duenotice import decline 3 --as anna.price@example.org"
}

func (i importDecline) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, i.As)
		if err != nil {
			return err
		}
		if err := h.Register.DecideCohort(ctx, by, campaigns.CohortID(i.ID), false); err != nil {
			return err
		}
		cohort, err := h.Register.Cohort(ctx, by, campaigns.CohortID(i.ID))
		if err != nil {
			return err
		}
		return c.answer(appliedOf(cohort), func() { c.say("File %d is declined; nobody of it is enrolled.", i.ID) })
	})
}

type importShow struct {
	ID int64  `arg:"" help:"The number of the file."`
	As string `placeholder:"EMAIL" help:"Who looks."`
}

// Help implements kong's longer help.
func (importShow) Help() string {
	return "Example:\n  duenotice import show 3\n\nA file that is being read or applied is waited for. If what did so was killed, this command goes on with it."
}

func (i importShow) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, i.As)
		if err != nil {
			return err
		}
		cohort, err := c.wait(h, by, campaigns.CohortID(i.ID))
		if err != nil {
			return err
		}
		return c.answer(appliedOf(cohort), func() {
			c.say("File %d, %s, for %s: %s.", cohort.ID, cohort.FileName, cohort.Code, cohort.State)
			if cohort.Refusal != "" {
				c.say("%s", cohort.Refusal)
			}
			c.say("%d rows = %d accepted + %d rejected.", cohort.Rows, cohort.Accepted, cohort.Rejected)
			if cohort.Applied() {
				c.say("%d accepted = %d enrolled + %d in the campaign before + %d left out + %d waiting.",
					cohort.Accepted, cohort.Enrolled, cohort.Already, cohort.Discarded, cohort.Waiting)
			}
		})
	})
}

type importConflicts struct {
	ID    int64  `arg:"" help:"The number of the file."`
	Kind  string `enum:"twice,person,alike,changed,details," default:"" help:"List those of one kind: twice, person, alike, changed or details."`
	After int64  `placeholder:"N" help:"Begin after this one."`
	As    string `placeholder:"EMAIL" help:"Who looks."`
}

// Help implements kong's longer help.
func (importConflicts) Help() string {
	return `Example:
  duenotice import conflicts 3
  duenotice import conflicts 3 --kind person

twice    the number stands in the file twice; unless decided, the first row counts
person   the number is held for somebody else; unless decided, the row waits
alike    somebody just like this is held under another number; unless decided, the row waits
changed  the person was changed since the file was looked at; the row waits
details  news of people who are known; unless decided, they are applied

Names and addresses are on the pages, side by side; here are lines and what differs.`
}

type conflictLine struct {
	ID       int64    `json:"id"`
	Line     int      `json:"line"`
	Other    int      `json:"other_line"`
	Number   string   `json:"number"` // its last three digits
	Differs  []string `json:"differs"`
	Decision string   `json:"decision"`
	Waiting  bool     `json:"waiting"`
}

// conflictsListed is how many one call lists.
const conflictsListed = 1000

func (i importConflicts) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, i.As)
		if err != nil {
			return err
		}
		cohort, err := h.Register.Cohort(ctx, by, campaigns.CohortID(i.ID))
		if err != nil {
			return err
		}
		kinds, err := h.Register.Conflicts(ctx, cohort.ID)
		if err != nil {
			return err
		}
		lines := []conflictLine{}
		if i.Kind != "" {
			list, err := h.Register.ConflictList(ctx, cohort.ID, i.Kind, i.After, conflictsListed)
			if err != nil {
				return err
			}
			for _, k := range list {
				lines = append(lines, conflictLine{k.ID, k.Row.Line, k.Other.Line, k.Row.Number[max(0, len(k.Row.Number)-3):], k.Differs, k.Decision, k.Waiting})
			}
		}
		return c.answer(map[string]any{"id": cohort.ID, "kinds": kindCounts(kinds), "conflicts": lines}, func() {
			for _, k := range kinds {
				c.say("%6d × %s: %d open, %d applied, %d discarded, %d both; %d wait.", k.All, k.Kind, k.Open, k.Apply, k.Discarded, k.Both, k.Waiting)
			}
			for _, l := range lines {
				said := "open"
				if l.Decision != "" {
					said = l.Decision
				}
				c.say("  %d: line %d, number … %s, %s: %s", l.ID, l.Line, l.Number, strings.Join(l.Differs, ", "), said)
			}
			if len(kinds) == 0 {
				c.say("Nothing of file %d conflicts with anything.", cohort.ID)
			}
		})
	})
}

type importDecide struct {
	ID       int64  `arg:"" help:"The number of the file."`
	Decision string `arg:"" enum:"apply,discard,both" help:"apply: the row counts; discard: it is left out; both: they are two people."`
	Kind     string `required:"" enum:"twice,person,alike,changed,details" help:"The kind of conflict."`
	Conflict int64  `placeholder:"N" help:"One of them; without it all of the kind that are open."`
	As       string `required:"" placeholder:"EMAIL" help:"Who decides."`
}

// Help implements kong's longer help.
func (importDecide) Help() string {
	return "Example:\n  duenotice import decide 3 discard --kind person --as anna.price@example.org\n  duenotice import decide 3 apply --kind twice --conflict 41 --as anna.price@example.org"
}

func (i importDecide) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, i.As)
		if err != nil {
			return err
		}
		n, err := h.Register.DecideConflicts(ctx, by, campaigns.CohortID(i.ID), i.Kind, i.Conflict, i.Decision)
		if err != nil {
			return err
		}
		return c.answer(map[string]any{"id": i.ID, "decided": n}, func() {
			c.say("Rows decided: %d. They take effect with: duenotice import accept %d --as EMAIL", n, i.ID)
		})
	})
}

type importRejected struct {
	ID  int64  `arg:"" help:"The number of the file."`
	As  string `required:"" placeholder:"EMAIL" help:"Who takes them out; it is logged."`
	Out string `type:"path" placeholder:"FILE" help:"Where to; without it to stdout."`
}

// Help implements kong's longer help.
func (importRejected) Help() string {
	return "Example:\n  duenotice import rejected 3 --as anna.price@example.org --out rejected.csv\n\nCorrect the rows and send only them again: duenotice import cohort rejected.csv --corrects 3"
}

func (i importRejected) Run(c *call) (err error) {
	if c.flags.JSON && i.Out == "" {
		return usage("say where the rows go with --out FILE")
	}
	return c.inHouse(func(ctx context.Context, h *house.House) (err error) {
		by, err := c.named(h, i.As)
		if err != nil {
			return err
		}
		cohort, err := h.Register.Cohort(ctx, by, campaigns.CohortID(i.ID))
		if err != nil {
			return err
		}
		write, err := h.Register.RejectedRows(ctx, by, cohort.ID)
		if err != nil {
			return err
		}
		if i.Out == "" {
			return write(ctx, c.out)
		}
		f, err := os.OpenFile(i.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // people's details, so for nobody else
		if errors.Is(err, os.ErrExist) {
			return fault.New(fault.Conflict, "The file %s is there already; name another with --out.", i.Out)
		}
		if err != nil {
			return fault.New(fault.Invalid, "The file %s cannot be written.", i.Out)
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		w := bufio.NewWriter(f)
		if err := errors.Join(write(ctx, w), w.Flush()); err != nil {
			return err
		}
		return c.answer(map[string]any{"id": i.ID, "rows": cohort.Rejected, "file": i.Out}, func() { c.say("%d rejected rows are in %s.", cohort.Rejected, i.Out) })
	})
}

type importLimits struct {
	Bad   *float64 `placeholder:"PERCENT" help:"Rows that may be wrong, at most."`
	Home  *float64 `placeholder:"PERCENT" help:"Rows of practices in the campaign's region, at least."`
	Known *float64 `placeholder:"PERCENT" help:"People who are known, at least, once the campaign has people; 0 asks nothing."`
	Keep  *int     `placeholder:"DAYS" help:"How long the bytes of a file are kept."`
	As    string   `placeholder:"EMAIL" help:"Who changes them: a national manager."`
}

// Help implements kong's longer help.
func (importLimits) Help() string {
	return "Example:\n  duenotice import limits\n  duenotice import limits --bad 10 --keep 14 --as nat@example.org"
}

func (i importLimits) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		l, err := h.Register.Limits(ctx)
		if err != nil {
			return err
		}
		if i.Bad != nil || i.Home != nil || i.Known != nil || i.Keep != nil {
			by, err := c.named(h, i.As)
			if err != nil {
				return err
			}
			for to, from := range map[*float64]*float64{&l.BadPercent: i.Bad, &l.HomePercent: i.Home, &l.KnownPercent: i.Known} {
				if from != nil {
					*to = *from
				}
			}
			if i.Keep != nil {
				l.KeepDays = *i.Keep
			}
			if err := h.Register.SetLimits(ctx, by, l); err != nil {
				return err
			}
		}
		return c.answer(map[string]any{"bad_percent": l.BadPercent, "home_percent": l.HomePercent, "known_percent": l.KnownPercent, "keep_days": l.KeepDays}, func() {
			c.say("At most %g%% of a file's rows may be wrong; at least %g%% are of practices in the campaign's region; at least %g%% of the people are known once the campaign has people. Bytes are kept for %d days.",
				l.BadPercent, l.HomePercent, l.KnownPercent, l.KeepDays)
		})
	})
}
