package intake

import (
	"bytes"
	"encoding/csv"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestAwkwardNamesAreKeptAsTheyAre(t *testing.T) {
	want := map[string]Rule{ // by the family name as written
		"FNU": NameStandIn, "Kumar": NameStandIn, "Priya": NameStandIn, "Amina": NameStandIn, "Unknown": NameMissing,
		"小龙": NameScript, "M├╝ller": NameMojibake,
	}
	rows := fixture(t, "testdata/awkward_names.csv")
	if len(rows) != 67 {
		t.Errorf("%d names", len(rows))
	}
	for _, r := range rows {
		given, family := r[0], r[1]
		out := read(t, header+with("nhs_number", "9990000026")+row(func(set func(string, string)) {
			set("given_names", given)
			set("family_name", family)
		}))
		rule, bad := want[family]
		if given == "SeÃ¡n" {
			rule, bad = NameMojibake, true
		}
		if !bad {
			if len(out.findings) > 0 {
				t.Errorf("%s %s (%s): %+v", given, family, r[2], out.findings)
			}
			p := out.people[1]
			if !norm.NFC.IsNormalString(p.Given+p.Family) || strings.ContainsAny(p.Given+p.Family, "\u00a0`") || strings.Contains(p.Given+p.Family, "  ") {
				t.Errorf("%q %q is not in one form", p.Given, p.Family)
			}
			if got := plainText(given); p.Given != got || p.Family != plainText(family) {
				t.Errorf("%q %q became %q %q", given, family, p.Given, p.Family)
			}
		} else if !slices.Contains(out.rules(), rule) {
			t.Errorf("%s %s: want %s, got %v", given, family, rule, out.rules())
		}
	}
	for in, want := range map[string]string{"O`Connor": "O'Connor", "O’Brien": "O’Brien", " Aisha\u00a0 Jo ": "Aisha Jo", "Jose\u0301": "José"} {
		if got := plainText(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestAwkwardAddressesAreNeverCutAndSayWhyTheyReachNobody(t *testing.T) {
	want := map[string]string{
		"all address lines blank, postcode present": NoAddress,
		"no postcode": NoPostcode,
		"prison; exclude from mail-out (HMP posting)":       "",
		"pseudo-postcode no fixed abode":                    NoFixedAbode,
		"NFA text in postcode (CaaS rule maps to ZZ99 3VZ)": NoFixedAbode,
		"ANK text (CaaS maps to ZZ99 3WZ)":                  AddressUnknown,
		"overseas":                                          NoPostcode,
	}
	rows := fixture(t, "testdata/awkward_addresses.csv")
	if len(rows) != 31 {
		t.Errorf("%d addresses", len(rows))
	}
	for _, r := range rows {
		out := read(t, header+row(func(set func(string, string)) {
			for i := range 5 {
				set("address_line_"+string(rune('1'+i)), r[i])
			}
			set("postcode", r[5])
		}))
		if len(out.people) != 1 {
			t.Errorf("%s: %+v", r[6], out.findings)
			continue
		}
		p := out.people[0]
		reason := want[r[6]]
		if strings.HasPrefix(r[6], "prison") {
			reason = InPrison
		}
		if p.Undeliverable != reason {
			t.Errorf("%s: %q, want %q", r[6], p.Undeliverable, reason)
		}
		if p.Sensitive {
			if r[5] != "ZZZSECUR" || p.Address != [5]string{} || p.Postcode != "" {
				t.Errorf("%s: %+v", r[6], p)
			}
			continue
		}
		if postcode, ok := postcodes[r[6]]; ok && p.Postcode != postcode {
			t.Errorf("%s: %q, want %q", r[6], p.Postcode, postcode)
		}
		for _, f := range out.findings {
			if f.Severity != Note && r[6] != "postcode in line 5, trailing commas" && f.Rule != AddressTooLong {
				t.Errorf("%s: %+v", r[6], f)
			}
		}
		for i := range 5 {
			if r[6] != "postcode in line 5, trailing commas" && len(p.Address[i]) < len(strings.TrimSpace(r[i])) {
				t.Errorf("%s: line %d became %q", r[6], i+1, p.Address[i])
			}
		}
	}
}

// postcodes as they are kept, where they are written otherwise.
var postcodes = map[string]string{
	"postcode in line 5, trailing commas":   "B1 1AA",
	"lower case, no space":                  "LS1 6AE",
	"line >35, double space in postcode":    "HU1 1AA",
	"large organisation postcode, ANA form": "SW1A 0AA",
	"Channel Islands":                       "JE2 3QR",
	"Isle of Man":                           "IM9 1EX",
	"forces mail":                           "BF1 2AT",
	"pseudo-postcode no fixed abode":        "ZZ993VZ",
}

func row(edit func(set func(column, value string))) string {
	cells := strings.Split(strings.TrimSpace(goodRow), ",")
	edit(func(column, value string) { cells[slices.Index(TemplateColumns, column)] = value })
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(cells)
	w.Flush()
	return b.String()
}

func fixture(t *testing.T, name string) [][]string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func TestTheLastDayOfNineteenSixtyNineIsABirthday(t *testing.T) {
	out := read(t, header+with("date_of_birth", "1969-12-31"))
	if len(out.findings) > 0 || out.people[0].BornOn.String() != "1969-12-31" {
		t.Fatalf("%+v", out)
	}
}

func TestALogOfAPersonSaysTheLineAndNothingElse(t *testing.T) {
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("read",
		"person", Person{Line: 7, NHSNumber: "9990000018", Family: "Lee"}, "dissent", Dissent{Line: 8, NHSNumber: "9990000018"}, "answer", Answer{Line: 9, NHSNumber: "9990000018"})
	if s := log.String(); strings.Contains(s, "999") || strings.Contains(s, "Lee") || !strings.Contains(s, `"person":{"line":7}`) {
		t.Fatal(s)
	}
}
