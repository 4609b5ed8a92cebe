package managers

import (
	"fmt"
	"html/template"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
	"rsc.io/qr"
)

type codePage struct {
	Code page.Input
	Next string
}

func codeInput(name, label, hint string, wrong page.Problems) page.Input {
	return page.Input{Field: page.Field{Name: name, Label: label, Hint: hint, Error: wrong.For(name)}, Autocomplete: "one-time-code", Inputmode: "numeric", Spellcheck: "false", Width: "10", Code: true}
}

// half is who gave the right password and owes the second factor; nobody is
// sent to the sign-in.
func (h *Hall) half(c *fiber.Ctx) (campaigns.Viewer, bool, error) {
	by, err := h.Register.HalfSession(c.UserContext(), h.sessionToken(c))
	if fault.Is(err, fault.Unauthenticated) {
		return by, false, page.SeeOther(c, "/sign-in")
	}
	return by, err == nil, err
}

func (h *Hall) codeForm(c *fiber.Ctx) error {
	if _, ok, err := h.half(c); err != nil || !ok {
		return err
	}
	return h.showCode(c, local(c.Query("next")), nil)
}

func (h *Hall) showCode(c *fiber.Ctx, next string, wrong page.Problems) error {
	return h.show(c, "code.html", page.View{Title: "Enter your code", Problem: wrong, Body: codePage{
		Code: codeInput("code", "Code", "Six digits, as the app on your telephone shows them now, or one of your recovery codes", wrong), Next: next}})
}

func (h *Hall) giveCode(c *fiber.Ctx) error {
	if _, ok, err := h.half(c); err != nil || !ok {
		return err
	}
	next := local(c.FormValue("next"))
	token, err := h.Register.ProveFactor(c.UserContext(), h.sessionToken(c), c.FormValue("code"))
	if f := fault.Of(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.TooMany) {
		return h.showCode(c, next, page.Problems{{Field: "code", Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	h.keepSession(c, token)
	return page.SeeOther(c, or(next, "/"))
}

type setUpPage struct {
	campaigns.NewFactor
	Picture template.HTML
	Code    page.Input
	Next    string
	Action  string
}

// setUpForm shows the secret of a new second factor to somebody who signs in for the first time.
func (h *Hall) setUpForm(c *fiber.Ctx) error {
	by, ok, err := h.half(c)
	if err != nil || !ok {
		return err
	}
	return h.showSetUp(c, by, "/sign-in/set-up", local(c.Query("next")), nil)
}

func (h *Hall) showSetUp(c *fiber.Ctx, by campaigns.Viewer, action, next string, wrong page.Problems) error {
	f, err := h.Register.BeginFactor(c.UserContext(), by.ID)
	if err != nil {
		return err
	}
	picture, err := drawQR(f.Link)
	if err != nil {
		return err
	}
	return h.show(c, "factor.html", page.View{Title: "Set up your second factor", Problem: wrong, Body: setUpPage{NewFactor: f, Picture: picture, Next: next, Action: action,
		Code: codeInput("code", "The code that the app shows now", "Six digits", wrong)}})
}

type recoveryPage struct {
	Codes []string
	Next  string
}

func (h *Hall) setUp(c *fiber.Ctx) error {
	by, ok, err := h.half(c)
	if err != nil || !ok {
		return err
	}
	next := local(c.FormValue("next"))
	codes, token, err := h.Register.SetUpFactor(c.UserContext(), h.sessionToken(c), c.FormValue("code"))
	if f := fault.Of(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.TooMany) {
		return h.showSetUp(c, by, "/sign-in/set-up", next, page.Problems{{Field: "code", Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	h.keepSession(c, token)
	return h.show(c, "recovery.html", page.View{Title: "Your recovery codes", Body: recoveryPage{codes, or(next, "/")}})
}

// factorForm and addFactor do the same for somebody who is signed in.
func (h *Hall) factorForm(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showSetUp(c, by, "/account/factor", "", nil)
}

func (h *Hall) addFactor(c *fiber.Ctx, by campaigns.Viewer) error {
	codes, err := h.Register.ConfirmFactor(c.UserContext(), by.ID, c.FormValue("code"))
	if f := fault.Of(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.TooMany) {
		return h.showSetUp(c, by, "/account/factor", "", page.Problems{{Field: "code", Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	return h.show(c, "recovery.html", page.View{Title: "Your recovery codes", Body: recoveryPage{codes, "/account"}})
}

// drawQR draws a QR code as SVG, one path, with the quiet zone it needs.
func drawQR(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("draw the code of a second factor: %w", err)
	}
	var b strings.Builder
	const quiet = 4
	fmt.Fprintf(&b, `<svg class="dn-qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[1]d" width="220" height="220" role="img" aria-label="Code for the app on your telephone" shape-rendering="crispEdges"><rect width="%[1]d" height="%[1]d" fill="#fff"/><path fill="#000" d="`, code.Size+2*quiet)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil //nolint:gosec // G203: numbers only
}
