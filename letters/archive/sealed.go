package archive

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// A sealed file is its content in chunks, each encrypted and authenticated by
// itself (AES-256-GCM), so that any part can be read without the rest. The
// nonce of a chunk is its number and whether it is the last: chunks that were
// exchanged, left out or cut off are noticed. A key is used for one file only.
const (
	chunkBytes = 64 << 10
	tagBytes   = 16
	// KeyBytes is the length of the key of a sealed file.
	KeyBytes = 32
)

// ErrChanged says that a sealed file is not what was sealed, or the key is another's.
var ErrChanged = errors.New("a sealed file was changed, or its key is another's")

func aead(key []byte) (cipher.AEAD, error) {
	if len(key) != KeyBytes {
		return nil, fmt.Errorf("a key of %d bytes, not %d", len(key), KeyBytes)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	return cipher.NewGCM(block)
}

func nonce(to []byte, chunk int64, last bool) []byte {
	to = append(to[:0], 0, 0, 0)
	to = binary.BigEndian.AppendUint64(to, uint64(chunk))
	if last {
		return append(to, 1)
	}
	return append(to, 0)
}

// PutSealed is Put for content that rests encrypted. The sum is that of the
// content. Memory holds one chunk at a time.
func (a *Archive) PutSealed(ctx context.Context, name string, key []byte, fill func(io.Writer) error) (Sum, error) {
	gcm, err := aead(key)
	if err != nil {
		return Sum{}, fmt.Errorf("seal %s: %w", name, err)
	}
	var s Sum
	_, err = a.Put(ctx, name, func(w io.Writer) error {
		sealed := &sealer{to: w, gcm: gcm, plain: make([]byte, 0, chunkBytes)}
		c := counter{to: sealed, hash: sha256.New()}
		if err := fill(&c); err != nil {
			return err
		}
		s.Bytes = c.n
		c.hash.Sum(s.SHA256[:0])
		return sealed.flush(true)
	})
	return s, err
}

type sealer struct {
	to            io.Writer
	gcm           cipher.AEAD
	plain, sealed []byte
	nonce         []byte
	chunk         int64
}

// Write keeps the last chunk back: only the end tells that it is the last.
func (s *sealer) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 {
		if len(s.plain) == chunkBytes {
			if err := s.flush(false); err != nil {
				return n, err
			}
		}
		taken := min(len(p), chunkBytes-len(s.plain))
		s.plain = append(s.plain, p[:taken]...)
		p, n = p[taken:], n+taken
	}
	return n, nil
}

func (s *sealer) flush(last bool) error {
	s.nonce = nonce(s.nonce, s.chunk, last)
	s.sealed = s.gcm.Seal(s.sealed[:0], s.nonce, s.plain, nil)
	s.plain, s.chunk = s.plain[:0], s.chunk+1
	_, err := s.to.Write(s.sealed)
	return err
}

// ReadSealed opens the content of a sealed file from an offset; length -1
// reads to the end. A part is read without what comes before it. Content that
// is not what was sealed ends with ErrChanged before any byte of its chunk.
func (a *Archive) ReadSealed(ctx context.Context, name string, key []byte, offset, length int64) (io.ReadCloser, error) {
	gcm, err := aead(key)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	first := offset / chunkBytes
	r, err := a.bucket.NewRangeReader(ctx, name, first*(chunkBytes+tagBytes), -1, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("open %s: %w", name, ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	chunks := (r.Size() + chunkBytes + tagBytes - 1) / (chunkBytes + tagBytes)
	o := &opener{from: r, gcm: gcm, name: name, chunk: first, chunks: chunks, skip: int(offset % chunkBytes)}
	if length < 0 {
		return o, nil
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(o, length), o}, nil
}

type opener struct {
	from          *blob.Reader
	gcm           cipher.AEAD
	name          string
	chunk, chunks int64
	skip          int
	sealed, plain []byte
	nonce         []byte
	rest          []byte // of the open chunk
}

func (o *opener) Read(p []byte) (int, error) {
	for len(o.rest) == 0 {
		if o.chunk >= o.chunks {
			return 0, io.EOF
		}
		if err := o.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

func (o *opener) next() error {
	if o.sealed == nil {
		o.sealed = make([]byte, chunkBytes+tagBytes)
	}
	n, err := io.ReadFull(o.from, o.sealed)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read %s: %w", o.name, err)
	}
	o.nonce = nonce(o.nonce, o.chunk, o.chunk == o.chunks-1)
	if o.plain, err = o.gcm.Open(o.plain[:0], o.nonce, o.sealed[:n], nil); err != nil {
		return fmt.Errorf("read %s: %w", o.name, ErrChanged)
	}
	o.chunk++
	o.rest = o.plain[min(o.skip, len(o.plain)):]
	o.skip = 0
	return nil
}

// Close lets go of the file.
func (o *opener) Close() error { return o.from.Close() }
