package optout

import (
	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// Caller is somebody who proved code and date of birth: ids and nothing else.
type Caller struct {
	Campaign  campaigns.CampaignID  `json:"c"`
	Programme campaigns.ProgrammeID `json:"g"`
	Enrolment campaigns.EnrolmentID `json:"e"`
	Person    campaigns.PersonID    `json:"p"`
	Piece     int64                 `json:"l"`
}

// Position is what somebody with a letter may know of their own decision. It
// holds no name: whoever holds the letter learns nothing new.
type Position struct {
	Programme     string
	Campaign      string
	Sender        string
	Helpline      string
	HelplineHours string
	WebAddress    string
	Freepost      []string
	PostedOn      calendar.Date // of the letter that counts; none until it is told
	LastDay       calendar.Date // the last day on which a no prevents the record; none when no window runs
	Over          bool          // that day has passed
	Says          string        // the answer that stands: "no", "yes" or ""
	SaidOn        calendar.Date
	SaidBy        campaigns.Channel
	Reference     string
	Held          bool          // something waits for a person
	Record        string        // "", "live", "withdrawing" or "withdrawn"
	RecordOn      calendar.Date // when it was made
	WithdrawnOn   calendar.Date // when it was taken away, or asked back
	Applied       []Applied     // what the practice and the national register have confirmed of a no
}
