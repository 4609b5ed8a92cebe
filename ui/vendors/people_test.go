package vendors_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/letters"
	"duenotice/ui/page"
	"duenotice/ui/static"
	"duenotice/ui/vendors"
)

const password = "a long enough password"

// desk is the people's pages over a house, with somebody signed in.
type desk struct {
	*house
	at      string
	session string
	said    string
}

var builtAssets = sync.OnceValues(func() (*static.Assets, error) {
	home, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	return static.Load(context.Background(), filepath.Join(home, "duenotice-assets"), func(string) {})
})

// open opens the people's pages; nobody is signed in.
func (h *house) open() *desk {
	h.t.Helper()
	assets, err := builtAssets()
	h.must(err)
	people := &vendors.People{Mailroom: h.mail, Secret: []byte(strings.Repeat("s", 32))}
	r, err := page.New(assets, page.Site{Door: page.Vendors, Name: "Due Notice", Label: "Print vendors", Logger: slog.New(slog.DiscardHandler),
		Clock: h.clock.Now, Problem: vendors.Problem, Furnish: people.Furnish})
	h.must(err)
	app := fiber.New(fiber.Config{Immutable: true, ErrorHandler: r.Failed, DisableStartupMessage: true, BodyLimit: vendors.BodyLimit})
	app.Use(r.Guarded)
	app.Get("/assets/*", r.Assets)
	h.must(people.Routes(app, r))
	h.must(vendors.Routes(app, r, h.mail))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	go func() { _ = app.Listener(l) }()
	h.t.Cleanup(func() { _ = app.ShutdownWithTimeout(5 * time.Second) })
	return &desk{house: h, at: "http://" + l.Addr().String()}
}

// join invites somebody of a vendor, who chooses the password.
func (h *house) join(vendor, email string) {
	h.t.Helper()
	p, err := h.mail.VendorProfile(h.t.Context(), vendor)
	h.must(err)
	code, err := h.mail.InvitePerson(h.t.Context(), h.staff[0], p.ID, email, "J. Farrow")
	h.must(err)
	h.must(h.mail.Join(h.t.Context(), code, password))
}

// as signs somebody in.
func (d *desk) as(email string) *desk {
	d.t.Helper()
	d.session = ""
	a := d.post("/sign-in", "email", email, "password", password)
	if a.status != http.StatusSeeOther || d.session == "" {
		d.t.Fatalf("sign in as %s: %d %s", email, a.status, a.body)
	}
	return d
}

func (d *desk) send(req *http.Request) answer {
	d.t.Helper()
	for _, c := range [][2]string{{"vendors-session", d.session}, {"vendors-said", d.said}, {"vendors-form", "form"}} {
		if c[1] != "" {
			req.AddCookie(&http.Cookie{Name: c[0], Value: c[1]})
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	d.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	d.must(err)
	d.said = ""
	for _, c := range res.Cookies() {
		switch c.Name {
		case "vendors-session":
			d.session = c.Value
		case "vendors-said":
			d.said = c.Value
		}
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

func (d *desk) get(path string, headers ...string) answer {
	d.t.Helper()
	req := mustRequest(d.t, http.MethodGet, d.at+path)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return d.send(req)
}

var tokenField = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// token is that of a form for whoever is signed in, or for nobody.
func (d *desk) token() string {
	d.t.Helper()
	path := "/reports"
	if d.session == "" {
		path = "/sign-in"
	}
	found := tokenField.FindStringSubmatch(d.get(path).body)
	if found == nil {
		d.t.Fatal("the page has no form")
	}
	return found[1]
}

func (d *desk) post(path string, fields ...string) answer {
	d.t.Helper()
	form := url.Values{"_csrf": {d.token()}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.at+path, strings.NewReader(form.Encode()))
	d.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.send(req)
}

func (d *desk) upload(path, name, content string, fields ...string) answer {
	d.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	d.must(w.WriteField("_csrf", d.token()))
	for i := 0; i+1 < len(fields); i += 2 {
		d.must(w.WriteField(fields[i], fields[i+1]))
	}
	f, err := w.CreateFormFile("file", name)
	d.must(err)
	_, err = f.Write([]byte(content))
	d.must(err)
	d.must(w.Close())
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.at+path, &body)
	d.must(err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return d.send(req)
}

var tags = regexp.MustCompile(`<[^>]*>`)

// reads says that an answer has a status and these sentences.
func (a answer) reads(t *testing.T, status int, sentences ...string) answer {
	t.Helper()
	text := strings.Join(strings.Fields(tags.ReplaceAllString(a.body, " ")), " ")
	if a.status != status {
		t.Errorf("the status is %d, not %d: %s", a.status, status, text)
	}
	for _, s := range sentences {
		if !strings.Contains(text, s) {
			t.Errorf("%q is not there: %s", s, text)
		}
	}
	return a
}

func (d *desk) first() letters.Batch {
	d.t.Helper()
	v, err := d.mail.VendorProfile(d.t.Context(), "INKWELL")
	d.must(err)
	list, err := d.mail.Batches(context.Background(), v.ID, letters.BatchFilter{})
	d.must(err)
	return list[0]
}

func (h *house) referencesOf(b letters.Batch) []string {
	h.t.Helper()
	var list []string
	lines, err := h.mail.PieceLines(h.t.Context(), b.Vendor, b.ID, 0, 10_000)
	h.must(err)
	for _, l := range lines {
		list = append(list, l.Reference)
	}
	return list
}
