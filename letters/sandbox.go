package letters

import (
	"context"
	"strings"
	"sync"
)

// SandboxMark is in every secret of a sandbox, after its prefix, so that a
// request is led there by its key and by nothing else.
const SandboxMark = "sandbox_"

// ForSandbox tells whether a key, a token or a client id is one of a sandbox.
func ForSandbox(secret string) bool {
	for _, prefix := range []string{keyPrefix, tokenPrefix, clientPrefix} {
		if strings.HasPrefix(secret, prefix+SandboxMark) {
			return true
		}
	}
	return false
}

// marked is a prefix as this mailroom's secrets have it.
func (m *Mailroom) marked(prefix string) string {
	if m.Sandbox {
		return prefix + SandboxMark
	}
	return prefix
}

// Sandbox is a mailroom for vendors to try, on a database that is nothing else:
// its people are made up, and what happens in it is done on demand, at once and
// in order.
type Sandbox struct {
	Mailroom *Mailroom
	later    *SandboxQueue
	mu       sync.Mutex // one step at a time
}

// work does what was left for later, and what that leaves.
func (s *Sandbox) work(ctx context.Context) error {
	for work := s.later.take(); len(work) > 0; work = s.later.take() {
		for _, do := range work {
			if err := do(ctx, s.Mailroom); err != nil {
				return err
			}
		}
	}
	return nil
}
