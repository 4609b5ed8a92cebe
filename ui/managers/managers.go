// Package managers is the door of those who run a mail-out: what needs them today, campaigns, letters, people and answers.
package managers

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"sync/atomic"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/jobs"
	"duenotice/letters"
	"duenotice/optout"
	"duenotice/ui/page"
	"duenotice/ui/static"

	"github.com/gofiber/fiber/v2"
)

//go:embed *.html
var pages embed.FS

// Rooms is what the managers' pages open on.
type Rooms struct {
	Register *campaigns.Register
	Desk     *optout.Desk
	Mailroom *letters.Mailroom
	Crew     *jobs.Crew // whose queues the health page shows; nil where a house has none
	Programme
	Clock    calendar.Clock
	Demo     Clockwork // the movable clock of a demonstration; nil in a real installation
	Secret   []byte    // binds forms to sessions; at least 32 bytes
	Secure   bool      // reached by https
	Log      *slog.Logger
	Patients string                                          // where patients answer, for the demonstration's links; may be ""
	Vendors  string                                          // where vendors work, likewise
	Sandbox  func(context.Context) (*letters.Sandbox, error) // the vendors' sandbox, opened when first asked for; nil is none
}

// Clockwork is the clock of a demonstration, which the clock page moves.
// Whatever would have happened in between has happened when a method returns.
type Clockwork interface {
	Now() time.Time
	// NextWorkingDay goes to the morning of the next working day.
	NextWorkingDay(ctx context.Context) error
	// NextThing goes to the next moment at which something happens and says
	// what that was.
	NextThing(ctx context.Context) (string, error)
	// To goes to the morning of a later day.
	To(ctx context.Context, day calendar.Date) error
	// Declaring tells whether practices and channels declare their watermarks
	// as time goes by; SetDeclaring changes it.
	Declaring() bool
	SetDeclaring(ctx context.Context, on bool) error
}

// Hall is the managers' door with its pages.
type Hall struct {
	Rooms
	page    *page.Renderer
	forms   *page.CSRF
	uploads atomic.Int32 // files that are being taken just now
}

// Open prepares the pages. What does not parse is an error here, at start.
func Open(assets *static.Assets, rooms Rooms) (*Hall, error) {
	if len(rooms.Secret) < 32 {
		return nil, errors.New("open the managers' pages: the secret is shorter than 32 bytes")
	}
	h := &Hall{Rooms: rooms}
	site := page.Site{Door: page.Managers, Name: "Due Notice", Label: "Managers", Secure: rooms.Secure, Clock: rooms.Clock, Logger: rooms.Log, Furnish: h.furnish}
	if rooms.Demo != nil {
		site.Note = "Due Notice. Demonstration: practices are real; people, letters and figures are made up."
	}
	var err error
	if h.page, err = page.New(assets, site); err != nil {
		return nil, err
	}
	if err := h.page.Add(pages); err != nil {
		return nil, err
	}
	h.forms = h.page.NewCSRF(rooms.Secret, h.sessionToken)
	h.forms.Streams("/imports")
	h.forms.Streams("/scans")
	return h, nil
}

// Renderer is what the app answers errors with.
func (h *Hall) Renderer() *page.Renderer { return h.page }

// furnish fills in what every page shows: who is signed in, what they may
// reach, what waits, and the red band while everything is stopped.
func (h *Hall) furnish(c *fiber.Ctx, v *page.View) {
	v.CSRF = h.forms.Token(c)
	by, ok := viewerOf(c)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.UserContext()), 3*time.Second)
	defer cancel()
	v.User = &page.User{Name: by.Name + ", " + scope(by), SignOut: "/sign-out", Links: []page.Link{{Text: "Your account", Href: "/account"}}}
	if by.Role.KeysAnswers() {
		v.User.Links = append([]page.Link{{Text: "Take a call", Href: "/desk"}, {Text: "Find a person", Href: "/people"}}, v.User.Links...)
		if n, err := h.waiting(ctx, by); err == nil {
			v.Counts = map[string]int{"/holds": n}
		}
	}
	v.Nav = h.nav(by)
	if signals, err := h.Register.Signals(ctx, []string{campaigns.StopSignal}); err == nil && signals[campaigns.StopSignal].Red() {
		v.Stop = h.stopBand(ctx, by, signals[campaigns.StopSignal])
	}
	if h.Demo != nil {
		v.Notice = template.HTML(`<p>Demonstration. It is <strong>` + template.HTMLEscapeString(h.Clock.Today().Long()+", "+page.ClockTime(h.Clock())) + //nolint:gosec // G203: escaped
			`</strong> here.</p><p><a href="/clock">Move the clock</a></p>`)
	}
}

// nav is the navigation of somebody of this role: what may not be opened is not shown.
func (h *Hall) nav(by campaigns.Viewer) []page.Link {
	links := []page.Link{{Text: "Home", Href: "/"}, {Text: "Campaigns", Href: "/campaigns"}, {Text: "Calendar", Href: "/calendar"}, {Text: "Packs", Href: "/packs"}, {Text: "Batches", Href: "/batches"}}
	if by.Role.KeysAnswers() {
		links = append(links, page.Link{Text: "In-tray", Href: "/holds"}, page.Link{Text: "People", Href: "/people"})
	}
	if seesTasks(by.Role) {
		links = append(links, page.Link{Text: "Tasks", Href: "/tasks"})
	}
	if by.Role.Manages() {
		links = append(links, page.Link{Text: "Imports", Href: "/imports"})
	}
	if seesVendors(by.Role) {
		links = append(links, page.Link{Text: "Vendors", Href: "/vendors"})
	}
	links = append(links, page.Link{Text: "Watermarks", Href: "/watermarks"}, page.Link{Text: "Practices", Href: "/practices"}, page.Link{Text: "Programme", Href: programmeActive})
	if seesTeam(by.Role) {
		links = append(links, page.Link{Text: "Team", Href: "/team"})
	}
	return links
}

func (h *Hall) stopBand(ctx context.Context, by campaigns.Viewer, s campaigns.Signal) *page.Stop {
	band := &page.Stop{Title: "Everything is stopped", Detail: fmt.Sprintf("%s, %s: %s No letter is sealed and no record is made; answers are taken.",
		h.nameOf(ctx, s.Staff), page.Moment(s.Since), sentence(s.Reason))}
	if by.Role.Manages() {
		band.Action = page.Link{Text: "Lift it (two people)", Href: "/stop"}
	}
	return band
}

// nameOf names a member of staff; whoever is not known any more is "somebody".
func (h *Hall) nameOf(ctx context.Context, id campaigns.StaffID) string {
	if staff, err := h.Register.Team(ctx, campaigns.Viewer{}); err == nil {
		for _, s := range staff {
			if s.ID == id {
				return s.Name
			}
		}
	}
	return "Somebody"
}

// show renders a page for somebody who is signed in.
func (h *Hall) show(c *fiber.Ctx, name string, v page.View) error {
	status := fiber.StatusOK
	if len(v.Problem) > 0 {
		status = fiber.StatusUnprocessableEntity
	}
	return h.page.Render(c, name, status, v)
}

// done ends a POST with a sentence on the next page.
func (h *Hall) done(c *fiber.Ctx, href, format string, args ...any) error {
	h.page.Say(c, fmt.Sprintf(format, args...))
	return page.SeeOther(c, href)
}
