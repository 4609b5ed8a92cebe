//go:build linux

package letters_test

import (
	"io/fs"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// TestADiskThatFillsWhileSealingOffersNothing lets no file of this process
// grow beyond a size, as a full disk does.
func TestADiskThatFillsWhileSealingOffersNothing(t *testing.T) {
	h := newHouse(t, 150)
	h.compose()
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var was syscall.Rlimit
	h.must(syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was))
	for _, room := range []uint64{0, 100 << 10, 150 << 10} {
		h.must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: room, Max: was.Max}))
		err := h.mail.SealBatch(t.Context(), h.queue.toSal[0])
		h.must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was))
		if err == nil {
			t.Fatalf("with room for %d bytes it was sealed", room)
		}
		if n := h.count(`SELECT count(*) FROM pieces`) + h.count(`SELECT count(*) FROM batch_keys`) + h.count(`SELECT count(*) FROM batches WHERE state = 'sealed'`); n != 0 {
			t.Errorf("%d rows have no file", n)
		}
		h.must(filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				t.Errorf("with room for %d bytes a part is left: %s", room, filepath.Base(path))
			}
			return err
		}))
	}
	if list := h.seal(); len(list) != 1 || list[0].Pieces != 150 {
		t.Errorf("with room again it made %+v", list)
	}
}
