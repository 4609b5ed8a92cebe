package intake

import (
	"bufio"
	"slices"
	"strings"
	"testing"
)

// testRecord is what some rows of the screening programmes' own tests are a
// case of.
type testRecord struct {
	why    string
	lines  []int
	rules  []Rule // notes left out
	nobody bool
	holds  func(Person) bool
}

// testRecords name the faulty and the special ones of the 364 rows; the others
// are right.
var testRecords = []testRecord{
	{"no record type", []int{206, 207}, []Rule{NumberMissing, RecordTypeUnknown}, true, nil},
	{"no number", []int{260, 262, 266, 270, 273, 275, 277}, []Rule{NumberMissing}, true, nil},
	{"wrong check digit", []int{251, 252, 261, 267}, []Rule{NumberCheckDigit}, true, nil},
	{"wrong check digit, no practice", []int{255, 265}, []Rule{NumberCheckDigit, PracticeUnknown}, true, nil},
	{"wrong check digit, no practice, no postcode", []int{271, 272}, []Rule{NumberCheckDigit, PostcodeShape, PracticeUnknown}, true, nil},
	{"wrong check digit, no postcode", []int{280}, []Rule{NumberCheckDigit, PostcodeShape}, true, nil},
	{"superseded by itself", []int{87}, []Rule{SupersededWrong}, true, nil},
	{"superseded", []int{296}, nil, false, func(p Person) bool { return p.SupersededBy == "9992808403" && p.NHSNumber == "9997311760" }},
	{"no practice, a dummy or one with a gap", []int{3, 39, 40, 42, 119, 140, 142, 233, 268, 291, 292, 298, 302, 355, 361, 362}, []Rule{PracticeUnknown}, true, nil},
	{"an escape in the name, no practice", []int{293}, []Rule{PracticeUnknown, StrayCharacters}, true, nil},
	{"born on no day", []int{113}, []Rule{BirthImpossible}, true, nil},
	{"birth not known", []int{10, 21, 249}, []Rule{BirthMissing}, false, func(p Person) bool { return p.BornOn.IsZero() }},
	{"died on no day", []int{123, 124}, []Rule{DateImpossible}, true, nil},
	{"dead", []int{28, 30, 117, 120, 224, 234, 235, 236, 238}, nil, false, func(p Person) bool { return p.Dead && p.Left == "" }},
	{"a postcode of no shape", []int{34, 35, 36, 37, 56, 64, 66, 67, 279}, []Rule{PostcodeShape}, false, func(p Person) bool { return p.Undeliverable == BadPostcode }},
	{"a number for a postcode", []int{65}, []Rule{FieldsSwapped}, true, nil},
	{"a marker for a postcode", []int{33}, nil, false, func(p Person) bool { return p.Undeliverable == MarkerPostcode }},
	{"no address", []int{43, 50, 258}, nil, false, func(p Person) bool { return p.Undeliverable == NoAddress }},
	{"no postcode", []int{118}, nil, false, func(p Person) bool { return p.Undeliverable == NoPostcode }},
	{"in Scotland", []int{294}, []Rule{PostcodeShape}, false, func(p Person) bool { return p.Left == "moved to Scotland" }},
	{"off a practice's list", []int{130, 135, 141, 143, 150, 151, 152, 211, 214, 217}, nil, false, func(p Person) bool { return strings.HasPrefix(p.Left, "removed at") && !p.LeftOn.IsZero() }},
	{"with the forces", []int{83, 121, 147, 148, 149, 154, 210, 213, 216}, nil, false, func(p Person) bool { return strings.HasSuffix(p.Left, "armed forces") }},
	{"gone for another reason", []int{285, 287, 288, 363, 364}, nil, false, func(p Person) bool { return p.Left == OtherReason }},
	{"taken off", []int{256, 259, 269, 281, 282}, nil, false, func(p Person) bool { return p.Left == TakenOff && p.Unsaid == unsaidAll }},
	{"not a valid record", []int{49, 75, 77, 78, 80, 246, 247}, []Rule{RecordInvalid}, false, func(p Person) bool { return p.Left == NotValid }},
	{"a name too long", []int{51, 52, 53, 89}, []Rule{NameTooLong}, false, func(p Person) bool { return len(p.Given+p.Family) > maxName }},
	{"signs that no name holds", []int{318, 319, 320, 342, 343, 344}, []Rule{StrayCharacters}, false, nil},
	{"signs that neither name nor address holds", []int{112, 315, 316, 317, 339, 340, 341}, []Rule{StrayCharacters}, false, nil},
	{"signs in a title", []int{168, 187, 190, 191, 192, 194, 195, 196, 199, 200, 202}, []Rule{StrayCharacters}, false, nil},
}

func TestEachOfTheScreeningTestRecordsGivesAPersonOrTheFindingItWasMadeFor(t *testing.T) {
	scan := bufio.NewScanner(shared(t, "patients/caas_cohort_testrecords.csv"))
	scan.Buffer(nil, 1<<20)
	scan.Scan()
	head := scan.Text() + "\n"
	people := 0
	for line := 2; scan.Scan(); line++ {
		out := read(t, head+scan.Text()+"\n")
		var rules []Rule
		for _, f := range out.findings {
			if f.Severity != Note && !slices.Contains(rules, f.Rule) {
				rules = append(rules, f.Rule)
			}
		}
		slices.Sort(rules)
		people += len(out.people)
		i := slices.IndexFunc(testRecords, func(r testRecord) bool { return slices.Contains(r.lines, line) })
		if i < 0 {
			if len(rules) > 0 || len(out.people) != 1 || out.people[0].Left != "" || out.people[0].Dead || out.people[0].Undeliverable != "" {
				t.Errorf("line %d is right, and gives %v %+v: %s", line, rules, out.people, scan.Text())
			}
			continue
		}
		want := testRecords[i]
		if !slices.Equal(rules, want.rules) || want.nobody != (len(out.people) == 0) {
			t.Errorf("line %d (%s): %v, want %v; %d people: %s", line, want.why, rules, want.rules, len(out.people), scan.Text())
		} else if want.holds != nil && !want.holds(out.people[0]) {
			t.Errorf("line %d (%s): %+v", line, want.why, out.people[0])
		}
	}
	if people != 324 {
		t.Errorf("%d people of 364 rows", people)
	}
}

func TestTheTestRecordsAsOneFileKeepTheirOrderAndLoseNoRow(t *testing.T) {
	var people []Person
	sum, err := ReadCohort(shared(t, "patients/caas_cohort_testrecords.csv"), Options{Today: today, MaxBadShare: 1},
		func(p Person) error { people = append(people, p); return nil }, nil)
	if err != nil || sum.Rows != 364 || sum.Accepted+sum.Rejected != 364 || sum.Accepted != len(people) {
		t.Fatal(sum, err)
	}
	last := map[string]Person{}
	for _, p := range people {
		if was, again := last[p.NHSNumber]; again != p.Instead {
			t.Errorf("line %d does not say that it stands for line %d", p.Line, was.Line)
		}
		last[p.NHSNumber] = p
	}
	if p := last["9997311361"]; !p.Dead { // added, then amended with a death
		t.Errorf("%+v", p)
	}
	if p := last["9999111165"]; p.Left == "" { // amended with a removal, and after that only in a row that is rejected
		t.Errorf("%+v", p)
	}
	out, err := ReadCohort(shared(t, "patients/caas_template.csv"), Options{Today: today}, func(p Person) error { last["template"] = p; return nil }, nil)
	if p := last["template"]; err != nil || out.Rows != 1 || !strings.HasPrefix(p.Given, "Herb Bernard555") || p.AddressOn.String() != "2003-11-19" {
		t.Errorf("%+v %v %+v", out, err, p)
	}
}

const screeningHeader = "record_type,change_time_stamp,serial_change_number,nhs_number,superseded_by_nhs_number,primary_care_provider,name_prefix,given_name,other_given_name,family_name,date_of_birth,gender," +
	"address_line_1,address_line_2,address_line_3,address_line_4,address_line_5,postcode,address_effective_from_date,reason_for_removal,reason_for_removal_effective_from_date,date_of_death,death_status,preferred_language,invalid_flag\n"

// screened is a right row of the screening layout with some columns set.
func screened(set ...string) string {
	names := strings.Split(strings.TrimSpace(screeningHeader), ",")
	cells := strings.Split("ADD,,1,9990000018,,F84003,Ms,Ann,Mary,Lee,19720131,2,Flat 3,12 High Street,,London,,E1 6AN,20200101,,,,,en,False", ",")
	for i := 0; i < len(set); i += 2 {
		cells[slices.Index(names, set[i])] = set[i+1]
	}
	return strings.Join(cells, ",") + "\n"
}

func TestARowOfTheScreeningLayoutSaysAllThatIsKnownOfAPerson(t *testing.T) {
	out := read(t, screeningHeader+screened())
	p := out.people[0]
	if len(out.findings) > 0 || p.Given != "Ann Mary" || p.Family != "Lee" || p.Title != "Ms" || p.Postcode != "E1 6AN" || p.AddressOn.String() != "2020-01-01" ||
		p.Language != "en" || p.Unsaid != UnsaidFormat|UnsaidSensitive|UnsaidDeath {
		t.Fatalf("%+v %+v", p, out.findings)
	}
	if p := read(t, screeningHeader+screened("record_type", "AMENDED")).people[0]; p.Unsaid != UnsaidFormat|UnsaidSensitive {
		t.Errorf("an amendment says that somebody is alive: %+v", p)
	}
	for reason, want := range map[string]string{"EMB": "left the country", "SCT": "moved to Scotland", "NIT": "moved to Northern Ireland", "ORR": OtherReason,
		"AFN": "joined the armed forces", "CGA": "gone away", "XYZ": OtherReason} {
		p := read(t, screeningHeader+screened("record_type", "AMENDED", "primary_care_provider", "", "reason_for_removal", reason, "reason_for_removal_effective_from_date", "20261101")).people[0]
		if p.Left != want || p.LeftOn.String() != "2026-11-01" || p.Unsaid&UnsaidPractice == 0 || p.Dead {
			t.Errorf("%s: %+v", reason, p)
		}
	}
	for _, row := range []string{screened("reason_for_removal", "DEA"), screened("death_status", "2"), screened("date_of_death", "2026"), screened("date_of_death", "20261101")} {
		if p := read(t, screeningHeader+row).people[0]; !p.Dead || p.Left != "" || p.DiedOn.IsZero() != (p.Unsaid&UnsaidDayOfDeath != 0) {
			t.Errorf("%s: %+v", row, p)
		}
	}
	if p := read(t, screeningHeader+screened("postcode", "ZZZSECUR")).people[0]; !p.Sensitive || p.Unsaid&UnsaidSensitive != 0 || p.Address != [5]string{} || p.Postcode != "" {
		t.Errorf("%+v", p)
	}
}

func TestLaterNewsOfANumberTakesThePlaceOfEarlierRows(t *testing.T) {
	amended := func(set ...string) string { return screened(append([]string{"record_type", "AMENDED"}, set...)...) }
	out := read(t, screeningHeader+screened()+amended("family_name", "May")+amended("family_name", "Lee"))
	if len(out.findings) > 0 || len(out.people) != 3 || out.people[0].Instead || !out.people[2].Instead || out.people[2].Family != "Lee" {
		t.Fatalf("%+v %+v", out.findings, out.people)
	}
	out = read(t, screeningHeader+amended()+amended()+screened("record_type", "DEL"))
	if !slices.Equal(out.rules(), []Rule{DuplicateInFile}) || len(out.people) != 2 || out.people[1].Left != TakenOff {
		t.Fatalf("%+v %+v", out.findings, out.people)
	}
	out = read(t, screeningHeader+screened()+screened("family_name", "May"))
	if !slices.Equal(out.rules(), []Rule{ConflictInFile, ConflictInFile}) {
		t.Fatalf("two rows that both add are a conflict: %+v", out.findings)
	}
}

func TestTwoNumbersNeverReplaceEachOther(t *testing.T) {
	by := func(old, new string) string {
		return screened("record_type", "AMENDED", "nhs_number", old, "superseded_by_nhs_number", new)
	}
	out := read(t, screeningHeader+by("9990000018", "9990000026")+by("9990000026", "9990000034")+by("9990000034", "9990000018"))
	if len(out.people) != 2 || out.people[1].SupersededBy != "9990000034" || out.findings[2].Rule != SupersededWrong || out.findings[2].Line != 4 {
		t.Fatalf("%+v %+v", out.findings, out.people)
	}
	if out = read(t, screeningHeader+by("9990000018", "9990000019")); len(out.people) > 0 || !slices.Equal(out.rules(), []Rule{SupersededWrong}) {
		t.Fatalf("%+v", out.findings)
	}
}

func TestTheScreeningLayoutIsReadPackedInAnyOrderAndUnderBothSetsOfHeadings(t *testing.T) {
	long := strings.NewReplacer("record_type", "Record Type", "nhs_number", "NHS Number", "superseded_by_nhs_number", "Superseded by NHS number", "name_prefix", "Name Prefix",
		"address_effective_from_date", "Usual Address Business Effective From Date", "invalid_flag", "Invalid Flag").Replace(screeningHeader)
	backwards := func(line string) string {
		cells := strings.Split(strings.TrimSpace(line), ",")
		slices.Reverse(cells)
		return `"` + strings.Join(cells, `","`) + `"` + "\r\n"
	}
	want := read(t, screeningHeader+screened()).people[0]
	for name, file := range map[string]string{
		"gzip": packed(screeningHeader + screened()), "zip": string(zipped(screeningHeader + screened())), "mark and long headings": "\ufeff" + long + screened() + "\n\n,,,\n",
		"backwards, quoted, CRLF": backwards(screeningHeader) + backwards(screened()),
	} {
		out := read(t, file)
		if out.err != nil || len(out.findings) > 0 || len(out.people) != 1 || out.people[0] != want {
			t.Errorf("%s: %v %+v %+v", name, out.err, out.findings, out.people)
		}
	}
}
