package archive_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"duenotice/letters/archive"
)

func sealed(t *testing.T, n int) (a *archive.Archive, path string, key, content []byte) {
	t.Helper()
	dir := t.TempDir()
	a, err := archive.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	key, content = make([]byte, archive.KeyBytes), make([]byte, n)
	rand.Read(key)
	rand.Read(content)
	sum, err := a.PutSealed(t.Context(), "f", key, func(w io.Writer) error {
		for part := content; len(part) > 0; part = part[min(len(part), 1000):] { // written in small pieces
			if _, err := w.Write(part[:min(len(part), 1000)]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || sum.Bytes != int64(n) || sum.SHA256 != sha256.Sum256(content) {
		t.Fatalf("sealed %d bytes: %v %v", n, sum.Bytes, err)
	}
	return a, filepath.Join(dir, "f"), key, content
}

func read(t *testing.T, a *archive.Archive, key []byte, offset, length int64) ([]byte, error) {
	t.Helper()
	r, err := a.ReadSealed(t.Context(), "f", key, offset, length)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestAnyPartOfASealedFileIsReadBackAsItWas(t *testing.T) {
	const chunk = 64 << 10
	for _, n := range []int{0, 1, chunk - 1, chunk, chunk + 1, 3*chunk + 17} {
		a, path, key, content := sealed(t, n)
		if raw, err := os.ReadFile(path); err != nil || n > 64 && bytes.Contains(raw, content[:64]) {
			t.Errorf("%d bytes rest in the clear: %v", n, err)
		}
		for _, from := range []int{0, 1, chunk - 1, chunk, chunk + 1, 2*chunk + 5, n - 1} {
			for _, length := range []int{-1, 0, 1, chunk, chunk + 3} {
				if from < 0 || from > n || from == n && n > 0 {
					continue
				}
				want := content[from:]
				if length >= 0 {
					want = want[:min(length, len(want))]
				}
				if got, err := read(t, a, key, int64(from), int64(length)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("of %d bytes %d from %d: got %d, %v", n, length, from, len(got), err)
				}
			}
		}
	}
}

func TestASealedFileThatWasTouchedIsNoticed(t *testing.T) {
	a, path, key, content := sealed(t, 200_000)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const chunk = 64<<10 + 16
	other := bytes.Clone(key)
	other[0] ^= 1
	if _, err := read(t, a, other, 0, -1); !errors.Is(err, archive.ErrChanged) {
		t.Errorf("another's key opens it: %v", err)
	}
	for name, broken := range map[string][]byte{
		"a flipped bit":    append(append(bytes.Clone(whole[:70_000]), whole[70_000]^1), whole[70_001:]...),
		"cut off":          whole[:len(whole)-1],
		"cut at a chunk":   whole[:2*chunk],
		"chunks exchanged": append(append(bytes.Clone(whole[chunk:2*chunk]), whole[:chunk]...), whole[2*chunk:]...),
		"something behind": append(bytes.Clone(whole), 7),
	} {
		if err := os.WriteFile(path, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := read(t, a, key, 0, -1)
		if !errors.Is(err, archive.ErrChanged) || !bytes.HasPrefix(content, got) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

func TestAFillThatFailsLeavesNoFile(t *testing.T) {
	a, path, key, _ := sealed(t, 10)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err := a.PutSealed(t.Context(), "f", key, func(w io.Writer) error {
		_, _ = w.Write(make([]byte, 300_000))
		return fmt.Errorf("the drawing failed")
	})
	if err == nil {
		t.Error("it was taken for whole")
	}
	if _, err := a.ReadSealed(t.Context(), "f", key, 0, -1); !errors.Is(err, archive.ErrAbsent) {
		t.Errorf("a part of it is there: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
