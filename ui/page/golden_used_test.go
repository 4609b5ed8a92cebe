package page_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"duenotice/ui/page"
	"duenotice/ui/static"
	"duenotice/ui/static/statictest"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"
)

// within are components that are drawn as parts of others and compared with them.
var within = map[string]string{"label": "input", "hint": "input", "error-message": "input", "fieldset": "radios", "card": "warning-callout", "table": "tables"}

// ofTheFrame are drawn by the frame of every page, and compared below.
var ofTheFrame = []string{"skip-link", "back-link", "breadcrumb"}

// ourOwn are drawn in our own way: a header with the lozenge and a footer of
// the health service would say that this is theirs, and a caption is a class.
var ourOwn = []string{"header", "footer", "caption"}

var ofTheSystem = regexp.MustCompile(`\bnhsuk-([a-z]+(?:-[a-z]+)*)`)

// examples are the folder of the design system's components with their examples.
func examples(t *testing.T) string {
	t.Helper()
	statictest.Load(t)
	home, _ := os.UserCacheDir()
	modules, err := static.NodeModules(filepath.Join(home, "duenotice-assets"))
	if err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(modules, "nhsuk-frontend/dist/nhsuk/components")
	if _, err := os.Stat(at); err != nil {
		t.Skip("the examples are not there: this program carries a finished build")
	}
	return at
}

func TestEveryComponentThatAPageUsesIsComparedWithItsExamples(t *testing.T) {
	at := examples(t)
	for _, pattern := range []string{"components/*.html", "frame/*.html", "*.html", "../patients/*.html", "../managers/*.html", "../vendors/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range ofTheSystem.FindAllStringSubmatch(string(text), -1) {
				name := m[1]
				if _, err := os.Stat(filepath.Join(at, name, "fixtures.json")); err != nil && within[name] == "" {
					continue // a class for text or the grid
				}
				if whole, ok := within[name]; ok {
					name = whole
				}
				if offered[name] == nil && !slices.Contains(ofTheFrame, name) && !slices.Contains(ourOwn, name) {
					t.Errorf("%s uses %s, which is compared with no example", file, m[1])
				}
			}
		}
	}
}

func TestTheFrameIsDrawnAsTheDesignSystemsOwnExamples(t *testing.T) {
	at := examples(t)
	three := []page.Link{{Text: "Home", Href: "#"}, {Text: "NHS services", Href: "#"}, {Text: "Hospitals", Href: "#"}}
	a := app(t, site(page.Managers), func(a *fiber.App, r *page.Renderer) {
		a.Get("/crumbs", func(c *fiber.Ctx) error {
			return r.Render(c, "plain.html", 200, page.View{Title: "T", Crumbs: three, Body: "b"})
		})
		a.Get("/back", func(c *fiber.Ctx) error {
			return r.Render(c, "plain.html", 200, page.View{Title: "T", Back: page.Link{Href: "#"}, Body: "b"})
		})
	})
	for _, e := range []struct{ component, path, from, to string }{
		{"skip-link", "/back", `<a class="nhsuk-skip-link"`, "</a>"}, {"back-link", "/back", `<a class="nhsuk-back-link"`, "</a>"}, {"breadcrumb", "/crumbs", `<nav class="nhsuk-breadcrumb`, "</nav>"},
	} {
		_, body := get(t, a, e.path)
		_, rest, found := strings.Cut(body, e.from)
		inner, _, closed := strings.Cut(rest, e.to)
		if !found || !closed {
			t.Errorf("%s is not on the page", e.component)
			continue
		}
		ours := strings.ReplaceAll(e.from+inner+e.to, " dn-crumb", "") // our class is one more
		text, err := os.ReadFile(filepath.Join(at, e.component, "fixtures.json"))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Fixtures []struct{ Name, HTML string }
		}
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(normal(t, file.Fixtures[0].HTML), normal(t, ours)); diff != "" {
			t.Errorf("%s, %s (-theirs +ours):\n%s", e.component, file.Fixtures[0].Name, diff)
		}
	}
}
