package main

import (
	"context"
	"strings"

	"duenotice/campaigns"
	"duenotice/cmd/duenotice/house"
)

type importPractices struct {
	Files []string `arg:"" type:"existingfile" help:"epraccur.csv, gp-reg-pat-prac-all.csv and -map.csv, tables of regions, ICBs, sub-ICB locations, SHAs; plain, gzip or zip."`
	As    string   `placeholder:"EMAIL" help:"Who brings them."`
}

// Help implements kong's longer help.
func (importPractices) Help() string {
	return "Example:\n  duenotice import practices epraccur.csv gp-reg-pat-prac-all.csv icb_codes.csv\n\nA later file updates; nothing is ever deleted. Who left, came back or moved to another ICB stays as it is\nuntil somebody has decided: duenotice import changes."
}

func (i importPractices) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, i.As)
		if err != nil {
			return err
		}
		var files []campaigns.OrganisationFile
		for _, path := range i.Files {
			f, err := opened(path)
			if err != nil {
				return err
			}
			defer f.Close()
			files = append(files, campaigns.OrganisationFile{Name: path, Body: f})
		}
		list, err := h.Register.ImportPractices(ctx, by, files)
		if err != nil {
			return err
		}
		waiting, err := h.Register.WaitingChanges(ctx, by)
		if err != nil {
			return err
		}
		return c.answer(map[string]any{"files": list}, func() {
			for _, f := range list {
				c.say("%s: %s, %d rows, %d practices in %d ICBs; %d new, %d renamed, %d left; %d findings.",
					f.File, f.Dialect, f.Rows, f.Practices, f.ICBs, f.New, f.Renamed, f.Left, f.Findings)
				for _, g := range f.Found {
					c.say("  %6d × %s: %s", g.Count, g.What, g.Sentence)
					c.say("           %s", strings.Join(g.Examples, "; "))
				}
			}
			if waiting > 0 {
				c.say("%d changes of practices wait for a decision: duenotice import changes", waiting)
			}
		})
	})
}

// listSizes says how a file of people fits the lists of the practices.
func (c *call) listSizes(check campaigns.ListSizeCheck) {
	if n := len(check.Differ); n > 0 {
		c.say("  %6d × list_size_differs (review): the people of %d of %d practices differ by more than a tenth from the registered patients:", n, n, check.Practices)
		for _, d := range check.Differ[:min(n, 5)] {
			c.say("           %s %s: %d people, %d registered on %s (%+d%%)", d.Practice, d.Name, d.People, d.Listed, d.CountedOn, d.Percent())
		}
	}
	if n := len(check.Without); n > 0 {
		c.say("  %6d × practices of the region have registered patients and nobody in this campaign, the largest %s %s (%d).", n,
			check.Without[0].Practice, check.Without[0].Name, check.Without[0].Listed)
	}
	if check.Unlisted > 0 {
		c.say("  %6d × practices whose list size is not known: duenotice import practices gp-reg-pat-prac-all.csv", check.Unlisted)
	}
}
