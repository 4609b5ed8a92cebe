package intake

import (
	"io"
	"strings"

	"duenotice/campaigns/calendar"
)

// Dissent is one row of a practice's opt-out codes.
type Dissent struct {
	Line      int
	NHSNumber string
	Code      string // as in DissentCodes
	On        calendar.Date
}

// DissentCodes are the clinical codes with which practices record that a
// person said no, with the terminology each belongs to. Case counts: Read
// codes that differ in it differ in meaning.
var DissentCodes = map[string]string{
	"93C3": "Read v2", "9Ndo": "Read v2", "XaXj6": "CTV3", "416308001": "SNOMED CT",
}

var dissentLayout = &layout{
	kind: KindDissents, title: "a list of practice opt-outs", required: 3, columns: []string{"nhs_number", "code", "date"},
}

// ReadDissents reads a practice's opt-outs. A row whose date is only a year
// still counts as a no, with a finding for review and no date.
func ReadDissents(r io.Reader, opts Options, each func(Dissent) error, found func(Finding) error) (Summary, error) {
	var d Dissent
	return readTable(r, dissentLayout, opts, found, func(t *table) {
		d = Dissent{Line: t.line, NHSNumber: t.number(t.cell(0)), Code: strings.TrimRight(strings.TrimSpace(t.cell(1)), ".")}
		if DissentCodes[d.Code] == "" {
			t.say("code", CodeUnknown, maskCode(d.Code))
		}
		d.On = t.past("date", t.cell(2))
	}, func() error { return each(d) })
}

// number reads the row's NHS number and says what is wrong with it.
func (t *table) number(shown string) string {
	number, wrong := NHSNumber(shown)
	if wrong == "" && MadeUp(number) && !t.opts.AllowMadeUp {
		wrong = NumberMadeUp
	}
	if wrong != "" {
		t.say("nhs_number", wrong, maskNumber(shown))
	}
	return number
}

// past reads a date that must be there and not lie in the future.
func (t *table) past(column, s string) calendar.Date {
	d, wrong := Day(s)
	switch {
	case wrong != "":
		t.say(column, wrong, mask(s))
	case d.IsZero():
		t.say(column, DateMissing, "")
	case d.After(t.opts.Today):
		t.say(column, DateFuture, mask(s))
	}
	return d
}

// Returned is one letter that came back.
type Returned struct {
	Line      int
	Reference string // as printed on the letter, in capitals
	On        calendar.Date
	Reason    string // a key of ReturnReasons
}

// ReturnReasons are the reasons for which post comes back.
var ReturnReasons = map[string]string{
	"R01": "gone away", "R02": "address incomplete", "R03": "address inaccessible", "R04": "not known at the address", "R05": "refused",
	"R06": "not called for", "R07": "no such address", "R08": "no reason given", "R09": "deceased", "R10": "other",
}

var returnLayout = &layout{
	kind: KindReturns, title: "a list of returned mail", required: 3, columns: []string{"reference", "date", "reason"},
}

// ReadReturns reads a list of returned mail.
func ReadReturns(r io.Reader, opts Options, each func(Returned) error, found func(Finding) error) (Summary, error) {
	var b Returned
	return readTable(r, returnLayout, opts, found, func(t *table) {
		b = Returned{Line: t.line, Reference: strings.ToUpper(strings.TrimSpace(t.cell(0))), Reason: strings.ToUpper(strings.TrimSpace(t.cell(2)))}
		if !isReference(b.Reference) {
			t.say("reference", ReferenceShape, mask(b.Reference))
		}
		b.On = t.past("date", t.cell(1))
		if ReturnReasons[b.Reason] == "" {
			t.say("reason", ReasonUnknown, mask(b.Reason))
		}
	}, func() error { return each(b) })
}

// isReference tells 4 to 40 capitals, digits and hyphens.
func isReference(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isCapital(s[i]) && !isDigit(s[i]) && s[i] != '-' {
			return false
		}
	}
	return len(s) >= 4 && len(s) <= 40
}

// Answer is one row of answers sent in bulk.
type Answer struct {
	Line       int
	NHSNumber  string
	No         bool          // a dissent; else a yes
	ReceivedOn calendar.Date // postmarked, not keyed
	Channel    string        // one of AnswerChannels; "upload" where the file says nothing
}

// AnswerChannels are the ways in which an answer may have come.
var AnswerChannels = []string{"web", "phone", "paper", "practice", "national", "upload"}

var answerLayout = &layout{
	kind: KindAnswers, title: "a list of answers", required: 3, columns: []string{"nhs_number", "answer", "received", "channel"},
	older: map[string][]string{"received": {"received_on", "received_date", "date"}},
}

// ReadAnswers reads a bulk upload of answers.
func ReadAnswers(r io.Reader, opts Options, each func(Answer) error, found func(Finding) error) (Summary, error) {
	var a Answer
	return readTable(r, answerLayout, opts, found, func(t *table) {
		a = Answer{Line: t.line, NHSNumber: t.number(t.cell(0)), Channel: "upload"}
		switch answer := strings.ToLower(strings.TrimSpace(t.cell(1))); answer {
		case "no":
			a.No = true
		case "yes":
		default:
			t.say("answer", AnswerUnknown, mask(answer))
		}
		a.ReceivedOn = t.past("received", t.cell(2))
		if channel := strings.ToLower(strings.TrimSpace(t.cell(3))); channel != "" {
			a.Channel = channel
			if !isChannel(channel) {
				t.say("channel", ChannelUnknown, mask(channel))
			}
		}
	}, func() error { return each(a) })
}

func isChannel(s string) bool {
	for _, c := range AnswerChannels {
		if c == s {
			return true
		}
	}
	return false
}
