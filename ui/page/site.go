package page

import (
	"log/slog"

	"duenotice/campaigns/calendar"

	"github.com/gofiber/fiber/v2"
)

// Door is one of the three entrances; each has its own listener, cookies and
// look.
type Door string

// The three doors.
const (
	Managers Door = "managers" // blue header, navigation, 1216 px
	Vendors  Door = "vendors"  // white header, so that nobody mistakes it for the managers'
	Patients Door = "patients" // blue header, 960 px, larger text, languages
)

// Site is what all pages of one door have in common.
type Site struct {
	Door    Door
	Name    string // the word-mark: "Due Notice", or "Your choice" for patients
	Label   string // beside the word-mark: "Managers", "Print vendors"
	Sender  string // under the word-mark, for patients: who sends the letters
	Nav     []Link // the main navigation
	Footer  []Link
	Note    string // the small line of the footer
	Secure  bool   // reached by https: Strict-Transport-Security is sent, cookies are Secure
	Clock   calendar.Clock
	Logger  *slog.Logger
	Tongues []*Catalogue            // other languages than English in which pages are drawn
	Problem func(c *fiber.Ctx) bool // answers errors of this request as RFC 9457 problems; nil: by Accept

	// Furnish fills in what every page of this request shows (who is signed
	// in, counts, the stop band, token, language). It is called for error
	// pages too and must not fail: without a database it fills in less.
	Furnish func(c *fiber.Ctx, v *View)
}

// Link is a name with an address.
type Link struct {
	Text string
	Href string
	Lang string // the language of Text when it differs from the page's
}

// User is who is signed in.
type User struct {
	Name    string // "Dana Whitlock, South East"
	Links   []Link // "Find a person"
	SignOut string // the address that a POST signs out at
}

// Stop is the red band under the navigation of every page while all is frozen.
type Stop struct {
	Title  string // "Everything is stopped"
	Detail string // who, when, why, and what is frozen
	Action Link   // "Lift it (two people)"
}

// Language is one entry of the language list of patients' pages.
type Language struct {
	Code    string // "cy"
	Name    string // in the language itself
	Href    string
	Current bool
}

// Help is one line of "Other ways to tell us", in the same place on each of
// the patients' pages (WCAG 2.2, 3.2.6).
type Help struct {
	By   string
	Text Content
}

// View is one page as a handler hands it over. Only Title and Body are needed.
type View struct {
	Title   string     // of the window, without the site's name; the h1 is the page's own
	Tongue  *Catalogue // the language; nil is English
	Active  string     // Href of the navigation entry to mark
	Back    Link       // a back link above the page
	Crumbs  []Link     // or breadcrumbs
	Problem Problems   // what is wrong with the form: summary on top, title prefixed
	Flash   string     // said once in a green banner; see Say
	Live    bool       // loads htmx for parts that renew themselves
	Body    any        // the page's own typed struct, .Body in its template

	// Filled by Site.Furnish as a rule.
	User      *User
	Nav       []Link         // instead of the site's navigation, where it depends on who looks
	Counts    map[string]int // Href of a navigation entry: how many wait there
	Stop      *Stop
	Notice    Content // a calm band on every page: demonstration clock, read-only
	Languages []Language
	Help      []Help
	HelpTitle string
	CSRF      string // the token for forms: {{template "csrf" .}}
}

// Words are the sentences of the frame itself.
type Words struct {
	Skip, Back, Menu, Account, Language, SignOut, Waiting string
	ErrorPrefix, ProblemTitle, Done                       string
}

// English words of the frame.
var English = Words{
	Skip: "Skip to main content", Back: "Back", Menu: "Menu", Account: "Account", Language: "Language",
	SignOut: "Sign out", Waiting: "waiting",
	ErrorPrefix: "Error: ", ProblemTitle: "There is a problem", Done: "Done",
}
