package page

import (
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"

	"github.com/gofiber/fiber/v2"
)

// Field is what all inputs of a form have in common.
type Field struct {
	Name      string
	ID        string // Name when empty; links of the error summary lead here
	Label     Content
	LabelSize string // "", "s", "m", "l", "xl"
	Heading   bool   // the label (or legend) is the page's h1: one question a page
	Hint      Content
	Error     string // what is wrong with it, from Problems.For
	ErrorWord string // "Error" when empty, for pages in other languages
	Disabled  bool
	Classes   string
	Attrs     Attrs
}

// At is the id of the field.
func (f Field) At() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

// OptionID is the id of the nth choice; the first has the field's own, so
// that the error summary leads to it.
func (f Field) OptionID(n int) string {
	if n == 0 {
		return f.At()
	}
	return f.At() + "-" + strconv.Itoa(n+1)
}

// DescribedBy are the ids of hint and error.
func (f Field) DescribedBy() string {
	var ids []string
	if f.Hint != nil && f.Hint != "" {
		ids = append(ids, f.At()+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.At()+"-error")
	}
	return strings.Join(ids, " ")
}

// Input is one line of text.
type Input struct {
	Field
	Value        string
	Type         string // "text" when empty
	Width        string // "2" "3" "4" "5" "10" "20" "30" characters, or the whole line
	Autocomplete string // "off", "username", "bday-day" ...
	Inputmode    string // "numeric" brings up digits
	Spellcheck   string // "false" for codes and names
	Prefix       string
	Suffix       string
	Code         bool // spaced for codes and references
}

// Password is an input that can be shown.
type Password struct {
	Field
	Autocomplete string // "current-password" when empty
}

// Textarea is text of several lines.
type Textarea struct {
	Field
	Value string
	Rows  int // 5 when 0
}

// FileUpload takes a file.
type FileUpload struct {
	Field
	Multiple bool
}

// Option is one choice.
type Option struct {
	Value, Text string
	Hint        Content
	Divider     string // "or": a word between choices instead of a choice
	Within      Component
}

// Radios is one choice among few.
type Radios struct {
	Field
	Options []Option
	Chosen  string
	Small   bool
	Inline  bool
}

// Checkboxes are any number of choices.
type Checkboxes struct {
	Field
	Options []Option
	Chosen  []string
	Small   bool
}

// Select is one choice among many.
type Select struct {
	Field
	Options []Option
	Chosen  string
}

// DateInput asks for day, month and year in three boxes named
// Name[day], Name[month] and Name[year]; ReadDate reads them.
type DateInput struct {
	Field
	Day, Month, Year string    // as typed
	Parts            [3]string // "Day", "Month", "Year" when empty
	Birth            bool      // asks browsers for a remembered date of birth
}

func (Input) component() string      { return "input" }
func (Password) component() string   { return "password" }
func (Textarea) component() string   { return "textarea" }
func (FileUpload) component() string { return "file-upload" }
func (Radios) component() string     { return "radios" }
func (Checkboxes) component() string { return "checkboxes" }
func (Select) component() string     { return "select" }
func (DateInput) component() string  { return "date-input" }

// Has tells whether a value is among the chosen.
func (c Checkboxes) Has(value string) bool {
	for _, chosen := range c.Chosen {
		if chosen == value {
			return true
		}
	}
	return false
}

// part is one box of a date input.
type part struct{ ID, Name, Label, Value, Width, Autocomplete string }

// Boxes are the three boxes in order.
func (d DateInput) Boxes() []part {
	boxes := []part{{Name: "day", Label: "Day", Value: d.Day, Width: "2"}, {Name: "month", Label: "Month", Value: d.Month, Width: "2"}, {Name: "year", Label: "Year", Value: d.Year, Width: "4"}}
	for i := range boxes {
		b := &boxes[i]
		if d.Birth {
			b.Autocomplete = "bday-" + b.Name
		}
		if d.Parts[i] != "" {
			b.Label = d.Parts[i]
		}
		b.ID = d.At() + "-" + b.Name
		if d.Name != "" {
			b.Name = d.Name + "[" + b.Name + "]"
		}
	}
	return boxes
}

// Problems are what is wrong with a form, in the order of its fields.
type Problems []Problem

// Problem is one of them; Field is the id of the input it belongs to, or "".
type Problem struct{ Field, Text string }

// Add notes a problem with a field.
func (p *Problems) Add(field, text string) { *p = append(*p, Problem{field, text}) }

// For is the problem of a field, or "". A date's is noted at its first box,
// where the error summary has to lead, and found under the date's own name.
func (p Problems) For(field string) string {
	for _, one := range p {
		if one.Field == field || one.Field == field+"-day" {
			return one.Text
		}
	}
	return ""
}

// Take notes a fault that the person can do something about on this form
// (invalid, refused, conflict) and returns nil; every other error is given
// back to be returned by the handler.
func (p *Problems) Take(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	switch f.Kind {
	case fault.Invalid, fault.Refused, fault.Conflict:
		p.Add(f.Field, f.Sentence)
		return nil
	}
	return err
}

// ReadDate reads the three boxes of a date input. What was typed is kept in
// the component given back, to be shown again; the date is the zero Date when
// all are empty or when they are no date, and then an error says which.
func ReadDate(c *fiber.Ctx, name string) (calendar.Date, DateInput, error) {
	typed := DateInput{Field: Field{Name: name}, Day: strings.TrimSpace(c.FormValue(name + "[day]")), Month: strings.TrimSpace(c.FormValue(name + "[month]")), Year: strings.TrimSpace(c.FormValue(name + "[year]"))}
	if typed.Day == "" && typed.Month == "" && typed.Year == "" {
		return calendar.Date{}, typed, nil
	}
	day, dayErr := strconv.Atoi(typed.Day)
	month, monthErr := monthOf(typed.Month)
	year, yearErr := strconv.Atoi(typed.Year)
	switch {
	case dayErr != nil || typed.Day == "":
		return calendar.Date{}, typed, fault.In(name+"-day", fault.Invalid, "The day must be a number, for example 31")
	case monthErr != nil:
		return calendar.Date{}, typed, fault.In(name+"-day", fault.Invalid, "The month must be a number, for example 3")
	case yearErr != nil || len(typed.Year) != 4:
		return calendar.Date{}, typed, fault.In(name+"-day", fault.Invalid, "The year must have four digits, for example 1980")
	}
	d := calendar.On(year, time.Month(month), day)
	if y, m, dd := d.Civil(); y != year || int(m) != month || dd != day {
		return calendar.Date{}, typed, fault.In(name+"-day", fault.Invalid, "This day does not exist, check day and month")
	}
	return d, typed, nil
}

// monthOf reads a month as a number or by the first letters of its English
// name, which people type where a letter names it.
func monthOf(typed string) (int, error) {
	if len(typed) >= 3 {
		for m := time.January; m <= time.December; m++ {
			if strings.HasPrefix(strings.ToLower(m.String()), strings.ToLower(typed)) {
				return int(m), nil
			}
		}
	}
	return strconv.Atoi(typed)
}
