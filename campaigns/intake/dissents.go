package intake

import (
	"io"
	"strings"

	"duenotice/campaigns/calendar"
)

// Dissent is one row of a practice's opt-out codes.
type Dissent struct {
	Line      int
	NHSNumber string
	Code      string        // as in DissentCodes
	On        calendar.Date // none where only a year or month is given
}

// DissentCodes are the clinical codes with which practices record that a
// person said no, with the terminology each belongs to. Case counts: Read
// codes that differ in it differ in meaning.
var DissentCodes = map[string]string{
	"93C3": "Read v2", "9Ndo": "Read v2", "XaXj6": "CTV3", "416308001": "SNOMED CT",
}

var dissentLayout = &layout{
	kind: KindDissents, title: "a list of practice opt-outs", required: 3, columns: []string{"nhs_number", "code", "date"},
	older: map[string][]string{
		"nhs_number": {"nhsnumber", "nhs_no"}, "code": {"read_code", "ctv3_code", "snomed_code", "clinical_code"},
		"date": {"code_date", "event_date", "date_recorded"},
	},
}

// ReadDissents reads a practice's opt-outs. A row whose date is only a year
// still counts as a no, with a finding for review and no date.
func ReadDissents(r io.Reader, opts Options, each func(Dissent) error, found func(Finding) error) (Summary, error) {
	var d Dissent
	return readTable(r, dissentLayout, opts, found, func(t *table) {
		d = Dissent{Line: t.line, NHSNumber: t.number(t.cell(0)), Code: dissentCode(t.cell(1))}
		if DissentCodes[d.Code] == "" {
			t.say("code", CodeUnknown, maskCode(d.Code))
		}
		d.On = t.past("date", t.cell(2))
	}, func() error { return each(d) })
}

// dissentCode takes off what systems add to a Read code: the dots that fill it
// up to five places, and the two digits of its term (93C3.00).
func dissentCode(s string) string {
	s = strings.TrimSpace(s)
	if len(s) == 7 && s[4] == '.' {
		s = s[:5]
	}
	return strings.TrimRight(s, ".")
}
