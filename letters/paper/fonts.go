package paper

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jung-kurt/gofpdf"
)

// family is how gofpdf calls our typeface.
const family = "liberation"

// fontStyles are gofpdf's words for the weights, fontNames the document's own.
var (
	fontStyles = [weights]string{"", "B"}
	fontNames  = [weights]byte{'A', 'B'}
)

// fonts embeds the typeface: gofpdf cuts it to the runes that were drawn and
// writes its objects, which the press takes over.
type fonts struct {
	pdf *gofpdf.Fpdf
	ids [weights]string // of the fonts in gofpdf's resources
}

// openFonts loads both weights. Damaged font bytes are an error here and not a
// letter without words later.
func openFonts(faces *[weights]*typeface) (*fonts, error) {
	f := &fonts{pdf: gofpdf.New("P", "mm", "A4", "")}
	f.pdf.SetCatalogSort(true)
	f.pdf.SetAutoPageBreak(false, 0)
	for w, style := range fontStyles {
		// gofpdf writes into the font's bytes, so each document has its own
		f.pdf.AddUTF8FontFromBytes(family, style, bytes.Clone(faces[w].data))
		probe := f.pdf.CreateTemplate(func(t *gofpdf.Tpl) { t.SetFont(family, style, 1) })
		found := fontOperator.FindSubmatch(probe.Bytes())
		if found == nil {
			return nil, errors.New("load Liberation Sans: the document does not know the font")
		}
		f.ids[w] = string(found[1])
	}
	return f, f.pdf.Error()
}

var (
	fontOperator = regexp.MustCompile(`/F(\S+) `)
	reference    = regexp.MustCompile(`(\d+) 0 R`)
	subsetName   = regexp.MustCompile(`/utf8` + family + `B?\b`) // gofpdf's names for the cut fonts; PDF wants six capitals before the real one
)

// fontObjects are the objects of the cut fonts, numbered from 0; the fonts of
// the weights are at roots.
type fontObjects struct {
	bodies [][]byte // as gofpdf wrote them
	refs   [][]int  // what each body refers to, in order of appearance
	roots  [weights]int
}

// cut draws each rune once on a page that is thrown away, which tells gofpdf
// what to embed, and takes the fonts' objects out of its document.
func (f *fonts) cut(drawn *[weights][1 << 16]bool) (*fontObjects, error) {
	f.pdf.AddPage()
	for w, style := range fontStyles {
		var runes strings.Builder
		for r, is := range drawn[w] {
			if is {
				runes.WriteRune(rune(r))
			}
		}
		f.pdf.SetFont(family, style, 1)
		f.pdf.Text(0, 0, runes.String())
	}
	var out bytes.Buffer
	if err := f.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("cut the fonts: %w", err)
	}
	objects, err := objectsOf(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("cut the fonts: %w", err)
	}
	set := &fontObjects{}
	at := map[int]int{}
	var take func(number int) (int, error)
	take = func(number int) (int, error) {
		if i, ok := at[number]; ok {
			return i, nil
		}
		body, ok := objects[number]
		if !ok {
			return 0, fmt.Errorf("object %d of the fonts is missing", number)
		}
		i := len(set.bodies)
		at[number] = i
		set.bodies, set.refs = append(set.bodies, body), append(set.refs, nil)
		for _, m := range reference.FindAllSubmatch(dictionaryOf(body), -1) {
			n, err := strconv.Atoi(string(m[1]))
			if err != nil {
				return 0, err
			}
			j, err := take(n)
			if err != nil {
				return 0, err
			}
			set.refs[i] = append(set.refs[i], j)
		}
		return i, nil
	}
	for w, id := range f.ids {
		found := regexp.MustCompile(`/F` + id + ` (\d+) 0 R`).FindSubmatch(objects[2])
		if found == nil {
			return nil, errors.New("cut the fonts: the document does not hold the font")
		}
		n, err := strconv.Atoi(string(found[1]))
		if err != nil {
			return nil, err
		}
		if set.roots[w], err = take(n); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// body returns an object with its references counted from a first number.
func (s *fontObjects) body(i, first int) []byte {
	whole := s.bodies[i]
	dictionary := subsetName.ReplaceAllFunc(dictionaryOf(whole), func(name []byte) []byte {
		if name[len(name)-1] == 'B' {
			return []byte("/DNBOLD+LiberationSans-Bold")
		}
		return []byte("/DNBOOK+LiberationSans")
	})
	length := len(dictionaryOf(whole))
	n := 0
	out := reference.ReplaceAllFunc(dictionary, func([]byte) []byte {
		n++
		return fmt.Appendf(nil, "%d 0 R", first+s.refs[i][n-1])
	})
	return append(out, whole[length:]...)
}

// dictionaryOf returns what stands before an object's stream.
func dictionaryOf(body []byte) []byte {
	if at := bytes.Index(body, []byte("stream\n")); at >= 0 {
		return body[:at]
	}
	return body
}

// objectsOf reads the objects of a PDF that gofpdf wrote, by number, without
// the words obj and endobj.
func objectsOf(pdf []byte) (map[int][]byte, error) {
	broken := errors.New("the document has no table of its objects")
	at := bytes.LastIndex(pdf, []byte("startxref\n"))
	if at < 0 {
		return nil, broken
	}
	word, _, _ := bytes.Cut(pdf[at+len("startxref\n"):], []byte("\n"))
	table, err := strconv.Atoi(string(word))
	if err != nil || table >= at {
		return nil, broken
	}
	lines := strings.Split(string(pdf[table:at]), "\n")
	objects := map[int][]byte{}
	for i, line := range lines[min(3, len(lines)):] {
		offset, state, _ := strings.Cut(line, " ")
		from, err := strconv.Atoi(offset)
		if err != nil || !strings.HasSuffix(strings.TrimSpace(state), "n") {
			break
		}
		head := fmt.Appendf(nil, "%d 0 obj\n", i+1)
		if from > table || !bytes.HasPrefix(pdf[from:], head) {
			return nil, broken
		}
		objects[i+1] = pdf[from+len(head) : table]
	}
	for n, rest := range objects {
		end := bytes.Index(rest, []byte("\nendobj\n"))
		if s := bytes.Index(rest, []byte("stream\n")); s >= 0 && s < end {
			after := bytes.Index(rest[s:], []byte("\nendstream\nendobj\n"))
			if after < 0 {
				return nil, broken
			}
			end = s + after + len("\nendstream")
		}
		if end < 0 {
			return nil, broken
		}
		objects[n] = bytes.Clone(rest[:end])
	}
	return objects, nil
}
