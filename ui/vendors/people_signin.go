package vendors

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/ui/page"
)

type signInPage struct {
	Email    page.Input
	Password page.Password
	Next     string
}

func (p *People) showSignIn(c *fiber.Ctx, status int, email, next string, wrong page.Problems) error {
	body := signInPage{
		Email:    page.Input{Field: page.Field{Name: "email", Label: "E-mail address", Error: wrong.For("email")}, Value: email, Type: "email", Autocomplete: "username", Spellcheck: "false", Width: "20"},
		Password: page.Password{Field: page.Field{Name: "password", Label: "Password"}},
		Next:     next,
	}
	return p.page.Render(c, "signin.html", status, page.View{Title: "Sign in", Problem: wrong, Body: body})
}

func (p *People) signInForm(c *fiber.Ctx) error {
	return p.showSignIn(c, fiber.StatusOK, "", local(c.Query("next")), nil)
}

// signIn opens a session. Every failure looks the same.
func (p *People) signIn(c *fiber.Ctx) error {
	next := local(c.FormValue("next"))
	token, err := p.Mailroom.SignInPerson(c.UserContext(), c.FormValue("email"), c.FormValue("password"), addressOf(c))
	if f := fault.Of(err); f != nil && (f.Kind == fault.Unauthenticated || f.Kind == fault.TooMany) {
		status := fiber.StatusUnprocessableEntity
		if f.Kind == fault.TooMany {
			status = fiber.StatusTooManyRequests
		}
		return p.showSignIn(c, status, c.FormValue("email"), next, page.Problems{{Field: "email", Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	if old := p.sessionToken(c); old != "" { // whoever signs in anew leaves no session behind
		if err := p.Mailroom.SignOutPerson(c.UserContext(), old); err != nil {
			return err
		}
	}
	c.Cookie(&fiber.Cookie{Name: p.cookie(), Value: token, Path: "/", HTTPOnly: true, Secure: p.Secure, SameSite: fiber.CookieSameSiteLaxMode, SessionOnly: true})
	if next == "" {
		next = "/batches"
	}
	return page.SeeOther(c, next)
}

func (p *People) signOut(c *fiber.Ctx) error {
	if token := p.sessionToken(c); token != "" {
		if err := p.Mailroom.SignOutPerson(c.UserContext(), token); err != nil {
			return err
		}
	}
	c.Cookie(&fiber.Cookie{Name: p.cookie(), Path: "/", Expires: time.Unix(1, 0), HTTPOnly: true, Secure: p.Secure, SameSite: fiber.CookieSameSiteLaxMode})
	c.Set("Clear-Site-Data", `"cache", "storage"`)
	return p.done(c, "/sign-in", "You are signed out.")
}

type joinPage struct {
	Code     page.Input
	Password page.Password
}

func (p *People) showJoin(c *fiber.Ctx, code string, wrong page.Problems) error {
	return p.show(c, "join.html", page.View{Title: "Choose a password", Problem: wrong, Body: joinPage{
		Code: page.Input{Field: page.Field{Name: "code", Label: "Code of the invitation", Hint: "Begins with dnj_. If you came by the link, it is here already.", Error: wrong.For("code")},
			Value: code, Autocomplete: "off", Spellcheck: "false", Width: "30"},
		Password: page.Password{Field: page.Field{Name: "password", Label: "A new password", Hint: "At least 12 characters. Three words that have nothing to do with each other are good.", Error: wrong.For("password")}, Autocomplete: "new-password"},
	}})
}

func (p *People) joinForm(c *fiber.Ctx) error { return p.showJoin(c, "", nil) }

func (p *People) join(c *fiber.Ctx) error {
	code := strings.TrimSpace(c.FormValue("code"))
	var wrong page.Problems
	if err := wrong.Take(p.Mailroom.Join(c.UserContext(), code, c.FormValue("password"))); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return p.showJoin(c, code, wrong)
	}
	return p.done(c, "/sign-in", "Your password is kept. Sign in with it now.")
}
