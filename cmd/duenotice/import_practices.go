package main

import (
	"context"

	"duenotice/campaigns"
	"duenotice/cmd/duenotice/house"
)

type importPractices struct {
	Files []string `arg:"" type:"existingfile" help:"epraccur.csv, gp-reg-pat-prac-all.csv, tables of regions, ICBs, SHAs; plain, gzip or zip."`
}

// Help implements kong's longer help.
func (importPractices) Help() string {
	return "Example:\n  duenotice import practices epraccur.csv gp-reg-pat-prac-all.csv icb_codes.csv\n\nA later file updates; nothing is ever deleted."
}

func (i importPractices) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		var files []campaigns.OrganisationFile
		for _, path := range i.Files {
			f, err := opened(path)
			if err != nil {
				return err
			}
			defer f.Close()
			files = append(files, campaigns.OrganisationFile{Name: path, Body: f})
		}
		list, err := h.Register.ImportPractices(ctx, campaigns.Viewer{}, files)
		if err != nil {
			return err
		}
		return c.answer(map[string]any{"files": list}, func() {
			for _, f := range list {
				c.say("%s: %s, %d rows, %d practices in %d ICBs; %d new, %d renamed, %d left; %d findings.",
					f.File, f.Dialect, f.Rows, f.Practices, f.ICBs, f.New, f.Renamed, f.Left, f.Findings)
			}
		})
	})
}
