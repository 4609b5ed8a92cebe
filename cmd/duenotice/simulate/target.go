package simulate

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"duenotice/optout/registry"
)

// target is the outside system of the second side: slow at times, sometimes
// silent after it did what was asked, and with a mind of its own about consent.
type target struct {
	seed     uint64
	sandbox  *registry.Sandbox
	refusing atomic.Bool // it will not take requests today

	mu        sync.Mutex
	attempts  map[string]int
	noConsent int
}

var (
	errTimeout   = errors.New("no answer in time")
	errLostReply = errors.New("the connection broke off")
)

func newTarget(seed uint64) *target {
	t := &target{seed: seed, sandbox: &registry.Sandbox{}, attempts: map[string]int{}}
	t.sandbox.Answer = t.answer
	return t
}

// enough is after how many attempts even the slowest request is answered.
const enough = 8

func (t *target) answer(r registry.Request, withdraw bool) (made bool, err error) {
	who := fmt.Sprint(r.PersonID)
	key := r.ID
	if withdraw {
		key += " withdraw"
	}
	t.mu.Lock()
	t.attempts[key]++
	n := t.attempts[key]
	t.mu.Unlock()
	u := luck(t.seed, who, "target")
	switch {
	case withdraw && u < 0.2 && n == 1:
		return false, errTimeout
	case withdraw:
		return true, nil
	case t.refusing.Load():
		return false, registry.ErrRefused
	case u < 0.012:
		t.mu.Lock()
		t.noConsent++
		t.mu.Unlock()
		return false, registry.ErrNoConsent
	case u < 0.03 && n <= 2:
		return false, errTimeout
	case u < 0.05 && n == 1: // it was made, and nobody heard
		return true, errLostReply
	case u < 0.056 && n < enough:
		return luck(t.seed, who, "made in silence") < 0.5, errTimeout
	}
	return true, nil // a repeat is already done
}
