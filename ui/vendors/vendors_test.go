package vendors_test

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"duenotice/letters/exchange"
	"duenotice/ui/static/statictest"
)

const first = "/vendor/v1/batches/NEL-0001"

func TestABatchGoesFromTheListToThePost(t *testing.T) {
	h := newHouse(t, 100)
	var page struct {
		Batches []struct{ Batch string }
		Next    string
	}
	a := h.expect(200, "GET", "/vendor/v1/batches?state=sealed&limit=2", "")
	h.must(json.Unmarshal([]byte(a.body), &page))
	if len(page.Batches) != 2 || page.Next != page.Batches[1].Batch || !strings.Contains(a.header.Get("Link"), "after="+page.Next) {
		t.Fatalf("the first page is %s", a.body)
	}
	a = h.expect(200, "GET", "/vendor/v1/batches?state=sealed&limit=2&after="+page.Next, "")
	page.Next = ""
	h.must(json.Unmarshal([]byte(a.body), &page))
	if len(page.Batches) != 1 || page.Next != "" {
		t.Fatalf("the last page is %s", a.body)
	}
	h.expect(200, "POST", first+"/lease", "")
	pdf := h.expect(200, "GET", first+"/pdf", "")
	manifest := h.expect(200, "GET", first+"/manifest.json", "")
	m, err := exchange.ReadJSON([]byte(manifest.body))
	h.must(err)
	if sum := sha256.Sum256([]byte(pdf.body)); m.PDF.SHA256 != hex.EncodeToString(sum[:]) || pdf.header.Get("ETag") != `"`+m.PDF.SHA256+`"` {
		t.Error("the PDF, its ETag and its manifest do not agree")
	}
	h.expect(200, "GET", first+"/manifest.csv", "")
	if n := h.count(`SELECT count(*) FROM reports WHERE kind = 'pulled'`); n != 1 {
		t.Errorf("%d pulls are noted", n)
	}
	h.expect(409, "POST", first+"/dispatch", `{"posted_on":"2026-11-20"}`) // not accepted yet
	a = h.expect(200, "POST", first+"/accept", "")
	if !strings.Contains(a.body, `"state":"accepted"`) {
		t.Errorf("after acceptance: %s", a.body)
	}
	h.expect(422, "POST", first+"/dispatch", `{"posted_on":"2026-11-21"}`) // tomorrow
	spared := m.Pieces[0].Reference
	a = h.expect(200, "POST", first+"/dispatch", fmt.Sprintf(`{"posted_on":"2026-11-20","docket":"D1","except":[%q]}`, spared))
	if want := fmt.Sprintf(`"applied":%d,"already":0,"refused":[]`, m.Totals.Pieces-1); !strings.Contains(a.body, want) {
		t.Errorf("dispatch answered %s", a.body)
	}
	if n := h.count(`SELECT count(*) FROM enrolments WHERE state = 'notified'`); n != m.Totals.Pieces-1 {
		t.Errorf("%d windows are open", n)
	}
	a = h.expect(200, "POST", "/vendor/v1/pieces/spoiled", fmt.Sprintf(`{"pieces":[{"reference":%q,"on":"2026-11-20","reason":"torn"}]}`, spared))
	if !strings.Contains(a.body, `"applied":1`) {
		t.Errorf("spoiling answered %s", a.body)
	}
	a = h.expect(200, "POST", "/vendor/v1/pieces/status", fmt.Sprintf(
		`{"pieces":[{"reference":%q,"status":"printed","at":"2026-11-20T08:00:00Z"},{"reference":"DN0000000000","status":"posted"},{"reference":%[1]q,"status":"flown"}]}`, m.Pieces[1].Reference))
	if !strings.Contains(a.body, `"applied":0,"already":1,"refused":2`) {
		t.Errorf("statuses answered %s", a.body)
	}
	h.expect(200, "POST", "/vendor/v1/pieces/returned", fmt.Sprintf(`{"pieces":[{"reference":%q,"on":"2026-11-20","reason":"R03"}]}`, m.Pieces[2].Reference))
	h.expect(200, "POST", "/vendor/v1/pieces/suspect", `{"batch":"NEL-0001","ranges":[{"from":4,"to":6}],"reason":"our inserter failed"}`)
	h.expect(422, "POST", "/vendor/v1/pieces/suspect", `{"batch":"NEL-0001","ranges":[{"from":4,"to":4000}],"reason":"our inserter failed"}`)
	if n := h.count(`SELECT count(*) FROM enrolments WHERE state = 'notified'`); n != m.Totals.Pieces-5 {
		t.Errorf("%d windows are open after a return and three suspects", n)
	}
	h.expect(200, "POST", "/vendor/v1/batches/NEL-0002/reject", `{"reason":"no such paper"}`)
	h.expect(422, "POST", "/vendor/v1/batches/NEL-0002/reject", `{"reason":" "}`)
}

func TestABrokenPullGoesOnWhereItWas(t *testing.T) {
	h := newHouse(t, 30)
	whole := h.expect(200, "GET", first+"/pdf", "")
	size, etag := len(whole.body), whole.header.Get("ETag")
	for _, c := range []struct {
		headers []string
		status  int
		from    int
		to      int // exclusive
	}{
		{[]string{"Range", "bytes=0-99"}, 206, 0, 100},
		{[]string{"Range", "bytes=1000-", "If-Range", etag}, 206, 1000, size},
		{[]string{"Range", "bytes=-10"}, 206, size - 10, size},
		{[]string{"Range", fmt.Sprintf("bytes=5-%d", size*9)}, 206, 5, size},
		{[]string{"Range", "bytes=5-99999999999999999999"}, 206, 5, size},
		{[]string{"Range", "bytes=-99999999999999999999"}, 206, 0, size},
		{[]string{"Range", "bytes=1000-", "If-Range", `"another"`}, 200, 0, size},
		{[]string{"Range", "bytes=9-3"}, 200, 0, size},
		{[]string{"Range", "pages=1-2"}, 200, 0, size},
		{[]string{"Range", "bytes=0-1,5-9"}, 200, 0, size},
		{[]string{"Range", "bytes=+1-2"}, 200, 0, size},
	} {
		a := h.expect(c.status, "GET", first+"/pdf", "", c.headers...)
		if a.body != whole.body[c.from:c.to] {
			t.Errorf("%v: %d bytes, not those from %d to %d", c.headers, len(a.body), c.from, c.to)
		}
		if want := fmt.Sprintf("bytes %d-%d/%d", c.from, c.to-1, size); c.status == 206 && a.header.Get("Content-Range") != want {
			t.Errorf("%v: Content-Range %s, not %s", c.headers, a.header.Get("Content-Range"), want)
		}
	}
	for _, beyond := range []string{fmt.Sprintf("bytes=%d-", size), "bytes=-0", "bytes=99999999999999999999-"} {
		a := h.expect(416, "GET", first+"/pdf", "", "Range", beyond)
		if a.header.Get("Content-Range") != fmt.Sprintf("bytes */%d", size) {
			t.Errorf("%s: %v", beyond, a.header)
		}
	}
	head := h.expect(200, "HEAD", first+"/pdf", "")
	if head.body != "" || head.header.Get("Content-Length") != fmt.Sprint(size) || head.header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("HEAD says %v", head.header)
	}
	h.expect(304, "GET", first+"/pdf", "", "If-None-Match", etag)
}

func TestTheMakerOfBraillePullsItsDataWithTheirChecksum(t *testing.T) {
	h := newHouse(t, 4, `UPDATE people SET format = 'braille'`)
	m, err := exchange.ReadJSON([]byte(h.expect(200, "GET", first+"/manifest.json", "").body))
	h.must(err)
	a := h.expect(200, "GET", first+"/rows.csv", "")
	if sum := sha256.Sum256([]byte(a.body)); m.Rows == nil || m.Rows.SHA256 != hex.EncodeToString(sum[:]) || m.Rows.Bytes != int64(len(a.body)) {
		t.Errorf("the manifest says %+v of its data", m.Rows)
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	h.must(err)
	if len(rows) != 5 || rows[0][0] != "reference" || rows[4][1] != "braille" {
		t.Errorf("the data are %.200q", a.body)
	}
	printed := newHouse(t, 4)
	printed.expect(404, "GET", first+"/rows.csv", "")
}

func TestAnothersBatchIsAsAbsentAsNone(t *testing.T) {
	h := newHouse(t, 30)
	reference := h.text(`SELECT reference FROM pieces LIMIT 1`)
	h.must(h.mail.Recall(t.Context(), h.staff[1], reference, "the address is wrong"))
	recall := h.text(`SELECT id::text FROM recalls`)
	for _, c := range []struct{ method, there, absent, body string }{
		{"GET", first, "/vendor/v1/batches/NEL-9999", ""},
		{"GET", first, "/vendor/v1/batches/%FF%00", ""},
		{"GET", first + "/pdf", "/vendor/v1/batches/NEL-9999/pdf", ""},
		{"GET", first + "/manifest.json", "/vendor/v1/batches/NEL-9999/manifest.json", ""},
		{"GET", first + "/manifest.csv", "/vendor/v1/batches/NEL-9999/manifest.csv", ""},
		{"GET", first + "/rows.csv", "/vendor/v1/batches/NEL-9999/rows.csv", ""},
		{"GET", "/vendor/v1/batches?after=NEL-0001", "/vendor/v1/batches?after=NEL-9999", ""},
		{"POST", first + "/lease", "/vendor/v1/batches/NEL-9999/lease", ""},
		{"POST", first + "/accept", "/vendor/v1/batches/NEL-9999/accept", ""},
		{"POST", first + "/reject", "/vendor/v1/batches/NEL-9999/reject", `{"reason":"x"}`},
		{"POST", first + "/dispatch", "/vendor/v1/batches/NEL-9999/dispatch", `{}`},
		{"POST", "/vendor/v1/recalls/" + recall + "/done", "/vendor/v1/recalls/987654/done", ""},
		{"POST", "/vendor/v1/recalls/" + recall + "/too-late", "/vendor/v1/recalls/x/too-late", ""},
	} {
		a := h.expect(404, c.method, c.there, c.body, "Authorization", "Bearer "+h.other, "X-Request-ID", "same")
		b := h.expect(404, c.method, c.absent, c.body, "Authorization", "Bearer "+h.other, "X-Request-ID", "same")
		a.header.Del("Date")
		b.header.Del("Date")
		if a.body != b.body || fmt.Sprint(a.header) != fmt.Sprint(b.header) {
			t.Errorf("%s %s tells another's from none:\n%v %s\n%v %s", c.method, c.there, a.header, a.body, b.header, b.body)
		}
	}
	a := h.expect(200, "POST", "/vendor/v1/pieces/spoiled", fmt.Sprintf(`{"pieces":[{"reference":%q}]}`, reference), "Authorization", "Bearer "+h.other)
	if !strings.Contains(a.body, `"refused":1`) || !strings.Contains(a.body, "There is no piece with this reference.") {
		t.Errorf("another's piece: %s", a.body)
	}
	h.expect(404, "POST", "/vendor/v1/pieces/suspect", `{"batch":"NEL-0001","reason":"x"}`, "Authorization", "Bearer "+h.other)
	if a := h.expect(200, "GET", "/vendor/v1/recalls", "", "Authorization", "Bearer "+h.other); a.body != `{"recalls":[]}` {
		t.Errorf("another's recalls: %s", a.body)
	}
	if a := h.expect(200, "GET", "/vendor/v1/recalls", ""); !strings.Contains(a.body, reference) {
		t.Errorf("own recalls: %s", a.body)
	}
	h.expect(200, "POST", "/vendor/v1/recalls/"+recall+"/done", "")
	h.expect(409, "POST", "/vendor/v1/recalls/"+recall+"/too-late", "")
}

func TestWhateverIsWrongWithAKeyTheAnswerIsTheSame(t *testing.T) {
	h := newHouse(t, 5)
	vendor := h.count(`SELECT id FROM vendors WHERE code = 'BLOTTER'`)
	h.exec(`UPDATE vendor_keys SET revoked_at = $1 WHERE vendor_id = $2`, opening, vendor)
	var said string
	for _, header := range []string{"", "Bearer", "Bearer ", "Bearer forged", "Basic " + h.key, h.key, "Bearer " + h.other, "Bearer " + h.key + "x", "Bearer  " + h.key} {
		a := h.expect(401, "GET", "/vendor/v1/batches", "", "Authorization", header)
		if said == "" {
			said = a.body
		}
		if a.body != said || a.header.Get("WWW-Authenticate") == "" || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%q: %v %s", header, a.header, a.body)
		}
	}
	if strings.Contains(said, "forged") {
		t.Error("the answer repeats the key")
	}
	h.expect(401, "GET", "/vendor/v1/nowhere", "", "Authorization", "")
	h.expect(200, "GET", "/vendor/v1/batches", "")
}

func TestTheSameRequestSentTwiceIsDoneOnce(t *testing.T) {
	h := newHouse(t, 30)
	h.expect(200, "POST", first+"/accept", "", "Idempotency-Key", "k1")
	one := h.expect(200, "POST", first+"/dispatch", `{"posted_on":"2026-11-20"}`, "Idempotency-Key", "k2", "X-Request-ID", "mine-7")
	if one.header.Get("X-Request-ID") != "mine-7" || one.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("the first answer has %v", one.header)
	}
	again := h.expect(200, "POST", first+"/dispatch", `{"posted_on":"2026-11-20"}`, "Idempotency-Key", "k2")
	if again.body != one.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the second answer is %s, the first was %s", again.body, one.body)
	}
	if n := h.count(`SELECT count(*) FROM reports WHERE kind = 'posted' AND piece_id IS NULL`); n != 1 {
		t.Errorf("%d dispatches are noted", n)
	}
	h.expect(409, "POST", first+"/dispatch", `{"posted_on":"2026-11-19"}`, "Idempotency-Key", "k2") // another body
	h.expect(409, "POST", first+"/lease", "", "Idempotency-Key", "k1")                              // another address
	h.expect(422, "POST", first+"/lease", "", "Idempotency-Key", strings.Repeat("x", 101))
	h.expect(422, "POST", first+"/reject", `{"reason":""}`, "Idempotency-Key", "k3") // what failed is not kept
	h.expect(409, "POST", first+"/reject", `{"reason":"torn"}`, "Idempotency-Key", "k3")
}

func TestDoubtfulRequestsAreRefusedInASentence(t *testing.T) {
	h := newHouse(t, 5)
	many := strings.Repeat(`{"reference":"DN1"},`, 10_001)
	for _, c := range []struct {
		status             int
		method, path, body string
		headers            []string
	}{
		{400, "POST", "/pieces/status", `{"pieces":[],"pieces":[]}`, nil},
		{400, "POST", "/pieces/status", `{"pieces":[]} {}`, nil},
		{400, "POST", "/pieces/status", `{"Pieces":[]}`, nil},
		{400, "POST", "/pieces/status", `[]`, nil},
		{400, "POST", "/pieces/status", `{"pieces":`, nil},
		{400, "POST", "/pieces/status", "{\"pieces\":[{\"reference\":\"\xff\"}]}", nil},
		{400, "POST", "/pieces/status", `{"pieces":[{"reference":"a\u0000b"}]}`, nil},
		{400, "POST", "/pieces/status", strings.Repeat(`{"pieces":[`, 5000), nil},
		{422, "POST", "/pieces/status", `{"piece":[]}`, nil},
		{422, "POST", "/pieces/status", `{"pieces":[{"reference":"DN1","born_on":"1970-01-01"}]}`, nil},
		{422, "POST", "/pieces/status", `{"pieces":[]}`, nil},
		{422, "POST", "/pieces/status", `{"pieces":[{"reference":7}]}`, nil},
		{422, "POST", "/pieces/status", `{"pieces":[{"reference":"DN1","status":"posted","at":"yesterday"}]}`, nil},
		{422, "POST", "/pieces/status", `{"pieces":[` + strings.TrimSuffix(many, ",") + `]}`, nil},
		{413, "POST", "/batches/NEL-0001/accept", `{"a":"` + strings.Repeat("a", 70_000) + `"}`, nil},
		{415, "POST", "/pieces/status", `{"pieces":[]}`, []string{"Content-Type", "text/plain"}},
		{415, "POST", "/pieces/status", `{"pieces":[]}`, []string{"Content-Type", "application/json; charset=latin1"}},
		{415, "POST", "/pieces/status", `{"pieces":[]}`, []string{"Content-Encoding", "gzip"}},
		{400, "POST", "/pieces/status?x=1", `{"pieces":[]}`, nil},
		{400, "GET", "/batches?limit=1&limit=2", "", nil},
		{400, "GET", "/batches?colour=red", "", nil},
		{422, "GET", "/batches?limit=100000", "", nil},
		{422, "GET", "/batches?state=lost", "", nil},
		{404, "GET", "/nowhere", "", nil},
		{405, "DELETE", "/batches/NEL-0001", "", nil},
		{405, "GET", "/pieces/status", "", nil},
		{405, "TRACE", "/batches", "", nil},
	} {
		a := h.expect(c.status, c.method, "/vendor/v1"+c.path, c.body, c.headers...)
		var said struct {
			Title, Detail string
			Status        int
		}
		if err := json.Unmarshal([]byte(a.body), &said); err != nil || said.Status != c.status || said.Detail == "" || said.Title == "" ||
			a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: no problem document: %s", c.method, c.path, a.body)
		}
		if c.status == 405 && a.header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow", c.method, c.path)
		}
	}
}

func TestAPausedCampaignIsNotPulledAndSaysSo(t *testing.T) {
	h := newHouse(t, 5)
	h.must(h.register.Halt(t.Context(), h.staff[1], "stop", "a drill"))
	for _, path := range []string{first + "/pdf", first + "/manifest.json"} {
		if a := h.expect(409, "GET", path, ""); !strings.Contains(a.body, "held back") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	h.expect(409, "POST", first+"/lease", "", "Idempotency-Key", "k")
}

func TestTheStartPageSaysWhatThisIs(t *testing.T) {
	app := newApp(t, statictest.Load(t), nil)
	res, err := app.Test(mustRequest(t, "GET", "/"), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body := read(t, res.Body); res.StatusCode != 200 || !strings.Contains(body, "POST /vendor/v1/batches/CODE/dispatch") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}
