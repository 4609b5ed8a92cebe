package paper

import (
	"fmt"
	"slices"
	"strings"
)

// English is the language every other falls back on.
const English = "en"

// Languages are the languages in which a letter may be asked for and which the
// typeface can print, most spoken first within England and Wales. Those without
// a wording of their own get the English letter, whose strip of languages says
// how to ask.
var Languages = []string{English, "pl", "ro", "pt", "es", "it", "fr", "lt", "bg", "hu", "cy"}

// Composed are the languages whose script needs shaping that the drawing cannot
// do, most spoken first: their pages are supplied whole, approved and
// pre-composed.
var Composed = []string{"pa", "ur", "bn", "gu", "ar", "ta", "zh", "fa", "hi", "ku", "ps", "yi", "he", "te", "ti"}

// NeedsPages tells whether a language is one of Composed.
func NeedsPages(language string) bool { return slices.Contains(Composed, language) }

// Translation is what a source says of itself: "translation: original",
// "translation: draft" or "translation: checked by Elin Rhys, translator,
// 4 January 2027". A check that is noted beside the stored source outranks it.
type Translation struct {
	State     string `json:"state"` // original, draft or checked
	CheckedBy string `json:"checked_by"`
}

// The states of a translation.
const (
	TranslationOriginal = "original"
	TranslationDraft    = "draft"
	TranslationChecked  = "checked"
)

// TranslationOf reads the status from a source; a source that says nothing is
// an original in English and a draft in any other language.
func TranslationOf(source string) Translation { return translationOf(parse(source)) }

func translationOf(d *wording) Translation {
	word := d.words["translation"]
	if by, ok := strings.CutPrefix(word, "checked by "); ok && strings.TrimSpace(by) != "" {
		return Translation{TranslationChecked, strings.TrimSpace(by)}
	}
	if word == TranslationOriginal || word == "" && d.language() == English {
		return Translation{State: TranslationOriginal}
	}
	return Translation{State: TranslationDraft}
}

// CheckSet finds, over all sources of one pack, what the translations lack
// against the English one: the English wording itself, a language of the list
// without a wording (it falls back on English with the strip), and a wording
// that leaves out a word, a part or a placeholder of the English one.
func CheckSet(sources []string) []Finding {
	var english *wording
	have := map[string]*wording{}
	for _, s := range sources {
		d := parse(s)
		if have[d.language()] == nil {
			have[d.language()] = d
		}
	}
	if english = have[English]; english == nil {
		return []Finding{{"translation", "The pack has no English wording, on which every other language falls back.", 0, true}}
	}
	var wrong []Finding
	var missing []string
	for _, language := range Languages {
		d := have[language]
		if d == nil {
			missing = append(missing, language)
			continue
		}
		for _, lack := range english.notIn(d) {
			wrong = append(wrong, Finding{Rule: "translation", Sentence: fmt.Sprintf("The wording in %q lacks %s, which the English one has.", language, lack), Blocks: true})
		}
	}
	if len(missing) > 0 {
		wrong = append(wrong, Finding{Rule: "translation", Sentence: "No wording in " + strings.Join(missing, ", ") + ": these people get the English letter with the strip of languages."})
	}
	return wrong
}

// notIn lists what this wording has and another has not, in a fixed order.
func (d *wording) notIn(other *wording) []string {
	var lacks []string
	for _, name := range mustHaveWords {
		if d.words[name] != "" && other.words[name] == "" {
			lacks = append(lacks, "the word "+name)
		}
	}
	for _, b := range d.blocks {
		if b.kind == part && !other.has(b.name) {
			lacks = append(lacks, "the part "+b.name)
		}
	}
	mine, theirs := d.placeholders(), other.placeholders()
	for _, name := range Placeholders() {
		if mine[name] && !theirs[name] {
			lacks = append(lacks, "the placeholder "+name)
		}
	}
	if n, m := d.headings(), other.headings(); n != m {
		lacks = append(lacks, fmt.Sprintf("its number of headings (%d, not %d)", n, m))
	}
	return lacks
}

// placeholders returns those of the body.
func (d *wording) placeholders() map[string]bool {
	out := map[string]bool{}
	d.each(func(line []span) {
		for _, s := range line {
			for _, m := range placeholderShape.FindAllStringSubmatch(s.text, -1) {
				out[m[1]] = true
			}
		}
	})
	return out
}

// headings counts those of the body, inside columns too.
func (d *wording) headings() int {
	n := 0
	var walk func([]blockText)
	walk = func(blocks []blockText) {
		for _, b := range blocks {
			if b.kind == heading || b.kind == title {
				n++
			}
			walk(b.inner)
		}
	}
	walk(d.blocks)
	return n
}
