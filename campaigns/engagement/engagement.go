// Package engagement knows what doctors said: meetings by count and never by name, votes as counted, concerns and the answers given.
package engagement

import (
	"slices"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Minutes is the door of this room.
type Minutes struct {
	Register *campaigns.Register
}

// Meeting is one meeting with a committee of doctors or others.
type Meeting struct {
	ID        int64
	Programme campaigns.ProgrammeID
	Region    string // "" is national
	HeldOn    calendar.Date
	Body      string // who met: "London local medical committees"
	Present   int    // people, by count
	Bodies    int    // committees that were there
	BodiesOf  int    // of so many; 0 where it was one
	Statement string
	By        string
	At        time.Time
}

// Check says what is wrong with a meeting, or nil.
func (m Meeting) Check(today calendar.Date) error {
	switch {
	case m.Body == "" || len([]rune(m.Body)) > 120:
		return fault.In("body", fault.Invalid, "Say who met, in up to 120 characters.")
	case m.HeldOn.IsZero() || m.HeldOn.After(today):
		return fault.In("held", fault.Invalid, "Say on which day they met; it lies not in the future.")
	case m.Present < 1 || m.Present > 100_000:
		return fault.In("present", fault.Invalid, "Say how many were there.")
	case m.Bodies < 0 || m.BodiesOf < m.Bodies:
		return fault.In("bodies", fault.Invalid, "More committees were there than there are. Check the two numbers.")
	case len([]rune(m.Statement)) > 4000:
		return fault.In("statement", fault.Invalid, "Say it in fewer words: up to 4,000 characters.")
	}
	return nil
}

// Stance is how an answer counts for the share in favour.
type Stance string

// The stances; Neither counts in the whole and for neither side.
const (
	For     Stance = "for"
	Against Stance = "against"
	Neither Stance = ""
)

// Answer is one answer of a vote with the votes it got.
type Answer struct {
	Answer string `json:"answer"`
	Votes  int    `json:"votes"`
	Stance Stance `json:"stance"`
}

// Vote is one question as it was put and counted.
type Vote struct {
	ID       int64
	Meeting  int64
	Question string
	Answers  []Answer
	Present  int // at the meeting
	HeldOn   calendar.Date
	Region   string
	Body     string
}

// Cast is how many voted.
func (v Vote) Cast() int {
	n := 0
	for _, a := range v.Answers {
		n += a.Votes
	}
	return n
}

// Silent is how many were there and gave no vote.
func (v Vote) Silent() int { return v.Present - v.Cast() }

// Favour is the share of those present whose answer was for it.
func (v Vote) Favour() float64 {
	n := 0
	for _, a := range v.Answers {
		if a.Stance == For {
			n += a.Votes
		}
	}
	return float64(n) / float64(max(v.Present, 1))
}

// Check says what is wrong with a vote at a meeting of so many, or nil.
func (v Vote) Check(present int) error {
	if v.Question == "" || len([]rune(v.Question)) > 300 {
		return fault.In("question", fault.Invalid, "Write the question as it was put, in up to 300 characters.")
	}
	if len(v.Answers) < 2 {
		return fault.In("answers", fault.Invalid, "Give at least two answers, each with its votes.")
	}
	for i, a := range v.Answers {
		switch {
		case a.Answer == "" || a.Votes < 0:
			return fault.In("answers", fault.Invalid, "Each answer has words and a number of votes from 0.")
		case !slices.Contains([]Stance{For, Against, Neither}, a.Stance):
			return fault.In("answers", fault.Invalid, "An answer is for, against or neither.")
		case slices.ContainsFunc(v.Answers[:i], func(o Answer) bool { return o.Answer == a.Answer }):
			return fault.In("answers", fault.Invalid, "The answer %q is there twice.", a.Answer)
		}
	}
	if n := v.Cast(); n > present {
		return fault.In("answers", fault.Invalid, "The votes add up to %d, and %d were there. Count again.", n, present)
	}
	return nil
}

// Concern is something that worried those who met, and what was answered.
type Concern struct {
	ID         int64
	Meeting    int64
	Concern    string
	Owner      string
	Wave       campaigns.WaveID // blocked until it is answered; 0 is none
	WaveName   string
	By         string
	At         time.Time
	Answer     string
	AnsweredBy string
	AnsweredAt time.Time
	Body       string
	HeldOn     calendar.Date
}

// Open tells whether it waits for an answer.
func (c Concern) Open() bool { return c.AnsweredAt.IsZero() }
