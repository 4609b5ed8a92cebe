package intake

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var sensitivity = strings.ToUpper(misspelt)

var traceHeader = "UNIQUE REFERENCE,REQ_NHS_NUMBER,FAMILY_NAME,GIVEN_NAME,OTHER_GIVEN_NAME,GENDER,DATE_OF_BIRTH,DATE_OF_DEATH,ADDRESS_LINE1,ADDRESS_LINE2,ADDRESS_LINE3,ADDRESS_LINE4,ADDRESS_LINE5," +
	"POSTCODE,GP_PRACTICE_CODE,NHAIS_POSTING_ID,AS_AT_DATE,LOCAL_PATIENT_ID,INTERNAL_ID,TELEPHONE_NUMBER,MOBILE_NUMBER,EMAIL_ADDRESS," + sensitivity + ",MPS_ID,ERROR/SUCCESS_CODE,MATCHED_NHS_NO," +
	"MATCHED_ALGORITHM_INDICATOR,MATCHED_CONFIDENCE_PERCENTAGE\n"

func traced(set ...string) string {
	names := strings.Split(strings.TrimSpace(traceHeader), ",")
	cells := strings.Split("r1,9990000018,Lee,Ann,Mary,2,19720131,,Flat 3,12 High Street,,London,,E1 6AN,F84003,,20261101,,,,,,,,00,9990000018,1,100", ",")
	for i := 0; i < len(set); i += 2 {
		cells[slices.Index(names, set[i])] = set[i+1]
	}
	return strings.Join(cells, ",") + "\n"
}

func TestABulkTraceIsReadWithItsHeadingsWithoutThemAndUnderItsEnvelope(t *testing.T) {
	envelope := "MPTRES_20261101000000,SPINE_MPTPHASE4_TRACE,20261101120000,1,00\n"
	for name, file := range map[string]string{
		"headings": traceHeader + traced(), "bare": traced(), "envelope": envelope + traced(), "envelope and headings": envelope + traceHeader + traced(),
		"small letters": strings.ToLower(traceHeader) + traced(),
	} {
		out := read(t, file)
		if out.err != nil || len(out.people) != 1 || len(out.findings) > 0 {
			t.Errorf("%s: %v %+v", name, out.err, out.findings)
			continue
		}
		p := out.people[0]
		if p.Given != "Ann Mary" || p.Address[1] != "12 High Street" || p.Practice != "F84003" || p.Unsaid&UnsaidDeath == 0 || p.Unsaid&UnsaidLanguage == 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestEachAnswerOfATraceSaysWhatItIs(t *testing.T) {
	for _, c := range []struct {
		row   string
		rules []Rule
		holds func(Person) bool // nil: nobody
	}{
		{traced("ERROR/SUCCESS_CODE", "90", "MATCHED_NHS_NO", "9990000026"), []Rule{NumberSuperseded}, func(p Person) bool {
			return p.NHSNumber == "9990000018" && p.SupersededBy == "9990000026"
		}},
		{traced("ERROR/SUCCESS_CODE", "90", "MATCHED_NHS_NO", ""), []Rule{SupersededWrong}, nil},
		{traced("ERROR/SUCCESS_CODE", "92"), nil, func(p Person) bool {
			return p.Sensitive && p.Address == [5]string{} && p.Postcode == "" && p.Family == ""
		}},
		{traced("ERROR/SUCCESS_CODE", "97", "MATCHED_NHS_NO", ""), []Rule{TraceSeveral}, nil},
		{traced("ERROR/SUCCESS_CODE", "98", "MATCHED_NHS_NO", ""), []Rule{TraceNone}, func(p Person) bool {
			return p.NotTraced && p.Unsaid == unsaidAll && p.NHSNumber == "9990000018"
		}},
		{traced("ERROR/SUCCESS_CODE", "91"), []Rule{TraceFailed}, nil},
		{traced("MATCHED_NHS_NO", "9990000026"), []Rule{TraceOther}, func(p Person) bool { return p.NHSNumber == "9990000026" }},
		{traced("REQ_NHS_NUMBER", ""), nil, func(p Person) bool { return p.NHSNumber == "9990000018" }},
		{traced("DATE_OF_DEATH", "20261001"), nil, func(p Person) bool { return p.Dead }},
		{traced(sensitivity, "S"), nil, func(p Person) bool { return p.Sensitive && p.Address == [5]string{} }},
	} {
		out := read(t, traceHeader+traced("REQ_NHS_NUMBER", "9990000034", "MATCHED_NHS_NO", "9990000034")+c.row)
		if !slices.Equal(out.rules(), c.rules) || len(out.people) == 1 != (c.holds == nil) {
			t.Errorf("%s: %+v, %d people", c.row, out.findings, len(out.people))
		} else if c.holds != nil && !c.holds(out.people[1]) {
			t.Errorf("%s: %+v", c.row, out.people[1])
		}
	}
}

// patient is what of a patient of the demographics service a file of people carries.
type patient struct {
	ID   string
	Meta struct{ Security []struct{ Code string } }
	Name []struct {
		Family string
		Given  []string
	}
	BirthDate           string
	DeceasedDateTime    string
	GeneralPractitioner []struct{ Identifier struct{ Value string } }
	Address             []struct {
		Line       []string
		PostalCode string
		Use        string
	}
}

func TestARestrictedPatientOfTheDemographicsServiceNeverShowsAnAddressInWhateverLayout(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(shared(t, "patients/pds_fhir/Patient.json").Name()), "*.json"))
	if err != nil || len(files) != 8 {
		t.Fatal(files, err)
	}
	for _, name := range files { // as they come they are no table
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if out := read(t, string(b)); len(out.people) > 0 || len(out.findings) > 0 || !strings.Contains(out.err.Error(), "is JSON") {
			t.Errorf("%s: %v", name, out.err)
		}
	}
	restricted := 0
	for _, name := range files {
		var p patient
		b, err := os.ReadFile(name)
		if err != nil || json.Unmarshal(b, &p) != nil || p.BirthDate == "" || len(p.Meta.Security) == 0 {
			continue // not found
		}
		number, wrong := NHSNumber(p.ID)
		if wrong != "" {
			number = "9990000018"
		}
		hidden := p.Meta.Security[0].Code != "U"
		street, postcode := "1 Trevelyan Square", "LS1 6AE" // as it may have stood in a list of before
		if len(p.Address) > 0 && len(p.Address[0].Line) > 0 {
			street, postcode = p.Address[0].Line[0], p.Address[0].PostalCode
		}
		var family, given string
		if len(p.Name) > 0 {
			family, given = p.Name[0].Family, strings.Join(p.Name[0].Given, " ")
		}
		marker, code := postcode, "00"
		if hidden {
			marker, code = "ZZZSECUR", "92"
			restricted++
		}
		for layout, file := range map[string]string{
			"own": header + row(func(set func(string, string)) {
				set("nhs_number", number)
				set("given_names", given)
				set("family_name", family)
				set("date_of_birth", p.BirthDate)
				set("address_line_1", street)
				set("postcode", postcode)
				set("sensitive", p.Meta.Security[0].Code)
			}),
			"screening": screeningHeader + screened("nhs_number", number, "given_name", given, "family_name", family, "date_of_birth", p.BirthDate,
				"address_line_1", strings.ReplaceAll(street, ",", ""), "postcode", marker),
			"trace": traceHeader + traced("REQ_NHS_NUMBER", number, "MATCHED_NHS_NO", number, "GIVEN_NAME", given, "FAMILY_NAME", family, "DATE_OF_BIRTH", p.BirthDate,
				"ADDRESS_LINE1", strings.ReplaceAll(street, ",", ""), "POSTCODE", postcode, "ERROR/SUCCESS_CODE", code),
		} {
			out := read(t, file)
			if len(out.people) != 1 {
				t.Errorf("%s, %s: %+v", name, layout, out.findings)
				continue
			}
			got := out.people[0]
			if got.Sensitive != hidden || hidden && (got.Address != [5]string{} || got.Postcode != "" || got.Undeliverable != "") {
				t.Errorf("%s, %s: %+v", name, layout, got)
			}
			for _, f := range out.findings {
				if hidden && strings.Contains(f.Shown, "LS1") {
					t.Errorf("%s, %s: a finding shows %q", name, layout, f.Shown)
				}
			}
		}
	}
	if restricted == 0 {
		t.Error("none of the samples is restricted")
	}
	t.Logf("%d restricted", restricted)
}
