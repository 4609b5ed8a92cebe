package letters

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"duenotice/letters/paper"
)

// maskedCode stands where a letter's code stood, as wide as one.
var maskedCode = strings.Repeat("X", 16)

// drawOne draws one letter by itself. What makes it the same letter again is
// that equal letters give equal bytes.
func drawOne(as printedAs, l paper.Letter) ([]byte, error) {
	file, err := paper.NewBatch(as.Pack, as.Geometry)
	if err != nil {
		return nil, fmt.Errorf("draw a letter again: %w", err)
	}
	if _, err := file.Draw(l); err != nil {
		return nil, fmt.Errorf("draw a letter again: %w", err)
	}
	var b bytes.Buffer
	if _, err := file.Finish(&b); err != nil {
		return nil, fmt.Errorf("draw a letter again: %w", err)
	}
	return b.Bytes(), nil
}

// readPrinted reads what a batch was printed with and the letter at a place,
// counted from 1.
func readPrinted(r io.Reader, sequence int) (as printedAs, l paper.Letter, err error) {
	lines := bufio.NewReaderSize(r, 64<<10)
	for at := range sequence + 1 { // each is a line; those before the one that is wanted are not even looked at
		switch at {
		case 0:
			err = readLine(lines, &as)
		case sequence:
			err = readLine(lines, &l)
		default:
			err = skipLine(lines)
		}
		if err != nil {
			return as, l, fmt.Errorf("read what was printed: %w", err)
		}
	}
	return as, l, nil
}

func readLine(r *bufio.Reader, into any) error {
	line, err := r.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, into)
}

func skipLine(r *bufio.Reader) error {
	for {
		if _, err := r.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
