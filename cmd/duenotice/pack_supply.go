package main

import (
	"context"
	"os"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/letters"
)

type packSupply struct {
	Code     string `arg:"" help:"The pack's code; its newest version has to be a draft."`
	File     string `arg:"" type:"existingfile" help:"A PDF of upright A4 pages with all its fonts in it."`
	Language string `default:"en" placeholder:"L" help:"The language of the pages, such as ur."`
	Format   string `default:"easy_read" placeholder:"F" help:"easy_read; or, in a language that is not drawn, standard or a large print."`
	Checked  string `required:"" placeholder:"WHO" help:"Who has read the pages against the English wording: a name and an office."`
	As       string `required:"" placeholder:"EMAIL" help:"Who supplies; they will not be able to approve it."`
}

// Help implements kong's longer help.
func (packSupply) Help() string {
	return "Example:\n  duenotice pack supply scr scr-ur.pdf --language ur --format standard --checked 'Amina Shah, translator' --as anna.price@example.org\n\n" +
		"The pages are printed as they are, behind a cover page with address, code and last day, and before the answer form."
}

func (p packSupply) Run(c *call) error {
	pdf, err := os.ReadFile(p.File)
	if err != nil {
		return fault.New(fault.Invalid, "The file %s cannot be read.", p.File)
	}
	return c.withPack(packName{Code: p.Code}, p.As, "The pages stand in %s. Look at its proofs, then somebody who did not write in it approves it.", func(ctx context.Context, h *house.House, by campaigns.Viewer, v letters.PackVersion) error {
		_, err := h.Mailroom.SupplyPages(ctx, by, v.Code, v.Version, letters.NewSupply{Language: p.Language, Format: p.Format, FileName: p.File, PDF: pdf, Checked: p.Checked})
		return err
	})
}
