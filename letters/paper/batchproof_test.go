package paper

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// someLetters is how many letters the proof of a batch takes: few in the suite,
// 2,000 with PAPER_LETTERS=2000, which takes some minutes.
func someLetters(t *testing.T, few int) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("PAPER_LETTERS"))
	if err != nil {
		return few
	}
	return n
}

// pagesOf reads the words of pages and where they stand.
func pagesOf(t *testing.T, file string, first, last int) [][]word {
	t.Helper()
	pages, err := wordsOf(file, first, last)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func wordsOf(file string, first, last int) ([][]word, error) {
	var doc struct {
		Pages []struct {
			Words []word `xml:"word"`
		} `xml:"body>doc>page"`
	}
	out, err := run("pdftotext", "-f", strconv.Itoa(first), "-l", strconv.Itoa(last), "-bbox", file, "-")
	if err != nil {
		return nil, err
	}
	if err := xml.Unmarshal([]byte(out), &doc); err != nil {
		return nil, err
	}
	pages := make([][]word, len(doc.Pages))
	for i, p := range doc.Pages {
		pages[i] = p.Words
	}
	return pages, nil
}

// run runs a tool that is there.
func run(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return string(out), err
}

// zone returns where a word stands, a hundredth of a millimetre off each side
// for rounding.
func (w word) zone() Zone {
	const round = 0.01
	return Zone{w.XMin*mmPerPoint + round, w.YMin*mmPerPoint + round, w.XMax*mmPerPoint - round, w.YMax*mmPerPoint - round}
}

// TestEveryPageOfABatchPassesEveryProof is what a batch must stand: sound,
// fonts embedded, addresses in the window, clear zones clear to the pixel, both
// squares readable at 150 dots an inch, and the right letters in its text.
func TestEveryPageOfABatchPassesEveryProof(t *testing.T) {
	if testing.Short() {
		t.Skip("every page is looked at as a picture")
	}
	t.Parallel()
	for i, g := range Geometries() {
		letters := crowd(3)
		if i == 0 {
			letters = crowd(someLetters(t, 9))
		}
		proveBatch(t, g, letters)
	}
}

// proveBatch draws letters for an envelope and proves every page.
func proveBatch(t *testing.T, g Geometry, letters []Letter) {
	t.Helper()
	for _, name := range []string{"qpdf", "pdffonts", "pdftotext", "pdftoppm", "zbarimg"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed", name)
		}
	}
	b, err := NewBatch(kent(), g)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range letters {
		if at, err := b.Draw(l); err != nil || at.FirstPage != i*3+1 || at.Pages != 3 || at.Sheets != 2 || at.Grams() != 10 {
			t.Fatalf("letter %d at %+v, %v", i, at, err)
		}
	}
	var pdf bytes.Buffer
	if pages, err := b.Finish(&pdf); err != nil || pages != len(letters)*3 {
		t.Fatal(pages, err)
	}
	file := kept(t, pdf.Bytes())
	if out := tool(t, "qpdf", "--check", file); !strings.Contains(out, "No syntax or stream encoding errors") {
		t.Error(out)
	}
	fonts := strings.Split(strings.TrimSpace(tool(t, "pdffonts", file)), "\n")[2:]
	if len(fonts) != 2 {
		t.Errorf("%d fonts", len(fonts))
	}
	for _, line := range fonts {
		if !regexp.MustCompile(`Identity-H +yes +yes`).MatchString(line) {
			t.Errorf("not embedded: %s", line)
		}
	}
	const at = 40 // letters at a time, so that no folder of pictures grows large
	var some errgroup.Group
	some.SetLimit(2)
	for first := 0; first < len(letters); first += at {
		some.Go(func() error {
			group := letters[first:min(first+at, len(letters))]
			err := errors.Join(proveWords(file, g, first, group), provePictures(t.TempDir(), file, g, first, group))
			if err == nil {
				t.Logf("%s: letters %d to %d of %d are right", g.Name, first+1, first+len(group), len(letters))
			}
			return err
		})
	}
	if err := some.Wait(); err != nil {
		t.Error(err)
	}
}

// wrongs collects what is wrong.
type wrongs []error

func (w *wrongs) add(format string, args ...any) { *w = append(*w, fmt.Errorf(format, args...)) }

// proveWords looks at where each word stands, and what the text says.
func proveWords(file string, g Geometry, first int, letters []Letter) error {
	pages, err := wordsOf(file, first*3+1, (first+len(letters))*3)
	if err != nil || len(pages) != len(letters)*3 {
		return fmt.Errorf("%d pages: %w", len(pages), err)
	}
	var wrong wrongs
	for i, words := range pages {
		var address, all []string
		for _, w := range words {
			at := w.zone()
			all = append(all, w.Text)
			switch {
			case w.Text == g.StartTag:
				if i%3 != 0 {
					wrong.add("page %d of letter %d would start a new letter", i%3+1, first+i/3)
				}
			case !g.Print.Holds(at):
				wrong.add("%q of page %d lies outside the printable area: %+v", w.Text, i+1, at)
			case i%3 == 0 && at.Y1 > 31 && at.Y0 < g.BodyTop-1 && at.X0 < g.Contact.X0:
				address = append(address, w.Text)
				if !g.Window.Holds(at) {
					wrong.add("%q of letter %d lies outside the window: %+v", w.Text, first+i/3, at)
				}
			}
		}
		if i%3 != 0 {
			continue
		}
		l := letters[i/3]
		postcode, _ := PrintedPostcode(l.Postcode)
		if want := strings.Join(append(append([]string{l.Name}, l.Address...), postcode), " "); strings.Join(address, " ") != want {
			wrong.add("the window of letter %d says %q, not %q", first+i/3, address, want)
		}
		if !strings.Contains(strings.Join(all, " "), "Dear "+l.Name+",") {
			wrong.add("letter %d does not greet %q", first+i/3, l.Name)
		}
	}
	return errors.Join(wrong...)
}

// provePictures looks at every page as a scanner of 150 dots an inch does: the
// pixels of the zones that are kept clear, and what a phone and a form scanner
// read.
func provePictures(dir, file string, g Geometry, first int, letters []Letter) error {
	const dots = 150.0
	if _, err := run("pdftoppm", "-r", "150", "-gray", "-f", strconv.Itoa(first*3+1), "-l", strconv.Itoa((first+len(letters))*3), file, filepath.Join(dir, "q")); err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(dir, "q-*.pgm"))
	if err != nil || len(names) != len(letters)*3 {
		return fmt.Errorf("%d pictures: %w", len(names), err)
	}
	var wrong wrongs
	for i, name := range names {
		clear := g.Clear
		if i%3 != 0 {
			clear = g.Clear[:1] // the left margin, on every page
		}
		body, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		wide, gray, err := picture(body)
		if err != nil {
			return err
		}
		for _, z := range clear {
			if x, y, dark := darkIn(gray, wide, dots/25.4, z); dark {
				wrong.add("page %d is not clear at %.0f, %.0f mm", first*3+i+1, x, y)
			}
		}
	}
	args, want := []string{"-q", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable"}, []string{}
	for i, l := range letters {
		args = append(args, names[i*3], names[i*3+2])
		want = append(want, "https://answer.duenotice.example/o#"+l.Code, Mark(l.Reference, "F1"))
	}
	out, err := run("zbarimg", args...)
	if got := strings.Split(strings.TrimSpace(out), "\n"); err != nil || !slices.Equal(got, want) {
		wrong.add("letters %d to %d scan as %q, want %q (%v)", first, first+len(letters)-1, got, want, err)
	}
	return errors.Join(append(wrong, os.RemoveAll(dir))...)
}

// darkIn finds the first dark pixel that lies wholly inside a zone.
func darkIn(gray []byte, wide int, perMM float64, z Zone) (x, y float64, dark bool) {
	for row := int(z.Y0*perMM) + 1; row < int(z.Y1*perMM); row++ {
		for at := int(z.X0*perMM) + 1; at < int(z.X1*perMM); at++ {
			if gray[row*wide+at] < 250 {
				return float64(at) / perMM, float64(row) / perMM, true
			}
		}
	}
	return 0, 0, false
}

// picture reads a grey picture as pdftoppm writes it.
func picture(body []byte) (wide int, gray []byte, err error) {
	var high, most int
	if _, err := fmt.Sscanf(string(body[:min(40, len(body))]), "P5\n%d %d\n%d\n", &wide, &high, &most); err != nil {
		return 0, nil, err
	}
	return wide, body[len(body)-wide*high:], nil
}

func TestLargePrintIsLargeAndHoldsEverythingItMustAndEveryLongName(t *testing.T) {
	t.Parallel()
	long := beatrix()
	long.Name = "Chukwuemeka Onyekachukwu-Nwabueze Okafor"
	long.Address = []string{"Flat 127, The Old Malthouse and Granary", "Upper Saint Bartholomew Street", "Little Wymondham", "Ashford", "Kent"}
	for _, shipped := range Shipped() {
		set, _ := settingFor(shipped.Format)
		if !set.flow || shipped.Language() == "pl" && shipped.Format != LargePrint28 {
			continue
		}
		p := kent()
		p.Format, p.Text = shipped.Format, shipped.Text
		b, err := NewBatch(p, C4Window())
		if err != nil {
			t.Fatal(err)
		}
		var places []Place
		for _, l := range []Letter{beatrix(), long} {
			tried, err := b.Try(l)
			if err != nil {
				t.Fatal(err)
			}
			at, err := b.Draw(l)
			if err != nil || tried.Pages != at.Pages || tried.Sheets != at.Sheets {
				t.Fatal(tried, at, err)
			}
			places = append(places, at)
		}
		var out bytes.Buffer
		pages, err := b.Finish(&out)
		if err != nil || pages != places[0].Pages+places[1].Pages || places[1].FirstPage != places[0].Pages+1 {
			t.Fatalf("%d pages, %+v, %v", pages, places, err)
		}
		file := kept(t, out.Bytes())
		small := 0
		for i, words := range pagesOf(t, file, 1, pages) {
			for _, w := range words {
				at := w.zone()
				if w.Text != "LETTERSTART" && !C4Window().Print.Holds(at) {
					t.Errorf("%s %s: %q of page %d lies outside the printable area", p.Language(), p.Format, w.Text, i+1)
				}
				// a word's box is as high as its type, 1.117 sizes
				if high := (at.Height() + 0.02) / mmPerPoint / (ascent + descent); high < float64(set.points)-0.5 {
					small++
					if at.Y0 > C4Window().BodyTop {
						t.Errorf("%s %s: %q of page %d is %.1f points high", p.Language(), p.Format, w.Text, i+1, high)
					}
				}
			}
		}
		if small == 0 {
			t.Error("not even the address is small: the measure is wrong")
		}
		text := strings.Join(strings.Fields(tool(t, "pdftotext", "-raw", file, "-")), " ")
		for _, l := range []Letter{beatrix(), long} {
			if !strings.Contains(text, l.Name+",") || !strings.Contains(text, strings.Join(l.Address[:1], " ")) {
				t.Errorf("%s %s: %q is not greeted", p.Language(), p.Format, l.Name)
			}
		}
		for _, want := range []string{capital(LongDate(p.Language(), beatrix().LastDay)), "7K3M 9QTX 4HWD 2VPB", "0808 157 0419", "answer.duenotice.example"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s %s does not say %q", p.Language(), p.Format, want)
			}
		}
	}
}
