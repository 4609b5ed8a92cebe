package paper

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"duenotice/campaigns/calendar"
)

// press keeps the pages of a batch, one behind the other in one piece of
// memory, and writes them as a PDF in which nothing depends on when or where
// it is written. gofpdf would keep a buffer and a map for every page.
type press struct {
	pages [][]byte // operators of each page
	store []byte   // where the operators of the next pages go
	forms [][]byte // what the letters share, a Form XObject each
}

// storeSize is the memory that is asked for at once; pages do not move in it.
const storeSize = 1 << 19

// form keeps a shared part and returns its name, a number.
func (p *press) form(ops []byte) int {
	p.forms = append(p.forms, ops)
	return len(p.forms)
}

// page adds a page: a shared part (S) or a supplied page (P) by its number, a
// letter's own operators, and an overlay.
func (p *press) page(kind byte, form int, ops, over []byte) {
	const most = 16 // of the name of the shared part
	if need := most + len(ops) + len(over); cap(p.store)-len(p.store) < need {
		p.store = make([]byte, 0, max(storeSize, need))
	}
	from := len(p.store)
	p.store = append(p.store, '/', kind)
	p.store = append(appendInt(p.store, form), " Do\n"...)
	p.store = append(p.store, ops...)
	p.store = append(p.store, over...)
	p.pages = append(p.pages, p.store[from:])
}

// about is what a document says of itself.
type about struct {
	title, language string
	dated           calendar.Date
}

// The first objects of every document.
const (
	pagesObject = iota + 1
	resourcesObject
	catalogObject
	infoObject
	firstFont
)

// writer writes objects and notes where they begin.
type writer struct {
	out     *bufio.Writer
	at      int64
	offsets []int64 // of object i+1
	line    []byte
}

func (w *writer) Write(b []byte) (int, error) {
	w.at += int64(len(b))
	return w.out.Write(b)
}

// object writes one object; objects come in the order of their numbers.
func (w *writer) object(parts ...[]byte) {
	w.offsets = append(w.offsets, w.at)
	w.line = append(appendInt(w.line[:0], len(w.offsets)), " 0 obj\n"...)
	// a failure of the buffered writer stays and is met when it is flushed
	_, _ = w.Write(w.line)
	for _, part := range parts {
		_, _ = w.Write(part)
	}
	_, _ = w.Write([]byte("\nendobj\n"))
}

// write writes the document.
func (p *press) write(to io.Writer, a about, set *fontObjects, pages *supplied) error {
	w := &writer{out: bufio.NewWriterSize(to, 1<<16), offsets: make([]int64, 0, 2*len(p.pages)+64)}
	firstForm := firstFont + len(set.bodies)
	firstSupplied := firstForm + len(p.forms)
	firstPage := firstSupplied + pages.objects()
	_, _ = w.Write([]byte("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"))
	w.object(p.tree(firstPage))
	w.object(p.resources(set, firstForm, firstSupplied, pages))
	w.object(fmt.Appendf(nil, "<</Type/Catalog/Pages %d 0 R/Lang(%s)>>", pagesObject, a.language))
	moment := a.dated.Start().UTC().Format("20060102150405Z")
	w.object(fmt.Appendf(nil, "<</Title %s/Producer(Due Notice)/CreationDate(D:%s)/ModDate(D:%s)>>", utf16Text(a.title), moment, moment))
	for i := range set.bodies {
		w.object(set.body(i, firstFont))
	}
	for _, ops := range p.forms {
		head := fmt.Sprintf("<</Type/XObject/Subtype/Form/BBox[0 0 %s]/Resources %d 0 R/Length %d>>\nstream\n", mediaBox, resourcesObject, len(ops))
		w.object([]byte(head), ops, []byte("\nendstream"))
	}
	pages.write(w, firstSupplied)
	p.writePages(w, firstPage)
	table := w.at
	fmt.Fprintf(w, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, offset := range w.offsets {
		w.line = append(appendPadded(w.line[:0], offset), " 00000 n \n"...)
		_, _ = w.Write(w.line)
	}
	fmt.Fprintf(w, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(w.offsets)+1, catalogObject, infoObject, table)
	return w.out.Flush()
}

// mediaBox is A4 in points.
const mediaBox = "595.28 841.89"

// tree lists the pages, each followed by its stream.
func (p *press) tree(firstPage int) []byte {
	out := fmt.Appendf(nil, "<</Type/Pages/MediaBox[0 0 %s]/Resources %d 0 R/Count %d/Kids[", mediaBox, resourcesObject, len(p.pages))
	for i := range p.pages {
		out = append(appendInt(out, firstPage+2*i), " 0 R "...)
	}
	return append(out, "]>>"...)
}

// writePages writes each page and its stream; a batch has thousands, so
// nothing is allocated for one.
func (p *press) writePages(w *writer, firstPage int) {
	var line []byte
	end := []byte("endstream\nendobj\n")
	for i, ops := range p.pages {
		number := firstPage + 2*i
		w.offsets = append(w.offsets, w.at)
		line = append(appendInt(line[:0], number), " 0 obj\n<</Type/Page/Parent 1 0 R/Contents "...)
		line = append(appendInt(line, number+1), " 0 R>>\nendobj\n"...)
		w.offsets = append(w.offsets, w.at+int64(len(line)))
		line = append(appendInt(line, number+1), " 0 obj\n<</Length "...)
		line = append(appendInt(line, len(ops)), ">>\nstream\n"...)
		_, _ = w.Write(line)
		_, _ = w.Write(ops)
		_, _ = w.Write(end)
	}
}

// resources names fonts, shared parts, supplied pages and the tint of zones.
func (p *press) resources(set *fontObjects, firstForm, firstSupplied int, pages *supplied) []byte {
	out := []byte("<</ProcSet[/PDF/Text/ImageB/ImageC]/Font<<")
	for weight, name := range fontNames {
		out = fmt.Appendf(out, "/%c %d 0 R", name, firstFont+set.roots[weight])
	}
	out = append(out, ">>/XObject<<"...)
	for i := range p.forms {
		out = fmt.Appendf(out, "/S%d %d 0 R", i+1, firstForm+i)
	}
	out = pages.names(out, firstSupplied)
	return append(out, ">>/ExtGState<</Z<</ca .25>>>>>>"...)
}

// appendPadded writes ten digits.
func appendPadded(dst []byte, n int64) []byte {
	from := len(dst)
	dst = append(dst, "0000000000"...)
	for i := from + 9; i >= from && n > 0; i, n = i-1, n/10 {
		dst[i] = byte('0' + n%10)
	}
	return dst
}

// utf16Text writes a text as a PDF string of UTF-16.
func utf16Text(s string) []byte {
	var out bytes.Buffer
	out.WriteString("<FEFF")
	for _, r := range s {
		fmt.Fprintf(&out, "%04X", r&0xffff)
	}
	out.WriteByte('>')
	return out.Bytes()
}
