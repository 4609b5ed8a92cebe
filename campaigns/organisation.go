package campaigns

import "fmt"

// ChangeKind is how what a file tells of a practice differs from what is in force.
type ChangeKind string

// The kinds of change. Those that wait change who is written to.
const (
	PracticeClosed     ChangeKind = "closed"
	PracticeDormant    ChangeKind = "dormant"
	PracticeAbsent     ChangeKind = "absent"
	PracticeNoLonger   ChangeKind = "no practice"
	PracticeReopened   ChangeKind = "reopened"
	PracticeMoved      ChangeKind = "moved region"
	PracticeSplit      ChangeKind = "split"
	PracticeMismatch   ChangeKind = "icb mismatch"
	PracticeAdded      ChangeKind = "new"
	PracticeRenamed    ChangeKind = "renamed"
	PracticeAddress    ChangeKind = "moved address"
	PracticeCommission ChangeKind = "commissioner"
	PracticeClosing    ChangeKind = "closing"
	PracticeSpecial    ChangeKind = "special"
	PracticeRehomed    ChangeKind = "rehomed"
)

// ChangeMeaning is what a kind of change says to people.
type ChangeMeaning struct {
	Kind     ChangeKind
	Waits    bool   // nothing happens before a person has decided
	Title    string //
	Sentence string // what the file says
	Accept   string // what accepting does; "" where it cannot be accepted
	Decline  string // what declining does
}

// Changes lists every kind of change in the order in which pages show them.
var Changes = []ChangeMeaning{
	{PracticeClosed, true, "Closed", "The file says that these practices have closed.",
		"The practice counts as closed and is paused: its people stay enrolled, and wait until a file of people names their new practice. Its watermark is declared by its ICB.", "It stays open here until a file says something else."},
	{PracticeDormant, true, "Dormant or proposed", "The file says that these practices do not work at present.",
		"The practice counts as dormant and is paused: its people stay enrolled, and wait until it works again or a file of people names another.", "It stays open here until a file says something else."},
	{PracticeAbsent, true, "No longer in the file", "These practices were in the file before and are not in it now.",
		"The practice counts as closed and is paused: its people stay enrolled, and wait until a file of people names their new practice.", "It stays open here until a file says something else."},
	{PracticeNoLonger, true, "No GP practice any more", "The file says that these are no GP practices of England any more.",
		"It counts as closed and is paused: its people stay enrolled, and wait until a file of people names their new practice.", "It stays open here until a file says something else."},
	{PracticeReopened, true, "Open again", "The file says that practices which left are open again.",
		"The practice is open again, and no longer paused for having left.", "It stays as it is here until a file says something else."},
	{PracticeMoved, true, "Moved to another ICB", "The file says that these practices belong to another ICB.",
		"The practice belongs to the new ICB from the day on which it joined. People written to keep their letter, window and answer.", "It stays with its ICB until a file says something else."},
	{PracticeSplit, true, "ICB was split", "The ICB of these practices ended and was split; no file says yet where they belong.",
		"", "It stays with the ICB that ended until a later file says where it belongs."},
	{PracticeMismatch, true, "ICB and commissioner differ", "The ICB in the file is not that of the practice's commissioner.",
		"The practice belongs to its commissioner's ICB.", "The practice belongs to the ICB in the file."},
	{PracticeSpecial, false, "Special practices", "Their names say that these are special allocation practices or walk-in centres. They are kept, and flagged.", "", ""},
	{PracticeAdded, false, "New", "These practices are new in areas whose practices were known.", "", ""},
	{PracticeRehomed, false, "Re-homed after a merger", "The ICB of these practices ended, and they belong to its successor since.", "", ""},
	{PracticeClosing, false, "Going to close", "These practices are open and have a day on which they will close.", "", ""},
	{PracticeRenamed, false, "Renamed", "These practices have a new name.", "", ""},
	{PracticeAddress, false, "Moved house", "These practices have a new postcode.", "", ""},
	{PracticeCommission, false, "New commissioner", "These practices have another sub-ICB location.", "", ""},
}

// Meaning tells what a kind of change says to people; the zero meaning for no kind.
func (k ChangeKind) Meaning() ChangeMeaning {
	for _, m := range Changes {
		if m.Kind == k {
			return m
		}
	}
	return ChangeMeaning{}
}

// Found is one group of what a file of organisations showed: a rule that rows
// broke or a kind of change, how often, and a few examples.
type Found struct {
	What     string
	Sentence string
	Count    int
	Examples []string
	Waits    bool
}

// PracticeChange is one practice of which the file says something new.
type PracticeChange struct {
	ID       int64
	Code     string
	Name     string
	Kind     ChangeKind
	Region   string // in force
	ToRegion string // told, where that differs
	Before   string
	After    string
}

// Tells says the change in a few words: from what to what.
func (c PracticeChange) Tells() string {
	switch c.Kind {
	case PracticeMismatch:
		return fmt.Sprintf("%s in the file; its commissioner is of %s", c.Before, c.After)
	case PracticeSplit:
		return fmt.Sprintf("from %s to %s", c.Before, c.After)
	case PracticeAdded, PracticeSpecial:
		return c.After
	}
	if c.Before == "" {
		return c.After
	}
	return c.Before + " → " + c.After
}
