package managers

import (
	"strconv"

	"duenotice/campaigns"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type accountPage struct {
	Who      campaigns.Viewer
	Scope    string
	Factor   bool
	Sessions []campaigns.OpenSession
	Others   int // sessions besides this one
	Old, New page.Password
}

func (h *Hall) account(c *fiber.Ctx, by campaigns.Viewer) error { return h.showAccount(c, by, nil) }

func (h *Hall) showAccount(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	body := accountPage{Who: by, Scope: capital(scope(by)),
		Old: page.Password{Field: page.Field{Name: "old", Label: "Your present password", Error: wrong.For("old")}},
		New: page.Password{Field: page.Field{Name: "password", Label: "A new password", Hint: "At least 12 characters; a few words are easier to remember than signs", Error: wrong.For("password")}, Autocomplete: "new-password"}}
	var err error
	if body.Factor, err = h.Register.HasFactor(ctx, by.ID); err != nil {
		return err
	}
	if body.Sessions, err = h.Register.Sessions(ctx, by.ID, h.sessionToken(c)); err != nil {
		return err
	}
	body.Others = max(len(body.Sessions)-1, 0)
	for i, s := range body.Sessions {
		body.Sessions[i].Device = browserName(s.Device)
	}
	return h.show(c, "account.html", page.View{Title: "Your account", Problem: wrong, Body: body})
}

func (h *Hall) changePassword(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	if err := wrong.Take(h.Register.ChangePassword(c.UserContext(), by, h.sessionToken(c), c.FormValue("old"), c.FormValue("password"))); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showAccount(c, by, wrong)
	}
	return h.done(c, "/account", "Your password is changed. Wherever else you were signed in, you are not any more.")
}

func (h *Hall) endSession(c *fiber.Ctx, by campaigns.Viewer) error {
	id, err := strconv.ParseInt(c.FormValue("id", "0"), 10, 64)
	if err != nil {
		id = -1 // no session has it
	}
	if err := h.Register.EndSession(c.UserContext(), by, id, h.sessionToken(c)); err != nil {
		return err
	}
	return h.done(c, "/account", "Ended. Whoever held it has to sign in anew.")
}
