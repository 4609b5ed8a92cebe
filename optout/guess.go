package optout

import (
	"errors"
	"net/netip"
	"time"

	"duenotice/campaigns/fault"
)

// Limits on failed proofs. They punish failures: whoever comes from a network
// that has failed often waits longer for the next refusal, and a right proof
// passes at once from anywhere. Only a real code with wrong dates of birth
// rests, which takes the letter in hand; three of those hold the person, so
// that nothing is made meanwhile, and every other channel stays open.
const (
	failuresWithin       = 10 * time.Minute
	failuresAllowed      = 10  // of one IPv4 address, or one household's /64 of IPv6
	failuresNeighbouring = 100 // of a /24, or a /48
	failuresOfAll        = 2000
	wrongBirths          = 3
	wrongBirthsAnHour    = 5
	longestRest          = time.Hour
)

// restAfter is how long a code rests after so many wrong dates of birth within
// an hour: a minute after the fifth, twice as long after each that follows.
func restAfter(run int) time.Duration {
	if run < wrongBirthsAnHour {
		return 0
	}
	return min(time.Minute<<min(run-wrongBirthsAnHour, 10), longestRest)
}

// noFit is the one answer to every failed proof. Slower tells how much longer
// than usual it is to take.
type noFit struct {
	*fault.Fault
	slower int
}

// Unwrap lets the fault be found.
func (n noFit) Unwrap() error { return n.Fault }

func refuse(slower int) error {
	if slower > 0 {
		return noFit{fault.New(fault.TooMany, "There were many attempts that did not match. You can try again in ten minutes, or answer by phone or with the form."), slower}
	}
	return noFit{fault.New(fault.Unauthenticated, "The code and the date of birth do not match our records."), 0}
}

// Slower is by how many times the usual time a refusal of Knock is to be
// delayed, from 0 to 7: it grows with what failed from the same network.
func Slower(err error) int {
	var n noFit
	if errors.As(err, &n) {
		return n.slower
	}
	return 0
}

// slowerBy is the delay for what failed from a network and around it.
func slowerBy(near, around int) int {
	over := max((near-failuresAllowed+9)/10, (around-failuresNeighbouring+99)/100, 0)
	return min(over, 7)
}

// around is the neighbourhood of a network as patients' pages name it.
func around(network string) string {
	p, err := netip.ParsePrefix(network)
	if err != nil {
		return network
	}
	bits := 48
	if p.Addr().Is4() {
		bits = 24
	}
	if wide, err := p.Addr().Prefix(bits); err == nil {
		return wide.String()
	}
	return network
}
