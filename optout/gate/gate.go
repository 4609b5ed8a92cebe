// Package gate answers one question, purely and with its reasons: may this record be created?
package gate

import (
	"fmt"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
)

// Silence and Yes are the two bases of a record: nobody said no in time, or
// the person said yes later than every no.
const (
	Silence = "silence"
	Yes     = "yes"
)

// PaperMargin is how many working days forms may take to reach those who key
// them: they once reached practices fortnightly (rules of notice, "Watermark").
const PaperMargin = 10

// Notice is one letter that was posted to the person. Void ones do not count.
type Notice struct {
	ID       int64         `json:"id"`
	Number   int           `json:"number"`
	PostedOn calendar.Date `json:"posted_on"`
	ClosesOn calendar.Date `json:"closes_on"` // worked out anew from the rows that lengthen it, never before what was stored
	Void     string        `json:"void,omitempty"`
}

// Watermark says up to which day a channel's answers are entered.
type Watermark struct {
	Key     string        `json:"key"`
	Through calendar.Date `json:"through"`
	Paper   bool          `json:"paper,omitempty"` // forms and practice files need PaperMargin more
}

// Signal is a stop, pause, suspicion or missing approval as it stands.
type Signal struct {
	Key    string    `json:"key"`
	Red    bool      `json:"red,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	Reason string    `json:"reason,omitempty"`
}

// Feed is a source that tells of deaths, moves or answers, and when it last
// gave a complete answer.
type Feed struct {
	Key    string    `json:"key"`
	LastAt time.Time `json:"last_at,omitzero"`
}

// Facts is everything the gate looks at, as locked in one moment.
type Facts struct {
	Case
	Circumstances
}

// Case is what is one person's own.
type Case struct {
	Basis      string        `json:"basis"`
	Notices    []Notice      `json:"notices"`
	Dissent    int64         `json:"dissent,omitempty"` // the answer that stands as a no, or 0
	Consent    int64         `json:"consent,omitempty"` // a yes later than every no, or 0
	Holds      []int64       `json:"holds,omitempty"`
	BornOn     calendar.Date `json:"-"`              // personal data stays out of the evidence; the clause holds the result
	Away       string        `json:"away,omitempty"` // died, left, merged, sensitive, or ""
	LiveRecord string        `json:"live_record,omitempty"`
	OutageDays int           `json:"outage_days"`          // days added to a window: outages beyond the threshold, holds, extensions
	OutageOwed bool          `json:"outage_owed,omitzero"` // such days not yet in the stored window
}

// Circumstances are what people share who hang on the same wave, practices and
// batches and are asked about together.
type Circumstances struct {
	AskedAt    time.Time     `json:"asked_at"`
	Watermarks []Watermark   `json:"watermarks"`
	Feeds      []Feed        `json:"feeds"`
	FeedLimit  time.Duration `json:"feed_limit"`
	MinimumAge int           `json:"minimum_age"`
	Practice   string        `json:"practice"`
	SwitchKey  string        `json:"switch_key"`
	SwitchedOn calendar.Date `json:"switched_on"`
	Signals    []Signal      `json:"signals"`
}

// Clause is one of the nine conditions with its answer.
type Clause struct {
	Number int    `json:"clause"`
	Met    bool   `json:"met"`
	Says   string `json:"says"`
	// Source is the signal whose change may make the clause true, or "person"
	// when something about this person has to change, or "time".
	Source string `json:"source,omitempty"`
}

// Names of the nine clauses, for people (rules of notice, "The gate").
var Names = [9]string{
	"A letter that counts was posted",
	"Every window is over",
	"Everything that arrived in time has been entered",
	"Nobody said no, and nothing is held",
	"Alive, of age, not sensitive, registered in England",
	"The practice is switched on",
	"Nothing is stopped, paused or under suspicion, and two people approved",
	"There is no live record",
	"The public service was open",
}

// Verdict is the gate's answer.
type Verdict struct {
	Allowed bool
	Clauses [9]Clause
}

// Blocked returns the first clause that is not met; ok is false when all are.
func (v Verdict) Blocked() (c Clause, ok bool) {
	for _, c := range v.Clauses {
		if !c.Met {
			return c, true
		}
	}
	return Clause{}, false
}

// Ask asks all nine clauses. A yes later than every no stands for clauses 1,
// 2, 3 and 9.
func Ask(f Facts, w calendar.Working) Verdict {
	today := calendar.DateOf(f.AskedAt)
	closes, valid := lastClose(f.Notices)
	byYes := f.Basis == Yes && f.Consent != 0
	v := Verdict{Clauses: [9]Clause{
		posted(valid, byYes),
		over(closes, valid, today, byYes),
		entered(f, closes, byYes, w),
		unopposed(f),
		present(f, today),
		switchedOn(f, today),
		running(f),
		{Met: f.LiveRecord == "", Says: recordWords(f.LiveRecord), Source: "person"},
		open(f, byYes),
	}}
	v.Allowed = true
	for i := range v.Clauses {
		v.Clauses[i].Number = i + 1
		if v.Clauses[i].Met {
			v.Clauses[i].Source = ""
		}
		v.Allowed = v.Allowed && v.Clauses[i].Met
	}
	return v
}

func lastClose(notices []Notice) (closes calendar.Date, valid []Notice) {
	for _, n := range notices {
		if n.Void == "" && !n.PostedOn.IsZero() {
			valid = append(valid, n)
			closes = calendar.Max(closes, n.ClosesOn)
		}
	}
	return closes, valid
}

const yesStands = "The person said yes later than every no; this stands in its place."

func posted(valid []Notice, byYes bool) Clause {
	if byYes {
		return Clause{Met: true, Says: yesStands}
	}
	if len(valid) == 0 {
		return Clause{Says: "No letter that counts was posted to this person.", Source: "person"}
	}
	n := valid[len(valid)-1]
	return Clause{Met: true, Says: fmt.Sprintf("Letter %d was posted on %s and has not come back.", n.Number, n.PostedOn.Short())}
}

func over(closes calendar.Date, valid []Notice, today calendar.Date, byYes bool) Clause {
	switch {
	case byYes:
		return Clause{Met: true, Says: yesStands}
	case len(valid) == 0:
		return Clause{Says: "No window has run.", Source: "person"}
	case !closes.Before(today):
		return Clause{Says: fmt.Sprintf("The window runs to the end of %s.", closes.Long()), Source: "time"}
	}
	return Clause{Met: true, Says: fmt.Sprintf("The last window closed at the end of %s.", closes.Short())}
}

func entered(f Facts, closes calendar.Date, byYes bool, w calendar.Working) Clause {
	if byYes {
		return Clause{Met: true, Says: yesStands}
	}
	if closes.IsZero() {
		return Clause{Says: "No window has run, so nothing could arrive in time.", Source: "person"}
	}
	var waits []string
	source := ""
	for _, m := range f.Watermarks {
		need := closes
		if m.Paper {
			need = w.Add(closes, PaperMargin)
		}
		if m.Through.Before(need) {
			if source == "" {
				source = m.Key
			}
			have := "nothing declared yet"
			if !m.Through.IsZero() {
				have = "entered to " + m.Through.Short()
			}
			waits = append(waits, fmt.Sprintf("%s: %s, needs %s", m.Key[strings.IndexByte(m.Key, ':')+1:], have, need.Short()))
		}
	}
	if len(f.Watermarks) == 0 {
		return Clause{Says: "No channel has said that its answers are entered.", Source: "person"}
	}
	if source != "" {
		return Clause{Says: "Waiting for " + strings.Join(waits, "; ") + ".", Source: source}
	}
	return Clause{Met: true, Says: "All channels have entered what arrived in time."}
}

func unopposed(f Facts) Clause {
	if f.Dissent != 0 {
		return Clause{Says: "The person said no.", Source: "person"}
	}
	if len(f.Holds) > 0 {
		return Clause{Says: "Something arrived that may be a no. A person has to settle it.", Source: "person"}
	}
	if c, late := silent(f, "national"); late {
		return c
	}
	return Clause{Met: true, Says: "No answer stands against it and nothing is held."}
}

// silent tells whether a feed has been silent for longer than agreed; one of
// which nothing is known has.
func silent(f Facts, about string) (Clause, bool) {
	key := "feed:" + about
	for _, feed := range f.Feeds {
		if feed.Key == key && f.AskedAt.Sub(feed.LastAt) <= f.FeedLimit {
			return Clause{}, false
		}
	}
	return Clause{Says: fmt.Sprintf("The feed of %s has been silent for more than %d hours.", about, int(f.FeedLimit.Hours())), Source: key}, true
}

func present(f Facts, today calendar.Date) Clause {
	switch {
	case f.Away != "":
		return Clause{Says: "Recorded as: " + f.Away + ".", Source: "person"}
	case f.BornOn.IsZero():
		return Clause{Says: "The date of birth is not known.", Source: "person"}
	case f.BornOn.AgeOn(today) < f.MinimumAge:
		return Clause{Says: fmt.Sprintf("Not yet %d years old.", f.MinimumAge), Source: "time"}
	}
	if c, late := silent(f, "registrations"); late {
		return c
	}
	return Clause{Met: true, Says: "Registered, alive, of age and not sensitive."}
}

func switchedOn(f Facts, today calendar.Date) Clause {
	if f.SwitchedOn.IsZero() || f.SwitchedOn.After(today) {
		return Clause{Says: fmt.Sprintf("Practice %s has not been switched on for this programme.", f.Practice), Source: f.SwitchKey}
	}
	return Clause{Met: true, Says: fmt.Sprintf("Practice %s is on since %s.", f.Practice, f.SwitchedOn.Short())}
}

func running(f Facts) Clause {
	for _, s := range f.Signals {
		if s.Red {
			says := s.Reason
			if says == "" {
				says = "Stopped or paused."
			}
			return Clause{Says: says, Source: s.Key}
		}
	}
	if len(f.Signals) == 0 {
		return Clause{Says: "Nothing tells whether the house is running.", Source: "person"}
	}
	return Clause{Met: true, Says: "Nothing is stopped, paused or under suspicion; two people approved."}
}

func recordWords(live string) string {
	if live == "" {
		return "None in this programme."
	}
	return "There is a record already."
}

func open(f Facts, byYes bool) Clause {
	switch {
	case byYes:
		return Clause{Met: true, Says: yesStands}
	case f.OutageOwed:
		return Clause{Says: "The public service was shut while the window ran; the days are being added.", Source: "person"}
	case f.OutageDays > 0:
		return Clause{Met: true, Says: fmt.Sprintf("%d days on which the window could not run were added to it.", f.OutageDays)}
	}
	return Clause{Met: true, Says: "It was open while the window ran."}
}
