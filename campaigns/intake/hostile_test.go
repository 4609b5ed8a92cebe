package intake

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"duenotice/campaigns/fault"
)

// endless repeats a piece of text until so many bytes were read.
type endless struct {
	piece []byte
	at    int
	left  int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), e.left)]
	for n := 0; n < len(p); {
		c := copy(p[n:], e.piece[e.at:])
		n, e.at = n+c, (e.at+c)%len(e.piece)
	}
	e.left -= int64(len(p))
	return len(p), nil
}

// flat reads a file and holds that, rows and all, it never asked for much memory.
func flat(t *testing.T, file io.Reader) (Summary, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sum, err := ReadCohort(file, Options{Today: today}, func(Person) error { return nil }, func(Finding) error { return nil })
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("reading took %d MB", used>>20)
	}
	return sum, err
}

func TestALineOfFiveGigabytesCostsOneRowAndNoMemory(t *testing.T) {
	size := int64(5 << 30)
	if testing.Short() {
		size = 64 << 20
	}
	file := io.MultiReader(strings.NewReader(header+goodRow), &endless{piece: bytes.Repeat([]byte("Lee,"), 1<<14), left: size},
		strings.NewReader("\n"+with("nhs_number", "9990000026")))
	sum, err := flat(t, file)
	if err != nil || sum.Accepted != 2 || sum.Rejected != 1 || sum.Findings[FieldTooLong] != 1 {
		t.Fatal(sum, err)
	}
}

func TestABombIsLeftBeforeItGoesOff(t *testing.T) {
	pack := func(text io.Reader) []byte {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
		_, _ = io.Copy(z, text)
		_ = z.Close()
		return b.Bytes()
	}
	noughts := func(n int64) io.Reader { return &endless{piece: make([]byte, 1<<16), left: n} }
	lines := func(n int64) io.Reader {
		return io.MultiReader(strings.NewReader(header), &endless{piece: bytes.Repeat([]byte(strings.Repeat(",", 15)+"\n"), 1<<12), left: n})
	}
	inner := zipped(string(pack(noughts(1 << 20))))
	for i := range 3 { // zips in zips, as the 42 kB that hold petabytes
		inner = zipped(string(inner))
		if i == 0 {
			inner = zipped(string(inner), string(inner))
		}
	}
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"blank lines without end": {pack(lines(128 << 20)), "far more than a real file"},
		"noughts without end":     {pack(noughts(128 << 20)), "not text"},
		"zips in zips":            {inner, "packed inside another"},
	} {
		if _, err := flat(t, bytes.NewReader(c.file)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// named is a zip of one file under a name.
func named(name string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.Create(name)
	_, _ = io.WriteString(w, header+goodRow)
	_ = z.Close()
	return b.String()
}

func TestWhateverIsSentInPlaceOfAListIsRefusedWithASentence(t *testing.T) {
	wide := func(s string) string {
		var b bytes.Buffer
		for _, u := range utf16.Encode([]rune(s)) {
			b.WriteByte(byte(u))
			b.WriteByte(byte(u >> 8))
		}
		return b.String()
	}
	many := func(row string) string { return header + strings.Repeat(row, 30) }
	numbers := func(edit func(string) string) string { // thirty people, each row edited
		var b strings.Builder
		b.WriteString(header)
		for _, line := range strings.SplitAfter(string(benchFile(30)), "\n")[1:31] {
			b.WriteString(edit(line))
		}
		return b.String()
	}
	for name, c := range map[string]struct{ file, says string }{
		"a path out of the zip":   {named("../../etc/passwd"), "leads out of it"},
		"an absolute path":        {named("/etc/passwd"), "leads out of it"},
		"a folder":                {named("people/"), "holds a folder"},
		"a spreadsheet":           {named("xl/workbook.xml"), "spreadsheet"},
		"UTF-16 with its mark":    {"\xff\xfe" + wide(header+goodRow), "UTF-16"},
		"UTF-16 without its mark": {wide(header + goodRow), "UTF-16"},
		"noughts among the names": {strings.Replace(header, "title", "ti\x00tle", 1) + goodRow, "not text"},
		"rounded numbers":         {numbers(func(l string) string { return "5.0E+09" + l[10:] }), "Most often: A spreadsheet has rounded the NHS number. Export the column as text"},
		"lost zeros":              {numbers(func(l string) string { return "401023214" + l[10:] }), "nine digits"},
		"swapped columns":         {strings.NewReplacer("family_name", "date_of_birth", "date_of_birth", "family_name").Replace(header) + strings.Repeat(goodRow, 2), "in each other's columns"},
		"a wrong character set":   {many(with("family_name", "M\xfcller")), "not UTF-8"},
		"noughts in every row":    {many(with("family_name", "M\x00ller")), "control characters"},
		"every second row bad and more": {numbers(func() func(string) string {
			n := 0
			return func(l string) string {
				if n++; n%5 < 3 {
					return strings.Replace(l, "1972-01", "1972-31", 1)
				}
				return l
			}
		}()), "18 of 30 rows are wrong, more than the 25%"},
	} {
		out := read(t, c.file, func(o *Options) { o.AllowMadeUp = true })
		if !fault.Is(out.err, fault.Invalid) || !strings.Contains(fault.Of(out.err).Sentence, c.says) {
			t.Errorf("%s: %v", name, out.err)
		}
	}
}

func TestAFileOfNothingButBadRowsIsNotReadToItsEnd(t *testing.T) {
	file := io.MultiReader(strings.NewReader(header), &endless{piece: []byte("x\n"), left: 1 << 30})
	findings := 0
	sum, err := ReadCohort(file, Options{Today: today, MaxBadShare: 1}, func(Person) error { return nil }, func(Finding) error { findings++; return nil })
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "not read further") || sum.Rows != manyBad || findings != manyBad {
		t.Fatal(sum, findings, err)
	}
}
