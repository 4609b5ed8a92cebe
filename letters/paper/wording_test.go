package paper

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"duenotice/campaigns/calendar"
)

// foundIn returns the findings of a rule.
func foundIn(findings []Finding, rule string) (out []Finding) {
	for _, f := range findings {
		if f.Rule == rule {
			out = append(out, f)
		}
	}
	return out
}

func TestASourceIsRefusedWithAllItsFindingsAndTheirLines(t *testing.T) {
	good := kent().Text
	at := strings.Count(good[:strings.Index(good, "## What it shows")], "\n") + 1
	for name, c := range map[string]struct {
		with  string // in place of the heading "## What it shows"
		rule  string
		after int // lines below the heading's
	}{
		"an unknown placeholder":     {"## What {{surname}} shows", "placeholder", 0},
		"half a placeholder":         {"## What {{name shows", "placeholder", 0},
		"a script":                   {"<script>alert(1)</script>\n\n## What it shows", "html", 0},
		"a script over lines":        {"## What it shows\n\n<script>\nalert(1)\n</script>", "html", 2},
		"a tag inside":               {"## What <b>it</b> shows", "html", 0},
		"a comment":                  {"<!-- hidden -->\n\n## What it shows", "html", 0},
		"a link":                     {"## What it shows\n\nSee [our page](https://example.com).", "markdown", 2},
		"a picture":                  {"## What it shows\n\n![logo](logo.png)", "markdown", 2},
		"code":                       {"## What it shows\n\n```\nx\n```", "markdown", 3},
		"a quotation":                {"## What it shows\n\n> x", "markdown", 2},
		"italics":                    {"## What it shows\n\nIt is *so*.", "markdown", 2},
		"a part that does not exist": {"::: video\nx\n:::\n\n## What it shows", "part", 0},
		"a list in a table":          {"::: table\n- x | y\n:::\n\n## What it shows", "part", 1},
	} {
		findings := CheckWording(strings.Replace(good, "## What it shows", c.with, 1))
		found := foundIn(findings, c.rule)
		if len(found) == 0 {
			t.Errorf("%s: nothing found but %v", name, findings)
			continue
		}
		if !found[0].Blocks || found[0].Line != at+c.after {
			t.Errorf("%s: %+v, want line %d", name, found[0], at+c.after)
		}
	}
	if found := foundIn(CheckWording(good+"\n::: strip\nx\n"), "part"); len(found) != 1 || found[0].Line != strings.Count(good, "\n")+2 {
		t.Error("a part without an end:", found)
	}
	if findings := CheckWording(good); blocked(findings) {
		t.Error(findings)
	}
	if all := CheckWording("# Hello\n\n<b>x</b> {{y}}"); len(all) < 10 {
		t.Errorf("only %d findings", len(all))
	}
}

func TestHostileSourcesAreFindingsAndNeverAPanic(t *testing.T) {
	for _, source := range []string{"", "---", "---\n---", "\x00\xff", "---\nx\n---\n:::\n:::\n", strings.Repeat("::: columns\n", 200), strings.Repeat("- ", 500), "---\na: - b\n---\n# {{name}}",
		"---\nlang: en)>>\n---\n# {{name}}", "---\nlang: en\n---\n::: web\n:::\n::: last-day\n{{last_day}}\n:::\n", strings.Repeat("{{", 1000)} {
		if !blocked(CheckWording(source)) {
			t.Errorf("%.40q passed", source)
		}
		p := kent()
		p.Text = source
		if _, err := NewBatch(p, C5Window()); err == nil {
			t.Errorf("%.40q began a batch", source)
		}
	}
}

func TestEveryShippedPackCanBePrintedInEveryEnvelope(t *testing.T) {
	for _, g := range Geometries() {
		for _, p := range Shipped() {
			whole := kent()
			whole.Format, whole.Text = p.Format, p.Text
			tooThick := g.MaxSheets > 0 && g.MaxSheets < 5 && slices.Contains([]string{LargePrint, LargePrint24, LargePrint28}, p.Format)
			var refused bool
			for _, f := range CheckPack(whole, g) {
				if refused = refused || f.Blocks; f.Blocks && (!tooThick || f.Rule != "sheets") {
					t.Errorf("%s, %s, %s: %s", g.Name, p.Language(), p.Format, f.Sentence)
				}
			}
			if refused != tooThick {
				t.Errorf("%s, %s, %s: folded into an envelope that it does not fit", g.Name, p.Language(), p.Format)
			}
			if !tooThick {
				continue
			}
			b, err := NewBatch(whole, g)
			if err != nil {
				t.Fatal(err)
			}
			var unfit *Unfit
			if _, err := b.Draw(beatrix()); !errors.As(err, &unfit) || unfit.Problems[0].Field != "sheets" {
				t.Errorf("%s, %s, %s: a letter too thick for its envelope is drawn: %v", g.Name, p.Language(), p.Format, err)
			}
		}
	}
}

func TestTheTranslationsSayWhatTheEnglishSays(t *testing.T) {
	var sources []string
	for _, p := range Shipped() {
		if p.Format == Standard {
			sources = append(sources, p.Text)
		}
	}
	findings := CheckSet(sources)
	if blocked(findings) || len(findings) != 1 || !strings.Contains(findings[0].Sentence, "ro, pt") {
		t.Error(findings)
	}
	sources[1] = strings.ReplaceAll(strings.Replace(sources[1], "## Gallwch newid", "Gallwch newid", 1), "{{reference}}", "")
	findings = CheckSet(sources)
	if len(findings) != 3 || !strings.Contains(findings[0].Sentence, `"cy" lacks the placeholder reference`) || !strings.Contains(findings[1].Sentence, "number of headings") {
		t.Error(findings)
	}
	if findings = CheckSet(sources[1:]); len(findings) != 1 || !findings[0].Blocks {
		t.Error(findings)
	}
}

func TestATranslationSaysWhoCheckedIt(t *testing.T) {
	for word, want := range map[string]Translation{
		"draft": {State: TranslationDraft}, "original": {State: TranslationOriginal}, "perhaps": {State: TranslationDraft}, "checked by ": {State: TranslationDraft},
		"checked by Elin Rhys, translator": {TranslationChecked, "Elin Rhys, translator"},
	} {
		if got := TranslationOf("---\nlang: cy\ntranslation: " + word + "\n---\n"); got != want {
			t.Errorf("%q means %+v", word, got)
		}
	}
	if got := TranslationOf("---\nlanguage: English\n---\n"); got.State != TranslationOriginal {
		t.Error(got)
	}
}

func TestDatesAreWordedInTheLanguageOfTheLetter(t *testing.T) {
	day := calendar.On(2027, 3, 12)
	for language, want := range map[string]string{"en": "Friday 12 March 2027", "cy": "dydd Gwener 12 Mawrth 2027", "pl": "piątek 12 marca 2027 r.", "ro": "Friday 12 March 2027"} {
		if got := LongDate(language, day); got != want {
			t.Errorf("%s: %q", language, got)
		}
	}
	if got := PlainDate("pl", calendar.On(2026, 11, 30)); got != "30 listopada 2026 r." {
		t.Error(got)
	}
	for d, days := range map[string]int{"dydd Sul": 2, "dydd Sadwrn": 1} {
		if got := LongDate("cy", day.AddDays(days)); !strings.HasPrefix(got, d) {
			t.Errorf("%s, want %s", got, d)
		}
	}
}

func TestEveryDayOfTheYearHasRoomInEveryLanguageAndFormat(t *testing.T) {
	faces, err := typefaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, shipped := range Shipped() {
		p := kent()
		p.Format, p.Text = shipped.Format, shipped.Text
		d := parse(p.Text)
		for n := 0; n < 366; n += 61 { // all months, all weekdays
			for _, day := range []calendar.Date{calendar.On(2028, 1, 1).AddDays(n + n/61), longestDay(p.Language(), faces[bold])} {
				if _, err := compose(&p, C5Window(), d, newCanvas(faces), day, day, nil); err != nil {
					t.Errorf("%s %s on %s: %v", p.Language(), p.Format, LongDate(p.Language(), day), err)
				}
			}
		}
	}
	for language, want := range map[string]string{"en": "Wednesday", "pl": "poniedziałek", "cy": "Gorffennaf"} {
		if got := LongDate(language, longestDay(language, faces[bold])); !strings.Contains(got, want) {
			t.Errorf("%s: %s", language, got)
		}
	}
}

func TestTheFiguresOfReadabilityRiseWithLongSentencesAndWords(t *testing.T) {
	wrap := func(lang, body string) string { return "---\nlang: " + lang + "\n---\n\n" + body + "\n" }
	easy := Readable(wrap("en", "The cat sat on the mat. It was warm. You can say no."))
	hard := Readable(wrap("en", "Notwithstanding the aforementioned administrative considerations, participants' authorisation is presumed unless explicit communication establishing disagreement is received."))
	if easy.Sentences != 3 || easy.Words != 13 || easy.LongestSentence != 6 || easy.ReadingAge > 8 || hard.ReadingAge < 20 {
		t.Errorf("%+v %+v", easy, hard)
	}
	if polish := Readable(wrap("pl", "Ala ma kota.")); polish.ReadingAge != 0 || polish.WordsPerSentence != 3 {
		t.Errorf("%+v", polish)
	}
	r := Readable(StandardPack().Text)
	if r.ReadingAge > 12 || r.WordsPerSentence > 14 || r.LongestSentence > sentenceMost {
		t.Errorf("the letter reads at %+v", r)
	}
	t.Logf("the letter: %+v", r)
	long := strings.Repeat("word ", 30) + "end."
	if found := foundIn(CheckWording(wrap("en", "Short.\n\n"+long)), "sentence"); len(found) != 1 || found[0].Line != 7 || found[0].Blocks {
		t.Error(found)
	}
}

func TestFormatsAreKnownByTheWordsOthersUse(t *testing.T) {
	for word, want := range map[string]string{"": Standard, "standard": Standard, "large_print": LargePrint, "large-24": LargePrint24, "Large Print 28": LargePrint28,
		"large": LargePrint, "large_print_20": LargePrint, "large-16": LargePrint16, "easy_read": EasyRead, "braille": Braille} {
		if got, ok := NamedFormat(word); !ok || got != want {
			t.Errorf("%q means %q, %v", word, got, ok)
		}
	}
	for _, word := range []string{"bsl", "large_print_12", "huge", "large_print_"} {
		if got, ok := NamedFormat(word); ok {
			t.Errorf("%q means %q", word, got)
		}
	}
	for _, f := range Formats {
		if _, ok := settingFor(f); !ok || !slices.Contains(Formats, f) {
			t.Errorf("%s has no type", f)
		}
	}
}
