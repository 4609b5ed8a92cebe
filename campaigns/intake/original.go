package intake

import (
	"io"
	"strings"
)

// Originals reads the rows of a file of people, plain, gzip or zip, as they
// stand in it, the header first, and calls each with the line on which a row
// begins and its cells. A row whose quotes do not add up comes cut at every
// comma. The cells are valid until each returns.
func Originals(r io.Reader, maxBytes int64, each func(line int, cells []string) error) error {
	text, err := unpack(r, maxBytes)
	if err != nil {
		return err
	}
	s := newScanner(text)
	for s.scan() {
		cells := s.cells
		if s.want == 0 {
			s.want = len(cells)
		}
		if s.wrong == BrokenQuotes || s.wrong == FieldTooLong {
			cells = strings.Split(s.text, ",")
		}
		if err := each(s.line, cells); err != nil {
			return err
		}
	}
	return s.err
}
