// Package intake reads the field's files row by row and says what is wrong with each row, without touching a database.
package intake

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Finding is what is wrong with one cell of one row. It holds no personal data.
type Finding struct {
	Line     int    // in the file, from 1, where the row begins
	Column   string // the column's name in the layout, or ""
	Rule     Rule
	Shown    string // the value masked, or ""
	Advice   string
	Severity Severity
}

// Summary counts what became of the rows: Rows = Accepted + Rejected. Blank
// lines are no rows.
type Summary struct {
	Rows, Accepted, Rejected int
	Reviewed                 int // accepted rows with at least one review finding of their own
	Findings                 map[Rule]int
}

// Options say what a reader is held to. The zero Options are those of a real
// installation, except that Today must be set where dates are read.
type Options struct {
	Today       calendar.Date          // dates after it lie in the future
	Practice    func(code string) bool // knows the practices; nil: any well-shaped code
	AllowMadeUp bool                   // accept numbers beginning with 5 (demo, simulate and bench)
	MaxBadShare float64                // of rows rejected, above which the file is refused; 0 means 0.25
	MaxBytes    int64                  // unpacked; 0 means 4 GB
	// Again hears of every row that is left out only because its number stood
	// in the file before, on line first, with other details; nil: nobody does.
	Again func(p Person, first int)
}

// fewRows is the size under which a share of bad rows says nothing: such a
// file is refused only when every row is bad.
const fewRows = 20

// inspector collects the findings of the row in hand and counts.
type inspector struct {
	opts     Options
	found    func(Finding) error
	sum      Summary
	row      int // the line it begins on
	rejected bool
	review   bool
	swapped  bool
	err      error // the first error of found
}

func newInspector(opts Options, found func(Finding) error) *inspector {
	if opts.MaxBadShare == 0 {
		opts.MaxBadShare = 0.25
	}
	return &inspector{opts: opts, found: found, sum: Summary{Findings: map[Rule]int{}}}
}

func (in *inspector) begin(line int) {
	in.row, in.rejected, in.review, in.swapped = line, false, false, false
}

// say reports a finding on the row in hand with the rule's own severity. Cells
// that stand in each other's places are one finding, at the first of them.
func (in *inspector) say(column string, rule Rule, shown string) {
	if rule == FieldsSwapped && in.swapped {
		return
	}
	in.swapped = in.swapped || rule == FieldsSwapped
	m := rule.Meaning()
	in.tell(Finding{in.row, column, rule, shown, m.Advice, m.Severity})
}

// sayAs is say with another severity.
func (in *inspector) sayAs(severity Severity, column string, rule Rule, shown string) {
	in.tell(Finding{in.row, column, rule, shown, rule.Meaning().Advice, severity})
}

func (in *inspector) tell(f Finding) {
	if f.Line == in.row {
		in.rejected = in.rejected || f.Severity == Reject
		in.review = in.review || f.Severity == Review
	}
	in.sum.Findings[f.Rule]++
	if in.found != nil && in.err == nil {
		in.err = in.found(f)
	}
}

// close counts the row in hand and tells whether it is accepted.
func (in *inspector) close() bool {
	in.sum.Rows++
	if in.rejected {
		in.sum.Rejected++
		return false
	}
	in.sum.Accepted++
	if in.review {
		in.sum.Reviewed++
	}
	return true
}

// manyBad is how many bad rows are enough to stop reading a file of which every
// second row is bad: whoever keeps the findings must not run out of room.
const manyBad = 200_000

func (in *inspector) hopeless() error {
	if in.sum.Rejected < manyBad || 2*in.sum.Rejected < in.sum.Rows {
		return nil
	}
	return fault.New(fault.Invalid, "%d of the first %d rows are wrong, so the file was not read further and none was taken.%s",
		in.sum.Rejected, in.sum.Rows, in.sum.mostOften())
}

// verdict refuses a file as a whole once every row is known.
func (in *inspector) verdict() error {
	s := in.sum
	if s.Rows == 0 {
		return fault.New(fault.Invalid, "The file has a header and no rows.")
	}
	if s.Rejected == s.Rows {
		return fault.New(fault.Invalid, "Every one of the file's rows is wrong (%d), so none was taken.%s", s.Rejected, s.mostOften())
	}
	if s.Rows >= fewRows && float64(s.Rejected) > in.opts.MaxBadShare*float64(s.Rows) {
		return fault.New(fault.Invalid, "%d of %d rows are wrong, more than the %.0f%% that a file may have, so none was taken.%s",
			s.Rejected, s.Rows, 100*in.opts.MaxBadShare, s.mostOften())
	}
	return nil
}

// mostOften says what cost the most rows, with what to do about it.
func (s Summary) mostOften() string {
	var first Meaning
	for _, m := range Rules {
		if m.Severity == Reject && s.Findings[m.Rule] > s.Findings[first.Rule] {
			first = m
		}
	}
	if first.Rule == "" {
		return ""
	}
	return fmt.Sprintf(" Most often: %s %s", first.Sentence, first.Advice)
}

// mask shows enough of a value to find it in the file and no more.
func mask(s string) string {
	if s == "" {
		return "(empty)"
	}
	r, size := utf8.DecodeRuneInString(s)
	first := string(r)
	if r == utf8.RuneError && size <= 1 || r < ' ' {
		first = "?"
	}
	return fmt.Sprintf("%s… (%d characters)", first, utf8.RuneCountInString(s))
}

// maskNumber shows the last three digits of an NHS number.
func maskNumber(s string) string {
	var digits []byte
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			digits = append(digits, s[i])
		}
	}
	if len(digits) < 6 {
		return mask(s)
	}
	return "… " + string(digits[len(digits)-3:])
}

// maskCode shows a code as it stands when it looks like one, for codes of
// organisations and lists are not personal.
func maskCode(s string) string {
	if len(s) > 9 || strings.IndexFunc(s, func(r rune) bool { return r >= '0' && r <= '9' }) < 0 {
		return mask(s)
	}
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') {
			return mask(s)
		}
	}
	if isPostcode(strings.ToUpper(s)) {
		return mask(s)
	}
	return s
}
