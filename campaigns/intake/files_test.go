package intake

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"duenotice/campaigns/fault"
)

// shared opens a real file of the field; it skips where the folder is absent.
func shared(t *testing.T, name string) *os.File {
	t.Helper()
	dir := os.Getenv("DUENOTICE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	f, err := os.Open(filepath.Join(dir, "data", name))
	if err != nil {
		t.Skipf("the real files are not here (set DUENOTICE_SHARED): %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func open(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestTheRealOrganisationFilesHoldThePracticesTheyAreKnownToHold(t *testing.T) {
	for name, want := range map[string][3]int{"ods/epraccur_2025-08.csv": {16685, 6220, 42}, "ods/epraccur_2023-02.csv": {15663, 6445, 42}} {
		special := map[string]int{}
		got, err := ReadPractices(shared(t, name), Options{}, func(o Organisation) error {
			if o.EnglishGP() {
				special[o.Special]++
			}
			return nil
		}, nil)
		if err != nil || got.Rows != want[0] || got.Rejected != 0 || got.Practices != want[1] || got.ICBs != want[2] || got.Dialect != "A/4" {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		if special[SpecialAllocation] < 3 || special[WalkIn] < 2 {
			t.Errorf("%s: %v", name, special)
		}
		t.Logf("%s: %+v, special %v", name, got, special)
	}
}

func TestOnlyActivePracticesOfEnglandAreWrittenFor(t *testing.T) {
	byCode := map[string]Organisation{}
	got, err := ReadPractices(open(t, "testdata/epraccur_sample.csv"), Options{}, func(o Organisation) error { byCode[o.Code] = o; return nil }, nil)
	if err != nil || got.Rejected != 0 || got.Rows != len(byCode) {
		t.Fatal(got, err)
	}
	for code, english := range map[string]bool{
		"A81001": true, "A81003": false /* closed */, "A91020": false /* Defence */, "W00002": false /* Wales */, "ALD210": false /* Alderney */, "Y08833": false, /* no GP */
	} {
		if o, ok := byCode[code]; !ok || o.EnglishGP() != english {
			t.Errorf("%s: %+v", code, o)
		}
	}
	for code, special := range map[string]string{"F84025": "", "F84632": WalkIn, "Y06592": SpecialAllocation, "A81001": ""} {
		if byCode[code].Special != special {
			t.Errorf("%s is %q", code, byCode[code].Special)
		}
	}
	a := byCode["A81001"]
	if a.ICB != "QHM" || a.Commissioner != "16C" || a.Postcode != "TS18 1HU" || a.Address[0] != "THE HEALTH CENTRE" || a.OpenedOn.String() != "1974-04-01" || byCode["A81003"].ClosedOn.String() != "2017-10-31" {
		t.Errorf("%+v", a)
	}
}

func TestTheDialectOfAprilTwentyTwentySixIsUnderstood(t *testing.T) {
	row := `"A81001","THE DENSHAM SURGERY","Y63","QHM","THE HEALTH CENTRE","LAWSON STREET","","STOCKTON ON TEES","CLEVELAND","TS18 1HU","19740401","","ACTIVE","B","16C","20200401","","01642 672351","","","","0","","16C","","RO76",""` + "\n"
	got, err := ReadPractices(strings.NewReader(row), Options{}, func(Organisation) error { return nil }, nil)
	if err != nil || got.Practices != 1 || got.Dialect != "ACTIVE/RO76" {
		t.Fatal(got, err)
	}
}

func TestListSizesAreReadInBothGenerationsOfColumnNames(t *testing.T) {
	old, err := os.ReadFile("testdata/list_sizes_2021.csv")
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.NewReplacer("ONS_CCG_CODE", "ONS_SUB_ICB_LOCATION_CODE", "CCG_CODE", "SUB_ICB_LOCATION_CODE", "01JAN2021", "2026-04-01").Replace(string(old))
	for day, file := range map[string]string{"2021-01-01": string(old), "2026-04-01": newer} {
		var got []ListSize
		sum, err := ReadListSizes(strings.NewReader(file), Options{}, func(l ListSize) error { got = append(got, l); return nil }, nil)
		if err != nil || sum.Accepted != 10 || got[0] != (ListSize{2, "A84002", "00L", "NE65 7UW", got[0].On, 5903}) || got[0].On.String() != day {
			t.Errorf("%s: %+v %v %v", day, sum, err, got)
		}
	}
}

func TestTheRealTablesAreReadWhole(t *testing.T) {
	patients := 0
	sum, err := ReadListSizes(shared(t, "ods/gp-reg-pat-prac-all_2021-01.csv"), Options{}, func(l ListSize) error { patients += l.Patients; return nil }, nil)
	if err != nil || sum.Accepted != 6658 || patients != 60606345 {
		t.Error(sum, err, patients)
	}
	var icbs []ICB
	sum, err = ReadICBs(shared(t, "ods/icb_codes_2022_and_2026.csv"), Options{}, func(b ICB) error { icbs = append(icbs, b); return nil }, nil)
	if err != nil || sum.Rows != 48 || sum.Rejected != 1 {
		t.Error(sum, err)
	}
	ended := 0
	for _, b := range icbs {
		if !b.To.IsZero() {
			ended++
			if len(b.Successors) == 0 && b.Code != "QU9" { // its successor has no code yet
				t.Errorf("%+v", b)
			}
		}
	}
	if ended != 12 {
		t.Errorf("%d ended", ended)
	}
	openRegions := 0
	if _, err = ReadRegions(shared(t, "ods/region_codes.csv"), Options{}, func(g Region) error {
		if g.Open {
			openRegions++
		}
		return nil
	}, nil); err != nil || openRegions != 7 {
		t.Error(err, openRegions)
	}
	if sum, err = ReadSHAs(shared(t, "ods/sha_codes.csv"), Options{}, func(SHA) error { return nil }, nil); err != nil || sum.Accepted != 10 {
		t.Error(sum, err)
	}
}

func TestAFileIsKnownByItsContent(t *testing.T) {
	for name, want := range map[string]Kind{
		"ods/epraccur_2025-08.csv": KindPractices, "ods/epraccur_2023-02.csv": KindPractices,
		"ods/gp-reg-pat-prac-all_2021-01.csv": KindListSizes, "ods/gp-reg-pat-prac-map_2022-01.csv": KindListMap,
		"ods/icb_codes_2022_and_2026.csv": KindICBs, "ods/region_codes.csv": KindRegions, "ods/sha_codes.csv": KindSHAs,
		"pomi/pomi_2020-08_long_reconstructed.csv.gz": KindGzip, "pomi/pomi_2020-08_wide.csv": KindUptake,
		"patients/caas_cohort_testrecords.csv": KindScreening, "patients/caas_template.csv": KindScreening,
		"misc/streets_from_ods_2025-08.csv": KindText,
	} {
		head := make([]byte, 4096)
		n, _ := shared(t, name).Read(head)
		if got := Sniff(head[:n]); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := Sniff(Template()); got != KindCohort {
		t.Errorf("the template is %q", got)
	}
}

func TestPracticeOptOutsAreReadInAnyOrder(t *testing.T) {
	var got []Dissent
	var rules []Rule
	sum, err := ReadDissents(strings.NewReader("date,nhs_number,code\n2026-11-01,9990000018,93C3.\n01/11/2026,999 000 0026,XaXj6\n20261101,9990000034,416308001\n2026-11-01,9990000042,9ndo\n2026-11-21,9990000050,9Ndo\n,9990000069,9Ndo\n"),
		Options{Today: today}, func(d Dissent) error { got = append(got, d); return nil }, func(f Finding) error { rules = append(rules, f.Rule); return nil })
	if err != nil || sum.Accepted != 3 || got[0].Code != "93C3" || got[1].On.String() != "2026-11-01" || !slices.Equal(rules, []Rule{CodeUnknown, DateFuture, DateMissing}) {
		t.Fatal(sum, err, got, rules)
	}
}

func TestReturnedMailNeedsAReferenceADayAndAReason(t *testing.T) {
	var got []Returned
	var rules []Rule
	sum, err := ReadReturns(strings.NewReader("reason,reference,date\nR01,dn-4k7p-22,2026-11-01\nR11,DN-4K7P-23,2026-11-01\nR02,?,2026-11-01\nR03,DN-4K7P-24,2026\n"),
		Options{Today: today}, func(b Returned) error { got = append(got, b); return nil }, func(f Finding) error { rules = append(rules, f.Rule); return nil })
	if err != nil || sum.Accepted != 2 || got[0].Reference != "DN-4K7P-22" || !slices.Equal(rules, []Rule{ReasonUnknown, ReferenceShape, DatePartial}) {
		t.Fatal(sum, err, got, rules)
	}
}

func TestAnswersInBulkSayNoOrYes(t *testing.T) {
	var got []Answer
	var rules []Rule
	sum, err := ReadAnswers(strings.NewReader("nhs_number,answer,received,channel\n9990000018,No,2026-11-01,phone\n9990000026,yes,2026-11-01,\n9990000034,maybe,2026-11-01,\n9990000042,no,2026-11-01,pigeon\n"),
		Options{Today: today}, func(a Answer) error { got = append(got, a); return nil }, func(f Finding) error { rules = append(rules, f.Rule); return nil })
	if err != nil || sum.Accepted != 2 || !got[0].No || got[0].Channel != "phone" || got[1].No || got[1].Channel != "upload" || !slices.Equal(rules, []Rule{AnswerUnknown, ChannelUnknown}) {
		t.Fatal(sum, err, got, rules)
	}
}

func TestEveryReaderRefusesTheOthersFiles(t *testing.T) {
	none := Options{Today: today}
	files := map[Kind]string{
		KindCohort: string(Template()), KindDissents: "nhs_number,code,date\n", KindReturns: "reference,date,reason\n", KindAnswers: "nhs_number,answer,received\n",
		KindListSizes: "EXTRACT_DATE,CODE,POSTCODE,NUMBER_OF_PATIENTS\n", KindICBs: "icb_ods,name,region_ods,region_name,valid_from,valid_to,successor\n",
		KindRegions: "region_ods,name,status\n", KindSHAs: "sha_ods,name\n",
	}
	sample, _ := os.ReadFile("testdata/epraccur_sample.csv")
	files[KindPractices] = string(sample)
	readers := map[Kind]func(string) error{
		KindCohort: func(s string) error {
			_, err := ReadCohort(strings.NewReader(s), none, func(Person) error { return nil }, nil)
			return err
		},
		KindDissents: func(s string) error {
			_, err := ReadDissents(strings.NewReader(s), none, func(Dissent) error { return nil }, nil)
			return err
		},
		KindReturns: func(s string) error {
			_, err := ReadReturns(strings.NewReader(s), none, func(Returned) error { return nil }, nil)
			return err
		},
		KindAnswers: func(s string) error {
			_, err := ReadAnswers(strings.NewReader(s), none, func(Answer) error { return nil }, nil)
			return err
		},
		KindListSizes: func(s string) error {
			_, err := ReadListSizes(strings.NewReader(s), none, func(ListSize) error { return nil }, nil)
			return err
		},
		KindPractices: func(s string) error {
			_, err := ReadPractices(strings.NewReader(s), none, func(Organisation) error { return nil }, nil)
			return err
		},
		KindICBs: func(s string) error {
			_, err := ReadICBs(strings.NewReader(s), none, func(ICB) error { return nil }, nil)
			return err
		},
		KindRegions: func(s string) error {
			_, err := ReadRegions(strings.NewReader(s), none, func(Region) error { return nil }, nil)
			return err
		},
		KindSHAs: func(s string) error {
			_, err := ReadSHAs(strings.NewReader(s), none, func(SHA) error { return nil }, nil)
			return err
		},
	}
	for kind, file := range files {
		if got := Sniff([]byte(file)); got != kind {
			t.Errorf("%s is taken for %s", kind, got)
		}
		for reader, read := range readers {
			err := read(file)
			if reader != kind && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "another kind")) {
				t.Errorf("%s read as %s: %v", kind, reader, err)
			}
		}
	}
}

func TestEveryRuleSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	known := map[Rule]bool{}
	for _, m := range Rules {
		if known[m.Rule] || m.Sentence == "" || m.Advice == "" || !strings.HasSuffix(m.Sentence, ".") || m.Severity == "" {
			t.Errorf("%+v", m)
		}
		known[m.Rule] = true
	}
	src, err := os.ReadFile("rule.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range bytes.Split(src, []byte("\n")) {
		if _, name, ok := bytes.Cut(line, []byte(` Rule = "`)); ok {
			if r := Rule(bytes.TrimRight(name, `"`)); !known[r] {
				t.Errorf("the rule %s has no meaning", r)
			}
		}
	}
}
