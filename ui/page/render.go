package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"maps"
	"path"
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/ui/static"

	"github.com/gofiber/fiber/v2"
)

//go:embed frame/*.html
var frame embed.FS

// failedPage is the one page that every door has.
//
//go:embed failed.html
var failedPage embed.FS

// Renderer draws the pages of one door. Add is for start-up; Render and
// Failed are safe for concurrent use after it.
type Renderer struct {
	site   Site
	assets *static.Assets
	base   *template.Template
	pages  map[string]map[string]*template.Template // by name, then by language
}

// New prepares a door's renderer. A frame that does not parse is an error
// here, at start, and never on a request.
func New(assets *static.Assets, site Site) (*Renderer, error) {
	if site.Clock == nil {
		site.Clock = calendar.Wall
	}
	if site.Logger == nil {
		site.Logger = slog.Default()
	}
	r := &Renderer{site: site, assets: assets, pages: map[string]map[string]*template.Template{}}
	base, err := template.New("").Funcs(r.funcs()).ParseFS(frame, "frame/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse the frame of %s pages: %w", site.Door, err)
	}
	r.base = base
	return r, r.Add(failedPage)
}

// Add parses every *.html of a package: each file is one page and defines
// "main"; files whose name begins with "_" are parts that all of them may
// use. A page that does not parse, or a second one of the same name, is an
// error.
func (r *Renderer) Add(files fs.FS) error {
	var pages, shared []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || path.Ext(name) != ".html":
		case strings.HasPrefix(path.Base(name), "_"):
			shared = append(shared, name)
		default:
			pages = append(pages, name)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("list pages: %w", err)
	}
	for _, name := range pages {
		key := path.Base(name)
		if _, twice := r.pages[key]; twice {
			return fmt.Errorf("two pages are called %s", key)
		}
		t, err := r.base.Clone()
		if err != nil {
			return fmt.Errorf("clone the frame: %w", err)
		}
		if t, err = t.ParseFS(files, append(shared, name)...); err != nil {
			return fmt.Errorf("parse page %s: %w", name, err)
		}
		if t.Lookup("main") == nil {
			return fmt.Errorf("page %s does not define \"main\"", name)
		}
		if r.pages[key], err = r.spoken(t); err != nil {
			return err
		}
	}
	return nil
}

// spoken is one page in every language of the door.
func (r *Renderer) spoken(english *template.Template) (map[string]*template.Template, error) {
	list := map[string]*template.Template{}
	for _, tongue := range r.site.Tongues {
		t, err := english.Clone()
		if err != nil {
			return nil, fmt.Errorf("clone a page: %w", err)
		}
		list[tongue.Lang()] = t.Funcs(tongue.funcs())
	}
	list["en"] = english
	return list, nil
}

// sheet is the data of the frame: the view and what the site adds to it.
// Templates say .Title and .Body as if it were the view alone.
type sheet struct {
	View
	Site   Site
	Words  Words
	Assets *static.Assets
	Lang   string // BCP 47
	RTL    bool   // written from right to left
}

// Render answers with a page. Personal pages are never stored by browsers
// (the headers of Guarded say so); a Body that its template does not fit is
// an error, and nothing of a half-drawn page is sent.
func (r *Renderer) Render(c *fiber.Ctx, name string, status int, v View) error {
	if r.site.Furnish != nil {
		r.site.Furnish(c, &v)
	}
	if v.Flash == "" {
		v.Flash = r.said(c)
	}
	html, err := r.draw(name, v)
	if err != nil {
		return err
	}
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(html)
}

func (r *Renderer) sheet(v View) sheet {
	s := sheet{View: v, Site: r.site, Words: v.Tongue.words(), Assets: r.assets, Lang: v.Tongue.Lang(), RTL: v.Tongue != nil && v.Tongue.RTL}
	if v.Nav != nil {
		s.Site.Nav = v.Nav
	}
	if v.Tongue != nil {
		s.Site.Name, s.Site.Note = v.Tongue.Say(s.Site.Name), v.Tongue.Say(s.Site.Note)
		s.Site.Footer = make([]Link, len(r.site.Footer))
		for i, l := range r.site.Footer {
			s.Site.Footer[i] = Link{Text: v.Tongue.Say(l.Text), Href: l.Href}
		}
	}
	return s
}

func (r *Renderer) draw(name string, v View) ([]byte, error) {
	in, ok := r.pages[name]
	if !ok {
		return nil, fmt.Errorf("no page is called %s", name)
	}
	t, ok := in[v.Tongue.Lang()]
	if !ok {
		return nil, fmt.Errorf("the pages of this door are not drawn in %q", v.Tongue.Lang())
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "frame", r.sheet(v)); err != nil {
		return nil, fmt.Errorf("draw page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

func (r *Renderer) funcs() template.FuncMap {
	f := template.FuncMap{"asset": r.assets.URL, "day": func(d calendar.Date) string { return Day(d, r.site.Clock.Today()) }}
	maps.Copy(f, words(r.site.Clock))
	maps.Copy(f, (*Catalogue)(nil).funcs())
	maps.Copy(f, shorthands)
	return f
}
