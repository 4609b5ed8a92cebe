package vendors_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns"
	"duenotice/campaigns/schema/schematest"
	"duenotice/letters"
	"duenotice/letters/archive"
	"duenotice/optout"
	"duenotice/ui/page"
	"duenotice/ui/static"
	"duenotice/ui/vendors"
)

// withSandbox adds a sandbox, in a database of its own, and gives INKWELL a key
// of it; the house listens anew.
func (h *house) withSandbox() (db *schematest.DB, key string) {
	h.t.Helper()
	db = schematest.New(h.t)
	files, err := archive.OpenFolder(h.t.TempDir())
	h.must(err)
	h.t.Cleanup(func() { files.Close() })
	log, queue := slog.New(slog.DiscardHandler), &letters.SandboxQueue{}
	register := &campaigns.Register{Pool: db.App, Clock: h.clock.Now, Queue: queue, Log: log, Options: campaigns.Options{MadeUpPeople: true}}
	desk := &optout.Desk{Pool: db.App, Clock: h.clock.Now, Register: register, Queue: queue, Log: log,
		CodeMaker: optout.CodeMaker{Peppers: map[int16][]byte{1: []byte("another pepper, 32 bytes or longer")}, Newest: 1}}
	mail := &letters.Mailroom{Pool: db.App, Clock: h.clock.Now, Register: register, Desk: desk, Archive: files, Queue: queue, Log: log, Sandbox: true}
	s, err := letters.OpenSandbox(h.t.Context(), mail, queue)
	h.must(err)
	p, err := h.mail.VendorProfile(h.t.Context(), "INKWELL")
	h.must(err)
	key, err = h.mail.SandboxKey(h.t.Context(), s, h.staff[0], p)
	h.must(err)

	r, err := page.New(&static.Assets{}, page.Site{Door: page.Vendors, Name: "Due Notice", Label: "Print vendors", Logger: log, Problem: vendors.Problem})
	h.must(err)
	app := fiber.New(fiber.Config{Immutable: true, ErrorHandler: r.Failed, DisableStartupMessage: true, BodyLimit: vendors.BodyLimit})
	app.Use(r.Guarded)
	vendors.Sandboxed(app, r, func(context.Context) (*letters.Sandbox, error) { return s, nil })
	h.must(vendors.Routes(app, r, h.mail))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	go func() { _ = app.Listener(l) }()
	h.t.Cleanup(func() { _ = app.ShutdownWithTimeout(5 * time.Second) })
	h.url = "http://" + l.Addr().String()
	return db, key
}

func TestASandboxPlaysAWholeBatchWithoutTouchingARealOne(t *testing.T) {
	h := newHouse(t, 3)
	db, key := h.withSandbox()
	in := []string{"Authorization", "Bearer " + key}
	said := func(a answer) (s struct {
		Batch, Next string
		References  []string
	}) {
		t.Helper()
		h.must(json.Unmarshal([]byte(a.body), &s))
		if a.header.Get("Due-Notice-Sandbox") == "" {
			t.Error("an answer of the sandbox is not marked")
		}
		return s
	}
	step := func(path, body string) answer { return h.expect(200, "POST", "/vendor/v1"+path, body, in...) }
	if got := h.expect(200, "GET", "/vendor/v1/batches", "", in...); !strings.Contains(got.body, `"batches":[]`) || got.header.Get("Due-Notice-Sandbox") == "" {
		t.Errorf("an empty sandbox: %s", got.body)
	}
	b := said(step("/sandbox/batches", `{"letters":25}`)).Batch
	if !strings.HasPrefix(b, "SANDBOX-") {
		t.Fatalf("the batch is called %s", b)
	}
	at := "/sandbox/batches/" + b
	h.expect(422, "POST", "/vendor/v1/sandbox/batches", `{"letters":501}`, in...)

	whole := h.expect(200, "GET", "/vendor/v1/batches/"+b+"/pdf", "", in...)
	step(at+"/cut", `{"after_bytes":5000}`)
	req := mustRequest(t, "GET", h.url+"/vendor/v1/batches/"+b+"/pdf")
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultTransport.RoundTrip(req)
	h.must(err)
	part, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err == nil || len(part) > 5000 || !strings.HasPrefix(whole.body, string(part)) {
		t.Errorf("the cut pull brought %d bytes (%v)", len(part), err)
	}
	rest := h.expect(206, "GET", "/vendor/v1/batches/"+b+"/pdf", "", append(in, "Range", "bytes=5000-", "If-Range", whole.header.Get("ETag"))...)
	if whole.body[:5000]+rest.body != whole.body {
		t.Error("the pull does not go on where it was cut")
	}

	h.expect(200, "POST", "/vendor/v1/batches/"+b+"/lease", `{"worker":"a"}`, in...)
	h.expect(409, "POST", "/vendor/v1/batches/"+b+"/lease", `{"worker":"b"}`, in...)
	step(at+"/lapse", `{}`)
	h.expect(200, "POST", "/vendor/v1/batches/"+b+"/lease", `{"worker":"b"}`, in...)

	h.expect(200, "POST", "/vendor/v1/batches/"+b+"/accept", `{}`, in...)
	if asked := said(step(at+"/recall", `{"pieces":3}`)).References; len(asked) != 3 || !strings.Contains(h.expect(200, "GET", "/vendor/v1/recalls", "", in...).body, asked[2]) {
		t.Errorf("%v are asked back", asked)
	}
	if spoilt := said(step(at+"/spoil", `{"pieces":2}`)); len(spoilt.References) != 2 || spoilt.Next == "" || spoilt.Next == b {
		t.Errorf("spoiling says %+v", spoilt)
	}
	h.expect(409, "POST", "/vendor/v1"+at+"/return", `{"pieces":5}`, in...)
	h.expect(200, "POST", "/vendor/v1/batches/"+b+"/dispatch", `{"docket":"D"}`, in...)
	if back := said(step(at+"/return", `{"pieces":5}`)).References; len(back) != 5 {
		t.Errorf("%v came back", back)
	}
	if a := h.expect(404, "POST", "/vendor/v1/sandbox/batches/NEL-0001/lapse", `{}`, in...); a.header.Get("Due-Notice-Sandbox") == "" {
		t.Error("a refusal of the sandbox is not marked")
	}
	var posted int
	h.must(db.Owner.QueryRow(t.Context(), `SELECT count(*) FROM pieces WHERE state IN ('posted', 'returned')`).Scan(&posted))
	if posted != 20 {
		t.Errorf("%d letters of the sandbox are posted", posted)
	}
	if n := h.count(`SELECT count(*) FROM reports`) + h.count(`SELECT count(*) FROM pieces WHERE state <> 'released'`) + h.count(`SELECT count(*) FROM recalls`); n != 0 {
		t.Errorf("%d things happened to real letters", n)
	}
}

func TestASandboxAndARealHouseNeverHoldEachOthersLetters(t *testing.T) {
	h := newHouse(t, 3)
	db, key := h.withSandbox()
	in := []string{"Authorization", "Bearer " + key}
	h.expect(404, "GET", "/vendor/v1/batches/NEL-0001", "", in...)
	h.expect(404, "GET", "/vendor/v1/batches/NEL-0001/pdf", "", in...)
	h.expect(200, "POST", "/vendor/v1/sandbox/batches", `{"letters":2}`, in...)
	if a := h.expect(404, "POST", "/vendor/v1/sandbox/batches", `{"letters":2}`); a.header.Get("Due-Notice-Sandbox") != "" || !strings.Contains(a.body, "Only a key of the sandbox") {
		t.Errorf("a real key in the sandbox's steps: %s", a.body)
	}
	h.expect(404, "GET", "/vendor/v1/batches/SANDBOX-1-0001", "")
	if a := h.expect(200, "GET", "/vendor/v1/batches", ""); strings.Contains(a.body, "SANDBOX") || a.header.Get("Due-Notice-Sandbox") != "" {
		t.Errorf("a real key sees %s", a.body)
	}
	h.expect(401, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer "+strings.Replace(key, "sandbox_", "", 1))
	h.expect(401, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer "+strings.Replace(h.key, "dnv_", "dnv_sandbox_", 1))

	refused := func(db *schematest.DB, sql, by string) {
		t.Helper()
		if _, err := db.Owner.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), by) {
			t.Errorf("the database takes %q (%v)", sql, err)
		}
	}
	refused(db, `UPDATE people SET nhs_number = '9434765919' WHERE id = 1`, "people_of_a_sandbox")
	refused(db, `UPDATE people SET postcode = 'E1 1AA' WHERE id = 1`, "people_of_a_sandbox")
	refused(db, `UPDATE batches SET code = 'NEL-0009'`, "batches_of_a_sandbox")
	refused(h.db, `UPDATE batches SET code = 'SANDBOX-1-0009'`, "batches_of_no_sandbox")
	if _, err := h.db.App.Exec(t.Context(), `SELECT become_sandbox($1)`, h.clock.Now()); err == nil {
		t.Error("a database at work became a sandbox")
	}
	if _, err := letters.OpenSandbox(t.Context(), h.mail, &letters.SandboxQueue{}); err == nil {
		t.Error("a real mailroom was opened as a sandbox")
	}
}
