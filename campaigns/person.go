package campaigns

import (
	"log/slog"
	"strings"

	"duenotice/campaigns/calendar"
)

// Person is somebody of the region's lists. Values of this type hold personal
// data and show only their id in logs.
type Person struct {
	ID            PersonID
	NHSNumber     string
	Title         string
	Given         string
	Family        string
	BornOn        calendar.Date
	DiedOn        calendar.Date
	Address       []string
	Postcode      string
	Practice      string
	Language      string
	Format        string
	Sensitive     bool
	Undeliverable string
	LeftReason    string
	MergedInto    PersonID
}

// LogValue implements slog.LogValuer.
func (p Person) LogValue() slog.Value { return slog.Int64Value(int64(p.ID)) }

// Name is how a letter addresses the person: given names and family name, or
// whichever there is.
func (p Person) Name() string { return strings.TrimSpace(p.Given + " " + p.Family) }

// FactKind is what may be reported of a person.
type FactKind string

// The facts about people.
const (
	Died            FactKind = "died"
	NotDead         FactKind = "not dead" // a death entered by mistake
	Left            FactKind = "left"     // left England's lists: embarked, transferred abroad
	CameBack        FactKind = "came back"
	MovedPractice   FactKind = "moved practice"
	MovedAddress    FactKind = "moved address"
	BecameSensitive FactKind = "sensitive"
	NotSensitive    FactKind = "not sensitive"
	Merged          FactKind = "merged" // two numbers prove one person
	Split           FactKind = "split"  // they were two after all
	AddressNotFound FactKind = "address not found"
)

// PersonFact is one report about one person. Only the fields of its kind count.
type PersonFact struct {
	Kind     FactKind
	On       calendar.Date
	Source   string
	Address  []string
	Postcode string
	Practice string
	Reason   string   // of leaving
	Into     PersonID // merged into
}
