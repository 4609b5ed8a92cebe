package paper

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The words by which a wording says a helpline's hours in its language, among
// the named words at its head:
//
//	hours-words: Monday to Friday = dydd Llun i ddydd Gwener; closed = ar gau; to = –
//	hours-clock: 24
//
// The hours themselves are typed once, in English, for all letters of a
// campaign. The clock is 24 (18:30) or 12 (6.30pm), which is what is meant
// where nothing is said.
const hoursWords, hoursClock = "hours-words", "hours-clock"

// timeOfDay is a time as people type it: 8am, 6.30pm, 18:30, noon.
var timeOfDay = regexp.MustCompile(`^(?:(\d{1,2})(?:[.:](\d{2}))?\s*(am|pm)|(\d{1,2})[.:](\d{2})|(noon|midnight))\b`)

// phrase is some English words and what a wording says for them.
type phrase struct{ english, own string }

// phrasesOf reads a wording's words for hours, the longest first.
func phrasesOf(d *wording) []phrase {
	var list []phrase
	for pair := range strings.SplitSeq(d.words[hoursWords], ";") {
		english, own, ok := strings.Cut(pair, "=")
		if english = strings.ToLower(strings.Join(strings.Fields(english), " ")); ok && english != "" {
			list = append(list, phrase{english, strings.TrimSpace(own)})
		}
	}
	slices.SortStableFunc(list, func(a, b phrase) int { return cmp.Compare(len(b.english), len(a.english)) })
	return list
}

// hoursIn says the helpline's hours as a wording does. A line that it has no
// words for stays as it was typed; missing is then the first such word.
func (p *Pack) hoursIn(d *wording) (lines []string, missing string) {
	if d.language() == English {
		return p.Hours, ""
	}
	phrases := phrasesOf(d)
	for _, line := range p.Hours {
		own, unknown := hoursLine(line, phrases, d.words[hoursClock] == "24")
		if unknown != "" {
			own, missing = line, cmp.Or(missing, unknown)
		}
		lines = append(lines, own)
	}
	return lines, missing
}

// hoursFindings tells whoever approves a pack that hours stand in English.
func (p *Pack) hoursFindings() []Finding {
	if _, missing := p.hoursIn(parse(p.Text)); missing != "" {
		return []Finding{{Rule: "hours", Sentence: fmt.Sprintf("The helpline’s hours stand in English: %s has no word for “%s”.", hoursWords, missing)}}
	}
	return nil
}

// hoursLine says one line in other words, or names the first that has none.
func hoursLine(line string, phrases []phrase, clock24 bool) (own, unknown string) {
	rest := strings.ToLower(strings.NewReplacer("–", " to ", "—", " to ", "-", " to ").Replace(line))
	var out strings.Builder
	add := func(word string) {
		if out.Len() > 0 && word != "–" && !strings.HasSuffix(out.String(), "–") {
			out.WriteByte(' ')
		}
		out.WriteString(word)
	}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		if strings.ContainsRune(",;:.", rune(rest[0])) {
			out.WriteByte(rest[0])
			rest = rest[1:]
			continue
		}
		if m := timeOfDay.FindStringSubmatch(rest); m != nil {
			add(clockTime(m, clock24))
			rest = rest[len(m[0]):]
			continue
		}
		at := slices.IndexFunc(phrases, func(p phrase) bool { return begins(rest, p.english) })
		if at < 0 {
			word, _, _ := strings.Cut(rest, " ")
			return "", strings.TrimRight(word, ",;:.")
		}
		add(phrases[at].own)
		rest = rest[len(phrases[at].english):]
	}
	return capital(out.String()), ""
}

// begins tells whether a text begins with whole words.
func begins(text, words string) bool {
	rest, ok := strings.CutPrefix(text, words)
	next, _ := utf8.DecodeRuneInString(rest)
	return ok && (rest == "" || !unicode.IsLetter(next) && !unicode.IsDigit(next))
}

// clockTime says a time that timeOfDay has found.
func clockTime(m []string, clock24 bool) string {
	if !clock24 {
		return m[0]
	}
	hour, minutes := 0, cmp.Or(m[2], m[5], "00")
	switch {
	case m[6] == "noon":
		hour = 12
	case m[6] == "midnight":
		hour = 24
	case m[3] != "":
		hour, _ = strconv.Atoi(m[1]) // digits only
		hour %= 12
		if m[3] == "pm" {
			hour += 12
		}
	default:
		hour, _ = strconv.Atoi(m[4])
	}
	return fmt.Sprintf("%d:%s", hour, minutes)
}
