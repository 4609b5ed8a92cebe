package paper

import (
	"regexp"
	"slices"
	"strings"

	"duenotice/campaigns/fault"
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

// blockText is one block: its lines of wording, or for a part the blocks
// inside it.
type blockText struct {
	kind  kind
	name  string   // of a part
	lines []string // a paragraph's hard lines, a list's items, a part's rows
	inner []blockText
}

// document is a parsed wording: named words for the furniture of the pages and
// the form, and blocks for the body.
type document struct {
	words  map[string]string
	blocks []blockText
}

// The parts a wording may use, and whether their content is blocks or rows.
var partsOfBlocks = map[string]bool{"last-day": false, "web": false, "table": false, "strip": false, "columns": true}

// The words every wording must give.
var mustHaveWords = []string{
	"language", "format", "questions", "dated", "reference", "nhs-number", "footer-page", "footer-pack", "blank-page",
	"form-title", "form-subtitle", "form-version", "form-lead", "form-you", "form-name", "form-born", "form-day",
	"form-month", "form-year", "form-answer", "form-yes", "form-no", "form-sign", "form-signature", "form-today",
	"form-behalf", "form-capacities", "form-other-name", "form-other-phone",
}

// The placeholders a wording may use; those of one person are drawn letter by
// letter, the others once for a batch.
var (
	sharedPlaceholders = []string{"programme", "area", "signatory", "phone", "phone_note", "web", "pack", "form",
		"language", "format", "last_day", "dated", "page", "pages", "form_page"}
	personPlaceholders = []string{"name", "reference", "nhs_number"}
	placeholderShape   = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)
)

// parse reads the small Markdown of a pack: front matter with named words
// between two lines of ---, then headings (#, ##), paragraphs (a line that
// ends in \ breaks), lists (-), **bold**, page breaks (---) and designed
// parts (::: name … :::). An unknown placeholder or part is a fault.
func parse(text string) (*document, error) {
	for _, m := range placeholderShape.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(sharedPlaceholders, m[1]) && !slices.Contains(personPlaceholders, m[1]) {
			return nil, fault.New(fault.Invalid, "The wording uses the placeholder %q, which does not exist.", m[1])
		}
	}
	lines := strings.Split(strings.ReplaceAll(settledLines(text), "\r\n", "\n"), "\n")
	doc := &document{words: map[string]string{}}
	if len(lines) == 0 || lines[0] != "---" {
		return nil, fault.New(fault.Invalid, "The wording does not begin with its named words between two lines of ---.")
	}
	end := slices.Index(lines[1:], "---") + 1
	if end == 0 {
		return nil, fault.New(fault.Invalid, "The named words at the head of the wording never end with ---.")
	}
	for _, line := range lines[1:end] {
		name, value, ok := strings.Cut(line, ":")
		if !ok && line != "" {
			return nil, fault.New(fault.Invalid, "A named word at the head of the wording has no colon: %q.", line)
		}
		doc.words[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	var err error
	doc.blocks, err = parseBlocks(lines[end+1:])
	return doc, err
}

// parseBlocks reads body lines.
func parseBlocks(lines []string) ([]blockText, error) {
	var blocks []blockText
	open := false // whether the last block takes further lines
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		last := len(blocks) - 1
		switch {
		case line == "":
			open = false
		case line == "---":
			blocks, open = append(blocks, blockText{kind: pageBreak}), false
		case strings.HasPrefix(line, "## "):
			blocks, open = append(blocks, blockText{kind: heading, lines: []string{line[3:]}}), false
		case strings.HasPrefix(line, "# "):
			blocks, open = append(blocks, blockText{kind: title, lines: []string{line[2:]}}), false
		case strings.HasPrefix(line, "- "):
			if !open || blocks[last].kind != list {
				blocks = append(blocks, blockText{kind: list})
				last++
			}
			blocks[last].lines, open = append(blocks[last].lines, line[2:]), true
		case strings.HasPrefix(line, ":::"):
			end := slices.Index(lines[i+1:], ":::")
			p, err := parsePart(strings.TrimSpace(line[3:]), lines[i+1:], end)
			if err != nil {
				return nil, err
			}
			blocks, open, i = append(blocks, p), false, i+1+end
		case open && blocks[last].kind == paragraph:
			blocks[last].lines = joined(blocks[last].lines, line)
		default:
			blocks, open = append(blocks, blockText{kind: paragraph, lines: []string{line}}), true
		}
	}
	return blocks, nil
}

// parsePart reads the lines of a designed part up to its end.
func parsePart(name string, lines []string, end int) (blockText, error) {
	ofBlocks, known := partsOfBlocks[name]
	if !known {
		return blockText{}, fault.New(fault.Invalid, "The wording uses a part named %q, which does not exist.", name)
	}
	if end < 0 {
		return blockText{}, fault.New(fault.Invalid, "The part %q of the wording never ends with :::.", name)
	}
	p := blockText{kind: part, name: name}
	if ofBlocks {
		var err error
		p.inner, err = parseBlocks(lines[:end])
		return p, err
	}
	for _, line := range lines[:end] {
		if line != "" {
			p.lines = append(p.lines, line)
		}
	}
	return p, nil
}

// joined adds a source line to a paragraph: to its last line, or as a new one
// after a break.
func joined(lines []string, line string) []string {
	last := len(lines) - 1
	if before, broken := strings.CutSuffix(lines[last], `\`); broken {
		lines[last] = before
		return append(lines, line)
	}
	lines[last] += " " + line
	return lines
}

// settledLines brings wording into NFC and trims each of its lines.
func settledLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = settled(lines[i])
	}
	return strings.Join(lines, "\n")
}

// missing says what the wording lacks of what every letter must state.
func (d *document) missing() []string {
	var wrong []string
	for _, name := range mustHaveWords {
		if d.words[name] == "" {
			wrong = append(wrong, "The wording gives no word for "+name+".")
		}
	}
	all := d.all()
	for _, must := range []struct{ holds, sentence string }{
		{"{{last_day}}", "The letter does not state the last day."},
		{"{{phone}}", "The letter does not state the phone number."},
		{"{{web}}", "The letter does not state the web address."},
		{"{{reference}}", "The letter does not state the reference."},
		{"{{name}}", "The letter does not name the person."},
	} {
		if !strings.Contains(all, must.holds) {
			wrong = append(wrong, must.sentence)
		}
	}
	if !d.has("web") {
		wrong = append(wrong, "The letter does not show the code and its QR code.")
	}
	if !d.has("last-day") {
		wrong = append(wrong, "The letter has no frame with the last day and what happens if nothing is done.")
	}
	return wrong
}

// all returns the body's wording in one piece.
func (d *document) all() string {
	var out strings.Builder
	for _, b := range d.blocks {
		out.WriteString(strings.Join(b.lines, "\n"))
		out.WriteByte('\n')
	}
	return out.String()
}

// has tells whether the body uses a part.
func (d *document) has(name string) bool {
	return slices.ContainsFunc(d.blocks, func(b blockText) bool { return b.kind == part && b.name == name })
}
