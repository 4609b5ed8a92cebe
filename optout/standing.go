package optout

import (
	"slices"
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

// held tells whether the record takes the one place of its person.
func (r recordFact) held() bool { return r.state != "released" && r.state != "withdrawn" }

// made tells whether the record is there, or may be as far as anybody knows:
// its windows had to be over by then, and nothing lengthens them afterwards.
func (r recordFact) made() bool { return r.held() && (r.state == "live" || r.left()) }

// situation is everything that decides where one enrolment stands.
type situation struct {
	enrolment  campaigns.EnrolmentID
	campaign   campaigns.CampaignID
	programme  campaigns.ProgrammeID
	person     campaigns.PersonID // after merging
	state      campaigns.State
	reason     string
	inWave     bool
	wave       campaigns.WaveID // 0: none
	practice   string           // where the person is registered, where that was asked
	wrongFile  bool             // came in a file that should never have been taken
	mergedAway bool             // another enrolment of the same person stays
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
	notices  []Notice    // of this enrolment, by number
	renewed  []Notice    // those of them that close later than is stored, or with more days added
	others   []Notice    // of those merged into it: their windows count too
	sealed   map[NoticeID]bool
	spans    []span // days that do not count
	extra    int    // days of extensions
	givenUp  bool   // a person has closed the record that could not be made
	working  calendar.Working
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
	o := s.withoutRecord()
	if s.givenUp && !s.byYes() && o.state != campaigns.OptedOut && o.state != campaigns.Held && o.state != campaigns.Closed {
		return outcome{state: campaigns.Closed, reason: givenUp}
	}
	if s.record == nil || s.record.enrolment != s.enrolment {
		return o
	}
	if !s.record.held() {
		return s.afterWithdrawal(o)
	}
	// The record is reserved and no request has left yet.
	if o.state != campaigns.Reconciling && o.state != campaigns.Ready {
		o.release = true
		return o
	}
	return outcome{state: campaigns.Creating}
}

// afterWithdrawal keeps somebody whose record was taken back without a no from
// getting another on the letters of before: a new one is written first.
func (s situation) afterWithdrawal(o outcome) outcome {
	waits := o.state == campaigns.Notified || o.state == campaigns.Reconciling
	if waits && s.notices[len(s.notices)-1].PostedOn.Before(calendar.DateOf(s.record.withdrawnAt)) {
		return outcome{state: campaigns.Scheduled}
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
		// Whoever was on the way again after it and says no then is opted out.
		if s.standing.says == "no" && (s.state == campaigns.Withdrawn || s.state == campaigns.Withdrawing) {
			return outcome{state: campaigns.Withdrawn, reason: "said no"}, true
		}
		if s.givenUp && !s.byYes() {
			return outcome{state: campaigns.Withdrawn, reason: givenUp}, true
		}
		if s.wrongFile {
			return outcome{state: campaigns.Withdrawn, reason: wrongFile}, true
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
		if gone := s.gone(); gone != "" && !against {
			against, why = true, gone
		}
		if against {
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
// a notice that turned out void with no other to stand for it, or a yes that
// was somebody else's.
func (s situation) against() (bool, string) {
	if s.standing.says == "no" {
		return true, "said no"
	}
	if s.wrongFile {
		return true, wrongFile
	}
	if s.record.basis != "silence" {
		return s.standing.says != "yes", "its yes was reversed"
	}
	made := calendar.DateOf(s.record.leavingAt)
	if s.record.leavingAt.IsZero() {
		made = calendar.DateOf(s.record.liveAt)
	}
	for _, n := range s.letters() {
		if !n.Void() && !n.PostedOn.IsZero() && n.ClosesOn.Before(made) {
			return false, ""
		}
	}
	return true, "its letter turned out void"
}

// letters are the notices that count for this enrolment, its own last.
func (s situation) letters() []Notice { return slices.Concat(s.others, s.notices) }

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
	if s.record != nil && s.record.enrolment != s.enrolment && s.record.held() {
		return outcome{state: campaigns.Excluded, reason: "has a record"}
	}
	if s.wrongFile {
		return s.takenBack()
	}
	if s.byYes() {
		return outcome{state: campaigns.Ready, closesOn: s.standing.on}
	}
	return s.byNotice()
}

// byYes tells whether a yes stands in the place of notice and silence: one
// that is later than every no, or that of somebody whom no letter reaches.
func (s situation) byYes() bool {
	return s.standing.says == "yes" && (s.standing.everSaid || s.byNotice().state == campaigns.Unreachable)
}

func (s situation) byNotice() outcome {
	var closes calendar.Date
	for _, n := range s.letters() {
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
	// An address told after the letter was drawn is not the one it came back from.
	found := s.addressFoundAt.After(last.drawnAt()) || !s.addressFoundAt.IsZero() && !s.addressFoundAt.Before(last.VoidAt)
	switch {
	case returns > mostReturns:
		return outcome{state: campaigns.Unreachable, reason: "letters came back"}, true
	case found && !s.addressFoundAt.Before(s.noAddressAt):
		return outcome{}, false
	case !s.noAddressAt.IsZero() && !s.noAddressAt.Before(last.drawnAt()):
		return outcome{state: campaigns.Unreachable, reason: "no address found"}, true
	}
	return outcome{state: campaigns.Retracing}, true
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
