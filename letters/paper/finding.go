package paper

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"duenotice/campaigns/fault"
)

// Finding is one thing that is wrong with a pack, or that whoever approves it
// must know. It tells of the pack, never of a person.
type Finding struct {
	Rule     string `json:"rule"`     // short and fixed: placeholder, html, form, last-day, phone, web, translation, sentence, room, glyph …
	Sentence string `json:"sentence"` // for people
	Line     int    `json:"line"`     // of the source, counted from 1; 0 where none is meant
	Blocks   bool   `json:"blocks"`   // whether nothing can be drawn before it is put right
}

// find notes something that keeps the wording from being drawn.
func (d *wording) find(rule string, line int, format string, args ...any) {
	d.findings = append(d.findings, Finding{rule, fmt.Sprintf(format, args...), line, true})
}

// The placeholders a wording may use; those of one person are drawn letter by
// letter, the others once for a batch.
var (
	sharedPlaceholders = []string{"programme", "area", "signatory", "phone", "phone_note", "web", "pack", "form",
		"language", "format", "last_day", "dated", "page", "pages", "form_page"}
	personPlaceholders = []string{"name", "reference", "nhs_number"}
	placeholderShape   = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)
)

// languageShape is that of a language's code, with a region or a script or not.
var languageShape = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$`)

// Placeholders lists what a wording may hold between {{ and }}; the set is
// closed.
func Placeholders() []string { return slices.Concat(personPlaceholders, sharedPlaceholders) }

// checkPlaceholders finds what no letter could fill, and HTML of any kind.
func (d *wording) checkPlaceholders(lines []string) {
	for i, line := range lines {
		for _, m := range placeholderShape.FindAllStringSubmatch(line, -1) {
			if !slices.Contains(sharedPlaceholders, m[1]) && !slices.Contains(personPlaceholders, m[1]) {
				d.find("placeholder", i+1, "The wording uses the placeholder %q, which does not exist.", m[1])
			}
		}
		if rest := placeholderShape.ReplaceAllString(line, ""); strings.Contains(rest, "{{") || strings.Contains(rest, "}}") {
			d.find("placeholder", i+1, "A placeholder begins with {{ and does not end with }} on the same line, or the other way round.")
		}
		if tagShape.MatchString(line) {
			d.find("html", i+1, "The wording holds HTML; a letter holds words only.")
		}
	}
}

// The words every wording must give.
var mustHaveWords = []string{
	"language", "format", "questions", "dated", "reference", "nhs-number", "footer-page", "footer-pack", "blank-page",
	"form-title", "form-subtitle", "form-version", "form-lead", "form-you", "form-name", "form-born", "form-day",
	"form-month", "form-year", "form-answer", "form-yes", "form-no", "form-sign", "form-signature", "form-today",
	"form-behalf", "form-capacities", "form-other-name", "form-other-phone",
}

// missing finds what the wording lacks of what every letter must state.
func (d *wording) missing() {
	if d.words["form-title"] == "" {
		d.find("form", 0, "The pack has no answer form.")
	}
	for _, name := range mustHaveWords {
		if d.words[name] == "" {
			d.find("word", 0, "The wording gives no word for %s.", name)
		}
	}
	var all strings.Builder
	d.each(func(line []span) {
		for _, s := range line {
			all.WriteString(s.text)
		}
		all.WriteByte('\n')
	})
	for _, must := range []struct{ rule, holds, sentence string }{
		{"last-day", "last_day", "The letter does not state the last day."},
		{"phone", "phone", "The letter does not state the phone number."},
		{"web", "web", "The letter does not state the web address."},
		{"reference", "reference", "The letter does not state the reference."},
		{"name", "name", "The letter does not name the person."},
	} {
		if !regexp.MustCompile(`\{\{\s*` + must.holds + `\s*\}\}`).MatchString(all.String()) {
			d.find(must.rule, 0, "%s", must.sentence)
		}
	}
	if !languageShape.MatchString(d.language()) {
		d.find("language", 0, "The word lang is not the code of a language, such as en or cy.")
	}
	if !d.has("web") {
		d.find("code", 0, "The letter does not show the code and its QR code.")
	}
	if !d.has("last-day") {
		d.find("last-day", 0, "The letter has no frame with the last day and what happens if nothing is done.")
	}
	if !d.has("strip") {
		d.findings = append(d.findings, Finding{Rule: "strip", Sentence: "The letter does not say in other languages how to ask for it."})
	}
}

// each hands out every line of the body, those inside columns too.
func (d *wording) each(do func(line []span)) {
	var walk func([]blockText)
	walk = func(blocks []blockText) {
		for _, b := range blocks {
			for _, line := range b.lines {
				do(line)
			}
			walk(b.inner)
		}
	}
	walk(d.blocks)
}

// CheckWording finds everything that is wrong with a source by itself; it is
// what an editor asks at each save. A source with a finding that blocks must
// not be saved as a version.
func CheckWording(source string) []Finding {
	d := parse(source)
	d.missing()
	d.findings = append(d.findings, sentenceFindings(d)...)
	return inOrder(d.findings)
}

// CheckPack finds everything that is wrong with a pack as it will be printed:
// its wording, what the sender must state, and whether it has room on paper
// on the longest date there is.
func CheckPack(p Pack, g Geometry) []Finding {
	findings := append(p.settings(), CheckWording(p.Text)...)
	if p.Following != "" {
		for _, f := range CheckWording(p.Following) {
			if f.Blocks {
				f.Sentence = "The wording that follows in " + parse(p.Following).language() + ": " + f.Sentence
				findings = append(findings, f)
			}
		}
	}
	if blocked(findings) {
		return findings
	}
	if len(p.Supplied) > 0 || p.SuppliedPages > 0 {
		s, err := openSupplied(p.Supplied)
		if err != nil {
			return append(findings, Finding{"supplied", err.Error(), 0, true})
		}
		if len(s.roots) != p.SuppliedPages {
			return append(findings, Finding{"supplied", "The supplied pages are not as many as the pack says.", 0, true})
		}
	}
	pages, err := tryOut(p, g, parse(p.Text))
	if f := fault.Of(err); f != nil {
		return append(findings, Finding{"room", f.Sentence, 0, true})
	}
	if err != nil {
		return append(findings, Finding{"layout", fmt.Sprintf("The pack cannot be laid out: %v.", err), 0, true})
	}
	if sheets := sheetsOf(pages + p.SuppliedPages); g.MaxSheets > 0 && sheets > g.MaxSheets {
		findings = append(findings, Finding{"sheets", tooManySheets(sheets, g), 0, true})
	}
	return append(findings, p.hoursFindings()...)
}

func tooManySheets(sheets int, g Geometry) string {
	return fmt.Sprintf("The letter takes %d sheets, and an envelope for %s takes %d.", sheets, g.Name, g.MaxSheets)
}

// settings finds what the sender does not state.
func (p *Pack) settings() []Finding {
	var wrong []Finding
	for _, must := range []struct {
		missing        bool
		rule, sentence string
	}{
		{p.Code == "", "code", "The pack has no code."},
		{p.Form == "", "form", "The pack's answer form has no version."},
		{p.Programme == "", "sender", "The pack does not name the programme."},
		{p.Area == "", "sender", "The pack does not name the area."},
		{len(p.Sender) == 0, "sender", "The pack does not name its sender."},
		{p.Signatory == "", "sender", "Nobody signs the letter."},
		{strings.TrimSpace(p.Phone) == "", "phone", "The pack has no phone number."},
		{len(p.Hours) == 0, "phone", "The pack does not say when the phone is answered."},
		{strings.TrimSpace(p.Web) == "", "web", "The pack has no web address."},
		{!strings.HasPrefix(p.QRBase, "https://") && !strings.HasPrefix(p.QRBase, "http://"), "web", "The pack has no web address for the QR code."},
		{len(p.Freepost) == 0, "form", "The pack has no address to return the form to."},
	} {
		if must.missing {
			wrong = append(wrong, Finding{must.rule, must.sentence, 0, true})
		}
	}
	if _, ok := settingFor(p.Format); !ok {
		wrong = append(wrong, Finding{"format", fmt.Sprintf("There is no printed format named %q.", p.Format), 0, true})
	}
	return wrong
}

// tryOut lays a pack out on the day that is longest in words, without a
// document, and counts its pages.
func tryOut(p Pack, g Geometry, d *wording) (pages int, err error) {
	faces, err := typefaces()
	if err != nil {
		return 0, err
	}
	texts := slices.Concat([]string{p.Programme, p.Area, p.Signatory, p.Phone, p.PhoneNote, p.Web}, p.Sender, p.Hours, p.Freepost, strings.Split(p.Text, "\n"), strings.Split(p.Following, "\n"))
	for _, text := range texts {
		if r, bad := faces[bold].undrawable(settled(text)); bad {
			return 0, fault.New(fault.Invalid, "The pack holds %U, which the typeface cannot print.", r)
		}
	}
	press := &qrPress{}
	if _, err := press.encode(p.QRBase + "#" + strings.Repeat("X", 16)); err != nil {
		return 0, fault.New(fault.Invalid, "The web address of the QR code is too long.")
	}
	if _, err := press.encode(Mark(strings.Repeat("x", referenceRoom), p.Form)); err != nil {
		return 0, fault.New(fault.Invalid, "The version of the answer form is too long for its mark.")
	}
	day := longestDay(d.language(), faces[bold])
	design, err := compose(&p, g, d, newCanvas(faces), day, day, nil)
	if err != nil {
		return 0, err
	}
	return len(design.pages), nil
}

// blocked tells whether a finding keeps a pack from being drawn.
func blocked(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Blocks })
}

// inOrder sorts findings by their lines, what blocks first, and drops doubles.
func inOrder(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		if a.Blocks != b.Blocks {
			if a.Blocks {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Line, b.Line)
	})
	return slices.Compact(findings)
}
