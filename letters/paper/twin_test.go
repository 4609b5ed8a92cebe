package paper

import (
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestTheTwinSaysOnTheWebWhatTheLetterSaysOnPaper(t *testing.T) {
	for _, shipped := range Shipped()[:11] {
		p := kent()
		p.Text = shipped.Text
		twin, err := WebTwin(p, C5Window(), beatrix())
		if err != nil {
			t.Fatal(err)
		}
		if twin.Language != shipped.Language() || twin.Title == "" {
			t.Errorf("%q in %q", twin.Title, twin.Language)
		}
		root, err := html.Parse(strings.NewReader(string(twin.Body)))
		if err != nil {
			t.Fatal(err)
		}
		tags, langs := map[string]int{}, map[string]bool{}
		var text strings.Builder
		var walk func(*html.Node)
		walk = func(n *html.Node) {
			if n.Type == html.ElementNode {
				tags[n.Data]++
				for _, a := range n.Attr {
					if a.Key == "lang" {
						langs[a.Val] = true
					}
				}
			}
			if n.Type == html.TextNode {
				text.WriteString(n.Data)
			}
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				walk(c)
			}
		}
		walk(root)
		if tags["h1"] != 1 || tags["h2"] != 9 || tags["dl"] != 1 || tags["dt"] != 3 || tags["dd"] != 3 || tags["ul"] != 3 || tags["time"] != 1 || !langs["bg"] || !langs[twin.Language] {
			t.Errorf("%s: %v %v", twin.Language, tags, langs)
		}
		said := text.String()
		for _, want := range []string{"Beatrix Oyelaran-Finch", "7K3M 9QTX 4HWD 2VPB", "DN 4831 7720", "0808 157 0419", "answer.duenotice.example"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: does not say %q", twin.Language, want)
			}
		}
		if strings.Contains(said, "{{") || strings.Contains(said, "**") {
			t.Error(said)
		}
		for _, open := range []string{"article", "div", "ul", "dl", "p", "li"} {
			if a, b := strings.Count(string(twin.Body), "<"+open), strings.Count(string(twin.Body), "</"+open+">"); a < b || open != "p" && a != b+strings.Count(string(twin.Body), "<"+open+"v") {
				t.Errorf("%d <%s, %d closed", a, open, b)
			}
		}
	}
}

func TestTheTwinLeavesOutWhatMustNotBeShown(t *testing.T) {
	l := Letter{LastDay: beatrix().LastDay, Dated: beatrix().Dated}
	twin, err := WebTwin(kent(), C5Window(), l)
	if err != nil {
		t.Fatal(err)
	}
	body := string(twin.Body)
	for _, never := range []string{"Dear", "Your code", "reference ready", "7K3M", "Scan the square"} {
		if strings.Contains(body, never) {
			t.Errorf("shows %q", never)
		}
	}
	if !strings.Contains(body, `<time datetime="2027-03-12"><strong>`) && !strings.Contains(body, `<time datetime="2027-03-12">Friday 12 March 2027</time>`) {
		t.Error(body)
	}
}

func TestNothingOfASourceOrAPersonBecomesMarkup(t *testing.T) {
	p, l := kent(), beatrix()
	l.Name, p.Area, p.Signatory = `<script>alert("x")</script>`, `A & B "<i>"`, "O'Brien <b>"
	twin, err := WebTwin(p, C5Window(), l)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(twin.Body), "<script") || strings.Contains(string(twin.Body), "<i>") || strings.Contains(string(twin.Body), "<b>") {
		t.Error(twin.Body)
	}
	if !strings.Contains(string(twin.Body), "A &amp; B") {
		t.Error("the area is gone")
	}
}

func TestASpecialistIsGivenTheWholeLetterInARow(t *testing.T) {
	row, err := SpecialistRow(kent(), C5Window(), beatrix(), Braille, "contracted")
	if err != nil {
		t.Fatal(err)
	}
	head := SpecialistHeader()
	if len(row) != len(head) {
		t.Fatalf("%d cells, %d columns", len(row), len(head))
	}
	cell := map[string]string{}
	for i, name := range head {
		cell[name] = row[i]
	}
	for name, want := range map[string]string{"reference": "DN 4831 7720", "format": "braille", "need": "contracted", "language": "en", "name": "Beatrix Oyelaran-Finch",
		"address_1": "Flat 3, Malthouse Court", "address_2": "27 Priory Lane", "address_3": "Ashford", "address_4": "", "postcode": "TN99 4QZ", "last_day": "2027-03-12",
		"code": "7K3M 9QTX 4HWD 2VPB", "title": "Do you want a Summary Care Record?"} {
		if cell[name] != want {
			t.Errorf("%s is %q", name, cell[name])
		}
	}
	for _, want := range []string{"Do you want a Summary Care Record?\nDear Beatrix Oyelaran-Finch,\n", "\n\nHow to answer, yes or no\n", "Friday 12 March 2027\n", "By phone: 0808 157 0419, free.", "7K3M 9QTX 4HWD 2VPB"} {
		if !strings.Contains(cell["text"], want) {
			t.Errorf("the text lacks %q:\n%s", want, cell["text"])
		}
	}
	var file strings.Builder
	w := csv.NewWriter(&file)
	if err := w.WriteAll([][]string{head, row}); err != nil {
		t.Fatal(err)
	}
	back, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
	if err != nil || back[1][len(head)-1] != cell["text"] {
		t.Error("the row does not survive CSV", err)
	}
	l := beatrix()
	l.Postcode = "ZZ99 3VZ"
	var unfit *Unfit
	if _, err := SpecialistRow(kent(), C5Window(), l, Audio, ""); !errors.As(err, &unfit) {
		t.Error(err)
	}
	if _, err := SpecialistRow(kent(), C5Window(), beatrix(), Standard, ""); err == nil {
		t.Error("a row was written for a letter on paper")
	}
}
