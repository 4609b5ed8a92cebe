package scan

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/tiff"

	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

func pictures(t testing.TB) (asPNG, asTIFF []byte) {
	t.Helper()
	g := image.NewGray(image.Rect(0, 0, 40, 60))
	g.Pix[7] = 99
	var p, f bytes.Buffer
	if err := png.Encode(&p, g); err != nil {
		t.Fatal(err)
	}
	if err := tiff.Encode(&f, g, nil); err != nil {
		t.Fatal(err)
	}
	return p.Bytes(), f.Bytes()
}

// bomb is a PNG of a hundred bytes that says it is 60,000 pixels square.
func bomb() []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, body []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(body)))
		at := b.Len()
		b.WriteString(kind)
		b.Write(body)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(b.Bytes()[at:]))
	}
	head := binary.BigEndian.AppendUint32(nil, 60000)
	head = binary.BigEndian.AppendUint32(head, 60000)
	chunk("IHDR", append(head, 8, 0, 0, 0, 0))
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(make([]byte, 1<<20))
	_ = w.Close()
	chunk("IDAT", z.Bytes())
	chunk("IEND", nil)
	return b.Bytes()
}

// book is a PDF of so many empty pages.
func book(pages int) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/MediaBox[0 0 595 842]/Count " + fmt.Sprint(pages) + "/Kids[")
	for i := range pages {
		fmt.Fprintf(&b, "%d 0 R ", 3+i)
	}
	b.WriteString("]>>endobj\n")
	for i := range pages {
		fmt.Fprintf(&b, "%d 0 obj<</Type/Page/Parent 2 0 R>>endobj\n", 3+i)
	}
	b.WriteString("trailer<</Root 1 0 R>>\n%%EOF\n")
	return []byte(b.String())
}

func TestWhatIsNoScanIsRefusedWithASentence(t *testing.T) {
	t.Parallel()
	needsPoppler(t)
	asPNG, asTIFF := pictures(t)
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"nothing":              {nil, "empty"},
		"a letter of words":    {[]byte("Dear Sir, I say no."), "not a scan"},
		"an archive":           {[]byte("PK\x03\x04 and more"), "packed"},
		"three hundred pages":  {book(300), "300 pages"},
		"a PDF cut off":        {[]byte("%PDF-1.4\n1 0 obj<</Type/Cat"), "damaged"},
		"a bomb":               {bomb(), "too large"},
		"a PNG cut off":        {asPNG[:50], "damaged"},
		"a TIFF cut off":       {asTIFF[:9], "damaged"},
		"a TIFF of itself":     {[]byte("II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00"), "damaged"},
		"a JPEG that is none":  {[]byte("\xff\xd8\xff\xe0 JFIF"), "not a scan"},
		"a page of bad pixels": {append(append([]byte{}, asTIFF[:8]...), bytes.Repeat([]byte{0xff}, 400)...), "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Open(t.Context(), saved(t, "scan", c.file))
			if err == nil {
				_, err = f.Page(t.Context(), 1)
			}
			if told := fault.Of(err); told == nil || !strings.Contains(told.Sentence, c.says) {
				t.Errorf("it says %v, and not that it is %q", err, c.says)
			}
		})
	}
}

func TestEachPageOfATIFFIsReadByItself(t *testing.T) {
	t.Parallel()
	var file []byte
	file = append(file, "II*\x00"...)
	link := 4
	file = append(file, 0, 0, 0, 0)
	for page := range 3 {
		var one bytes.Buffer
		g := image.NewGray(image.Rect(0, 0, 8, 8))
		g.Pix[0] = uint8(10 * (page + 1))
		if err := tiff.Encode(&one, g, nil); err != nil {
			t.Fatal(err)
		}
		b, base := one.Bytes(), len(file)-8
		dir := int(binary.LittleEndian.Uint32(b[4:]))
		for i := range int(binary.LittleEndian.Uint16(b[dir:])) { // what points into the file moves along
			e := b[dir+2+12*i:]
			tag, kind, n := binary.LittleEndian.Uint16(e), binary.LittleEndian.Uint16(e[2:]), binary.LittleEndian.Uint32(e[4:])
			if size := map[uint16]uint32{1: 1, 2: 1, 3: 2, 4: 4, 5: 8}[kind] * n; tag == 273 || size > 4 {
				binary.LittleEndian.PutUint32(e[8:], binary.LittleEndian.Uint32(e[8:])+uint32(base))
			}
		}
		binary.LittleEndian.PutUint32(file[link:], uint32(dir+base))
		file = append(file, b[8:]...)
		link = base + dir + 2 + 12*int(binary.LittleEndian.Uint16(b[dir:]))
	}
	f, err := Open(t.Context(), saved(t, "scans.tiff", file))
	if err != nil || f.Pages != 3 {
		t.Fatalf("%v, and it has %+v", err, f)
	}
	for n := 1; n <= 3; n++ {
		g, err := f.Page(t.Context(), n)
		if err != nil || g.Pix[0] != uint8(10*n) {
			t.Errorf("page %d: %v", n, err)
		}
	}
}

func TestAPDFOfFormsIsReadPageByPage(t *testing.T) {
	t.Parallel()
	needsPoppler(t)
	p := pack("en")
	b, err := paper.NewBatch(p, paper.C5Window())
	if err != nil {
		t.Fatal(err)
	}
	at, err := b.Draw(letter(2))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := b.Finish(&out); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), saved(t, "letter.pdf", out.Bytes()))
	if err != nil || f.Pages != at.Pages {
		t.Fatalf("%v: %d pages, not %d", err, f.Pages, at.Pages)
	}
	page, err := f.Page(t.Context(), f.Pages)
	if err != nil {
		t.Fatal(err)
	}
	if r := Read(page, plans(p)); r.Reference != letter(2).Reference || r.Why != "no box is clearly ticked" {
		t.Errorf("read %q, %q", r.Reference, r.Why)
	}
	// The letter's own code opens the web page: it is no mark, and nothing of it is kept.
	if page, err = f.Page(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if r := Read(page, plans(p)); len(r.Marks) != 0 {
		t.Errorf("the letter's first page has the mark %q", r.Marks)
	}
}
