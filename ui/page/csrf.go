package page

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"duenotice/campaigns/fault"

	"github.com/gofiber/fiber/v2"
)

// CSRF sees to it that what changes something was sent from our own pages:
// by where the browser says the request comes from, and by a token in the
// form that belongs to the session. Either alone would do; both must hold.
type CSRF struct {
	key     []byte
	cookie  string
	secure  bool
	session func(*fiber.Ctx) string
	streams []string // addresses whose handlers read the form themselves
}

// Streams says that the form posted to an address is too large to be read
// before it is looked at: Guard asks only where it comes from, and the handler
// asks Check with the token it finds, before it takes anything that follows.
func (g *CSRF) Streams(path string) { g.streams = append(g.streams, path) }

// Check refuses a form whose token is not of this session. It is for handlers
// of addresses named by Streams; everywhere else Guard has asked.
func (g *CSRF) Check(c *fiber.Ctx, token string) error {
	if bound := g.bound(c); bound == "" || !g.holds(token, bound) {
		return errForged
	}
	return nil
}

// NewCSRF binds tokens to whatever session returns for a request. Where that
// is "" (or session is nil) they are bound to a random cookie of its own, so
// that forms before sign-in are covered too. The key stays in the server.
func (r *Renderer) NewCSRF(key []byte, session func(*fiber.Ctx) string) *CSRF {
	return &CSRF{key: key, cookie: r.cookie("form"), secure: r.site.Secure, session: session}
}

var errForged = fault.New(fault.Forbidden, "This form was not sent from our page, or the page was too old. Nothing was changed. Load the page again and send it once more.")

// Guard refuses unsafe requests that do not come from our own pages.
func (g *CSRF) Guard(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	if !fromOurPages(c) {
		return errForged
	}
	if slices.Contains(g.streams, c.Path()) && strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		return c.Next()
	}
	token := c.Get("X-CSRF-Token")
	if token == "" {
		token = c.FormValue("_csrf")
	}
	if err := g.Check(c, token); err != nil {
		return err
	}
	return c.Next()
}

// fromOurPages asks the browser's own word first. Under a no-referrer policy
// browsers send "Origin: null" even for our own forms, so null says nothing.
func fromOurPages(c *fiber.Ctx) bool {
	if site := c.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	if origin := c.Get(fiber.HeaderOrigin); origin != "" && origin != "null" {
		return sameHost(origin, string(c.Request().Host()))
	}
	return true
}

// Token is the value for View.CSRF. No two are alike, so that a compressed
// page gives nothing away; each is good as long as its session.
func (g *CSRF) Token(c *fiber.Ctx) string {
	bound := g.bound(c)
	if bound == "" {
		var raw [18]byte
		_, _ = rand.Read(raw[:])
		bound = base64.RawURLEncoding.EncodeToString(raw[:])
		c.Cookie(&fiber.Cookie{Name: g.cookie, Value: bound, Path: "/", HTTPOnly: true, Secure: g.secure, SameSite: fiber.CookieSameSiteLaxMode, SessionOnly: true})
		c.Locals(formKey{}, bound)
	}
	var salt [12]byte
	_, _ = rand.Read(salt[:])
	return base64.RawURLEncoding.EncodeToString(append(salt[:], g.mac(salt[:], bound)...))
}

type formKey struct{}

func (g *CSRF) bound(c *fiber.Ctx) string {
	if g.session != nil {
		if id := g.session(c); id != "" {
			return "session:" + id
		}
	}
	if fresh, ok := c.Locals(formKey{}).(string); ok {
		return fresh
	}
	return strings.Clone(c.Cookies(g.cookie))
}

func (g *CSRF) holds(token, bound string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	return err == nil && len(raw) == 12+sha256.Size && hmac.Equal(raw[12:], g.mac(raw[:12], bound))
}

func (g *CSRF) mac(salt []byte, bound string) []byte {
	m := hmac.New(sha256.New, g.key)
	m.Write(salt)
	m.Write([]byte("csrf\x00" + bound))
	return m.Sum(nil)
}
