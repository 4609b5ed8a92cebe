// Package readiness knows how far practices are on their way to being live, what holds them up, and whom that leaves without access.
package readiness

import (
	"slices"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Board is the door of this room.
type Board struct {
	Register *campaigns.Register
}

// State is how far a practice is.
type State string

// The states, in the order of the way.
const (
	NotContacted State = "not contacted"
	Engaged      State = "engaged"
	Agreed       State = "agreed"
	Checking     State = "checks in progress"
	Blocked      State = "blocked"
	Ready        State = "ready"
	Live         State = "live"
	Deferred     State = "deferred"
	Withdrawn    State = "withdrawn"
)

// States lists every state in the order in which pages show them.
var States = []State{NotContacted, Engaged, Agreed, Checking, Blocked, Ready, Live, Deferred, Withdrawn}

// Known tells whether there is such a state.
func (s State) Known() bool { return slices.Contains(States, s) }

// Reasons are what may hold a practice up.
var Reasons = []string{"supplier version or settings", "data quality", "impact assessment missing", "no lead", "training", "safeguarding review",
	"merger or closure", "list does not fit", "vendor capacity", "objection", "other"}

// Approaches are the ways in which a practice may give access.
var Approaches = []string{"everybody at once", "in groups", "on request", "not decided"}

// Item is one thing to see to before a practice is live.
type Item struct {
	Code     string
	Text     string
	Supplier string // only there; "" for all
	Beware   string
}

// Items is the checklist; see For.
var Items = []Item{
	{Code: "impact", Text: "Data protection impact assessment done"},
	{Code: "redaction", Text: "Staff trained to hide what patients should not see"},
	{Code: "safeguarding", Text: "Searches for patients at risk done, and their records reviewed"},
	{Code: "website", Text: "Website and waiting room tell patients"},
	{Code: "icb", Text: "ICB informed of the day"},
	{Code: "emis-booking", Supplier: "EMIS", Text: "Day of bulk enablement booked with the supplier"},
	{Code: "emis-codes", Supplier: "EMIS", Text: "Codes 103, 104 and 106 entered before the day", Beware: "The system reads these codes at go-live, at a new online account and at 16. A code entered afterwards has no effect by itself."},
	{Code: "tpp-preference", Supplier: "TPP", Text: "Organisation preference for prospective access set"},
	{Code: "tpp-review", Supplier: "TPP", Text: "Default visibility of new entries looked at"},
	{Code: "weekly", Text: "Somebody named who reviews new accounts every week"},
}

// For lists the items of a practice with a supplier; of an unknown supplier
// only what everybody has to do.
func For(supplier string) []Item {
	var list []Item
	for _, i := range Items {
		if i.Supplier == "" || i.Supplier == supplier {
			list = append(list, i)
		}
	}
	return list
}

// Line is one practice on the board.
type Line struct {
	Code       string
	Name       string
	Region     string // its ICB today
	List       int    // registered patients; 0 is unknown
	State      State
	LiveOn     calendar.Date // none while its switch is off; may be to come
	Supplier   string
	Approach   string
	Owner      string
	Plan       string
	Excluded   int // patients whom the practice keeps out; -1 is unknown
	ExcludedOn calendar.Date
	ActionPlan string
	Version    int
	ChangedAt  time.Time
	Blockers   int           // open
	Reasons    []string      // of those
	DueOn      calendar.Date // of the earliest open one
	Done       int           // checks
}

// ExcludedShare is the share of patients whom the practice keeps out; -1
// where it is not known.
func (l Line) ExcludedShare() float64 {
	if l.Excluded < 0 || l.List == 0 {
		return -1
	}
	return float64(l.Excluded) / float64(l.List)
}

// manyExcluded is the share of patients kept out above which a practice is
// asked for an action plan (the contract of 2023).
const manyExcluded = 0.5

// NeedsPlan tells whether a practice keeps out so many that it owes a plan.
func (l Line) NeedsPlan() bool { return l.ExcludedShare() > manyExcluded && l.ActionPlan != "accepted" }

// Tally is how practices stand, added up.
type Tally struct {
	Practices int
	States    map[State]int
	Live      int
	Patients  int64 // registered, where that is known
	Without   int64 // of those, at practices that are not live
	Unlisted  int   // practices whose list is not known
	Reasons   map[string]int
	Overdue   int // open blockers past their day, counted by practice
}

// Add up lines, as of a day.
func Add(lines []Line, today calendar.Date) Tally {
	t := Tally{States: map[State]int{}, Reasons: map[string]int{}}
	for _, l := range lines {
		t.Practices++
		t.States[l.State]++
		t.Patients += int64(l.List)
		if l.List == 0 {
			t.Unlisted++
		}
		if l.State == Live {
			t.Live++
		} else {
			t.Without += int64(l.List)
		}
		for _, r := range l.Reasons {
			t.Reasons[r]++
		}
		if !l.DueOn.IsZero() && l.DueOn.Before(today) {
			t.Overdue++
		}
	}
	return t
}

// Share is the share of practices that are live; 0 of none.
func (t Tally) Share() float64 {
	if t.Practices == 0 {
		return 0
	}
	return float64(t.Live) / float64(t.Practices)
}

// Target is the share of practices that should be live on a day.
type Target struct {
	On    calendar.Date `json:"on"`
	Share float64       `json:"share"`
}

// Deadline is what a programme has promised.
type Deadline struct {
	Title   string
	DueOn   calendar.Date
	Targets []Target // by day; the last is due
}

// Check says what is wrong with a deadline, or nil.
func (d Deadline) Check() error {
	switch {
	case d.Title == "":
		return fault.In("title", fault.Invalid, "Say what the deadline is called.")
	case d.DueOn.IsZero():
		return fault.In("due", fault.Invalid, "Say on which day it is due.")
	case len(d.Targets) == 0:
		return fault.In("targets", fault.Invalid, "Give at least one target: a day and a share.")
	}
	for i, t := range d.Targets {
		switch {
		case t.Share < 0 || t.Share > 1:
			return fault.In("targets", fault.Invalid, "A target is a share from 0%% to 100%%.")
		case t.On.IsZero() || t.On.After(d.DueOn):
			return fault.In("targets", fault.Invalid, "A target lies on a day up to the deadline, %s.", d.DueOn.Plain())
		case i > 0 && !t.On.After(d.Targets[i-1].On):
			return fault.In("targets", fault.Invalid, "The targets go from day to day; %s comes twice or too late.", t.On.Plain())
		case i > 0 && t.Share < d.Targets[i-1].Share:
			return fault.In("targets", fault.Invalid, "A target is never below the one before it.")
		}
	}
	return nil
}

// Due is the share that should be live on a day: straight lines between the
// targets; 0 before the first.
func (d Deadline) Due(on calendar.Date) float64 {
	for i, t := range d.Targets {
		if on.Before(t.On) {
			if i == 0 {
				return 0
			}
			before := d.Targets[i-1]
			return before.Share + (t.Share-before.Share)*float64(on.DaysSince(before.On))/float64(t.On.DaysSince(before.On))
		}
	}
	if n := len(d.Targets); n > 0 {
		return d.Targets[n-1].Share
	}
	return 0
}

// Change is what is done to one practice or to many.
type Change struct {
	State    State // "" leaves it
	On       calendar.Date
	Note     string
	Supplier string // "" leaves it, as the next
	Approach string
	Owner    string
	Plan     string
	Blocker  Blocker // raised where Reason is set
}

// Blocker is what holds a practice up.
type Blocker struct {
	ID         int64
	Practice   string
	Reason     string
	Detail     string
	Owner      string
	DueOn      calendar.Date
	RaisedBy   string
	RaisedAt   time.Time
	ResolvedBy string
	ResolvedAt time.Time
	Resolution string
}

// Open tells whether it still holds the practice up.
func (b Blocker) Open() bool { return b.ResolvedAt.IsZero() }

// Check says what is wrong with a change in itself, or nil.
func (c Change) Check(today calendar.Date) error {
	switch {
	case c.State != "" && !c.State.Known():
		return fault.In("state", fault.Invalid, "There is no such state.")
	case c.State == Live && c.On.IsZero():
		return fault.In("on", fault.Invalid, "Say from which day the practice is live.")
	case c.State != Live && !c.On.IsZero() && c.On.After(today):
		return fault.In("on", fault.Invalid, "Only being live may be said of a day to come.")
	case (c.State == Deferred || c.State == Withdrawn) && c.Note == "":
		return fault.In("note", fault.Invalid, "Say why, in a few words that colleagues will understand.")
	case c.State == Blocked && c.Blocker.Reason == "":
		return fault.In("reason", fault.Invalid, "Say what blocks it.")
	case c.Blocker.Reason != "" && !slices.Contains(Reasons, c.Blocker.Reason):
		return fault.In("reason", fault.Invalid, "There is no such reason.")
	case c.Blocker.Reason != "" && c.Blocker.Owner == "":
		return fault.In("blockerowner", fault.Invalid, "Say who sees to it.")
	case c.Approach != "" && !slices.Contains(Approaches, c.Approach):
		return fault.In("approach", fault.Invalid, "There is no such approach.")
	case len([]rune(c.Note)) > 500 || len([]rune(c.Plan)) > 1000 || len([]rune(c.Blocker.Detail)) > 500:
		return fault.In("note", fault.Invalid, "Say it in fewer words.")
	}
	return nil
}

// Counted is what a change of many practices comes to before it is made.
type Counted struct {
	Changed []Line // as they are now
	Same    int    // that are so already
	Refused []Line // with an open blocker, which may not go live
	Undone  int    // of the changed, those with checks that are not done
	Mark    string // stands for exactly this count
}

// Count works out what a change would do to practices.
func Count(lines []Line, c Change) Counted {
	var n Counted
	versions := 0
	for _, l := range lines {
		switch {
		case c.State == Live && l.Blockers > 0:
			n.Refused = append(n.Refused, l)
		case c.same(l):
			n.Same++
		default:
			n.Changed = append(n.Changed, l)
			versions += l.Version
			if c.State == Live && l.Done < len(For(or(c.Supplier, l.Supplier))) {
				n.Undone++
			}
		}
	}
	n.Mark = mark(len(n.Changed), len(n.Refused), n.Same, versions)
	return n
}

func (c Change) same(l Line) bool {
	standing := c.State == "" || c.State == Live && c.On == l.LiveOn || c.State != Live && c.State == l.State && l.LiveOn.IsZero()
	return standing && (c.Supplier == "" || c.Supplier == l.Supplier) &&
		(c.Approach == "" || c.Approach == l.Approach) && (c.Owner == "" || c.Owner == l.Owner) && (c.Plan == "" || c.Plan == l.Plan) && c.Blocker.Reason == ""
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
