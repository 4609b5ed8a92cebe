package sftp

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"duenotice/campaigns/fault"
	"duenotice/letters"
)

const (
	blockBytes = 1 << 20
	blocksKept = 4 // clients ask for many small parts at once, not quite in order
)

// stream reads a file for a client that asks for parts of it: forwards as one
// long read, and from elsewhere when it asks for what is elsewhere.
type stream struct {
	size int64
	read func(offset, length int64) (io.ReadCloser, error)

	mu     sync.Mutex
	from   io.ReadCloser // goes on at next
	next   int64
	blocks []block
}

type block struct {
	at      int64
	content []byte
}

// ReadAt implements io.ReaderAt.
func (s *stream) ReadAt(p []byte, offset int64) (n int, err error) {
	if offset < 0 {
		return 0, errors.New("there is nothing before the file")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for n < len(p) {
		at := offset + int64(n)
		if at >= s.size {
			return n, io.EOF
		}
		b, err := s.block(at - at%blockBytes)
		if err != nil {
			return n, err
		}
		if at-b.at >= int64(len(b.content)) {
			return n, io.EOF
		}
		n += copy(p[n:], b.content[at-b.at:])
	}
	return n, nil
}

func (s *stream) block(at int64) (block, error) {
	for _, b := range s.blocks {
		if b.at == at {
			return b, nil
		}
	}
	if s.from == nil || s.next != at {
		s.end()
		from, err := s.read(at, -1)
		if err != nil {
			return block{}, err
		}
		s.from, s.next = from, at
	}
	b := block{at: at, content: make([]byte, min(blockBytes, s.size-at))}
	n, err := io.ReadFull(s.from, b.content)
	if err != nil {
		s.end()
		return block{}, fmt.Errorf("read file: %w", err)
	}
	s.next += int64(n)
	if len(s.blocks) == blocksKept {
		s.blocks = s.blocks[1:]
	}
	s.blocks = append(s.blocks, b)
	return b, nil
}

func (s *stream) end() {
	if s.from != nil {
		_ = s.from.Close()
		s.from = nil
	}
}

// Close implements io.Closer.
func (s *stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	s.blocks = nil
	return nil
}

// upload takes a file of answers into memory and hands it over when it is
// closed, or when the connection broke: its last line tells whether it is whole.
type upload struct {
	tree   *tree
	vendor letters.VendorID
	name   string
	whole  bool // of its name there is a whole one already

	mu      sync.Mutex
	content []byte
	closed  bool
}

// WriteAt implements io.WriterAt.
func (u *upload) WriteAt(p []byte, offset int64) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	end := offset + int64(len(p))
	if offset < 0 || offset > letters.MostAnswer || end > letters.MostAnswer {
		return 0, fmt.Errorf("the file is larger than %d MB: send it in parts", letters.MostAnswer>>20)
	}
	if gap := end - int64(len(u.content)); gap > 0 {
		u.content = append(u.content, make([]byte, gap)...)
	}
	return copy(u.content[offset:], p), nil
}

// Close implements io.Closer.
func (u *upload) Close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return nil
	}
	u.closed = true
	if u.whole && len(u.content) == 0 { // opened and written nothing to
		return nil
	}
	err := u.tree.door.mailroom.LeaveFile(u.tree.ctx, u.vendor, u.name, u.content)
	if fault.Of(err) != nil {
		u.tree.door.mailroom.Log.Warn("a vendor's file was refused", "vendor", int64(u.vendor), "kind", string(fault.Of(err).Kind))
	}
	return u.tree.told(err)
}
