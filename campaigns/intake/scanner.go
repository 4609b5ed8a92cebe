package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"duenotice/campaigns/fault"
)

const (
	maxRecord = 64 << 10 // bytes of one row; more is no row of any layout
	maxLines  = 12       // lines that one row with quoted line ends may span
)

// scanner cuts a stream into rows of comma-separated cells. A row that cannot
// be cut costs that row alone: reading goes on at the next line.
type scanner struct {
	r          io.Reader
	buf        []byte
	start, end int
	eof        bool
	err        error // what the reader failed with
	next       int   // line number of what comes next
	want       int   // cells of a right row; 0 while unknown

	line  int // where the row in hand begins
	text  string
	cells []string // valid until the next scan
	wrong Rule     // WrongCellCount, BrokenQuotes, FieldTooLong or ""
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, 4*maxRecord), next: 1}
}

// scan reads the next row that is not blank into text and cells. It returns
// false at the end of the file and when the reader failed (err).
func (s *scanner) scan() bool {
	for {
		first := s.lineAt(s.start)
		if first < 0 {
			return false
		}
		s.line, s.wrong, s.cells = s.next, "", s.cells[:0]
		if first > maxRecord {
			s.skipLine()
			s.wrong, s.text = FieldTooLong, ""
			return true
		}
		s.read(first)
		if !s.blank() {
			return true
		}
	}
}

// read takes the row whose first line has the given length off the buffer.
func (s *scanner) read(first int) {
	length, lines, open := first, 1, oddQuotes(s.buf[s.start:s.start+first])
	for open && lines < maxLines {
		more := s.lineAt(s.start + length)
		if more < 0 || length+more > maxRecord {
			break
		}
		open = open != oddQuotes(s.buf[s.start+length:s.start+length+more])
		length, lines = length+more, lines+1
	}
	whole := !open && s.cut(length) && (lines == 1 || s.want == 0 || len(s.cells) == s.want)
	if !whole {
		// The quotes do not add up: give up this line only, so that the
		// lines after it are rows of their own.
		s.text, s.wrong = trimEnd(s.buf[s.start:s.start+first]), BrokenQuotes
		length, lines = first, 1
	} else if s.want > 0 && len(s.cells) != s.want {
		s.wrong = WrongCellCount
	}
	if s.endsInside(length) {
		s.err = fault.New(fault.Invalid, "The file ends in the middle of line %d: it was cut off. Send the whole file.", s.line)
	}
	s.start += length
	s.next += lines
}

// endsInside tells whether the file stops within the row of the next n bytes.
// Its last line may lack its end, but not its last cells.
func (s *scanner) endsInside(n int) bool {
	if !s.eof || s.start+n < s.end || s.buf[s.end-1] == '\n' {
		return false
	}
	return s.wrong == BrokenQuotes && oddQuotes(s.buf[s.start:s.end]) || s.wrong == WrongCellCount && len(s.cells) < s.want
}

// cut splits the next n bytes into cells; false when a quote stands where none may.
func (s *scanner) cut(n int) bool {
	s.text = trimEnd(s.buf[s.start : s.start+n])
	s.cells = s.cells[:0]
	rest := s.text
	if strings.IndexByte(rest, '"') < 0 {
		for {
			i := strings.IndexByte(rest, ',')
			if i < 0 {
				s.cells = append(s.cells, rest)
				return true
			}
			s.cells = append(s.cells, rest[:i])
			rest = rest[i+1:]
		}
	}
	for {
		cell, after, ok := firstCell(rest)
		if !ok {
			return false
		}
		s.cells = append(s.cells, cell)
		if after < 0 {
			return true
		}
		rest = rest[after:]
	}
}

// firstCell reads one cell; after is where the next begins, or -1.
func firstCell(s string) (cell string, after int, ok bool) {
	if s == "" || s[0] != '"' {
		i := strings.IndexByte(s, ',')
		if i < 0 {
			return s, -1, true
		}
		return s[:i], i + 1, true
	}
	doubled := false
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			doubled = true
			i++
			continue
		}
		cell = s[1:i]
		if doubled {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		if i+1 == len(s) {
			return cell, -1, true
		}
		return cell, i + 2, s[i+1] == ','
	}
	return "", 0, false
}

// lineAt returns the length of the line at a place of the buffer, its end
// included, reading on as needed; -1 at the end of the file. A line longer
// than a row may be is reported as maxRecord+1.
func (s *scanner) lineAt(at int) int {
	for {
		if i := bytes.IndexByte(s.buf[at:s.end], '\n'); i >= 0 {
			return i + 1
		}
		if s.end-at > maxRecord {
			return maxRecord + 1
		}
		if s.eof {
			if s.end > at && s.err == nil {
				return s.end - at
			}
			return -1
		}
		at -= s.fill()
	}
}

// fill reads more and returns by how much what is in the buffer moved down.
func (s *scanner) fill() (moved int) {
	if s.end == len(s.buf) || s.start > len(s.buf)/2 {
		moved = s.start
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.start = 0
	}
	n, err := s.r.Read(s.buf[s.end:])
	s.end += n
	if err != nil {
		s.eof = true
		if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			s.err = fmt.Errorf("read the file: %w", err)
		}
	}
	return moved
}

// skipLine throws away what is left of a line that is too long.
func (s *scanner) skipLine() {
	s.next++
	for {
		if i := bytes.IndexByte(s.buf[s.start:s.end], '\n'); i >= 0 {
			s.start += i + 1
			return
		}
		s.start = s.end
		if s.eof {
			return
		}
		s.fill()
	}
}

// blank tells whether the row in hand says nothing, as spreadsheets leave at the end.
func (s *scanner) blank() bool {
	return strings.Trim(s.text, ", \t\"") == ""
}

func oddQuotes(b []byte) bool { return bytes.Count(b, []byte{'"'})%2 == 1 }

func trimEnd(b []byte) string { return string(bytes.TrimRight(b, "\r\n")) }
