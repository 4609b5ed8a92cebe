package paper

import (
	"strings"

	"duenotice/campaigns/fault"
)

// Things of the person are kept in laid-out text as runes of the private use
// area until a letter fills them.
const (
	fieldName      rune = 0xe000
	fieldReference rune = 0xe001
	fieldNHSNumber rune = 0xe002
)

var personFields = map[string]rune{"name": fieldName, "reference": fieldReference, "nhs_number": fieldNHSNumber}

// referenceRoom is the width kept for a reference, in digits.
const referenceRoom = 16

// personal tells whether spans hold something of the person.
func personal(spans []span) bool {
	for _, s := range spans {
		if strings.ContainsFunc(s.text, isField) {
			return true
		}
	}
	return false
}

func isField(r rune) bool { return r >= fieldName && r <= fieldNHSNumber }

// room measures a word; a field takes the most that a letter may put there, so
// that no letter can overflow a line that was laid out once.
func (k *composer) room(word []span, size float64) float64 {
	w := k.c.width(size, 0, word...)
	for _, s := range word {
		for _, r := range s.text {
			switch r {
			case fieldName: // a name that fits the window at the smallest size
				w += k.geo.Window.Width() * size / addressSizes[len(addressSizes)-1]
			case fieldReference:
				w += k.c.width(size, 0, span{strings.Repeat("0", referenceRoom), s.weight})
			case fieldNHSNumber:
				w += k.c.width(size, 0, span{"000 000 0000", s.weight})
			}
		}
	}
	return w
}

// wrap breaks spans into lines no wider than width.
func (k *composer) wrap(spans []span, size, width float64) [][]span {
	blank := k.c.width(size, 0, span{" ", regular})
	var lines [][]span
	var line []span
	var used float64
	for _, word := range words(spans) {
		w := k.room(word, size)
		if w > width && k.wrong == nil {
			k.wrong = fault.New(fault.Invalid, "The pack holds a word that is too long for its place on the page, such as a web address.")
		}
		if len(line) > 0 && used+blank+w > width {
			lines, line, used = append(lines, line), nil, 0
		}
		if len(line) > 0 {
			line = joinSpans(line, span{" ", line[len(line)-1].weight})
			used += blank
		}
		line = joinSpans(line, word...)
		used += w
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// words splits spans at spaces; a word may change its weight half-way.
func words(spans []span) [][]span {
	var out [][]span
	var word []span
	for _, s := range spans {
		for i, piece := range strings.Split(s.text, " ") {
			if i > 0 && len(word) > 0 {
				out, word = append(out, word), nil
			}
			if piece != "" {
				word = append(word, span{piece, s.weight})
			}
		}
	}
	if len(word) > 0 {
		out = append(out, word)
	}
	return out
}

// unbroken is a space at which no line breaks.
const unbroken = "\u00a0"

// joinSpans appends spans to a line and melts neighbours of one weight.
func joinSpans(line []span, more ...span) []span {
	for _, s := range more {
		s.text = strings.ReplaceAll(s.text, unbroken, " ")
		if n := len(line); n > 0 && line[n-1].weight == s.weight {
			line[n-1].text += s.text
			continue
		}
		line = append(line, s)
	}
	return line
}
