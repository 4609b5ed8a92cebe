package intake

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"strings"

	"duenotice/campaigns/fault"
)

const (
	defaultMaxBytes = 4 << 30
	// A file of people packs to a fifth or a tenth. Past the free allowance a
	// file that unpacks to more than maxRatio times its size is a bomb.
	maxRatio      = 200
	freeAllowance = 16 << 20
)

var (
	errCutOff  = fault.New(fault.Invalid, "The packed file is cut off or damaged: it ends before it should. Send it again.")
	errTooBig  = fault.New(fault.Invalid, "The file unpacks to far more than a real file would, so it was not read.")
	errNested  = fault.New(fault.Invalid, "The file is packed inside another packed file. Send it packed once, or not at all.")
	errMembers = fault.New(fault.Invalid, "The zip holds more than one file. Send one file at a time.")
)

// unpack returns the plain text of a file that may be packed with gzip or as
// a zip of one member, with the byte-order mark taken off. It refuses what is
// no text: PDF, spreadsheets, UTF-16, an empty file.
func unpack(r io.Reader, maxBytes int64) (*bufio.Reader, error) {
	if maxBytes <= 0 {
		maxBytes = defaultMaxBytes
	}
	packed := &counter{r: r}
	outer := bufio.NewReaderSize(packed, 64<<10)
	head, err := peek(outer)
	if err != nil {
		return nil, err
	}
	var inner io.Reader
	switch kind := Sniff(head); kind {
	case KindGzip:
		z, err := gzip.NewReader(outer)
		if err != nil {
			return nil, errCutOff
		}
		inner = &limiter{r: z, packed: packed, left: maxBytes}
	case KindZip:
		z, err := openZip(outer)
		if err != nil {
			return nil, err
		}
		inner = &limiter{r: z, packed: packed, left: maxBytes}
	default:
		return plain(outer, kind)
	}
	text := bufio.NewReaderSize(inner, 64<<10)
	if head, err = peek(text); err != nil {
		return nil, err
	}
	kind := Sniff(head)
	if kind == KindGzip || kind == KindZip {
		return nil, errNested
	}
	return plain(text, kind)
}

func peek(b *bufio.Reader) ([]byte, error) {
	head, err := b.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the file's beginning: %w", err)
	}
	return head, nil
}

// plain takes off the byte-order mark and refuses what is no text.
func plain(b *bufio.Reader, kind Kind) (*bufio.Reader, error) {
	if kind.text() {
		if head, _ := b.Peek(3); bytes.Equal(head, []byte("\ufeff")) {
			_, _ = b.Discard(3) // just peeked
		}
		return b, nil
	}
	return nil, fault.New(fault.Invalid, "%s", kind.refusal())
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// limiter stops a packed file that unpacks to too much and names one cut off.
type limiter struct {
	r         io.Reader
	packed    *counter
	out, left int64
}

func (l *limiter) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.out += int64(n)
	if l.left -= int64(n); l.left < 0 || l.out > freeAllowance && l.out/maxRatio > l.packed.n {
		return 0, errTooBig
	}
	var corrupt flate.CorruptInputError
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.As(err, &corrupt) {
		return n, errCutOff
	}
	return n, err
}

// zipMember reads the one member of a zip as a stream, without its directory.
type zipMember struct {
	src     *bufio.Reader
	r       io.Reader
	sum     hash.Hash32
	want    uint32
	trailer bool // checksum follows the data
	ended   error
}

func openZip(b *bufio.Reader) (io.Reader, error) {
	var h [30]byte
	if _, err := io.ReadFull(b, h[:]); err != nil {
		return nil, errCutOff
	}
	flags, method := binary.LittleEndian.Uint16(h[6:]), binary.LittleEndian.Uint16(h[8:])
	rest := make([]byte, int(binary.LittleEndian.Uint16(h[26:]))+int(binary.LittleEndian.Uint16(h[28:])))
	if _, err := io.ReadFull(b, rest); err != nil {
		return nil, errCutOff
	}
	name := string(rest[:binary.LittleEndian.Uint16(h[26:])])
	z := &zipMember{src: b, sum: crc32.NewIEEE(), want: binary.LittleEndian.Uint32(h[14:]), trailer: flags&8 != 0}
	switch {
	case spreadsheetMember(name):
		return nil, fault.New(fault.Invalid, "%s", KindSpreadsheet.refusal())
	case strings.Contains(name, "..") || strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/"):
		return nil, fault.New(fault.Invalid, "The zip holds a folder or a path that leads out of it. Send one plain file.")
	case flags&1 != 0:
		return nil, fault.New(fault.Invalid, "The zip is locked with a password. Send it without.")
	case method == 8:
		z.r = flate.NewReader(b)
	case method == 0 && !z.trailer:
		z.r = io.LimitReader(b, int64(binary.LittleEndian.Uint32(h[18:])))
	default:
		return nil, fault.New(fault.Invalid, "The zip is packed in a way that cannot be read. Pack it again, or send it as gzip.")
	}
	return z, nil
}

func spreadsheetMember(name string) bool {
	return name == "[Content_Types].xml" || strings.HasPrefix(name, "xl/") || strings.HasPrefix(name, "_rels/") ||
		strings.HasPrefix(name, "docProps/") || name == "mimetype"
}

func (z *zipMember) Read(p []byte) (int, error) {
	if z.ended != nil {
		return 0, z.ended
	}
	n, err := z.r.Read(p)
	z.sum.Write(p[:n])
	if errors.Is(err, io.EOF) {
		z.ended = z.finish()
		return n, z.ended
	}
	return n, err
}

// finish compares the checksum and sees that nothing but the directory follows.
func (z *zipMember) finish() error {
	if z.trailer {
		var d [12]byte // checksum and two sizes, perhaps after a signature
		if _, err := io.ReadFull(z.src, d[:4]); err != nil {
			return errCutOff
		}
		if string(d[:4]) == "PK\x07\x08" {
			if _, err := io.ReadFull(z.src, d[:4]); err != nil {
				return errCutOff
			}
		}
		if _, err := io.ReadFull(z.src, d[4:]); err != nil {
			return errCutOff
		}
		z.want = binary.LittleEndian.Uint32(d[:])
		if sig, _ := z.src.Peek(2); string(sig) != "PK" { // sizes of 8 bytes
			_, _ = z.src.Discard(8)
		}
	}
	if z.want != z.sum.Sum32() {
		return errCutOff
	}
	switch sig, _ := z.src.Peek(4); string(sig) {
	case "PK\x01\x02":
		return io.EOF
	case "PK\x03\x04":
		return errMembers
	default:
		return errCutOff
	}
}
