package vendors

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"
)

//go:embed join.js
var joinScript embed.FS

// People is the vendors' door for people: what programs do by the batch API,
// by hand. Whoever is signed in sees their own vendor's things; another's are
// as absent as none.
type People struct {
	Mailroom *letters.Mailroom
	Secret   []byte                                          // binds forms to sessions; at least 32 bytes
	Secure   bool                                            // reached by https
	Demo     bool                                            // says so on every page
	Sandbox  func(context.Context) (*letters.Sandbox, error) // opened when first asked for; nil is none

	page  *page.Renderer
	forms *page.CSRF
}

// peopleRoutes is every page of those who are signed in, on one page; a test
// asks each of them without a session and for another vendor's things.
func (p *People) peopleRoutes() []peopleRoute {
	return []peopleRoute{
		{"GET", "/batches", p.batches},
		{"GET", "/batches/:code", p.batch},
		{"GET", "/batches/:code/pdf", p.pullPDF},
		{"GET", "/batches/:code/sealed", p.pullSealed},
		{"GET", "/batches/:code/manifest.csv", p.pullManifest("csv")},
		{"GET", "/batches/:code/manifest.json", p.pullManifest("json")},
		{"POST", "/batches/:code/accept", p.accept},
		{"POST", "/batches/:code/reject", p.reject},
		{"POST", "/batches/:code/dispatch", p.dispatch},
		{"POST", "/batches/:code/suspect", p.suspect},
		{"POST", "/batches/:code/destroyed", p.destroyed},

		{"GET", "/recalls", p.recalls},
		{"POST", "/recalls", p.answerRecalls},
		{"GET", "/proofs", p.proofs},
		{"GET", "/proofs/:id.pdf", p.proofPDF},
		{"POST", "/proofs/:id", p.judgeProof},

		{"GET", "/reports", p.reports},
		{"POST", "/reports", p.report},
		{"POST", "/reports/files", p.leaveFile},
		{"GET", "/reports/files/:name", p.resultFile},

		{"GET", "/books", p.books},
		{"GET", "/books.csv", p.booksCSV},
		{"GET", "/invoices", p.invoices},
		{"POST", "/invoices", p.sendInvoice},
		{"GET", "/invoices/:id", p.invoice},

		{"GET", "/keys", p.keys},
		{"POST", "/keys", p.rotateKey},
		{"POST", "/keys/sandbox", p.makeSandboxKey},
		{"POST", "/keys/:id/revoke", p.revokeKey},
	}
}

type peopleHandler func(*fiber.Ctx, letters.VendorPerson) error

type peopleRoute struct {
	method, path string
	do           peopleHandler
}

// Routes hangs the people's pages beside the API, before it. Its pages come
// with those of Routes, to the same renderer.
func (p *People) Routes(app fiber.Router, r *page.Renderer) error {
	if len(p.Secret) < 32 {
		return errors.New("open the vendors' pages: the secret is shorter than 32 bytes")
	}
	p.page, p.forms = r, r.NewCSRF(p.Secret, p.sessionToken)
	app.Get("/sign-in", p.signInForm)
	app.Post("/sign-in", p.forms.Guard, p.signIn)
	app.Post("/sign-out", p.forms.Guard, p.signOut)
	app.Get("/join", p.joinForm)
	app.Post("/join", p.forms.Guard, p.join)
	app.Get("/join.js", func(c *fiber.Ctx) error {
		text, err := joinScript.ReadFile("join.js")
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMETextJavaScriptCharsetUTF8)
		return c.Send(text)
	})
	app.Get("/", func(c *fiber.Ctx) error { // whoever is signed in goes on; everybody else finds the start page
		if token := p.sessionToken(c); token != "" {
			if _, err := p.Mailroom.PersonOf(c.UserContext(), token); err == nil {
				return page.SeeOther(c, "/batches")
			}
		}
		return c.Next()
	})
	for _, route := range p.peopleRoutes() {
		app.Add(route.method, route.path, p.forms.Guard, func(c *fiber.Ctx) error {
			ctx, cancel := context.WithTimeout(c.UserContext(), time.Minute)
			if route.method == fiber.MethodGet && strings.Contains(route.path, "/batches/:code/") { // files go on after the handler
				cancel()
				ctx, cancel = c.UserContext(), func() {}
			}
			defer cancel()
			c.SetUserContext(ctx)
			who, err := p.known(c)
			if err != nil || who.ID == 0 {
				return err
			}
			return p.told(route.do(c, who))
		})
	}
	return nil
}

// told turns refusals of the API's own into what the frame shows.
func (p *People) told(err error) error {
	var r refusal
	if errors.As(err, &r) {
		if r.status == fiber.StatusRequestedRangeNotSatisfiable {
			return fiber.ErrRequestedRangeNotSatisfiable
		}
		return fault.New(fault.Invalid, "%s", r.detail)
	}
	return err
}

type personKey struct{}

func (p *People) cookie() string { return page.CookieName(p.Secure, "vendors-session") }

func (p *People) sessionToken(c *fiber.Ctx) string { return strings.Clone(c.Cookies(p.cookie())) }

// known asks the database who holds the session. Nobody is let through
// without: a page leads to the sign-in, a form is refused.
func (p *People) known(c *fiber.Ctx) (letters.VendorPerson, error) {
	token := p.sessionToken(c)
	err := error(fault.New(fault.Unauthenticated, "Sign in to go on."))
	var who letters.VendorPerson
	if token != "" {
		who, err = p.Mailroom.PersonOf(c.UserContext(), token)
	}
	if fault.Is(err, fault.Unauthenticated) && c.Method() == fiber.MethodGet {
		return letters.VendorPerson{}, page.SeeOther(c, "/sign-in?next="+c.Path())
	}
	if err != nil {
		return letters.VendorPerson{}, err
	}
	c.Locals(personKey{}, who)
	return who, nil
}

// Furnish is for page.Site: who is signed in, what they may reach, what waits.
func (p *People) Furnish(c *fiber.Ctx, v *page.View) {
	if p.forms == nil {
		return
	}
	v.CSRF = p.forms.Token(c)
	if p.Demo {
		v.Notice = template.HTML(`<p>Demonstration. It is <strong>` + template.HTMLEscapeString(p.Mailroom.Clock.Today().Long()+", "+page.ClockTime(p.Mailroom.Clock())) + //nolint:gosec // G203: escaped
			`</strong> here; letters and people are made up.</p>`)
	}
	who, ok := c.Locals(personKey{}).(letters.VendorPerson)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), 3*time.Second)
	defer cancel()
	v.User = &page.User{Name: who.VendorName + " · " + who.Name, SignOut: "/sign-out"}
	v.Nav = []page.Link{{Text: "Batches", Href: "/batches"}, {Text: "Recalls", Href: "/recalls"}, {Text: "Proofs", Href: "/proofs"}, {Text: "Reports", Href: "/reports"},
		{Text: "Books", Href: "/books"}, {Text: "Invoices", Href: "/invoices"}, {Text: "Deliveries and keys", Href: "/keys"}}
	if w, err := p.Mailroom.Waits(ctx, who.Vendor); err == nil {
		v.Counts = map[string]int{"/recalls": w.Recalls, "/proofs": w.Proofs}
	}
}

// show renders a page for somebody who is signed in.
func (p *People) show(c *fiber.Ctx, name string, v page.View) error {
	status := fiber.StatusOK
	if len(v.Problem) > 0 {
		status = fiber.StatusUnprocessableEntity
	}
	return p.page.Render(c, name, status, v)
}

// done ends a POST with a sentence on the next page.
func (p *People) done(c *fiber.Ctx, href, sentence string) error {
	p.page.Say(c, sentence)
	return page.SeeOther(c, href)
}

// byHand does one thing for a person, after the audit has it.
func (p *People) byHand(c *fiber.Ctx, who letters.VendorPerson, action, object, id string, do func() error) error {
	if err := p.Mailroom.ByHand(c.UserContext(), who, action, object, id); err != nil {
		return err
	}
	return do()
}

// local keeps an address only if it leads to a page of ours.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n:") {
		return ""
	}
	return next
}

// typed is what was typed into a field of a form that went wrong.
func typed(c *fiber.Ctx, wrong page.Problems, name, otherwise string) string {
	if len(wrong) > 0 {
		if v := c.FormValue(name); v != "" {
			return v
		}
	}
	return otherwise
}

// dateOf reads the one box of a date: empty is none.
func dateOf(c *fiber.Ctx, name string, wrong *page.Problems) calendar.Date {
	text := strings.TrimSpace(c.FormValue(name))
	if text == "" {
		return calendar.Date{}
	}
	on, err := calendar.ParseDate(text)
	if err != nil {
		wrong.Add(name, "Write the date as year, month and day, such as 2027-03-12.")
	}
	return on
}

func dateField(name, label, hint, value string, wrong page.Problems) page.Input {
	return page.Input{Field: page.Field{Name: name, Label: label, Hint: hint, Error: wrong.For(name)}, Value: value, Type: "date", Width: "10"}
}

// references reads references as people paste them: a line each, or commas between.
func references(text string) []string {
	list := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ';' })
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}
