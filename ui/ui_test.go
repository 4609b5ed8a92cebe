package ui_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema/schematest"
	"duenotice/letters"
	"duenotice/letters/archive"
	"duenotice/optout"
	"duenotice/ui"
	"duenotice/ui/static"
)

func open(t *testing.T, change ...func(*ui.House)) (ui.Apps, *schematest.DB, error) {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil && os.Getenv("CI") == "" {
		t.Skip("npm is not installed, so the assets cannot be built")
	}
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := static.Load(context.Background(), filepath.Join(home, "duenotice-assets"), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	store, err := archive.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	db := schematest.New(t)
	clock := calendar.NewStopped(time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London)).Now
	log := slog.New(slog.DiscardHandler)
	codes := optout.CodeMaker{Peppers: map[int16][]byte{1: []byte("a pepper for tests, 32 bytes long")}, Newest: 1}
	register := &campaigns.Register{Pool: db.App, Clock: clock, Log: log, Files: store}
	desk := &optout.Desk{Pool: db.App, Clock: clock, Register: register, CodeMaker: codes, Log: log}
	public := &optout.Desk{Pool: db.Public, Clock: clock, Register: &campaigns.Register{Pool: db.Public, Clock: clock, Log: log}, CodeMaker: codes, Log: log}
	h := ui.House{Register: register, Desk: desk, Mailroom: &letters.Mailroom{Pool: db.App, Clock: clock, Register: register, Desk: desk, Archive: store, Log: log},
		Public: public, Assets: assets, Clock: clock, Log: log, Secret: []byte("a secret for tests of 32 bytes.."),
		URLs: ui.URLs{Managers: "https://managers.example", Vendors: "https://vendors.example", Patients: "https://answer.example"}}
	for _, c := range change {
		c(&h)
	}
	apps, err := ui.New(t.Context(), h)
	return apps, db, err
}

func ask(t *testing.T, app *fiber.App, req *http.Request) (*http.Response, string) {
	t.Helper()
	res, err := app.Test(req, -1)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestEachDoorSaysThatItIsAliveAndWhetherItMayTakeTraffic(t *testing.T) {
	apps, db, err := open(t)
	if err != nil {
		t.Fatal(err)
	}
	doors := map[string]*fiber.App{"managers": apps.Managers, "vendors": apps.Vendors, "patients": apps.Patients}
	for name, app := range doors {
		for _, path := range []string{"/healthz", "/readyz"} {
			res, body := ask(t, app, httptest.NewRequest(http.MethodGet, path, nil))
			if res.StatusCode != 200 {
				t.Errorf("%s%s: %d %s", name, path, res.StatusCode, body)
			}
			for header, want := range map[string]string{"Strict-Transport-Security": "max-age=31536000", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"} {
				if !strings.Contains(res.Header.Get(header), want) {
					t.Errorf("%s%s: %s is %q", name, path, header, res.Header.Get(header))
				}
			}
		}
	}
	if _, err := db.Owner.Exec(t.Context(), `DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)`); err != nil {
		t.Fatal(err)
	}
	for name, app := range doors {
		if res, _ := ask(t, app, httptest.NewRequest(http.MethodGet, "/readyz", nil)); res.StatusCode != 503 {
			t.Errorf("%s is ready with an older schema: %d", name, res.StatusCode)
		}
		if res, _ := ask(t, app, httptest.NewRequest(http.MethodGet, "/healthz", nil)); res.StatusCode != 200 {
			t.Errorf("%s is dead because the schema is older: %d", name, res.StatusCode)
		}
	}
}

func TestBodiesThatAreTooLargeAreRefusedBeforeTheyAreRead(t *testing.T) {
	apps, _, err := open(t)
	if err != nil {
		t.Fatal(err)
	}
	large := func(path string, n int) int {
		req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(strings.Repeat("x", n)))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, _ := ask(t, apps.Managers, req)
		return res.StatusCode
	}
	if s := large("/sign-in", 2<<20); s != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of 2 MB: %d", s)
	}
	if s := large("/imports", 2<<20); s == http.StatusRequestEntityTooLarge {
		t.Errorf("a file of 2 MB is too large: %d", s)
	}
	if s := large("/packs/scr/1/supplied", 2<<20); s == http.StatusRequestEntityTooLarge {
		t.Errorf("pages of 2 MB are too large: %d", s)
	}
	if s := large("/packs/scr/1/supplied", 9<<20); s != http.StatusRequestEntityTooLarge {
		t.Errorf("pages of 9 MB: %d", s)
	}
}

func TestCookiesOfAManagersSessionBelongToItsHost(t *testing.T) {
	apps, _, err := open(t)
	if err != nil {
		t.Fatal(err)
	}
	res, _ := ask(t, apps.Managers, httptest.NewRequest(http.MethodGet, "/sign-in", nil))
	cookie := res.Header.Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-managers-") || !strings.Contains(cookie, "secure") || !strings.Contains(cookie, "HttpOnly") {
		t.Errorf("the cookie is %q", cookie)
	}
}

func TestADoorWithAWeakSecretOrAProxyWithoutAnAddressDoesNotOpen(t *testing.T) {
	if _, _, err := open(t, func(h *ui.House) { h.Secret = []byte("short") }); err == nil {
		t.Error("a short secret is taken")
	}
	if _, _, err := open(t, func(h *ui.House) { h.TrustedProxies = []string{"the front"} }); !fault.Is(err, fault.Invalid) {
		t.Errorf("a proxy without an address: %v", err)
	}
}

func TestWhatAVisitorWritesIntoForwardedForIsNotBelieved(t *testing.T) {
	apps, _, err := open(t, func(h *ui.House) { h.TrustedProxies = []string{"0.0.0.0", "10.0.0.0/8"} })
	if err != nil {
		t.Fatal(err)
	}
	apps.Managers.Get("/test-ip", func(c *fiber.Ctx) error { return c.SendString(c.IP()) })
	for header, want := range map[string]string{"203.0.113.9": "203.0.113.9", "198.51.100.7, 203.0.113.9": "203.0.113.9", "198.51.100.7, 203.0.113.9, 10.1.2.3": "203.0.113.9"} {
		req := httptest.NewRequest(http.MethodGet, "/test-ip", nil)
		req.Header.Set("X-Forwarded-For", header)
		if _, got := ask(t, apps.Managers, req); got != want {
			t.Errorf("%q is taken for %s", header, got)
		}
	}
}
