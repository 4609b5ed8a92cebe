package page

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/leonelquinteros/gotext"
)

// translations are the patients' sentences in other languages than English, a
// file of GNU gettext each: what a translator's tools open. The English
// sentence is the key.
//
//go:embed words/*.po
var translations embed.FS

// Catalogue is the sentences of the public service in one language. A nil
// catalogue is English, the language they are written in. All of it is safe for
// concurrent use.
type Catalogue struct {
	Code        string // BCP 47: "cy"
	Name        string // in the language itself
	EnglishName string
	RTL         bool   // written from right to left
	Status      string // "draft" or "checked", as the file says of itself
	CheckedBy   string // who read it as a speaker, with their calling; "" for a draft
	Fingerprint string // of the file: an acceptance counts for exactly this wording

	po   *gotext.Po
	said map[string]string // English: translated
}

// TranslationDraft is the status of a translation that no speaker has checked.
const TranslationDraft = "draft"

// Catalogues reads every translation that came with the program, by code.
func Catalogues() ([]*Catalogue, error) {
	names, err := fs.Glob(translations, "words/*.po")
	if err != nil {
		return nil, fmt.Errorf("list translations: %w", err)
	}
	var list []*Catalogue
	for _, name := range names {
		file, err := translations.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read translation: %w", err)
		}
		c := &Catalogue{Code: strings.TrimSuffix(path.Base(name), ".po"), po: gotext.NewPo()}
		c.po.Parse(file)
		head := c.po.GetDomain().Headers
		sum := sha256.Sum256(file)
		c.Name, c.EnglishName, c.RTL = head.Get("X-Name"), head.Get("X-English-Name"), head.Get("X-Direction") == "rtl"
		c.Status, c.CheckedBy, c.Fingerprint = head.Get("X-Status"), head.Get("X-Checked-By"), hex.EncodeToString(sum[:8])
		if c.Name == "" || c.Status == "" || head.Get("Plural-Forms") == "" {
			return nil, fmt.Errorf("the translation %s does not say its name, its status or its plural forms", name)
		}
		c.said = map[string]string{}
		for english, t := range c.po.GetDomain().GetTranslations() {
			if in := t.Get(); english != "" && in != "" && t.IsTranslated() {
				c.said[english] = in
			}
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *Catalogue) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Lang is the code of the language; English for a nil catalogue.
func (c *Catalogue) Lang() string {
	if c == nil {
		return "en"
	}
	return c.Code
}

// Has tells whether a sentence can be said in this language.
func (c *Catalogue) Has(sentence string) bool { return c == nil || c.said[sentence] != "" }

// in is the translation of a sentence, or the sentence.
func (c *Catalogue) in(sentence string) string {
	if c != nil && c.said[sentence] != "" {
		return c.said[sentence]
	}
	return sentence
}

// Say says a sentence in this language. What stands in braces is replaced:
// Say("Posted on {day}", "day", "12 March"). A sentence that is missing is said
// in English; a test finds it.
func (c *Catalogue) Say(sentence string, with ...any) string {
	return fill(c.in(sentence), with, func(s string) string { return s })
}

// Tell is Say for a sentence with simple tags in it: what is filled in is
// escaped, the sentence itself comes with the program.
func (c *Catalogue) Tell(sentence string, with ...any) template.HTML {
	return template.HTML(fill(c.in(sentence), with, template.HTMLEscapeString)) //nolint:gosec // G203: filled in escaped
}

// Count says a number of things in the form that the language has for it; the
// number stands in braces as {n}.
func (c *Catalogue) Count(n int, one, many string) string {
	sentence := many
	switch {
	case c != nil && c.po.IsTranslatedN(one, n):
		sentence = c.po.GetN(one, many, n)
	case n == 1:
		sentence = one
	}
	return fill(sentence, []any{"n", Number(int64(n))}, func(s string) string { return s })
}

// Sentence is one line of a translation, for whoever reads it over.
type Sentence struct{ English, Translated string }

// Sentences are all lines of a translation in the order of the alphabet; of a
// sentence with a number every form is a line.
func (c *Catalogue) Sentences() []Sentence {
	var list []Sentence
	for id, t := range c.po.GetDomain().GetTranslations() {
		if id == "" {
			continue
		}
		forms := make([]string, 0, len(t.Trs))
		for i := range len(t.Trs) {
			forms = append(forms, t.Trs[i])
		}
		list = append(list, Sentence{id, strings.Join(forms, " / ")})
	}
	slices.SortFunc(list, func(a, b Sentence) int { return strings.Compare(a.English, b.English) })
	return list
}

var brace = regexp.MustCompile(`\{[A-Za-z_ ]+\}`)

// fill puts pairs of name and value into the braces of a sentence. A name that
// is not given stays as it is, where a reader of the page would see it.
func fill(sentence string, with []any, escape func(string) string) string {
	if len(with) == 0 || !strings.Contains(sentence, "{") {
		return sentence
	}
	return brace.ReplaceAllStringFunc(sentence, func(found string) string {
		for i := 0; i+1 < len(with); i += 2 {
			if "{"+fmt.Sprint(with[i])+"}" != found {
				continue
			}
			if html, ok := with[i+1].(template.HTML); ok {
				return string(html)
			}
			return escape(fmt.Sprint(with[i+1]))
		}
		return found
	})
}

// funcs are the functions by which templates speak a language.
func (c *Catalogue) funcs() template.FuncMap {
	return template.FuncMap{"say": c.Say, "tell": c.Tell, "count": c.Count, "long": c.Long, "plain": c.Plain}
}

// words are the sentences of the frame in this language.
func (c *Catalogue) words() Words {
	e := English
	return Words{Skip: c.Say(e.Skip), Back: c.Say(e.Back), Menu: c.Say(e.Menu), Account: c.Say(e.Account), Language: c.Say(e.Language), SignOut: c.Say(e.SignOut),
		Waiting: c.Say(e.Waiting), ErrorPrefix: c.Say(e.ErrorPrefix), ProblemTitle: c.Say(e.ProblemTitle), Done: c.Say(e.Done)}
}

// each says several sentences.
func (c *Catalogue) each(sentences []string) []string {
	said := make([]string, len(sentences))
	for i, s := range sentences {
		said[i] = c.Say(s)
	}
	return said
}
