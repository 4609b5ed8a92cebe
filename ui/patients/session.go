package patients

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// A visit ends 30 minutes after the last page (WCAG 2.2.1 asks for 20 at
// least), and two hours after the proof whatever happens.
const (
	visitIdle = 30 * time.Minute
	visitLife = 2 * time.Hour
)

// visit is what the browser of somebody who proved code and date of birth
// carries, sealed: ids and the answer being given, nothing that names anybody.
type visit struct {
	Caller   optout.Caller   `json:"c"`
	ProvedAt int64           `json:"p"`
	SeenAt   int64           `json:"s"`
	Draft    *draft          `json:"d,omitempty"`
	GivenBy  string          `json:"b,omitempty"` // a key of capacities; "" for oneself
	Receipt  *optout.Receipt `json:"r,omitempty"`
	Stood    *stood          `json:"w,omitempty"` // where they stood a moment ago
}

// most is how many bytes of what was typed go along in a cookie: browsers take
// 4096 for all of it.
const most = 2000

// draft is an answer that was chosen and not yet confirmed. Its token makes a
// repeated confirmation the same answer.
type draft struct {
	Says   string `json:"s"`
	Token  string `json:"t"`
	Reason string `json:"y,omitempty"`
}

// seal keeps visits in a cookie that nobody can read or make.
type seal struct {
	aead   cipher.AEAD
	clock  calendar.Clock
	cookie string
	secure bool
}

func newSeal(secret []byte, secure bool, clock calendar.Clock) (seal, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "patients visits v1", 32)
	if err != nil {
		return seal{}, fmt.Errorf("derive the key of visits: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return seal{}, fmt.Errorf("make the cipher of visits: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return seal{}, fmt.Errorf("make the seal of visits: %w", err)
	}
	return seal{aead: aead, clock: clock, cookie: page.CookieName(secure, "patients-visit"), secure: secure}, nil
}

// open reads the visit of a request. One that is forged, too old or from a
// moment still to come is none; ended tells that there was one once.
func (s seal) open(c *fiber.Ctx) (v visit, ok, ended bool) {
	if !s.read(c, s.cookie, &v) {
		return visit{}, false, false
	}
	now := s.clock()
	idle, life := now.Sub(time.Unix(v.SeenAt, 0)), now.Sub(time.Unix(v.ProvedAt, 0))
	if idle > visitIdle || life > visitLife || idle < -time.Minute {
		return v, false, true
	}
	return v, true, false
}

// read opens a sealed cookie; false where it is none of ours.
func (s seal) read(c *fiber.Ctx, cookie string, into any) bool {
	sealed, err := base64.RawURLEncoding.DecodeString(c.Cookies(cookie))
	if err != nil || len(sealed) == 0 {
		return false
	}
	plain, err := s.aead.Open(nil, nil, sealed, []byte(cookie))
	return err == nil && json.Unmarshal(plain, into) == nil
}

// write seals a value into a cookie.
func (s seal) write(c *fiber.Ctx, cookie string, value any) error {
	sealed, err := s.close(cookie, value)
	if err != nil {
		return err
	}
	c.Cookie(s.made(cookie, sealed))
	return nil
}

// close seals a value for the cookie of a name, and for no other.
func (s seal) close(cookie string, value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", cookie, err)
	}
	sealed := s.aead.Seal(nil, nil, plain, []byte(cookie)) //nolint:gosec // G407: this cipher draws a nonce of its own each time
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// keep writes the visit into the answer's cookie, seen now.
func (s seal) keep(c *fiber.Ctx, v visit) error {
	v.SeenAt = s.clock().Unix()
	return s.write(c, s.cookie, v)
}

// made is the cookie with a value: it dies with the browser and never leaves
// for another site.
func (s seal) made(name, value string) *fiber.Cookie {
	return &fiber.Cookie{Name: name, Value: value, Path: "/", HTTPOnly: true, Secure: s.secure, SameSite: fiber.CookieSameSiteStrictMode, SessionOnly: true}
}

// drop forgets a cookie.
func (s seal) drop(c *fiber.Ctx, cookie string) {
	gone := s.made(cookie, "")
	gone.SessionOnly, gone.Expires = false, time.Unix(1, 0)
	c.Cookie(gone)
}

// at is one request of somebody who is known.
type at struct {
	visit   visit
	arrived time.Time // when the request came, whatever it waited for since
	outlook outlook   // where they stand now; empty where it was not looked up
}

// proved lets in who has proved code and date of birth; everybody else is led
// to the code.
func (d *door) proved(h func(*fiber.Ctx, at) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		arrived := d.clock()
		v, ok, ended := d.seal.open(c)
		if !ok {
			if ended || c.Method() == fiber.MethodPost {
				d.seal.drop(c, d.seal.cookie)
				if err := d.away(c, v, ended); err != nil {
					return err
				}
			}
			return page.SeeOther(c, "/o")
		}
		if err := d.seal.keep(c, v); err != nil {
			return err
		}
		return h(c, at{visit: v, arrived: arrived})
	}
}

// known is proved, with where the person stands now.
func (d *door) known(h func(*fiber.Ctx, at) error) fiber.Handler {
	return d.proved(func(c *fiber.Ctx, a at) error {
		p, err := d.position(c, &a)
		if err != nil {
			return err
		}
		a.outlook = outlook{Position: p, Today: calendar.DateOf(a.arrived), in: speechOf(c).Catalogue}
		return h(c, a)
	})
}

// finish ends the visit and has the browser forget what it kept of it.
func (d *door) finish(c *fiber.Ctx) error {
	d.seal.drop(c, d.seal.cookie)
	d.seal.drop(c, d.seal.kept())
	c.Set("Clear-Site-Data", `"cache", "cookies", "storage"`)
	if in := speechOf(c); in.Catalogue != nil {
		return page.SeeOther(c, "/finished?lang="+in.Code) // the browser forgets the language, too
	}
	return page.SeeOther(c, "/finished")
}
