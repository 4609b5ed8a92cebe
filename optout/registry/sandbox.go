package registry

import (
	"context"
	"fmt"
	"sync"
)

// Sandbox is a target in memory for demonstrations and tests. Answer may
// change what it does with a request: return an error to send that back; made
// says whether the record is kept all the same, as after a lost reply.
type Sandbox struct {
	Answer func(r Request, withdraw bool) (made bool, err error)

	mu      sync.Mutex
	records map[string]bool
	calls   map[string]int
}

// Create implements Registry.
func (s *Sandbox) Create(_ context.Context, r Request) (string, error) {
	return "sandbox-" + r.ID, s.take(r, false)
}

// Withdraw implements Registry.
func (s *Sandbox) Withdraw(_ context.Context, r Request) error { return s.take(r, true) }

func (s *Sandbox) take(r Request, withdraw bool) error {
	made, err := true, error(nil)
	if s.Answer != nil {
		made, err = s.Answer(r, withdraw)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records == nil {
		s.records, s.calls = map[string]bool{}, map[string]int{}
	}
	s.calls[r.ID]++
	live, known := s.records[r.ID]
	switch {
	case made && withdraw:
		s.records[r.ID] = false
		if !known && err == nil {
			err = ErrNotThere
		}
	case made && (live || !known):
		s.records[r.ID] = true
	}
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	return nil
}

// Live counts the records that the target holds now.
func (s *Sandbox) Live() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, live := range s.records {
		if live {
			n++
		}
	}
	return n
}

// Holds tells whether the target holds the record of a request.
func (s *Sandbox) Holds(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[id]
}
