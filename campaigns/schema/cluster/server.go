package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"duenotice/campaigns/fault"
)

// How long the server may take: recovery after a hard end reads up to
// max_wal_size of log; leavers finish a checkpoint.
const (
	startWithin = 5 * time.Minute
	stopWithin  = time.Minute
)

// joinOrStart returns when the server answers. The guard is held.
func (c *Cluster) joinOrStart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		ready, err := c.ping(ctx)
		if ready {
			return nil
		}
		alive, lockErr := c.aliveLock()
		if lockErr != nil {
			return lockErr
		}
		if alive != nil {
			return c.start(ctx, alive)
		}
		// Somebody's server is starting, recovering or stopping, or the last
		// processes of one that was killed have not noticed yet.
		if stopped := pause(ctx); errors.Is(stopped, context.Canceled) {
			return stopped
		} else if stopped != nil {
			return fault.New(fault.Unavailable, "The database server in %s does not answer (%v). See %s.", c.data, err, c.logFile())
		}
	}
}

// aliveLock returns the server's own lock when no process of it is left, else nil.
func (c *Cluster) aliveLock() (*lock, error) {
	l, err := openLock(filepath.Join(c.dir, "postgres.alive"))
	if err != nil {
		return nil, err
	}
	free, err := l.alone()
	if err != nil || !free {
		l.free()
		return nil, err
	}
	return l, nil
}

// ping tells whether the server takes connections.
func (c *Cluster) ping(ctx context.Context) (ready bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL(Owner, "postgres"))
	if err != nil {
		var refused *pgconn.PgError
		full := errors.As(err, &refused) && refused.Code == "53300"
		return full, err
	}
	return true, conn.Close(ctx)
}

// start makes the cluster where it is new and runs the server, which keeps
// the alive lock for as long as it or a child of it lives.
func (c *Cluster) start(ctx context.Context, alive *lock) error {
	defer alive.free()
	if err := c.keeper.reaches(c.dir); err != nil {
		return err
	}
	b, err := c.binaries(ctx)
	if err != nil {
		return err
	}
	if err := c.keeper.reaches(b.dir); err != nil {
		return err
	}
	if err := c.makeNew(ctx, b); err != nil {
		return err
	}
	err = c.run(ctx, b, alive)
	if err == nil || !c.disposable() || ctx.Err() != nil {
		return err
	}
	c.log.Warn("the database server did not start; making a new one", "error", err)
	if err := os.RemoveAll(c.data); err != nil {
		return fmt.Errorf("empty disposable cluster: %w", err)
	}
	if err := c.makeNew(ctx, b); err != nil {
		return err
	}
	return c.run(ctx, b, alive)
}

// run starts the server and waits for its first answer.
func (c *Cluster) run(ctx context.Context, b binaries, alive *lock) error {
	if err := c.prepare(); err != nil {
		return err
	}
	said, err := os.OpenFile(c.logFile(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("open server's log: %w", err)
	}
	defer func() { _ = said.Close() }()
	cmd := exec.Command(filepath.Join(b.dir, "postgres"), c.arguments()...)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.ExtraFiles = []*os.File{alive.file}
	cmd.Dir = c.data
	c.keeper.dress(cmd)
	c.log.Info("starting PostgreSQL", "version", b.major, "folder", c.data)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		ready, err := c.ping(ctx)
		if ready {
			return nil
		}
		select {
		case <-ended:
			return fault.New(fault.Unavailable, "The database server in %s did not start: %s. See %s.", c.data, c.lastWords(), c.logFile())
		default:
		}
		if stopped := pause(ctx); stopped != nil {
			_ = cmd.Process.Signal(syscall.SIGINT)
			<-ended
			if errors.Is(stopped, context.Canceled) {
				return stopped
			}
			return fault.New(fault.Unavailable, "The database server in %s started and does not answer (%v). See %s.", c.data, err, c.logFile())
		}
	}
}

// stop ends the server in its fast way: transactions under way are rolled
// back, everything committed is on disk. The guard is held.
func (c *Cluster) stop(ctx context.Context) error {
	asked := false
	for {
		alive, err := c.aliveLock()
		if err != nil {
			return err
		}
		if alive != nil {
			defer alive.free()
			return os.RemoveAll(c.socket)
		}
		// Only a server that answers is surely the one its file names.
		if !asked {
			if ready, _ := c.ping(ctx); ready {
				if err := syscall.Kill(c.pid(), syscall.SIGINT); err != nil {
					return fmt.Errorf("stop PostgreSQL: %w", err)
				}
				asked = true
			}
		}
		if pause(ctx) != nil {
			return fmt.Errorf("stop PostgreSQL: still running after %s, see %s", stopWithin, c.logFile())
		}
	}
}

// pid is the server's process as its own file names it.
func (c *Cluster) pid() int {
	text, err := os.ReadFile(filepath.Join(c.data, "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}

func (c *Cluster) logFile() string { return filepath.Join(c.dir, "postgres.log") }

// lastWords is the last thing of weight the server said.
func (c *Cluster) lastWords() string {
	text, _ := os.ReadFile(c.logFile())
	words := "it said nothing"
	for line := range strings.Lines(string(text)) {
		if _, what, ok := strings.Cut(line, "FATAL:"); ok {
			words = strings.TrimSpace(what)
		}
	}
	return words
}
