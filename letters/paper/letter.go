package paper

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"

	"duenotice/campaigns/calendar"
)

// Letter is what one person's letter adds to the pack.
type Letter struct {
	Reference string   // as printed, at most 16 characters: DN 4831 7720
	Name      string   // as in the address and the salutation
	Address   []string // without name and postcode; blank lines are dropped
	Postcode  string
	NHSNumber string        // ten digits; printed 3-3-4 unless the pack hides it
	Code      string        // 16 symbols, printed in groups of four
	LastDay   calendar.Date // as promised in the notice
	Dated     calendar.Date // the day the letter was composed
}

// LogValue keeps everything but the reference out of logs.
func (l Letter) LogValue() slog.Value { return slog.StringValue("letter " + l.Reference) }

// subject is one letter made ready to draw; a batch reuses one.
type subject struct {
	name, reference, nhsNumber string
	code                       string // with its groups apart
	qrText, markText           string
	address, form              block
	qr                         *qrPress
	line                       []span
}

// Mark returns what the machine-readable mark of a form says: it finds letter
// and form version again, and opens nothing.
func Mark(reference, form string) string { return "DN1:" + reference + ":" + form }

// ReadMark takes a form's mark apart; ok is false for anything else.
func ReadMark(mark string) (reference, form string, ok bool) {
	rest, ok := strings.CutPrefix(mark, "DN1:")
	if !ok {
		return "", "", false
	}
	reference, form, ok = strings.Cut(rest, ":")
	return reference, form, ok && reference != "" && form != ""
}

// Drawable says what keeps a letter from being drawn; none means that it will
// be drawn whole. It is what Draw asks first.
func Drawable(p Pack, g Geometry, l Letter) ([]Problem, error) {
	faces, err := typefaces()
	if err != nil {
		return nil, err
	}
	return new(subject).prepare(&p, g, faces, &l), nil
}

// prepare makes a letter ready, or says why it must be withheld.
func (s *subject) prepare(p *Pack, g Geometry, faces *[weights]*typeface, l *Letter) []Problem {
	face := faces[regular]
	var wrong []Problem
	s.address, wrong = addressBlock(face, g.Window, l)
	s.reference = settled(l.Reference)
	if _, bad := face.undrawable(s.reference); s.reference == "" || bad || strings.Contains(s.reference, ":") {
		wrong = append(wrong, Problem{"reference", 0, "The reference is missing or cannot be printed."})
	} else if face.width(s.reference, 1, 0) > face.width(strings.Repeat("0", referenceRoom), 1, 0) {
		wrong = append(wrong, Problem{"reference", 0, "The reference is too long."})
	}
	if s.code = grouped(l.Code); s.code == "" {
		wrong = append(wrong, Problem{"code", 0, "The code is not 16 capitals and digits."})
	}
	if s.nhsNumber = spacedNHSNumber(l.NHSNumber); s.nhsNumber == "" && !p.HideNHSNumber {
		wrong = append(wrong, Problem{"NHS number", 0, "The NHS number does not have ten digits."})
	}
	if l.LastDay.IsZero() {
		wrong = append(wrong, Problem{"last day", 0, "The letter has no last day."})
	}
	if l.Dated.IsZero() {
		wrong = append(wrong, Problem{"dated", 0, "The letter has no date."})
	}
	if len(wrong) > 0 {
		return wrong
	}
	if set, _ := settingFor(p.Format); set.flow {
		if n, wide := tooWide(face, s.address.lines, set.body); wide {
			return []Problem{{"address", n, fmt.Sprintf("Line %d of the address holds a word that is too wide for large print.", n)}}
		}
	}
	s.name = s.address.lines[0]
	s.form = formAddress(face, s.address.lines)
	s.qrText = p.QRBase + "#" + l.Code
	s.markText = Mark(s.reference, p.Form)
	return nil
}

// tooWide finds the line that holds a word wider than a page of large print.
func tooWide(face *typeface, lines []string, size float64) (n int, wide bool) {
	for i, line := range lines {
		if face.width(line, size, 0) <= bodyWidth {
			continue
		}
		for _, piece := range pieces([]span{{strings.ReplaceAll(line, " ", "-"), regular}}) {
			if face.width(piece.text, size, 0) > bodyWidth {
				return i + 1, true
			}
		}
	}
	return 0, false
}

// fill puts the person's own things into laid-out spans.
func (s *subject) fill(dst, spans []span) []span {
	for _, sp := range spans {
		rest := sp.text
		for rest != "" {
			at := strings.IndexFunc(rest, isField)
			if at < 0 {
				dst = append(dst, span{rest, sp.weight})
				break
			}
			if at > 0 {
				dst = append(dst, span{rest[:at], sp.weight})
			}
			r, n := utf8.DecodeRuneInString(rest[at:])
			dst = append(dst, span{s.field(r), sp.weight})
			rest = rest[at+n:]
		}
	}
	return dst
}

// field returns what stands in a field.
func (s *subject) field(r rune) string {
	switch r {
	case fieldName:
		return s.name
	case fieldReference:
		return s.reference
	}
	return s.nhsNumber
}

// grouped sets a code of 16 symbols in four groups; "" for anything else.
func grouped(code string) string {
	if len(code) != 16 || strings.ContainsFunc(code, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) {
		return ""
	}
	return code[:4] + "  " + code[4:8] + "  " + code[8:12] + "  " + code[12:]
}

// spacedNHSNumber sets ten digits 3-3-4; "" for anything else.
func spacedNHSNumber(n string) string {
	if len(n) != 10 || strings.ContainsFunc(n, func(r rune) bool { return r < '0' || r > '9' }) {
		return ""
	}
	return n[:3] + " " + n[3:6] + " " + n[6:]
}
