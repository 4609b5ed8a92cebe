// Package campaigns knows who is written to, in which wave, and what became of them.
package campaigns

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// The ids of this room. An id of one thing is never mistaken for another's.
type (
	// CampaignID is the id of a campaign.
	CampaignID int32
	// ProgrammeID is the id of a programme.
	ProgrammeID int32
	// CohortID is the number of a received file of people.
	CohortID int64
	// EnrolmentID is the id of one person in one campaign.
	EnrolmentID int64
	// PersonID is the id of a person, in whichever campaigns.
	PersonID int64
	// WaveID is the id of a wave; people call it by its number in its campaign.
	WaveID int64
	// StaffID is the id of a member of staff; 0 is nobody by name.
	StaffID int64
)

// Queue takes work that is left for later, in the transaction that made it
// necessary. The jobs room implements it.
type Queue interface {
	ReadCohort(ctx context.Context, tx pgx.Tx, id CohortID) error
	ApplyCohort(ctx context.Context, tx pgx.Tx, id CohortID) error
	ComposeWave(ctx context.Context, tx pgx.Tx, campaign CampaignID, wave WaveID) error
}

// Register is the door of this room. Its methods open exactly one transaction
// each unless they take one.
type Register struct {
	Pool    *pgxpool.Pool
	Clock   calendar.Clock
	Queue   Queue
	Log     *slog.Logger
	Files   Files
	Options Options

	Printing  Printing  // asked before waves are signed; nil where no letters are
	Exporting Exporting // makes the files of tables; nil where none are made
	Clearing  Clearing  // asked before waves are signed or resumed; nil where nobody objects
}

// Clearing tells whether anything that was said of a wave still blocks it.
// The engagement room implements it: concerns are not known here.
type Clearing interface {
	WaveClear(ctx context.Context, tx pgx.Tx, wave WaveID) error
}

// waveClear asks Clearing where there is one.
func (r *Register) waveClear(ctx context.Context, tx pgx.Tx, wave WaveID) error {
	if r.Clearing == nil {
		return nil
	}
	return r.Clearing.WaveClear(ctx, tx, wave)
}

// Options are what an installation decides once.
type Options struct {
	// MadeUpPeople accepts NHS numbers that begin with 5; demonstration,
	// simulation and benches only.
	MadeUpPeople bool
	// SecondFactor makes everybody set up a second factor at their first
	// sign-in. Whoever has one is asked for it in any case.
	SecondFactor bool
	// FactorKeys seal the secrets of second factors.
	FactorKeys FactorKeys
	// Telephones is the clock that telephones have: the wall's, where the
	// product's own can be moved. Nil is the product's.
	Telephones calendar.Clock
}

// Viewer is who looks or acts: a member of staff with a role and a region.
// Region is "" for those who see every region.
type Viewer struct {
	ID     StaffID
	Name   string
	Role   Role
	Region string
}

// Sees tells whether somebody of this scope may see things of a region.
func (v Viewer) Sees(region string) bool { return v.Region == "" || v.Region == region }

// InTx runs fn in one transaction with one moment of the clock. It commits
// when fn returns nil and rolls back otherwise.
func InTx(ctx context.Context, pool *pgxpool.Pool, clock calendar.Clock, fn func(tx pgx.Tx, now time.Time) error) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return fn(tx, clock()) })
}

func (r *Register) inTx(ctx context.Context, fn func(tx pgx.Tx, now time.Time) error) error {
	return InTx(ctx, r.Pool, r.Clock, fn)
}

func absent(what string) error {
	return fault.New(fault.NotFound, "There is no such %s.", what)
}

// orAbsent turns "no rows" into the fault that names what is missing, and
// wraps anything else with what was being done.
func orAbsent(err error, what string) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return absent(what)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}
