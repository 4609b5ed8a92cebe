package cluster

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"duenotice/campaigns/fault"
)

// port names the socket; nothing listens on the network.
const port = "5432"

// longestSocket is what every Unix allows for a socket's path, with a margin.
const longestSocket = 100

// socketFolder is beside the data, or in /tmp under a name made from the
// folder's where that would be too long for a socket. It must come out the
// same in every process, so TMPDIR is not asked.
func socketFolder(dir string) string {
	beside := filepath.Join(dir, "socket")
	if len(beside)+len("/.s.PGSQL."+port) <= longestSocket {
		return beside
	}
	sum := sha256.Sum256([]byte(dir))
	return fmt.Sprintf("/tmp/duenotice-%d-%x", os.Geteuid(), sum[:8])
}

// makeNew makes the cluster where there is none. It becomes visible in one
// step, so an interrupted attempt is simply begun again.
func (c *Cluster) makeNew(ctx context.Context, b binaries) error {
	if _, err := os.Stat(filepath.Join(c.data, "PG_VERSION")); err == nil {
		return nil
	}
	c.log.Info("making a database cluster", "version", b.major, "folder", c.data)
	fresh := c.data + ".new"
	var out []byte
	for _, ctype := range []string{"C.UTF-8", "C"} {
		if err := os.RemoveAll(fresh); err != nil {
			return fmt.Errorf("clear folder for cluster: %w", err)
		}
		if err := os.Mkdir(fresh, 0o700); err != nil {
			return fmt.Errorf("make folder for cluster: %w", err)
		}
		if err := c.keeper.give(fresh); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, filepath.Join(b.dir, "initdb"),
			"--pgdata="+fresh, "--username="+Owner, "--auth=trust", "--encoding=UTF8", "--no-instructions",
			"--locale=C", "--lc-ctype="+ctype, "--data-checksums", "--no-sync")
		cmd.Dir = fresh
		c.keeper.dress(cmd)
		var err error
		if out, err = cmd.CombinedOutput(); err == nil {
			if err := os.Remove(c.data); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("make way for cluster: %w", err)
			}
			if err := c.mark(fresh); err != nil {
				return err
			}
			if err := os.Rename(fresh, c.data); err != nil {
				return fmt.Errorf("move cluster into place: %w", err)
			}
			return nil
		}
	}
	if len(out) == 0 && c.keeper.apart {
		return fault.New(fault.Unavailable, "PostgreSQL runs neither as root nor as a user without a name, and this system allows no user namespaces. Run this as a user that has a name, or make a user called postgres.")
	}
	c.log.Error("initdb", "output", tail(out))
	return fault.New(fault.Unavailable, "A database could not be made in %s: %s", c.dir, lastLine(out))
}

// mark writes into a new disposable cluster that it is one.
func (c *Cluster) mark(fresh string) error {
	if !c.options.Disposable {
		return nil
	}
	if err := os.WriteFile(filepath.Join(fresh, "DISPOSABLE"), nil, 0o600); err != nil {
		return fmt.Errorf("mark cluster: %w", err)
	}
	return nil
}

// disposable tells whether carelessness was asked for, on a cluster that was
// made for it: no option can make light of one that was not.
func (c *Cluster) disposable() bool {
	_, err := os.Stat(filepath.Join(c.data, "DISPOSABLE"))
	return c.options.Disposable && err == nil
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.Contains(lines[i], "error:") {
			return lines[i]
		}
	}
	return lines[len(lines)-1]
}

// prepare clears what a dead server left, and writes who may come in. Nobody
// else can be using any of it: the guard and the alive lock are held.
func (c *Cluster) prepare() error {
	if err := os.Remove(filepath.Join(c.data, "postmaster.pid")); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("clear old server: %w", err)
	}
	if err := c.ownSocketFolder(); err != nil {
		return err
	}
	access, idents := "local all all trust\n", ""
	if c.keeper.lent {
		access = "local all all peer map=keeper\n"
		for _, role := range []string{Owner, "duenotice_app", "duenotice_public"} {
			idents += "keeper root " + role + "\n"
		}
	}
	for name, text := range map[string]string{"pg_hba.conf": access, "pg_ident.conf": idents} {
		path := filepath.Join(c.data, name)
		if err := os.WriteFile(path, []byte("# Written at every start.\n"+text), 0o600); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// ownSocketFolder makes the socket's folder anew, closed to everybody but the
// keeper; in /tmp somebody else's folder of that name is refused.
func (c *Cluster) ownSocketFolder() error {
	info, err := os.Lstat(c.socket)
	if err == nil {
		owner, ok := info.Sys().(*syscall.Stat_t)
		if !ok || !info.IsDir() || int(owner.Uid) != c.keeper.uid && int(owner.Uid) != os.Geteuid() {
			return fault.New(fault.Unavailable, "The folder %s, where the database's socket belongs, is somebody else's. Remove it, or use another folder with --data.", c.socket)
		}
		if err := os.RemoveAll(c.socket); err != nil {
			return fmt.Errorf("clear socket's folder: %w", err)
		}
	}
	if err := os.Mkdir(c.socket, 0o700); err != nil {
		return fmt.Errorf("make socket's folder: %w", err)
	}
	return c.keeper.give(c.socket)
}
