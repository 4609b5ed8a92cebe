// Package fault names the few kinds of wrong that a person may be told about.
//
// A Fault carries a sentence that can be shown as it stands: it names what is
// wrong and, where that helps, who can change it. It never holds personal
// data. Every other error is wrapped, logged once at the edge and shown to
// people only as a reference.
package fault

import (
	"errors"
	"fmt"
)

// Kind is the closed list of wrongs; the edges translate each to one HTTP
// status, one exit code and one way for a job to go on.
type Kind string

const (
	// Invalid input: correct it and send it again.
	Invalid Kind = "invalid"
	// NotFound: absent, or another's; the two are told apart by nobody.
	NotFound Kind = "not found"
	// Conflict: somebody or something else was there first.
	Conflict Kind = "conflict"
	// Refused: a rule of notice forbids it now.
	Refused Kind = "refused"
	// Unauthenticated: who asks is not known.
	Unauthenticated Kind = "unauthenticated"
	// Forbidden: known, but may not.
	Forbidden Kind = "forbidden"
	// TooMany: asked too often; wait.
	TooMany Kind = "too many"
	// Unavailable: the service cannot answer now and nothing was changed.
	Unavailable Kind = "unavailable"
)

// Fault is an error that a person may read.
type Fault struct {
	Kind     Kind
	Sentence string // complete, in plain words, without personal data
	Field    string // the input it belongs to, or ""
}

// Error returns the sentence.
func (f *Fault) Error() string { return f.Sentence }

// New makes a fault of a kind from a sentence.
func New(kind Kind, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Sentence: fmt.Sprintf(format, args...)}
}

// In is New for one field of a form or a column of a file.
func In(field string, kind Kind, format string, args ...any) *Fault {
	f := New(kind, format, args...)
	f.Field = field
	return f
}

// Of finds the fault in a chain of wrapped errors, or returns nil.
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// Is tells whether err is a fault of this kind.
func Is(err error, kind Kind) bool {
	f := Of(err)
	return f != nil && f.Kind == kind
}
