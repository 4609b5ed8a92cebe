package house

import (
	"context"
	"log/slog"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/letters/archive"
	"duenotice/optout"
)

// SandboxDatabase is the name of the vendors' sandbox on a private server.
const SandboxDatabase = "duenotice_sandbox"

// Sandbox makes the database of the vendors' sandbox ready and says where it
// and its archive are. Somebody's server has one where it was named.
func (g *Ground) Sandbox(ctx context.Context) (database, files string, err error) {
	if g.server == nil && g.place.SandboxDatabase == "" {
		return "", "", fault.New(fault.Unavailable, "There is no sandbox here. Make an empty database for it, migrate it, and name it with DUENOTICE_SANDBOX_DATABASE_URL.")
	}
	if err := g.Prepare(ctx, SandboxDatabase, calendar.Wall()); err != nil {
		return "", "", err
	}
	files, err = g.Archive(SandboxDatabase)
	return g.address("duenotice_app", SandboxDatabase, g.place.SandboxDatabase), files, err
}

// sandboxed is the vendors' sandbox of a house, opened when it is first asked for.
type sandboxed struct {
	place func(context.Context) (database, files string, err error)
	clock calendar.Clock
	codes optout.CodeMaker
	log   *slog.Logger

	mu    sync.Mutex
	open  *letters.Sandbox
	pool  *pgxpool.Pool
	files *archive.Archive
}

// Sandbox opens the vendors' sandbox: rooms of its own, on a database of its
// own, with secrets that follow from the installation's and are others.
func (h *House) Sandbox(ctx context.Context) (*letters.Sandbox, error) {
	s := &h.sandbox
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != nil {
		return s.open, nil
	}
	if s.place == nil {
		return nil, fault.New(fault.Unavailable, "There is no sandbox here.")
	}
	database, files, err := s.place(ctx)
	if err != nil {
		return nil, err
	}
	if s.pool, err = pool(ctx, database, "duenotice sandbox", 4); err != nil {
		return nil, err
	}
	if err := current(ctx, s.pool); err != nil {
		return nil, err
	}
	if s.files, err = archive.Open(ctx, files); err != nil {
		return nil, err
	}
	queue := &letters.SandboxQueue{}
	codes := optout.CodeMaker{Peppers: map[int16][]byte{1: derive(s.codes, "sandbox")}, Newest: 1}
	register := &campaigns.Register{Pool: s.pool, Clock: s.clock, Queue: queue, Log: s.log, Options: campaigns.Options{MadeUpPeople: true}}
	desk := &optout.Desk{Pool: s.pool, Clock: s.clock, Register: register, Queue: queue, CodeMaker: codes, Log: s.log}
	mail := &letters.Mailroom{Pool: s.pool, Clock: s.clock, Register: register, Desk: desk, Archive: s.files, Queue: queue, Log: s.log, Sandbox: true}
	s.open, err = letters.OpenSandbox(ctx, mail, queue)
	return s.open, err
}

func (s *sandboxed) close() {
	if s.pool != nil {
		s.pool.Close()
	}
	if s.files != nil {
		_ = s.files.Close()
	}
}
