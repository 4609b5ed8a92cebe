package sftp

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
)

func TestAFileReadInAnyOrderByManyIsTheFile(t *testing.T) {
	content := make([]byte, 7*blockBytes+12345)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(content)
	opened := 0
	s := &stream{size: int64(len(content)), read: func(offset, _ int64) (io.ReadCloser, error) {
		opened++
		return io.NopCloser(bytes.NewReader(content[offset:])), nil
	}}
	// As clients do: many small parts at once, nearly in order.
	got := make([]byte, len(content))
	var readers sync.WaitGroup
	parts := make(chan int64, 64)
	for range 8 {
		readers.Go(func() {
			for at := range parts {
				n, err := s.ReadAt(got[at:min(at+32<<10, int64(len(got)))], at)
				if err != nil && !errors.Is(err, io.EOF) || n == 0 {
					t.Errorf("at %d: %d bytes, %v", at, n, err)
				}
			}
		})
	}
	for at := int64(0); at < int64(len(content)); at += 32 << 10 {
		parts <- at
	}
	close(parts)
	readers.Wait()
	if !bytes.Equal(got, content) {
		t.Error("read in parts it is another file")
	}
	if opened > 3 {
		t.Errorf("a file read from front to end was opened %d times", opened)
	}
	random := rand.New(source)
	for range 200 {
		at, p := random.Int64N(int64(len(content))+100), make([]byte, random.IntN(3*blockBytes))
		n, err := s.ReadAt(p, at)
		want := content[min(at, int64(len(content))):min(at+int64(len(p)), int64(len(content)))]
		if !bytes.Equal(p[:n], want) || n < len(p) && !errors.Is(err, io.EOF) {
			t.Fatalf("%d bytes at %d: %d, %v", len(p), at, n, err)
		}
	}
	if _, err := s.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("there is something before the file")
	}
}

func TestAFileThatEndsBeforeItsTimeIsAnErrorAndNeverZeros(t *testing.T) {
	s := &stream{size: 100, read: func(int64, int64) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(make([]byte, 50))), nil }}
	if n, err := s.ReadAt(make([]byte, 100), 0); err == nil || errors.Is(err, io.EOF) && n > 0 {
		t.Errorf("half a file: %d bytes, %v", n, err)
	}
}

func TestNothingIsWrittenOutsideTheSizeOfAnAnswer(t *testing.T) {
	u := &upload{}
	for _, at := range []int64{-1, math.MinInt64, math.MaxInt64, math.MaxInt64 - 3, 4 << 20, 1 << 40} {
		if _, err := u.WriteAt([]byte("12345"), at); err == nil {
			t.Errorf("something is written at %d", at)
		}
	}
	if _, err := u.WriteAt([]byte("b"), 1); err != nil || !bytes.Equal(u.content, []byte{0, 'b'}) {
		t.Errorf("written out of order: %q %v", u.content, err)
	}
}
