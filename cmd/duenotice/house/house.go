// Package house builds the rooms on each other: pools, archive, queue, doors, crew, and the three listeners in front.
package house

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/engagement"
	"duenotice/campaigns/funding"
	"duenotice/campaigns/readiness"
	"duenotice/campaigns/schema"
	"duenotice/campaigns/uptake"
	"duenotice/jobs"
	"duenotice/letters"
	"duenotice/letters/archive"
	"duenotice/optout"
	"duenotice/optout/registry"
	"duenotice/ui/managers"
)

// Config says what a house stands on. Where a field is left empty, what needs
// it is missing from the house and nothing else.
type Config struct {
	Database       string           // address for the role of the program
	PublicDatabase string           // address for the patients' role; "" where no listener is opened
	Archive        string           // gocloud.dev/blob URL
	Codes          optout.CodeMaker // made with Peppers
	Clock          calendar.Clock   // nil is the wall's
	KeyLife        time.Duration    // of a batch's key after the vendor's accept; 0 is thirty days
	SecondFactor   bool             // everybody has to set up a second factor
	MadeUpPeople   bool             // accepts their NHS numbers: demonstration, simulation and benches only
	Registries     map[string]registry.Registry
	Jobs           jobs.Options
	Sandbox        func(context.Context) (database, files string, err error) // where vendors' sandbox is, made ready; nil is nowhere
	Log            *slog.Logger
}

// House is every room, built on the ones below.
type House struct {
	Register  *campaigns.Register
	Desk      *optout.Desk
	Public    *optout.Desk // the same promise, seen by the patients' role; nil without PublicDatabase
	Mailroom  *letters.Mailroom
	Crew      *jobs.Crew
	Programme managers.Programme // the rooms around the mail-out
	Pool      *pgxpool.Pool
	Clock     calendar.Clock
	Log       *slog.Logger

	codes   optout.CodeMaker
	public  *pgxpool.Pool
	night   *pgxpool.Pool // River's own, so that waiting doors never starve it
	archive *archive.Archive
	sandbox sandboxed
	started bool
}

// Open builds a house on a database that has this program's schema. It works
// nothing and listens to nobody yet: see Work and Listen.
func Open(ctx context.Context, c Config) (*House, error) {
	h := &House{Clock: c.Clock, Log: c.Log, codes: c.Codes}
	if h.Clock == nil {
		h.Clock = calendar.Wall
	}
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	h.sandbox = sandboxed{place: c.Sandbox, clock: h.Clock, codes: h.codes, log: h.Log}
	if err := h.build(ctx, c); err != nil {
		h.Close(ctx)
		return nil, err
	}
	return h, nil
}

func (h *House) build(ctx context.Context, c Config) (err error) {
	if h.Pool, err = pool(ctx, c.Database, "duenotice", 24); err != nil {
		return err
	}
	if h.night, err = pool(ctx, c.Database, "duenotice night", 8); err != nil {
		return err
	}
	if err := current(ctx, h.Pool); err != nil {
		return err
	}
	if h.archive, err = archive.Open(ctx, c.Archive); err != nil {
		return err
	}
	queue, err := jobs.NewQueue(h.Log)
	if err != nil {
		return err
	}
	h.Register = &campaigns.Register{Pool: h.Pool, Clock: h.Clock, Queue: queue, Log: h.Log, Files: h.archive,
		Options: campaigns.Options{MadeUpPeople: c.MadeUpPeople, SecondFactor: c.SecondFactor, FactorKeys: factorKeys(c.Codes), Telephones: calendar.Wall}}
	h.Desk = &optout.Desk{Pool: h.Pool, Clock: h.Clock, Register: h.Register, Queue: queue, Registries: c.Registries,
		CodeMaker: c.Codes, Log: h.Log}
	h.Mailroom = &letters.Mailroom{Pool: h.Pool, Clock: h.Clock, Register: h.Register, Desk: h.Desk, Archive: h.archive, Queue: queue, Log: h.Log, KeyLife: c.KeyLife}
	h.Register.Printing, h.Register.Exporting = h.Mailroom, queue
	h.Programme = managers.Programme{Tally: &uptake.Tally{Register: h.Register}, Board: &readiness.Board{Register: h.Register},
		Purse: &funding.Purse{Register: h.Register, Books: h.Mailroom}, Minutes: &engagement.Minutes{Register: h.Register}}
	h.Register.Clearing = h.Programme.Minutes
	h.Crew, err = jobs.NewCrew(h.night, jobs.Doors{Register: h.Register, Desk: h.Desk, Mailroom: h.Mailroom}, h.Log, c.Jobs)
	if err != nil || c.PublicDatabase == "" {
		return err
	}
	if h.public, err = publicPool(ctx, c.PublicDatabase); err != nil {
		return err
	}
	register := &campaigns.Register{Pool: h.public, Clock: h.Clock, Log: h.Log}
	h.Public = &optout.Desk{Pool: h.public, Clock: h.Clock, Register: register, Queue: jobs.Unattended{}, CodeMaker: c.Codes, Log: h.Log}
	return nil
}

func pool(ctx context.Context, url, name string, size int32) (*pgxpool.Pool, error) {
	return schema.Connect(ctx, url, func(c *pgxpool.Config) {
		c.MaxConns = size
		c.ConnConfig.RuntimeParams["application_name"] = name
	})
}

// publicPool is for the patients' role, who asks about one person at a time:
// planning such a question anew would take longer than answering it.
func publicPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	return schema.Connect(ctx, url, func(c *pgxpool.Config) {
		c.MaxConns = patientsAtOnce
		c.ConnConfig.RuntimeParams["application_name"] = "duenotice patients"
		c.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	})
}

// patientsAtOnce is how many of their requests one process takes to the
// database at once.
const patientsAtOnce = 16

// Work starts the crew; Close stops it.
func (h *House) Work(ctx context.Context) error {
	if h.started {
		return nil
	}
	h.started = true
	return h.Crew.Start(ctx)
}

// Secret is for forms and cookies: the same in every process of an
// installation, and another one where the pepper is another.
func (h *House) Secret() []byte { return derive(h.codes, "forms and cookies") }

// Archive is where received and sealed files are kept.
func (h *House) Archive() *archive.Archive { return h.archive }

// Close lets running jobs end and gives everything back. It may be called
// once, also on a house that was built in part.
func (h *House) Close(ctx context.Context) {
	if h.started {
		if err := h.Crew.Stop(ctx); err != nil {
			h.Log.Error("stop the crew", "error", err)
		}
	}
	h.sandbox.close()
	for _, p := range []*pgxpool.Pool{h.public, h.night, h.Pool} {
		if p != nil {
			p.Close()
		}
	}
	if h.archive != nil {
		if err := h.archive.Close(); err != nil {
			h.Log.Error("close the archive", "error", err)
		}
	}
}

func current(ctx context.Context, p *pgxpool.Pool) error {
	have, want, err := schema.Current(ctx, p)
	if err != nil {
		return fmt.Errorf("reach the database: %w", err)
	}
	return sameSchema(have, want)
}
