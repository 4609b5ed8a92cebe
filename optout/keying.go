package optout

import (
	"slices"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Keying is what one person reads on a scanned form that is in doubt.
type Keying struct {
	Says      string        // "no", "yes", "both", "neither" or "unreadable"
	SignedBy  string        // "self", "other" or "nobody"
	Reference string        // of the letter, without spaces; "" where it cannot be read
	BornOn    calendar.Date // as written; none where it is not
}

// KeyingLine is what somebody has keyed, and when.
type KeyingLine struct {
	Staff campaigns.StaffID
	Name  string
	Keying
	KeyedAt time.Time
}

// Keyed is what the keys come to.
type Keyed struct {
	People  int    // who have keyed it
	Agreed  bool   // two of them alike
	Settled bool   // the answer counts
	Why     string // why it waits for a manager although two agree
}

// Check says what is wrong with a keying, or nil.
func (k Keying) Check() error {
	switch {
	case !slices.Contains([]string{"no", "yes", "both", "neither", "unreadable"}, k.Says):
		return fault.In("says", fault.Invalid, "Choose what the form says.")
	case !slices.Contains([]string{"self", "other", "nobody"}, k.SignedBy):
		return fault.In("signed", fault.Invalid, "Choose who has signed.")
	}
	return nil
}

// alone says why what two people read alike still takes a manager, or "".
func (k Keying) alone(person campaigns.PersonID, born calendar.Date) string {
	switch {
	case k.Says == "both":
		return "both boxes are ticked"
	case k.Says == "neither":
		return "no box is ticked"
	case k.Says == "unreadable":
		return "it cannot be read"
	case k.SignedBy == "other":
		return "somebody has signed for the person"
	case k.SignedBy == "nobody":
		return "nobody has signed"
	case person == 0:
		return "no letter has this reference"
	case !k.BornOn.IsZero() && k.BornOn != born:
		return "the date of birth is not that of the person of this letter"
	}
	return ""
}
