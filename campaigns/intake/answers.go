package intake

import (
	"io"
	"slices"
	"strings"

	"duenotice/campaigns/calendar"
)

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
			if !slices.Contains(AnswerChannels, channel) {
				t.say("channel", ChannelUnknown, mask(channel))
			}
		}
	}, func() error { return each(a) })
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

// Outcome is a finding about a row that reads well and cannot simply be taken:
// shown is the value it is about, which is masked.
func Outcome(line int, column string, rule Rule, shown string) Finding {
	m := rule.Meaning()
	switch {
	case column == "nhs_number":
		shown = maskNumber(shown)
	case column == "practice_code":
		shown = maskCode(shown)
	case len(shown) > 6:
		shown = shown[:2] + "…" + shown[len(shown)-3:]
	case shown != "":
		shown = mask(shown)
	}
	return Finding{line, column, rule, shown, m.Advice, m.Severity}
}
