package patients

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/language"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"
)

// tongues are the languages of the public service: what came with the program,
// and which of it somebody has put their name to.
type tongues struct {
	all    []*page.Catalogue
	desk   *optout.Desk
	clock  calendar.Clock
	log    *slog.Logger
	secure bool

	mu      sync.Mutex
	askedAt time.Time
	public  []spoken
}

// spoken is one language that the public may read.
type spoken struct {
	*page.Catalogue
	draft bool // shown with a line that says so
}

// acceptedFor is how long what was accepted is remembered: every page needs it,
// and without a database too.
const acceptedFor = 30 * time.Second

// offered are the languages beside English that the public may read now. Only
// one request at a time asks the database, and not for long: the others go by
// what was known, so that a slow database slows no page down.
func (t *tongues) offered(ctx context.Context) []spoken {
	t.mu.Lock()
	now, known := t.clock(), t.public
	since := now.Sub(t.askedAt)
	due := since < 0 || since >= acceptedFor
	if due {
		t.askedAt = now
	}
	t.mu.Unlock()
	if !due {
		return known
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	list, err := t.desk.Register.PublicTranslations(ctx)
	if err != nil { // what was known a moment ago still holds
		t.log.Warn("which languages the public may read", "error", err.Error())
		return known
	}
	public := []spoken{}
	for _, c := range t.all {
		for _, a := range list {
			if a.Language == c.Code && a.Fingerprint == c.Fingerprint && a.ShownAs != campaigns.ShownNot {
				public = append(public, spoken{c, a.ShownAs == campaigns.ShownAsDraft})
			}
		}
	}
	t.mu.Lock()
	t.public = public
	t.mu.Unlock()
	return public
}

// speech is the language of one request.
type speech struct {
	spoken
	offered []spoken
}

type speechKey struct{}

// speechOf is the language of a request; English where none was settled.
func speechOf(c *fiber.Ctx) speech {
	s, _ := c.Locals(speechKey{}).(speech)
	return s
}

// speak settles in which language a request is answered: as chosen on a page,
// else as the browser prefers, else English. Choosing leads back to the same page.
func (t *tongues) speak(c *fiber.Ctx) error {
	s := speech{offered: t.offered(c.UserContext())}
	if asked := c.Query("lang"); asked != "" && c.Method() == fiber.MethodGet {
		if _, known := s.find(asked); known {
			c.Cookie(&fiber.Cookie{Name: t.cookie(), Value: asked, Path: "/", HTTPOnly: true, Secure: t.secure, SameSite: fiber.CookieSameSiteLaxMode, SessionOnly: true})
		}
		return page.SeeOther(c, samePlace(c.Path()))
	}
	s.spoken = s.choose(c.Cookies(t.cookie()), c.Get(fiber.HeaderAcceptLanguage))
	c.Locals(speechKey{}, s)
	return c.Next()
}

func (t *tongues) cookie() string { return page.CookieName(t.secure, "patients-language") }

// samePlace is the path as an address of this host and of no other.
func samePlace(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return (&url.URL{Path: path}).EscapedPath()
}

func (s speech) find(code string) (spoken, bool) {
	for _, o := range s.offered {
		if o.Code == code {
			return o, true
		}
	}
	return spoken{}, code == "en"
}

// choose takes what the reader chose, else the best that browser and we share.
func (s speech) choose(chosen, accepted string) spoken {
	if o, ok := s.find(chosen); ok {
		return o
	}
	wanted, _, err := language.ParseAcceptLanguage(accepted)
	if err != nil || len(wanted) == 0 || len(wanted) > 30 {
		return spoken{}
	}
	for _, tag := range wanted {
		base, _ := tag.Base()
		if o, ok := s.find(base.String()); ok {
			return o
		}
	}
	return spoken{}
}

// languages are the entries of the language list, English first; a page that
// was posted leads to where it can be opened.
func (s speech) languages(path string) []page.Language {
	if len(s.offered) == 0 {
		return nil
	}
	list := []page.Language{{Code: "en", Name: "English", Current: s.Catalogue == nil}}
	for _, o := range s.offered {
		list = append(list, page.Language{Code: o.Code, Name: o.Name, Current: s.Catalogue == o.Catalogue})
	}
	for i := range list {
		list[i].Href = samePlace(path) + "?lang=" + list[i].Code
	}
	return list
}
