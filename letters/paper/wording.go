package paper

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// kind is what a block of a pack's wording is.
type kind int

const (
	paragraph kind = iota
	title          // # one line
	heading        // ## one line
	list           // - items
	pageBreak      // ---
	part           // ::: name … :::, a designed part of the letter
)

// blockText is one block: its lines of wording, or for the part columns the
// blocks inside it. Placeholders are still as they were written.
type blockText struct {
	kind  kind
	name  string   // of a part
	lines [][]span // a paragraph's hard lines, a list's items, a part's rows
	inner []blockText
	line  int // of the source, counted from 1
}

// wording is a parsed source: named words for the furniture of the pages and
// the form, and blocks for the body.
type wording struct {
	words    map[string]string
	spans    map[string][]span // the same words with their bold
	blocks   []blockText
	findings []Finding // what must be put right before anything is drawn
}

// language is the code of the wording's language, such as cy.
func (d *wording) language() string {
	if code := d.words["lang"]; code != "" {
		return code
	}
	return English
}

// The parts a wording may use, and whether their content is blocks or rows.
var partsOfBlocks = map[string]bool{"last-day": false, "web": false, "table": false, "strip": false, "columns": true}

// parse reads the small Markdown of a pack: front matter with named words
// between two lines of ---, then headings (#, ##), paragraphs (a line that
// ends in \ breaks), lists (-), **bold**, page breaks (---) and designed
// parts (::: name … :::). Whatever else Markdown knows, HTML above all, is a
// finding.
func parse(source string) *wording {
	d := &wording{words: map[string]string{}, spans: map[string][]span{}}
	lines := strings.Split(settledLines(source), "\n")
	body := 0
	if lines[0] != "---" {
		d.find("front-matter", 1, "The wording does not begin with its named words between two lines of ---.")
	} else if end := slices.Index(lines[1:], "---") + 1; end == 0 {
		d.find("front-matter", 1, "The named words at the head of the wording never end with ---.")
		return d
	} else {
		body = end + 1
		for i, line := range lines[1:end] {
			name, value, ok := strings.Cut(line, ":")
			if !ok && line != "" {
				d.find("front-matter", i+2, "A named word at the head of the wording has no colon.")
				continue
			}
			name, value = strings.TrimSpace(name), strings.TrimSpace(value)
			d.words[name] = value
			d.spans[name] = d.oneLine(value, i+2)
		}
	}
	d.checkPlaceholders(lines)
	r := reader{wording: d, source: []byte(strings.Join(lines[body:], "\n")), before: body}
	d.blocks = r.blocks(markdown.Parse(text.NewReader(r.source)))
	return d
}

// oneLine reads the bold of one named word.
func (d *wording) oneLine(value string, line int) []span {
	r := reader{wording: d, source: []byte(value), before: line - 1}
	blocks := r.blocks(markdown.Parse(text.NewReader(r.source)))
	if len(blocks) == 1 && blocks[0].kind == paragraph && len(blocks[0].lines) == 1 {
		return blocks[0].lines[0]
	}
	if value == "" {
		return nil
	}
	return []span{{value, regular}}
}

// reader turns goldmark's tree into blocks and says what does not belong.
type reader struct {
	*wording
	source []byte
	before int // lines of the whole source before this one
}

// blocks reads the children of a node.
func (r *reader) blocks(parent ast.Node) []blockText {
	var out []blockText
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		b := blockText{line: r.lineOf(n)}
		switch n := n.(type) {
		case *ast.Heading:
			b.kind = heading
			if n.Level == 1 {
				b.kind = title
			}
			b.lines = r.inline(n, false)
		case *ast.Paragraph, *ast.TextBlock:
			b.lines = r.inline(n, false)
		case *ast.List:
			b.kind = list
			for item := n.FirstChild(); item != nil; item = item.NextSibling() {
				b.lines = append(b.lines, r.item(item))
			}
		case *ast.ThematicBreak:
			b.kind = pageBreak
		case *partNode:
			b.kind, b.name = part, n.name
			r.part(&b, n)
		case *ast.HTMLBlock:
			r.find("html", b.line, "The wording holds HTML; a letter holds words only.")
			continue
		default:
			r.find("markdown", b.line, "The wording holds Markdown that letters do not have, such as a quotation or a block of code.")
			continue
		}
		out = append(out, b)
	}
	return out
}

// part reads what stands in a designed part.
func (r *reader) part(b *blockText, n *partNode) {
	ofBlocks, known := partsOfBlocks[n.name]
	switch {
	case !known:
		r.find("part", b.line, "The wording uses a part named %q, which does not exist.", n.name)
	case !n.ended:
		r.find("part", b.line, "The part %q of the wording never ends with :::.", n.name)
	case ofBlocks:
		b.inner = r.blocks(n)
	default:
		for child := n.FirstChild(); child != nil; child = child.NextSibling() {
			if child.Kind() != ast.KindParagraph {
				r.find("part", r.lineOf(child), "The part %q holds lines only, no headings and no lists.", n.name)
				continue
			}
			b.lines = append(b.lines, r.inline(child, true)...)
		}
	}
}

// item reads one item of a list, which is a paragraph and nothing else.
func (r *reader) item(n ast.Node) []span {
	var out []span
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		if k := child.Kind(); k != ast.KindTextBlock && k != ast.KindParagraph {
			r.find("markdown", r.lineOf(child), "A list holds something other than lines of words.")
			continue
		}
		for _, line := range r.inline(child, false) {
			out = joinSpans(out, line...)
		}
	}
	return out
}

// inline reads the lines of a block; with rows each line of the source is one.
func (r *reader) inline(block ast.Node, rows bool) [][]span {
	lines := [][]span{nil}
	add := func(s string, w weight) {
		last := len(lines) - 1
		if n := len(lines[last]); n > 0 && lines[last][n-1].weight == w {
			lines[last][n-1].text += s
			return
		}
		lines[last] = append(lines[last], span{s, w})
	}
	var walk func(ast.Node, weight)
	walk = func(parent ast.Node, w weight) {
		for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
			switch n := n.(type) {
			case *ast.Text:
				add(plain(n.Segment.Value(r.source)), w)
				switch {
				case n.HardLineBreak() || n.SoftLineBreak() && rows:
					lines = append(lines, nil)
				case n.SoftLineBreak():
					add(" ", w)
				}
			case *ast.String:
				add(string(n.Value), w)
			case *ast.Emphasis:
				if n.Level != 2 {
					r.find("markdown", r.lineOf(block), "The wording holds italics; a letter has bold (**) only.")
				}
				walk(n, bold)
			case *ast.RawHTML:
				r.find("html", r.lineOf(block), "The wording holds HTML; a letter holds words only.")
			default:
				r.find("markdown", r.lineOf(block), "The wording holds a link, a picture or code; a letter holds words only.")
			}
		}
	}
	walk(block, regular)
	return lines
}

// lineOf returns the line of the whole source on which a node begins.
func (r *reader) lineOf(n ast.Node) int {
	at := -1
	for m := n; m != nil && at < 0; m = m.FirstChild() {
		switch {
		case m.Type() == ast.TypeInline:
			if t, ok := m.(*ast.Text); ok {
				at = t.Segment.Start
			}
		case m.Kind() == kindPart:
			at = m.(*partNode).start
		case m.Lines() != nil && m.Lines().Len() > 0:
			at = m.Lines().At(0).Start
		}
	}
	if at < 0 {
		return r.before + 1
	}
	return r.before + 1 + bytes.Count(r.source[:at], []byte("\n"))
}

// plain undoes Markdown's escapes.
func plain(s []byte) string {
	return string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(s))))
}

// settledLines brings wording into NFC, with one kind of line end, and trims
// each of its lines.
func settledLines(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = settled(lines[i])
	}
	return strings.Join(lines, "\n")
}

var tagShape = regexp.MustCompile(`</?[A-Za-z!?]`)

// has tells whether the body uses a part.
func (d *wording) has(name string) bool {
	return slices.ContainsFunc(d.blocks, func(b blockText) bool { return b.kind == part && b.name == name })
}
