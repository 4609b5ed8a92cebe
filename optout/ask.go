package optout

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// The kinds of lines in a thread of questions.
const (
	LineAsked    = "asked"    // by the person
	LineAnswered = "answered" // by the helpdesk
	LineClosed   = "closed"   // answered and closed; whoever writes again opens it
)

const (
	// MostAsked is how many characters one question, or one answer, may have.
	MostAsked = 1000
	// AnswerDays is within how many working days a question is to be answered.
	AnswerDays = 2
	// askedADay is how many questions one person may send in 24 hours.
	askedADay = 20
)

// Message is one line of a thread. Nobody of staff is named to the person.
type Message struct {
	ID    int64
	Kind  string
	Body  string
	At    time.Time
	Staff string // who answered, for staff only
}

// Thread is the questions of one person about one campaign, and the answers.
type Thread struct {
	Enrolment campaigns.EnrolmentID
	Person    campaigns.PersonID
	Campaign  string // its code
	Language  string // of the page on which they wrote last
	Kind      string // of the last line; LineAsked waits for an answer
	Since     time.Time
	Lines     int
	DueOn     calendar.Date // where it waits
}

// Waits tells whether somebody waits for an answer.
func (t Thread) Waits() bool { return t.Kind == LineAsked }

// AnswerTimes says how long people waited for answers, counted in the hours in
// which the helpdesk works.
type AnswerTimes struct {
	Questions int // answered
	InTime    int // by the end of the working day on which they were due
	Median    time.Duration
	Longest   time.Duration
}

// CleanText makes what was typed fit to be kept: whole characters, no control
// characters but line ends, no space around it.
func CleanText(typed string) string {
	typed = strings.ReplaceAll(strings.ToValidUTF8(typed, "\ufffd"), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || r == '\u202d' || r == '\u202e') { // no letters turned around for the reader
			return -1
		}
		return r
	}, typed))
}

// checkText says what is wrong with a message, in a field of that name.
func checkText(field, text string) error {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return fault.In(field, fault.Invalid, "Write your message")
	case n > MostAsked:
		return fault.In(field, fault.Invalid, "Write at most 1,000 characters")
	}
	return nil
}

// The helpdesk works from eight to six on working days.
const helpdeskOpens, helpdeskCloses = 8 * time.Hour, 18 * time.Hour

// workingTime is how much of the helpdesk's time lies between two moments.
func workingTime(w calendar.Working, from, to time.Time) (total time.Duration) {
	for day := calendar.DateOf(from); !day.After(calendar.DateOf(to)); day = day.AddDays(1) {
		if !w.Is(day) {
			continue
		}
		begins, ends := day.Start().Add(helpdeskOpens), day.Start().Add(helpdeskCloses)
		if from.After(begins) {
			begins = from
		}
		if to.Before(ends) {
			ends = to
		}
		total += max(0, ends.Sub(begins))
	}
	return total
}

// answerTimes works out the waits of threads from their lines, in order.
func answerTimes(w calendar.Working, threads map[campaigns.EnrolmentID][]Message) AnswerTimes {
	var t AnswerTimes
	var waits []time.Duration
	for _, lines := range threads {
		var asked time.Time
		for _, m := range lines {
			switch {
			case m.Kind == LineAsked && asked.IsZero():
				asked = m.At
			case m.Kind != LineAsked && !asked.IsZero():
				waits = append(waits, workingTime(w, asked, m.At))
				if !calendar.DateOf(m.At).After(w.Add(calendar.DateOf(asked), AnswerDays)) {
					t.InTime++
				}
				asked = time.Time{}
			}
		}
	}
	slices.Sort(waits)
	if t.Questions = len(waits); t.Questions > 0 {
		t.Median, t.Longest = waits[len(waits)/2], waits[len(waits)-1]
	}
	return t
}
