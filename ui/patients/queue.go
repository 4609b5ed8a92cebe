package patients

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// queue asks people to wait while there is no room, and keeps what they typed:
// in the form of the waiting page, and sealed in a cookie for the page that
// comes by itself, without a script, when it is their turn.
type queue struct {
	room   *room
	aead   cipher.AEAD
	cookie string
	secure bool
	drawn  drawn
}

func newQueue(secret []byte, secure bool, r *room) (*queue, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "patients queue v1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of the queue: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the cipher of the queue: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make the seal of the queue: %w", err)
	}
	return &queue{room: r, aead: aead, cookie: page.CookieName(secure, "patients-waiting"), secure: secure, drawn: drawn{secure: secure}}, nil
}

// typed is a form as it was sent.
type typed struct {
	Path   string     `json:"p"`
	Values url.Values `json:"v"`
}

// longestTyped is how much of a form goes along in a cookie, which browsers
// keep up to 4096 bytes; the waiting page itself keeps all of it.
const longestTyped = 2500

// admitted lets a request in where there is room. One that loses the database
// on its way gives the person what they typed back.
func (d *door) admitted(c *fiber.Ctx) error {
	_, known, _ := d.seal.open(c)
	p := d.queue.room.enter(known)
	if p == nil {
		return d.askToWait(c)
	}
	defer p.leave()
	c.Locals(placeKey{}, p)
	err := c.Next()
	if c.Method() == fiber.MethodPost {
		if page.LostDatabase(err) {
			return d.sendAgain(c, err)
		}
		d.queue.forget(c)
	}
	return err
}

type queuePage struct {
	Sentences []string
	Form      *typed
	Send      page.Button
}

// askToWait says that many are here, and when the page comes back by itself.
func (d *door) askToWait(c *fiber.Ctx) error {
	wait, in := d.queue.room.wait(), speechOf(c)
	body, again := queuePage{Sentences: []string{busy(in, wait)}}, ""
	if c.Method() == fiber.MethodPost {
		form := formOf(c)
		body.Form, body.Send = &form, page.Button{Text: in.Say("Try again now")}
		body.Sentences = append(body.Sentences, in.Say("What you typed is kept. It has not been sent yet."))
		if again = "/wait"; !d.queue.keep(c, form) {
			again, body.Sentences = "", []string{
				in.Say("Many people are using this service at the moment. What you typed is kept on this page, and has not been sent yet. Please try again in {about}.", "about", about(in, wait))}
		}
	} else {
		again = c.Path()
	}
	seconds := strconv.Itoa(int(wait.Seconds()))
	c.Set(fiber.HeaderRetryAfter, seconds)
	if again != "" {
		// As a header: it works without a script, and a reload by hand does no harm.
		c.Set("Refresh", seconds+"; url="+again)
	}
	if body.Form == nil {
		return d.queue.drawn.send(c, seconds, func() error { return d.renderWaiting(c, body) })
	}
	return d.renderWaiting(c, body)
}

func (d *door) renderWaiting(c *fiber.Ctx, body queuePage) error {
	return d.page.Render(c, "queue.html", fiber.StatusServiceUnavailable, page.View{Title: speechOf(c).Say("Please wait a moment"), Body: body})
}

// waited is the page that comes by itself: the form once more, when there is room.
func (d *door) waited(c *fiber.Ctx) error {
	form, ok := d.queue.read(c)
	if !ok {
		return page.SeeOther(c, "/o")
	}
	in := speechOf(c)
	_, known, _ := d.seal.open(c)
	p := d.queue.room.enter(known)
	if p != nil {
		defer p.leave()
		return d.page.Render(c, "queue.html", fiber.StatusOK, page.View{Title: in.Say("It is your turn"), Body: queuePage{
			Sentences: []string{in.Say("Thank you for waiting. What you typed is kept. It has not been sent yet.")}, Form: &form, Send: page.Button{Text: in.Say("Continue")}}})
	}
	wait := d.queue.room.wait()
	seconds := strconv.Itoa(int(wait.Seconds()))
	c.Set(fiber.HeaderRetryAfter, seconds)
	c.Set("Refresh", seconds+"; url=/wait")
	return d.renderWaiting(c, queuePage{Form: &form, Send: page.Button{Text: in.Say("Try again now")}, Sentences: []string{
		busy(in, wait), in.Say("What you typed is kept. It has not been sent yet.")}})
}

// sendAgain says the truth about a form that met a lost database, and gives it
// back: an answer that is sent twice counts once.
func (d *door) sendAgain(c *fiber.Ctx, lost error) error {
	if err := d.page.Failed(c, lost); err != nil { // which writes it down, and sets the status
		return err
	}
	form, in := formOf(c), speechOf(c)
	body := queuePage{Form: &form, Send: page.Button{Text: in.Say("Send it again")}, Sentences: []string{
		in.Say("Our database does not answer at the moment. Nothing was saved."),
		in.Say("What you typed is kept on this page. Wait a minute, then send it again, or tell us in one of the ways below: they are as good.")}}
	if page.BrokenOff(lost) {
		body.Sentences[0] = in.Say("Our database stopped answering while it worked on what you sent. It is not certain that it was saved.")
		body.Sentences[1] = in.Say("What you typed is kept on this page. Wait a minute, then send it again: an answer that arrives twice counts once. Or tell us in one of the ways below: they are as good.")
	}
	return d.page.Render(c, "queue.html", fiber.StatusServiceUnavailable, page.View{Title: in.Say("We cannot answer just now"), Body: body})
}

// formOf is what was sent, as it was sent.
func formOf(c *fiber.Ctx) typed {
	form := typed{Path: c.Path(), Values: url.Values{}}
	c.Request().PostArgs().VisitAll(func(name, value []byte) {
		if len(form.Values) < 50 {
			form.Values.Add(short(string(name), 100), short(string(value), 10_000))
		}
	})
	return form
}

// keep seals a form in a cookie; false where it is too long for one.
func (q *queue) keep(c *fiber.Ctx, form typed) bool {
	plain, err := json.Marshal(form)
	if err != nil || len(plain) > longestTyped {
		return false
	}
	sealed := q.aead.Seal(nil, nil, plain, []byte(q.cookie)) //nolint:gosec // G407: this cipher draws a nonce of its own each time
	c.Cookie(&fiber.Cookie{Name: q.cookie, Value: base64.RawURLEncoding.EncodeToString(sealed), Path: "/", MaxAge: int(visitIdle.Seconds()),
		HTTPOnly: true, Secure: q.secure, SameSite: fiber.CookieSameSiteStrictMode})
	return true
}

func (q *queue) read(c *fiber.Ctx) (form typed, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(c.Cookies(q.cookie))
	if err != nil || len(sealed) == 0 {
		return form, false
	}
	plain, err := q.aead.Open(nil, nil, sealed, []byte(q.cookie))
	return form, err == nil && json.Unmarshal(plain, &form) == nil
}

// forget drops what was kept: it has been sent.
func (q *queue) forget(c *fiber.Ctx) {
	if c.Cookies(q.cookie) != "" {
		c.Cookie(&fiber.Cookie{Name: q.cookie, Path: "/", Expires: time.Unix(1, 0), HTTPOnly: true, Secure: q.secure, SameSite: fiber.CookieSameSiteStrictMode})
	}
}

// busy says that many are here, and that the page tries again by itself.
func busy(in speech, wait time.Duration) string {
	return in.Say("Many people are using this service at the moment. This page tries again by itself in {about}. Please leave it open.", "about", about(in, wait))
}

func about(in speech, wait time.Duration) string {
	switch {
	case wait <= 10*time.Second:
		return in.Say("about ten seconds")
	case wait <= 30*time.Second:
		return in.Say("about half a minute")
	case wait <= time.Minute:
		return in.Say("about a minute")
	}
	return in.Say("about two minutes")
}
