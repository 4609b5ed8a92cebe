package paper

import "embed"

//go:embed packs/*.md
var wordings embed.FS

// shippedLanguages are the languages of the wordings that come with the
// program, English first. The translations are drafts until somebody who reads
// the language has checked them.
var shippedLanguages = []string{English, "cy", "pl"}

// shippedWording returns one of the embedded wordings.
func shippedWording(name, language string) string {
	text, err := wordings.ReadFile("packs/" + name + "-" + language + ".md")
	if err != nil {
		panic(err) // it is part of the program
	}
	return string(text)
}

// StandardPack returns the English pack of a Summary Care Record campaign in
// standard print with its wording and form version. The sender, the ways to
// answer and the codes are the caller's to fill in; CheckPack says what is
// missing.
func StandardPack() Pack {
	return Pack{Version: 1, Form: "F1", Programme: "Summary Care Record", PhoneNote: freeCall, Format: Standard, Text: shippedWording("standard", English)}
}

// Shipped returns the packs that come with the program: StandardPack in every
// language that it is worded in, each in every printed format, English in
// standard print first; and the printed cover letter of Braille and audio.
// Language and Format tell them apart.
func Shipped() []Pack {
	var packs []Pack
	for _, language := range shippedLanguages {
		for _, format := range PrintedFormats {
			p := StandardPack()
			p.Format, p.Text = format, shippedWording("standard", language)
			packs = append(packs, p)
		}
	}
	for _, format := range []string{Braille, Audio} {
		p := StandardPack()
		p.Format, p.Text = format, CoverWording()
		packs = append(packs, p)
	}
	return packs
}

// CoverWording is the English wording of a page that goes with a letter in
// Braille or audio, or before supplied pages: all that is needed to answer, and
// the form.
func CoverWording() string { return shippedWording("cover", English) }

// Language is the code of the language that the pack is worded in: en, cy, pl.
func (p Pack) Language() string { return parse(p.Text).language() }
