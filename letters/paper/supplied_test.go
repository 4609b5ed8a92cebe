package paper

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jung-kurt/gofpdf"
)

// easyRead is a supplied PDF with two pages of words and a picture.
func easyRead(t testing.TB, size string, protect, embed bool) []byte {
	t.Helper()
	pdf := gofpdf.New("P", "mm", size, "")
	font := "Helvetica" // which every reader has, and no file brings along
	if embed {
		faces, err := typefaces()
		if err != nil {
			t.Fatal(err)
		}
		font = "Liberation"
		pdf.AddUTF8FontFromBytes(font, "", bytes.Clone(faces[regular].data))
	}
	if protect {
		pdf.SetProtection(gofpdf.CnProtectPrint, "open", "own")
	}
	for page := range 2 {
		pdf.AddPage()
		pdf.SetFont(font, "", 20)
		pdf.Text(30, 60, fmt.Sprintf("Easy Read page %d", page+1))
		pdf.LinearGradient(30, 80, 40, 40, 200, 0, 0, 0, 0, 200, 0, 0, 1, 1)
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSuppliedPagesStandBehindTheAddressPageOfEveryLetter(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "easy.pdf")
	if err := os.WriteFile(plain, easyRead(t, "A4", false, true), 0o600); err != nil {
		t.Fatal(err)
	}
	sources := map[string][]byte{"plain": easyRead(t, "A4", false, true)}
	if _, err := exec.LookPath("qpdf"); err == nil { // objects in streams, as most programs write today
		packed := plain + ".packed"
		if out, err := exec.Command("qpdf", "--object-streams=generate", plain, packed).CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
		body, err := os.ReadFile(packed)
		if err != nil {
			t.Fatal(err)
		}
		sources["packed"] = body
	}
	for name, source := range sources {
		p := kent()
		p.Format = EasyRead
		p.Text = p.Text[:strings.Index(p.Text, "## What it shows")] + p.Text[strings.Index(p.Text, "## Other formats"):]
		if err := p.Supply(source); err != nil {
			t.Fatal(name, err)
		}
		if wrong := Check(p, C5Window()); len(wrong) > 0 {
			t.Fatal(name, wrong)
		}
		file := kept(t, drawn(t, p, crowd(3)...))
		if out := tool(t, "qpdf", "--check", file); !strings.Contains(out, "No syntax or stream encoding errors") {
			t.Error(name, out)
		}
		pages := strings.Split(tool(t, "pdftotext", "-layout", file, "-"), "\f")
		if len(pages) != 3*5+1 {
			t.Fatalf("%s: %d pages", name, len(pages)-1)
		}
		for i, want := range []string{"Friday 12 March 2027", "Other formats", "Easy Read page 1", "Easy Read page 2", "Answer form"} {
			if !strings.Contains(pages[5+i], want) {
				t.Errorf("%s: page %d of the second letter does not say %q", name, i+1, want)
			}
		}
		if p.SuppliedPages++; len(Check(p, C5Window())) == 0 {
			t.Errorf("%s: a page more than there is passes", name)
		}
		p.SuppliedPages--
		gone := p
		gone.Supplied = nil
		if _, err := NewBatch(gone, C5Window()); err == nil {
			t.Errorf("%s: letters would go without their pages", name)
		}
		if again := drawn(t, p, crowd(3)...); string(again) != string(drawn(t, p, crowd(3)...)) {
			t.Errorf("%s: equal letters gave other bytes", name)
		}
	}
}

func TestPagesThatCannotBePutBehindALetterAreRefusedWithASentence(t *testing.T) {
	good := easyRead(t, "A4", false, true)
	for name, c := range map[string]struct {
		pdf  []byte
		says string
	}{
		"a letter-size page": {easyRead(t, "Letter", false, true), "Page 1 of the supplied pages is not upright A4."},
		"a password":         {easyRead(t, "A4", true, true), "encrypted"},
		"a picture":          {[]byte("\x89PNG\r\n"), "not a PDF"},
		"half a file":        {good[:len(good)/3], "damaged or cut off"},
		"nothing":            {nil, "not a PDF"},
		"a font left out":    {easyRead(t, "A4", false, false), "Page 1 of the supplied pages uses a font that is not embedded."},
	} {
		p := kent()
		err := p.Supply(c.pdf)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if p.SuppliedPages != 0 || p.Supplied != nil {
			t.Errorf("%s changed the pack", name)
		}
	}
}

func TestADamagedSuppliedFileIsRefusedOrReadAndNeverAPanic(t *testing.T) {
	good := easyRead(t, "A4", false, true)
	for at := 0; at < len(good); at += 97 {
		cut, bent := good[:at], bytes.Clone(good)
		bent[at] ^= 0x55
		for _, pdf := range [][]byte{cut, bent} {
			p := kent()
			if err := p.Supply(pdf); err == nil && p.SuppliedPages == 0 {
				t.Fatalf("at %d nothing was supplied and nothing said", at)
			}
		}
	}
}
