package patients_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/optout"
	"duenotice/ui/page"
	"duenotice/ui/patients"
	"duenotice/ui/static/statictest"
)

// morning is the day of the pictures: the letter was posted on 15 December
// 2026, and its last day is Friday 12 March 2027.
var morning = time.Date(2027, 2, 24, 9, 40, 0, 0, calendar.London)

const (
	reference = "DN-TEST-0001"
	bornDay   = "17"
	bornMonth = "4"
	bornYear  = "1961"
)

// house is a database with one person and one letter, and the public service in front of it.
type house struct {
	app    *fiber.App
	desk   *optout.Desk
	db     *schematest.DB
	clock  *calendar.Movable
	code   string
	other  string // a right code that belongs to nobody
	logs   *bytes.Buffer
	at     string // the address it answers at
	issuer string // of the identity service, where there is one
}

type noQueue struct{}

func (noQueue) SendRecords(context.Context, pgx.Tx, string) error { return nil }

func build(t *testing.T, change ...func(*patients.Settings)) *house {
	t.Helper()
	h := &house{db: schematest.New(t), clock: calendar.NewStopped(morning), logs: &bytes.Buffer{}}
	log := slog.New(slog.NewJSONHandler(h.logs, nil))
	codes := optout.CodeMaker{Peppers: map[int16][]byte{1: bytes.Repeat([]byte("pepper!!"), 4)}, Newest: 1}
	h.desk = desk(h.db.Public, h.clock.Now, log, codes)
	h.code, h.other = codes.Derive([]byte("salt"), reference), codes.Derive([]byte("salt"), "DN-NOBODY")
	h.post(t, codes)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of the public service:\n%s", h.logs)
		}
	})

	s := patients.Settings{
		Sender: "Kent and Medway Health Records Office", Programme: "Shared Health Summary",
		About:    "It is a short record of your medicines, your allergies and your bad reactions to medicines. Hospitals and urgent care services in England can look at it when they treat you.",
		Helpline: "0808 157 0419", HelplineHours: "Monday to Friday 8am to 8pm, Saturday 9am to 1pm", Floor: 20 * time.Millisecond, Log: log,
		Note: "Due Notice. Demonstration: places are real; people, practices, firms and figures are made up.",
	}
	for _, c := range change {
		c(&s)
	}
	r, err := page.New(statictest.Load(t), patients.Site(s, h.clock.Now))
	if err != nil {
		t.Fatal(err)
	}
	h.app = fiber.New(fiber.Config{Immutable: true, ProxyHeader: "X-Test-From", ErrorHandler: r.Failed, DisableStartupMessage: true, BodyLimit: 64 << 10})
	h.app.Use(r.Guarded)
	h.app.Get("/assets/*", r.Assets)
	if err := patients.Routes(h.app, r, h.desk, bytes.Repeat([]byte("s"), 32), h.clock.Now, s); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.RequestURI = ""
		if len(req.TransferEncoding) > 0 {
			t.Error("a body of unknown length")
		}
		body, _ := io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
		res, err := h.app.Test(req, -1)
		if err != nil {
			t.Errorf("%s %s: %v", req.Method, req.URL.Path, err)
			return
		}
		defer res.Body.Close()
		for name, values := range res.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(res.StatusCode)
		_, _ = io.Copy(w, res.Body)
	}))
	t.Cleanup(server.Close)
	h.at = server.URL
	return h
}

func desk(pool *pgxpool.Pool, clock calendar.Clock, log *slog.Logger, codes optout.CodeMaker) *optout.Desk {
	return &optout.Desk{Pool: pool, Clock: clock, Log: log, CodeMaker: codes, Queue: noQueue{},
		Register: &campaigns.Register{Pool: pool, Clock: clock, Log: log}}
}

// post brings one letter to one person, as the rooms before this one would.
func (h *house) post(t *testing.T, codes optout.CodeMaker) {
	t.Helper()
	mac, key := codes.MAC(h.code)
	h.exec(t, `
		INSERT INTO regions (code, name, kind) VALUES ('QKS', 'Kent and Medway', 'icb');
		INSERT INTO staff (email, name, role, region_code, password_hash, created_at)
			VALUES ('author@example.org', 'Ada Author', 'regional', 'QKS', '-', '2026-10-01Z');
		INSERT INTO programmes (code, name) VALUES ('SHS', 'Shared Health Summary');
		INSERT INTO campaigns (code, programme_id, region_code, name, kind, pack_code, vendor_code, window_unit, window_length, daily_capacity,
				helpline, helpline_hours, web_address, freepost, sender, signatory, author_id, created_at, approved_at)
			VALUES ('KM-2026', 1, 'QKS', 'Kent and Medway', 'blanket', 'SHS-QKS', 'press', 'days', 84, 1000, '0808 157 0419',
				'Monday to Friday 8am to 8pm, Saturday 9am to 1pm', 'answer.example', '{Freepost DUE NOTICE}',
				'Kent and Medway Health Records Office', 'Dr Q', 1, '2026-10-01Z', '2026-10-05Z');
		SELECT create_partitions(1);
		INSERT INTO people (nhs_number, given_names, family_name, born_on, address, postcode, practice_code, touched_at)
			VALUES ('9990000018', 'Odette', 'Farringham', '1961-04-17', '{1 High Street,Deal}', 'CT14 7AA', 'G82001', '2026-10-02Z');
		INSERT INTO enrolments (campaign_id, person_id, cohort_id, state, since) VALUES (1, 1, 1, 'notified', '2026-12-15Z');
		INSERT INTO vendors (code, name, created_at) VALUES ('press', 'The Press', '2026-10-01Z');
		INSERT INTO packs (code, version, language, format, state, body, created_at) VALUES ('SHS-QKS', 1, 'en', 'standard', 'frozen', '{}', '2026-10-01Z');
		INSERT INTO batches (code, campaign_id, vendor_id, pack_id, state, planned_post_on, due_at, salt, created_at)
			VALUES ('B1', 1, 1, 1, 'posted', '2026-12-15', '2026-12-15Z', '\x01', '2026-12-10Z');
		INSERT INTO notices (campaign_id, enrolment_id, person_id, number, batch_id, window_unit, window_length, delivery_allowance, composed_on,
				printed_last_on, posted_on, posted_told_at, closes_on)
			VALUES (1, 1, 1, 1, 1, 'days', 84, 3, '2026-12-10', '2027-03-12', '2026-12-15', '2026-12-16Z', '2027-03-12');
		INSERT INTO pieces (id, reference, campaign_id, notice_id, enrolment_id, person_id, number, batch_id, sequence, first_page, pages, sheets,
				postcode, checksum, state, posted_on, state_at)
			VALUES (1, 'DN-TEST-0001', 1, 1, 1, 1, 1, 1, 1, 1, 3, 2, 'CT14 7AA', '\x01', 'posted', '2026-12-15', '2026-12-15Z');
		INSERT INTO windows (campaign_id, enrolment_id, person_id, opened_on, closes_on) VALUES (1, 1, 1, '2026-12-15', '2027-03-12');`)
	_, err := h.db.Owner.Exec(t.Context(), `INSERT INTO codes (mac, key_id, piece_id, campaign_id, enrolment_id, person_id) VALUES ($1, $2, 1, 1, 1, 1)`, mac, key)
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := h.db.Owner.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
}

func (h *house) count(t *testing.T, sql string) (n int) {
	t.Helper()
	if err := h.db.Owner.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// person is somebody at a browser without JavaScript.
type person struct {
	t      *testing.T
	h      *house
	client *http.Client
	answer
}

// answer is the page in front of the person.
type answer struct {
	status int
	header http.Header
	body   string
	path   string
}

func (h *house) visitor(t *testing.T) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, h: h, client: &http.Client{Jar: jar}}
}

func (p *person) take(res *http.Response, err error) *person {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.answer = answer{res.StatusCode, res.Header, string(body), res.Request.URL.Path}
	return p
}

func (p *person) get(path string) *person {
	p.t.Helper()
	return p.take(p.client.Get(p.h.at + path))
}

// send fills in the form of the page that posts to path, and sends it.
func (p *person) send(path string, fields ...string) *person {
	p.t.Helper()
	return p.take(p.client.PostForm(p.h.at+path, p.form(path, fields...)))
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

func (p *person) form(path string, fields ...string) url.Values {
	p.t.Helper()
	_, form, ok := strings.Cut(p.body, `action="`+path+`"`)
	if !ok {
		p.t.Fatalf("%s has no form to %s:\n%s", p.path, path, p.body)
	}
	form, _, _ = strings.Cut(form, "</form>")
	values := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(form, -1) {
		values.Set(m[1], m[2])
	}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return values
}

func (p *person) prove() *person {
	p.t.Helper()
	return p.get("/o").send("/o", "code", optout.GroupCode(p.h.code), "born[day]", bornDay, "born[month]", bornMonth, "born[year]", bornYear)
}

func (p *person) say(says string) *person {
	p.t.Helper()
	return p.get("/question").send("/question", "answer", says).send("/check")
}

var tags = regexp.MustCompile(`(?s)<(script|style|svg)\b.*?</(script|style|svg)>|<[^>]*>`)

// reads checks that the page in front says all of these.
func (p *person) reads(path string, sentences ...string) *person {
	p.t.Helper()
	text := p.text()
	if p.path != path {
		p.t.Errorf("stands on %s, not on %s:\n%s", p.path, path, text)
	}
	for _, s := range sentences {
		if !strings.Contains(text, s) {
			p.t.Errorf("%s does not say %q:\n%s", p.path, s, text)
		}
	}
	return p
}

func (p *person) text() string {
	text := strings.NewReplacer("&nbsp;", " ", "\u00a0", " ", "&#39;", "'", "&#34;", `"`).Replace(tags.ReplaceAllString(p.body, " "))
	return strings.Join(strings.Fields(text), " ")
}
