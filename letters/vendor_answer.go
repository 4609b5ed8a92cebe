package letters

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// AnswerColumns are the headings of a file in which a vendor says what became
// of letters. A subject is the reference of a piece or the code of a batch. The
// last line is END and the number of lines between: without it the file is not
// whole yet.
var AnswerColumns = []string{"subject", "status", "date", "reason"}

// ResultColumns are the headings of the file that answers it, line by line.
var ResultColumns = []string{"line", "subject", "status", "verdict", "reason"}

// MostAnswer is the largest file of answers that is taken, in bytes.
const MostAnswer = 4 << 20

var answerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*\.csv(\.part)?$`)

// AnswerName tells whether a file of answers may have this name: letters,
// digits, hyphens, dots and .csv at the end, or .csv.part while it is written.
func AnswerName(name string) bool { return len(name) <= 100 && answerName.MatchString(name) }

// answer is one line of such a file.
type answer struct {
	line    int
	subject string
	status  string
	on      calendar.Date
	reason  string
	wrong   string // why it cannot be read
}

// whole tells whether a file has come to its last line.
func whole(name string, content []byte) bool {
	if strings.HasSuffix(name, ".part") || bytes.IndexByte(content, 0) >= 0 { // zeros stand where nothing was written yet
		return false
	}
	content = bytes.TrimRight(content, "\r\n")
	last := content[bytes.LastIndexByte(content, '\n')+1:]
	return bytes.HasPrefix(bytes.TrimLeft(last, `"`), []byte("END")) && bytes.IndexByte(last, ',') > 0
}

// readAnswers reads a whole file. A file that contradicts itself is a fault and
// nothing of it is taken; a line that cannot be read is told beside its number.
func readAnswers(content []byte) ([]answer, error) {
	if !utf8.Valid(content) {
		return nil, fault.New(fault.Invalid, "The file is not UTF-8.")
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil || len(head) != len(AnswerColumns) || !strings.EqualFold(strings.Join(head, ","), strings.Join(AnswerColumns, ",")) {
		return nil, fault.New(fault.Invalid, "The first line has to be: %s.", strings.Join(AnswerColumns, ","))
	}
	var list []answer
	ended := -1
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			return nil, fault.New(fault.Invalid, "The file is no CSV from line %d on: a quotation mark is missing or stands alone.", line)
		}
		if ended >= 0 {
			return nil, fault.New(fault.Invalid, "Something follows the line that begins with END.")
		}
		if row[0] == "END" {
			if len(row) < 2 {
				row = append(row, "")
			}
			if ended, err = strconv.Atoi(strings.TrimSpace(row[1])); err != nil || ended < 0 {
				return nil, fault.New(fault.Invalid, "The last line has to be END, a comma and the number of lines.")
			}
			continue
		}
		list = append(list, answerOf(line, row))
	}
	switch {
	case ended != len(list):
		return nil, fault.New(fault.Invalid, "The last line speaks of %d lines and there are %d.", ended, len(list))
	case len(list) > mostReports:
		return nil, fault.New(fault.Invalid, "One file speaks of at most 10,000 pieces. Send it in parts.")
	}
	return list, nil
}

func answerOf(line int, row []string) answer {
	for len(row) < len(AnswerColumns) {
		row = append(row, "")
	}
	for i := range row {
		row[i] = strings.TrimSpace(row[i])
	}
	a := answer{line: line, subject: row[0], status: strings.ToLower(row[1]), reason: row[3]}
	switch {
	case len(row) > len(AnswerColumns):
		a.wrong = "The line has too many fields."
	case a.subject == "":
		a.wrong = "The line names no piece and no batch."
	case a.status == "":
		a.wrong = "The line says nothing of it."
	case row[2] != "":
		var err error
		if a.on, err = calendar.ParseDate(row[2]); err != nil {
			a.wrong = "Write the date as 2027-03-12."
		}
	}
	return a
}

// writeResult writes what became of each line, as a file that ends as the
// answers do.
func writeResult(list []answer, verdicts []Verdict) ([]byte, error) {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	w.UseCRLF = true
	rows := [][]string{ResultColumns}
	for i, a := range list {
		v := verdicts[i]
		rows = append(rows, []string{strconv.Itoa(a.line), tame(a.subject), tame(a.status), v.Verdict, v.Reason})
	}
	if err := w.WriteAll(append(rows, []string{"END", strconv.Itoa(len(list))})); err != nil {
		return nil, fmt.Errorf("write result: %w", err)
	}
	return file.Bytes(), nil
}

// tame repeats what a vendor wrote, so that no spreadsheet takes it for a formula.
func tame(s string) string {
	s = short(s)
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}
