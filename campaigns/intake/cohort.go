package intake

import (
	"fmt"
	"io"
	"strings"

	"duenotice/campaigns/calendar"
)

// Person is one accepted row of a cohort. All text is NFC with single spaces;
// nothing is ever cut short.
type Person struct {
	Line          int    // in the file, from 1
	NHSNumber     string // ten digits, check digit right
	Title         string
	Given, Family string        // one of them may be "": people of one name
	BornOn        calendar.Date // none where unknown or only a year
	DiedOn        calendar.Date // none where unknown
	Dead          bool          // also when the day of death is unknown
	Address       [5]string     // blank lines keep their place; blank for sensitive people
	Postcode      string        // "E1 6AN", a marker such as "ZZ993VZ", or ""
	Practice      string        // organisation code
	Language      string        // two letters; "" for none given
	Format        string        // one of Formats; "" for the ordinary letter
	Sensitive     bool          // no address may be shown or written to
	Undeliverable string        // why no letter can be sent (NoAddress …), or ""
}

// ReadCohort reads a cohort file of the own template (see Template), plain,
// gzip or zip, and calls each for every accepted row in the order of the file
// and found for every finding. It keeps nothing but the NHS numbers.
//
// A row ends as accepted or rejected, never both and never neither. A file
// that is not what it claims comes back as a fault.Invalid whose sentence
// says why; it may come after rows were passed on (too many bad rows, cut
// off), so whoever keeps them must be able to take them back.
func ReadCohort(r io.Reader, opts Options, each func(Person) error, found func(Finding) error) (Summary, error) {
	in := newInspector(opts, found)
	t, err := openTable(r, cohortLayout, in)
	if err != nil {
		return in.sum, err
	}
	c := cohort{table: t}
	err = t.rows(c.check, func() error {
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
	p    Person
	seen seen
}

func (c *cohort) check() {
	c.p = Person{Line: c.line}
	c.p.NHSNumber = c.number(c.cell(colNumber))
	c.names()
	c.dates()
	c.sensitive()
	c.address()
	c.practice()
	c.wishes()
	if !c.rejected {
		c.again()
	}
}

func (c *cohort) names() {
	c.p.Title = plainText(c.cell(colTitle))
	c.p.Given = c.name(colGiven)
	c.p.Family = c.name(colFamily)
	if c.p.Given == "" && c.p.Family == "" {
		c.say("family_name", NameMissing, "")
	}
}

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
	shown := c.cell(colBorn)
	born, wrong := Day(shown)
	switch {
	case wrong == DateImpossible && !strings.ContainsAny(shown, "0123456789"), wrong == DateImpossible && isPostcode(shown):
		c.say("date_of_birth", FieldsSwapped, mask(shown))
	case wrong == DateImpossible, wrong == "" && !born.IsZero() && born.Before(c.oldest()):
		c.say("date_of_birth", BirthImpossible, mask(shown))
	case wrong != "":
		c.say("date_of_birth", wrong, mask(shown))
	case born.IsZero():
		c.say("date_of_birth", BirthMissing, "")
	case born.After(c.opts.Today):
		c.say("date_of_birth", DateFuture, mask(shown))
	}
	c.p.BornOn = born

	shown = c.cell(colDied)
	if shown == "" {
		return
	}
	died, wrong := Day(shown)
	switch {
	case wrong != "":
		c.say("date_of_death", wrong, mask(shown))
	case died.After(c.opts.Today):
		c.say("date_of_death", DateFuture, mask(shown))
	case !died.IsZero() && died.Before(born):
		c.say("date_of_death", DiedBeforeBorn, mask(shown))
	}
	c.p.DiedOn, c.p.Dead = died, wrong == DatePartial || !died.IsZero()
}

// oldest is the day before which nobody alive was born.
func (c *cohort) oldest() calendar.Date { return c.opts.Today.AddDays(-125*365 - 31) }

func (c *cohort) sensitive() {
	shown := strings.TrimSpace(c.cell(colSensitive))
	sensitive, ok := sensitiveOf(shown)
	if !ok {
		c.say("sensitive", FlagUnknown, mask(shown))
	}
	c.p.Sensitive = sensitive
}

func (c *cohort) practice() {
	code := strings.TrimSpace(c.cell(colPractice))
	if !isODSCode(code) {
		code = strings.ToUpper(code)
	}
	if !isODSCode(code) || c.opts.Practice != nil && !c.opts.Practice(code) {
		c.say("practice_code", PracticeUnknown, maskCode(code))
	}
	c.p.Practice = code
}

func (c *cohort) wishes() {
	if shown := strings.TrimSpace(c.cell(colLanguage)); shown != "" {
		language, ok := languageOf(shown)
		if !ok {
			c.say("preferred_language", LanguageUnknown, mask(shown))
		}
		c.p.Language = language
	}
	if shown := plainText(c.cell(colFormat)); shown != "" {
		format, ok := formatOf(shown)
		if !ok {
			c.say("accessible_format", FormatUnknown, mask(shown))
		}
		c.p.Format = format
	}
}

// again looks whether the number was there before. A row with the same
// details is left out; one with others is a conflict, which is told of the
// first row too, so that a person can put them side by side.
func (c *cohort) again() {
	first, same := c.seen.add(c.p.NHSNumber, c.p.details(), c.p.Line)
	switch {
	case first == 0:
		return
	case same:
		c.say("nhs_number", DuplicateInFile, maskNumber(c.p.NHSNumber))
		return
	}
	c.say("nhs_number", ConflictInFile, maskNumber(c.p.NHSNumber))
	if c.opts.Again != nil {
		c.opts.Again(c.p, first)
	}
	c.tell(Finding{first, "nhs_number", ConflictInFile, maskNumber(c.p.NHSNumber),
		fmt.Sprintf("Compare it with line %d, which was left out.", c.p.Line), Review})
}
