package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"duenotice/letters/exchange"
)

// Pulled is a batch in the vendor's own folder, verified.
type Pulled struct {
	PDF      string            `json:"pdf"` // where the file is
	Manifest exchange.Manifest `json:"-"`
	Breaks   int               `json:"breaks"`  // how often the line broke on the way
	Already  bool              `json:"already"` // it had been pulled before
}

var safeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$`)

// Pull brings a batch into a folder as CODE.pdf and CODE.json. The manifest
// is written last: where it is, the PDF is whole, has the manifest's checksum
// and its number of pages. A pull that broke, also one of yesterday, goes on
// where it was. Neither file is ever written over.
func (c *Client) Pull(ctx context.Context, code, folder string) (Pulled, error) {
	if !safeName.MatchString(code) {
		return Pulled{}, fmt.Errorf("%q is not the code of a batch", code)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return Pulled{}, fmt.Errorf("make folder: %w", err)
	}
	p := Pulled{PDF: filepath.Join(folder, code+".pdf")}
	name := manifestFile(folder, code)
	if m, err := readManifest(name); err == nil {
		p.Manifest, p.Already = m, true
		return p, verify(p.PDF, m)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	b, err := c.Batch(ctx, code)
	if err != nil {
		return p, err
	}
	text, err := c.send(ctx, http.MethodGet, path(code, "/manifest.json"), nil)
	if err != nil {
		return p, err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != b.ManifestSHA256 {
		return p, fmt.Errorf("the manifest of %s has not the checksum that the list of batches names; nothing was kept", code)
	}
	if p.Manifest, err = exchange.ReadJSON(text); err != nil {
		return p, err
	}
	if p.Manifest.Batch != code {
		return p, fmt.Errorf("the manifest of %s says that it belongs to %s; nothing was kept", code, p.Manifest.Batch)
	}
	if err := verify(p.PDF, p.Manifest); errors.Is(err, fs.ErrNotExist) {
		whole := func(got *check, size int64) error { return got.matches(p.Manifest, size) }
		if p.Breaks, err = c.download(ctx, wanted{path(code, "/pdf"), code + ".pdf", p.Manifest.PDF, whole}, folder); err != nil {
			return p, err
		}
	} else if err != nil {
		return p, err
	}
	return p, writeOnce(folder, name, text)
}

func manifestFile(folder, code string) string { return filepath.Join(folder, code+".json") }

func readManifest(name string) (exchange.Manifest, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return exchange.Manifest{}, fmt.Errorf("read manifest: %w", err)
	}
	return exchange.ReadJSON(text)
}

// wanted is a file to be brought: from where, as what, and what makes it whole.
type wanted struct {
	path  string
	name  string
	file  exchange.File
	whole func(got *check, size int64) error
}

// download brings a file, verifies it and gives it its name.
func (c *Client) download(ctx context.Context, w wanted, folder string) (breaks int, err error) {
	part := filepath.Join(folder, "."+w.name+".part")
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, fmt.Errorf("keep what arrives: %w", err)
	}
	defer func() { _ = f.Close() }()
	d := &download{file: f, check: newCheck()}
	if d.at, err = io.Copy(d.check, f); err != nil { // what an earlier pull brought
		return 0, fmt.Errorf("read what arrived before: %w", err)
	}
	for idle := 0; d.at < w.file.Bytes; {
		before := d.at
		err := c.fetch(ctx, w, d)
		if err == nil {
			continue
		}
		if ctx.Err() != nil || lasting(err) || d.failed != nil {
			return breaks, err
		}
		breaks++
		if d.at > before {
			idle = 0
			continue
		}
		if idle++; idle >= c.opts.Tries {
			return breaks, fmt.Errorf("given up after %d tries that brought nothing: %w", idle, err)
		}
		if err := c.opts.Wait(ctx, backoff(idle)); err != nil {
			return breaks, err
		}
	}
	if err := w.whole(d.check, d.at); err != nil {
		return breaks, errors.Join(err, os.Remove(part)) // the next pull begins afresh
	}
	if err := f.Sync(); err != nil {
		return breaks, fmt.Errorf("keep what arrived: %w", err)
	}
	return breaks, nameOnce(part, filepath.Join(folder, w.name))
}

// download is a file on its way in.
type download struct {
	file   *os.File
	check  *check
	at     int64
	failed error // of this machine's own disk
}

// Write keeps and checks what arrived.
func (d *download) Write(p []byte) (int, error) {
	n, err := d.file.WriteAt(p, d.at)
	d.check.Write(p[:n]) //nolint:errcheck // it never fails
	d.at += int64(n)
	if err != nil {
		d.failed = fmt.Errorf("keep what arrives: %w", err)
	}
	return n, err
}

func (d *download) restart() error {
	d.at, d.check = 0, newCheck()
	if err := d.file.Truncate(0); err != nil {
		d.failed = fmt.Errorf("begin again: %w", err)
	}
	return d.failed
}

// fetch asks for the rest of the file once.
func (c *Client) fetch(ctx context.Context, w wanted, d *download) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := c.request(ctx, http.MethodGet, w.path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/pdf, application/octet-stream, application/problem+json")
	if d.at > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(d.at, 10)+"-")
		req.Header.Set("If-Range", `"`+w.file.SHA256+`"`)
	}
	res, err := c.opts.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("no answer from %s: %w", req.URL.Host, err)
	}
	defer func() { _ = res.Body.Close() }()
	switch res.StatusCode {
	case http.StatusOK: // the whole file, whatever was asked
		if err := d.restart(); err != nil {
			return err
		}
	case http.StatusPartialContent:
		if from := "bytes " + strconv.FormatInt(d.at, 10) + "-"; !strings.HasPrefix(res.Header.Get("Content-Range"), from) {
			return fmt.Errorf("another part was sent than the one asked for")
		}
	default:
		_, err := problem(res)
		return err
	}
	silence := time.AfterFunc(c.opts.Silence, cancel)
	defer silence.Stop()
	body := reader(func(p []byte) (int, error) {
		n, err := res.Body.Read(p)
		silence.Reset(c.opts.Silence)
		return n, err
	})
	if _, err := io.CopyBuffer(d, io.LimitReader(body, w.file.Bytes-d.at), make([]byte, 256<<10)); err != nil {
		return fmt.Errorf("the pull of %s broke off: %w", w.name, errors.Join(d.failed, err))
	}
	if d.at < w.file.Bytes {
		return fmt.Errorf("the pull of %s broke off: %w", w.name, io.ErrUnexpectedEOF)
	}
	return nil
}

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }

// nameOnce gives a finished file its name, unless that is taken.
func nameOnce(from, to string) error {
	if err := os.Link(from, to); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is there already and is not written over", to)
		}
		if _, taken := os.Lstat(to); taken == nil {
			return fmt.Errorf("%s is there already and is not written over", to)
		}
		return os.Rename(from, to) // a file system without links
	}
	return os.Remove(from)
}

func writeOnce(folder, name string, text []byte) error {
	f, err := os.CreateTemp(folder, ".manifest-*")
	if err != nil {
		return fmt.Errorf("keep manifest: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("keep manifest: %w", err), os.Remove(f.Name()))
	}
	return nameOnce(f.Name(), name)
}
