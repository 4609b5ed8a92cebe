package letters

import (
	"strings"

	"duenotice/campaigns"
	"duenotice/letters/paper"
)

// packFor fills a pack with what the campaign decides: who sends it and how
// people answer.
func packFor(p paper.Pack, c campaigns.Campaign) paper.Pack {
	p.Programme, p.Area = c.ProgrammeName, c.RegionName
	p.Sender = lines(c.Sender)
	p.Signatory = c.Signatory
	p.Phone, p.Hours = c.Helpline, lines(c.HelplineHours)
	p.Freepost = c.Freepost
	p.QRBase = c.WebAddress
	if !strings.Contains(p.QRBase, "://") {
		p.QRBase = "https://" + p.QRBase
	}
	_, p.Web, _ = strings.Cut(p.QRBase, "://")
	p.Web = strings.TrimSuffix(p.Web, "/")
	return p
}

// specimenPack fills a pack with a made-up campaign, for proofs and checks.
func specimenPack(p paper.Pack) paper.Pack {
	programme := p.Programme
	if programme == "" {
		programme = "Shared Health Summary"
	}
	return packFor(p, campaigns.Campaign{
		ProgrammeName: programme, RegionName: "North East London", Sender: "NHS North East London", Signatory: "Dr Ruth Adler, Medical Director",
		Helpline: "0300 123 4100", HelplineHours: "Monday to Friday\n8am to 6pm", Freepost: []string{"Freepost YOUR CHOICE"}, WebAddress: "https://choose.example/o",
	})
}

func lines(s string) []string {
	var list []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}
