package page_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// guarded is a door with one form; its session is what the header says.
func guarded(t *testing.T, door page.Door) *fiber.App {
	return app(t, site(door), func(a *fiber.App, r *page.Renderer) {
		g := r.NewCSRF([]byte("a key of the server"), func(c *fiber.Ctx) string { return c.Get("Test-Session") })
		a.Use(g.Guard)
		a.Get("/form", func(c *fiber.Ctx) error { return c.SendString(g.Token(c)) })
		a.Post("/form", func(c *fiber.Ctx) error { return page.SeeOther(c, "/done") })
	})
}

func post(t *testing.T, a *fiber.App, token, session string, cookies []*http.Cookie, headers map[string]string) int {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, "http://managers.test/form", strings.NewReader(url.Values{"_csrf": {token}}.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Test-Session", session)
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	for _, c := range cookies {
		req.AddCookie(c)
	}
	res, _ := ask(t, a, req)
	return res.StatusCode
}

func TestAFormIsTakenFromItsOwnSessionOnly(t *testing.T) {
	a := guarded(t, page.Managers)
	req := httptest.NewRequest(http.MethodGet, "/form", nil)
	req.Header.Set("Test-Session", "one")
	_, token := ask(t, a, req)
	for name, c := range map[string]struct {
		token, session string
		headers        map[string]string
		want           int
	}{
		"own form":                     {token, "one", map[string]string{"Sec-Fetch-Site": "same-origin"}, 303},
		"own form, old browser":        {token, "one", map[string]string{"Origin": "http://managers.test"}, 303},
		"own form, origin hidden":      {token, "one", map[string]string{"Origin": "null"}, 303},
		"token of another session":     {token, "two", map[string]string{"Sec-Fetch-Site": "same-origin"}, 403},
		"no token":                     {"", "one", map[string]string{"Sec-Fetch-Site": "same-origin"}, 403},
		"a changed token":              {token[1:] + token[:1], "one", nil, 403},
		"token, but from another site": {token, "one", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"token, but a sibling host":    {token, "one", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"token, but another origin":    {token, "one", map[string]string{"Origin": "http://evil.test"}, 403},
	} {
		if got := post(t, a, c.token, c.session, nil, c.headers); got != c.want {
			t.Errorf("%s: %d, not %d", name, got, c.want)
		}
	}
}

func TestAFormBeforeSignInIsBoundToItsCookie(t *testing.T) {
	a := guarded(t, page.Patients)
	res, token := get(t, a, "/form")
	cookies := res.Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly {
		t.Fatalf("cookies %v", cookies)
	}
	if got := post(t, a, token, "", cookies, nil); got != 303 {
		t.Errorf("own form: %d", got)
	}
	if got := post(t, a, token, "", nil, nil); got != 403 {
		t.Errorf("without the cookie: %d", got)
	}
}

func TestWhatWasSaidIsShownOnce(t *testing.T) {
	a := app(t, site(page.Managers), func(a *fiber.App, r *page.Renderer) {
		a.Post("/", func(c *fiber.Ctx) error { r.Say(c, "Wave 3 is approved."); return page.SeeOther(c, "/") })
		a.Get("/", func(c *fiber.Ctx) error { return r.Render(c, "plain.html", 200, page.View{Title: "x", Body: "y"}) })
	})
	res, _ := ask(t, a, httptest.NewRequest(http.MethodPost, "/", nil))
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range res.Cookies() {
		req.AddCookie(c)
	}
	again, body := ask(t, a, req)
	if !strings.Contains(body, "Wave 3 is approved.") || len(again.Cookies()) != 1 || again.Cookies()[0].Value != "" {
		t.Errorf("%v\n%s", again.Cookies(), body)
	}
}
