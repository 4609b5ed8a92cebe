package client

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"regexp"
	"slices"

	"duenotice/letters/exchange"
)

// check counts the pages of a PDF and sums it up while it passes by.
type check struct {
	sum   hash.Hash
	pages int
	tail  []byte // the end of what passed, in which a mark may have begun
}

func newCheck() *check { return &check{sum: sha256.New()} }

// pageMark is a page of the document; the tree of pages says /Pages.
var pageMark = regexp.MustCompile(`/Type[ \r\n]?/Page[^a-zA-Z]`)

const markLength = 12

// Write takes the next bytes; it never fails.
func (c *check) Write(p []byte) (int, error) {
	c.sum.Write(p)
	c.pages += len(pageMark.FindAllIndex(p, -1))
	seam := slices.Concat(c.tail, p[:min(len(p), markLength)])
	for _, at := range pageMark.FindAllIndex(seam, -1) {
		if at[0] < len(c.tail) && at[1] > len(c.tail) { // the others were counted, or are
			c.pages++
		}
	}
	if len(p) > markLength {
		seam = p
	}
	c.tail = bytes.Clone(seam[max(0, len(seam)-markLength):])
	return len(p), nil
}

// matches compares what passed by with the manifest.
func (c *check) matches(m exchange.Manifest, size int64) error {
	switch sum := hex.EncodeToString(c.sum.Sum(nil)); {
	case size != m.PDF.Bytes:
		return fmt.Errorf("the PDF of %s has %d bytes, and its manifest says %d", m.Batch, size, m.PDF.Bytes)
	case sum != m.PDF.SHA256:
		return fmt.Errorf("the PDF of %s has not the checksum that its manifest names", m.Batch)
	case c.pages != m.Totals.Pages:
		return fmt.Errorf("the PDF of %s has %d pages, and its manifest says %d", m.Batch, c.pages, m.Totals.Pages)
	}
	return nil
}

// verify compares a file with its manifest.
func verify(name string, m exchange.Manifest) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	defer func() { _ = f.Close() }()
	c := newCheck()
	size, err := io.Copy(c, f)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	return c.matches(m, size)
}
