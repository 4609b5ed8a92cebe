package paper

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The type of the address and the lines it may take (Royal Mail's rules for
// machine-read mail).
const (
	addressLeast   = 3
	addressMost    = 7
	addressLeading = 4.7  // mm between baselines, where there is room
	tightestLine   = 1.07 // of the type size, where there is not
)

// addressSizes are tried in this order; below the last a line does not fit.
var addressSizes = []float64{11, 10.5, 10}

// Problem is one reason why a letter cannot be drawn. Its sentence names the
// line or the character, never the person, and may be shown and stored.
type Problem struct {
	Field    string // name, address, postcode, code, reference, NHS number, last day, dated, sheets
	Line     int    // line of the address as printed, counted from 1; 0 where none is meant
	Sentence string
}

// Unfit is the error of a letter that was withheld: nothing of it was drawn.
type Unfit struct {
	Reference string
	Problems  []Problem
}

// Error names the letter and its first problem.
func (u *Unfit) Error() string {
	return fmt.Sprintf("letter %s cannot be drawn: %s", u.Reference, u.Problems[0].Sentence)
}

var (
	postcodeShape = regexp.MustCompile(`^(GIR ?0AA|[A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]([0-9]|[ABEHMNPRV-Y])?|[0-9][A-HJKPSTUW]) ?[0-9][ABD-HJLNP-UW-Z]{2})$`)
	notAnAddress  = regexp.MustCompile(`(?i)^(no fixed abode|nfa|address (not known|unknown|withheld)|not known|unknown)$`)
	homeCountry   = regexp.MustCompile(`(?i)^(england|scotland|wales|cymru|northern ireland|united kingdom|great britain|u\.?k\.?|g\.?b\.?)$`)
)

// block is an address as it will stand in the window.
type block struct {
	lines []string
	size  float64 // points
	step  float64 // mm between baselines
}

// stepIn returns the way between baselines at which all lines lie inside a
// window, from the first ascender to the last descender.
func (b *block) stepIn(window Zone) float64 {
	return min(addressLeading, (window.Height()-b.size*(ascent+descent)*mmPerPoint)/float64(len(b.lines)-1))
}

// baseline returns the height of the first line whose last line ends at a
// window's lower edge.
func (b *block) baseline(window Zone) float64 {
	return window.Y1 - b.size*descent*mmPerPoint - b.step*float64(len(b.lines)-1)
}

// PrintedPostcode returns a postcode as it is printed, capitals with one space
// before the last three, and whether it is the postcode of a real place that
// post is delivered to; ZZ99 and other stand-ins are not.
func PrintedPostcode(s string) (string, bool) {
	s = strings.ToUpper(strings.Join(strings.Fields(s), ""))
	if len(s) < 5 || len(s) > 7 {
		return s, false
	}
	s = s[:len(s)-3] + " " + s[len(s)-3:]
	return s, postcodeShape.MatchString(s) && !strings.HasPrefix(s, "ZZ")
}

// addressBlock sets name, address lines and postcode for the window, or says
// why it cannot be done. It never shortens a line.
func addressBlock(face *typeface, window Zone, l *Letter) (block, []Problem) {
	var b block
	var wrong []Problem
	name := settled(l.Name)
	postcode, real := PrintedPostcode(l.Postcode)
	b.lines = append(b.lines, name)
	for _, raw := range l.Address {
		for line := range strings.Lines(raw) {
			line = strings.TrimRight(settled(line), ", ")
			if line == "" || homeCountry.MatchString(line) {
				continue
			}
			if notAnAddress.MatchString(line) {
				wrong = append(wrong, Problem{"address", 0, "The address says that there is none."})
			}
			if again, ok := PrintedPostcode(line); ok && (again == postcode || l.Postcode == "") {
				postcode, real = again, true
				continue
			}
			b.lines = append(b.lines, line)
		}
	}
	b.lines = append(b.lines, postcode)
	if !real {
		wrong = append(wrong, Problem{"postcode", 0, "The postcode is not one that post is delivered to."})
	}
	wrong = append(wrong, countProblems(b.lines)...)
	for i, line := range b.lines {
		field := "address"
		if i == 0 {
			field = "name"
		}
		wrong = append(wrong, lineProblems(face, field, i+1, line)...)
	}
	if len(wrong) > 0 {
		return b, wrong
	}
	for _, b.size = range addressSizes {
		if b.step = b.stepIn(window); b.step < b.size*mmPerPoint*tightestLine {
			continue
		}
		if widest(face, b.lines, b.size) <= window.Width() {
			return b, nil
		}
	}
	for i, line := range b.lines {
		if face.width(line, b.size, 0) > window.Width() {
			wrong = append(wrong, Problem{"address", i + 1, fmt.Sprintf("Line %d of the address is too wide for the envelope's window.", i+1)})
		}
	}
	if wrong == nil {
		wrong = []Problem{{"address", 0, "The address has too many lines for the envelope's window."}}
	}
	return b, wrong
}

// countProblems says whether the lines are too few or too many.
func countProblems(lines []string) []Problem {
	switch n := len(lines); {
	case n < addressLeast:
		return []Problem{{"address", 0, fmt.Sprintf("The address has %d lines with name and postcode; post needs at least %d.", n, addressLeast)}}
	case n > addressMost:
		return []Problem{{"address", 0, fmt.Sprintf("The address has %d lines with name and postcode; the window holds %d.", n, addressMost)}}
	}
	return nil
}

// lineProblems checks one line of an address.
func lineProblems(face *typeface, field string, n int, line string) []Problem {
	if !utf8.ValidString(line) {
		return []Problem{{field, n, fmt.Sprintf("Line %d of the address is not readable text.", n)}}
	}
	if r, bad := face.undrawable(line); bad {
		return []Problem{{field, n, fmt.Sprintf("Line %d of the address holds %U, which the typeface cannot print.", n, r)}}
	}
	if field == "name" {
		if wrong := nameProblem(line); wrong != "" {
			return []Problem{{field, n, wrong}}
		}
	}
	if n <= 2 && !strings.ContainsFunc(line, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return []Problem{{field, n, fmt.Sprintf("Line %d of the address holds no letter or digit.", n)}}
	}
	if line != "" && strings.ContainsRune("@()=[]\"\\/,<>~", rune(line[0])) {
		return []Problem{{field, n, fmt.Sprintf("Line %d of the address starts with %q, which sorting machines refuse.", n, line[0])}}
	}
	return nil
}

// filler is what people type where they know no name.
var filler = regexp.MustCompile(`(?i)^(x{3,}|(unknown|not known|no name)( (unknown|not known))?)$`)

// nameProblem says what is wrong with a name, or "".
func nameProblem(name string) string {
	if r := signIn(name); r != 0 {
		return fmt.Sprintf("The name holds %U, which belongs to no name.", r)
	}
	var last rune
	for _, r := range name {
		if (last == 'Ã' || last == 'Â' || last == 'Å' || last == 'Ä') && r >= 0x80 && r <= 0xbf {
			return fmt.Sprintf("The name holds %U after %U: it was read in the wrong character set.", r, last)
		}
		last = r
	}
	if filler.MatchString(name) {
		return "The name says that it is not known."
	}
	for word := range strings.FieldsSeq(name) {
		if filler.MatchString(word) && len(word) > 2 && (word[0] == 'x' || word[0] == 'X') {
			return "The name holds a row of X where a name is not known."
		}
		if !strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			return "A word of the name holds no letter or digit."
		}
	}
	return ""
}

// signIn returns the first sign, such as a drawn line or an arrow, that shows a
// name was read in the wrong character set; 0 where there is none.
func signIn(name string) rune {
	for _, r := range name {
		if unicode.In(r, unicode.So, unicode.Sm, unicode.Sc) {
			return r
		}
	}
	return 0
}

// widest returns the width of the widest line in millimetres.
func widest(face *typeface, lines []string, size float64) float64 {
	var w float64
	for _, line := range lines {
		w = max(w, face.width(line, size, 0))
	}
	return w
}
