package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"

	"duenotice/letters/exchange"
)

// Depth is what reading a whole batch found.
type Depth struct {
	Letters   int
	Codes     int
	Addresses int
}

// Deep reads every page of a batch as a person would: each piece has its own
// reference on its pages and nobody else's, the postcode of the manifest in
// its address, and a code that no other piece has. It takes poppler's
// pdftotext, and is worth its time for a first batch and after every change.
func Deep(ctx context.Context, pdf string, m exchange.Manifest) (Depth, error) {
	path, err := exec.LookPath("pdftotext")
	if err != nil {
		return Depth{}, errors.New("reading letters needs the program pdftotext, which is not installed: on Debian or Ubuntu it is in poppler-utils")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := exec.CommandContext(ctx, path, "-layout", "-enc", "UTF-8", pdf, "-")
	out, err := c.StdoutPipe()
	if err != nil {
		return Depth{}, fmt.Errorf("read %s: %w", m.Batch, err)
	}
	if err := c.Start(); err != nil {
		return Depth{}, fmt.Errorf("read %s: %w", m.Batch, err)
	}
	found, err := readPages(out, m)
	if err != nil {
		cancel()
		_ = c.Wait() // what it was stopped for is known
		return found, err
	}
	if err := c.Wait(); err != nil {
		return found, fmt.Errorf("read %s: %w", m.Batch, err)
	}
	return found, nil
}

const mostPage = 1 << 20 // of one page's text

var (
	printedCode      = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{4}(?:\s+[0-9A-HJKMNP-TV-Z]{4}){3}\b`)
	printedReference = regexp.MustCompile(`DN ?\d{4} ?\d{3} ?\d{3}`)
)

// readPages reads the text of a batch, in which a form feed ends each page.
func readPages(r io.Reader, m exchange.Manifest) (Depth, error) {
	pages := bufio.NewScanner(r)
	pages.Buffer(make([]byte, 64<<10), mostPage)
	pages.Split(func(data []byte, end bool) (int, []byte, error) {
		if at := bytes.IndexByte(data, '\f'); at >= 0 {
			return at + 1, data[:at], nil
		}
		if end && len(bytes.TrimSpace(data)) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	var found Depth
	codes := make(map[string]string, len(m.Pieces))
	for _, p := range m.Pieces {
		code, own := "", false
		for page := range p.Pages {
			if !pages.Scan() {
				return found, fmt.Errorf("the text of %s ends before page %d of piece %s: %w", m.Batch, page+1, p.Reference, errors.Join(pages.Err(), io.ErrUnexpectedEOF))
			}
			text := pages.Text()
			for _, r := range printedReference.FindAllString(text, -1) {
				if strings.ReplaceAll(r, " ", "") != p.Reference {
					return found, fmt.Errorf("page %d of piece %s shows another piece's reference: letters are mixed", page+1, p.Reference)
				}
				own = true
			}
			if page == 0 && strings.Contains(text, p.Postcode) && p.Postcode != "" {
				found.Addresses++
			} else if page == 0 {
				return found, fmt.Errorf("the address of piece %s does not show the postcode that the manifest names", p.Reference)
			}
			for _, c := range printedCode.FindAllString(text, -1) {
				if c = strings.Join(strings.Fields(c), ""); code != "" && c != code {
					return found, fmt.Errorf("piece %s shows two codes", p.Reference)
				}
				code = c
			}
		}
		switch before, twice := codes[code]; {
		case !own:
			return found, fmt.Errorf("piece %s does not show its reference", p.Reference)
		case code == "":
			return found, fmt.Errorf("piece %s shows no code", p.Reference)
		case twice:
			return found, fmt.Errorf("pieces %s and %s show the same code", before, p.Reference)
		}
		codes[code] = p.Reference
		found.Letters++
		found.Codes++
	}
	if pages.Scan() && len(strings.TrimSpace(pages.Text())) > 0 {
		return found, fmt.Errorf("the text of %s has more pages than its manifest", m.Batch)
	}
	return found, pages.Err()
}
