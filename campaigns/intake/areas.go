package intake

import (
	"io"
	"strings"

	"duenotice/campaigns/calendar"
)

// ICB is an integrated care board and the time in which it exists.
type ICB struct {
	Line               int
	Code, ONS, Name    string
	Region, RegionName string
	From, To           calendar.Date // To is the last day; none while it stands
	Successors         []string      // codes, or names in brackets while the code is not known; several when it was split
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
			if s = strings.TrimSpace(s); s != "" {
				b.Successors = append(b.Successors, s)
			}
		}
	}, func() error { return each(b) })
}

// isWord tells codes of three capitals, such as QHL.
func isWord(s string) bool {
	return len(s) == 3 && isCapital(s[0]) && isCapital(s[1]) && isCapital(s[2])
}

// Coded tells a code from a name that stands for one not known yet.
func Coded(s string) bool { return isODSCode(s) || isWord(s) }

func (t *table) code(column, code string) {
	if !Coded(code) {
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
