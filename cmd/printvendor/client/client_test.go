package client_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"duenotice/cmd/printvendor/client"
	"duenotice/letters/exchange"
)

// patient never really waits, and writes down how long it would have.
func patient(t *testing.T, url string, waited *[]time.Duration) *client.Client {
	t.Helper()
	c, err := client.New(url, "key", client.Options{Wait: func(_ context.Context, d time.Duration) error {
		if waited != nil {
			*waited = append(*waited, d)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAPostThatGotNoAnswerIsRepeatedWithTheSameKey(t *testing.T) {
	var keys []string
	var bodies []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		text := make([]byte, 200)
		n, _ := r.Body.Read(text)
		bodies = append(bodies, string(text[:n]))
		switch len(keys) {
		case 1:
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		case 2:
			w.WriteHeader(http.StatusBadGateway)
		case 3:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			fmt.Fprint(w, `{"batch":"B-1","state":"rejected"}`)
		}
	}))
	defer srv.Close()
	var waited []time.Duration
	b, err := patient(t, srv.URL, &waited).Reject(t.Context(), "B-1", "torn")
	if err != nil || b.State != client.Rejected {
		t.Fatalf("%+v %v", b, err)
	}
	if len(keys) != 4 || keys[0] == "" || len(slices.Compact(keys)) != 1 || len(slices.Compact(bodies)) != 1 {
		t.Errorf("keys %q, bodies %q", keys, bodies)
	}
	if len(waited) != 3 || waited[2] < 7*time.Second {
		t.Errorf("waited %v", waited)
	}
}

func TestARefusalIsNotRepeatedAndKeepsItsSentence(t *testing.T) {
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		fmt.Fprint(w, `{"status":409,"title":"Conflict","detail":"Accept the batch before reporting it as posted."}`)
	}))
	defer srv.Close()
	_, err := patient(t, srv.URL, nil).Accept(t.Context(), "B-1")
	if !client.Refused(err) || err.Error() != "Accept the batch before reporting it as posted." || asked.Load() != 1 {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
}

func TestTheKeyIsNotShownToOthers(t *testing.T) {
	for _, url := range []string{"", "letters.example", "ftp://letters.example", "http://letters.example"} {
		if _, err := client.New(url, "key", client.Options{}); err == nil {
			t.Errorf("%q is taken", url)
		}
	}
	var seen atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	defer other.Close()
	srv := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer srv.Close()
	if _, err := patient(t, srv.URL, nil).Accept(t.Context(), "B-1"); err == nil || seen.Load() != 0 {
		t.Errorf("%v, and another host was asked %d times", err, seen.Load())
	}
}

// offer serves one batch whose files can be spoilt on the way.
type offer struct {
	pdf      string
	manifest exchange.Manifest
	send     func(w http.ResponseWriter, r *http.Request, pdf string)
}

func newOffer(pages int) *offer {
	pdf := "%PDF-1.3\n<</Type /Pages /Count 9>>\n"
	m := exchange.Manifest{Version: exchange.Version, Batch: "B-1", Postage: "second"}
	for i := range pages {
		pdf += fmt.Sprintf("%d 0 obj\n<</Type /Page\n/Parent 1 0 R>>%s\n", i+3, strings.Repeat("x", i*7%50))
		m.Add(exchange.Piece{Sequence: i + 1, Reference: fmt.Sprintf("DN%010d", i), FirstPage: i + 1, Pages: 1, Sheets: 1})
	}
	sum := sha256.Sum256([]byte(pdf))
	m.PDF = exchange.File{Name: "B-1.pdf", Bytes: int64(len(pdf)), SHA256: hex.EncodeToString(sum[:])}
	return &offer{pdf: pdf, manifest: m, send: func(w http.ResponseWriter, _ *http.Request, pdf string) { fmt.Fprint(w, pdf) }}
}

func (o *offer) serve(t *testing.T) *client.Client {
	t.Helper()
	text, err := o.manifest.JSON()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/pdf"):
			o.send(w, r, o.pdf)
		case strings.HasSuffix(r.URL.Path, "/manifest.json"):
			_, _ = w.Write(text)
		default:
			_ = json.NewEncoder(w).Encode(map[string]any{"batch": "B-1", "manifest_sha256": hex.EncodeToString(sum[:])})
		}
	}))
	t.Cleanup(srv.Close)
	return patient(t, srv.URL, nil)
}

func TestAPullOfYesterdayGoesOnToday(t *testing.T) {
	o := newOffer(50)
	var asked string
	o.send = func(w http.ResponseWriter, r *http.Request, pdf string) {
		asked = r.Header.Get("Range") + " " + r.Header.Get("If-Range")
		http.ServeContent(withETag(w, o.manifest.PDF.SHA256), r, "", time.Time{}, strings.NewReader(pdf))
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, ".B-1.pdf.part"), []byte(o.pdf[:777]), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := o.serve(t).Pull(t.Context(), "B-1", folder)
	if err != nil {
		t.Fatal(err)
	}
	if want := `bytes=777- "` + o.manifest.PDF.SHA256 + `"`; asked != want {
		t.Errorf("asked for %s", asked)
	}
	if got, err := os.ReadFile(p.PDF); err != nil || string(got) != o.pdf {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func withETag(w http.ResponseWriter, sum string) http.ResponseWriter {
	w.Header().Set("ETag", `"`+sum+`"`)
	return w
}

func TestWhatIsNotInTheManifestIsNotKept(t *testing.T) {
	for name, spoil := range map[string]func(*offer){
		"another byte":  func(o *offer) { o.pdf = strings.Replace(o.pdf, "xxx", "xyx", 1) },
		"cut short":     func(o *offer) { o.pdf = o.pdf[:len(o.pdf)-5] },
		"another batch": func(o *offer) { o.manifest.Batch = "B-2" },
		"a page too few": func(o *offer) {
			o.pdf = strings.Replace(o.pdf, "<</Type /Page\n", "<</Type /Pony\n", 1)
			sum := sha256.Sum256([]byte(o.pdf))
			o.manifest.PDF.SHA256 = hex.EncodeToString(sum[:])
		},
		"totals that are not the sums": func(o *offer) { o.manifest.Totals.Pages++ },
	} {
		o, folder := newOffer(20), t.TempDir()
		spoil(o)
		if _, err := o.serve(t).Pull(t.Context(), "B-1", folder); err == nil {
			t.Errorf("%s: taken for right", name)
		}
		for _, kept := range []string{"B-1.pdf", "B-1.json"} {
			if _, err := os.Stat(filepath.Join(folder, kept)); err == nil {
				t.Errorf("%s: %s is there", name, kept)
			}
		}
	}
}

func TestNothingIsWrittenOutsideTheFolder(t *testing.T) {
	for _, code := range []string{"../B-1", "", ".", "a/b", "..", strings.Repeat("A", 100)} {
		if _, err := newOffer(1).serve(t).Pull(t.Context(), code, t.TempDir()); err == nil {
			t.Errorf("%q is taken for the code of a batch", code)
		}
	}
}
