package vendors_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/letters"
	"duenotice/letters/archive"
	"duenotice/optout"
	"duenotice/ui/page"
	"duenotice/ui/static"
	"duenotice/ui/vendors"
)

// house is the vendors' door over a real mailroom, listening on a real port.
type house struct {
	t        *testing.T
	db       *schematest.DB
	clock    *calendar.Movable
	register *campaigns.Register
	mail     *letters.Mailroom
	campaign campaigns.Campaign
	staff    []campaigns.Viewer
	url      string
	key      string // of the vendor that prints
	other    string // of another vendor
	says     *described

	prism      string // a validating proxy before part of the house, "" for none
	prismBase  string // the path of that part
	judgements int
	waves      []campaigns.WaveID
	planned    []letters.BatchID
	composed   []letters.BatchID
}

func (h *house) ReadCohort(context.Context, pgx.Tx, campaigns.CohortID) error  { return nil }
func (h *house) ApplyCohort(context.Context, pgx.Tx, campaigns.CohortID) error { return nil }
func (h *house) SendRecords(context.Context, pgx.Tx, string) error             { return nil }

func (h *house) ComposeWave(_ context.Context, _ pgx.Tx, _ campaigns.CampaignID, w campaigns.WaveID) error {
	h.waves = append(h.waves, w)
	return nil
}

func (h *house) ComposeBatch(_ context.Context, _ pgx.Tx, id letters.BatchID) error {
	h.planned = append(h.planned, id)
	return nil
}

func (h *house) SealBatch(_ context.Context, _ pgx.Tx, id letters.BatchID) error {
	h.composed = append(h.composed, id)
	return nil
}

func (h *house) ReadScans(context.Context, pgx.Tx, letters.ScanID) error { return nil }

var opening = time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London) // a Friday

// newHouse has a wave of so many people, approved, composed and sealed in
// batches of 40, to be posted on Tuesday 24 November 2026. Statements change
// the people before their wave is planned.
func newHouse(t *testing.T, people int, statements ...string) *house {
	t.Helper()
	ctx := t.Context()
	h := &house{t: t, db: schematest.New(t), clock: calendar.NewStopped(opening)}
	store, err := archive.OpenFolder(t.TempDir())
	h.must(err)
	t.Cleanup(func() { store.Close() })
	log := slog.New(slog.DiscardHandler)
	h.register = &campaigns.Register{Pool: h.db.App, Clock: h.clock.Now, Queue: h, Log: log}
	desk := &optout.Desk{Pool: h.db.App, Clock: h.clock.Now, Register: h.register, Queue: h, Log: log,
		CodeMaker: optout.CodeMaker{Peppers: map[int16][]byte{1: []byte("a pepper for tests, 32 bytes long")}, Newest: 1}}
	h.mail = &letters.Mailroom{Pool: h.db.App, Clock: h.clock.Now, Register: h.register, Desk: desk, Archive: store, Queue: h, Log: log}
	h.exec(`INSERT INTO regions (code, name, kind) VALUES ('QMF', 'North East London', 'icb')`)
	for _, name := range []string{"author", "first", "second"} {
		var id campaigns.StaffID
		h.must(h.db.Owner.QueryRow(ctx, `INSERT INTO staff (email, name, role, password_hash, created_at)
			VALUES ($1 || '@example.org', $1, 'national', '', $2) RETURNING id`, name, opening).Scan(&id))
		h.staff = append(h.staff, campaigns.Viewer{ID: id, Name: name, Role: campaigns.RoleNational})
	}
	_, err = h.register.CreateProgramme(ctx, "SHS", "Shared Health Summary", "own")
	h.must(err)
	h.key, h.other = h.vendor("INKWELL"), h.vendor("BLOTTER")
	h.must(h.mail.EnsureStandardPack(ctx))
	h.campaign, err = h.register.CreateCampaign(ctx, h.staff[0], campaigns.NewCampaign{Code: "NEL", Programme: "SHS", Region: "QMF",
		Name: "North East London", Kind: "blanket", Pack: "standard", Vendor: "INKWELL",
		Window: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}, MinimumAge: 16, DailyCapacity: 1000, BatchSize: 40,
		Helpline: "0800 000 0000", HelplineHours: "Monday to Friday, 8am to 6pm", WebAddress: "answer.example", Freepost: []string{"Freepost ANSWER"},
		Sender: "North East London", Signatory: "Dr A Person, Chief Medical Officer"})
	h.must(err)
	for _, by := range h.staff[1:] {
		_, err = h.register.ApproveCampaign(ctx, by, "NEL")
		h.must(err)
	}
	h.write(people, statements)
	h.listen()
	return h
}

func (h *house) vendor(code string) (key string) {
	h.t.Helper()
	v, err := h.mail.AddVendor(h.t.Context(), code, code+" Print")
	h.must(err)
	key, err = h.mail.NewVendorKey(h.t.Context(), v.ID)
	h.must(err)
	return key
}

// write brings people into a wave and their letters into sealed batches.
func (h *house) write(people int, statements []string) {
	h.t.Helper()
	ctx := h.t.Context()
	h.exec(`INSERT INTO signals (key, changed_at) VALUES ('pause:practice:F84001', '2026-11-20')`)
	h.exec(`
		INSERT INTO people (nhs_number, given_names, family_name, born_on, address, postcode, practice_code, touched_at)
		SELECT '999' || to_char(i, 'FM0000000'), 'Ada', 'Example ' || chr(65 + i % 26), '1970-01-01', ARRAY[i || ' High Street', 'London'],
			'E' || 1 + i % 9 || ' ' || i % 10 || 'AB', 'F84001', '2026-11-01' FROM generate_series(1, $1::int) i`, people)
	for _, s := range statements {
		h.exec(s)
	}
	h.exec(`INSERT INTO enrolments (campaign_id, person_id, cohort_id, state, since) SELECT $1, id, 1, 'in_cohort', '2026-11-01' FROM people`, h.campaign.ID)
	h.exec(`INSERT INTO count_deltas (campaign_id, wave_id, state, reason, people) VALUES ($1, 0, 'in_cohort', '', $2)`, h.campaign.ID, people)
	_, err := h.register.PlanWaves(ctx, h.staff[0], "NEL", campaigns.Plan{FirstPostOn: calendar.On(2026, 11, 24)})
	h.must(err)
	for _, by := range h.staff[1:] {
		_, err = h.register.ApproveWave(ctx, by, "NEL", 1)
		h.must(err)
	}
	for _, w := range h.waves {
		h.must(h.mail.ComposeWave(ctx, h.campaign.ID, w))
	}
	for _, b := range h.planned {
		h.must(h.mail.ComposeBatch(ctx, b))
	}
	for _, b := range h.composed {
		h.must(h.mail.SealBatch(ctx, b))
	}
}

func (h *house) listen() {
	h.t.Helper()
	app := newApp(h.t, &static.Assets{}, h.mail)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	go func() { _ = app.Listener(l) }()
	h.t.Cleanup(func() { _ = app.ShutdownWithTimeout(5 * time.Second) })
	h.url = "http://" + l.Addr().String()
}

func newApp(t *testing.T, assets *static.Assets, m *letters.Mailroom) *fiber.App {
	t.Helper()
	r, err := page.New(assets, page.Site{Door: page.Vendors, Name: "Due Notice", Label: "Print vendors", Logger: slog.New(slog.DiscardHandler),
		Problem: vendors.Problem})
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New(fiber.Config{Immutable: true, ErrorHandler: r.Failed, DisableStartupMessage: true, BodyLimit: vendors.BodyLimit})
	app.Use(r.Guarded)
	app.Get("/assets/*", r.Assets)
	if err := vendors.Routes(app, r, m); err != nil {
		t.Fatal(err)
	}
	return app
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

func (h *house) count(sql string, args ...any) (n int) {
	h.t.Helper()
	h.must(h.db.Owner.QueryRow(context.Background(), sql, args...).Scan(&n))
	return n
}

// text is the first column of the first row.
func (h *house) text(sql string, args ...any) (s string) {
	h.t.Helper()
	h.must(h.db.Owner.QueryRow(context.Background(), sql, args...).Scan(&s))
	return s
}

type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request with the printing vendor's key; headers come in pairs
// and may replace it.
func (h *house) ask(method, path, body string, headers ...string) answer {
	h.t.Helper()
	to := h.url + path
	if h.prism != "" {
		to = h.prism + strings.TrimPrefix(path, h.prismBase)
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, to, strings.NewReader(body))
	h.must(err)
	req.Header.Set("Authorization", "Bearer "+h.key)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	h.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	h.must(err)
	a := answer{res.StatusCode, res.Header, string(text)}
	if h.prism != "" {
		h.judged(method, path, a)
	}
	if strings.HasPrefix(path, "/vendor/v1/") {
		if err := h.description().judge(method, path, a); err != nil {
			h.t.Errorf("%s %s: %v", method, path, err)
		}
	}
	return a
}

// description is what the API says of itself.
func (h *house) description() *described {
	h.t.Helper()
	if h.says == nil {
		res, err := http.Get(h.url + "/vendor/v1/openapi.json") //nolint:noctx // it ends with the test's server
		h.must(err)
		defer res.Body.Close()
		h.says = readDescription(h.t, read(h.t, res.Body))
	}
	return h.says
}

// expect is ask with the status that it must have.
func (h *house) expect(status int, method, path, body string, headers ...string) answer {
	h.t.Helper()
	a := h.ask(method, path, body, headers...)
	if a.status != status {
		h.t.Errorf("%s %s: %d, not %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

func mustRequest(t *testing.T, method, path string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
