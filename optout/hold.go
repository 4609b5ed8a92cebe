package optout

import (
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// HoldDays is within how many working days a hold is to be settled.
const HoldDays = 5

// NewHold is something that arrived and may be a no, and cannot be confirmed yet.
type NewHold struct {
	Programme  campaigns.ProgrammeID
	Cause      string // see the table holds
	Says       string // "no", "yes" or "unknown"
	Channel    campaigns.Channel
	ReceivedOn calendar.Date
	Reference  string            // as printed on the letter or form, if it can be read
	Told       map[string]string // nhs_number, family_name, born_on (YYYY-MM-DD), postcode: as far as told
	Token      string
}

// Hold is a possible dissent that a person has to settle.
type Hold struct {
	ID         HoldID
	Programme  campaigns.ProgrammeID
	Cause      string
	Says       string
	Channel    campaigns.Channel
	ReceivedOn calendar.Date
	RecordedAt time.Time
	Reference  string
	DueOn      calendar.Date
	Settled    bool
	Outcome    string
	People     int // candidates
	Told       map[string]string
	Candidates []Candidate
}

// Candidate is somebody whose answer a hold may be. A sensitive person's
// details are hidden.
type Candidate struct {
	Person    campaigns.PersonID
	Enrolment campaigns.EnrolmentID
	Campaign  string
	Name      string
	NHSNumber string
	Postcode  string
	BornOn    calendar.Date
	Practice  string
	Hidden    bool
}
