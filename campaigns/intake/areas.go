package intake

import (
	"io"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
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
// since mid-2022. Rows of one sex or age are counted and not passed on.
func ReadListSizes(r io.Reader, opts Options, each func(ListSize) error, found func(Finding) error) (Summary, error) {
	var l ListSize
	whole := false
	return readTable(r, listSizesLayout, opts, found, func(t *table) {
		whole = all(t.cell(4)) && all(t.cell(5))
		l = ListSize{Line: t.line, Practice: strings.TrimSpace(t.cell(1)), Commissioner: t.cell(6)}
		l.Postcode, _ = Postcode(t.cell(2))
		if !isODSCode(l.Practice) {
			t.say("code", CodeShape, maskCode(l.Practice))
		}
		var wrong Rule
		if l.On, wrong = monthNameDay(t.cell(0)); wrong != "" || l.On.IsZero() {
			t.say("extract_date", DateImpossible, mask(t.cell(0)))
		}
		n, err := strconv.Atoi(t.cell(3))
		if err != nil || n < 0 {
			t.say("number_of_patients", CountShape, mask(t.cell(3)))
		}
		l.Patients = n
	}, func() error {
		if !whole {
			return nil
		}
		return each(l)
	})
}

func all(s string) bool { return s == "" || strings.EqualFold(s, "ALL") }

// monthNameDay reads 01JAN2021 and 01Jan2022 besides what Day reads.
func monthNameDay(s string) (calendar.Date, Rule) {
	if len(s) == 9 {
		if d, err := time.Parse("02Jan2006", s); err == nil {
			return calendar.On(d.Date()), ""
		}
	}
	return Day(s)
}

// ICB is an integrated care board and the time in which it exists.
type ICB struct {
	Line               int
	Code, ONS, Name    string
	Region, RegionName string
	From, To           calendar.Date // To is the last day; none while it stands
	Successors         []string      // codes; practices are re-homed one by one
}

var icbLayout = &layout{
	kind: KindICBs, title: "the table of ICBs", required: 7,
	columns: []string{"icb_ods", "name", "region_ods", "region_name", "valid_from", "valid_to", "successor", "icb_ons", "source_note"},
}

// ReadICBs reads the table of integrated care boards before and after the
// mergers of April 2026. A board without a code is rejected.
func ReadICBs(r io.Reader, opts Options, each func(ICB) error, found func(Finding) error) (Summary, error) {
	var b ICB
	return readTable(r, icbLayout, opts, found, func(t *table) {
		b = ICB{Line: t.line, Code: t.cell(0), ONS: t.cell(7), Name: plainText(t.cell(1)), Region: t.cell(2), RegionName: t.cell(3)}
		t.code("icb_ods", b.Code)
		b.From, b.To = t.day("valid_from", t.cell(4)), t.day("valid_to", t.cell(5))
		for _, s := range strings.Split(t.cell(6), "|") {
			if isODSCode(s) || isWord(s) {
				b.Successors = append(b.Successors, s)
			}
		}
	}, func() error { return each(b) })
}

// isWord tells codes of three capitals, such as QHL.
func isWord(s string) bool {
	return len(s) == 3 && isCapital(s[0]) && isCapital(s[1]) && isCapital(s[2])
}

func (t *table) code(column, code string) {
	if !isODSCode(code) && !isWord(code) {
		t.say(column, CodeShape, maskCode(code))
	}
}

// Region is a commissioning region.
type Region struct {
	Line            int
	Code, Name, ONS string
	Open            bool // a region of England today
}

var regionLayout = &layout{
	kind: KindRegions, title: "the table of regions", required: 3, columns: []string{"region_ods", "name", "status", "ons"},
}

// ReadRegions reads the table of regions; the groups that are no regions
// (Wales, Defence, the islands) come with Open false, those without a code are rejected.
func ReadRegions(r io.Reader, opts Options, each func(Region) error, found func(Finding) error) (Summary, error) {
	var g Region
	return readTable(r, regionLayout, opts, found, func(t *table) {
		g = Region{Line: t.line, Code: t.cell(0), Name: plainText(t.cell(1)), ONS: t.cell(3), Open: t.cell(2) == "open"}
		t.code("region_ods", g.Code)
	}, func() error { return each(g) })
}

// SHA is a strategic health authority of 2006 to 2013.
type SHA struct {
	Line       int
	Code, Name string
	Regions    []string // today's regions in which it lay
}

var shaLayout = &layout{
	kind: KindSHAs, title: "the table of strategic health authorities", required: 2,
	columns: []string{"sha_ods", "name", "region_successor_hint", "verified"},
}

// ReadSHAs reads the table of strategic health authorities.
func ReadSHAs(r io.Reader, opts Options, each func(SHA) error, found func(Finding) error) (Summary, error) {
	var s SHA
	return readTable(r, shaLayout, opts, found, func(t *table) {
		s = SHA{Line: t.line, Code: t.cell(0), Name: plainText(t.cell(1)), Regions: strings.Split(t.cell(2), "|")}
		t.code("sha_ods", s.Code)
	}, func() error { return each(s) })
}

// readTable reads a file with a header from first to last row.
func readTable(r io.Reader, l *layout, opts Options, found func(Finding) error, check func(*table), accept func() error) (Summary, error) {
	in := newInspector(opts, found)
	t, err := openTable(r, l, in)
	if err != nil {
		return in.sum, err
	}
	err = t.rows(func() { check(t) }, accept)
	return in.sum, err
}
