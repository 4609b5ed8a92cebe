package intake

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// printableASCII tells whether nothing about the text can need care beyond
// spaces and apostrophes.
func printableASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// isControl tells characters that no name or address holds: controls other
// than line ends and tabs in quoted cells, marks that turn the direction of
// writing, and what is no character at all.
func isControl(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return false
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r&0xfffe == 0xfffe:
		return true
	}
	return false
}

// plainText brings a name or a line to one form: NFC, single ordinary spaces,
// no blanks around it. The straight and the curly apostrophe stay as they
// were written; a backtick or an acute accent typed for one becomes straight.
func plainText(s string) string {
	if tidy(s) {
		return s
	}
	if !printableASCII(s) {
		s = norm.NFC.String(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for _, r := range s {
		switch r {
		case '`', '\u00b4', '\u02bc', '\u2032':
			r = '\''
		case '\u2018':
			r = '\u2019'
		case '\u200b', '\u00ad':
			continue
		}
		if unicode.IsSpace(r) {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

func tidy(s string) bool {
	last := byte(' ')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c > '~' || c == '`' || c == ' ' && last == ' ' {
			return false
		}
		last = c
	}
	return s == "" || last != ' '
}

// damaged tells text that was read in a wrong character set: UTF-8 taken for
// Latin-1, Windows-1252 or the old code page 437.
func damaged(s string) bool {
	if printableASCII(s) {
		return false
	}
	var last rune
	for _, r := range s {
		switch {
		case r == unicode.ReplacementChar, r >= 0x2500 && r <= 0x259f:
			return true
		case (last == 'Ã' || last == 'Â' || last == 'Ä' || last == 'Å' || last == 'È') && r >= 0x80 && r <= 0xbf:
			return true
		case (last == 'Ã' || last == 'Ä' || last == 'Å') && strings.ContainsRune("€‚ƒ„…†‡ˆ‰‹Œ‘’“”•–—˜™›œŽžŸ", r):
			return true
		case last == 'â' && (r == '€' || r == '„'):
			return true
		}
		last = r
	}
	return false
}

// latin tells whether every letter is Latin and every character one that
// printed letters can be expected to show.
func latin(s string) bool {
	if printableASCII(s) {
		return true
	}
	for _, r := range s {
		if r > 0xffff || unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) && r != 'ʻ' {
			return false
		}
	}
	return true
}

// standsIn tells words that are written where a name is unknown (FNU, XXXX,
// a dot). Null, Nil, Test and Baby are names that people have.
func standsIn(s string) bool {
	switch strings.ToUpper(s) {
	case "":
		return false
	case "FNU", "LNU", "UNKNOWN", "NOT KNOWN", "NOTKNOWN":
		return true
	}
	return strings.Trim(s, ".-?* ") == "" || len(s) > 1 && strings.Trim(s, "xX") == ""
}

// Characters that no name and no line of an address holds: what is left of
// escapes, markup and characters that were lost on the way.
var (
	strayInAddresses = charset("~^|\\<>;=%{}[]$_*?¬¦€¤")
	strayInNames     = charset("~^|\\<>;=%{}[]$_*?¬¦€¤#@£+:!&")
)

func charset(list string) (set [256]bool) {
	for _, r := range list {
		set[min(r, 255)] = true
	}
	return set
}

// stray tells whether the text holds one of those characters. The euro sign,
// the only one beyond Latin-1, stands in the last place of a set.
func stray(s string, set *[256]bool) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return strayRune(s[i:], set)
		}
		if set[s[i]] {
			return true
		}
	}
	return false
}

func strayRune(s string, set *[256]bool) bool {
	for _, r := range s {
		if r < 255 && set[r] || r == '€' {
			return true
		}
	}
	return false
}
