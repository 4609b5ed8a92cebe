// Package archive keeps files that must not change under names that are never reused, in a folder or in object storage.
package archive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"  // folders
	_ "gocloud.dev/blob/memblob" // tests
	"gocloud.dev/gcerrors"
)

// Archive is an opened place for files.
type Archive struct{ bucket *blob.Bucket }

// Open opens an archive by its gocloud.dev/blob URL.
func Open(ctx context.Context, where string) (*Archive, error) {
	b, err := blob.OpenBucket(ctx, where)
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	return &Archive{b}, nil
}

// OpenFolder opens an archive in a folder, which is made if it is missing.
func OpenFolder(dir string) (*Archive, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make archive: %w", err)
	}
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{Metadata: fileblob.MetadataDontWrite, NoTempDir: true})
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	return &Archive{b}, nil
}

// FolderURL is the URL of a folder, for other processes of the same machine.
func FolderURL(dir string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(dir), RawQuery: "metadata=skip&no_tmp_dir=true"}
	return u.String()
}

// Close lets go of the place.
func (a *Archive) Close() error { return a.bucket.Close() }

// Sum is what was written: its length and checksum.
type Sum struct {
	Bytes  int64
	SHA256 [sha256.Size]byte
}

// Put writes everything fill writes under a key. The file appears whole when
// fill returns nil and the disk took every byte; otherwise it never appears.
func (a *Archive) Put(ctx context.Context, key string, fill func(io.Writer) error) (Sum, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := a.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/octet-stream", DisableContentTypeDetection: true})
	if err != nil {
		return Sum{}, fmt.Errorf("write %s: %w", key, err)
	}
	c := counter{to: w, hash: sha256.New()}
	if err := fill(&c); err != nil {
		cancel() // a writer closed after its context ended throws away what it has
		_ = w.Close()
		return Sum{}, err
	}
	if err := w.Close(); err != nil {
		return Sum{}, fmt.Errorf("write %s: %w", key, err)
	}
	s := Sum{Bytes: c.n}
	c.hash.Sum(s.SHA256[:0])
	return s, nil
}

type counter struct {
	to   io.Writer
	hash hash.Hash
	n    int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.hash.Write(p[:n])
	c.n += int64(n)
	return n, err
}

// ErrAbsent says that there is no file under a key.
var ErrAbsent = errors.New("no such file in the archive")

// Read opens a file from an offset to its end; length -1 reads to the end.
func (a *Archive) Read(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := a.bucket.NewRangeReader(ctx, key, offset, length, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("read %s: %w", key, ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return r, nil
}

// Forget removes a file; one that is gone already is no error.
func (a *Archive) Forget(ctx context.Context, key string) error {
	if err := a.bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("forget %s: %w", key, err)
	}
	return nil
}
