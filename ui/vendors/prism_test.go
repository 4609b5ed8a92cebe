package vendors_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// throughPrism lets h ask through a validating proxy that judges every answer
// by a specification. It runs on demand: it takes npm, a registry and a minute.
func (h *house) throughPrism(specification, base string) {
	h.t.Helper()
	if os.Getenv("DUENOTICE_PRISM") == "" {
		h.t.Skip("set DUENOTICE_PRISM=1 to judge the API by npm's @stoplight/prism-cli, which is fetched once")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	ctx, end := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, "node", filepath.Join(prismFolder(h.t), "node_modules/@stoplight/prism-cli/dist/index.js"),
		"proxy", specification, h.url+base, "-p", fmt.Sprint(port), "-h", "127.0.0.1")
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	h.must(c.Start())
	h.t.Cleanup(func() { end(); _ = c.Wait() })
	h.prism, h.prismBase = fmt.Sprintf("http://127.0.0.1:%d", port), base
	for range 300 {
		if conn, err := net.Dial("tcp", strings.TrimPrefix(h.prism, "http://")); err == nil {
			conn.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	h.t.Fatalf("the proxy does not start: %s", said.String())
}

// prismFolder is where the proxy is installed, by its lock file.
func prismFolder(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	folder := filepath.Join(cache, "duenotice", "prism-5.14.2")
	if _, err := os.Stat(filepath.Join(folder, "installed")); err == nil {
		return folder
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("testdata/prism", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	c.Dir = folder
	if out, err := c.CombinedOutput(); err != nil {
		t.Skipf("the proxy cannot be fetched: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(folder, "installed"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// violation is what the proxy finds wrong with a request or an answer.
type violation struct {
	Location          []string
	Severity, Message string
}

// judged fails the test for what the proxy calls an error of an answer; what it
// says of requests is meant where requests are wrong on purpose.
func (h *house) judged(method, path string, a answer) {
	h.t.Helper()
	h.judgements++
	for _, v := range h.violations(a) {
		h.t.Errorf("%s %s, %d: %v: %s", method, path, a.status, v.Location, v.Message)
	}
}

func (h *house) violations(a answer) (list []violation) {
	h.t.Helper()
	if text := a.header.Get("sl-violations"); text != "" {
		h.must(json.Unmarshal([]byte(text), &list))
	}
	return slices.DeleteFunc(list, func(v violation) bool {
		return v.Severity != "Error" || len(v.Location) == 0 || v.Location[0] != "response"
	})
}

// bites checks that the proxy would tell: it follows the link to a letter's
// data, and a PDF is nothing that the contract describes.
func (h *house) bites(id string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.prism+"/letters/"+id+"/data", nil)
	h.must(err)
	req.Header = http.Header{"X-Request-Id": {"1"}, "Authorization": {"Bearer " + h.key}}
	res, err := http.DefaultTransport.RoundTrip(req)
	h.must(err)
	defer res.Body.Close()
	if len(h.violations(answer{header: res.Header})) == 0 {
		h.t.Errorf("the proxy takes a PDF for an answer of the contract: %v", res.Header)
	}
}

// pulled asks for a letter's data past the proxy, which would follow the link
// that is the answer; the contract's own words for it are status and Location.
func (h *house) pulled(id string) {
	h.t.Helper()
	proxy := h.prism
	h.prism = ""
	a := h.supplied(303, "GET", "/letters/"+id+"/data", "")
	if a.header.Get("Location") == "" || a.header.Get("X-Request-ID") == "" || a.header.Get("X-Correlation-ID") == "" {
		h.t.Errorf("the answer with the data's address has %v", a.header)
	}
	h.prism = proxy
}

func TestThePrismFindsNothingWrongWithTheLifeOfFiveHundredLetters(t *testing.T) {
	if os.Getenv("DUENOTICE_PRISM") == "" {
		t.Skip("set DUENOTICE_PRISM=1 to judge the compatible surface by npm's @stoplight/prism-cli, which is fetched once")
	}
	h := newHouse(t, 500)
	h.throughPrism("testdata/notify/openapi.yaml", supplier)
	ids := h.listed("/letters?limit=300")
	ids = append(ids, h.listed("/letters")...)
	if len(ids) != 500 {
		t.Fatalf("%d letters are listed", len(ids))
	}
	h.bites(ids[0])
	for i, id := range ids {
		if i%10 == 0 {
			h.supplied(200, "GET", "/letters/"+id, "")
			h.pulled(id)
		}
		if i < 100 {
			h.supplied(200, "PATCH", "/letters/"+id, one(id, "ACCEPTED"))
		}
	}
	for _, status := range []string{"ACCEPTED", "PRINTED", "ENCLOSED"} {
		var items []string
		for _, id := range ids {
			items = append(items, item(id, status))
		}
		h.supplied(202, "POST", "/letters", many(items...))
	}
	for i, id := range ids {
		switch {
		case i%50 == 1:
			h.supplied(200, "PATCH", "/letters/"+id, one(id, "REJECTED", "V1", "torn"))
		case i%50 == 2:
			h.supplied(200, "PATCH", "/letters/"+id, one(id, "FAILED", "V2", "jammed"))
		case i%50 == 3:
			h.supplied(200, "PATCH", "/letters/"+id, one(id, "FORWARDED"))
		case i%50 == 4:
			h.must(h.mail.Recall(t.Context(), h.staff[1], id, "the address is wrong"))
			h.supplied(200, "PATCH", "/letters/"+id, one(id, "CANCELLED"))
		default:
			h.supplied(200, "PATCH", "/letters/"+id, one(id, "DISPATCHED"))
		}
	}
	for i, id := range ids {
		if i%50 == 5 {
			h.supplied(200, "PATCH", "/letters/"+id, one(id, "DELIVERED"))
			h.supplied(200, "PATCH", "/letters/"+id, one(id, "RETURNED", "R04", "Addressee unknown"))
		}
		if i%50 < 8 {
			h.supplied(200, "GET", "/letters/"+id, "")
		}
	}
	id := ids[0]
	h.supplied(404, "GET", "/letters/"+id+"/data", "")
	h.supplied(404, "GET", "/letters/DN0000000000", "")
	h.supplied(404, "PATCH", "/letters/DN0000000000", one("DN0000000000", "PRINTED"))
	h.supplied(400, "PATCH", "/letters/"+id, one(ids[1], "PRINTED"))
	h.supplied(400, "PATCH", "/letters/"+id, one(id, "PENDING"))
	h.supplied(400, "PATCH", "/letters/"+id, one(id, "RETURNED"))
	h.supplied(400, "PATCH", "/letters/"+ids[4], one(ids[4], "DISPATCHED"))
	h.supplied(400, "POST", "/letters", many(item(id, "PRINTED"), item(id, "PRINTED")))
	h.supplied(400, "GET", "/letters?limit=2501", "")
	h.supplied(400, "GET", "/letters", "", "X-Request-ID", "")
	h.supplied(401, "GET", "/letters", "", "Authorization", "Bearer forged")
	h.supplied(415, "POST", "/letters", many(item(id, "PRINTED")), "Content-Type", "text/csv")
	h.supplied(406, "POST", "/letters", many(item(id, "PRINTED")), "Content-Type", "application/json; charset=latin1")
	h.supplied(201, "POST", "/mi", figure)
	h.supplied(400, "POST", "/mi", strings.Replace(figure, "2026-11-17T14:27:51.413Z", "yesterday", 1))
	h.supplied(404, "POST", "/mi", strings.Replace(figure, `"groupId"`, `"specificationId":"123456","groupId"`, 1))
	if a := h.notify("GET", "/_status", ""); a.status != 200 {
		t.Errorf("_status answers %d", a.status)
	}
	if posted, _, _, _, _ := h.balance(); posted != 460 {
		t.Errorf("%d letters are posted", posted)
	}
	t.Logf("%d answers were judged", h.judgements)
	h.prism = "" // the bundled file does not know GET /mi/{id}: judged by the source of its schema
	text, err := os.ReadFile("testdata/notify/miData.yml")
	h.must(err)
	var schema any
	h.must(yaml.Unmarshal(text, &schema))
	compiler := jsonschema.NewCompiler()
	h.must(compiler.AddResource("mi.json", schema))
	compiled, err := compiler.Compile("mi.json")
	h.must(err)
	var said struct{ Data any }
	h.must(json.Unmarshal([]byte(h.supplied(200, "GET", "/mi/1", "").body), &said))
	if err := compiled.Validate(said.Data); err != nil {
		t.Error(err)
	}
}
