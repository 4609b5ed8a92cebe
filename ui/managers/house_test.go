package managers_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/jobs"
	"duenotice/letters"
	"duenotice/letters/archive"
	"duenotice/optout"
	"duenotice/ui/managers"
	"duenotice/ui/static"
)

// opening is a Friday morning in London.
var opening = time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London)

const password = "a long enough password"

// house is the managers' door with every room below it, on a database of its own.
type house struct {
	t        testing.TB
	db       *schematest.DB
	clock    *calendar.Movable
	register *campaigns.Register
	desk     *optout.Desk
	aroundRooms
	mail   *letters.Mailroom
	queue  *queue
	app    *fiber.App
	vendor letters.Vendor
	tokens map[string]session
	said   map[string]string // what was said last to each, for the next page
}

type session struct {
	token string
	at    time.Time
}

// queue keeps what is left for later until the test works it off.
type queue struct {
	mu    sync.Mutex
	later []func(*house) error
}

func (q *queue) add(do func(*house) error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.later = append(q.later, do)
	return nil
}

func (q *queue) ReadCohort(_ context.Context, _ pgx.Tx, id campaigns.CohortID) error {
	return q.add(func(h *house) error { return h.register.ReadCohort(h.t.Context(), id) })
}
func (q *queue) ApplyCohort(_ context.Context, _ pgx.Tx, id campaigns.CohortID) error {
	return q.add(func(h *house) error { return h.desk.EnrolCohort(h.t.Context(), id) })
}
func (q *queue) ComposeWave(_ context.Context, _ pgx.Tx, c campaigns.CampaignID, w campaigns.WaveID) error {
	return q.add(func(h *house) error { return h.mail.ComposeWave(h.t.Context(), c, w) })
}
func (q *queue) ComposeBatch(_ context.Context, _ pgx.Tx, id letters.BatchID) error {
	return q.add(func(h *house) error { return h.mail.ComposeBatch(h.t.Context(), id) })
}
func (q *queue) SealBatch(_ context.Context, _ pgx.Tx, id letters.BatchID) error {
	return q.add(func(h *house) error { return h.mail.SealBatch(h.t.Context(), id) })
}
func (q *queue) ReadScans(_ context.Context, _ pgx.Tx, id letters.ScanID) error {
	return q.add(func(h *house) error { return h.mail.ReadScans(h.t.Context(), id) })
}
func (q *queue) MakeExport(_ context.Context, _ pgx.Tx, id int64) error {
	return q.add(func(h *house) error {
		return h.register.MakeExport(h.t.Context(), jobs.Doors{Register: h.register, Desk: h.desk, Mailroom: h.mail}.Tables(), id)
	})
}
func (q *queue) SendRecords(context.Context, pgx.Tx, string) error { return nil }

// work does what was left for later, and what that leaves.
func (h *house) work() {
	h.t.Helper()
	for len(h.queue.later) > 0 {
		list := h.queue.later
		h.queue.later = nil
		for _, do := range list {
			h.must(do(h))
		}
	}
}

var assets = sync.OnceValues(func() (*static.Assets, error) {
	home, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	return static.Load(context.Background(), filepath.Join(home, "duenotice-assets"), func(string) {})
})

// clockwork is a demonstration's clock that only moves.
type clockwork struct {
	*calendar.Movable
	declaring bool
}

func (k *clockwork) NextWorkingDay(context.Context) error { k.Advance(time.Minute); return nil }
func (k *clockwork) NextThing(context.Context) (string, error) {
	k.Advance(time.Minute)
	return "Nothing happened", nil
}
func (k *clockwork) To(context.Context, calendar.Date) error { k.Advance(time.Minute); return nil }
func (k *clockwork) Declaring() bool                         { return k.declaring }
func (k *clockwork) SetDeclaring(_ context.Context, on bool) error {
	k.declaring = on
	return nil
}

// staff are one of each role, two more managers, and somebody of another region.
var staff = []struct{ name, role, region string }{
	{"Anna Author", "regional", "QMF"}, {"Ben First", "regional", "QMF"}, {"Cara Second", "national", ""},
	{"Olga Other", "regional", "QWO"}, {"Hal Help", "helpdesk", "QMF"}, {"Pia Practice", "practice", "QMF"},
	{"Finn Finance", "finance", "QMF"}, {"Ada Auditor", "auditor", ""},
}

func mail(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@example.org"
}

func build(t testing.TB) *house {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil && os.Getenv("CI") == "" {
		t.Skip("npm is not installed, so the assets cannot be built")
	}
	h := &house{t: t, db: schematest.New(t), clock: calendar.NewStopped(opening), queue: &queue{}, tokens: map[string]session{}, said: map[string]string{}}
	a, err := assets()
	h.must(err)
	store, err := archive.OpenFolder(t.TempDir())
	h.must(err)
	t.Cleanup(func() { _ = store.Close() })
	log := slog.New(slog.DiscardHandler)
	h.register = &campaigns.Register{Pool: h.db.App, Clock: h.clock.Now, Queue: h.queue, Log: log, Files: store, Options: campaigns.Options{MadeUpPeople: true,
		FactorKeys: campaigns.FactorKeys{Keys: map[int16][]byte{1: []byte("a secret for tests of 32 bytes..")}, Newest: 1}}}
	h.desk = &optout.Desk{Pool: h.db.App, Clock: h.clock.Now, Register: h.register, Queue: h.queue, Log: log,
		CodeMaker: optout.CodeMaker{Peppers: map[int16][]byte{1: []byte("a pepper for tests, 32 bytes long")}, Newest: 1}}
	h.mail = &letters.Mailroom{Pool: h.db.App, Clock: h.clock.Now, Register: h.register, Desk: h.desk, Archive: store, Queue: h.queue, Log: log}
	h.register.Exporting = h.queue
	crew, err := jobs.NewCrew(h.db.App, jobs.Doors{Register: h.register, Desk: h.desk, Mailroom: h.mail}, log, jobs.Options{NoTimetable: true}) // never started
	h.must(err)
	hall, err := managers.Open(a, managers.Rooms{Register: h.register, Desk: h.desk, Mailroom: h.mail, Crew: crew, Programme: h.around(), Clock: h.clock.Now, Demo: &clockwork{Movable: h.clock},
		Secret: []byte("a secret for tests of 32 bytes.."), Log: log})
	h.must(err)
	h.app = fiber.New(fiber.Config{Immutable: true, ErrorHandler: hall.Renderer().Failed, DisableStartupMessage: true, StreamRequestBody: true, DisablePreParseMultipartForm: true})
	h.app.Use(hall.Renderer().Guarded)
	h.app.Get("/assets/*", hall.Renderer().Assets)
	hall.Routes(h.app)

	h.exec(`INSERT INTO regions (code, name, kind) VALUES ('QMF', 'North East London', 'icb'), ('QWO', 'West Yorkshire', 'icb')`)
	h.exec(`INSERT INTO practices (code, name, region_code, nhs_region, commissioner, address, postcode, status, list_size, updated_at) VALUES
		('F84001', 'Limehouse & Bow <b>Surgery</b>', 'QMF', 'Y56', 'QMF', ARRAY['1 High Street'], 'E1 1AA', 'active', 9120, '2026-11-01'),
		('F84002', 'Victoria Park Practice', 'QMF', 'Y56', 'QMF', ARRAY['2 High Street'], 'E9 1AA', 'active', 12040, '2026-11-01'),
		('B86001', 'Leeds Road Practice', 'QWO', 'Y63', 'QWO', ARRAY['3 High Street'], 'LS1 1AA', 'active', 5000, '2026-11-01')`)
	hash := campaigns.HashPassword(password)
	for _, s := range staff {
		h.exec(`INSERT INTO staff (email, name, role, region_code, password_hash, created_at) VALUES ($1, $2, $3, nullif($4, ''), $5, $6)`,
			mail(s.name), s.name, s.role, s.region, hash, opening)
	}
	_, err = h.register.CreateProgramme(t.Context(), "SHS", "Shared Health Summary", "own")
	h.must(err)
	h.vendor, err = h.mail.AddVendor(t.Context(), "INKWELL", "Inkwell Print")
	h.must(err)
	h.must(h.mail.EnsureStandardPack(t.Context()))
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) exec(sql string, args ...any) {
	h.t.Helper()
	_, err := h.db.Owner.Exec(context.Background(), sql, args...)
	h.must(err)
}

func (h *house) count(sql string, args ...any) int {
	h.t.Helper()
	var n int
	h.must(h.db.Owner.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

// reply is what a browser got.
type reply struct {
	h      *house
	Status int
	Header http.Header
	Body   string
}

// reads fails the test unless the page says all of this.
func (r reply) reads(status int, sentences ...string) reply {
	r.h.t.Helper()
	text := plain(r.Body)
	if r.Status != status {
		r.h.t.Fatalf("status %d, not %d: %.600s", r.Status, status, text)
	}
	for _, s := range sentences {
		if !strings.Contains(text, s) {
			r.h.t.Errorf("the page does not say %q: %.3000s", s, text)
		}
	}
	return r
}

var tags = regexp.MustCompile(`(?s)<script.*?</script>|<[^>]*>`)
var blanks = regexp.MustCompile(`\s+`)

// plain is the text of a page, entities and all but the quotes.
func plain(body string) string {
	s := strings.NewReplacer("&#39;", "'", "&amp;", "&", "&nbsp;", " ", "\u00a0", " ", "&#34;", `"`).Replace(tags.ReplaceAllString(body, " "))
	return blanks.ReplaceAllString(s, " ")
}

// token signs a member of staff in, once, and again when the clock has moved.
func (h *house) token(name string) string {
	h.t.Helper()
	if name == "" {
		return ""
	}
	if s, ok := h.tokens[name]; ok && h.clock.Now().Sub(s.at) < campaigns.ProofLife/2 {
		return s.token
	}
	token, err := h.register.SignIn(h.t.Context(), mail(name), password, "a test")
	h.must(err)
	h.tokens[name] = session{token, h.clock.Now()}
	return token
}

func (h *house) ask(name string, req *http.Request) reply {
	h.t.Helper()
	if token := h.token(name); token != "" {
		req.AddCookie(&http.Cookie{Name: "managers-session", Value: token})
	}
	if said := h.said[name]; said != "" && req.Method == http.MethodGet {
		req.AddCookie(&http.Cookie{Name: "managers-said", Value: said})
		delete(h.said, name)
	}
	res, err := h.app.Test(req, -1)
	h.must(err)
	for _, k := range res.Cookies() {
		if k.Name == "managers-said" && k.Value != "" {
			h.said[name] = k.Value
		}
	}
	body, err := io.ReadAll(res.Body)
	h.must(err)
	return reply{h, res.StatusCode, res.Header, string(body)}
}

func (h *house) get(name, path string) reply {
	h.t.Helper()
	return h.ask(name, httptest.NewRequest(http.MethodGet, path, nil))
}

var formToken = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)

// csrf takes a token for forms from a page that everybody has.
func (h *house) csrf(name string) string {
	h.t.Helper()
	found := formToken.FindStringSubmatch(h.get(name, "/").Body)
	if found == nil {
		h.t.Fatal("the page holds no token for forms")
	}
	return found[1]
}

func (h *house) post(name, path string, values ...string) reply {
	h.t.Helper()
	form := url.Values{"_csrf": {h.csrf(name)}}
	for i := 0; i+1 < len(values); i += 2 {
		form.Add(values[i], values[i+1])
	}
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.ask(name, req)
}

// upload sends a file of people as a browser does.
func (h *house) upload(name, campaign, file string) reply {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	h.must(w.WriteField("_csrf", h.csrf(name)))
	h.must(w.WriteField("campaign", campaign))
	part, err := w.CreateFormFile("file", `C:\people\cohort.csv`)
	h.must(err)
	_, err = io.WriteString(part, file)
	h.must(err)
	h.must(w.Close())
	req := httptest.NewRequest(http.MethodPost, "/imports", &b)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return h.ask(name, req)
}

// number is a made-up NHS number that begins with 5.
func number(n int) string {
	for ; ; n += 1000 {
		digits := fmt.Sprintf("5%08d", n)
		sum := 0
		for i, d := range digits {
			sum += int(d-'0') * (10 - i)
		}
		if check := 11 - sum%11; check != 10 {
			return digits + fmt.Sprint(check%11)
		}
	}
}

var newCampaign = []string{"kind", "blanket", "name", "North East London 2026", "code", "NEL", "programme", "SHS", "region", "QMF", "pack", "standard", "vendor", "INKWELL",
	"length", "84", "allowance", "3", "age", "16", "capacity", "1000", "batch", "20", "helpline", "0800 000 0000", "hours", "Monday to Friday, 8am to 6pm",
	"web", "answer.example", "freepost", "Freepost ANSWER, London", "sender", "North East London", "signatory", "Dr A Person"}

// people is a file of n people, some of them awkward, and one row that is wrong.
func people(n int) string {
	var b strings.Builder
	b.WriteString("nhs_number,title,given_names,family_name,date_of_birth,date_of_death,address_line_1,address_line_2,address_line_3,address_line_4,address_line_5,postcode,practice_code,preferred_language,accessible_format,sensitive\r\n")
	for i := range n {
		given, family, language, format, sensitive := "Odette", fmt.Sprintf("Farringham%s", strings.Repeat("e", i%3)), "", "", ""
		switch i {
		case 1:
			given, family = "O'Brien", "<script>alert(1)</script>"
		case 2:
			language, format = "pl", "large_print"
		case 3:
			sensitive = "yes"
		}
		fmt.Fprintf(&b, "%s,Ms,%s,%s,1961-06-%02d,,%d High Street,,,,,E1 %dAA,F8400%d,%s,%s,%s\r\n", number(i+1), given, family, 1+i%28, i+1, 1+i%9, 1+i%2, language, format, sensitive)
	}
	b.WriteString("1234567890,Ms,Wrong,Number,1961-06-01,,1 High Street,,,,,E1 1AA,F84001,,,\r\n")
	return b.String()
}

// campaign brings a campaign of n people as far as its cohort, through the pages.
func (h *house) campaign(n int) {
	h.t.Helper()
	h.post("Anna Author", "/campaigns/new", newCampaign...).reads(http.StatusSeeOther)
	for _, by := range []string{"Ben First", "Cara Second"} {
		h.post(by, "/campaigns/NEL/approve").reads(http.StatusSeeOther)
	}
	h.upload("Anna Author", "NEL", people(n)).reads(http.StatusSeeOther)
	h.work()
	h.post("Anna Author", "/imports/1/decide", "decision", "accept").reads(http.StatusSeeOther)
	h.work()
}

// posted brings it as far as a posted wave.
func (h *house) posted(n int) {
	h.t.Helper()
	h.campaign(n)
	plan := []string{"first[day]", "24", "first[month]", "11", "first[year]", "2026"}
	h.post("Anna Author", "/campaigns/NEL/waves/new", append(plan, "counted", fmt.Sprintf("1/%d", n-1))...).reads(http.StatusSeeOther)
	for _, by := range []string{"Ben First", "Cara Second"} {
		h.post(by, "/campaigns/NEL/waves/1/approve").reads(http.StatusSeeOther)
	}
	h.work()
	list, err := h.mail.Batches(h.t.Context(), h.vendor.ID, letters.BatchFilter{})
	h.must(err)
	h.clock.Set(time.Date(2026, 11, 24, 16, 0, 0, 0, calendar.London))
	for _, b := range list {
		h.must(h.mail.Accept(h.t.Context(), h.vendor.ID, b.Code))
		_, err := h.mail.Dispatch(h.t.Context(), h.vendor.ID, b.Code, letters.Dispatch{PostedOn: calendar.On(2026, 11, 24), Docket: "D1"})
		h.must(err)
	}
	h.must(h.desk.FeedSpoke(h.t.Context(), campaigns.FeedRegistrations))
	h.must(h.desk.FeedSpoke(h.t.Context(), campaigns.FeedNational))
}
