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
	pages  map[string]*template.Template
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
	r := &Renderer{site: site, assets: assets, pages: map[string]*template.Template{}}
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
		r.pages[key] = t
	}
	return nil
}

// sheet is the data of the frame: the view and what the site adds to it.
// Templates say .Title and .Body as if it were the view alone.
type sheet struct {
	View
	Site   Site
	Words  Words
	Assets *static.Assets
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
	s := sheet{View: v, Site: r.site, Words: English, Assets: r.assets}
	if v.Words != nil {
		s.Words = *v.Words
	}
	if v.Nav != nil {
		s.Site.Nav = v.Nav
	}
	if s.Lang == "" {
		s.Lang = "en"
	}
	return s
}

func (r *Renderer) draw(name string, v View) ([]byte, error) {
	t, ok := r.pages[name]
	if !ok {
		return nil, fmt.Errorf("no page is called %s", name)
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
	maps.Copy(f, shorthands)
	return f
}
