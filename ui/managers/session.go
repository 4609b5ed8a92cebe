package managers

import (
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type viewerKey struct{}

// viewerOf is who is signed in on this request.
func viewerOf(c *fiber.Ctx) (campaigns.Viewer, bool) {
	by, ok := c.Locals(viewerKey{}).(campaigns.Viewer)
	return by, ok
}

func (h *Hall) cookie() string { return page.CookieName(h.Secure, "managers-session") }

func (h *Hall) sessionToken(c *fiber.Ctx) string { return strings.Clone(c.Cookies(h.cookie())) }

// known asks the database who holds the session. Nobody is let through
// without: a page leads to the sign-in, a form is refused.
func (h *Hall) known(c *fiber.Ctx) error {
	token := h.sessionToken(c)
	var by campaigns.Viewer
	err := error(fault.New(fault.Unauthenticated, "Sign in to go on."))
	if token != "" {
		by, err = h.Register.Session(c.UserContext(), token)
	}
	if fault.Is(err, fault.Unauthenticated) && c.Method() == fiber.MethodGet {
		next := ""
		if c.Path() != "/" {
			next = "?next=" + c.Path()
		}
		return page.SeeOther(c, "/sign-in"+next)
	}
	if err != nil {
		return err
	}
	c.Locals(viewerKey{}, by)
	return nil
}

type signInPage struct {
	Email    page.Input
	Password page.Password
	Next     string
}

func newSignIn(email, next string, wrong page.Problems) signInPage {
	return signInPage{
		Email:    page.Input{Field: page.Field{Name: "email", Label: "E-mail address", Error: wrong.For("email")}, Value: email, Type: "email", Autocomplete: "username", Spellcheck: "false", Width: "20"},
		Password: page.Password{Field: page.Field{Name: "password", Label: "Password"}},
		Next:     next,
	}
}

// local keeps an address only if it leads to a page of ours.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n:") {
		return ""
	}
	return next
}

func (h *Hall) signInForm(c *fiber.Ctx) error {
	return h.show(c, "signin.html", page.View{Title: "Sign in", Body: newSignIn("", local(c.Query("next")), nil)})
}

// signIn opens a session, or leads to the second factor. Every failure looks the same.
func (h *Hall) signIn(c *fiber.Ctx) error {
	ctx, next := c.UserContext(), local(c.FormValue("next"))
	token, err := h.Register.SignIn(ctx, c.FormValue("email"), c.FormValue("password"), c.Get(fiber.HeaderUserAgent))
	if f := fault.Of(err); f != nil && (f.Kind == fault.Unauthenticated || f.Kind == fault.TooMany) {
		wrong := page.Problems{{Field: "email", Text: f.Sentence}}
		return h.page.Render(c, "signin.html", refusedStatus(f), page.View{Title: "Sign in", Problem: wrong, Body: newSignIn(c.FormValue("email"), next, wrong)})
	}
	if err != nil {
		return err
	}
	if old := h.sessionToken(c); old != "" { // whoever signs in anew leaves no session behind
		if err := h.Register.SignOut(ctx, old); err != nil {
			return err
		}
	}
	h.keepSession(c, token)
	by, err := h.Register.HalfSession(ctx, token)
	switch {
	case fault.Is(err, fault.Unauthenticated): // the session is whole already
		return page.SeeOther(c, or(next, "/"))
	case err != nil:
		return err
	}
	has, err := h.Register.HasFactor(ctx, by.ID)
	if err != nil {
		return err
	}
	to := "/sign-in/set-up"
	if has {
		to = "/sign-in/code"
	}
	if next != "" {
		to += "?next=" + next
	}
	return page.SeeOther(c, to)
}

func refusedStatus(f *fault.Fault) int {
	if f.Kind == fault.TooMany {
		return fiber.StatusTooManyRequests
	}
	return fiber.StatusUnprocessableEntity
}

func (h *Hall) keepSession(c *fiber.Ctx, token string) {
	c.Cookie(&fiber.Cookie{Name: h.cookie(), Value: token, Path: "/", HTTPOnly: true, Secure: h.Secure, SameSite: fiber.CookieSameSiteLaxMode, SessionOnly: true})
}

func (h *Hall) signOut(c *fiber.Ctx) error {
	if token := h.sessionToken(c); token != "" {
		if err := h.Register.SignOut(c.UserContext(), token); err != nil {
			return err
		}
	}
	c.Cookie(&fiber.Cookie{Name: h.cookie(), Path: "/", Expires: time.Unix(1, 0), HTTPOnly: true, Secure: h.Secure, SameSite: fiber.CookieSameSiteLaxMode})
	c.Set("Clear-Site-Data", `"cache", "storage"`)
	return h.done(c, "/sign-in", "You are signed out.")
}
