package intake

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"duenotice/campaigns/fault"
)

// layout describes a file that has a header: which columns it may have, in
// any order, and under which older names.
type layout struct {
	kind     Kind
	title    string // what people call the file
	columns  []string
	required int                 // so many of the first columns must be there
	older    map[string][]string // other headings of a column
	unread   []string            // headings that belong to it and are not read
	bare     []string            // headings of a file that comes without them
}

// table reads the rows of a layout, cell by cell in the layout's order.
type table struct {
	*scanner
	*inspector
	layout *layout
	at     []int // where each of the layout's columns stands; -1: absent
	kept   bool  // the row in hand has not been looked at yet
}

// openTable unpacks a file and reads its header; it refuses a file that is
// not of the layout with a sentence that says what it is instead.
func openTable(r io.Reader, l *layout, in *inspector) (*table, error) { return openOneOf(r, in, l) }

// openOneOf is openTable for a file that may be of any of the layouts, told by
// its content; the first is the one that people expect.
func openOneOf(r io.Reader, in *inspector, layouts ...*layout) (*table, error) {
	text, err := unpack(r, in.opts.MaxBytes)
	if err != nil {
		return nil, err
	}
	head, err := peek(text)
	if err != nil {
		return nil, err
	}
	l, kind := layouts[0], Sniff(head)
	if kind != l.kind && kind != KindText {
		i := slices.IndexFunc(layouts, func(l *layout) bool { return l.kind == kind })
		if i < 0 {
			return nil, fault.New(fault.Invalid, "This should be %s, but the file is of another kind: %s.", l.title, kind)
		}
		l = layouts[i]
	}
	t := &table{scanner: newScanner(text), inspector: in, layout: l}
	if !t.scan() {
		return nil, errors.Join(t.scanner.err, fault.New(fault.Invalid, "The file is empty."))
	}
	if l == traceLayout {
		return t, t.traceHeader()
	}
	return t, t.header(t.cells)
}

// traceHeader passes over the line before all rows, and does without headings
// where there are none.
func (t *table) traceHeader() error {
	if isTraceEnvelope(t.cells) && !t.scan() {
		return fault.New(fault.Invalid, "The file has a header and no rows.")
	}
	if !isTraceRow(t.cells) {
		return t.header(t.cells)
	}
	t.kept = true
	return t.header(t.layout.bare[:min(len(t.layout.bare), len(t.cells))])
}

func (t *table) header(names []string) error {
	if len(names) == 1 && strings.ContainsAny(t.text, ";\t|") {
		return fault.New(fault.Invalid, "The columns are not separated by commas. Save the file as comma-separated CSV.")
	}
	t.at = make([]int, len(t.layout.columns))
	for i := range t.at {
		t.at[i] = -1
	}
	t.begin(t.line)
	for i, cell := range names {
		name := columnName(cell)
		n := t.layout.find(name)
		switch {
		case n < 0 && t.layout.leaves(name):
		case n < 0:
			t.say(shownColumn(name), ColumnUnknown, "")
		case t.at[n] >= 0:
			return fault.New(fault.Invalid, "The column %s is in the header twice.", t.layout.columns[n])
		default:
			t.at[n] = i
		}
	}
	var missing []string
	for n, name := range t.layout.columns[:t.layout.required] {
		if t.at[n] < 0 {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fault.New(fault.Invalid, "This is not %s: its first row has no column %s.", t.layout.title, strings.Join(missing, ", "))
	}
	t.want = len(t.cells)
	return t.inspector.err
}

// shownColumn keeps a heading that may be a value out of findings.
func shownColumn(name string) string {
	if len(name) > 40 || strings.ContainsAny(name, "0123456789") && !strings.Contains(name, "_") {
		return ""
	}
	return name
}

// leaves tells whether a heading belongs to the layout and is not read.
func (l *layout) leaves(name string) bool { return slices.Contains(l.unread, name) }

func (l *layout) find(name string) int {
	for i, c := range l.columns {
		if c == name && c != "" {
			return i
		}
		for _, o := range l.older[c] {
			if o == name {
				return i
			}
		}
	}
	return -1
}

// cell returns a column's cell of the row in hand as it stands, "" where absent.
func (t *table) cell(n int) string {
	if i := t.at[n]; i >= 0 {
		return t.cells[i]
	}
	return ""
}

// column names a cell of the row by its place in the file.
func (t *table) column(place int) string {
	for n, i := range t.at {
		if i == place {
			return t.layout.columns[n]
		}
	}
	return ""
}

// rows calls check for every row that is sound as text and accept for those
// of them that end without a reject finding.
func (t *table) rows(check func(), accept func() error) error {
	for t.kept || t.scan() {
		t.kept = false
		t.begin(t.line)
		if t.sound() {
			check()
		}
		if t.close() {
			if err := accept(); err != nil {
				return err
			}
		}
		if t.inspector.err != nil {
			return fmt.Errorf("keep a finding: %w", t.inspector.err)
		}
		if err := t.hopeless(); err != nil {
			return err
		}
	}
	if t.scanner.err != nil {
		return t.scanner.err
	}
	return t.verdict()
}

// maxCell is longer than any real name or line of an address.
const maxCell = 300

// sound says what is wrong with the row as text.
func (t *table) sound() bool {
	if t.wrong != "" {
		shown := ""
		if t.wrong == WrongCellCount {
			shown = fmt.Sprintf("%d cells, not %d", len(t.cells), t.want)
		}
		t.say("", t.wrong, shown)
		return false
	}
	if printableASCII(t.text) && len(t.text) <= maxCell {
		return true
	}
	for i, c := range t.cells {
		switch {
		case !utf8.ValidString(c):
			t.say(t.column(i), NotUTF8, mask(c))
		case len(c) > maxCell:
			t.say(t.column(i), FieldTooLong, mask(c))
		case !printableASCII(c) && strings.ContainsFunc(c, isControl):
			t.say(t.column(i), ControlCharacter, mask(c))
		}
	}
	return !t.rejected
}
