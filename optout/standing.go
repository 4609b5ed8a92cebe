package optout

import (
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// standing is what a person's answers amount to: the latest by the day it was
// received counts, and of two on one day the no.
type standing struct {
	says      string // "no", "yes" or "" for silence
	answer    AnswerID
	on        calendar.Date
	everSaid  bool // said no at any time
	sameDay   bool // a no and a yes were received on one day; a person reviews
	lastNoAt  time.Time
	dissentID AnswerID
}

type answerFact struct {
	id         AnswerID
	says       string
	receivedOn calendar.Date
	recordedAt time.Time
}

func standingOf(answers []answerFact) (s standing) {
	var no, yes answerFact
	for _, a := range answers {
		switch {
		case a.says == "no" && (no.id == 0 || !a.receivedOn.Before(no.receivedOn)):
			no = a
		case a.says == "yes" && (yes.id == 0 || !a.receivedOn.Before(yes.receivedOn)):
			yes = a
		}
	}
	s.everSaid = no.id != 0
	s.lastNoAt, s.dissentID = no.recordedAt, no.id
	s.sameDay = no.id != 0 && yes.id != 0 && no.receivedOn == yes.receivedOn
	switch {
	case no.id != 0 && (yes.id == 0 || !yes.receivedOn.After(no.receivedOn)):
		s.says, s.answer, s.on = "no", no.id, no.receivedOn
	case yes.id != 0:
		s.says, s.answer, s.on = "yes", yes.id, yes.receivedOn
	}
	return s
}

// recordFact is a record of this programme as far as states depend on it.
type recordFact struct {
	id        string
	enrolment campaigns.EnrolmentID
	state     string // reserved, leaving, live, failed, released, withdrawing, withdrawn
	basis     string
	leavingAt time.Time
	liveAt    time.Time
	// withdrawnAt is when it was taken back, or else asked back.
	withdrawnAt time.Time
}

func (r recordFact) left() bool { return !r.leavingAt.IsZero() }

// situation is everything that decides where one enrolment stands.
type situation struct {
	enrolment  campaigns.EnrolmentID
	campaign   campaigns.CampaignID
	programme  campaigns.ProgrammeID
	person     campaigns.PersonID // after merging
	state      campaigns.State
	inWave     bool
	mergedAway bool // another enrolment of the same person stays
	today      calendar.Date
	minimumAge int

	bornOn, diedOn calendar.Date
	left           bool
	sensitive      bool
	undeliverable  string
	addressFoundAt time.Time // last change of address recorded
	noAddressAt    time.Time // last time tracing found nothing

	standing standing
	holds    []HoldID
	record   *recordFact // the live one of the programme, else the latest of this enrolment
	notices  []Notice    // by number
	sealed   map[NoticeID]bool
	spans    []span // days that do not count
	extra    int    // days of extensions
}

// outcome is where an enrolment belongs, worked out from nothing but facts.
type outcome struct {
	state    campaigns.State
	reason   string
	closesOn calendar.Date // when state waits for a window
	release  bool          // the reserved record never left and is let go
	withdraw bool          // the record has to be taken back
}

// mostReturns is after how many returns no further letter is written: two
// re-mails at most (rules of notice, "retracing").
const mostReturns = 2

// workOut says where an enrolment belongs (rules of notice, "The state of an
// enrolment"). It looks at facts only, so their order never matters.
func workOut(s situation) outcome {
	if o, ok := s.byRecord(); ok {
		return o
	}
	release := s.record != nil && (s.record.state == "reserved" || s.record.state == "failed") && !s.record.left()
	o := s.withoutRecord()
	if release && o.state != campaigns.Reconciling && o.state != campaigns.Ready {
		o.release = true
	} else if release {
		// Nothing turned against it: it stays where the record room put it.
		o.state, o.reason = s.state, ""
	}
	return o
}

func (s situation) byRecord() (outcome, bool) {
	if s.record == nil || s.record.enrolment != s.enrolment {
		return outcome{}, false
	}
	against, why := s.against()
	switch s.record.state {
	case "withdrawing":
		return outcome{state: campaigns.Withdrawing}, true
	case "withdrawn":
		if s.standing.says == "no" {
			return outcome{state: campaigns.Withdrawn, reason: "said no"}, true
		}
	case "live":
		if against {
			return outcome{state: campaigns.Withdrawing, reason: why, withdraw: true}, true
		}
		return outcome{state: campaigns.Created}, true
	case "leaving", "failed":
		if !s.record.left() {
			return outcome{}, false
		}
		if against || s.gone() != "" {
			return outcome{state: campaigns.Withdrawing, reason: why, withdraw: true}, true
		}
		if s.record.state == "failed" {
			return outcome{state: campaigns.CreateFailed}, true
		}
		return outcome{state: campaigns.Creating}, true
	}
	return outcome{}, false
}

// against tells whether a record that is live or on its way has to go: a no,
// or a notice that turned out void with no other to stand for it.
func (s situation) against() (bool, string) {
	if s.standing.says == "no" {
		return true, "said no"
	}
	if s.record.basis != "silence" {
		return false, ""
	}
	made := calendar.DateOf(s.record.liveAt)
	if s.record.liveAt.IsZero() {
		made = s.today
	}
	for _, n := range s.notices {
		if !n.Void() && !n.PostedOn.IsZero() && n.ClosesOn.Before(made) {
			return false, ""
		}
	}
	return true, "its letter turned out void"
}

func (s situation) gone() string {
	switch {
	case s.mergedAway:
		return "merged"
	case !s.diedOn.IsZero():
		return "died"
	case s.left:
		return "left"
	}
	return ""
}

func (s situation) withoutRecord() outcome {
	if s.gone() == "merged" {
		return outcome{state: campaigns.Closed, reason: "merged"}
	}
	if s.standing.says == "no" {
		return outcome{state: campaigns.OptedOut}
	}
	if len(s.holds) > 0 {
		return outcome{state: campaigns.Held}
	}
	if why := s.gone(); why != "" {
		return outcome{state: campaigns.Closed, reason: why}
	}
	if s.record != nil && s.record.enrolment != s.enrolment && s.record.state != "withdrawn" && s.record.state != "released" {
		return outcome{state: campaigns.Excluded, reason: "has a record"}
	}
	if s.standing.says == "yes" && s.standing.everSaid {
		return outcome{state: campaigns.Ready, closesOn: s.standing.on}
	}
	o := s.byNotice()
	if s.standing.says == "yes" && o.state == campaigns.Unreachable {
		return outcome{state: campaigns.Ready, closesOn: s.standing.on}
	}
	return o
}

func (s situation) byNotice() outcome {
	var closes calendar.Date
	for _, n := range s.notices {
		if !n.Void() && !n.PostedOn.IsZero() {
			closes = calendar.Max(closes, n.ClosesOn)
		}
	}
	var last Notice
	if len(s.notices) > 0 {
		last = s.notices[len(s.notices)-1]
	}
	switch {
	case !closes.IsZero() && (last.PostedOn != calendar.Date{}) && !last.Void():
		if closes.Before(s.today) {
			return outcome{state: campaigns.Reconciling, closesOn: closes}
		}
		return outcome{state: campaigns.Notified, closesOn: closes}
	case last.ID != 0 && !last.Void() && s.sealed[last.ID]:
		return outcome{state: campaigns.Written}
	}
	if last.VoidReason == Returned {
		if o, ok := s.afterReturn(last); ok {
			return o
		}
	}
	if why := s.suppressed(); why != "" {
		return outcome{state: campaigns.Excluded, reason: why}
	}
	if s.inWave {
		return outcome{state: campaigns.Scheduled}
	}
	return outcome{state: campaigns.InCohort}
}

// afterReturn says what becomes of somebody whose letter came back: traced,
// written to again, or unreachable. ok is false when a new letter is due.
func (s situation) afterReturn(last Notice) (outcome, bool) {
	returns := 0
	for _, n := range s.notices {
		if n.VoidReason == Returned {
			returns++
		}
	}
	switch {
	case returns > mostReturns:
		return outcome{state: campaigns.Unreachable, reason: "letters came back"}, true
	case s.addressFoundAt.Before(last.VoidAt) && !s.noAddressAt.Before(last.VoidAt) && !s.noAddressAt.IsZero():
		return outcome{state: campaigns.Unreachable, reason: "no address found"}, true
	case s.addressFoundAt.Before(last.VoidAt):
		return outcome{state: campaigns.Retracing}, true
	}
	return outcome{}, false
}

// suppressed says why nobody may be written to, or "".
func (s situation) suppressed() string {
	switch {
	case s.sensitive:
		return "sensitive"
	case s.undeliverable != "":
		return s.undeliverable
	case s.bornOn.IsZero():
		return "age unknown"
	case s.bornOn.AgeOn(s.today) < s.minimumAge:
		return "under age"
	}
	return ""
}
