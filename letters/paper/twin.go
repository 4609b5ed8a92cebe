package paper

import (
	"html"
	"html/template"
	"strconv"
	"strings"

	"duenotice/campaigns/calendar"
)

// Twin is a letter as a page of the web, with the same words in the same order:
// the accessible form of what gofpdf cannot tag.
type Twin struct {
	Language string        // of the page: en, cy, pl
	Title    string        // the letter's own heading
	Body     template.HTML // an article with headings, lists and lang attributes; nothing of it comes unescaped
}

// TwinStyle is the style for Twin.Body on paper and on the screen; it has no
// other effect on a page.
const TwinStyle = `.dn-letter{max-width:44em}
.dn-letter-day{border:4px solid;padding:16px;margin:0 0 24px}
.dn-letter-day p{margin:0 0 4px}
.dn-letter-day time{font-size:1.75em;font-weight:700;line-height:1.2}
.dn-letter-code{font-size:1.5em;font-weight:700;letter-spacing:.06em}
.dn-letter dt{font-weight:700}
.dn-letter dd{margin:0 0 12px}
@media print{.dn-letter{max-width:none;font-size:12pt;color:#000}.dn-letter h2{break-after:avoid}.dn-letter-day,.dn-letter li{break-inside:avoid}}
`

// WebTwin renders a pack's letter for one person as HTML. Whatever the letter
// leaves empty (name, code, reference) is left out, so that the page can be
// shown to somebody whose name must not be. The pack is one that CheckPack
// passes.
func WebTwin(p Pack, g Geometry, l Letter) (Twin, error) {
	doc := parse(p.Text)
	page, err := formPageOf(&p, g, doc, l)
	if err != nil {
		return Twin{}, err
	}
	t := Twin{Language: doc.language()}
	var out strings.Builder
	out.WriteString(`<article class="dn-letter" lang="` + html.EscapeString(t.Language) + `">` + "\n")
	elements := spoken(&p, doc, &l, page)
	open := ""
	list := map[string]string{"li": "ul", "lang": "ul", "dt": "dl", "dd": "dl"}
	for i, e := range elements {
		if want := list[e.tag]; want != open {
			if open != "" {
				out.WriteString("</" + open + ">\n")
			}
			if open = want; open != "" {
				out.WriteString("<" + open + ">\n")
			}
		}
		if e.tag == "h1" && t.Title == "" {
			t.Title = textOf(e.spans)
		}
		framed := i+1 < len(elements) && elements[i+1].tag == "day"
		if framed {
			out.WriteString(`<div class="dn-letter-day">` + "\n")
		}
		writeElement(&out, e, l.LastDay)
		if i > 1 && elements[i-1].tag == "day" {
			out.WriteString("</div>\n")
		}
	}
	if open != "" {
		out.WriteString("</" + open + ">\n")
	}
	out.WriteString("</article>\n")
	t.Body = template.HTML(out.String()) //nolint:gosec // G203: every text is escaped in writeElement
	return t, nil
}

// writeElement writes one element, its text escaped.
func writeElement(out *strings.Builder, e element, day calendar.Date) {
	tag, attributes, inner := e.tag, "", spansHTML(e.spans)
	switch e.tag {
	case "day":
		tag, inner = "p", `<time datetime="`+day.String()+`">`+inner+`</time>`
	case "code":
		tag, attributes = "p", ` class="dn-letter-code"`
	case "lang":
		tag = "li"
	}
	if e.lang != "" {
		attributes = ` lang="` + e.lang + `"`
	}
	out.WriteString("<" + tag + attributes + ">" + inner + "</" + tag + ">\n")
}

// spansHTML escapes text and marks what is bold.
func spansHTML(spans []span) string {
	var out strings.Builder
	for _, s := range spans {
		if s.weight == bold {
			out.WriteString("<strong>" + html.EscapeString(s.text) + "</strong>")
			continue
		}
		out.WriteString(html.EscapeString(s.text))
	}
	return out.String()
}

// textOf returns spans as plain text.
func textOf(spans []span) string {
	var out strings.Builder
	for _, s := range spans {
		out.WriteString(s.text)
	}
	return out.String()
}

// formPageOf says on which page the form begins, on paper.
func formPageOf(p *Pack, g Geometry, doc *wording, l Letter) (string, error) {
	faces, err := typefaces()
	if err != nil {
		return "", err
	}
	day, dated := l.LastDay, l.Dated
	if day.IsZero() {
		day = calendar.On(2027, 9, 29)
	}
	if dated.IsZero() {
		dated = day
	}
	d, err := compose(p, g, doc, newCanvas(faces), day, dated, nil)
	if err != nil {
		return "", err
	}
	return strconv.Itoa(d.form + p.SuppliedPages + 1), nil
}
