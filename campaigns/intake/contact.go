package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// contacts are the columns of what a layout says of somebody beyond what this
// product writes to: it is looked at, for a fault there tells of the file, and
// never kept.
type contacts struct {
	gender     int
	telephones [2]int
	email      int
}

// contact says what is wrong with a person's telephone numbers, e-mail address
// and gender. None of it is a reason not to write to somebody by post; of
// sensitive people it is not even looked at.
func (c *cohort) contact(of contacts) {
	if c.p.Sensitive {
		return
	}
	c.looked(of.gender, GenderUnknown, isGender)
	for _, col := range of.telephones {
		c.looked(col, TelephoneShape, isTelephone)
	}
	c.looked(of.email, EmailShape, isEmail)
}

// looked tells a cell that holds something and not what it should.
func (c *cohort) looked(col int, rule Rule, right func(string) bool) {
	if shown := strings.TrimSpace(c.cell(col)); shown != "" && !nothing(shown) && !right(shown) {
		c.say(c.layout.columns[col], rule, mask(shown))
	}
}

// isGender tells the codes for gender (NHS Data Dictionary, person gender
// code current, and X of person stated gender code).
func isGender(s string) bool {
	switch s {
	case "0", "1", "2", "9", "X", "x":
		return true
	}
	return false
}

// isTelephone tells a number that can be rung: one of the United Kingdom with
// or without its first zero, which spreadsheets take away, or one of another
// country with its code (ITU-T E.164), with the usual marks between the digits
// and perhaps an extension.
func isTelephone(s string) bool {
	s, extension, extended := strings.Cut(strings.ToLower(s), "x")
	if extended { // x12, ext 12, ext. 12
		s = strings.TrimSuffix(s, "e")
		extension = strings.Trim(extension, "t. ")
		if extension == "" || len(extension) > 6 || strings.Trim(extension, "0123456789") != "" {
			return false
		}
	}
	number, abroad := strings.CutPrefix(strings.TrimSpace(s), "+")
	var room [20]byte
	digits := room[:0]
	for i := 0; i < len(number); i++ {
		switch b := number[i]; {
		case isDigit(b) && len(digits) < len(room):
			digits = append(digits, b)
		case b == ' ' || b == '-' || b == '.' || b == '(' || b == ')':
		default:
			return false
		}
	}
	n := string(digits)
	if rest, ok := strings.CutPrefix(n, "00"); ok && !abroad {
		n, abroad = rest, true
	}
	if rest, ok := strings.CutPrefix(n, "44"); ok && (abroad || len(n) == 12) {
		return isNational(strings.TrimPrefix(rest, "0"))
	}
	if abroad {
		return len(n) >= 8 && len(n) <= 15 && n[0] != '0'
	}
	return isNational(strings.TrimPrefix(n, "0"))
}

// isNational tells a number of the United Kingdom without its first zero
// (Ofcom, National Telephone Numbering Plan): ten digits; nine in some places
// that are not the large towns, 11x and 1x1, and of some old free numbers.
func isNational(n string) bool {
	switch len(n) {
	case 10:
		return strings.IndexByte("123789", n[0]) >= 0 || n[:2] == "55" || n[:2] == "56"
	case 9:
		return n[0] == '1' && n[1] != '1' && n[2] != '1' || n[:3] == "500" || n[:3] == "800"
	case 7:
		return n == "8001111" || n[:6] == "845464"
	}
	return false
}

// signs are what the part before the at sign may hold beyond letters and
// digits. RFC 5321 allows some more, which the screening programmes refuse
// and no provider gives out.
const signs = "!#$%&'+-/=?^_{}."

// isEmail tells an address that can be written to (RFC 5321, sections 4.1.2
// and 4.5.3.1), quoted and numeric ones left out.
func isEmail(s string) bool {
	local, domain, _ := strings.Cut(s, "@")
	if local == "" || len(local) > 64 || len(s) > 254 || local[0] == '.' || strings.HasSuffix(local, ".") || strings.Contains(local, "..") ||
		strings.ContainsFunc(local, func(r rune) bool { return !wordy(r) && !strings.ContainsRune(signs, r) }) {
		return false
	}
	labels := 0
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || strings.HasSuffix(label, "-") ||
			strings.ContainsFunc(label, func(r rune) bool { return !wordy(r) && r != '-' }) {
			return false
		}
		labels++
	}
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	return labels > 1 && utf8.RuneCountInString(last) > 1 && !isDigit(last[0])
}

// wordy tells letters and digits, those of other scripts included.
func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
