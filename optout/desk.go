// Package optout keeps the promise: nobody gets a record without due notice, and everybody who says no is heard.
package optout

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout/registry"
)

// The ids of this room.
type (
	// NoticeID is the id of one letter of one campaign to one person.
	NoticeID int64
	// AnswerID is the id of an answer; people call it by its reference.
	AnswerID int64
	// HoldID is the id of a hold.
	HoldID int64
)

// Queue takes work that is left for later, in the transaction that made it necessary.
type Queue interface {
	SendRecords(ctx context.Context, tx pgx.Tx, registry string) error
}

// Desk is the door of this room. Its methods open exactly one transaction each
// unless they take one.
type Desk struct {
	Pool       *pgxpool.Pool
	Clock      calendar.Clock
	Register   *campaigns.Register
	Queue      Queue
	Registries map[string]registry.Registry // outside targets by name; "own" is the ledger of this house
	CodeMaker  CodeMaker
	Log        *slog.Logger
}

// Codes makes and recognises the codes on letters.
func (d *Desk) Codes() CodeMaker { return d.CodeMaker }

// lock locks people and returns the moment from which on they are held: of two
// deeds to one person, the later has the later moment.
func (d *Desk) lock(ctx context.Context, tx pgx.Tx, people []campaigns.PersonID) (time.Time, error) {
	if err := campaigns.LockPeople(ctx, tx, people); err != nil {
		return time.Time{}, err
	}
	return d.Clock(), nil
}

func (d *Desk) inTx(ctx context.Context, fn func(tx pgx.Tx, now time.Time) error) error {
	return campaigns.InTx(ctx, d.Pool, d.Clock, fn)
}
