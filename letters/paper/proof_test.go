package paper

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// tool runs a program on a PDF and returns what it says; the test is skipped
// where the program is missing.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// kept writes a PDF into the test's own folder.
func kept(t *testing.T, pdf []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "letters.pdf")
	if err := os.WriteFile(name, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestEveryLetterSaysWhatItMust(t *testing.T) {
	name := kept(t, drawn(t, kent(), beatrix()))
	pages := strings.Split(tool(t, "pdftotext", "-layout", name, "-"), "\f")
	for i, must := range [][]string{
		{"LETTERSTART", "Beatrix Oyelaran-Finch", "Dear Beatrix Oyelaran-Finch,", "TN99 4QZ", "999 204 8174", "DN 4831 7720", "Friday 12 March 2027",
			"0808 157 0419", "Monday to Friday 8am to 8pm", "answer.duenotice.example", "If you do nothing,", "30 November 2026", "page 3", "Page 1 of 3"},
		{"large print", "0808 157 0419", "Cymraeg", "Polski", "Български", "sunați", "szeretné", "Page 2 of 3", "DN 4831 7720"},
		{"FREEPOST", "Friday 12 March 2027", "Yes, I want", "No, I do not want", "Signature", "Day", "Month", "Year", "Flat 3, Malthouse Court, 27 Priory Lane", "somebody else", "Form F1"},
	} {
		for _, words := range must {
			if !strings.Contains(pages[i], words) {
				t.Errorf("page %d does not say %q", i+1, words)
			}
		}
		if i > 0 && strings.Contains(pages[i], "LETTERSTART") {
			t.Errorf("page %d would start a new letter", i+1)
		}
	}
	if !regexp.MustCompile(`7K3M +9QTX +4HWD +2VPB`).MatchString(pages[0]) {
		t.Error("page 1 does not show the code in four groups")
	}
	if strings.Contains(pages[2], "7K3M") || strings.Contains(pages[2], "NHS number 9") {
		t.Error("the form carries the code")
	}
}

// word is one word of a drawn page with its place in points.
type word struct {
	XMin float64 `xml:"xMin,attr"`
	YMin float64 `xml:"yMin,attr"`
	XMax float64 `xml:"xMax,attr"`
	YMax float64 `xml:"yMax,attr"`
	Text string  `xml:",chardata"`
}

func TestNothingStandsWhereTheVendorPutsItsMarks(t *testing.T) {
	wide := beatrix()
	wide.Name = "Chukwuemeka Onyekachukwu-Nwabueze Okafor"
	wide.Address = []string{"Flat 127, The Old Malthouse and Granary", "Upper Saint Bartholomew Street", "Little Wymondham", "Ashford", "Kent"}
	name := kept(t, drawn(t, kent(), beatrix(), wide))
	var doc struct {
		Pages []struct {
			Words []word `xml:"word"`
		} `xml:"body>doc>page"`
	}
	if err := xml.Unmarshal([]byte(tool(t, "pdftotext", "-bbox", name, "-")), &doc); err != nil {
		t.Fatal(err)
	}
	g, addressed := C5Window(), 0
	for i, page := range doc.Pages {
		for _, w := range page.Words {
			const round = 0.01 // mm; positions have two decimals of a point
			at := Zone{w.XMin*mmPerPoint + round, w.YMin*mmPerPoint + round, w.XMax*mmPerPoint - round, w.YMax*mmPerPoint - round}
			if w.Text == g.StartTag {
				if i%3 != 0 || at.X0 < 1.5 || at.Y1 > 5 {
					t.Errorf("the letter-start tag stands on page %d at %+v", i+1, at)
				}
				continue
			}
			if !g.Print.Holds(at) {
				t.Errorf("%q of page %d lies outside the printable area: %+v", w.Text, i+1, at)
			}
			if i%3 != 1 && at.Y1 > 30 && at.Y0 < 94 && at.X0 < g.Contact.X0 {
				if addressed++; !g.Window.Holds(at) {
					t.Errorf("%q of page %d lies outside the window: %+v", w.Text, i+1, at)
				}
			}
		}
	}
	if addressed < 30 {
		t.Errorf("only %d words stand in the windows", addressed)
	}
}

// awkward reads one of the tables of difficult people.
func awkward(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func TestAwkwardPeopleAreDrawnRightOrWithheldWithAReason(t *testing.T) {
	t.Parallel()
	var letters []Letter
	for _, row := range awkward(t, "awkward_names.csv") {
		l := beatrix()
		l.Name = row[0] + " " + row[1]
		letters = append(letters, l)
	}
	names := len(letters)
	for _, row := range awkward(t, "awkward_addresses.csv") {
		l := beatrix()
		l.Address, l.Postcode = row[:5], row[5]
		letters = append(letters, l)
	}
	b, err := NewBatch(kent(), C5Window())
	if err != nil {
		t.Fatal(err)
	}
	// by the row of its table, with what the reason must name
	withheld := map[int]string{
		26: "holds no letter", 27: "row of X", 28: "not known", 38: "Line 1 of the address is too wide", 57: "U+674E", 61: "U+251C", 62: "U+00A1", 65: "Line 1 of the address starts with '\"'",
		names + 3: "has 2 lines", names + 4: "postcode", names + 11: "there is none", names + 12: "there is none", names + 13: "there is none", names + 14: "there is none",
		names + 21: "postcode", names + 25: "Line 3 of the address is too wide",
	}
	var shown []Letter
	for i, l := range letters {
		_, err := b.Draw(l)
		var unfit *Unfit
		switch {
		case err == nil:
			shown = append(shown, l)
			if withheld[i] != "" {
				t.Errorf("%d %q %q was drawn", i, l.Name, l.Address)
			}
		case errors.As(err, &unfit):
			if why := unfit.Problems[0].Sentence; withheld[i] == "" || !strings.Contains(why, withheld[i]) {
				t.Errorf("%d %q %q was withheld: %s", i, l.Name, l.Address, why)
			}
		default:
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if _, err := b.Finish(&out); err != nil {
		t.Fatal(err)
	}
	pages := strings.Split(tool(t, "pdftotext", "-raw", kept(t, []byte(out.String())), "-"), "\f")
	for i, l := range shown {
		want := squeezed(norm.NFC.String(l.Name))
		if page := pages[i*3]; !strings.Contains(page, want+"\n") || !strings.Contains(page, "Dear "+want+",") {
			t.Errorf("%q is printed otherwise", want)
		}
		for _, line := range l.Address {
			if line = strings.TrimRight(settled(line), ", "); line != "" && !strings.Contains(pages[i*3], line) && !strings.Contains(line, "High St Basement") {
				t.Errorf("%q is not in the window", line)
			}
		}
	}
}

func TestEqualLettersGiveEqualBytes(t *testing.T) {
	sum := fmt.Sprintf("%x", sha256.Sum256(drawn(t, kent(), crowd(40)...)))
	if os.Getenv("PAPER_SUM") != "" {
		fmt.Println("sum", sum)
		return
	}
	for _, env := range [][]string{{"GOMAXPROCS=1", "TZ=Pacific/Auckland"}, {"GOMAXPROCS=8", "TZ=America/Los_Angeles", "LC_ALL=tr_TR.UTF-8"}} {
		child := exec.Command(os.Args[0], "-test.run=^TestEqualLettersGiveEqualBytes$")
		child.Env = append(os.Environ(), append(env, "PAPER_SUM=1")...)
		out, err := child.Output()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(out), "sum "+sum) {
			t.Errorf("other bytes under %v", env)
		}
	}
	changed := crowd(40)
	changed[7].Address[1] = "Ashfort"
	if other := fmt.Sprintf("%x", sha256.Sum256(drawn(t, kent(), changed...))); other == sum {
		t.Error("another address gave the same bytes")
	}
}

func TestBatchesBesideEachOtherShareNothing(t *testing.T) {
	letters := crowd(20)
	want := drawn(t, kent(), letters...)
	done := make(chan bool)
	for range 4 {
		go func() { done <- string(drawn(t, kent(), letters...)) == string(want) }()
	}
	for range 4 {
		if !<-done {
			t.Error("a batch drawn beside others came out otherwise")
		}
	}
}
