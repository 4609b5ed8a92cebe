package main

import (
	"context"
	"strings"

	"duenotice/campaigns/uptake"
	"duenotice/cmd/duenotice/house"
)

type importUptake struct {
	Files []string `arg:"" type:"existingfile" help:"Online services by practice (POMI), long or wide, of any months; plain, gzip or zip."`
	As    string   `placeholder:"EMAIL" help:"Who brings them."`
}

// Help implements kong's longer help.
func (importUptake) Help() string {
	return "Example:\n  duenotice import uptake pomi_2020-08.csv pomi_2020-09.csv.gz\n\nA later file revises the months it tells of; what was published before is kept. Blank, NULL and 9 are\nunknown and never zero."
}

func (i importUptake) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, i.As)
		if err != nil {
			return err
		}
		var files []uptake.File
		for _, path := range i.Files {
			f, err := opened(path)
			if err != nil {
				return err
			}
			defer f.Close()
			files = append(files, uptake.File{Name: path, Body: f})
		}
		list, err := h.Programme.Tally.Import(ctx, by, files)
		if err != nil {
			return err
		}
		return c.answer(map[string]any{"files": list}, func() {
			for _, f := range list {
				c.say("%s: %s layout, %d months, %d rows, %d practices; list %d, enabled %d, enabled for records %d; %d revised.",
					f.File, f.Layout, len(f.Months), f.Rows, f.Practices, f.List, f.Enabled, f.RecordsEnabled, f.Revised)
				c.say("  %6d practices have record access on and nobody who has it.", f.Silent)
				for _, g := range f.Found {
					c.say("  %6d × %s: %s", g.Count, g.Rule, g.Sentence)
					c.say("           %s", strings.Join(g.Examples, "; "))
				}
			}
		})
	})
}
