package intake

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"duenotice/campaigns/fault"
	"pgregory.net/rapid"
)

// checkDigit works the last digit out the long way; 10 where there is none.
func checkDigit(nine string) int {
	sum := 0
	for i, r := range nine {
		sum += int(r-'0') * (10 - i)
	}
	switch check := 11 - sum%11; check {
	case 11:
		return 0
	default:
		return check
	}
}

func number(t *rapid.T) string {
	for n := rapid.IntRange(0, 999_999_999).Draw(t, "number"); ; n = (n + 1) % 1_000_000_000 {
		nine := fmt.Sprintf("%09d", n)
		if c := checkDigit(nine); c < 10 && strings.Trim(nine+fmt.Sprint(c), nine[:1]) != "" {
			return nine + fmt.Sprint(c)
		}
	}
}

func TestARightNumberIsReadInEverySpacing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := number(t)
		for _, written := range []string{n, n[:3] + " " + n[3:6] + " " + n[6:], " " + n + " ", n[:3] + "-" + n[3:6] + "-" + n[6:], n[:3] + "\u00a0" + n[3:6] + "\u00a0" + n[6:]} {
			if got, wrong := NHSNumber(written); got != n || wrong != "" {
				t.Fatalf("%q: %q %s", written, got, wrong)
			}
		}
	})
}

func TestNoSingleSlipOfADigitOrSwapOfTwoPassesForANumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := []byte(number(t))
		slip := bytes.Clone(n)
		i := rapid.IntRange(0, 9).Draw(t, "place")
		slip[i] = '0' + (slip[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if got, wrong := NHSNumber(string(slip)); wrong == "" {
			t.Fatalf("%s passes for %s", got, n)
		}
		if i < 9 && n[i] != n[i+1] {
			swap := bytes.Clone(n)
			swap[i], swap[i+1] = swap[i+1], swap[i]
			if got, wrong := NHSNumber(string(swap)); wrong == "" {
				t.Fatalf("%s passes for %s", got, n)
			}
		}
	})
}

func TestNumbersOfOneRepeatedDigitStandForNobody(t *testing.T) {
	for d := range 10 {
		if _, wrong := NHSNumber(strings.Repeat(fmt.Sprint(d), 10)); wrong != NumberSentinel {
			t.Errorf("%d: %s", d, wrong)
		}
	}
}

func TestADateIsItselfInEverySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := today.AddDays(-rapid.IntRange(0, 60_000).Draw(t, "days"))
		y, m, day := d.Civil()
		for _, layout := range []string{d.String(), strings.ReplaceAll(d.String(), "-", ""), fmt.Sprintf("%02d/%02d/%d", day, m, y)} {
			if got, wrong := Day(layout); got != d || wrong != "" {
				t.Fatalf("%s became %s (%s)", layout, got, wrong)
			}
		}
	})
}

func TestTheSetOfNumbersRemembersEveryOneAndOnlyThose(t *testing.T) {
	var s seen
	for i := range 20_000 {
		n := fmt.Sprintf("%09d0", (i+1)*49_999)
		if first, _ := s.add(n, uint64(i)<<40, i+2); first != 0 {
			t.Fatalf("%s was never there", n)
		}
	}
	for i := range 20_000 {
		n := fmt.Sprintf("%09d0", (i+1)*49_999)
		if first, same := s.add(n, uint64(i)<<40, 1); first != i+2 || !same {
			t.Fatalf("%s: %d %v", n, first, same)
		}
		if _, same := s.add(n, uint64(i+1)<<40, 1); same {
			t.Fatalf("%s: other details taken for the same", n)
		}
	}
}

func zipped(members ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, m := range members {
		w, _ := z.Create(fmt.Sprintf("cohort%d.csv", i))
		_, _ = io.WriteString(w, m)
	}
	_ = z.Close()
	return b.Bytes()
}

func TestAZipOfOneFileIsReadAndOtherZipsAreRefused(t *testing.T) {
	good := header + goodRow
	if out := read(t, string(zipped(good))); out.err != nil || out.sum.Accepted != 1 {
		t.Fatal(out.err)
	}
	whole := zipped(good)
	spoilt := bytes.Clone(whole)
	spoilt[bytes.Index(spoilt, []byte("PK\x07\x08"))+5] ^= 1
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"two files":   {zipped(good, good), "more than one"},
		"cut off":     {whole[:len(whole)/2], "cut off"},
		"wrong sum":   {spoilt, "damaged"},
		"zip in zip":  {zipped(string(whole)), "packed inside"},
		"gzip in zip": {zipped(packed(good)), "packed inside"},
	} {
		if out := read(t, string(c.file)); !fault.Is(out.err, fault.Invalid) || !strings.Contains(out.err.Error(), c.says) {
			t.Errorf("%s: %v", name, out.err)
		}
	}
}

func TestAFileThatUnpacksToFarTooMuchIsLeftUnread(t *testing.T) {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = io.WriteString(z, header)
	blank := bytes.Repeat([]byte(","), 1<<20)
	for range 64 {
		_, _ = z.Write(blank)
	}
	_ = z.Close()
	out := read(t, b.String())
	if !fault.Is(out.err, fault.Invalid) || !strings.Contains(out.err.Error(), "unpacks to far more") {
		t.Fatal(out.err)
	}
	if out := read(t, packed(header+goodRow), func(o *Options) { o.MaxBytes = 50 }); !strings.Contains(out.err.Error(), "unpacks to far more") {
		t.Fatal(out.err)
	}
}

func TestALineWithoutEndCostsOneRowAndNoMemory(t *testing.T) {
	out := read(t, header+goodRow+strings.Repeat("x", 1<<22)+"\n"+with("nhs_number", "9990000026"))
	if out.err != nil || out.sum.Accepted != 2 || len(out.findings) != 1 || out.findings[0].Rule != FieldTooLong || out.people[1].Line != 4 {
		t.Fatalf("%+v %v", out.findings, out.err)
	}
}

// FuzzReadCohort holds whatever bytes come: the reader ends, its counts
// balance, and who is accepted has a number, and a name and a practice if
// anything is said of them; nobody who is sensitive has an address.
func FuzzReadCohort(f *testing.F) {
	f.Add([]byte(header + goodRow))
	f.Add([]byte(header + goodRow + goodRow + with("family_name", `"a""b, c"`) + with("family_name", `"a`)))
	f.Add(Template())
	f.Add([]byte(packed(header + goodRow)))
	f.Add(zipped(header + goodRow))
	f.Add([]byte("\ufeff" + header + "\r\n,,,\r\n\x00\xff"))
	f.Add([]byte(screeningHeader + screened() + screened("record_type", "DEL") + screened("record_type", "AMENDED", "superseded_by_nhs_number", "9990000026")))
	f.Add([]byte(traceHeader + traced() + traced("ERROR/SUCCESS_CODE", "98") + traced("ERROR/SUCCESS_CODE", "92")))
	f.Add([]byte("MPTRES_1,a,b\n" + traced()))
	f.Fuzz(func(t *testing.T, file []byte) {
		rejects := map[int]bool{}
		var people []Person
		sum, err := ReadCohort(bytes.NewReader(file), Options{Today: today, MaxBytes: 1 << 20}, func(p Person) error { people = append(people, p); return nil },
			func(f Finding) error {
				rejects[f.Line] = rejects[f.Line] || f.Severity == Reject
				if f.Rule.Meaning().Sentence == "" {
					t.Errorf("no such rule: %+v", f)
				}
				return nil
			})
		if sum.Rows != sum.Accepted+sum.Rejected || sum.Accepted != len(people) || err == nil && sum.Rows == 0 {
			t.Fatalf("%+v %v", sum, err)
		}
		for _, p := range people {
			if _, wrong := NHSNumber(p.NHSNumber); wrong != "" || rejects[p.Line] || p.Sensitive && p.Address != [5]string{} || p.SupersededBy == p.NHSNumber ||
				p.Given+p.Family == "" && p.Unsaid&UnsaidNames == 0 || p.Practice == "" && p.Unsaid&UnsaidPractice == 0 {
				t.Fatalf("accepted %+v", p)
			}
		}
	})
}
