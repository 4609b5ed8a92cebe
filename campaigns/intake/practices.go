package intake

import (
	"fmt"
	"io"
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

const epraccurColumns = 27

// The columns of epraccur.csv that are read; the file has no header.
const (
	orgCode = iota
	orgName
	orgRegion
	orgICB
	orgAddress
	orgPostcode = iota + 4
	orgOpened
	orgClosed
	orgStatus
	_
	orgCommissioner
	_
	_
	orgTelephone
	orgSetting = 25
)

// Status of an organisation.
const (
	Active   = "active"
	Closed   = "closed"
	Dormant  = "dormant"
	Proposed = "proposed"
)

// What is special about a practice; flagged, not dropped.
const (
	SpecialAllocation = "special allocation"
	WalkIn            = "walk-in"
)

// Organisation is one row of the organisations file: a GP practice or another
// prescribing cost centre.
type Organisation struct {
	Line         int
	Code, Name   string
	Region       string // Y56; W00 for Wales, Y99 for Defence, "" for the islands
	ICB          string // column 4
	Commissioner string // sub-ICB location
	Address      [5]string
	Postcode     string
	OpenedOn     calendar.Date // may lie in the future
	ClosedOn     calendar.Date // none while open
	Status       string        // Active, Closed, Dormant or Proposed
	GP           bool          // prescribing setting of a GP practice
	Telephone    string
	Special      string // SpecialAllocation, WalkIn or ""
}

// EnglishGP tells an active GP practice of an English region. Defence (Y99),
// Wales and the islands stand in the same file.
func (o Organisation) EnglishGP() bool {
	return o.GP && o.Status == Active && strings.HasPrefix(o.Region, "Y") && o.Region != "Y99"
}

// Organisations counts what a file of organisations held.
type Organisations struct {
	Summary
	Dialect   string // "A/4" until 2025, "ACTIVE/RO76" since April 2026
	Practices int    // active English GP practices
	ICBs      int    // in which those lie
}

// statuses of both dialects.
var statuses = map[string]string{
	"A": Active, "C": Closed, "D": Dormant, "P": Proposed,
	"ACTIVE": Active, "INACTIVE": Closed, "DORMANT": Dormant, "PROPOSED": Proposed,
}

// ReadPractices reads epraccur.csv of the Organisation Data Service (27
// columns without a header, both dialects) and calls each for every sound row,
// closed and foreign organisations included: a caller who wants the practices
// that people are written to for asks EnglishGP.
func ReadPractices(r io.Reader, opts Options, each func(Organisation) error, found func(Finding) error) (Organisations, error) {
	in := newInspector(opts, found)
	var all Organisations
	text, err := unpack(r, opts.MaxBytes)
	if err != nil {
		return all, err
	}
	head, err := peek(text)
	if err != nil {
		return all, err
	}
	if kind := Sniff(head); kind != KindPractices {
		return all, fault.New(fault.Invalid, "This should be the organisations file of 27 columns, but the file is of another kind: %s.", kind)
	}
	t := &table{scanner: newScanner(text), inspector: in, layout: &layout{}}
	t.want = epraccurColumns
	o, icbs := Organisation{}, map[string]bool{}
	err = t.rows(func() {
		o = t.organisation()
		if len(t.cells[orgStatus]) > 1 {
			all.Dialect = "ACTIVE/RO76"
		} else if all.Dialect == "" {
			all.Dialect = "A/4"
		}
	}, func() error {
		if o.EnglishGP() {
			all.Practices++
			icbs[o.ICB] = true
		}
		return each(o)
	})
	all.Summary, all.ICBs = in.sum, len(icbs)
	return all, err
}

func (t *table) organisation() Organisation {
	c := t.cells
	o := Organisation{
		Line: t.line, Code: strings.TrimSpace(c[orgCode]), Name: plainText(c[orgName]),
		Region: c[orgRegion], ICB: c[orgICB], Commissioner: c[orgCommissioner],
		Status: statuses[c[orgStatus]], GP: c[orgSetting] == "4" || c[orgSetting] == "RO76",
		Telephone: plainText(c[orgTelephone]),
	}
	if !isODSCode(o.Code) {
		t.say("code", CodeShape, maskCode(o.Code))
	}
	if o.Name == "" {
		t.say("name", NameMissing, "")
	}
	if o.Status == "" {
		t.say("status", FlagUnknown, maskCode(c[orgStatus]))
	}
	for i := range o.Address {
		o.Address[i] = plainText(c[orgAddress+i])
	}
	o.Postcode, _ = Postcode(c[orgPostcode]) // Jersey and closed places keep what they have
	o.OpenedOn = t.day("open_date", c[orgOpened])
	o.ClosedOn = t.day("close_date", c[orgClosed])
	o.Special = special(o.Name)
	return o
}

// day reads a date of a published file; a wrong one is for review only.
func (t *table) day(column, s string) calendar.Date {
	d, wrong := Day(s)
	if wrong != "" {
		t.sayAs(Review, column, wrong, mask(s))
	}
	return d
}

// special tells practices for patients removed elsewhere and walk-in centres
// by their names, which is the only mark they carry.
func special(name string) string {
	words := strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool { return r < 'A' || r > 'Z' })
	for i, w := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case w == "SAS", w == "SPECIAL" && next == "ALLOCATION", w == "VIOLENT" && strings.HasPrefix(next, "PATIENT"):
			return SpecialAllocation
		case w == "WALK" && next == "IN", w == "WIC":
			return WalkIn
		}
	}
	return ""
}

// String names an organisation in logs: by its code.
func (o Organisation) String() string { return fmt.Sprintf("organisation %s", o.Code) }
