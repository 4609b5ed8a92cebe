package letters_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duenotice/campaigns/fault"
	"duenotice/letters"
)

// listener is a vendor's own address; status is what it answers.
type listener struct {
	mu     sync.Mutex
	status int
	heard  []http.Header
	bodies []string
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard, l.bodies = append(l.heard, r.Header), append(l.bodies, string(body))
	if l.status == http.StatusFound {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(l.status)
}

// signedBy tells whether the nth telling was signed with a secret.
func (l *listener) signedBy(n int, secret string) bool {
	parts := strings.Split(l.heard[n].Get("Due-Notice-Signature"), ",")
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%s.%s", strings.TrimPrefix(parts[0], "t="), l.bodies[n])
	return slices.Contains(parts[1:], "v1="+hex.EncodeToString(mac.Sum(nil)))
}

func (h *house) tellVendors() {
	h.t.Helper()
	_, err := h.mail.TellVendors(h.t.Context())
	h.must(err)
}

func (h *house) tellings() []letters.Telling {
	h.t.Helper()
	list, err := h.mail.Tellings(h.t.Context(), h.vendor.ID, 50)
	h.must(err)
	return list
}

func TestAVendorIsToldOnceOfEachBatchAndOfRecallsSigned(t *testing.T) {
	h := newHouse(t, 40)
	h.register.Options.MadeUpPeople = true
	l := &listener{status: 204}
	server := httptest.NewServer(l)
	defer server.Close()
	secret, err := h.mail.SetHook(t.Context(), h.staff[0], h.vendor.ID, server.URL+"/due-notice")
	h.must(err)
	b := h.seal()[0]
	for range 3 {
		h.tellVendors()
	}
	var said struct{ Event, Subject string }
	if len(l.bodies) != 1 || json.Unmarshal([]byte(l.bodies[0]), &said) != nil || said.Event != "batch.released" || said.Subject != b.Code {
		t.Fatalf("the vendor was told %q", l.bodies)
	}
	if !l.signedBy(0, secret) {
		t.Error("the signature does not fit the secret that was shown")
	}
	reference := h.references(b.ID)[0]
	h.must(h.mail.Recall(t.Context(), h.staff[0], reference, "said no"))
	h.tellVendors()
	h.tellVendors()
	if len(l.bodies) != 2 || !strings.Contains(l.bodies[1], "recalls.asked") || strings.Contains(strings.Join(l.bodies, ""), reference) {
		t.Errorf("the vendor was told %q", l.bodies)
	}
	next, err := h.mail.RotateHook(t.Context(), h.staff[0], h.vendor.ID)
	h.must(err)
	h.must(h.mail.TestHook(t.Context(), h.staff[0], h.vendor.ID))
	h.tellVendors()
	if !l.signedBy(2, secret) || !l.signedBy(2, next) || secret == next {
		t.Error("while a secret changes a telling is not signed with both")
	}
	h.must(h.mail.EndOldSecret(t.Context(), h.staff[0], h.vendor.ID))
	h.must(h.mail.TestHook(t.Context(), h.staff[0], h.vendor.ID))
	h.tellVendors()
	if l.signedBy(3, secret) || !l.signedBy(3, next) {
		t.Error("the old secret still signs")
	}
	_, err = h.mail.SetHook(t.Context(), h.staff[0], h.vendor.ID, "")
	h.must(err)
	if err := h.mail.TestHook(t.Context(), h.staff[0], h.vendor.ID); !fault.Is(err, fault.Refused) {
		t.Errorf("a stopped webhook is tested: %v", err)
	}
}

func TestATellingIsTriedForThreeDaysAndThenGivenUp(t *testing.T) {
	h := newHouse(t, 1)
	h.register.Options.MadeUpPeople = true
	l := &listener{status: 302}
	server := httptest.NewServer(l)
	defer server.Close()
	_, err := h.mail.SetHook(t.Context(), h.staff[0], h.vendor.ID, server.URL)
	h.must(err)
	h.must(h.mail.TestHook(t.Context(), h.staff[0], h.vendor.ID))
	h.tellVendors()
	h.tellVendors()
	one := h.tellings()[0]
	if len(l.bodies) != 1 || one.Said != "Answered with status 302." || one.NextAt.Sub(h.clock.Now()) != time.Minute {
		t.Fatalf("after one failure: %d tellings, %+v", len(l.bodies), one)
	}
	for range 80 {
		h.clock.Advance(time.Hour)
		h.tellVendors()
	}
	one = h.tellings()[0]
	if !one.GivenUp() || one.Attempts < 12 || one.Attempts != len(l.bodies) {
		t.Errorf("after three days: %+v, %d tellings", one, len(l.bodies))
	}
	h.must(h.mail.WatchVendors(t.Context()))
	if got := h.alarms("vendor not told"); len(got) != 1 {
		t.Errorf("nobody hears that a vendor cannot be told: %q", got)
	}
	l.status = 200
	h.must(h.mail.TestHook(t.Context(), h.staff[0], h.vendor.ID))
	h.tellVendors()
	if h.tellings()[0].ToldAt.IsZero() {
		t.Errorf("a vendor that is back was not told: %+v", h.tellings()[0])
	}
	h.must(h.mail.WatchVendors(t.Context()))
	if got := h.alarms("vendor not told"); len(got) != 0 {
		t.Errorf("the alarm stays when the vendor is back: %q", got)
	}
}

func TestAWebhookLeadsNeitherInwardNorThroughTheClear(t *testing.T) {
	h := newHouse(t, 1)
	for _, address := range []string{"http://print.example.org", "https://user:secret@print.example.org", "ftp://print.example.org", "https://", "print.example.org"} {
		if _, err := h.mail.SetHook(t.Context(), h.staff[0], h.vendor.ID, address); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", address, err)
		}
	}
	server := httptest.NewTLSServer(&listener{status: 200})
	defer server.Close()
	_, err := h.mail.SetHook(t.Context(), h.staff[0], h.vendor.ID, server.URL)
	h.must(err)
	h.must(h.mail.TestHook(t.Context(), h.staff[0], h.vendor.ID))
	h.tellVendors()
	if got := h.tellings()[0]; got.Said != "The address leads to this machine or its own network." {
		t.Errorf("an address of this machine: %+v", got)
	}
}
