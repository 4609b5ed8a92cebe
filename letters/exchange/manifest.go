// Package exchange writes what a print vendor is given beside a batch's PDF: the manifest as JSON, and as CSV for older vendors.
package exchange

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"duenotice/campaigns/calendar"
)

// Version is the version of the manifest's layout.
const Version = 1

// Manifest says what a sealed batch holds. It is written after the PDF and is
// the mark that the batch is whole.
type Manifest struct {
	Version       int           `json:"version"`
	Batch         string        `json:"batch"`
	Campaign      string        `json:"campaign"`
	Vendor        string        `json:"vendor"`
	Pack          Pack          `json:"pack"`
	Postage       string        `json:"postage"`
	SealedAt      time.Time     `json:"sealed_at"`
	DueAt         time.Time     `json:"due_at"`
	PlannedPostOn calendar.Date `json:"planned_post_on"`
	PDF           File          `json:"pdf"`
	Rows          *File         `json:"rows,omitempty"` // from which letters in Braille or audio are made
	Totals        Totals        `json:"totals"`
	Counts        []Count       `json:"counts"`
	Pieces        []Piece       `json:"pieces"`
}

// Pack names what is printed.
type Pack struct {
	Code     string `json:"code"`
	Version  int    `json:"version"`
	Form     string `json:"form"`
	Language string `json:"language"`
	Format   string `json:"format"`
}

// File is a file of the batch and its checksum in lower-case hexadecimal.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Totals of the batch; they equal the sums over its pieces.
type Totals struct {
	Pieces int `json:"pieces"`
	Pages  int `json:"pages"`
	Sheets int `json:"sheets"`
}

// Count is how many pieces go by one postage with one number of sheets.
type Count struct {
	Postage string `json:"postage"`
	Sheets  int    `json:"sheets"`
	Pieces  int    `json:"pieces"`
}

// Piece is one letter in the PDF. Checksum identifies what is printed in it;
// equal letters of a batch have equal ones.
type Piece struct {
	Sequence  int    `json:"sequence"`
	Reference string `json:"reference"`
	FirstPage int    `json:"first_page"`
	Pages     int    `json:"pages"`
	Sheets    int    `json:"sheets"`
	Postcode  string `json:"postcode"`
	Checksum  string `json:"checksum"`
}

// Add takes a piece in and counts it.
func (m *Manifest) Add(p Piece) {
	m.Pieces = append(m.Pieces, p)
	m.Totals.Pieces++
	m.Totals.Pages += p.Pages
	m.Totals.Sheets += p.Sheets
	for i := range m.Counts {
		if m.Counts[i].Sheets == p.Sheets {
			m.Counts[i].Pieces++
			return
		}
	}
	m.Counts = append(m.Counts, Count{m.Postage, p.Sheets, 1})
}

// Check says what does not add up: pieces out of sequence, pages that overlap
// or are missing, totals that are not the sums.
func (m Manifest) Check() error {
	var sum Totals
	seen := make(map[string]bool, len(m.Pieces))
	for i, p := range m.Pieces {
		switch {
		case p.Sequence != i+1:
			return fmt.Errorf("piece %d of batch %s has sequence %d", i+1, m.Batch, p.Sequence)
		case p.FirstPage != sum.Pages+1 || p.Pages < 1:
			return fmt.Errorf("piece %s of batch %s begins on page %d, not %d", p.Reference, m.Batch, p.FirstPage, sum.Pages+1)
		case seen[p.Reference]:
			return fmt.Errorf("piece %s is in batch %s twice", p.Reference, m.Batch)
		}
		seen[p.Reference] = true
		sum.Pieces++
		sum.Pages += p.Pages
		sum.Sheets += p.Sheets
	}
	counted := 0
	for _, c := range m.Counts {
		counted += c.Pieces
	}
	if sum != m.Totals || counted != sum.Pieces {
		return fmt.Errorf("the totals of batch %s are not the sums over its pieces", m.Batch)
	}
	return nil
}

// JSON writes the manifest; equal manifests give equal bytes.
func (m Manifest) JSON() ([]byte, error) {
	body, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return append(body, '\n'), nil
}

// ReadJSON reads a manifest and checks that it adds up.
func ReadJSON(body []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("read manifest: %w", err)
	}
	if m.Version != Version {
		return m, fmt.Errorf("read manifest: its layout is version %d, not %d", m.Version, Version)
	}
	return m, m.Check()
}

// Columns are the headings of manifest.csv: one line a piece.
var Columns = []string{"batch", "sequence", "reference", "first_page", "pages", "sheets", "postcode", "postage", "checksum"}

// CSV writes the pieces for vendors who read no JSON. The last line is a
// trailer: END, the number of pieces, the pages and the SHA-256 of the PDF.
func (m Manifest) CSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	err := w.Write(Columns)
	for _, p := range m.Pieces {
		err = errors.Join(err, w.Write([]string{m.Batch, strconv.Itoa(p.Sequence), p.Reference, strconv.Itoa(p.FirstPage),
			strconv.Itoa(p.Pages), strconv.Itoa(p.Sheets), p.Postcode, m.Postage, p.Checksum}))
	}
	err = errors.Join(err, w.Write([]string{"END", strconv.Itoa(m.Totals.Pieces), "", "", strconv.Itoa(m.Totals.Pages),
		strconv.Itoa(m.Totals.Sheets), "", "", m.PDF.SHA256}))
	w.Flush()
	if err = errors.Join(err, w.Error()); err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return b.Bytes(), nil
}
