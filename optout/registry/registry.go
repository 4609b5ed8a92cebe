// Package registry is where records are made outside this house: one interface, because it stands for somebody else's system.
package registry

import (
	"context"
	"errors"
)

// Request asks for one record. ID is the same however often it is sent, so
// that a target can tell a repeat from a second record.
type Request struct {
	ID         string
	Programme  string
	PersonID   int64
	EvidenceID string // checksum of the evidence, never the evidence
}

// Registry is a target that makes and takes back records.
type Registry interface {
	// Create makes the record, or finds that it is there already; both are nil.
	// ErrNoConsent and ErrRefused are final answers; any other error means that
	// nobody knows whether it was made, and the same request may be sent again.
	Create(ctx context.Context, r Request) (targetID string, err error)
	// Withdraw takes the record back; nil too when it was taken back before.
	// ErrNotThere says that there was none. In every case the same request can
	// make none any more, however late it arrives.
	Withdraw(ctx context.Context, r Request) error
}

var (
	// ErrNoConsent says that the target holds a dissent of the person.
	ErrNoConsent = errors.New("the target names missing consent")
	// ErrNotThere says that the target holds no record to take back.
	ErrNotThere = errors.New("the target holds no such record")
	// ErrRefused says that the target will not take requests from us now.
	ErrRefused = errors.New("the target refuses")
)
