package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lock is one flock(2) on one open file; the kernel frees it with the last
// process that has the file open.
type lock struct{ file *os.File }

func openLock(path string) (*lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	return &lock{f}, nil
}

func (l *lock) try(how int) (bool, error) {
	for {
		err := syscall.Flock(int(l.file.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, fmt.Errorf("lock %s: %w", l.file.Name(), err)
		}
	}
}

// alone tries to have the lock exclusively.
func (l *lock) alone() (bool, error) { return l.try(syscall.LOCK_EX) }

// share has the lock together with others.
func (l *lock) share() error {
	ok, err := l.try(syscall.LOCK_SH)
	if err == nil && !ok {
		err = fmt.Errorf("lock %s: held alone by another process", l.file.Name())
	}
	return err
}

func (l *lock) free() { _ = l.file.Close() }

// lock waits for the exclusive lock of a file in the data folder.
func (c *Cluster) lock(ctx context.Context, name string) (*lock, error) {
	l, err := openLock(filepath.Join(c.dir, name))
	if err != nil {
		return nil, err
	}
	for {
		ok, err := l.alone()
		if err != nil {
			l.free()
			return nil, err
		}
		if ok {
			return l, nil
		}
		if err := pause(ctx); err != nil {
			l.free()
			return nil, fmt.Errorf("wait for %s: %w", name, err)
		}
	}
}

// pause waits a moment before something is tried again.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(20 * time.Millisecond):
		return nil
	}
}
