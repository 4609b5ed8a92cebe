// Package patients is the public service: a person with a letter in one hand answers here, and sees that it was done.
package patients

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"sync"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// pages lie beside the handlers that draw them.
//
//go:embed *.html
var pages embed.FS

// Settings are what the pages say before anybody has proved who they are; what
// comes after a proof is told by the person's own campaign.
type Settings struct {
	Sender        string // who sends the letters, under the word-mark
	Programme     string // what is decided about: Shared Health Summary
	About         string // what that is, in a sentence or two, as the letter has it
	Helpline      string // a phone number as people read it
	HelplineHours string
	NoFirst       bool          // the answer no stands before yes; drawn by lot once for the programme, as on paper
	Note          string        // the small line of the footer
	Secure        bool          // reached by https: cookies are Secure and bound to the host
	Floor         time.Duration // how long every failed proof takes at least; 250 ms when zero
	Newcomers     int           // requests worked on at once above which those who have proved no code wait; 24 when zero
	Login         *Login        // by which people prove who they are before they see their own record; nil: they cannot here
	Log           *slog.Logger
}

// catalogues are the languages that came with the program.
var catalogues = sync.OnceValues(page.Catalogues)

// Site is what all pages of the public service have in common, for page.New.
func Site(s Settings, clock calendar.Clock) page.Site {
	tongues, _ := catalogues() // Routes tells what is wrong with them
	return page.Site{
		Door: page.Patients, Name: "Your choice", Sender: s.Sender, Secure: s.Secure, Clock: clock, Logger: s.Log, Note: s.Note, Tongues: tongues,
		Footer: footer(s),
		Furnish: func(c *fiber.Ctx, v *page.View) {
			in := speechOf(c)
			v.Tongue, v.Languages, v.HelpTitle = in.Catalogue, in.languages(c.Path()), in.Say("Other ways to tell us")
			if in.draft {
				v.Notice = in.Tell("<p>This translation is a draft. Where it is not clear, the English page counts.</p>")
			}
			if v.Help == nil {
				v.Help = help(in.Catalogue, s.Helpline, s.HelplineHours)
			}
		},
	}
}

func footer(s Settings) []page.Link {
	links := []page.Link{
		{Text: "Accessibility", Href: "/accessibility"}, {Text: "Privacy", Href: "/privacy"},
		{Text: "Cookies", Href: "/privacy#cookies"}, {Text: "Other languages and formats", Href: "/formats"},
	}
	if s.Login != nil {
		links = append(links, page.Link{Text: "See your own record", Href: "/record"})
	}
	return links
}

// help is the same block in the same place of every page.
func help(in *page.Catalogue, number, hours string) []page.Help {
	phone := template.HTML(template.HTMLEscapeString(in.Say(hours))) //nolint:gosec // G203: escaped here
	if digits := dialled(number); digits != "" {
		phone = template.HTML(fmt.Sprintf(`<a href="tel:%s" dir="ltr">%s</a>. %s`, digits, strings.ReplaceAll(template.HTMLEscapeString(number), " ", "&nbsp;"), phone)) //nolint:gosec // G203: escaped here
	}
	return []page.Help{
		{By: in.Say("Phone"), Text: phone},
		{By: in.Say("Post"), Text: in.Say("the form in your letter, no stamp needed")},
		{By: in.Say("Practice"), Text: in.Say("tell the doctor’s practice you are registered with")},
	}
}

// dialled is a phone number as a phone takes it.
func dialled(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
}

// Routes hangs the public service into an app that has Renderer.Guarded before
// it and Renderer.Failed as its error handler; the renderer was made from Site.
// The keys of cookies and forms are derived from secret, of 32 bytes or more:
// the same in every process of an installation.
func Routes(app *fiber.App, r *page.Renderer, desk *optout.Desk, secret []byte, clock calendar.Clock, s Settings) error {
	if len(secret) < 32 {
		return fmt.Errorf("the secret of the public service has %d bytes, it needs 32", len(secret))
	}
	if err := r.Add(pages); err != nil {
		return fmt.Errorf("add the patients' pages: %w", err)
	}
	if s.Floor == 0 {
		s.Floor = 250 * time.Millisecond
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	formKey, err := hkdf.Key(sha256.New, secret, nil, "patients forms v1", 32)
	if err != nil {
		return fmt.Errorf("derive the key of forms: %w", err)
	}
	seal, err := newSeal(secret, s.Secure, clock)
	if err != nil {
		return err
	}
	all, err := catalogues()
	if err != nil {
		return err
	}
	if s.Newcomers == 0 {
		s.Newcomers = 24
	}
	waiting, err := newQueue(secret, s.Secure, &room{newcomers: int64(s.Newcomers), all: 10 * int64(s.Newcomers)})
	if err != nil {
		return err
	}
	d := &door{page: r, desk: desk, clock: clock, settings: s, seal: seal, forms: r.NewCSRF(formKey, nil), queue: waiting}
	if s.Login != nil {
		d.portal = &portal{Login: s.Login}
	}
	app.Use((&tongues{all: all, desk: desk, clock: clock, log: s.Log, secure: s.Secure}).speak)

	get := func(path string, h fiber.Handler) { app.Get(path, d.admitted, d.timed, h) }
	post := func(path string, h fiber.Handler) { app.Post(path, d.admitted, d.timed, d.posted, d.forms.Guard, h) }

	app.Get("/wait", d.waited)
	get("/", d.start)
	get("/o", d.code) // the address printed beside the QR code, whose fragment holds the code
	get("/o.js", letterScript)
	post("/o", d.knock)
	get("/decision", d.known(d.decision))
	get("/question", d.known(d.question))
	post("/question", d.proved(d.choose))
	get("/behalf", d.known(d.behalf))
	post("/behalf", d.proved(d.speakFor))
	get("/reason", d.known(d.reason))
	post("/reason", d.proved(d.giveReason))
	get("/check", d.known(d.check))
	post("/check", d.proved(d.confirm))
	get("/done", d.proved(d.done))
	get("/receipt.txt", d.proved(d.receipt))
	get("/status", d.known(d.status))
	get("/letter", d.known(d.letter))
	get("/not-me", d.known(d.notMe))
	get("/ask", d.known(d.ask))
	post("/ask", d.proved(d.sendQuestion))
	get("/format", d.known(d.format))
	post("/format", d.proved(d.askFormat))
	get("/lost-code", d.lostCode)
	post("/lost-code", d.askCode)
	post("/finish", d.finish)
	d.recordRoutes(get, post)
	d.leaflets(get)
	return nil
}

// door is the public service with all it needs to answer a request.
type door struct {
	page     *page.Renderer
	desk     *optout.Desk
	clock    calendar.Clock
	settings Settings
	seal     seal
	forms    *page.CSRF
	queue    *queue
	portal   *portal // the identity service; nil where none is configured
}

// patience is how long a request may wait for the database.
const patience = 15 * time.Second

func (d *door) timed(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), patience)
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}

// posted lets nothing in by the address: a code or a date of birth there would
// stay in the history of the browser and in logs on the way.
func (d *door) posted(c *fiber.Ctx) error {
	if len(c.Request().URI().QueryString()) > 0 {
		return fiber.ErrBadRequest
	}
	return c.Next()
}

func (d *door) render(c *fiber.Ctx, name string, status int, v page.View) error {
	v.CSRF = d.forms.Token(c)
	return d.page.Render(c, name, status, v)
}

// renderKnown is render with the helpline of the person's own campaign.
func (d *door) renderKnown(c *fiber.Ctx, name string, status int, p optout.Position, v page.View) error {
	if p.Helpline != "" {
		v.Help = help(speechOf(c).Catalogue, p.Helpline, p.HelplineHours)
	}
	return d.render(c, name, status, v)
}

// refused is the status of a form shown again with what is wrong with it.
const refused = fiber.StatusUnprocessableEntity
