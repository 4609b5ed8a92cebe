package intake

import (
	"bytes"
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
	orgJoined
	orgLeft
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
	ClosedOn     calendar.Date // none while open; may lie in the future
	JoinedOn     calendar.Date // its commissioner
	Status       string        // Active, Closed, Dormant or Proposed
	GP           bool          // prescribing setting of a GP practice
	Telephone    string
	Special      string // SpecialAllocation, WalkIn or ""
	left         calendar.Date
}

// England tells a GP practice of an English region, open or not.
func (o Organisation) England() bool {
	return o.GP && strings.HasPrefix(o.Region, "Y") && o.Region != "Y99"
}

// EnglishGP tells an active GP practice of an English region. Defence (Y99),
// Wales and the islands stand in the same file.
func (o Organisation) EnglishGP() bool {
	return o.England() && o.Status == Active
}

// The two dialects of the organisations file. No header tells them apart.
const (
	DialectLetters = "A/4"         // until 2025: status A, C, D, P; setting 4
	DialectWords   = "ACTIVE/RO76" // since April 2026; the town moves to line 4
)

// wordsSince is the day before which no file was written in DialectWords.
var wordsSince = calendar.On(2026, 4, 1)

// Organisations counts what a file of organisations held.
type Organisations struct {
	Summary
	Dialect   string        // DialectLetters or DialectWords
	Practices int           // active English GP practices
	ICBs      int           // in which those lie
	AsOf      calendar.Date // the last day of which the file tells something: it was written then or later
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
	if first, _, _ := bytes.Cut(head, []byte("\n")); sniffRow(first) != KindPractices {
		t.scan() // a header that somebody added
	}
	o, icbs, codes, words := Organisation{}, map[string]bool{}, map[string]bool{}, 0
	err = t.rows(func() {
		o = t.organisation()
		if codes[o.Code] {
			t.say("code", CodeTwice, maskCode(o.Code))
		}
		if o.EnglishGP() && (o.ICB == "" || o.Commissioner == "") {
			t.say("icb", ICBMissing, o.Code)
		}
	}, func() error {
		codes[o.Code] = true
		if len(strings.TrimSpace(t.cells[orgStatus])) > 1 {
			words++
		}
		all.AsOf = calendar.Max(all.AsOf, o.knownOn(opts.Today))
		if o.EnglishGP() {
			all.Practices++
			icbs[o.ICB] = true
		}
		return each(o)
	})
	delete(icbs, "")
	all.Summary, all.ICBs, all.Dialect = in.sum, len(icbs), DialectLetters
	if words > in.sum.Accepted/2 {
		all.Dialect = DialectWords
		if !opts.Today.Before(wordsSince) {
			all.AsOf = calendar.Max(all.AsOf, wordsSince)
		}
	}
	return all, err
}

// ColumnsOfPractices tells how many columns a file has that begins like the
// organisations file and has more or fewer than its 27; 0 for any other file.
func ColumnsOfPractices(body []byte) int {
	first, _, _ := bytes.Cut(bytes.TrimPrefix(body, []byte("\ufeff")), []byte("\n"))
	s := scanner{buf: append([]byte(nil), first...), end: len(first), eof: true, next: 1}
	if !s.scan() || s.wrong != "" || len(s.cells) < 10 || len(s.cells) == epraccurColumns || !isODSCode(s.cells[0]) {
		return 0
	}
	return len(s.cells)
}

func (t *table) organisation() Organisation {
	c := t.cells
	for i := range c {
		c[i] = strings.TrimSpace(c[i])
	}
	o := Organisation{
		Line: t.line, Code: c[orgCode], Name: plainText(c[orgName]),
		Region: c[orgRegion], ICB: c[orgICB], Commissioner: c[orgCommissioner],
		Status: statuses[strings.ToUpper(c[orgStatus])], GP: c[orgSetting] == "4" || c[orgSetting] == "RO76",
		Telephone: plainText(c[orgTelephone]),
	}
	if !isODSCode(o.Code) {
		t.say("code", CodeShape, maskCode(o.Code))
	}
	if o.Name == "" {
		t.say("name", NameMissing, "")
	}
	if o.Status == "" {
		t.say("status", StatusUnknown, maskCode(c[orgStatus]))
	}
	for i := range o.Address {
		o.Address[i] = plainText(c[orgAddress+i])
	}
	o.Postcode, _ = Postcode(c[orgPostcode]) // Jersey and closed places keep what they have
	o.OpenedOn, o.ClosedOn = t.day("open_date", c[orgOpened]), t.day("close_date", c[orgClosed])
	o.JoinedOn, o.left = t.day("joined_date", c[orgJoined]), t.day("left_date", c[orgLeft])
	o.Special = special(o.Name, c[orgSetting])
	return o
}

// knownOn is the last day not after today on which the row says that
// something happened.
func (o Organisation) knownOn(today calendar.Date) (last calendar.Date) {
	for _, d := range []calendar.Date{o.OpenedOn, o.ClosedOn, o.JoinedOn, o.left} {
		if today.IsZero() || !d.After(today) {
			last = calendar.Max(last, d)
		}
	}
	return last
}

// day reads a date of a published file; a wrong one is for review only.
func (t *table) day(column, s string) calendar.Date {
	d, wrong := Day(s)
	if wrong != "" {
		t.sayAs(Review, column, wrong, mask(s))
	}
	return d
}

// special tells practices for patients removed elsewhere by their names, and
// walk-in centres by their names or the prescribing setting of such.
func special(name, setting string) string {
	words := strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool { return r < 'A' || r > 'Z' })
	for i, w := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case w == "SAS", w == "SPECIAL" && next == "ALLOCATION", w == "VIOLENT" && strings.HasPrefix(next, "PATIENT"),
			w == "SAFE" && next == "HAVEN", w == "ZERO" && next == "TOLERANCE":
			return SpecialAllocation
		case w == "WALK" && next == "IN", w == "WIC":
			return WalkIn
		}
	}
	if setting == "1" || setting == "3" || setting == "RO87" {
		return WalkIn
	}
	return ""
}

// String names an organisation in logs: by its code.
func (o Organisation) String() string { return fmt.Sprintf("organisation %s", o.Code) }
