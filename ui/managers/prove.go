package managers

import (
	"slices"
	"strings"
	"time"

	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type keptValue struct{ Name, Value string }

type provePage struct {
	Action   string
	Kept     []keptValue
	Factor   bool
	Minutes  int
	Password page.Password
	Code     page.Input
}

// prove lets a form through whose sender proved within a time who they are. Others
// are asked for it, and what they had filled in is kept meanwhile.
func (h *Hall) prove(c *fiber.Ctx, within time.Duration) (bool, error) {
	ctx, token := c.UserContext(), h.sessionToken(c)
	lately, err := h.Register.ProvedLately(ctx, token, within)
	if err != nil || lately {
		return lately, err
	}
	if strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		return false, fault.New(fault.Refused, "It is a while since you proved who you are. Open your account, prove it there, and send the file again.")
	}
	var wrong page.Problems
	if password := c.FormValue("proof-password"); password != "" {
		err := h.Register.ProveAgain(ctx, token, password, c.FormValue("proof-code"))
		f := fault.Of(err)
		switch {
		case err == nil:
			return true, nil
		case f != nil && f.Kind == fault.TooMany:
			wrong = page.Problems{{Field: "proof-password", Text: f.Sentence}}
		default:
			if err := wrong.Take(err); err != nil {
				return false, err
			}
		}
	}
	return false, h.showProve(c, within, wrong)
}

func (h *Hall) showProve(c *fiber.Ctx, within time.Duration, wrong page.Problems) error {
	by, _ := viewerOf(c)
	has, err := h.Register.HasFactor(c.UserContext(), by.ID)
	if err != nil {
		return err
	}
	body := provePage{Action: string(c.Request().URI().RequestURI()), Factor: has, Minutes: int(within.Minutes()),
		Password: page.Password{Field: page.Field{Name: "proof-password", Label: "Your password", Error: wrong.For("proof-password")}},
		Code:     codeInput("proof-code", "Code", "Six digits, as the app on your telephone shows them now", wrong)}
	c.Request().PostArgs().VisitAll(func(k, v []byte) {
		if name := string(k); !slices.Contains([]string{"_csrf", "proof-password", "proof-code"}, name) {
			body.Kept = append(body.Kept, keptValue{name, string(v)})
		}
	})
	return h.show(c, "prove.html", page.View{Title: "Show that it is you", Problem: wrong, Body: body})
}
