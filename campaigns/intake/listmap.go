package intake

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Placed says where one practice lay on one day: in which network, under
// which commissioner, in which ICB.
type Placed struct {
	Line                           int
	Practice, Name                 string
	Postcode                       string
	Network, NetworkName           string // primary care network
	Commissioner, CommissionerName string // CCG, since mid-2022 sub-ICB location
	ICB, ICBName                   string // before mid-2022: STP, under the same code
	Region, RegionName             string
	On                             calendar.Date
}

var listMapLayout = &layout{
	kind: KindListMap, title: "the map of practices", required: 5,
	columns: []string{"extract_date", "practice_code", "sub_icb_location_code", "icb_code", "comm_region_code", "practice_name", "practice_postcode",
		"pcn_code", "pcn_name", "sub_icb_location_name", "icb_name", "comm_region_name", "publication", "ons_sub_icb_location_code", "ons_icb_code",
		"ons_comm_region_code"},
	older: map[string][]string{
		"sub_icb_location_code": {"ccg_code"}, "sub_icb_location_name": {"ccg_name"}, "ons_sub_icb_location_code": {"ons_ccg_code"},
		"icb_code": {"stp_code"}, "icb_name": {"stp_name"}, "ons_icb_code": {"ons_stp_code"}, "comm_region_code": {"region_code"},
		"comm_region_name": {"region_name"}, "ons_comm_region_code": {"ons_region_code"},
	},
}

// ReadListMap reads gp-reg-pat-prac-map.csv in the column names before and
// since mid-2022. A practice in no network has Network "".
func ReadListMap(r io.Reader, opts Options, each func(Placed) error, found func(Finding) error) (Summary, error) {
	var p Placed
	return readTable(r, listMapLayout, opts, found, func(t *table) {
		cell := func(n int) string { return strings.TrimSpace(t.cell(n)) }
		p = Placed{
			Line: t.line, Practice: cell(1), Commissioner: cell(2), ICB: cell(3), Region: cell(4), Name: plainText(t.cell(5)),
			Network: cell(7), NetworkName: plainText(t.cell(8)), CommissionerName: plainText(t.cell(9)), ICBName: plainText(t.cell(10)),
			RegionName: plainText(t.cell(11)),
		}
		p.Postcode, _ = Postcode(t.cell(6))
		p.On = t.extractDay(0)
		if len(p.Network) < 2 { // U stands for none
			p.Network, p.NetworkName = "", ""
		}
		if !isODSCode(p.Practice) {
			t.say("practice_code", CodeShape, maskCode(p.Practice))
		}
		t.code("sub_icb_location_code", p.Commissioner)
		t.code("icb_code", p.ICB)
	}, func() error { return each(p) })
}

// SubICB is a sub-ICB location, the commissioner of a practice, and where it lies.
type SubICB struct {
	Line               int
	Code, Name         string
	ICB, ICBName       string
	Region, RegionName string
	On                 calendar.Date // from which day the table tells; its headings carry the year
}

var subICBLayout = func() *layout {
	l := &layout{kind: KindSubICBs, title: "the table of sub-ICB locations", required: 3, older: map[string][]string{},
		columns: []string{"code", "icb_code", "region_code", "name", "icb_name", "region_name", "ons", "icb_ons", "region_ons", "isdn"}}
	for year := 22; year < 60; year++ {
		for _, area := range []struct{ column, prefix string }{{"", "loc"}, {"", "sicbl"}, {"icb_", "icb"}, {"region_", "nhser"}} {
			for _, part := range []struct{ column, suffix string }{{"code", "cdh"}, {"name", "nm"}, {"ons", "cd"}} {
				l.older[area.column+part.column] = append(l.older[area.column+part.column], fmt.Sprintf("%s%d%s", area.prefix, year, part.suffix))
			}
		}
	}
	return l
}()

var subICBHeading = regexp.MustCompile(`(?i)\b(?:loc|sicbl)(\d\d)cdh\b`)

// subICBYear tells from a header of which year a table of sub-ICB locations is; 0 for any other row.
func subICBYear(header string) int {
	m := subICBHeading.FindStringSubmatch(header)
	if m == nil {
		return 0
	}
	year, _ := strconv.Atoi(m[1]) // two digits
	return 2000 + year
}

// ICBs began on 1 July 2022; since then the tables change each 1 April.
var icbsFrom = calendar.On(2022, 7, 1)

// ReadSubICBs reads the table that says in which ICB and region each sub-ICB
// location lies, of any year.
func ReadSubICBs(r io.Reader, opts Options, each func(SubICB) error, found func(Finding) error) (Summary, error) {
	in := newInspector(opts, found)
	t, err := openTable(r, subICBLayout, in)
	if err != nil {
		return in.sum, err
	}
	year := subICBYear(t.text)
	if year == 0 {
		return in.sum, fault.New(fault.Invalid, "The table of sub-ICB locations does not say of which year it is.")
	}
	var s SubICB
	err = t.rows(func() {
		s = SubICB{Line: t.line, Code: strings.TrimSpace(t.cell(0)), ICB: strings.TrimSpace(t.cell(1)), Region: strings.TrimSpace(t.cell(2)),
			Name: plainText(t.cell(3)), ICBName: plainText(t.cell(4)), RegionName: plainText(t.cell(5)), On: calendar.Max(calendar.On(year, 4, 1), icbsFrom)}
		t.code("code", s.Code)
		t.code("icb_code", s.ICB)
	}, func() error { return each(s) })
	return in.sum, err
}
