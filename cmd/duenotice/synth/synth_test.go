package synth

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"testing"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/intake"
)

var today = calendar.On(2026, 11, 20)

// practices are those the demonstration stands on.
func practices(t testing.TB) []Practice {
	t.Helper()
	sizes := map[string]int{}
	f, err := os.Open("../seed/data/list_sizes_qmf.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := intake.ReadListSizes(f, intake.Options{}, func(l intake.ListSize) error { sizes[l.Practice] = l.Patients; return nil }, nil); err != nil {
		t.Fatal(err)
	}
	g, err := os.Open("../seed/data/practices_qmf.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.Close() }()
	var all []Practice
	if _, err := intake.ReadPractices(g, intake.Options{}, func(o intake.Organisation) error {
		all = append(all, Practice{o.Code, sizes[o.Code], o.Postcode})
		return nil
	}, nil); err != nil {
		t.Fatal(err)
	}
	return all
}

// How much is made and read: go test -rows 200000 -seeds 10 for the whole of it.
var (
	rows  = flag.Int("rows", 20_000, "rows of each made-up file")
	seeds = flag.Uint64("seeds", 3, "how many files of each layout")
)

func made(t *testing.T, layout Layout, seed uint64, people int) (Summary, []byte, []Wrong) {
	t.Helper()
	var file, faults bytes.Buffer
	sum, err := Cohort(Options{Region: "QMF", People: people, Seed: seed, Practices: practices(t), Today: today, Layout: layout, Out: &file, Faults: &faults})
	if err != nil {
		t.Fatal(err)
	}
	var wrong []Wrong
	if err := json.Unmarshal(faults.Bytes(), &wrong); err != nil {
		t.Fatal(err)
	}
	return sum, file.Bytes(), wrong
}

// said is one thing said of one row, as the maker lists it and the reader finds it.
type said struct {
	line int
	rule intake.Rule
}

func TestTheReaderFindsEveryWrongRowByItsRuleAndFlagsNoRightOne(t *testing.T) {
	known := map[string]bool{}
	for _, p := range practices(t) {
		known[p.Code] = true
	}
	for _, layout := range []Layout{Own, Screening} {
		kinds := map[intake.Rule]int{}
		total, misses := 0, 0
		for seed := uint64(1); seed <= *seeds; seed++ {
			sum, file, wrong := made(t, layout, seed, *rows)
			found := map[said]bool{}
			got, err := intake.ReadCohort(bytes.NewReader(file), intake.Options{Today: today, Practice: func(c string) bool { return known[c] }},
				func(intake.Person) error { return nil },
				func(f intake.Finding) error { found[said{f.Line, f.Rule}] = true; return nil })
			if err != nil || got.Rows != *rows || sum.People != *rows {
				t.Fatalf("%s, seed %d: %+v %+v %v", layout, seed, got, sum, err)
			}
			lines := bytes.Split(file, []byte("\n"))
			for _, w := range wrong {
				kinds[w.Rule]++
				total++
				if !found[said{w.Line, w.Rule}] {
					misses++
					t.Errorf("%s, seed %d: line %d should be %s: %s", layout, seed, w.Line, w.Rule, lines[w.Line-1])
				}
				delete(found, said{w.Line, w.Rule})
			}
			for f := range found {
				misses++
				t.Errorf("%s, seed %d: the right line %d is %s: %s", layout, seed, f.line, f.rule, lines[f.line-1])
			}
			if share := float64(sum.Wrong) / float64(*rows); share < 0.007 || share > 0.0135 {
				t.Errorf("%s, seed %d: %d wrong rows", layout, seed, sum.Wrong)
			}
		}
		t.Logf("%s: %d rows, %d findings expected of %d rules, %d missed or too many", layout, *rows*int(*seeds), total, len(kinds), misses)
		for _, w := range wrongsIn(layout) {
			if kinds[w.rule] == 0 {
				t.Errorf("no row of the layout %s was made wrong by %s", layout, w.rule)
			}
		}
	}
}

func TestTheSameSeedGivesTheSameBytesAndAnotherOthers(t *testing.T) {
	_, a, _ := made(t, Own, 5, 3000)
	_, b, _ := made(t, Own, 5, 3000)
	_, c, _ := made(t, Own, 6, 3000)
	if !bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Fatal("a file must follow from its seed")
	}
}

func TestPeopleAreSharedOutByListSize(t *testing.T) {
	all := []Practice{{"F84003", 9000, "E1 6AN"}, {"F84004", 1000, ""}}
	var file bytes.Buffer
	if _, err := Cohort(Options{Region: "QMF", People: 1000, Seed: 1, Practices: all, Today: today, WrongRows: -1, Out: &file}); err != nil {
		t.Fatal(err)
	}
	counts, young, one := map[string]int{}, 0, 0
	_, err := intake.ReadCohort(&file, intake.Options{Today: today}, func(p intake.Person) error {
		counts[p.Practice]++
		if p.BornOn.AgeOn(today) < 16 {
			young++
		}
		if p.Given == "" {
			one++
		}
		return nil
	}, nil)
	if err != nil || counts["F84003"] != 900 || counts["F84004"] != 100 || young < 100 || young > 350 {
		t.Fatal(err, counts, young)
	}
}

func TestNoNumberComesTwiceAndEveryOneIsRight(t *testing.T) {
	for _, seed := range []uint64{0, 1, 99} {
		n, err := newNumbers(testRange, seed)
		if err != nil {
			t.Fatal(err)
		}
		seen := make([]bool, 10_000_000)
		for range testRange {
			d := n.next()
			if _, wrong := intake.NHSNumber(string(d[:])); wrong != "" || string(d[:3]) != "999" {
				t.Fatalf("%s: %s", d, wrong)
			}
			i := 0
			for _, c := range d[3:] {
				i = i*10 + int(c-'0')
			}
			if seen[i] {
				t.Fatalf("seed %d: %s came twice", seed, d)
			}
			seen[i] = true
		}
	}
	n, _ := newNumbers(testRange+1, 1)
	for range 10_000 {
		d := n.next()
		if s, wrong := intake.NHSNumber(string(d[:])); wrong != "" || !intake.MadeUp(s) {
			t.Fatalf("%s: %s", d, wrong)
		}
	}
}

func BenchmarkCohort(b *testing.B) {
	all := practices(b)
	const n = 100_000
	for b.Loop() {
		if _, err := Cohort(Options{Region: "QMF", People: n, Seed: 1, Practices: all, Today: today, Out: io.Discard, Faults: io.Discard}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
