package intake

import (
	"io"
	"strings"

	"duenotice/campaigns/calendar"
)

// Returned is one letter that came back.
type Returned struct {
	Line      int
	Reference string        // as printed on the letter, in capitals and without blanks
	On        calendar.Date // none where only a year or month is given
	Reason    string        // a key of ReturnReasons
}

// Deceased is the reason of a letter that came back because the addressee has died.
const Deceased = "R09"

// ReturnReasons are the reasons for which post comes back.
var ReturnReasons = map[string]string{
	"R01": "gone away", "R02": "address incomplete", "R03": "address inaccessible", "R04": "not known at the address", "R05": "refused",
	"R06": "not called for", "R07": "no such address", "R08": "no reason given", Deceased: "deceased", "R10": "other",
}

var returnLayout = &layout{
	kind: KindReturns, title: "a list of returned mail", required: 3, columns: []string{"reference", "date", "reason"},
	older: map[string][]string{"reference": {"letter_reference"}, "date": {"returned_on", "date_returned"}, "reason": {"reason_code"}},
}

// ReadReturns reads a list of returned mail.
func ReadReturns(r io.Reader, opts Options, each func(Returned) error, found func(Finding) error) (Summary, error) {
	var b Returned
	return readTable(r, returnLayout, opts, found, func(t *table) {
		b = Returned{Line: t.line, Reference: PlainReference(t.cell(0)), Reason: strings.ToUpper(strings.TrimSpace(t.cell(2)))}
		if !isReference(b.Reference) {
			t.say("reference", ReferenceShape, mask(b.Reference))
		}
		b.On = t.past("date", t.cell(1))
		if ReturnReasons[b.Reason] == "" {
			t.say("reason", ReasonUnknown, mask(b.Reason))
		}
	}, func() error { return each(b) })
}

// PlainReference brings a reference as it is printed, spaced and in any case,
// to the form in which it is kept.
func PlainReference(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }

// isReference tells 4 to 40 capitals, digits and hyphens.
func isReference(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isCapital(s[i]) && !isDigit(s[i]) && s[i] != '-' {
			return false
		}
	}
	return len(s) >= 4 && len(s) <= 40
}
