// Package synth makes up believable, awkward people for real practices, and tells which of their rows it made wrong and how.
package synth

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/intake"
)

// Practice is one that made-up people are registered with.
type Practice struct {
	Code     string
	Patients int    // list size: its share of the people
	Postcode string // people live in its postcode district where a street is known there; may be ""
}

// Options say what to make. Equal options give equal bytes.
type Options struct {
	Region    string // ICB code such as QMF: where the streets are; others fall back to the whole country
	People    int    // rows, the wrong ones included
	Seed      uint64
	Practices []Practice
	Today     calendar.Date // ages are as of this day; 20 November 2026 where none
	WrongRows float64       // share of rows made wrong; 0 means 0.01, below 0 none
	Layout    Layout        // Own where none
	Out       io.Writer     // the cohort
	Faults    io.Writer     // JSON [{"line","rule","severity"}], or nil
}

// Summary counts what was made; the counts after Wrong are of the right rows.
type Summary struct {
	People, Wrong                                      int
	Homes, CareHomes, Children                         int
	Dead, Sensitive, Undeliverable, Formats, Languages int
}

// Wrong is what the reader must say of one row: that it is wrong, or, as a
// note, why a right one reaches nobody. Of rows that are not listed it must
// say nothing.
type Wrong struct {
	Line     int             `json:"line"`
	Rule     intake.Rule     `json:"rule"`
	Severity intake.Severity `json:"severity"`
}

// Cohort writes a cohort of made-up people, home by home and practice by
// practice, in proportion to the list sizes. It streams: memory does not grow
// with the people. NHS numbers are of the test range 999, and begin with 5
// where there are more people than that range has numbers.
func Cohort(o Options) (Summary, error) {
	switch {
	case o.People < 1:
		return Summary{}, fault.New(fault.Invalid, "Say how many people to make: at least one.")
	case len(o.Practices) == 0:
		return Summary{}, fault.New(fault.Invalid, "There are no practices to register the people with.")
	}
	if o.Today.IsZero() {
		o.Today = calendar.On(2026, 11, 20)
	}
	if o.WrongRows == 0 {
		o.WrongRows = 0.01
	}
	if o.Layout == "" {
		o.Layout = Own
	}
	shape, ok := layouts[o.Layout]
	if !ok {
		return Summary{}, fault.New(fault.Invalid, "The layout is own or screening.")
	}
	numbers, err := newNumbers(o.People+o.People/50, o.Seed) // some have two
	if err != nil {
		return Summary{}, err
	}
	m := &maker{
		Options: o, rand: rand.New(rand.NewPCG(o.Seed, 0x6475656e6f74)), numbers: numbers, shape: shape, wrongs: wrongsIn(o.Layout),
		out: bufio.NewWriterSize(o.Out, 256<<10), line: 1, streets: streetsOf(o.Region),
	}
	if err := m.all(); err != nil {
		return m.sum, fmt.Errorf("write made-up people: %w", err)
	}
	return m.sum, nil
}

// maker makes one file.
type maker struct {
	Options
	rand    *rand.Rand
	numbers *numbers
	shape   shape
	wrongs  []wrong
	out     *bufio.Writer
	faults  *bufio.Writer
	listed  int // faults written so far
	sum     Summary
	line    int // the next row's
	buf     []byte
	streets *streets

	last       person // the last right row, for duplicates
	lastLine   int    // 0: none
	lastListed bool
}

func (m *maker) all() error {
	m.write(strings.Join(m.shape.header, ","))
	if m.Faults != nil {
		m.faults = bufio.NewWriter(m.Faults)
		_, _ = m.faults.WriteString("[")
	}
	total := 0
	for _, p := range m.Practices {
		total += max(1, p.Patients)
	}
	sofar, made := 0, 0
	for _, p := range m.Practices {
		sofar += max(1, p.Patients)
		upTo := int(int64(m.People) * int64(sofar) / int64(total))
		m.practice(p, upTo-made)
		made = upTo
	}
	if m.faults != nil {
		_, _ = m.faults.WriteString("\n]\n")
		if err := m.faults.Flush(); err != nil {
			return err
		}
	}
	return m.out.Flush()
}

// practice fills one practice's list, home after home.
func (m *maker) practice(p Practice, n int) {
	for n > 0 {
		h := m.home(p)
		m.sum.Homes++
		for i := 0; i < len(h.ages) && n > 0; i++ {
			m.row(h, i)
			n--
		}
	}
}

// write ends a row; errors stick in the writer and show at the flush.
func (m *maker) write(row string) {
	_, _ = m.out.WriteString(row)
	_, _ = m.out.WriteString("\n")
	m.line += 1 + strings.Count(row, "\n")
}

// list tells of a wrong row.
func (m *maker) list(line int, rule intake.Rule) {
	if m.faults == nil {
		return
	}
	comma := ",\n"
	if m.listed == 0 {
		comma = "\n"
	}
	m.listed++
	one, _ := json.Marshal(Wrong{line, rule, rule.Meaning().Severity}) // plain fields cannot fail
	_, _ = m.faults.WriteString(comma)
	_, _ = m.faults.Write(one)
}

func (m *maker) chance(share float64) bool { return m.rand.Float64() < share }

// between draws from low to high, both included.
func (m *maker) between(low, high int) int { return low + m.rand.IntN(high-low+1) }

func pick[T any](m *maker, from []T) T { return from[m.rand.IntN(len(from))] }
