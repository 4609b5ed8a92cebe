package intake

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"duenotice/campaigns/fault"
)

const header = "nhs_number,title,given_names,family_name,date_of_birth,date_of_death,address_line_1,address_line_2,address_line_3,address_line_4,address_line_5,postcode,practice_code,preferred_language,accessible_format,sensitive\n"

const goodRow = "9990000018,Ms,Ann,Lee,1972-01-31,,Flat 3,12 High Street,,London,,E1 6AN,F84003,,,no\n"

type outcome struct {
	sum      Summary
	people   []Person
	findings []Finding
	err      error
}

func (o outcome) rules() []Rule {
	var rules []Rule
	for _, f := range o.findings {
		rules = append(rules, f.Rule)
	}
	return rules
}

func read(t *testing.T, file string, opts ...func(*Options)) outcome {
	t.Helper()
	o := Options{Today: today}
	for _, f := range opts {
		f(&o)
	}
	var out outcome
	out.sum, out.err = ReadCohort(strings.NewReader(file), o,
		func(p Person) error { out.people = append(out.people, p); return nil },
		func(f Finding) error { out.findings = append(out.findings, f); return nil })
	if out.sum.Rows != out.sum.Accepted+out.sum.Rejected || out.sum.Accepted != len(out.people) {
		t.Fatalf("the counts do not balance: %+v, %d people", out.sum, len(out.people))
	}
	return out
}

// with returns the good row with one column set.
func with(column, value string) string {
	cells := strings.Split(strings.TrimSpace(goodRow), ",")
	cells[slices.Index(TemplateColumns, column)] = value
	return strings.Join(cells, ",") + "\n"
}

func TestTheTemplateIsItselfAReadableCohort(t *testing.T) {
	out := read(t, string(Template()))
	if out.err != nil || len(out.findings) > 0 || len(out.people) != 1 {
		t.Fatalf("%v %v %v", out.err, out.findings, out.people)
	}
	if p := out.people[0]; p.Given != "Siân" || p.Family != "O’Neill-Evans" || p.Language != "cy" || p.Format != "large_print" || p.BornOn.String() != "1972-01-31" {
		t.Fatalf("%+v", p)
	}
}

func TestARowIsReadWhateverTheLineEndsMarksAndQuotes(t *testing.T) {
	quoted := `"` + strings.ReplaceAll(strings.TrimSpace(goodRow), ",", `","`) + `"` + "\n"
	for name, file := range map[string]string{
		"plain":          header + goodRow,
		"CRLF":           strings.ReplaceAll(header+goodRow, "\n", "\r\n"),
		"mark":           "\ufeff" + header + goodRow,
		"quotes":         header + quoted,
		"blank lines":    header + "\n" + goodRow + "\n\r\n,,,,,,,,,,,,,,,\n",
		"no last end":    header + strings.TrimSpace(goodRow),
		"headings":       strings.ReplaceAll(strings.ToUpper(header), "_", " ") + goodRow,
		"gzip":           packed(header + goodRow),
		"spaced number":  header + with("nhs_number", "999 000 0018"),
		"compact date":   header + with("date_of_birth", "19720131"),
		"British date":   header + with("date_of_birth", "31/01/1972"),
		"loose postcode": header + with("postcode", "e16an"),
		"other order":    "practice_code,postcode,sensitive,address_line_1,address_line_2,address_line_4,date_of_birth,family_name,given_names,title,nhs_number\nF84003,E1 6AN,,Flat 3,12 High Street,London,1972-01-31,Lee,Ann,Ms,9990000018\n",
	} {
		t.Run(name, func(t *testing.T) {
			out := read(t, file)
			if out.err != nil || len(out.findings) > 0 || len(out.people) != 1 {
				t.Fatalf("%v %v", out.err, out.findings)
			}
			p := out.people[0]
			p.Line, p.Unsaid = 0, 0
			want := Person{NHSNumber: "9990000018", Title: "Ms", Given: "Ann", Family: "Lee", BornOn: p.BornOn,
				Address: [5]string{"Flat 3", "12 High Street", "", "London", ""}, Postcode: "E1 6AN", Practice: "F84003"}
			if p != want || p.BornOn.String() != "1972-01-31" {
				t.Fatalf("%+v", p)
			}
		})
	}
}

func packed(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func TestEveryWrongIsNamedByItsRule(t *testing.T) {
	for _, c := range []struct {
		row      string
		rule     Rule
		severity Severity
	}{
		{with("nhs_number", ""), NumberMissing, Reject},
		{with("nhs_number", "999000001"), NumberShape, Reject},
		{with("nhs_number", "99900000l8"), NumberShape, Reject},
		{with("nhs_number", "9990000019"), NumberCheckDigit, Reject},
		{with("nhs_number", "0000000000"), NumberSentinel, Reject},
		{with("nhs_number", "9.99E+09"), NumberExcel, Reject},
		{with("nhs_number", "5000000013"), NumberMadeUp, Reject},
		{with("date_of_birth", "1972-02-30"), BirthImpossible, Reject},
		{with("date_of_birth", "1900-01-01"), BirthImpossible, Reject},
		{with("date_of_birth", "2027-01-01"), DateFuture, Reject},
		{with("date_of_birth", "1972"), DatePartial, Review},
		{with("date_of_birth", "197201"), DatePartial, Review},
		{with("date_of_birth", ""), BirthMissing, Review},
		{with("date_of_birth", "Lee"), FieldsSwapped, Reject},
		{with("date_of_death", "1971-01-01"), DiedBeforeBorn, Reject},
		{with("date_of_death", "soon"), DateImpossible, Reject},
		{with("family_name", "1972-01-31"), FieldsSwapped, Reject},
		{with("family_name", "O'NÃ©ill"), NameMojibake, Review},
		{with("given_names", "XXXX"), NameStandIn, Review},
		{with("given_names", "李"), NameScript, Review},
		{with("family_name", "Le\x00e"), ControlCharacter, Reject},
		{with("family_name", "L\xe9e"), NotUTF8, Reject},
		{with("family_name", strings.Repeat("a", 301)), FieldTooLong, Reject},
		{with("family_name", "Lee,Smith"), WrongCellCount, Reject},
		{with("family_name", `"Lee`), BrokenQuotes, Reject},
		{with("address_line_2", strings.Repeat("long ", 13)), AddressTooLong, Review},
		{with("postcode", "E1 6A"), PostcodeShape, Review},
		{with("postcode", "ZZ99 3VZ"), PostcodeMarker, Note},
		{with("postcode", ""), PostcodeMissing, Note},
		{with("practice_code", ""), PracticeUnknown, Reject},
		{with("practice_code", "F84004"), PracticeUnknown, Reject},
		{with("sensitive", "perhaps"), FlagUnknown, Reject},
		{with("accessible_format", "smoke signals"), FormatUnknown, Review},
		{with("preferred_language", "elvish"), LanguageUnknown, Note},
	} {
		out := read(t, header+"9990000026,,Bea,May,1980-05-05,,1 Low Road,,,,,E1 6AN,F84003,,,\n"+c.row, func(o *Options) {
			o.Practice = func(code string) bool { return code == "F84003" }
		})
		if len(out.findings) != 1 || out.findings[0].Rule != c.rule || out.findings[0].Severity != c.severity || out.findings[0].Line != 3 {
			t.Errorf("%q: want one %s (%s), got %+v", c.row, c.rule, c.severity, out.findings)
		}
		if rejected := len(out.people) == 1; rejected != (c.severity == Reject) {
			t.Errorf("%q: rejected %v", c.row, rejected)
		}
	}
}

func TestAFindingNeverShowsAWholeValue(t *testing.T) {
	for _, row := range []string{
		with("nhs_number", "9434765919"), with("nhs_number", "943 476 5918 "), with("family_name", "Zebrowsk\x07"),
		with("date_of_birth", "1955-13-13"), with("practice_code", "E16AN"), with("practice_code", "Zebrowsky1"), with("accessible_format", "Zebrowsky"),
	} {
		for _, f := range read(t, header+row).findings {
			for _, secret := range []string{"94347", "ebrow", "955", "16AN"} {
				if strings.Contains(f.Shown+f.Advice+f.Column, secret) {
					t.Errorf("%q is shown: %+v", secret, f)
				}
			}
		}
	}
}

func TestASecondRowOfOnePersonIsLeftOutAndAConflictIsToldOfBoth(t *testing.T) {
	out := read(t, header+goodRow+goodRow)
	if !slices.Equal(out.rules(), []Rule{DuplicateInFile}) || out.sum.Accepted != 1 {
		t.Fatalf("%+v", out)
	}
	out = read(t, header+goodRow+with("family_name", "Smith"))
	if !slices.Equal(out.rules(), []Rule{ConflictInFile, ConflictInFile}) || out.findings[0].Line != 3 || out.findings[1].Line != 2 || out.sum.Accepted != 1 {
		t.Fatalf("%+v", out)
	}
	out = read(t, header+goodRow+with("nhs_number", "9990000026"))
	if len(out.findings) != 0 || out.sum.Accepted != 2 {
		t.Fatalf("two people of one household are no duplicate: %+v", out)
	}
}

func TestASensitivePersonKeepsNoAddress(t *testing.T) {
	for _, row := range []string{with("sensitive", "yes"), with("postcode", "ZZZSECUR")} {
		out := read(t, header+row)
		if p := out.people[0]; !p.Sensitive || p.Address != [5]string{} || p.Postcode != "" || len(out.findings) > 0 {
			t.Errorf("%+v %+v", p, out.findings)
		}
	}
}

func TestADeathWithoutADayIsADeath(t *testing.T) {
	p := read(t, header+with("date_of_death", "2024")).people[0]
	if !p.Dead || !p.DiedOn.IsZero() {
		t.Errorf("%+v", p)
	}
}

func TestOneBrokenQuoteCostsOneRow(t *testing.T) {
	file := header + with("family_name", `"Lee`)
	for _, n := range []string{"9990000026", "9990000034", "9990000042"} {
		file += with("nhs_number", n)
	}
	out := read(t, file)
	if out.sum.Rows != 4 || out.sum.Rejected != 1 || out.findings[0].Rule != BrokenQuotes || out.findings[0].Line != 2 {
		t.Fatalf("%+v %+v", out.sum, out.findings)
	}
}

func TestAFileThatIsNotACohortIsRefusedWithASentence(t *testing.T) {
	big := strings.Repeat(goodRow, 400)
	for name, c := range map[string]struct{ file, says string }{
		"empty":          {"", "empty"},
		"blank":          {"\n\n , \n", "empty"},
		"header only":    {header, "no rows"},
		"missing":        {"nhs_number,family_name,practice_code\n1,2,3\n", "no column given_names"},
		"other table":    {"a,b,c\n1,2,3\n", "no column nhs_number"},
		"semicolons":     {strings.ReplaceAll(header, ",", ";"), "not separated by commas"},
		"twice":          {strings.Replace(header, "title", "nhs_number", 1) + goodRow, "twice"},
		"organisations":  {`"A81001","THE SURGERY","Y63","QHM","","","","","","TS18 1HU","19740401","","A","B","16C","20200401","","","","","","0","","16C","","4",""` + "\n", "practices"},
		"list sizes":     {"PUBLICATION,EXTRACT_DATE,TYPE,CCG_CODE,ONS_CCG_CODE,CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS\n", "list sizes"},
		"PDF":            {"%PDF-1.4\n", "PDF"},
		"spreadsheet":    {"PK\x03\x04" + strings.Repeat("\x00", 22) + "\x13\x00\x00\x00[Content_Types].xml", "spreadsheet"},
		"UTF-16":         {"\xff\xfen\x00h\x00s\x00", "UTF-16"},
		"web page":       {"<!DOCTYPE html>", "web page"},
		"cut off":        {packed(header + big)[:60], "cut off"},
		"ends in a row":  {header + goodRow + goodRow[:30], "in the middle of line 3"},
		"ends in quotes": {header + goodRow + `9990000018,"Ms`, "in the middle of line 3"},
		"packed twice":   {packed(packed(header + goodRow)), "packed inside"},
		"all bad":        {header + with("nhs_number", "1"), "Every one of the file's rows is wrong (1), so none was taken. Most often: The NHS number is not ten digits. Check"},
		"too many bad":   {header + strings.Repeat(with("nhs_number", "1"), 10) + goodRow + big, "more than the 25%"},
	} {
		out := read(t, c.file)
		if !fault.Is(out.err, fault.Invalid) || !strings.Contains(fault.Of(out.err).Sentence, c.says) {
			t.Errorf("%s: %v", name, out.err)
		}
	}
}
