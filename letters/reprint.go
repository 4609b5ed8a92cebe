package letters

import (
	"bytes"
	"encoding/json"
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
	lines := json.NewDecoder(r)
	if err := lines.Decode(&as); err != nil {
		return as, l, fmt.Errorf("read what was printed: %w", err)
	}
	for range sequence {
		l = paper.Letter{}
		if err := lines.Decode(&l); err != nil {
			return as, l, fmt.Errorf("read what was printed: %w", err)
		}
	}
	return as, l, nil
}
