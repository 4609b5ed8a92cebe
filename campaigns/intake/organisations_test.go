package intake

import (
	"os"
	"strings"
	"testing"

	"duenotice/campaigns/fault"
)

// ods is a row of epraccur with some cells said otherwise.
func ods(otherwise map[int]string) string {
	cells := []string{"A81001", "THE DENSHAM SURGERY", "Y63", "QHM", "THE HEALTH CENTRE", "LAWSON STREET", "", "STOCKTON ON TEES", "CLEVELAND", "TS18 1HU", "19740401", "",
		"A", "B", "16C", "20200401", "", "01642 672351", "", "", "", "0", "", "16C", "", "4", ""}
	for i, v := range otherwise {
		cells[i] = v
	}
	return `"` + strings.Join(cells, `","`) + `"` + "\n"
}

func TestTheEnglishPracticeRuleHoldsInBothDialects(t *testing.T) {
	for _, c := range []struct {
		status, setting, region string
		english                 bool
	}{
		{"A", "4", "Y63", true}, {"ACTIVE", "RO76", "Y63", true}, {"active", "RO76", "Y56", true}, {"A", "4", "Y99", false}, {"A", "4", "W00", false},
		{"A", "4", "", false}, {"A", "4", "Q30", false}, {"C", "4", "Y63", false}, {"D", "4", "Y63", false}, {"P", "4", "Y63", false},
		{"INACTIVE", "RO76", "Y63", false}, {"DORMANT", "RO76", "Y63", false}, {"PROPOSED", "RO76", "Y63", false}, {"ACTIVE", "RO72", "Y63", false}, {"A", "14", "Y63", false},
	} {
		var got Organisation
		sum, err := ReadPractices(strings.NewReader(ods(map[int]string{12: c.status, 25: c.setting, 2: c.region})), Options{Today: today}, func(o Organisation) error { got = o; return nil }, nil)
		if err != nil || got.EnglishGP() != c.english || sum.Practices != map[bool]int{true: 1}[c.english] {
			t.Errorf("%+v: %v %+v", c, err, sum)
		}
		want := DialectLetters
		if len(c.status) > 1 {
			want = DialectWords
		}
		if sum.Dialect != want {
			t.Errorf("%+v is told to be %s", c, sum.Dialect)
		}
	}
}

func TestAFileTellsOnWhichDayItWasWrittenByTheLastThingItKnows(t *testing.T) {
	for _, c := range []struct{ file, day string }{
		{ods(nil), "2020-04-01"},
		{ods(nil) + ods(map[int]string{0: "A81002", 11: "20250831", 12: "C"}), "2025-08-31"},
		{ods(map[int]string{10: "20991231", 12: "P"}), "2020-04-01"}, // what is to come was not known to happen
		{ods(map[int]string{12: "ACTIVE", 25: "RO76"}), "2026-04-01"},
		{ods(map[int]string{11: "20261001", 12: "INACTIVE", 25: "RO76"}), "2026-10-01"},
		{ods(map[int]string{10: "2026-05-06", 12: "ACTIVE", 25: "RO76"}), "2026-05-06"},
	} {
		got, err := ReadPractices(strings.NewReader(c.file), Options{Today: today}, func(Organisation) error { return nil }, nil)
		if err != nil || got.AsOf.String() != c.day {
			t.Errorf("as of %s, not %s (%v)\n%s", got.AsOf, c.day, err, c.file)
		}
	}
}

func TestAPracticeWithoutICBIsKeptCountedAndToldOf(t *testing.T) {
	var rules []Rule
	got, err := ReadPractices(strings.NewReader(ods(nil)+ods(map[int]string{0: "A81002", 3: ""})+ods(map[int]string{0: "A81003", 14: ""})+ods(map[int]string{0: "A81004", 3: "", 12: "C"})),
		Options{Today: today}, func(Organisation) error { return nil }, func(f Finding) error { rules = append(rules, f.Rule); return nil })
	if err != nil || got.Practices != 3 || got.ICBs != 1 || len(rules) != 2 || rules[0] != ICBMissing || got.Reviewed != 2 {
		t.Errorf("%+v %v %v", got, rules, err)
	}
}

func TestAHeaderThatSomebodyAddedIsNoPractice(t *testing.T) {
	header := strings.TrimSuffix(strings.Repeat("Some heading,", epraccurColumns), ",") + "\r\n"
	var found []Finding
	got, err := ReadPractices(strings.NewReader("\ufeff"+header+ods(nil)+"\n,,,\n"), Options{Today: today}, func(Organisation) error { return nil },
		func(f Finding) error { found = append(found, f); return nil })
	if err != nil || got.Rows != 1 || got.Practices != 1 || len(found) != 0 {
		t.Errorf("%+v %v %v", got, found, err)
	}
	if kind := Sniff([]byte(header)); kind == KindPractices {
		t.Error("a header alone is taken for the organisations file")
	}
}

func TestSpecialPracticesAreToldByNameOrSettingAndNoOthers(t *testing.T) {
	for name, want := range map[string]string{
		"SPECIAL ALLOCATION SCHEME (NEL)": SpecialAllocation, "PHL SAS SERVICE": SpecialAllocation, "SAS - C&P - MKGP PLUS LTD": SpecialAllocation,
		"CALDERDALE SAFE HAVEN SERVICE": SpecialAllocation, "READING WALK-IN HEALTH CENTRE": WalkIn, "THE GREENHOUSE WALK-IN": WalkIn,
		"THE HAVEN SURGERY": "", "WICKERSLEY HEALTH CENTRE": "", "CHURCH WALK SURGERY": "", "WIGAN BOROUGH SPECIALIST SERVICES": "", "KASSAR SURGERY": "", "THE THREE ZERO SIX": "",
	} {
		if got := special(name, "4"); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if special("ANY PLACE", "RO87") != WalkIn || special("ANY PLACE", "1") != WalkIn {
		t.Error("the setting of a walk-in centre is not seen")
	}
}

const oldMap = `PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,PRACTICE_POSTCODE,PCN_CODE,PCN_NAME,ONS_CCG_CODE,CCG_CODE,CCG_NAME,ONS_STP_CODE,STP_CODE,STP_NAME,ONS_COMM_REGION_CODE,COMM_REGION_CODE,COMM_REGION_NAME
GP_PRAC_PAT_LIST,01Jan2022,A81001,THE DENSHAM SURGERY,TS18 1HU,U89141,STOCKTON PCN,E38000247,16C,NHS Tees Valley CCG,E54000050,QHM,Cumbria and North East,E40000009,Y63,North East and Yorkshire
GP_PRAC_PAT_LIST,01Jan2022,A81002,ALONE,TS18 1HU,U,Unallocated,E38000247,16C,NHS Tees Valley CCG,E54000050,QHM,Cumbria and North East,E40000009,Y63,North East and Yorkshire
`

func TestMapsAreReadInBothGenerationsOfNamesAndAllFormsOfDates(t *testing.T) {
	newer := strings.NewReplacer("ONS_CCG_CODE", "ONS_SUB_ICB_LOCATION_CODE", "CCG_CODE", "SUB_ICB_LOCATION_CODE", "CCG_NAME", "SUB_ICB_LOCATION_NAME",
		"ONS_STP_CODE", "ONS_ICB_CODE", "STP_CODE", "ICB_CODE", "STP_NAME", "ICB_NAME", "01Jan2022", "2026-04-01").Replace(oldMap)
	for day, file := range map[string]string{"2022-01-01": oldMap, "2022-02-01": strings.ReplaceAll(oldMap, "01Jan2022", "01FEB2022"), "2026-04-01": newer} {
		var got []Placed
		sum, err := ReadListMap(strings.NewReader(file), Options{Today: today}, func(p Placed) error { got = append(got, p); return nil }, nil)
		if err != nil || sum.Accepted != 2 || len(sum.Findings) != 0 {
			t.Fatalf("%s: %+v %v", day, sum, err)
		}
		p := got[0]
		if said := strings.Join([]string{p.Practice, p.Network, p.Commissioner, p.ICB, p.Region, p.On.String()}, " "); said != "A81001 U89141 16C QHM Y63 "+day {
			t.Errorf("%s: %+v", day, p)
		}
		if got[1].Network != "" {
			t.Errorf("a practice in no network is in %q", got[1].Network)
		}
	}
	future := strings.ReplaceAll(oldMap, "01Jan2022", "01Jan2099")
	if _, err := ReadListMap(strings.NewReader(future), Options{Today: today}, func(Placed) error { return nil }, nil); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "future") {
		t.Errorf("a map of the year 2099: %v", err)
	}
}

func TestTheRealMapHoldsEveryPracticeInANetworkOrInNone(t *testing.T) {
	in, out := 0, 0
	sum, err := ReadListMap(shared(t, "ods/gp-reg-pat-prac-map_2022-01.csv"), Options{Today: today}, func(p Placed) error {
		if p.Network == "" {
			out++
		} else {
			in++
		}
		return nil
	}, nil)
	if err != nil || sum.Accepted != 6527 || in != 6459 || out != 68 {
		t.Errorf("%+v %v: %d in networks, %d in none", sum, err, in, out)
	}
}

func TestTablesOfSubICBLocationsAreKnownByAnyYearsHeadings(t *testing.T) {
	for day, file := range map[string]string{
		"2022-07-01": "LOC22CD,LOC22CDH,LOC22NM,ICB22CD,ICB22CDH,ICB22NM,NHSER22CD,NHSER22CDH,NHSER22NM,ISDN\nE38,93C,NCL,E54,QMJ,North Central,E40,Y56,London,London\n",
		"2024-04-01": "ICB24CDH,SICBL24CDH,SICBL24NM,ICB24NM,NHSER24CDH\nQMJ,93C,NCL,North Central,Y56\n",
	} {
		if kind := Sniff([]byte(file)); kind != KindSubICBs {
			t.Errorf("it is taken for %s", kind)
		}
		var got SubICB
		sum, err := ReadSubICBs(strings.NewReader(file), Options{Today: today}, func(s SubICB) error { got = s; return nil }, nil)
		if err != nil || sum.Accepted != 1 || got.Code != "93C" || got.ICB != "QMJ" || got.Region != "Y56" || got.ICBName != "North Central" || got.On.String() != day {
			t.Errorf("%+v %+v %v", sum, got, err)
		}
	}
	n := 0
	sum, err := ReadSubICBs(shared(t, "ods/sicbl_icb_region_isdn_2022.csv"), Options{Today: today}, func(SubICB) error { n++; return nil }, nil)
	if err != nil || n != 106 || len(sum.Findings) != 0 {
		t.Errorf("%+v %v", sum, err)
	}
}

func TestTheWholeRealFileInTheDialectOfAprilHoldsTheSamePractices(t *testing.T) {
	var b strings.Builder
	words := map[string]string{`"A"`: `"ACTIVE"`, `"C"`: `"INACTIVE"`, `"D"`: `"DORMANT"`, `"P"`: `"PROPOSED"`}
	body, err := os.ReadFile(shared(t, "ods/epraccur_2025-08.csv").Name())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(body)) {
		cells := strings.Split(strings.TrimSpace(line), `",`)
		cells[12] = strings.TrimSuffix(words[cells[12]+`"`], `"`)
		if cells[25] == `"4` {
			cells[25] = `"76`
		}
		cells[25] = strings.Replace(cells[25], `"`, `"RO`, 1)
		cells[6], cells[7] = `"`, cells[6] // the town moves down
		b.WriteString(strings.Join(cells, `",`) + "\r\n")
	}
	got, err := ReadPractices(strings.NewReader(b.String()), Options{Today: today}, func(Organisation) error { return nil }, nil)
	if err != nil || got.Rows != 16685 || got.Rejected != 0 || got.Practices != 6220 || got.ICBs != 42 || got.Dialect != DialectWords {
		t.Errorf("%+v %v", got, err)
	}
}
