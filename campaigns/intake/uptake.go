package intake

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Figure is the place of one published figure in Uptake.Figures.
type Figure int

// The figures of a practice in a month, in the order of the data dictionary.
const (
	PatientList Figure = iota
	AppointmentsSystem
	AppointmentsEnabled
	AppointmentsUsed
	PrescriptionsSystem
	PrescriptionsEnabled
	PrescriptionsUsed
	RecordsSystem
	RecordsEnabled
	RecordsUsed
	TotalEnabled
	NewEnabled
	TotalUsed
	Figures // how many there are
)

// Unknown is a figure that was not published: blank, NULL, or 9 for a system.
// It is not zero.
const Unknown = -1

// Uptake is what one practice published of one month. A practice that has two
// systems comes twice, told apart by Supplier.
type Uptake struct {
	Line             int
	Month            calendar.Date // the last day of the month
	Practice         string
	Name             string
	Commissioner     string // CCG, since mid-2022 sub-ICB location
	CommissionerName string
	Region           string
	Supplier         string // "" where it is not told
	Figures          [Figures]int32
}

// Interface tells whether the row counts a second system that reaches into the
// practice's own; its people are among those of the first.
func (u Uptake) Interface() bool { return strings.HasSuffix(u.Supplier, "(I)") }

// UptakeFile is what a file of uptake was: its layout (wide, one row a
// practice; long, one row a figure), and how many rows of it counted.
type UptakeFile struct {
	Summary
	Layout string
}

var figureNames = [Figures]string{"patient_list_size", "sys_appts_enbld", "pat_appts_enbld", "pat_appts_use", "sys_presc_enbld", "pat_presc_enbld", "pat_presc_use",
	"sys_detcoderec_enbld", "pat_detcoderec_enbld", "pat_detcoderec_use", "total_pat_enbld", "new_pat_enbld", "total_use"}

var uptakePlace = []string{"report_period_end", "practice_code", "practice_name", "sub_icb_location_code", "sub_icb_location_name", "region_code", "system_supplier"}

var uptakeOlder = map[string][]string{"sub_icb_location_code": {"ccg_code"}, "sub_icb_location_name": {"ccg_name"}}

const (
	longField = 7 + iota
	longValue
)

var uptakeLong = &layout{kind: KindUptake, title: "online services by practice (POMI)", required: 2, older: uptakeOlder,
	columns: append(slices.Clone(uptakePlace), "field", "value"), unread: []string{"region_name", "registered_patients"}}

var uptakeWide = &layout{kind: KindUptake, title: "online services by practice (POMI)", required: 2, older: uptakeOlder,
	columns: append(slices.Clone(uptakePlace), figureNames[:]...), unread: []string{"region_name", "registered_patients"}}

// ReadUptake reads POMI in its long and its wide layout, under the column
// names before and since mid-2022. A practice and month is passed on once,
// after the last row, in the order in which it first stood in the file.
// What is blank, NULL or 9 is Unknown; what cannot be read is Unknown and a
// finding.
func ReadUptake(r io.Reader, opts Options, each func(Uptake) error, found func(Finding) error) (UptakeFile, error) {
	in := newInspector(opts, nil) // silent while the header is read to tell the layout
	t, err := openTable(r, uptakeLong, in)
	if err != nil {
		return UptakeFile{in.sum, ""}, err
	}
	u := &uptakeReader{table: t, rows: map[uptakeKey]int{}, strange: map[string]bool{}, months: map[string]calendar.Date{}}
	file, wide := UptakeFile{Layout: "long"}, t.at[longField] < 0 && t.at[longValue] < 0
	if wide {
		file.Layout, t.layout = "wide", uptakeWide
	}
	in.found, in.sum.Findings = found, map[Rule]int{}
	if err := t.header(t.cells); err != nil {
		return file, err
	}
	switch {
	case wide && t.at[7+int(PatientList)] < 0:
		return file, fault.New(fault.Invalid, "This is not %s: it has neither field and value nor patient_list_size.", t.layout.title)
	case !wide && (t.at[longField] < 0 || t.at[longValue] < 0):
		return file, fault.New(fault.Invalid, "This is not %s: of the columns field and value one is missing.", t.layout.title)
	}
	check := u.long
	if wide {
		check = u.wide
	}
	err = t.rows(check, func() error { return nil })
	file.Summary = in.sum
	if err != nil {
		return file, err
	}
	for _, one := range u.list {
		u.begin(one.Line)
		u.whole(&one)
		if err := each(one); err != nil {
			return file, err
		}
	}
	return file, in.err
}

type uptakeKey struct {
	month              calendar.Date
	practice, supplier string
}

// uptakeReader gathers the figures of each practice and month.
type uptakeReader struct {
	*table
	rows    map[uptakeKey]int
	list    []Uptake
	strange map[string]bool // fields that are not known, told once
	months  map[string]calendar.Date
	last    uptakeKey
	at1     int // where last is, plus one
}

// row finds or begins the practice and month of the row in hand; nil where it
// cannot be told.
func (u *uptakeReader) row() (one *Uptake, again bool) {
	cell := func(n int) string { return strings.TrimSpace(u.cell(n)) }
	month := u.month(cell(0))
	code := strings.ToUpper(cell(1))
	if !isODSCode(code) {
		u.say("practice_code", CodeShape, maskCode(code))
		return nil, false
	}
	if month.IsZero() {
		return nil, false
	}
	supplier := cell(6)
	if strings.EqualFold(supplier, "NULL") {
		supplier = ""
	}
	key := uptakeKey{month, code, supplier}
	if key == u.last && u.at1 > 0 {
		return &u.list[u.at1-1], true
	}
	i, again := u.rows[key]
	if !again {
		i = len(u.list)
		one := Uptake{Line: u.line, Month: month, Practice: strings.Clone(code), Name: strings.Clone(plainText(u.cell(2))), Commissioner: strings.Clone(cell(3)), CommissionerName: strings.Clone(plainText(u.cell(4))),
			Region: strings.Clone(cell(5)), Supplier: strings.Clone(supplier)}
		for f := range one.Figures {
			one.Figures[f] = Unknown
		}
		u.list = append(u.list, one)
		key = uptakeKey{month, one.Practice, one.Supplier}
		u.rows[key] = i
	} else {
		key = uptakeKey{month, u.list[i].Practice, u.list[i].Supplier}
	}
	u.last, u.at1 = key, i+1
	return &u.list[i], again
}

// month reads 31AUG2020, 30SEP2020, 31-Jan-24 and the ways of Day. A day
// that ends no month is a finding, and its month counts.
func (u *uptakeReader) month(s string) calendar.Date {
	if d, ok := u.months[s]; ok {
		return d
	}
	d, wrong := monthNameDay(s)
	if wrong != "" {
		for _, way := range []string{"02-Jan-06", "02-Jan-2006", "2-Jan-06"} {
			if day, err := time.Parse(way, s); err == nil {
				d, wrong = calendar.On(day.Date()), ""
				break
			}
		}
	}
	switch {
	case wrong != "" || d.IsZero():
		u.say("report_period_end", DateImpossible, mask(s))
		return calendar.Date{}
	case !u.opts.Today.IsZero() && d.After(u.opts.Today):
		u.say("report_period_end", DateFuture, "")
		return calendar.Date{}
	}
	year, month, _ := d.Civil()
	end := calendar.On(year, month+1, 0)
	if d != end {
		u.say("report_period_end", PeriodOdd, d.String())
	}
	u.months[strings.Clone(s)] = end
	return end
}

// long takes one figure.
func (u *uptakeReader) long() {
	field := strings.ToLower(strings.TrimSpace(u.cell(longField)))
	f := slices.Index(figureNames[:], field)
	if f < 0 {
		if !u.strange[field] {
			u.strange[strings.Clone(field)] = true
			u.say("field", FieldUnknown, shownColumn(field))
		}
		return
	}
	one, _ := u.row()
	if one == nil {
		return
	}
	n := u.figure(Figure(f), u.cell(longValue))
	if was := one.Figures[f]; was != Unknown && was != n {
		u.say(figureNames[f], FigureTwice, fmt.Sprint(was, " and ", n))
		return
	}
	one.Figures[f] = n
}

// wide takes a whole practice.
func (u *uptakeReader) wide() {
	one, again := u.row()
	if one == nil {
		return
	}
	if again {
		u.say("practice_code", CodeTwice, one.Practice)
		return
	}
	for f := range one.Figures {
		one.Figures[f] = u.figure(Figure(f), u.cell(7+f))
	}
}

// figure reads one value; what stands for unknown is Unknown without a finding.
func (u *uptakeReader) figure(f Figure, s string) int32 {
	s = strings.TrimSpace(s)
	if s == "" || strings.EqualFold(s, "NULL") {
		return Unknown
	}
	n, err := strconv.Atoi(strings.TrimSuffix(s, ".0"))
	system := f == AppointmentsSystem || f == PrescriptionsSystem || f == RecordsSystem
	if system && n == 9 {
		return Unknown
	}
	if err != nil || n < 0 || system && n > 2 || n > 20_000_000 {
		u.say(figureNames[f], FigureUnreadable, mask(s))
		return Unknown
	}
	return int32(n) //nolint:gosec // G109, G115: 0 to 20 million
}

// whole looks at the figures of a practice together.
func (u *uptakeReader) whole(one *Uptake) {
	list := one.Figures[PatientList]
	if list == Unknown || list == 0 {
		u.say("patient_list_size", ListMissing, one.Practice)
		return
	}
	for _, f := range []Figure{AppointmentsEnabled, PrescriptionsEnabled, RecordsEnabled, TotalEnabled} {
		if one.Figures[f] > list {
			u.say(figureNames[f], EnabledAboveList, fmt.Sprintf("%s: %d of %d", one.Practice, one.Figures[f], list))
			return
		}
	}
}
