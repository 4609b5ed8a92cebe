package house

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema"
	"duenotice/campaigns/schema/cluster"
	"duenotice/letters/archive"
)

// Database is the name of an installation's database on a private server.
const Database = "duenotice"

// Place says where an installation is: a data folder with a private server of
// its own, or somebody's database.
type Place struct {
	Data           string // the folder; "" is DefaultData
	Database       string // DATABASE_URL; when set there is no private server
	PublicDatabase string // DUENOTICE_PUBLIC_DATABASE_URL
	Archive        string // DUENOTICE_ARCHIVE; "" is a folder under Data

	SandboxDatabase string // DUENOTICE_SANDBOX_DATABASE_URL
	Log             *slog.Logger
}

// Ground is a place entered: the private server runs until Leave.
type Ground struct {
	Dir    string // the data folder, which exists
	place  Place
	server *cluster.Cluster // nil with a database of somebody's
	unkeep func()           // ends the watch over the server, and waits for that
}

// DefaultData is the folder for data where none is named.
func DefaultData() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/duenotice", nil
	}
	home := os.Getenv("XDG_DATA_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return "", fault.New(fault.Invalid, "This user has no home folder. Name a folder for the data with --data.")
		}
		home = filepath.Join(user, ".local", "share")
	}
	return filepath.Join(home, "duenotice"), nil
}

// Enter makes the folder, finds or starts its private server, and keeps that
// running until Leave even if it is killed.
func Enter(ctx context.Context, p Place) (*Ground, error) {
	if p.Data == "" {
		var err error
		if p.Data, err = DefaultData(); err != nil {
			return nil, err
		}
	}
	g := &Ground{Dir: p.Data, place: p}
	if p.Database != "" {
		if err := os.MkdirAll(p.Data, 0o700); err != nil {
			return nil, fault.New(fault.Unavailable, "The folder %s cannot be made (%v). Use another folder with --data.", p.Data, errors.Unwrap(err))
		}
		return g, nil
	}
	server, err := cluster.Open(ctx, cluster.Options{Dir: p.Data, Log: p.Log})
	if err != nil {
		return nil, err
	}
	g.server, g.Dir = server, server.Dir()
	watch, end := context.WithCancel(context.WithoutCancel(ctx))
	var kept sync.WaitGroup
	kept.Go(func() { server.Keep(watch) })
	g.unkeep = func() { end(); kept.Wait() }
	return g, nil
}

// Private tells whether the server is this folder's own.
func (g *Ground) Private() bool { return g.server != nil }

// Claim makes this process the only demo or serve of the folder. Where the
// database is somebody's, any number may serve.
func (g *Ground) Claim(name string) error {
	if g.server == nil {
		return nil
	}
	return g.server.Claim(name)
}

// Ensure makes an empty database of the private server where it is missing.
func (g *Ground) Ensure(ctx context.Context, name string) error {
	if g.server == nil {
		return nil
	}
	return g.server.EnsureDatabase(ctx, name)
}

// Prepare makes a database of the private server where it is missing and
// brings it to this program's schema. Somebody's database is migrated by
// command only, so it is left as it is.
func (g *Ground) Prepare(ctx context.Context, name string, at time.Time) error {
	if err := g.Ensure(ctx, name); err != nil || g.server == nil {
		return err
	}
	return schema.Migrate(ctx, g.server.URL(cluster.Owner, name), at)
}

// Migrate brings the installation's database to this program's schema, which
// takes the rights of its owner.
func (g *Ground) Migrate(ctx context.Context, at time.Time) error {
	if g.server != nil {
		return g.Prepare(ctx, Database, at)
	}
	return schema.Migrate(ctx, g.place.Database, at)
}

// Drop removes a database of the private server with everything in it.
func (g *Ground) Drop(ctx context.Context, name string) error {
	if g.server == nil {
		return fault.New(fault.Refused, "Only databases of a private server are dropped; this one is somebody's. Leave DATABASE_URL unset.")
	}
	return g.server.DropDatabase(ctx, name)
}

// DropAfter is Drop for the end of something, also when that was interrupted.
func (g *Ground) DropAfter(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	return g.Drop(ctx, name)
}

// App and Public are the addresses of a database for the program's and the
// patients' role.
func (g *Ground) App(name string) string { return g.address(schema.App, name, g.place.Database) }

// Owner is the address of a database of the private server for its owner.
func (g *Ground) Owner(name string) string { return g.server.URL(cluster.Owner, name) }

// Public is "" where somebody's database has no address for the patients' role.
func (g *Ground) Public(name string) string {
	return g.address(schema.Public, name, g.place.PublicDatabase)
}

func (g *Ground) address(role, name, given string) string {
	if g.server == nil {
		return given
	}
	return g.server.URL(role, name)
}

// Archive is where sealed files are kept: as configured, or a folder beside
// the database they belong to.
func (g *Ground) Archive(name string) (string, error) {
	if g.place.Archive != "" && name == Database {
		return g.place.Archive, nil
	}
	dir, err := filepath.Abs(filepath.Join(g.Dir, "archive"))
	if name != Database {
		dir += "-" + name
	}
	if err != nil {
		return "", err
	}
	made, err := archive.OpenFolder(dir)
	if err != nil {
		return "", err
	}
	return archive.FolderURL(dir), made.Close()
}

// Leave gives the server back; the last to leave stops it.
func (g *Ground) Leave(ctx context.Context) error {
	if g == nil || g.server == nil {
		return nil
	}
	g.unkeep()
	return g.server.Release(ctx)
}

func sameSchema(have, want int) error {
	switch {
	case have == 0:
		return fault.New(fault.Unavailable, "The database has no tables yet. Run duenotice migrate with the database owner's DATABASE_URL first.")
	case have < want:
		return fault.New(fault.Unavailable, "The database has schema %d, and this program needs %d. Run duenotice migrate with the database owner's DATABASE_URL first.", have, want)
	case have > want:
		return fault.New(fault.Conflict, "The database has schema %d, and this program knows schemas up to %d only. Use the newer program.", have, want)
	}
	return nil
}
