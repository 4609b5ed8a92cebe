package paper

import (
	"slices"
	"strings"
	"testing"
)

func TestHelplineHoursAreSaidInTheLanguageOfTheLetter(t *testing.T) {
	for _, c := range []struct {
		language string
		typed    []string
		says     []string
	}{
		{English, []string{"Monday to Friday", "8am to 6pm"}, []string{"Monday to Friday", "8am to 6pm"}},
		{"cy", []string{"Monday to Friday", "8am to 6.30pm"}, []string{"Dydd Llun i ddydd Gwener", "8am–6.30pm"}},
		{"cy", []string{"Saturday 9am to 1pm"}, []string{"Dydd Sadwrn 9am–1pm"}},
		{"pl", []string{"Monday to Friday 8am to 6.30pm", "Saturday and Sunday, 12am to noon"}, []string{"Poniedziałek–piątek 8:00–18:30", "Sobota i niedziela, 0:00–12:00"}},
		{"pl", []string{"Mon", "Every day, 08:00-20:00."}, []string{"Mon", "Codziennie, 8:00–20:00."}},
		{"pl", []string{"Closed on bank holidays"}, []string{"Nieczynne w święta"}},
	} {
		p := kent()
		p.Text, p.Hours = shippedWording("standard", c.language), c.typed
		if got, _ := p.hoursIn(parse(p.Text)); !slices.Equal(got, c.says) {
			t.Errorf("%s: %q, want %q", c.language, got, c.says)
		}
	}
}

func TestHoursThatHaveNoWordsStandInEnglishAndAreFound(t *testing.T) {
	p := kent()
	p.Text, p.Hours = shippedWording("standard", "pl"), []string{"Monday to Friday", "8am to 6pm in term time"}
	found := foundIn(CheckPack(p, C5Window()), "hours")
	if len(found) != 1 || found[0].Blocks || !strings.Contains(found[0].Sentence, "“in”") {
		t.Errorf("found %v", found)
	}
	page := tool(t, "pdftotext", "-l", "1", kept(t, drawn(t, p, beatrix())), "-")
	if !strings.Contains(page, "Poniedziałek–piątek") || !strings.Contains(page, "8am to 6pm in term time") {
		t.Error("the hours are not on the letter")
	}
}
