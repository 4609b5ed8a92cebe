package page

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"duenotice/ui/static"

	"github.com/gofiber/fiber/v2"
)

// frameScriptHash allows the one inline script of the frame, which must run
// before anything is drawn; a test compares it with the frame.
const frameScriptHash = "sha256-tDOvXJi1PXbg0CWjLCCYSNHRXtps26K4JXkE3M6u/c0="

const policy = "default-src 'none'; style-src 'self'; script-src 'self' '" + frameScriptHash + "'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// Guarded is the first handler of every app: it gives the request its
// reference, sets the door's headers on whatever is answered, and turns a
// panic into an error.
func (r *Renderer) Guarded(c *fiber.Ctx) (err error) {
	Reference(c)
	r.headers(c)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %s\n%s", harmless(p), debug.Stack())
		}
	}()
	return c.Next()
}

// harmless says of a panic what cannot hold personal data.
func harmless(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("%T", p)
}

func (r *Renderer) headers(c *fiber.Ctx) {
	set := func(name, value string) {
		if len(c.Response().Header.Peek(name)) == 0 {
			c.Set(name, value)
		}
	}
	set("Content-Security-Policy", policy)
	set("X-Content-Type-Options", "nosniff")
	set("X-Frame-Options", "DENY")
	set("Cross-Origin-Opener-Policy", "same-origin")
	set("Cross-Origin-Resource-Policy", "same-origin")
	set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	set("Cache-Control", "no-store")
	referrer := "same-origin"
	if r.site.Door == Patients {
		referrer = "no-referrer"
	}
	set("Referrer-Policy", referrer)
	if r.site.Secure {
		set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	set("X-Request-ID", Reference(c))
}

// Reference names this request in logs and on error pages: eight symbols that
// can be read out on the phone. A caller's own X-Request-ID is echoed, but
// never used as a reference.
func Reference(c *fiber.Ctx) string {
	if known, ok := c.Locals(referenceKey{}).(string); ok {
		return known
	}
	const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails: it ends the program instead
	for i, b := range raw {
		raw[i] = symbols[b%32]
	}
	reference := string(raw[:4]) + "-" + string(raw[4:])
	c.Locals(referenceKey{}, reference)
	echo := reference
	if id := c.Get("X-Request-ID"); plainID(id) {
		echo = strings.Clone(id)
	}
	c.Set("X-Request-ID", echo)
	return reference
}

type referenceKey struct{}

func plainID(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.") == ""
}

// Assets answers for the style sheets, scripts and images.
func (r *Renderer) Assets(c *fiber.Ctx) error {
	f, ok := r.assets.Find(c.Path())
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set(fiber.HeaderCacheControl, static.CacheControl)
	c.Set(fiber.HeaderContentType, f.ContentType)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	body := f.Body
	switch accepted := c.Get(fiber.HeaderAcceptEncoding); {
	case f.Brotli != nil && strings.Contains(accepted, "br"):
		c.Set(fiber.HeaderContentEncoding, "br")
		body = f.Brotli
	case f.Gzip != nil && strings.Contains(accepted, "gzip"):
		c.Set(fiber.HeaderContentEncoding, "gzip")
		body = f.Gzip
	}
	return c.Send(body)
}

// SeeOther ends a POST: the browser asks for the page at href.
func SeeOther(c *fiber.Ctx, href string) error { return c.Redirect(href, fiber.StatusSeeOther) }

const sayCookie = "said"

// Say keeps one sentence for the next page, which shows it once in a green
// banner: what was done, with its number, and nothing personal.
func (r *Renderer) Say(c *fiber.Ctx, sentence string) {
	c.Cookie(&fiber.Cookie{Name: r.cookie(sayCookie), Value: base64.RawURLEncoding.EncodeToString([]byte(sentence)), Path: "/",
		MaxAge: 60, HTTPOnly: true, Secure: r.site.Secure, SameSite: fiber.CookieSameSiteStrictMode})
}

func (r *Renderer) said(c *fiber.Ctx) string {
	value := c.Cookies(r.cookie(sayCookie))
	if value == "" {
		return ""
	}
	c.Cookie(&fiber.Cookie{Name: r.cookie(sayCookie), Path: "/", Expires: time.Unix(1, 0), HTTPOnly: true, Secure: r.site.Secure, SameSite: fiber.CookieSameSiteStrictMode})
	sentence, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil || len(sentence) > 500 {
		return ""
	}
	return string(sentence)
}

// cookie gives a cookie of this door its name; where https is used the
// browser itself then refuses one that another host or plain http has set.
func (r *Renderer) cookie(name string) string {
	return CookieName(r.site.Secure, string(r.site.Door)+"-"+name)
}

// CookieName adds the __Host- prefix where the door is reached by https.
func CookieName(secure bool, name string) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

// sameHost tells whether an Origin header names the host that was asked.
func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, host)
}
