package paper

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// inline fills the placeholders of one line of wording.
func (k *composer) inline(line []span) []span {
	out := make([]span, 0, len(line))
	for _, s := range line {
		begins := len(out) == 0
		s.text = placeholderShape.ReplaceAllStringFunc(s.text, func(m string) string {
			name := strings.TrimSpace(m[2 : len(m)-2])
			if f, ok := personFields[name]; ok {
				return string(f)
			}
			value := settled(k.values[name])
			switch name {
			case "last_day":
				if begins && strings.HasPrefix(s.text, m) {
					value = capital(value)
				}
				if weekday, date, ok := cutWeekday(value); ok && k.set.flow { // too wide for one line of large print
					return weekday + " " + strings.ReplaceAll(date, " ", unbroken)
				}
				return strings.ReplaceAll(value, " ", unbroken)
			case "phone":
				return strings.ReplaceAll(value, " ", unbroken)
			}
			return value
		})
		if s.text != "" {
			out = append(out, s)
		}
	}
	return out
}

// cutWeekday cuts a long date before its first digit.
func cutWeekday(date string) (weekday, rest string, ok bool) {
	at := strings.IndexFunc(date, unicode.IsDigit)
	if at < 1 {
		return "", date, false
	}
	return strings.TrimSpace(date[:at]), date[at:], true
}

// capital writes the first letter as a capital: dates begin small in Welsh and
// Polish, but not at the head of a line.
func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// embolden sets all spans in bold.
func embolden(spans []span) []span {
	for i := range spans {
		spans[i].weight = bold
	}
	return spans
}
