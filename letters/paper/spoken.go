package paper

import (
	"slices"
	"strings"
)

// element is one piece of a letter as it is read aloud, shown on a page or
// brailled: what a designed part says, without where it stands on paper.
type element struct {
	tag   string // h1, h2, p, li, dt, dd, day, code, lang
	lang  string // of a line in another language
	spans []span
}

// spoken returns a pack's letter for one person as elements in the order in
// which they are read. What the letter leaves empty is left out, with the
// sentence that would state it.
func spoken(p *Pack, doc *wording, l *Letter, formPage string) []element {
	values := p.values(doc, l.LastDay, l.Dated)
	values["name"], values["reference"], values["nhs_number"] = settled(l.Name), settled(l.Reference), spacedNHSNumber(l.NHSNumber)
	values["form_page"] = formPage
	if l.LastDay.IsZero() {
		values["last_day"] = ""
	}
	s := speaker{values: values, code: strings.Join(strings.Fields(grouped(l.Code)), " "), noFirst: p.NoFirst}
	s.blocks(doc.blocks)
	s.add("h2", "", doc.spans["questions"])
	phone := settled(p.Phone)
	if note := values["phone_note"]; note != "" {
		phone += ", " + note
	}
	hours, _ := p.hoursIn(doc)
	for _, line := range slices.Concat([]string{phone}, hours, []string{p.Web}) {
		s.add("p", "", []span{{settled(line), regular}})
	}
	return s.out
}

// speaker turns blocks into elements.
type speaker struct {
	values  map[string]string
	code    string
	noFirst bool
	out     []element
}

func (s *speaker) blocks(blocks []blockText) {
	for _, b := range blocks {
		switch b.kind {
		case title, heading, paragraph:
			tag := map[kind]string{title: "h1", heading: "h2", paragraph: "p"}[b.kind]
			for _, line := range b.lines {
				s.add(tag, "", line)
			}
		case list:
			for _, line := range b.lines {
				s.add("li", "", line)
			}
		case part:
			s.part(b)
		}
	}
}

// part reads out a designed part.
func (s *speaker) part(b blockText) {
	for i, row := range b.lines {
		switch {
		case b.name == "table":
			label, text, _ := cut(row, "|")
			s.add("dt", "", label)
			s.add("dd", "", text)
		case b.name == "strip":
			s.add("lang", languageNamed(row), row)
		case b.name == "last-day" && i == 1:
			s.add("day", "", row)
		case b.name == "web" && i == 1:
			if s.code != "" {
				s.add("p", "", row)
				s.add("code", "", []span{{s.code, bold}})
			}
		case b.name == "web" && i == 2 && s.code == "":
		default:
			s.add("p", "", row)
		}
	}
	if b.name != "columns" {
		return
	}
	second := 0
	for i, inner := range b.inner {
		if i > 0 && inner.kind == heading && second == 0 {
			second = i
		}
	}
	if s.noFirst {
		s.blocks(b.inner[second:])
		s.blocks(b.inner[:second])
		return
	}
	s.blocks(b.inner)
}

// add appends a line unless nothing of it is left.
func (s *speaker) add(tag, lang string, line []span) {
	var out []span
	for _, sp := range line {
		text := s.fill(sp.text)
		if len(out) == 0 && tag == "day" {
			text = capital(text)
		}
		if text != "" {
			out = append(out, span{text, sp.weight})
		}
	}
	if len(out) > 0 {
		s.out = append(s.out, element{tag, lang, out})
	}
}

// fill fills placeholders; a sentence that states something nobody knows is
// left out.
func (s *speaker) fill(text string) string {
	var kept strings.Builder
	for _, sentence := range fullStops(text) {
		known := true
		filled := placeholderShape.ReplaceAllStringFunc(sentence, func(m string) string {
			value := settled(s.values[strings.TrimSpace(m[2:len(m)-2])])
			known = known && value != ""
			return value
		})
		if known {
			kept.WriteString(filled)
		}
	}
	return kept.String()
}

// fullStops cuts a text behind each full stop that a space follows.
func fullStops(text string) []string {
	return strings.SplitAfter(text, ". ")
}

// nativeNames are the languages as the strip names them.
var nativeNames = map[string]string{
	"English": "en", "Cymraeg": "cy", "Polski": "pl", "Română": "ro", "Português": "pt", "Español": "es", "Italiano": "it",
	"Français": "fr", "Lietuvių": "lt", "Български": "bg", "Magyar": "hu", "Türkçe": "tr", "Slovenčina": "sk", "Latviešu": "lv",
}

// languageNamed returns the language that the bold word at the head of a line
// of the strip names, or "".
func languageNamed(row []span) string {
	if len(row) == 0 {
		return ""
	}
	return nativeNames[strings.TrimSpace(row[0].text)]
}
