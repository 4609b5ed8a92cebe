package page_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"duenotice/campaigns/fault"
	"duenotice/ui/page"
	"duenotice/ui/static/statictest"

	"github.com/gofiber/fiber/v2"
)

// sqlError speaks as the database's driver does.
type sqlError string

func (e sqlError) Error() string    { return "SQLSTATE " + string(e) }
func (e sqlError) SQLState() string { return string(e) }

// failing is a door whose every page fails with err; what it logs is kept.
func failing(t *testing.T, door page.Door, err func() error) (*fiber.App, *bytes.Buffer) {
	t.Helper()
	var logged bytes.Buffer
	s := site(door)
	s.Logger = slog.New(slog.NewJSONHandler(&logged, nil))
	return app(t, s, func(a *fiber.App, r *page.Renderer) { a.All("/people/:id", func(*fiber.Ctx) error { return err() }) }), &logged
}

func TestAFaultIsShownAsItsSentenceAndNotLogged(t *testing.T) {
	for kind, status := range map[fault.Kind]int{fault.Invalid: 422, fault.NotFound: 404, fault.Conflict: 409, fault.Refused: 409, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.TooMany: 429, fault.Unavailable: 503} {
		a, logged := failing(t, page.Managers, func() error { return fmt.Errorf("approve: %w", fault.New(kind, "The author cannot sign.")) })
		res, body := get(t, a, "/people/7")
		if res.StatusCode != status || !strings.Contains(body, "The author cannot sign.") || strings.Contains(body, "approve:") || logged.Len() > 0 {
			t.Errorf("%s: %d, logged %q\n%s", kind, res.StatusCode, logged, body)
		}
	}
}

func TestAnyOtherErrorIsLoggedOnceAndShownAsAReferenceOnly(t *testing.T) {
	a, logged := failing(t, page.Managers, func() error { return errors.New("read cohort: secret words") })
	res, body := get(t, a, "/people/9991234567")
	reference := res.Header.Get("X-Request-ID")
	if res.StatusCode != 500 || strings.Contains(body, "secret") || !strings.Contains(body, reference) || reference == "" {
		t.Errorf("%d %s\n%s", res.StatusCode, reference, body)
	}
	line := logged.String()
	if strings.Count(line, "\n") != 1 || !strings.Contains(line, reference) || !strings.Contains(line, "/people/:id") || strings.Contains(line, "9991234567") {
		t.Errorf("logged %q", line)
	}
}

func TestAPanicIsAnErrorThatDoesNotSayWhatItHeld(t *testing.T) {
	a, logged := failing(t, page.Managers, func() error { panic("Odette Farringham") })
	if res, body := get(t, a, "/people/7"); res.StatusCode != 500 || strings.Contains(body+logged.String(), "Odette") {
		t.Errorf("%d %s", res.StatusCode, logged)
	}
}

func TestALostDatabaseIsHonestAboutWhatWasSaved(t *testing.T) {
	dial := fmt.Errorf("begin: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED})
	broken := fmt.Errorf("commit: %w", io.ErrUnexpectedEOF)
	for _, one := range []struct {
		err          error
		method, says string
	}{
		{dial, "POST", "Nothing was saved"},
		{sqlError("57P01"), "POST", "Nothing was saved"},
		{broken, "POST", "not certain that it was saved"},
		{broken, "GET", "Try again in a minute"},
	} {
		a, _ := failing(t, page.Patients, func() error { return one.err })
		res, body := ask(t, a, httptest.NewRequest(one.method, "/people/7", nil))
		if res.StatusCode != 503 || !strings.Contains(body, one.says) || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s %v: %d\n%s", one.method, one.err, res.StatusCode, body)
		}
	}
	a, _ := failing(t, page.Patients, func() error { return sqlError("23505") })
	if res, _ := get(t, a, "/people/7"); res.StatusCode != 500 {
		t.Errorf("a violated constraint is no lost database: %d", res.StatusCode)
	}
}

func TestAProgramIsToldInProblemDetails(t *testing.T) {
	a, _ := failing(t, page.Vendors, func() error { return fault.In("posted_on", fault.Invalid, "It lies after today.") })
	req := httptest.NewRequest(http.MethodGet, "/people/7", nil)
	req.Header.Set("Accept", "application/json")
	res, body := ask(t, a, req)
	if res.Header.Get("Content-Type") != "application/problem+json" || body != `{"detail":"It lies after today.","field":"posted_on","status":422,"title":"There is a problem","type":"about:blank"}` {
		t.Errorf("%s %s", res.Header.Get("Content-Type"), body)
	}
}

func TestEveryAnswerCarriesTheDoorsHeaders(t *testing.T) {
	for door, referrer := range map[page.Door]string{page.Managers: "same-origin", page.Patients: "no-referrer"} {
		s := site(door)
		s.Secure = true
		a := app(t, s, func(a *fiber.App, r *page.Renderer) {
			a.Get("/", func(c *fiber.Ctx) error { return r.Render(c, "plain.html", 200, page.View{Title: "x", Body: "y"}) })
		})
		for _, path := range []string{"/", "/nothing-here", "/assets/old/app.css"} {
			res, _ := get(t, a, path)
			for name, want := range map[string]string{"Referrer-Policy": referrer, "X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "Strict-Transport-Security": "max-age=31536000; includeSubDomains"} {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s %s: %s is %q", door, path, name, got)
				}
			}
			if !strings.HasPrefix(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%s %s: no policy", door, path)
			}
		}
	}
}

func TestABodyThatIsTooLargeIsAnsweredWithAPage(t *testing.T) {
	a, _ := failing(t, page.Managers, func() error { return nil })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = a.Listener(listener) }()
	t.Cleanup(func() { _ = a.Shutdown() })
	res, err := http.Post("http://"+listener.Addr().String()+"/people/7", "text/plain", strings.NewReader(strings.Repeat("x", 5000)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != 413 || !strings.Contains(string(body), "This file is too large") || res.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("%d\n%s", res.StatusCode, body)
	}
}

func TestAssetsAreKeptForAYearAndCompressed(t *testing.T) {
	a := app(t, site(page.Managers), func(*fiber.App, *page.Renderer) {})
	req := httptest.NewRequest(http.MethodGet, statictest.Load(t).URL("app.css"), nil)
	req.Header.Set("Accept-Encoding", "gzip, br")
	res, _ := ask(t, a, req)
	if res.StatusCode != 200 || res.Header.Get("Content-Encoding") != "br" || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
}
