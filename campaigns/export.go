package campaigns

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Table is something that people may take out of the house as a file: ids,
// states, days and counts, and never a name, an address or an NHS number.
type Table struct {
	Name    string // in addresses: pieces
	Title   string // "Letters"
	About   string // what one line is
	Columns []string
	Audit   bool // for auditors and national managers only
	// SQL asks for the columns in their order. It may name @region (of whoever
	// asks; "" is every one) and @campaign (0 is all of them).
	SQL string
}

// tableFile takes the lines of a table in a format.
type tableFile interface {
	line(values []any) error
	end() error
}

// openTableFile begins a file in a format, with the names of the columns.
func openTableFile(format, title string, columns []string, to io.Writer) (tableFile, error) {
	switch format {
	case "csv":
		f := &csvFile{out: csv.NewWriter(to)}
		f.out.UseCRLF = true // RFC 4180
		if _, err := io.WriteString(to, "\ufeff"); err != nil {
			return nil, err
		}
		return f, f.out.Write(columns)
	case "xlsx":
		f := &xlsxFile{book: excelize.NewFile(), to: to, title: title, columns: columns}
		return f, f.sheet()
	}
	return nil, fault.New(fault.Invalid, "A table comes as csv or xlsx.")
}

type csvFile struct {
	out  *csv.Writer
	text []string
}

func (f *csvFile) line(values []any) error {
	f.text = f.text[:0]
	for _, v := range values {
		f.text = append(f.text, inert(cellText(v)))
	}
	return f.out.Write(f.text)
}

func (f *csvFile) end() error {
	f.out.Flush()
	return f.out.Error()
}

// inert keeps a spreadsheet from taking text for a formula (OWASP, CSV injection).
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// cellText writes a value: days as 2027-03-05, moments as London time with the
// difference to UTC, so that nothing has to be guessed.
func cellText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case time.Time:
		if v.IsZero() {
			return ""
		}
		if h, m, s := v.UTC().Clock(); h+m+s == 0 && v.Location() == time.UTC && v.Nanosecond() == 0 {
			return v.Format(time.DateOnly) // a date of the database
		}
		return v.In(calendar.London).Format("2006-01-02T15:04:05Z07:00")
	case []byte:
		return fmt.Sprintf("%x", v)
	}
	return fmt.Sprint(v)
}

// sheetLines is how many lines a sheet holds at most, the names of the columns among them.
const sheetLines = excelize.TotalRows

type xlsxFile struct {
	book    *excelize.File
	out     *excelize.StreamWriter
	to      io.Writer
	title   string
	columns []string
	sheets  int
	at      int // lines on this sheet
}

// sheet begins another sheet: one holds a million lines.
func (f *xlsxFile) sheet() error {
	if f.out != nil {
		if err := f.out.Flush(); err != nil {
			return err
		}
	}
	f.sheets++
	name := fmt.Sprintf("Sheet%d", f.sheets)
	if f.sheets > 1 {
		if _, err := f.book.NewSheet(name); err != nil {
			return err
		}
	}
	var err error
	if f.out, err = f.book.NewStreamWriter(name); err != nil {
		return err
	}
	bold, err := f.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	if err := f.out.SetColWidth(1, len(f.columns), 18); err != nil {
		return err
	}
	if err := f.out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	var head []any
	for _, c := range f.columns {
		head = append(head, excelize.Cell{Value: c, StyleID: bold})
	}
	f.at = 1
	return f.out.SetRow("A1", head)
}

func (f *xlsxFile) line(values []any) error {
	if f.at >= sheetLines {
		if err := f.sheet(); err != nil {
			return err
		}
	}
	f.at++
	cells := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case int16, int32, int64, int, float64:
			cells[i] = v
		default:
			cells[i] = cellText(v) // a cell of text is never a formula
		}
	}
	return f.out.SetRow(fmt.Sprintf("A%d", f.at), cells)
}

func (f *xlsxFile) end() error {
	defer func() { _ = f.book.Close() }()
	if err := f.out.Flush(); err != nil {
		return err
	}
	if err := f.book.SetDocProps(&excelize.DocProperties{Title: f.title, Creator: "Due Notice"}); err != nil {
		return err
	}
	return f.book.Write(f.to)
}
