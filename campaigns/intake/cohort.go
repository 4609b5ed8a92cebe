package intake

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"duenotice/campaigns/calendar"
)

// ReadCohort reads a file of people, plain, gzip or zip, and calls each for
// every accepted row in the order of the file and found for every finding. The
// file is of the own template (see Template), of the screening layout or the
// answer to a bulk trace, told by its header. It keeps nothing but the NHS
// numbers.
//
// A row ends as accepted or rejected, never both and never neither. A file
// that is not what it claims comes back as a fault.Invalid whose sentence
// says why; it may come after rows were passed on (too many bad rows, cut
// off), so whoever keeps them must be able to take them back.
func ReadCohort(r io.Reader, opts Options, each func(Person) error, found func(Finding) error) (Summary, error) {
	in := newInspector(opts, found)
	t, err := openOneOf(r, in, cohortLayout, screeningLayout, traceLayout)
	if err != nil {
		return in.sum, err
	}
	c := cohort{table: t, unsaid: t.unsaid()}
	check := c.own
	switch t.layout {
	case screeningLayout:
		check = c.screening
	case traceLayout:
		check = c.trace
	}
	err = t.rows(func() {
		c.p, c.amends = Person{Line: c.line, Unsaid: c.unsaid}, false
		check()
		if !c.rejected {
			c.again()
		}
	}, func() error {
		if err := each(c.p); err != nil {
			return fmt.Errorf("take the person on line %d: %w", c.p.Line, err)
		}
		return nil
	})
	return in.sum, err
}

// cohort reads one row at a time into p.
type cohort struct {
	*table
	p        Person
	seen     seen
	unsaid   Unsaid            // of every row, because the columns are not there
	amends   bool              // the row is later news, not a second telling
	replaced map[string]string // superseded numbers of this file, and by which
}

// unsaid names what the file has no columns for. A blank date of death and a
// missing reason for leaving say nothing, except where the layout is one that
// repeats all that is known of a person.
func (t *table) unsaid() (u Unsaid) {
	for _, c := range []struct {
		col  int
		what Unsaid
	}{{colTitle, UnsaidTitle}, {colLanguage, UnsaidLanguage}, {colFormat, UnsaidFormat}, {colSensitive, UnsaidSensitive}} {
		if t.at[c.col] < 0 {
			u |= c.what
		}
	}
	if t.layout != screeningLayout || t.at[colDied] < 0 {
		u |= UnsaidDeath
	}
	if t.layout != screeningLayout || t.at[colRemoval] < 0 {
		u |= UnsaidLeaving
	}
	return u
}

// own reads a row of the own template.
func (c *cohort) own() {
	c.identity(colNumber)
	c.names()
	c.dates()
	c.sensitive()
	c.address()
	c.practice()
	c.wishes()
}

// identity reads the NHS number. A date or a postcode in its place was meant
// for another column.
func (c *cohort) identity(col int) {
	shown := c.cell(col)
	number, wrong := NHSNumber(shown)
	if wrong == "" && MadeUp(number) && !c.opts.AllowMadeUp {
		wrong = NumberMadeUp
	}
	if wrong == NumberShape && misplaced(shown) {
		wrong = FieldsSwapped
	}
	if wrong != "" {
		c.say(c.layout.columns[col], wrong, maskNumber(shown))
	}
	c.p.NHSNumber = number
}

// misplaced tells whole dates and postcodes.
func misplaced(s string) bool {
	if s = strings.TrimSpace(s); s == "" {
		return false
	}
	p, wrong := Postcode(s)
	return isDate(s) || p != "" && wrong == ""
}

func (c *cohort) names() {
	if c.p.Title = plainText(c.cell(colTitle)); stray(c.p.Title, &strayInNames) {
		c.say(c.layout.columns[colTitle], StrayCharacters, mask(c.p.Title))
	}
	c.p.Given = c.name(colGiven)
	c.p.Family = c.name(colFamily)
	if c.p.Given == "" && c.p.Family == "" {
		c.say(c.layout.columns[colFamily], NameMissing, "")
	}
}

// maxName is longer than any name that fits the window of an envelope; a
// longer one is kept whole and told.
const maxName = 70

func (c *cohort) name(col int) string {
	name, column := plainText(c.cell(col)), c.layout.columns[col]
	switch {
	case standsIn(name):
		c.say(column, NameStandIn, mask(name))
		return ""
	case damaged(name):
		c.say(column, NameMojibake, mask(name))
	case !latin(name):
		c.say(column, NameScript, mask(name))
	case len(name) >= 8 && isDate(name):
		c.say(column, FieldsSwapped, mask(name))
	case stray(name, &strayInNames):
		c.say(column, StrayCharacters, mask(name))
	case len(name) > maxName && utf8.RuneCountInString(name) > maxName:
		c.say(column, NameTooLong, mask(name))
	}
	return name
}

// isDate tells whole dates, which no name is.
func isDate(s string) bool {
	if !isDigit(s[0]) {
		return false
	}
	_, wrong := Day(s)
	return wrong == ""
}

func (c *cohort) dates() {
	column, shown := c.layout.columns[colBorn], c.cell(colBorn)
	if nothing(shown) && (c.p.Family == "" || !isDate(c.p.Family)) { // people are called Null
		shown = ""
	}
	born, wrong := Day(shown)
	switch {
	case wrong == DateImpossible && !strings.ContainsAny(shown, "0123456789"), wrong == DateImpossible && misplaced(shown):
		c.say(column, FieldsSwapped, mask(shown))
	case wrong == DateImpossible, wrong == "" && !born.IsZero() && born.Before(c.oldest()):
		c.say(column, BirthImpossible, mask(shown))
	case wrong != "":
		c.say(column, wrong, mask(shown))
	case born.IsZero():
		c.say(column, BirthMissing, "")
	case born.After(c.opts.Today):
		c.say(column, DateFuture, mask(shown))
	}
	c.p.BornOn = born

	column, shown = c.layout.columns[colDied], c.cell(colDied)
	if shown == "" || nothing(shown) {
		return
	}
	died, wrong := Day(shown)
	switch {
	case wrong != "":
		c.say(column, wrong, mask(shown))
	case died.After(c.opts.Today):
		c.say(column, DateFuture, mask(shown))
	case !died.IsZero() && died.Before(born):
		c.say(column, DiedBeforeBorn, mask(shown))
	}
	c.dead(died, wrong == DatePartial || !died.IsZero())
}

// dead notes a death; without a day it is known from today on.
func (c *cohort) dead(on calendar.Date, dead bool) {
	if c.p.DiedOn, c.p.Dead = on, dead; dead && on.IsZero() {
		c.p.Unsaid |= UnsaidDayOfDeath
	}
}

// nothing tells what programs write where a cell holds nothing.
func nothing(s string) bool {
	if s == "" || isDigit(s[0]) {
		return false
	}
	switch strings.ToUpper(strings.Trim(s, "<> ")) {
	case "NA", "NAN", "NAT", "NULL", "NONE", "N/A", `\N`:
		return true
	}
	return false
}

// oldest is the day before which nobody alive was born.
func (c *cohort) oldest() calendar.Date { return c.opts.Today.AddDays(-125*365 - 31) }

func (c *cohort) sensitive() {
	shown := strings.TrimSpace(c.cell(colSensitive))
	sensitive, ok := sensitiveOf(shown)
	if !ok {
		c.say(c.layout.columns[colSensitive], FlagUnknown, mask(shown))
	}
	c.p.Sensitive = sensitive
}

// practice reads where the person is registered. Whoever is gone may be
// registered nowhere.
func (c *cohort) practice() {
	column, code := c.layout.columns[colPractice], strings.TrimSpace(c.cell(colPractice))
	if code == "" && (c.p.Dead || c.p.Left != "") {
		c.p.Unsaid |= UnsaidPractice
		return
	}
	if !isODSCode(code) {
		code = strings.ToUpper(code)
	}
	if !isODSCode(code) || c.opts.Practice != nil && !c.opts.Practice(code) {
		rule := PracticeUnknown
		if misplaced(code) {
			rule = FieldsSwapped
		}
		c.say(column, rule, maskCode(code))
	}
	c.p.Practice = code
}

func (c *cohort) wishes() {
	if shown := strings.TrimSpace(c.cell(colLanguage)); shown != "" {
		language, ok := languageOf(shown)
		if !ok {
			c.say(c.layout.columns[colLanguage], LanguageUnknown, mask(shown))
		}
		c.p.Language = language
	}
	if shown := plainText(c.cell(colFormat)); shown != "" {
		format, ok := formatOf(shown)
		if !ok {
			c.say(c.layout.columns[colFormat], FormatUnknown, mask(shown))
		}
		c.p.Format = format
	}
}

// again looks whether the number was there before. A row with the same
// details is left out, and later news takes the place of what was said before;
// another row with other details is a conflict, which is told of the first row
// too, so that a person can put them side by side.
func (c *cohort) again() {
	first, same := c.seen.add(c.p.NHSNumber, c.p.details(), c.p.Line)
	column := c.layout.columns[colNumber]
	switch {
	case first == 0:
		return
	case same:
		c.say(column, DuplicateInFile, maskNumber(c.p.NHSNumber))
		return
	case c.amends:
		c.seen.replace(c.p.NHSNumber, c.p.details(), c.p.Line)
		c.p.Instead = true
		return
	}
	c.say(column, ConflictInFile, maskNumber(c.p.NHSNumber))
	if c.opts.Again != nil {
		c.opts.Again(c.p, first)
	}
	c.tell(Finding{first, column, ConflictInFile, maskNumber(c.p.NHSNumber),
		fmt.Sprintf("Compare it with line %d, which was left out.", c.p.Line), Review})
}
