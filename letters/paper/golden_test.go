package paper

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var writeGolden = flag.Bool("write-golden", false, "write the golden checksums anew")

// checksums draws every shipped pack in every envelope for the same crowd and
// returns a line of checksum for each.
func checksums(t *testing.T, change func(*Pack)) []string {
	t.Helper()
	var lines []string
	for _, g := range Geometries() {
		for _, shipped := range Shipped() {
			if g.Name != "C5 window" && shipped.Format != Standard {
				continue
			}
			p := kent()
			p.Format, p.Text = shipped.Format, shipped.Text
			if change != nil {
				change(&p)
			}
			in := g
			if large, _ := settingFor(p.Format); large.flow {
				in = C4Window()
			}
			b, err := NewBatch(p, in)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range crowd(6) {
				if _, err := b.Draw(l); err != nil {
					t.Fatal(err)
				}
			}
			sum := sha256.New()
			pages, err := b.Finish(sum)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprintf("%x %s %s %s %d pages", sum.Sum(nil), strings.ReplaceAll(in.Name, " ", "_"), p.Language(), p.Format, pages))
		}
	}
	return lines
}

var goldenFile = filepath.Join("testdata", "golden.txt")

func TestThePaperIsTheSameByteForByteAsWhenItWasLastLookedAt(t *testing.T) {
	got := strings.Join(checksums(t, nil), "\n") + "\n"
	if *writeGolden {
		if err := os.WriteFile(goldenFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the letters have changed; look at them (PAPER_LOOK=DIR), then run with -write-golden\n%s", got)
	}
}

func TestThePaperDependsOnNoCoreZoneOrLocale(t *testing.T) {
	t.Parallel()
	if os.Getenv("PAPER_CHILD") != "" {
		fmt.Println(strings.Join(checksums(t, nil), "\n"))
		return
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, env := range [][]string{
		{"GOMAXPROCS=1", "TZ=Pacific/Auckland", "LANG=C"},
		{"GOMAXPROCS=8", "TZ=America/Los_Angeles", "LC_ALL=tr_TR.UTF-8"},
	} {
		child := exec.Command(os.Args[0], "-test.run=^TestThePaperDependsOnNoCoreZoneOrLocale$")
		child.Env = append(os.Environ(), append(env, "PAPER_CHILD=1")...)
		out, err := child.Output()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(out), string(want)) {
			t.Errorf("other bytes under %v", env)
		}
	}
}

// A document states the day of its letters as its own and no other moment, so
// that the clock may stand a year on.
func TestADocumentStatesNoMomentButTheDayOfItsLetters(t *testing.T) {
	pdf := string(drawn(t, kent(), crowd(3)...))
	if strings.Count(pdf, "(D:") != 2 || strings.Count(pdf, "(D:20261130000000Z)") != 2 {
		t.Error("another date than that of the letters stands in the document")
	}
	next := crowd(3)
	for i := range next {
		next[i].Dated, next[i].LastDay = next[i].Dated.AddDays(365), next[i].LastDay.AddDays(364)
	}
	if other := string(drawn(t, kent(), next...)); other == pdf || strings.Count(other, "(D:20271130000000Z)") != 2 {
		t.Error("a year on changes other things than the dates of the letters")
	}
}

func TestAChangedWordChangesTheLettersThatHoldItAndNoOthers(t *testing.T) {
	before := checksums(t, nil)
	after := checksums(t, func(p *Pack) { p.Text = strings.Replace(p.Text, "Z poważaniem", "Łączymy wyrazy szacunku", 1) })
	for i := range before {
		if changed := before[i] != after[i]; changed != strings.Contains(before[i], " pl ") {
			t.Errorf("%s: changed %v", before[i], changed)
		}
	}
	// within a letter, only the page that holds the word
	pages := func(p Pack) [][]byte {
		faces, err := typefaces()
		if err != nil {
			t.Fatal(err)
		}
		d, err := compose(&p, C5Window(), parse(p.Text), newCanvas(faces), beatrix().LastDay, beatrix().Dated, nil)
		if err != nil {
			t.Fatal(err)
		}
		var out [][]byte
		for _, page := range d.pages {
			out = append(out, page.shared)
		}
		return out
	}
	p := kent()
	old := pages(p)
	p.Text = strings.Replace(p.Text, "own practice only", "own surgery only", 1)
	for i, now := range pages(p) {
		if changed := !slices.Equal(now, old[i]); changed != (i == 1) {
			t.Errorf("page %d changed: %v", i+1, changed)
		}
	}
}

func TestADamagedTypefaceIsAnErrorAndNeverALetterWithoutWords(t *testing.T) {
	faces, err := typefaces()
	if err != nil {
		t.Fatal(err)
	}
	whole := faces[regular].data
	for name, data := range map[string][]byte{"nothing": nil, "a text": []byte("not a font"), "half": whole[:len(whole)/2], "its head": whole[:64]} {
		if _, err := readTypeface(data); err == nil {
			t.Errorf("%s was read as a typeface", name)
		}
		damaged := *faces
		damaged[regular] = &typeface{data: data, widths: faces[regular].widths}
		set, err := func() (set *fontObjects, err error) {
			defer func() {
				if r := recover(); r != nil {
					err = fmt.Errorf("panic: %v", r)
				}
			}()
			f, err := openFonts(&damaged)
			if err != nil {
				return nil, err
			}
			drawn := new([weights][1 << 16]bool)
			drawn[regular]['A'], drawn[bold]['A'] = true, true
			return f.cut(drawn)
		}()
		if err == nil {
			t.Errorf("%s was embedded as a typeface: %d objects", name, len(set.bodies))
		}
	}
}
