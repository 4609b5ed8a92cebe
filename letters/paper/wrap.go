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

// holdsName tells whether spans hold the name, which takes as many lines as it
// needs.
func holdsName(spans []span) bool {
	for _, s := range spans {
		if strings.ContainsRune(s.text, fieldName) {
			return true
		}
	}
	return false
}

func isField(r rune) bool { return r >= fieldName && r <= fieldNHSNumber }

// apart cuts spans before the first thing of the person.
func apart(spans []span) (same, own []span) {
	for i, s := range spans {
		at := strings.IndexFunc(s.text, isField)
		if at < 0 {
			continue
		}
		same = append(same, spans[:i]...)
		if at > 0 {
			same = append(same, span{s.text[:at], s.weight})
		}
		return same, append([]span{{s.text[at:], s.weight}}, spans[i+1:]...)
	}
	return spans, nil
}

// room measures a word; a reference or number takes the most that a letter may
// put there, so that no letter can overflow a line that was laid out once.
func (k *composer) room(word []span, size float64) float64 {
	w := k.c.width(size, 0, word...)
	for _, s := range word {
		for _, r := range s.text {
			switch r {
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
	lines, fits := wrapped(spans, width, k.c.width(size, 0, span{" ", regular}), k.set.flow, func(word []span) float64 { return k.room(word, size) })
	if !fits && k.wrong == nil {
		k.wrong = fault.New(fault.Invalid, "The pack holds a word that is too long for its place on the page, such as a web address.")
	}
	return lines
}

// wrapped breaks spans at spaces into lines no wider than width and, where that
// is allowed, a word that is wider than a line at its hyphens, full stops and
// slashes. It says whether all of it fits.
func wrapped(spans []span, width, blank float64, breaks bool, measure func([]span) float64) (lines [][]span, fits bool) {
	var line []span
	var used float64
	fits = true
	put := func(word []span, spaced bool) {
		w := measure(word)
		fits = fits && w <= width
		space := 0.0
		if spaced {
			space = blank
		}
		if len(line) > 0 && used+space+w > width {
			lines, line, used, space = append(lines, line), nil, 0, 0
		}
		if len(line) > 0 && spaced {
			line = joinSpans(line, span{" ", line[len(line)-1].weight})
		}
		line = joinSpans(line, word...)
		used += space + w
	}
	for _, word := range words(spans) {
		if !breaks || measure(word) <= width {
			put(word, true)
			continue
		}
		for i, piece := range pieces(word) {
			put([]span{piece}, i == 0)
		}
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines, fits
}

// pieces cuts a word behind each hyphen, full stop and slash.
func pieces(word []span) []span {
	var out []span
	for _, s := range word {
		rest := s.text
		for rest != "" {
			at := strings.IndexAny(rest, "-./")
			if at < 0 {
				at = len(rest) - 1
			}
			out = append(out, span{rest[:at+1], s.weight})
			rest = rest[at+1:]
		}
	}
	return out
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
