package optout

import (
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// Notice is one letter of one campaign to one person. It is valid once the
// vendor reported it posted, and until it comes back, is spoiled or suspected.
type Notice struct {
	ID            NoticeID
	Campaign      campaigns.CampaignID
	Enrolment     campaigns.EnrolmentID
	Person        campaigns.PersonID
	Number        int
	Batch         int64
	Addressee     string           // Person, or who is written to about the person
	Window        campaigns.Policy // stamped when it was written
	ComposedOn    calendar.Date
	PrintedLastOn calendar.Date
	PostedOn      calendar.Date
	ClosesOn      calendar.Date // as stored; never moves back
	DaysAdded     int
	VoidAt        time.Time
	VoidReason    VoidReason
	SealedAt      time.Time // when its batch was sealed; the address is that of this moment
}

// Void tells whether the notice gives no notice any more.
func (n Notice) Void() bool { return n.VoidReason != "" }

// Person is the addressee of a letter to the person himself.
const Person = "person"

// Thresholds are the ages in whole years from which on a person is written to
// anew: a letter about a child, addressed to somebody else, tells an older one
// nothing (rules of notice, "passes 13, 16 or 18").
var Thresholds = []int{13, 16, 18}

// outgrown tells whether a letter addressed to another was posted before the
// person passed an age of Thresholds, which by this day is passed.
func (n Notice) outgrown(born, by calendar.Date) bool {
	if n.Addressee == Person || n.Addressee == "" || born.IsZero() || n.PostedOn.IsZero() {
		return false
	}
	then, now := born.AgeOn(n.PostedOn), born.AgeOn(by)
	for _, age := range Thresholds {
		if then < age && now >= age {
			return true
		}
	}
	return false
}

// drawnAt is the moment of which the letter's address is; as long as the batch
// is not sealed, the day on which it was composed.
func (n Notice) drawnAt() time.Time {
	if n.SealedAt.IsZero() {
		return n.ComposedOn.Start()
	}
	return n.SealedAt
}

// VoidReason says why a letter gives no notice.
type VoidReason string

// Why a letter gives no notice.
const (
	Returned      VoidReason = "returned"
	Spoiled       VoidReason = "spoiled"
	Suspected     VoidReason = "suspected"
	Recalled      VoidReason = "recalled"
	Rejected      VoidReason = "rejected"
	Failed        VoidReason = "failed"
	Withheld      VoidReason = "withheld"
	PostedTooLate VoidReason = "posted too late"
	OldAddress    VoidReason = "moved before it came"
	CameOfAge     VoidReason = "came of age"
)

// Posting says that the piece of a notice was posted on a day.
type Posting struct {
	Notice NoticeID
	On     calendar.Date
}

// span is a run of days, both included, in which a window does not count.
type span struct{ from, to calendar.Date }

// daysWithin is how many days of a window a set of spans takes away: the union
// of those that fall after the posting and up to the close, so that a day
// taken twice is added once. Added days can reach further spans, so the close
// is moved until it no longer changes.
func daysWithin(postedOn calendar.Date, spans []span, extra int, closes func(days int) calendar.Date) int {
	days := extra
	for {
		last := closes(days)
		taken := make(map[calendar.Date]struct{})
		for _, s := range spans {
			for day := calendar.Max(s.from, postedOn); !day.After(s.to) && !day.After(last); day = day.AddDays(1) {
				taken[day] = struct{}{}
			}
		}
		if n := extra + len(taken); n > days {
			days = n
			continue
		}
		return days
	}
}
