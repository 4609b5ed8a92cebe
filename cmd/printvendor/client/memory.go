package client

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/letters/exchange"
)

// manifest reads a batch's manifest, and pulls the batch again where the
// folder was lost.
func (d *day) manifest(ctx context.Context, code string) (exchange.Manifest, error) {
	if !safeName.MatchString(code) {
		return exchange.Manifest{}, fmt.Errorf("%q is not the code of a batch", code)
	}
	m, err := readManifest(manifestFile(d.Folder, code))
	if errors.Is(err, fs.ErrNotExist) {
		p, err := d.Pull(ctx, code, d.Folder)
		return p.Manifest, err
	}
	return m, err
}

func (d *day) mark(code, kind string) string { return filepath.Join(d.Folder, "."+code+kind) }

func (d *day) remember(code, kind, what string) error {
	if err := os.WriteFile(d.mark(code, kind), []byte(what+"\n"), 0o600); err != nil {
		return fmt.Errorf("remember what was done: %w", err)
	}
	return nil
}

// takenOut remembers that a piece was taken out of its batch.
func (d *day) takenOut(r Recall) error {
	before, err := d.outOf(r.Batch)
	if err != nil {
		return err
	}
	return d.remember(r.Batch, ".recalled", strings.Join(append(before, r.Reference), "\n"))
}

// outOf are the references of the pieces that were taken out of a batch.
func (d *day) outOf(code string) ([]string, error) {
	text, err := os.ReadFile(d.mark(code, ".recalled"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what was done: %w", err)
	}
	return strings.Fields(string(text)), nil
}

func (d *day) postedOn(code string) (calendar.Date, error) {
	text, err := os.ReadFile(d.mark(code, ".posted"))
	if errors.Is(err, fs.ErrNotExist) {
		return calendar.Date{}, nil
	}
	if err != nil {
		return calendar.Date{}, fmt.Errorf("read what was done: %w", err)
	}
	return calendar.ParseDate(strings.TrimSpace(string(text)))
}

// luck is a number from 0 up to 1 that depends on the seed, on what it
// decides and on a piece's place in its batch, and on nothing else.
func (d *day) luck(what, batch string, sequence int) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s %d", d.Seed, what, batch, sequence)
	x := h.Sum64() // its high bits hardly know the last symbols, so they are stirred
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x>>11) / (1 << 53)
}
