package bench

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// server is the program serving, in a process of its own.
type server struct {
	process *exec.Cmd
	url     string
	ended   chan error
}

// serve starts the server and waits until it says where its doors are.
func serve(ctx context.Context, o PullOptions) (s *server, err error) {
	s = &server{ended: make(chan error, 1)}
	s.process, err = o.Serve(ctx, []string{"DATABASE_URL=" + o.Database, "DUENOTICE_PUBLIC_DATABASE_URL=" + o.Public, "DUENOTICE_ARCHIVE=" + o.Archive,
		"DUENOTICE_PEPPER=" + o.Pepper, "DUENOTICE_SFTP_LISTEN=", "DUENOTICE_VENDORS_URL=", "DUENOTICE_MANAGERS_LISTEN=127.0.0.1:0",
		"DUENOTICE_VENDORS_LISTEN=127.0.0.1:0", "DUENOTICE_PATIENTS_LISTEN=127.0.0.1:0"})
	if err != nil {
		return nil, err
	}
	out, err := s.process.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	s.process.Cancel = func() error { return s.process.Process.Signal(os.Interrupt) }
	s.process.WaitDelay = 20 * time.Second
	if err := s.process.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	said := make(chan string, 1)
	go func() {
		defer close(said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var line struct{ Msg, Vendors string }
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
				said <- line.Vendors
				break
			}
			o.Log.Info("the server says", "line", lines.Text())
		}
		_, _ = io.Copy(io.Discard, out) // until it ends
		s.ended <- s.process.Wait()
	}()
	if s.url = <-said; s.url == "" {
		return nil, errors.Join(errors.New("the server did not start; the log says why"), <-s.ended)
	}
	return s, nil
}

// peak is the most memory the server has had, in MB.
func (s *server) peak() int { return peakOf(fmt.Sprint(s.process.Process.Pid)) }

func (s *server) stop() error {
	if err := s.process.Process.Signal(os.Interrupt); err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	err := <-s.ended
	if left := new(exec.ExitError); errors.As(err, &left) && !left.Exited() {
		return nil // by that signal
	}
	return err
}

// firstByte is how long the first byte of a batch's file takes.
func firstByte(ctx context.Context, url, key, batch string) (time.Duration, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // the rest is not wanted
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/vendor/v1/batches/"+batch+"/pdf", nil)
	if err != nil {
		return 0, fmt.Errorf("ask for a batch: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	start := time.Now()
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, fmt.Errorf("ask for a batch: %w", err)
	}
	defer res.Body.Close()
	if _, err := io.ReadFull(res.Body, make([]byte, 1)); err != nil || res.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("ask for a batch: %w", errors.Join(err, errors.New(res.Status)))
	}
	return time.Since(start), nil
}

// plainServer serves what the vendors have pulled as plain files, under the
// same addresses; the key tells whose.
func plainServer(crowd []*puller) (url string, end func(), err error) {
	listed, described, folders := map[string][]byte{}, map[string][]byte{}, map[string]string{}
	for _, p := range crowd {
		manifests, err := filepath.Glob(filepath.Join(p.folder, "*.json"))
		if err != nil {
			return "", nil, fmt.Errorf("list what was pulled: %w", err)
		}
		list := []map[string]string{}
		for _, name := range manifests {
			text, err := os.ReadFile(name)
			if err != nil {
				return "", nil, fmt.Errorf("list what was pulled: %w", err)
			}
			sum := sha256.Sum256(text)
			code := strings.TrimSuffix(filepath.Base(name), ".json")
			b := map[string]string{"batch": code, "manifest_sha256": hex.EncodeToString(sum[:])}
			list = append(list, b)
			described[code], _ = json.Marshal(b)
			folders[code] = p.folder
		}
		listed[p.code], _ = json.Marshal(map[string]any{"batches": list})
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("serve plain files: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /vendor/v1/batches", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(listed[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")])
	})
	mux.HandleFunc("GET /vendor/v1/batches/{code}", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(described[r.PathValue("code")]) })
	for asked, kept := range map[string]string{"pdf": ".pdf", "manifest.json": ".json"} {
		mux.HandleFunc("GET /vendor/v1/batches/{code}/"+asked, func(w http.ResponseWriter, r *http.Request) {
			code := r.PathValue("code")
			http.ServeFile(w, r, filepath.Join(folders[code], filepath.Base(code)+kept))
		})
	}
	s := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(l) }()
	return "http://" + l.Addr().String(), func() { _ = s.Close() }, nil
}
