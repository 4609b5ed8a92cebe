package paper

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"duenotice/campaigns/fault"
)

// The most that supplied pages may be.
const (
	MostSuppliedPages = 24
	MostSuppliedBytes = 8 << 20
)

const a4Tolerance = 2.0 // points

// Supply puts pages that were composed elsewhere behind the pack's own: Easy
// Read, or a script that the drawing cannot set. A file that is not a PDF, is
// encrypted or damaged, has too many pages, one that is not upright A4, or a
// font that is not embedded, is a fault whose sentence says which; the pack is
// then unchanged.
func (p *Pack) Supply(pdf []byte) error {
	s, err := openSupplied(pdf)
	if err != nil {
		return err
	}
	p.Supplied, p.SuppliedPages, p.SuppliedSHA256 = bytes.Clone(pdf), len(s.roots), fmt.Sprintf("%x", sha256.Sum256(pdf))
	return nil
}

// supplied holds pages that were composed elsewhere, ready to be written: one
// Form XObject a page, and what they refer to.
type supplied struct {
	ctx   *model.Context
	roots []int          // of the pages' forms among the bodies
	page  int            // the one being read, counted from 1
	known map[string]int // body of an object of the source
	body  [][]byte       // references in it are numbers counted from 0, between \x00 and \x01
}

// withoutConfiguration keeps pdfcpu from writing a configuration into the home
// of whoever runs this program.
var withoutConfiguration = sync.OnceFunc(func() { model.ConfigPath = "disable" })

// openSupplied reads a PDF and takes its pages apart.
func openSupplied(pdf []byte) (s *supplied, err error) {
	if len(pdf) > MostSuppliedBytes {
		return nil, fault.New(fault.Invalid, "The supplied pages take more than %d MB.", MostSuppliedBytes>>20)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return nil, fault.New(fault.Invalid, "The supplied pages are not a PDF.")
	}
	damaged := fault.New(fault.Invalid, "The PDF with the supplied pages is damaged or cut off.")
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, damaged
		}
	}()
	withoutConfiguration()
	config := model.NewDefaultConfiguration()
	config.Offline = true
	ctx, err := pdfcpu.Read(bytes.NewReader(pdf), config)
	switch {
	case errors.Is(err, pdfcpu.ErrWrongPassword) || err == nil && ctx.E != nil || err != nil && bytes.Contains(pdf, []byte("/Encrypt")):
		return nil, fault.New(fault.Invalid, "The PDF with the supplied pages is encrypted. Supply it without a password.")
	case err != nil:
		return nil, damaged
	}
	if err := ctx.EnsurePageCount(); err != nil || ctx.PageCount == 0 {
		return nil, damaged
	}
	if ctx.PageCount > MostSuppliedPages {
		return nil, fault.New(fault.Invalid, "The supplied pages are %d; a letter takes %d at most.", ctx.PageCount, MostSuppliedPages)
	}
	s = &supplied{ctx: ctx, known: map[string]int{}}
	for n := 1; n <= ctx.PageCount; n++ {
		s.page = n
		if err := s.read(); err != nil {
			if fault.Of(err) != nil {
				return nil, err
			}
			return nil, damaged
		}
	}
	s.ctx = nil
	return s, nil
}

// read makes a form of the page.
func (s *supplied) read() error {
	n := s.page
	d, _, inherited, err := s.ctx.PageDict(n, false)
	if err != nil {
		return err
	}
	box := inherited.MediaBox
	if inherited.CropBox != nil {
		box = inherited.CropBox
	}
	if box == nil || inherited.Rotate%360 != 0 || math.Abs(box.Width()-sheetWidth/mmPerPoint) > a4Tolerance || math.Abs(box.Height()-sheetHeight/mmPerPoint) > a4Tolerance {
		return fault.New(fault.Invalid, "Page %d of the supplied pages is not upright A4.", n)
	}
	content, err := s.ctx.PageContent(d, n)
	if err != nil && !errors.Is(err, model.ErrNoContent) {
		return err
	}
	form := types.Dict{"Resources": inherited.Resources}
	if own, ok := d.Find("Resources"); ok {
		form["Resources"] = own
	}
	if group, ok := d.Find("Group"); ok {
		form["Group"] = group
	}
	i := len(s.body)
	s.body = append(s.body, nil)
	s.roots = append(s.roots, i)
	head := fmt.Appendf(nil, "<</Type/XObject/Subtype/Form/BBox[%.2f %.2f %.2f %.2f]/Matrix[1 0 0 1 %.2f %.2f]/Length %d",
		box.LL.X, box.LL.Y, box.UR.X, box.UR.Y, -box.LL.X, -box.LL.Y, len(content))
	if head, err = s.entries(head, form); err != nil {
		return err
	}
	s.body[i] = slices.Concat(head, []byte(">>\nstream\n"), content, []byte("\nendstream"))
	return nil
}

// leftOut are entries that lead away from what a page shows.
var leftOut = []string{"Parent", "P", "StructParent", "StructParents", "Metadata", "PieceInfo", "LastModified"}

// embedded refuses a font that is only named: the vendor's machine would put
// another in its place. The letters of a Type 3 font are drawn in itself; a
// composite one has its file in its descendant.
func (s *supplied) embedded(d types.Dict) error {
	if kind := d.Type(); kind == nil || *kind != "Font" {
		return nil
	}
	if sub := d.Subtype(); sub != nil && (*sub == "Type3" || *sub == "Type0") {
		return nil
	}
	if o, ok := d.Find("FontDescriptor"); ok {
		descriptor, err := s.ctx.DereferenceDict(o)
		if err != nil {
			return err
		}
		for _, file := range []string{"FontFile", "FontFile2", "FontFile3"} {
			if o, ok := descriptor.Find(file); ok {
				if stream, _, err := s.ctx.DereferenceStreamDict(o); err == nil && stream != nil && len(stream.Raw) > 0 {
					return nil
				}
			}
		}
	}
	return fault.New(fault.Invalid, "Page %d of the supplied pages uses a font that is not embedded. Have the PDF made again with all its fonts in it.", s.page)
}

// entries appends the entries of a dictionary in the order of their names.
func (s *supplied) entries(dst []byte, d types.Dict) ([]byte, error) {
	if err := s.embedded(d); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(d))
	for name, value := range d {
		if value != nil && !slices.Contains(leftOut, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var err error
	for _, name := range names {
		dst = append(append(dst, types.Name(name).PDFString()...), ' ')
		if dst, err = s.object(dst, d[name]); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// object appends an object; one that is referred to gets a body of its own.
func (s *supplied) object(dst []byte, o types.Object) ([]byte, error) {
	var err error
	switch o := o.(type) {
	case nil:
		return append(dst, "null "...), nil
	case types.IndirectRef:
		i, err := s.referred(o)
		return fmt.Appendf(dst, "\x00%d\x01 0 R ", i), err
	case types.Dict:
		dst, err = s.entries(append(dst, "<<"...), o)
		return append(dst, ">>"...), err
	case types.Array:
		dst = append(dst, '[')
		for _, item := range o {
			if dst, err = s.object(dst, item); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	}
	return append(append(dst, o.PDFString()...), ' '), nil
}

// referred takes an object over once and returns its body's number.
func (s *supplied) referred(ref types.IndirectRef) (int, error) {
	if i, ok := s.known[ref.PDFString()]; ok {
		return i, nil
	}
	i := len(s.body)
	s.known[ref.PDFString()] = i
	s.body = append(s.body, nil)
	o, err := s.ctx.Dereference(ref)
	if err != nil {
		return 0, err
	}
	stream, ok := o.(types.StreamDict)
	if !ok {
		s.body[i], err = s.object(nil, o)
		return i, err
	}
	d := stream.Clone().(types.StreamDict).Dict
	d["Length"] = types.Integer(len(stream.Raw))
	head, err := s.entries([]byte("<<"), d)
	if err != nil {
		return 0, err
	}
	s.body[i] = slices.Concat(head, []byte(">>\nstream\n"), stream.Raw, []byte("\nendstream"))
	return i, nil
}

// objects is how many there are to write.
func (s *supplied) objects() int {
	if s == nil {
		return 0
	}
	return len(s.body)
}

// write writes them, numbered from first.
func (s *supplied) write(w *writer, first int) {
	for i := range s.objects() {
		body := s.body[i]
		head := dictionaryOf(body)
		w.object(numbered(head, first), body[len(head):])
	}
}

// numbered sets the numbers of references.
func numbered(head []byte, first int) []byte {
	var out []byte
	for {
		before, rest, found := bytes.Cut(head, []byte{0})
		out = append(out, before...)
		if !found {
			return out
		}
		number, after, _ := bytes.Cut(rest, []byte{1})
		n := 0
		for _, digit := range number {
			n = n*10 + int(digit-'0')
		}
		out, head = appendInt(out, first+n), after
	}
}

// names lists the pages' forms as resources.
func (s *supplied) names(out []byte, first int) []byte {
	if s == nil {
		return out
	}
	for i, root := range s.roots {
		out = fmt.Appendf(out, "/P%d %d 0 R", i+1, first+root)
	}
	return out
}

// putSupplied adds the supplied pages to the letter that is being drawn.
func (b *Batch) putSupplied() {
	if b.supplied == nil {
		return
	}
	for i := range b.supplied.roots {
		b.press.page('P', i+1, nil, b.overlayOf(otherPage))
	}
}
