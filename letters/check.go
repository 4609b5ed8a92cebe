package letters

import (
	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/intake"
)

// CheckID is the id of a practice's check of an address.
type CheckID int64

// CheckMonths is how long a practice has to find out where somebody lives
// whose letter came back (form FP69); after it the registration ends.
const CheckMonths = 6

// Check is what a practice has to find out after a letter came back: whether
// the person still lives there, or has died.
type Check struct {
	ID           CheckID
	About        string // "address" or "death"
	Campaign     string
	Person       campaigns.PersonID
	Enrolment    campaigns.EnrolmentID
	Practice     string
	PracticeName string
	Reference    string // of the letter that came back
	Reason       string // why it came back
	StartedOn    calendar.Date
	DueOn        calendar.Date
	Done         bool   // by somebody, or because a fact has settled it since
	Outcome      string // "" where a fact has
	Why          string
}

// Overdue tells whether the time for it has passed.
func (c Check) Overdue(today calendar.Date) bool { return !c.Done && c.DueOn.Before(today) }

// What a check may come to. The last two belong to a death.
const (
	LivesThere   = "lives there"
	LeftTheList  = "left the list"
	NothingHeard = "nothing heard"
	HasDied      = "died"
	IsAlive      = "alive"
)

// CheckOutcomes are what somebody may settle a check as.
var CheckOutcomes = map[string][]string{"address": {LivesThere, LeftTheList, NothingHeard}, "death": {HasDied, IsAlive}}

// follows is what a check of an address or a death has to be about.
func follows(reason string) string {
	if reason == intake.Deceased {
		return "death"
	}
	return "address"
}

// dueOf says until when a check runs: six months for an address; a death told
// by an envelope is confirmed within the days that any answer waits for.
func dueOf(about string, started calendar.Date, w calendar.Working) calendar.Date {
	if about == "death" {
		return w.Add(started, StrayDays)
	}
	return started.AddMonths(CheckMonths)
}
