package intake

import (
	"io"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// ListSize is the number of patients registered with one practice on one day.
type ListSize struct {
	Line         int
	Practice     string
	Commissioner string // CCG, since mid-2022 sub-ICB location
	Postcode     string
	On           calendar.Date
	Patients     int
}

var listSizesLayout = &layout{
	kind: KindListSizes, title: "the list of registered patients", required: 4,
	columns: []string{"extract_date", "code", "postcode", "number_of_patients", "sex", "age", "sub_icb_location_code",
		"publication", "type", "ons_sub_icb_location_code"},
	older: map[string][]string{"sub_icb_location_code": {"ccg_code"}, "ons_sub_icb_location_code": {"ons_ccg_code"}},
}

// ReadListSizes reads gp-reg-pat-prac-all.csv in the column names before and
// since mid-2022. Rows of one sex or age are counted and not passed on; a
// file of nothing else is refused, for adding up ages is not counting people.
func ReadListSizes(r io.Reader, opts Options, each func(ListSize) error, found func(Finding) error) (Summary, error) {
	var l ListSize
	whole, passed := false, 0
	sum, err := readTable(r, listSizesLayout, opts, found, func(t *table) {
		whole = ofAll(t.cell(4)) && ofAll(t.cell(5))
		l = ListSize{Line: t.line, Practice: strings.TrimSpace(t.cell(1)), Commissioner: strings.TrimSpace(t.cell(6))}
		l.Postcode, _ = Postcode(t.cell(2))
		if !isODSCode(l.Practice) {
			t.say("code", CodeShape, maskCode(l.Practice))
		}
		l.On = t.extractDay(0)
		n, err := strconv.Atoi(strings.TrimSpace(t.cell(3)))
		if err != nil || n < 0 || n > 1_000_000 {
			t.say("number_of_patients", CountShape, mask(t.cell(3)))
		}
		l.Patients = n
	}, func() error {
		if !whole {
			return nil
		}
		passed++
		return each(l)
	})
	if err == nil && passed == 0 {
		err = fault.New(fault.Invalid, "The file counts patients by sex and age only. Send the list of all patients per practice (gp-reg-pat-prac-all).")
	}
	return sum, err
}

func ofAll(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || strings.EqualFold(s, "ALL")
}

// extractDay reads the day of which a published list tells.
func (t *table) extractDay(column int) calendar.Date {
	d, wrong := monthNameDay(strings.TrimSpace(t.cell(column)))
	if wrong != "" || d.IsZero() {
		t.say("extract_date", DateImpossible, mask(t.cell(column)))
	} else if !t.opts.Today.IsZero() && d.After(t.opts.Today) {
		t.say("extract_date", DateFuture, "")
	}
	return d
}

// monthNameDay reads 01JAN2021 and 01Jan2022 besides what Day reads.
func monthNameDay(s string) (calendar.Date, Rule) {
	if len(s) == 9 {
		if d, err := time.Parse("02Jan2006", s); err == nil {
			return calendar.On(d.Date()), ""
		}
	}
	return Day(s)
}
