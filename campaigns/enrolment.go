package campaigns

import (
	"fmt"
	"slices"
	"strings"
)

// State is where an enrolment, one person in one campaign, stands. It is
// worked out from facts and never set by hand.
type State string

// The states of an enrolment (rules of notice, "The state of an enrolment").
const (
	InCohort     State = "in_cohort"     // received, in no approved wave yet
	Excluded     State = "excluded"      // not written to, with the reason
	Scheduled    State = "scheduled"     // in an approved wave, a letter is to be drawn
	Written      State = "written"       // drawn and sealed in a batch
	Notified     State = "notified"      // posted; the window runs
	Reconciling  State = "reconciling"   // the window is over, something still holds the record back
	Ready        State = "ready"         // may be asked for now: a later yes, or a retry
	Creating     State = "creating"      // leased, on its way to an outside target
	Created      State = "created"       // the record is live
	CreateFailed State = "create_failed" // every retry was used up; a person decides
	Withdrawing  State = "withdrawing"   // the target has not confirmed the withdrawal yet
	Withdrawn    State = "withdrawn"     // the record was taken back
	Retracing    State = "retracing"     // the letter came back; an address is sought
	Unreachable  State = "unreachable"   // no address found; never created in silence
	OptedOut     State = "opted_out"     // said no
	Held         State = "held"          // may have said no; a person settles it
	Closed       State = "closed"        // died, left, merged
)

// States lists every state in the order in which pages and sums name them.
var States = []State{InCohort, Excluded, Scheduled, Written, Notified, Reconciling, Ready, Creating, Created, CreateFailed,
	Withdrawing, Withdrawn, Retracing, Unreachable, OptedOut, Held, Closed}

// living are the states before a record was asked for; facts may move a person
// between any two of them, because the state is worked out anew each time.
var living = []State{InCohort, Excluded, Scheduled, Written, Notified, Reconciling, Ready, Retracing, Unreachable, OptedOut, Held, Closed}

// moves says to which states an enrolment may go from each. Whatever is not
// here the database is never asked to do.
var moves = map[State][]State{
	InCohort:     without(living, Written, Notified, Reconciling),
	Excluded:     living,
	Scheduled:    living,
	Written:      living,
	Notified:     append(without(living, Written), Creating, Created),
	Reconciling:  append(without(living, Written), Creating, Created),
	Ready:        append(without(living), Creating, Created),
	Creating:     append(without(living), Created, CreateFailed, Withdrawing),
	CreateFailed: append(without(living), Creating, Created, Withdrawing),
	Created:      {Withdrawing, Withdrawn},
	Withdrawing:  append(without(living), Withdrawn),
	Withdrawn:    living,
	Retracing:    without(living, Written),
	Unreachable:  without(living, Written),
	OptedOut:     living,
	Held:         living,
	Closed:       living,
}

func without(list []State, but ...State) []State {
	return slices.DeleteFunc(slices.Clone(list), func(s State) bool { return slices.Contains(but, s) })
}

// May tells whether an enrolment may move from one state to another.
func May(from, to State) bool { return slices.Contains(moves[from], to) }

// sources lists the states from which an enrolment may come to a state.
func sources(to State) []State {
	var from []State
	for _, s := range States {
		if s == to || May(s, to) {
			from = append(from, s)
		}
	}
	return from
}

// Plain is the state in words for staff.
func (s State) Plain() string {
	if p, ok := plain[s]; ok {
		return p
	}
	return string(s)
}

var plain = map[State]string{
	InCohort: "Not in a wave yet", Excluded: "No letter", Scheduled: "To be written", Written: "With the vendor",
	Notified: "Window open", Reconciling: "Window over, waiting", Ready: "Ready", Creating: "Being made",
	Created: "Record made", CreateFailed: "Not made, tried again", Withdrawing: "Being taken away", Withdrawn: "Taken away",
	Retracing: "Came back, being traced", Unreachable: "Cannot be reached", OptedOut: "Said no", Held: "Held: may be a no",
	Closed: "Died, left or merged",
}

// Picture draws the moves as README prints them: the main way first, then who
// may go where.
func Picture() string {
	var b strings.Builder
	b.WriteString("in_cohort > scheduled > written > notified > reconciling > ready > creating > created > withdrawing > withdrawn\n\n")
	for _, from := range States {
		to := make([]string, 0, len(moves[from]))
		for _, s := range States {
			if s != from && May(from, s) {
				to = append(to, string(s))
			}
		}
		fmt.Fprintf(&b, "%-13s > %s\n", from, strings.Join(to, " "))
	}
	return b.String()
}
