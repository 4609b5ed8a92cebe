package page_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"duenotice/campaigns/fault"
	"duenotice/ui/page"
	"duenotice/ui/static/statictest"

	"github.com/gofiber/fiber/v2"
)

func TestADateIsReadForgivinglyAndWhatWasTypedIsKept(t *testing.T) {
	a := app(t, site(page.Managers), func(a *fiber.App, r *page.Renderer) {
		a.Post("/", func(c *fiber.Ctx) error {
			date, typed, err := page.ReadDate(c, "born")
			var wrong page.Problems
			if err := wrong.Take(err); err != nil {
				return err
			}
			return c.SendString(date.String() + "|" + typed.Day + " " + typed.Month + " " + typed.Year + "|" + wrong.For("born"))
		})
	})
	for typed, want := range map[[3]string]string{
		{"14", "6", "1961"}:      "1961-06-14|14 6 1961|",
		{" 14 ", "June", "1961"}: "1961-06-14|14 June 1961|",
		{"", "", ""}:             "|  |",
		{"29", "2", "1900"}:      "|29 2 1900|This day does not exist, check day and month",
		{"31", "", "1980"}:       "|31  1980|The month must be a number, for example 3",
		{"1", "1", "80"}:         "|1 1 80|The year must have four digits, for example 1980",
		{"x", "1", "1980"}:       "|x 1 1980|The day must be a number, for example 31",
	} {
		form := url.Values{"born[day]": {typed[0]}, "born[month]": {typed[1]}, "born[year]": {typed[2]}}
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if _, got := ask(t, a, req); got != want {
			t.Errorf("%v: %q, not %q", typed, got, want)
		}
	}
}

func TestOnlyWhatAPersonCanPutRightBecomesAProblemOfTheForm(t *testing.T) {
	var wrong page.Problems
	if err := wrong.Take(nil); err != nil || len(wrong) != 0 {
		t.Fatal(err, wrong)
	}
	if err := wrong.Take(fault.In("reason", fault.Invalid, "Say why.")); err != nil || wrong.For("reason") != "Say why." {
		t.Fatal(err, wrong)
	}
	gone, other := fault.New(fault.NotFound, "No such wave."), errors.New("read wave: broken")
	if !errors.Is(wrong.Take(gone), gone) || !errors.Is(wrong.Take(other), other) || len(wrong) != 1 {
		t.Fatal(wrong)
	}
}

func TestAPageThatDoesNotParseIsRefusedAtStart(t *testing.T) {
	r, err := page.New(statictest.Load(t), site(page.Managers))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"broken.html": `{{define "main"}}{{.Body`, "unknown.html": `{{define "main"}}{{colour .}}{{end}}`, "empty.html": `<p>no main</p>`, "failed.html": `{{define "main"}}twice{{end}}`} {
		if err := r.Add(fstest.MapFS{name: {Data: []byte(text)}}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if err := r.Add(fstest.MapFS{"wave.html": {Data: []byte(`{{define "main"}}{{template "row" .}}{{end}}`)}, "_row.html": {Data: []byte(`{{define "row"}}x{{end}}`)}}); err != nil {
		t.Error(err)
	}
}

func TestAttributesOfComponentsCannotCarryScripts(t *testing.T) {
	for _, name := range []string{"onclick", "style", `x" onload="`, "ONCLICK"} {
		if html, err := page.HTML(page.Button{Text: "Go", Attrs: page.Attrs{name: "x"}}); err == nil {
			t.Errorf("%q gave %s", name, html)
		}
	}
	html, err := page.HTML(page.Button{Text: "<script>", Attrs: page.Attrs{"hx-get": `/a?"b`}})
	if err != nil || !strings.Contains(string(html), `hx-get="/a?&#34;b"`) || strings.Contains(string(html), "<script>") {
		t.Errorf("%s, %v", html, err)
	}
}
