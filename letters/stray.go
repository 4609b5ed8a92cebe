package letters

import (
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// StrayID is the id of a letter that came back and fits none.
type StrayID int64

// StrayDays is within how many working days somebody looks at such a letter.
const StrayDays = 5

// Stray is a letter that came back under a reference that belongs to no letter
// known to whoever told of it.
type Stray struct {
	ID         StrayID
	Reference  string        // as told, in capitals and without blanks
	ReturnedOn calendar.Date // none where nobody knows
	Reason     string        // R01 to R10, or a few words of a vendor
	Vendor     string        // who told of it; "" for staff
	Elsewhere  bool          // it is a letter of the region that now sees it, told of by another
	RecordedAt time.Time
	DueOn      calendar.Date
	Settled    bool
	Outcome    string
	Why        string
	Candidates []StrayCandidate // only of one that was read alone
}

// StrayCandidate is a letter that a stray one may be.
type StrayCandidate struct {
	Reference  string
	Campaign   string
	Enrolment  campaigns.EnrolmentID
	Name       string // "" where Hidden
	Postcode   string
	Practice   string
	Batch      string
	PostedOn   calendar.Date
	ReturnedOn calendar.Date // it is known to have come back already
	Hidden     bool
}

// What becomes of a stray letter.
const (
	LetterFound  = "letter found"
	NotOurs      = "not ours"
	CannotBeRead = "cannot be read"
)

// slips are the references that a hand or a scanner may have meant: one digit
// read wrongly, two swapped, one lost or one too many. Few of them are
// references at all, because the last digit checks the others.
func slips(told string) []string {
	var list []string
	try := func(digits string) {
		if len(digits) != referenceDigits+1 {
			return
		}
		if r, err := NormaliseReference(referencePrefix + digits); err == nil && r != told {
			list = append(list, r)
		}
	}
	digits := digitsOf(told)
	try(digits) // only the letters before them were wrong
	for i := range len(digits) {
		head, tail := digits[:i], digits[i+1:]
		try(head + tail)
		if i > 0 {
			try(digits[:i-1] + digits[i:i+1] + digits[i-1:i] + tail)
		}
		for d := '0'; d <= '9'; d++ {
			if len(digits) > referenceDigits { // too few: one is missing, not wrong
				try(head + string(d) + tail)
			}
			try(head + string(d) + digits[i:])
		}
	}
	for d := '0'; d <= '9'; d++ {
		try(digits + string(d))
	}
	return list
}

// digitsOf takes the digits of a reference, letters that are easily taken for
// one included.
func digitsOf(told string) string {
	if len(told) > len(referencePrefix) && told[:len(referencePrefix)] == referencePrefix {
		told = told[len(referencePrefix):]
	}
	var b []byte
	for i := range len(told) {
		switch c := told[i]; {
		case c >= '0' && c <= '9':
			b = append(b, c)
		case c == 'O':
			b = append(b, '0')
		case c == 'I', c == 'L':
			b = append(b, '1')
		}
	}
	return string(b)
}
