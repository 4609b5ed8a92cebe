package letters

import (
	"strings"

	"duenotice/campaigns"
	"duenotice/letters/paper"
)

// The standard pack, which every other falls back on.
const (
	standardPack     = "standard"
	standardLanguage = "en"
	standardFormat   = "standard"
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

func lines(s string) []string {
	var list []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}
