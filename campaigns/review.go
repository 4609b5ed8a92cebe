package campaigns

import (
	"math"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Limits are what an installation asks of every file of people before
// anything of it is written, and how long it keeps the bytes.
type Limits struct {
	BadPercent   float64 // of the rows may be rejected
	HomePercent  float64 // of the accepted rows at least are of practices in the campaign's region
	KnownPercent float64 // of the accepted rows at least are people who are known, once the campaign has people; 0 asks nothing
	KeepDays     int     // until the bytes of a file are forgotten
}

// fewRows is the size under which a share says nothing.
const fewRows = 20

// reading is what the gate knows of a file that was read.
type reading struct {
	rows, accepted, rejected int
	home                     int // accepted rows of practices in the region; -1 where the region has no practices
	atPractices              int // accepted rows that name a practice
	known                    int // accepted rows whose person is known; -1 where the campaign has nobody yet
	region                   string
	elsewhere                string // the region that most of the other rows are of
	mostOften                string // what is wrong most often, with what to do
	worst                    string // its rule
	placed, begun            bool   // the region has practices; the campaign has people
}

// gate refuses a file as a whole, with a sentence that says the share and the
// limit, or lets it pass. It is asked before anything of the file is kept.
func (l Limits) gate(r reading) error {
	if r.rows < fewRows {
		return nil
	}
	if share := percent(r.rejected, r.rows); share > l.BadPercent {
		return fault.New(fault.Invalid, "%s%% of the rows are wrong (%s of %s); at most %s%% may be, so none was taken.%s",
			plainShare(share), grouped(r.rejected), grouped(r.rows), plainShare(l.BadPercent), r.mostOften)
	}
	if share := percent(r.home, r.atPractices); r.home >= 0 && r.atPractices > 0 && share < l.HomePercent {
		where := ""
		if r.elsewhere != "" {
			where = " Most of the others are of " + r.elsewhere + "."
		}
		return fault.New(fault.Invalid, "Only %s%% of the rows (%s of %s) are of practices in %s; at least %s%% have to be, so none was taken.%s Is it a file for another region?",
			plainShare(share), grouped(r.home), grouped(r.atPractices), r.region, plainShare(l.HomePercent), where)
	}
	if share := percent(r.known, r.accepted); r.known >= 0 && r.accepted > 0 && share < l.KnownPercent {
		return fault.New(fault.Invalid, "Only %s%% of the people (%s of %s) are known here; at least %s%% have to be, so none was taken. Is it the right file?",
			plainShare(share), grouped(r.known), grouped(r.accepted), plainShare(l.KnownPercent))
	}
	return nil
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// The kinds of conflict, in the order in which they are looked at.
const (
	Twice   = "twice"   // the number stands in the file twice with different details
	Another = "person"  // the number is held for somebody else
	Alike   = "alike"   // somebody just like this is held under another number
	Changed = "changed" // the person was changed between review and application
	Details = "details" // ordinary news of a known person
)

// ConflictKinds lists the kinds in the order in which pages show them.
var ConflictKinds = []string{Twice, Another, Alike, Changed, Details}

// The decisions about a conflict. What each does to the row depends on the kind.
const (
	Apply   = "apply"   // the row counts
	Discard = "discard" // the row is left out
	Both    = "both"    // they are two people
)

// decisions says what may be decided about which kind.
var decisions = map[string][]string{
	Twice: {Apply, Discard, Both}, Another: {Apply, Discard, Both}, Alike: {Both, Apply, Discard}, Changed: {Apply, Discard}, Details: {Apply, Discard},
}

// ConflictCount is how many conflicts of a kind a file has and how they stand.
type ConflictCount struct {
	Kind                   string
	All                    int
	Open                   int // nobody has decided
	Apply, Discarded, Both int
	Waiting                int // of rows that were not applied with their file
}

// Told is what a file or the register says of a person, for two to be
// put side by side. They hold personal data; of sensitive people only that they are.
type Told struct {
	Line      int // 0: held, no row of the file
	Number    string
	Title     string
	Given     string
	Family    string
	BornOn    calendar.Date
	DiedOn    calendar.Date
	Address   []string
	Postcode  string
	Practice  string
	Language  string
	Format    string
	Sensitive bool
}

// Conflict is one row of a file beside what it conflicts with.
type Conflict struct {
	ID        int64
	Kind      string
	Differs   []string
	Row       Told // what the row says
	Other     Told // what is held, or what the earlier row says
	Decision  string
	DecidedBy string
	DecidedAt time.Time
	Waiting   bool // the row was not applied with its file
}

// hide takes away what may not be shown of sensitive people. One of two that
// is sensitive hides both: they may be the same person.
func (c *Conflict) hide() {
	if !c.Row.Sensitive && !c.Other.Sensitive {
		return
	}
	for _, t := range []*Told{&c.Row, &c.Other} {
		*t = Told{Line: t.Line, Number: t.Number, Sensitive: true}
	}
}

// CohortProgress is how far reading or applying a file is.
type CohortProgress struct {
	Phase   string // reading, comparing, or a step of applying
	Done    int64  // of Total, in bytes while reading
	Total   int64
	Rows    int // so far
	BeganAt time.Time
	SeenAt  time.Time
}

// PerSecond is the rate in rows.
func (p CohortProgress) PerSecond() int {
	took := p.SeenAt.Sub(p.BeganAt).Seconds()
	if took <= 0 {
		return 0
	}
	return int(float64(p.Rows) / took)
}

// Left is how long it will take at the rate so far; negative while unknown.
func (p CohortProgress) Left() time.Duration {
	if p.Done <= 0 || p.Total <= 0 {
		return -1
	}
	took := p.SeenAt.Sub(p.BeganAt)
	return time.Duration(float64(took) * float64(p.Total-p.Done) / float64(p.Done))
}

// tidyName keeps of an uploaded file's name what may be shown and logged.
func tidyName(name string) string {
	name = strings.ToValidUTF8(name, "")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name))
}

// grouped writes a count with thousands separators.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plainShare writes a percentage with one decimal where it needs one, and
// never rounds what is over a whole down to it.
func plainShare(f float64) string { return strconv.FormatFloat(math.Ceil(f*10-1e-9)/10, 'f', -1, 64) }
