package paper

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"duenotice/campaigns/calendar"
)

// kent is a pack as a region would fill it in.
func kent() Pack {
	p := StandardPack()
	p.Code, p.Area = "SHS-KM", "Kent and Medway"
	p.Sender = []string{"Kent and Medway", "Health Records Office"}
	p.Signatory = "Anneke Marlowe, Head of Health Records, Kent and Medway"
	p.Phone, p.Hours = "0808 157 0419", []string{"Monday to Friday 8am to 8pm", "Saturday 9am to 1pm"}
	p.Web, p.QRBase = "answer.duenotice.example", "https://answer.duenotice.example/o"
	p.Freepost = []string{"FREEPOST", "KENT AND MEDWAY", "HEALTH RECORDS CHOICE"}
	return p
}

// envelopeOf is the envelope that a pack's format goes in.
func envelopeOf(p Pack) Geometry {
	if set, ok := settingFor(p.Format); ok && set.flow {
		return C4Window()
	}
	return C5Window()
}

// beatrix is a letter with nothing awkward in it.
func beatrix() Letter {
	return Letter{
		Reference: "DN 4831 7720", Name: "Beatrix Oyelaran-Finch",
		Address:  []string{"Flat 3, Malthouse Court", "27 Priory Lane", "", "Ashford", ""},
		Postcode: "tn994qz", NHSNumber: "9992048174", Code: "7K3M9QTX4HWD2VPB",
		LastDay: calendar.On(2027, 3, 12), Dated: calendar.On(2026, 11, 30),
	}
}

// drawn draws letters into one PDF.
func drawn(t testing.TB, p Pack, letters ...Letter) []byte {
	t.Helper()
	b, err := NewBatch(p, C5Window())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		if _, err := b.Draw(l); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if _, err := b.Finish(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestALongAreaAndTheLongestDateStillFitInEveryLanguageAndFormat(t *testing.T) {
	for _, shipped := range Shipped() {
		p := kent()
		p.Format, p.Text = shipped.Format, shipped.Text
		p.Area = "Bath and North East Somerset, Swindon and Wiltshire"
		p.Sender[0] = p.Area
		p.Signatory = "Professor Bartholomew Featherstonehaugh, Chief Medical Officer"
		if wrong := Check(p, envelopeOf(p)); len(wrong) > 0 {
			t.Errorf("%s %s: %s", p.Language(), p.Format, wrong)
		}
	}
}

func TestAPackThatLacksWhatEveryLetterMustStateCannotBeDrawn(t *testing.T) {
	for name, spoil := range map[string]func(*Pack){
		"a return address":        func(p *Pack) { p.Freepost = nil },
		"a phone number":          func(p *Pack) { p.Phone = " " },
		"helpline hours":          func(p *Pack) { p.Hours = nil },
		"a web address":           func(p *Pack) { p.Web = "" },
		"a QR address":            func(p *Pack) { p.QRBase = "answer.example" },
		"a last day":              func(p *Pack) { p.Text = strings.ReplaceAll(p.Text, "{{last_day}}", "soon") },
		"a form":                  func(p *Pack) { p.Text = strings.Replace(p.Text, "form-title:", "form-gone:", 1) },
		"a form version":          func(p *Pack) { p.Form = "" },
		"the code":                func(p *Pack) { p.Text = strings.Replace(p.Text, "::: web", "::: table", 1) },
		"a known placeholder":     func(p *Pack) { p.Text += "\n{{surname}}\n" },
		"a known part":            func(p *Pack) { p.Text += "\n::: script\nx\n:::\n" },
		"an ended part":           func(p *Pack) { p.Text += "\n::: strip\nx\n" },
		"words at the head":       func(p *Pack) { p.Text = "# Hello" },
		"a short freepost":        func(p *Pack) { p.Freepost = []string{strings.Repeat("FREEPOST ", 12)} },
		"room on a page":          func(p *Pack) { p.Text += strings.Repeat("\nMore and more is said here, on and on.\n", 30) },
		"letters we can draw":     func(p *Pack) { p.Signatory = "\u674e\u5c0f\u9f99" },
		"a web address that fits": func(p *Pack) { p.Web = strings.Repeat("long.", 12) + "example" },
		"a sender's short name":   func(p *Pack) { p.Sender = []string{strings.Repeat("Health Records ", 20)} },
		"few lines of hours":      func(p *Pack) { p.Hours = strings.Split(strings.Repeat("Monday 8am to 8pm|", 9), "|") },
		"a QR that fits":          func(p *Pack) { p.QRBase = "https://" + strings.Repeat("long.", 30) + "example/o" },
	} {
		p := kent()
		spoil(&p)
		if wrong := Check(p, C5Window()); len(wrong) == 0 {
			t.Errorf("a pack without %s passed", name)
		}
		if _, err := NewBatch(p, C5Window()); err == nil {
			t.Errorf("a batch began without %s", name)
		}
	}
	if wrong := Check(kent(), C5Window()); len(wrong) > 0 {
		t.Error(wrong)
	}
}

func TestEachLetterKnowsItsPagesAndSheets(t *testing.T) {
	b, err := NewBatch(kent(), C5Window())
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range crowd(5) {
		at, err := b.Draw(l)
		if want := (Place{FirstPage: i*3 + 1, Pages: 3, Sheets: 2}); err != nil || at != want {
			t.Errorf("letter %d lies at %+v (%v), want %+v", i, at, err, want)
		}
	}
	if pages, err := b.Finish(new(bytes.Buffer)); err != nil || pages != 15 {
		t.Errorf("%d pages, %v", pages, err)
	}
	if _, err := b.Draw(beatrix()); err == nil {
		t.Error("a finished batch took another letter")
	}
}

func TestALetterThatCannotBePrintedIsWithheldAndTheBatchGoesOn(t *testing.T) {
	b, err := NewBatch(kent(), C5Window())
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Letter){
		"an emoji":           func(l *Letter) { l.Name = "Sam \U0001F600 Lee" },
		"broken UTF-8":       func(l *Letter) { l.Name = "Sin\xc3" },
		"Latin-1 bytes":      func(l *Letter) { l.Address = []string{"Min y M\xf4r", "Aberystwyth"} },
		"Chinese":            func(l *Letter) { l.Name = "\u674e \u5c0f\u9f99" },
		"Hebrew":             func(l *Letter) { l.Name = "\u05d3\u05d5\u05d3" },
		"a hidden mark":      func(l *Letter) { l.Name = "Sam\u202e Lee" },
		"a lone accent":      func(l *Letter) { l.Name = "Q\u0301ed Lee" },
		"a 120-letter name":  func(l *Letter) { l.Name = strings.Repeat("Abcdefgh Ij ", 10) },
		"nine lines":         func(l *Letter) { l.Address = []string{"1", "2", "3", "4", "5", "6", "7"} },
		"no address":         func(l *Letter) { l.Address = nil },
		"no name":            func(l *Letter) { l.Name = " . " },
		"a bracket first":    func(l *Letter) { l.Address = []string{"(rear of) 4", "Hull"} },
		"no fixed abode":     func(l *Letter) { l.Address = []string{"No Fixed Abode", "Hull"} },
		"ZZ99":               func(l *Letter) { l.Postcode = "ZZ99 3VZ" },
		"no postcode":        func(l *Letter) { l.Postcode = "" },
		"a short code":       func(l *Letter) { l.Code = "7K3M" },
		"a small code":       func(l *Letter) { l.Code = strings.ToLower(l.Code) },
		"no reference":       func(l *Letter) { l.Reference = "" },
		"a long reference":   func(l *Letter) { l.Reference = strings.Repeat("W", 17) },
		"a short NHS number": func(l *Letter) { l.NHSNumber = "999" },
		"no last day":        func(l *Letter) { l.LastDay = calendar.Date{} },
		"no date":            func(l *Letter) { l.Dated = calendar.Date{} },
	} {
		l := beatrix()
		spoil(&l)
		_, err := b.Draw(l)
		var unfit *Unfit
		if !errors.As(err, &unfit) || len(unfit.Problems) == 0 || unfit.Problems[0].Sentence == "" {
			t.Errorf("a letter with %s gave %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), "Priory") || strings.Contains(err.Error(), "Lee") {
			t.Errorf("the reason tells who it is: %v", err)
		}
		if problems, err := Drawable(kent(), C5Window(), l); err != nil || len(problems) != len(unfit.Problems) {
			t.Errorf("Drawable and Draw disagree on %s: %v, %v", name, problems, err)
		}
	}
	if at, err := b.Draw(beatrix()); err != nil || at.FirstPage != 1 {
		t.Errorf("the next letter lies at %+v, %v", at, err)
	}
}

func TestAPanicNamesTheLetterAndEndsTheBatch(t *testing.T) {
	b, err := NewBatch(kent(), C5Window())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Draw(beatrix()); err != nil {
		t.Fatal(err)
	}
	b.canvas = nil
	_, err = b.Draw(beatrix())
	if err == nil || !strings.Contains(err.Error(), "DN 4831 7720") {
		t.Errorf("got %v", err)
	}
	if _, again := b.Finish(new(bytes.Buffer)); again == nil {
		t.Error("a broken batch was finished")
	}
}

func TestTheMarkOfAFormReadsBack(t *testing.T) {
	reference, form, ok := ReadMark(Mark("DN 4831 7720", "F1"))
	if !ok || reference != "DN 4831 7720" || form != "F1" {
		t.Errorf("%q %q %v", reference, form, ok)
	}
	for _, wrong := range []string{"", "https://answer.example/o#X", "DN1:", "DN1:x", "DN1::F1"} {
		if _, _, ok := ReadMark(wrong); ok {
			t.Errorf("%q read as a mark", wrong)
		}
	}
}

func TestEnglishFollowsATranslationForWhoeverHelpsTheReader(t *testing.T) {
	p := kent()
	p.Text, p.Following = shippedWording("standard", "pl"), shippedWording("standard", English)
	if wrong := Check(p, C5Window()); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	pages := strings.Split(tool(t, "pdftotext", "-layout", kept(t, drawn(t, p, beatrix())), "-"), "\f")
	if len(pages) != 6 {
		t.Fatalf("%d pages", len(pages)-1)
	}
	for i, must := range [][]string{
		{"Piątek", "12 marca 2027 r.", "ze strony 5", "Strona 1 z 5", "Dzień dobry, Beatrix"}, {"Strona 2 z 5", "Co zawiera"},
		{"Friday 12 March 2027", "Dear Beatrix", "form on page 5", "Page 3 of 5"}, {"What it shows", "Page 4 of 5"}, {"Formularz odpowiedzi", "Strona 5 z 5"},
	} {
		for _, words := range must {
			if !strings.Contains(pages[i], words) {
				t.Errorf("page %d does not say %q", i+1, words)
			}
		}
	}
	p.Following = "<script>"
	if wrong := Check(p, C5Window()); len(wrong) == 0 {
		t.Error("a script may follow")
	}
}

func TestANameForWhichThePageHasNoRoomWithholdsItsLetterAlone(t *testing.T) {
	p := kent()
	p.Text = strings.Replace(p.Text, "Dear {{name}},", "Dear patient of the health service in this area, dear {{name}},", 1)
	var b *Batch
	for { // until the page holds not one line more
		fuller := p
		fuller.Text = strings.Replace(p.Text, "Yours sincerely,", "We thank you.\\\nYours sincerely,", 1)
		more, err := NewBatch(fuller, C5Window())
		if err != nil {
			break
		}
		b, p = more, fuller
	}
	faces, err := typefaces()
	if err != nil {
		t.Fatal(err)
	}
	long, short := beatrix(), beatrix()
	long.LastDay = longestDay(English, faces[bold])
	long.Dated, short.LastDay, short.Dated = long.LastDay, long.LastDay, long.LastDay
	long.Name = "Chukwuemeka Onyekachukwu-Nwabueze Okafor"
	_, err = b.Draw(long)
	var unfit *Unfit
	if !errors.As(err, &unfit) || unfit.Problems[0].Field != "name" {
		t.Fatal(err)
	}
	if _, err := b.Draw(short); err != nil {
		t.Error(err)
	}
}
