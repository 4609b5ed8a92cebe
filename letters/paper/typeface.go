package paper

import (
	"fmt"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// weight is one of the two weights a letter is set in.
type weight int

const (
	regular weight = iota
	bold
	weights
)

// noGlyph marks a rune that the typeface cannot draw.
const noGlyph = 0xffff

// typeface holds the widths of one weight of Liberation Sans, in thousandths
// of the size, as the PDF itself will state them.
type typeface struct {
	data   []byte // the font file; copied for each document, which writes into it
	widths [1 << 16]uint16
}

// typefaces are read once and never written again.
var typefaces = sync.OnceValues(func() (*[weights]*typeface, error) {
	var faces [weights]*typeface
	for w, data := range [weights][]byte{liberationsansregular.TTF, liberationsansbold.TTF} {
		face, err := readTypeface(data)
		if err != nil {
			return nil, fmt.Errorf("read Liberation Sans: %w", err)
		}
		faces[w] = face
	}
	// what one weight lacks, no text may hold: a name may be set in either
	for r := range faces[regular].widths {
		if faces[regular].widths[r] == noGlyph || faces[bold].widths[r] == noGlyph {
			faces[regular].widths[r], faces[bold].widths[r] = noGlyph, noGlyph
		}
	}
	return &faces, nil
})

// readTypeface takes the widths of every rune that the font's cmap names.
func readTypeface(data []byte) (*typeface, error) {
	f, err := sfnt.Parse(data)
	if err != nil {
		return nil, err
	}
	var buf sfnt.Buffer
	face := &typeface{data: data}
	em := fixed.I(1000)
	for r := range face.widths {
		face.widths[r] = noGlyph
		glyph, err := f.GlyphIndex(&buf, rune(r))
		if err != nil || glyph == 0 {
			continue
		}
		advance, err := f.GlyphAdvance(&buf, glyph, em, font.HintingNone)
		if err != nil {
			return nil, err
		}
		face.widths[r] = uint16(advance.Round())
	}
	return face, nil
}

// has tells whether the typeface draws this rune.
func (t *typeface) has(r rune) bool {
	return r >= 0 && r < rune(len(t.widths)) && t.widths[r] != noGlyph
}

// width returns the width of a text at a size in points, in millimetres, with
// extra points after every symbol.
func (t *typeface) width(text string, size, spacing float64) float64 {
	var units, n int
	for _, r := range text {
		n++
		if t.has(r) {
			units += int(t.widths[r])
		}
	}
	return (float64(units)*size/1000 + float64(n)*spacing) * mmPerPoint
}

// undrawable returns the first rune that must not be printed: one that the
// typeface lacks, that stands for nothing on paper, or whose script needs
// shaping that the drawing cannot do. The text is expected in NFC.
func (t *typeface) undrawable(text string) (rune, bool) {
	for i, r := range text {
		if r < 0x7f && r >= 0x20 {
			continue
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(text[i:]); n <= 1 {
				return r, true
			}
		}
		if !t.has(r) || !printable(r) {
			return r, true
		}
	}
	return 0, false
}

// printable tells whether a rune beyond ASCII may stand in a letter: Latin,
// Greek and Cyrillic letters, digits, punctuation and the signs between them.
func printable(r rune) bool {
	if unicode.In(r, unicode.M, unicode.C, unicode.Zl, unicode.Zp) {
		return false
	}
	if unicode.IsLetter(r) {
		return unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Lm) || r == 'ª' || r == 'º'
	}
	return true
}

// settled brings a text into the form in which it is checked and drawn: NFC,
// one kind of space, none at the ends and none doubled.
func settled(text string) string {
	if !norm.NFC.IsNormalString(text) {
		text = norm.NFC.String(text)
	}
	return squeezed(text)
}

// squeezed trims a text and makes each run of white space one space.
func squeezed(text string) string {
	clean, last := true, rune(' ')
	for _, r := range text {
		if unicode.IsSpace(r) && (r != ' ' || last == ' ') {
			clean = false
			break
		}
		last = r
	}
	if clean && last != ' ' {
		return text
	}
	out := make([]rune, 0, len(text))
	for _, r := range text {
		if unicode.IsSpace(r) {
			if len(out) > 0 && out[len(out)-1] != ' ' {
				out = append(out, ' ')
			}
			continue
		}
		out = append(out, r)
	}
	if n := len(out); n > 0 && out[n-1] == ' ' {
		out = out[:n-1]
	}
	return string(out)
}
