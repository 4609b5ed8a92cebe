package static

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Load returns the build that belongs to this program's own sources: the one
// embedded in it, else one made earlier in cacheDir, else one that it makes
// there now with npm and Sass (some seconds; log is told so in sentences).
// Processes that start together build once. A missing npm, or a registry that
// does not answer, is a fault that says what to do.
func Load(ctx context.Context, cacheDir string, log func(string)) (*Assets, error) {
	sum, err := sourcesSum()
	if err != nil {
		return nil, err
	}
	embedded, err := fs.Sub(built, "built")
	if err != nil {
		return nil, fmt.Errorf("open embedded assets: %w", err)
	}
	if isBuildOf(embedded, sum) {
		return read(embedded)
	}
	cached := filepath.Join(cacheDir, "built-"+sum[:16])
	if isBuildOf(os.DirFS(cached), sum) {
		return read(os.DirFS(cached))
	}
	if err := os.MkdirAll(cacheDir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for built assets: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(cacheDir, "building.lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if !isBuildOf(os.DirFS(cached), sum) { // else another process built it while we waited
		if err := build(ctx, cacheDir, cached, log); err != nil {
			return nil, err
		}
	}
	return read(os.DirFS(cached))
}

// isBuildOf tells whether a folder holds a complete build of these sources;
// the sum is the last file that a build writes.
func isBuildOf(folder fs.FS, sum string) bool {
	found, err := fs.ReadFile(folder, "sources.sum")
	return err == nil && string(found) == sum
}

// lock waits until no other process holds the file.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the lock of built assets: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil // closing lets go
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			_ = f.Close()
			return nil, fmt.Errorf("lock built assets: %w", err)
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, fmt.Errorf("wait for another process that builds the assets: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
