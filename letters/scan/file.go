package scan

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/image/tiff"

	"duenotice/campaigns/fault"
)

// The limits of a file of scans. A page of more pixels than these is none that
// an office scanner makes: A4 at 600 dots an inch has 35 million.
const (
	MaxBytes  = 256 << 20
	MaxPages  = 250
	MaxPixels = 40_000_000
)

// pageTime is how long taking one page out of a file may take.
const pageTime = time.Minute

// File is a file of scans on the disk.
type File struct {
	path  string
	kind  string // "PDF", "PNG" or "TIFF"
	Pages int
	at    []uint32 // where the pages of a TIFF begin
}

// Open tells what kind of file it is by its content and counts its pages.
// What is no scan, or too much of one, is a fault.Invalid that says so.
func Open(ctx context.Context, path string) (*File, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open scans: %w", err)
	}
	defer func() { _ = r.Close() }()
	head := make([]byte, 1024)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read scans: %w", err)
	}
	head, err = head[:n], nil
	f := &File{path: path, Pages: 1}
	switch {
	case bytes.Contains(head, []byte("%PDF-")):
		f.kind = "PDF"
		f.Pages, err = pagesOfPDF(ctx, path)
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		f.kind = "PNG"
	case bytes.HasPrefix(head, []byte("II*\x00")), bytes.HasPrefix(head, []byte("MM\x00*")):
		f.kind = "TIFF"
		f.at, err = pagesOfTIFF(r)
		f.Pages = len(f.at)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return nil, fault.In("file", fault.Invalid, "This is a packed file. Unpack it and send the scans that are in it.")
	case n == 0:
		return nil, fault.In("file", fault.Invalid, "The file is empty.")
	default:
		return nil, fault.In("file", fault.Invalid, "This is not a scan. Send a PDF, a PNG or a TIFF.")
	}
	if err != nil {
		return nil, err
	}
	if f.Pages < 1 {
		return nil, fault.In("file", fault.Invalid, "The file holds no page.")
	}
	if f.Pages > MaxPages {
		return nil, fault.In("file", fault.Invalid, "The file has %d pages; at most %d are taken at once. Send it in parts.", f.Pages, MaxPages)
	}
	return f, nil
}

// Page draws one page, counted from 1, in grey. A page that cannot be drawn
// is a fault.Invalid; the others are none the worse.
func (f *File) Page(ctx context.Context, n int) (*image.Gray, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTime)
	defer cancel()
	if f.kind == "PDF" {
		return f.pageOfPDF(ctx, n)
	}
	r, err := os.Open(f.path)
	if err != nil {
		return nil, fmt.Errorf("open scans: %w", err)
	}
	defer func() { _ = r.Close() }()
	if f.kind == "PNG" {
		return drawn(r, png.DecodeConfig, png.Decode)
	}
	if n < 1 || n > len(f.at) {
		return nil, unreadable()
	}
	return drawn(&firstPage{r, f.at[n-1], littleEndian(r), 0}, tiff.DecodeConfig, tiff.Decode)
}

func unreadable() error {
	return fault.In("file", fault.Invalid, "This page cannot be read: the file is damaged.")
}

// drawn decodes a picture after a look at its size. A damaged one may lead a
// decoder anywhere, a panic included.
func drawn(r io.ReadSeeker, config func(io.Reader) (image.Config, error), decode func(io.Reader) (image.Image, error)) (g *image.Gray, err error) {
	defer func() {
		if recover() != nil {
			g, err = nil, unreadable()
		}
	}()
	c, err := config(r)
	if err != nil {
		return nil, unreadable()
	}
	if c.Width < 1 || c.Height < 1 || c.Width > MaxPixels || c.Height > MaxPixels || c.Width*c.Height > MaxPixels {
		return nil, fault.In("file", fault.Invalid, "A page of %d by %d pixels is too large. Scan at 150 to 600 dots an inch.", c.Width, c.Height)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read scans: %w", err)
	}
	img, err := decode(r)
	if err != nil {
		return nil, unreadable()
	}
	return grey(img), nil
}

// grey is a picture on white paper, without its colours.
func grey(img image.Image) *image.Gray {
	g := image.NewGray(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(g, g.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(g, g.Rect, img, img.Bounds().Min, draw.Over)
	return g
}

// pagesOfTIFF finds where the pages of a TIFF begin: each directory names the next.
func pagesOfTIFF(r io.ReaderAt) (at []uint32, err error) {
	order := littleEndian(r)
	word := make([]byte, 4)
	where := int64(4)
	seen := map[uint32]bool{}
	for {
		if _, err := r.ReadAt(word, where); err != nil {
			return nil, unreadable()
		}
		next := order.Uint32(word)
		if next == 0 || seen[next] {
			return at, nil
		}
		if len(at) > 4*MaxPages {
			return at, nil
		}
		seen[next] = true
		at = append(at, next)
		if _, err := r.ReadAt(word[:2], int64(next)); err != nil {
			return nil, unreadable()
		}
		where = int64(next) + 2 + 12*int64(order.Uint16(word))
	}
}

func littleEndian(r io.ReaderAt) binary.ByteOrder {
	var b [1]byte
	if _, err := r.ReadAt(b[:], 0); err == nil && b[0] == 'M' {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// firstPage shows a TIFF as if one of its pages were the first: decoders read
// no other.
type firstPage struct {
	r     io.ReaderAt
	at    uint32
	order binary.ByteOrder
	pos   int64
}

// ReadAt implements io.ReaderAt.
func (f *firstPage) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.r.ReadAt(p, off)
	var where [4]byte
	f.order.PutUint32(where[:], f.at)
	for i := range where {
		if k := int64(4+i) - off; k >= 0 && k < int64(n) {
			p[k] = where[i]
		}
	}
	return n, err
}

// Read implements io.Reader.
func (f *firstPage) Read(p []byte) (int, error) {
	n, err := f.ReadAt(p, f.pos)
	f.pos += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// Seek implements io.Seeker, to the start only.
func (f *firstPage) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return f.pos, errors.New("seek in scans: only from the start")
	}
	f.pos = offset
	return offset, nil
}

// poppler finds one of poppler's programs.
func poppler(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fault.In("file", fault.Unavailable, "Scans in a PDF are read with poppler (%s), which is not installed here. Send PNG or TIFF files.", name)
	}
	return path, nil
}

// most is the memory that poppler may take, in kB: a small file can unpack to anything.
const most = 1 << 20

// run runs one of poppler's programs within bounds of memory and time. What
// it complains of may quote the file, so nobody is told.
func run(ctx context.Context, name string, args ...string) ([]byte, error) {
	path, err := poppler(name)
	if err != nil {
		return nil, err
	}
	var c *exec.Cmd
	if sh, none := exec.LookPath("sh"); none == nil {
		c = exec.CommandContext(ctx, sh, append([]string{"-c", fmt.Sprintf(`ulimit -v %d 2>/dev/null; exec "$@"`, most), "sh", path}, args...)...)
	} else {
		c = exec.CommandContext(ctx, path, args...)
	}
	var out bytes.Buffer
	c.Stdout = &bounded{&out, 2 * MaxPixels}
	err = c.Run()
	if err != nil && ctx.Err() == nil || err == nil && out.Len() == 0 {
		return nil, unreadable()
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, fault.In("file", fault.Invalid, "This page takes too long to draw: it is no scan of a form.")
	}
	if err != nil {
		return nil, fmt.Errorf("read a page of a PDF: %w", err)
	}
	return out.Bytes(), nil
}

type bounded struct {
	to   *bytes.Buffer
	left int
}

// Write implements io.Writer and refuses what is too much.
func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.New("too much")
	}
	return b.to.Write(p)
}

var pagesLine = regexp.MustCompile(`(?m)^Pages:\s+(\d+)`)

func pagesOfPDF(ctx context.Context, path string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTime)
	defer cancel()
	out, err := run(ctx, "pdfinfo", path)
	if err != nil {
		return 0, err
	}
	m := pagesLine.FindSubmatch(out)
	if m == nil {
		return 0, unreadable()
	}
	return strconv.Atoi(string(m[1]))
}

// pageOfPDF draws a page as large as pages are read, whatever it says its size is.
func (f *File) pageOfPDF(ctx context.Context, n int) (*image.Gray, error) {
	page := strconv.Itoa(n)
	out, err := run(ctx, "pdftoppm", "-gray", "-png", "-singlefile", "-f", page, "-l", page, "-scale-to", strconv.Itoa(longSide), f.path)
	if err != nil {
		return nil, err
	}
	return drawn(bytes.NewReader(out), png.DecodeConfig, png.Decode)
}
