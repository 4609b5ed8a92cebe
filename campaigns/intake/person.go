package intake

import "duenotice/campaigns/calendar"

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
	AddressOn     calendar.Date // since when it is so; none where not told
	Postcode      string        // "E1 6AN", a marker such as "ZZ993VZ", or ""
	Practice      string        // organisation code; "" only for people who are gone, sensitive or not found
	Language      string        // two letters; "" for none given
	Format        string        // one of Formats; "" for the ordinary letter
	Sensitive     bool          // no address may be shown or written to
	Undeliverable string        // why no letter can be sent (NoAddress …), or ""

	SupersededBy string        // the number that replaces NHSNumber, or ""
	Left         string        // why the person is on England's lists no more, or ""
	LeftOn       calendar.Date // none where unknown
	NotTraced    bool          // a trace found nobody: the address known so far is doubtful
	Instead      bool          // later news of a number that stood in the file before: it takes that row's place
	Unsaid       Unsaid        // what the row says nothing about
}

// Unsaid names, bit by bit, what a row says nothing about: what is known of
// the person stays. Of somebody new, what is unsaid is blank.
type Unsaid uint16

// What a row may say nothing about. Deaths and leaving are special: where they
// are unsaid a blank cell says nothing, otherwise it says "alive" and "here".
const (
	UnsaidTitle Unsaid = 1 << iota
	UnsaidNames
	UnsaidBirth
	UnsaidDeath
	UnsaidDayOfDeath // dead, but the day is not known
	UnsaidAddress
	UnsaidPractice
	UnsaidLanguage
	UnsaidFormat
	UnsaidSensitive
	UnsaidLeaving

	unsaidAll Unsaid = 1<<iota - 1
)
