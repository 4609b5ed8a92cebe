package client

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
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

// pageMark begins a page of the document; the tree of pages says /Pages.
var pageMark = []byte("/Type /Page")

// Write takes the next bytes; it never fails.
func (c *check) Write(p []byte) (int, error) {
	c.sum.Write(p)
	seam := slices.Concat(c.tail, p[:min(len(p), len(pageMark))]) // too short for a mark that is all in p
	c.pages += marks(seam) + marks(p)
	if len(p) > len(pageMark) {
		seam = p
	}
	c.tail = bytes.Clone(seam[max(0, len(seam)-len(pageMark)):])
	return len(p), nil
}

// marks counts the page marks that are followed by something else than an s.
func marks(p []byte) int {
	n := 0
	for {
		at := bytes.Index(p, pageMark)
		if at < 0 || at+len(pageMark) >= len(p) {
			return n
		}
		p = p[at+len(pageMark):]
		if p[0] != 's' {
			n++
		}
	}
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
