package paper

import (
	"slices"
	"strings"
)

// The formats in which a pack is printed by us or made by others. Large print
// is the same wording set anew in larger type, one column, black on white; the
// number is its smallest size in points. The Accessible Information Standard
// (DAPB1605) asks for at least 20, 24 or 28.
const (
	Standard     = "standard"
	LargePrint16 = "large_print_16"
	LargePrint   = "large_print" // 20 points, what people are recorded as needing where no size is named
	LargePrint24 = "large_print_24"
	LargePrint28 = "large_print_28"
	Braille      = "braille"   // a data row for a specialist, and a printed cover letter
	Audio        = "audio"     // the same
	EasyRead     = "easy_read" // pre-composed pages behind a drawn address page
)

// Formats lists them all, in the order in which they are offered.
var Formats = []string{Standard, LargePrint16, LargePrint, LargePrint24, LargePrint28, Braille, Audio, EasyRead}

// PrintedFormats lists those that are drawn from the wording alone.
var PrintedFormats = Formats[:5]

// NamedFormat returns the format that a word from outside means, such as
// large-print, large-24 or large_print_20; "" is standard. ok is false where
// the word means none.
func NamedFormat(word string) (format string, ok bool) {
	word = strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(strings.TrimSpace(word)))
	word = strings.Replace(word, "largeprint", "large_print", 1)
	if n, ok := strings.CutPrefix(word, "large_"); ok && !strings.HasPrefix(n, "print") {
		word = "large_print_" + n
	}
	switch word {
	case "":
		word = Standard
	case "large", "large_print_20":
		word = LargePrint
	}
	return word, slices.Contains(Formats, word)
}

// points are the sizes of large print.
var points = map[string]int{LargePrint16: 16, LargePrint: 20, LargePrint24: 24, LargePrint28: 28}

// setting is the type of one format: sizes in points, heights in millimetres.
type setting struct {
	points  int  // of large print; 0 for the standard format
	flow    bool // over as many pages as it takes, in one column
	body    float64
	leading float64 // of the body, counted in its size
	gap     float64 // after a paragraph
	small   float64 // labels, contact block
	strip   float64
	foot    float64
	head    float64
	title   float64
	form    float64 // the form's title
	sender  float64
	day     float64 // the largest thing on the sheet
	code    float64
	scale   float64 // of distances, 1 for the standard format
	rule    float64 // height of the line over the footer
	bottom  float64 // nothing of the body below
	formTop float64 // where the form's second page begins
}

// settingFor returns the type of a printed format.
func settingFor(format string) (setting, bool) {
	format, ok := NamedFormat(format)
	if !ok || !slices.Contains(Formats, format) {
		return setting{}, false
	}
	if n := points[format]; n > 0 {
		p := float64(n)
		high := p * 1.2 * mmPerPoint // of the footer
		return setting{points: n, flow: true, gap: 2.6 * min(p/12, 1.5), body: p, small: p, strip: p, foot: p, head: p * 1.15, title: p * 1.3, form: min(p*1.2, 26),
			sender: min(p, 18), day: p * 2, code: p * 1.3, scale: p / 12, rule: 289.4 - high, bottom: 285 - high, formTop: 46}, true
	}
	return setting{gap: 2.6, body: 12, small: 10.5, strip: 10, foot: 9.5, head: 13.5, title: 21, form: 17, sender: 14, day: 27, code: 23, scale: 1,
		rule: 283, bottom: 281, formTop: 46}, true
}
