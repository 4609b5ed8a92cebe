package main

import (
	"context"
	"fmt"
	"os"

	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
	"duenotice/cmd/duenotice/synth"
)

type synthCommands struct {
	Cohort synthCohort `cmd:"" help:"A file of made-up people for the practices of a region."`
}

type synthCohort struct {
	Region string `required:"" placeholder:"CODE" help:"The region's code, such as QMF."`
	People int    `required:"" help:"How many rows, wrong ones included."`
	Seed   uint64 `default:"1" help:"The same seed makes the same people."`
	Layout string `default:"own" enum:"own,screening" help:"The own template, or the layout of the screening programmes."`
	Out    string `required:"" type:"path" placeholder:"FILE" help:"Where to; FILE.faults.json says which rows are wrong, and how."`
}

// Help implements kong's longer help.
func (synthCohort) Help() string {
	return "Example:\n  duenotice synth cohort --region QMF --people 5000 --seed 7 --out people.csv\n\nThe practices are those of the installation; QMF's are at hand without one."
}

func (s synthCohort) Run(c *call) error {
	o := synth.Options{Region: s.Region, People: s.People, Seed: s.Seed, Layout: synth.Layout(s.Layout)}
	var err error
	if o.Practices, err = seed.SynthPractices(s.Region); err != nil {
		return err
	}
	if len(o.Practices) == 0 {
		err := c.inHouse(func(ctx context.Context, h *house.House) error {
			list, err := h.Register.Practices(ctx, s.Region)
			for _, p := range list {
				if p.Status == "active" {
					o.Practices = append(o.Practices, synth.Practice{Code: p.Code, Patients: p.ListSize, Postcode: p.Postcode})
				}
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(o.Practices) == 0 {
		return fault.New(fault.NotFound, "No practices of the region %s are known. Import them first: duenotice import practices epraccur.csv", s.Region)
	}
	sum, err := synthFiles(s.Out, o)
	if err != nil {
		return err
	}
	return c.answer(lower(sum), func() {
		c.say("%d rows in %s, %d of them wrong (%s.faults.json says which).", sum.People, s.Out, sum.Wrong, s.Out)
	})
}

func synthFiles(path string, o synth.Options) (sum synth.Summary, err error) {
	create := func(name string) (*os.File, error) {
		f, err := os.Create(name)
		if err != nil {
			return nil, fault.New(fault.Invalid, "The file %s cannot be written.", name)
		}
		return f, nil
	}
	people, err := create(path)
	if err != nil {
		return sum, err
	}
	defer people.Close()
	faults, err := create(path + ".faults.json")
	if err != nil {
		return sum, err
	}
	defer faults.Close()
	o.Out, o.Faults = people, faults
	if sum, err = synth.Cohort(o); err != nil {
		return sum, err
	}
	for _, f := range []*os.File{people, faults} {
		if err := f.Close(); err != nil {
			return sum, fmt.Errorf("write made-up people: %w", err)
		}
	}
	return sum, nil
}
