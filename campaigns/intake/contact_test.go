package intake

import (
	"bufio"
	"slices"
	"strings"
	"testing"
)

// contactFault is one fault of the screening programmes' own test records that
// lies in a cell this product does not keep.
type contactFault struct {
	why    string
	lines  []int
	rule   Rule
	column string
}

const (
	home   = "home_telephone_number"
	mobile = "mobile_telephone_number"
	email  = "email_address"
)

var (
	limits = []int{129, 130, 134, 135, 140, 141, 142, 143} // as long as the screening programmes' own tables allow
	moved  = []int{28, 30, 83, 87, 117, 118, 147, 148, 149, 150, 151, 152, 154, 210, 211, 213, 214, 216, 217, 224, 238}
)

// contactFaults name every one; all other cells of these columns are right.
var contactFaults = []contactFault{
	{"longer than 32 characters", []int{107}, TelephoneShape, home},
	{"longer than 32 characters", []int{109}, TelephoneShape, mobile},
	{"31 digits", limits, TelephoneShape, home},
	{"31 digits", limits, TelephoneShape, mobile},
	{"a digit too many", moved, TelephoneShape, home},
	{"a digit too few", []int{2, 4, 5, 119, 120, 121, 125, 126, 127, 245, 246, 351, 352, 353, 354, 355, 357, 359, 363}, TelephoneShape, home},
	{"a digit too few", []int{2, 4, 5, 127, 351, 352, 353, 354, 355, 357, 359, 363}, TelephoneShape, mobile},
	{"signs that no number holds", []int{112, 315, 316, 317, 339, 340, 341}, TelephoneShape, home},
	{"signs that no number holds", []int{112, 315, 316, 317, 339, 340, 341}, TelephoneShape, mobile},
	{"longer than 90 characters", []int{57, 111}, EmailShape, email},
	{"several run together", limits, EmailShape, email},
	{"signs that no address holds", []int{322, 323, 324, 325, 326, 346, 347, 348, 349, 350}, EmailShape, email},
	{"only a year or month", []int{6, 7, 13, 14, 16, 17, 22, 23, 231, 232, 241, 242}, DatePartial, "home_telephone_effective_from_date"},
	{"no date", []int{113}, DateImpossible, "home_telephone_effective_from_date"},
	{"no date", []int{113}, DateImpossible, "mobile_telephone_effective_from_date"},
	{"no date", []int{113}, DateImpossible, "email_address_effective_from_date"},
	{"no date", []int{113}, DateImpossible, "primary_care_effective_from_date"},
	{"no date", []int{113}, DateImpossible, "current_posting_effective_from_date"},
}

func TestEachFaultInATelephoneAnEmailAddressOrAGenderOfTheTestRecordsIsNamedAndNoOther(t *testing.T) {
	scan := bufio.NewScanner(shared(t, "patients/caas_cohort_testrecords.csv"))
	scan.Buffer(nil, 1<<20)
	scan.Scan()
	head := scan.Text() + "\n"
	for line := 2; scan.Scan(); line++ {
		var got, want []string
		for _, f := range read(t, head+scan.Text()+"\n").findings {
			if f.Column != "gender" && !slices.ContainsFunc(contactFaults, func(c contactFault) bool { return c.column == f.Column }) {
				continue
			}
			got = append(got, f.Column+" "+string(f.Rule))
			if f.Severity != Note || strings.Contains(f.Shown, "@") || len(f.Shown) > 24 {
				t.Errorf("line %d: %+v", line, f)
			}
		}
		for _, c := range contactFaults {
			if slices.Contains(c.lines, line) {
				want = append(want, c.column+" "+string(c.rule))
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("line %d: %v, want %v: %s", line, got, want, scan.Text())
		}
	}
}

func TestATelephoneNumberIsToldByWhetherItCanBeRung(t *testing.T) {
	for _, right := range []string{"020 7946 0000", "02079460000", "2079460000", "(020) 7946-0000", "0161 496 0000", "01204 12345", "120412345", "07700 900123",
		"7700900123", "+44 7700 900123", "+44 (0)161 496 0000", "0044 7700 900123", "447700900123", "0800 1111", "0845 46 47", "0500 123456", "03001234567",
		"+353 1 234 5678", "+1 212 555 0100", "0033123456789", "020 7946 0000 x12", "020 7946 0000 ext. 1234", "056 1234 5678", "09999999999"} {
		if !isTelephone(right) {
			t.Errorf("%s can be rung", right)
		}
	}
	for _, wrong := range []string{"0", "12", "9460000", "016149600000", "161496000", "778888888", "07700 90012", "04614960000", "0611111111", "+4416149600000", "+441614960",
		"7.89E+09", "7700900123.0", "07700900123?", "07700900123€", "O7700900123", "ask at the desk", "a@example.com", "020 7946 0000 x", "020 7946 0000 ext two",
		"+0123456789", "+1234567", "+1234567890123456", strings.Repeat("0161496", 20), "+", "++447700900123"} {
		if isTelephone(wrong) {
			t.Errorf("%s cannot be rung", wrong)
		}
	}
}

func TestAnEmailAddressIsToldByItsShape(t *testing.T) {
	for _, right := range []string{"a@b.uk", "sian.o'neill+letters@mail.example.co.uk", "1@2.example", "josé@correo.example", "x_y-z@a-b.example", strings.Repeat("a", 64) + "@example.com"} {
		if !isEmail(right) {
			t.Errorf("%s can be written to", right)
		}
	}
	for _, wrong := range []string{"@", "a", "a@", "@b.uk", "a@b", "a@b.", "a@.uk", "a@b..uk", "a@b@c.uk", "a b@c.uk", "a@b c.uk", ".a@b.uk", "a.@b.uk", "a..b@c.uk", "a@-b.uk", "a@b-.uk",
		"a@b.u", "a@1.2.3.4", "a*b@c.uk", "a`b@c.uk", "a|b@c.uk", "a~b@c.uk", `a\b@c.uk`, "a£b@c.uk", "a,b@c.uk", "a@b.uk;c@d.uk", strings.Repeat("a", 65) + "@example.com",
		"a@" + strings.Repeat("b", 64) + ".uk", "a@" + strings.Repeat("b.", 130) + "uk", "07700900123"} {
		if isEmail(wrong) {
			t.Errorf("%s cannot be written to", wrong)
		}
	}
}

func TestWhatIsWrongWithATelephoneAnEmailAddressOrAGenderKeepsNobodyFromBeingWrittenTo(t *testing.T) {
	head := strings.Replace(screeningHeader, "invalid_flag", "invalid_flag,home_telephone_number,mobile_telephone_number,email_address", 1)
	with := func(gender, contacts string) string {
		return head + strings.TrimSuffix(screened("gender", gender), "\n") + "," + contacts + "\n"
	}
	plain := read(t, screeningHeader+screened()).people[0]
	out := read(t, with("male", "0161,07700 9OO123,nobody at home"))
	if !slices.Equal(out.rules(), []Rule{GenderUnknown, TelephoneShape, TelephoneShape, EmailShape}) || len(out.people) != 1 || out.people[0] != plain {
		t.Fatalf("%+v %+v", out.findings, out.people)
	}
	for _, gender := range []string{"", "0", "1", "2", "9", "X", "x", "NULL"} {
		if out := read(t, with(gender, "01614960000,,N/A")); len(out.findings) > 0 || out.people[0] != plain {
			t.Errorf("%q: %+v", gender, out.findings)
		}
	}
	out = read(t, traceHeader+traced("GENDER", "5", "TELEPHONE_NUMBER", "1", "MOBILE_NUMBER", "2", "EMAIL_ADDRESS", "3"))
	if !slices.Equal(out.rules(), []Rule{GenderUnknown, TelephoneShape, TelephoneShape, EmailShape}) || len(out.people) != 1 {
		t.Fatalf("%+v", out.findings)
	}
	for _, row := range []string{traced(sensitivity, "S", "TELEPHONE_NUMBER", "1"), traced("ERROR/SUCCESS_CODE", "92", "EMAIL_ADDRESS", "3")} {
		if out := read(t, traceHeader+row); len(out.findings) > 0 || !out.people[0].Sensitive {
			t.Errorf("nothing is said of the contacts of a sensitive person: %+v", out.findings)
		}
	}
}
