package vendors_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"duenotice/letters/exchange"
)

func TestAnInvoiceIsComparedWithWhatWasPosted(t *testing.T) {
	h := newHouse(t, 40)
	h.expect(200, "POST", first+"/accept", "")
	h.expect(200, "POST", first+"/dispatch", `{"posted_on":"2026-11-20"}`)
	line := `{"item":"second-class postage","batch":"NEL-0001","quantity":%d,"unit_price":3845,"amount":%d}`
	right := `{"number":"INV-1","issued_on":"2026-11-20","total":153800,"lines":[` + fmt.Sprintf(line, 40, 153800) + `]}`
	a := h.expect(200, "POST", "/vendor/v1/invoices", right)
	if !strings.Contains(a.body, `"posted":40,"charged_before":0,"unexplained":0`) {
		t.Errorf("a right invoice: %s", a.body)
	}
	if again := h.expect(200, "POST", "/vendor/v1/invoices", right); again.body != a.body || h.count(`SELECT count(*) FROM invoice_lines`) != 1 {
		t.Errorf("the same again: %s", again.body)
	}
	h.expect(409, "POST", "/vendor/v1/invoices", strings.Replace(right, "second-class", "first-class", 1))
	a = h.expect(200, "POST", "/vendor/v1/invoices", `{"number":"INV-2","issued_on":"2026-11-20","total":10845,"lines":[`+fmt.Sprintf(line, 1, 3845)+
		`,{"item":"envelopes","quantity":7,"unit_price":1000,"amount":7000}]}`)
	if !strings.Contains(a.body, `"charged_before":40,"unexplained":1`) || !strings.Contains(a.body, "compared with nothing") {
		t.Errorf("a piece too many: %s", a.body)
	}
	for wrong, sentence := range map[string]string{
		strings.Replace(right, "NEL-0001", "NEL-9999", 1):                      "Line 1 is for a batch that you do not have.",
		strings.Replace(right, `"total":153800`, `"total":1`, 1):               "The lines add up to",
		strings.Replace(right, `"amount":153800`, `"amount":1`, 1):             "Line 1: 40 times 38.45p is not",
		strings.Replace(right, "2026-11-20", "2026-11-21", 1):                  "not later than today",
		strings.Replace(right, `"quantity":40`, `"quantity":-40`, 1):           "Line 1 has a quantity or a price that cannot be.",
		strings.Replace(right, "INV-1", "", 1):                                 "An invoice has a number",
		`{"number":"INV-3","issued_on":"2026-11-20","total":0,"lines":[]}`:     "from 1 to 10,000 lines",
		strings.Replace(right, `"second-class postage"`, `""`, 1):              "Line 1 needs an item",
		strings.Replace(right, `"unit_price":3845`, `"unit_price":999e99`, 1):  "cannot hold a number",
		strings.Replace(right, `"unit_price":3845`, `"unit_price":38450.5`, 1): "cannot hold a number",
	} {
		a := h.expect(422, "POST", "/vendor/v1/invoices", wrong)
		if !strings.Contains(a.body, sentence) {
			t.Errorf("%s is answered with %s, not with %q", wrong, a.body, sentence)
		}
	}
	if n := h.count(`SELECT count(*) FROM invoices`); n != 2 {
		t.Errorf("%d invoices are kept", n)
	}
	a = h.expect(422, "POST", "/vendor/v1/invoices", right, "Authorization", "Bearer "+h.other)
	if !strings.Contains(a.body, "that you do not have") {
		t.Errorf("another vendor's batch: %s", a.body)
	}
}

func TestAVendorSeesProofsOfWhatItPrintsAndJudgesThem(t *testing.T) {
	h := newHouse(t, 5)
	var list struct {
		Proofs []struct {
			ID                    int64
			Language, Format      string
			Path, Verdict, Reason string
		}
	}
	read := func() {
		h.must(json.Unmarshal([]byte(h.expect(200, "GET", "/vendor/v1/proofs", "").body), &list))
	}
	read()
	if len(list.Proofs) == 0 || list.Proofs[0].Verdict != "" {
		t.Fatalf("the proofs are %+v", list.Proofs)
	}
	p := list.Proofs[0]
	if a := h.expect(200, "GET", p.Path, ""); !strings.HasPrefix(a.body, "%PDF") {
		t.Errorf("the proof of %d bytes is no PDF", len(a.body))
	}
	judged := strings.TrimSuffix(p.Path, ".pdf")
	h.expect(422, "POST", judged, `{"verdict":"failed"}`)
	h.expect(422, "POST", judged, `{"verdict":"fine"}`)
	h.expect(200, "POST", judged, `{"verdict":"failed","reason":"the address sits outside the window"}`)
	if n := h.count(`SELECT count(*) FROM alarms WHERE kind = 'proof'`); n != 1 {
		t.Errorf("%d alarms", n)
	}
	h.expect(200, "POST", judged, `{"verdict":"passed"}`)
	if read(); list.Proofs[0].Verdict != "passed" {
		t.Errorf("after passing: %+v", list.Proofs[0])
	}
	for _, c := range [][2]string{{"GET", p.Path}, {"POST", judged}} {
		body := ""
		if c[0] == "POST" {
			body = `{"verdict":"passed"}`
		}
		h.expect(404, c[0], c[1], body, "Authorization", "Bearer "+h.other)
	}
	if a := h.expect(200, "GET", "/vendor/v1/proofs", "", "Authorization", "Bearer "+h.other); a.body != `{"proofs":[]}` {
		t.Errorf("another vendor sees %s", a.body)
	}
}

func TestPiecesAreToldOneALineAndDrawnOneByOne(t *testing.T) {
	h := newHouse(t, 45)
	a := h.expect(200, "GET", first+"/pieces.ndjson", "")
	lines := strings.Split(strings.TrimSpace(a.body), "\n")
	if len(lines) != 41 || lines[40] != `{"reference":"END","pieces":40}` || !strings.Contains(lines[0], `"sequence":1,`) || !strings.Contains(lines[0], `"state":"released"`) {
		t.Fatalf("%d lines, the last is %s", len(lines), lines[len(lines)-1])
	}
	m, err := exchange.ReadJSON([]byte(h.expect(200, "GET", first+"/manifest.json", "").body))
	h.must(err)
	reference := m.Pieces[6].Reference
	one := h.expect(200, "GET", first+"/pieces/"+reference+".pdf", "")
	if again := h.expect(200, "GET", first+"/pieces/"+reference+".pdf", ""); one.body != again.body || !strings.HasPrefix(one.body, "%PDF") {
		t.Error("a piece is drawn differently the second time")
	}
	if n := h.count(`SELECT count(*) FROM audit WHERE action = 'reprint' AND object_id = $1`, reference); n != 2 {
		t.Errorf("%d looks are noted", n)
	}
	for _, path := range []string{"/vendor/v1/batches/NEL-0002/pieces/" + reference + ".pdf", first + "/pieces/DN0000000000.pdf", first + "/pieces/..%2F1.pdf",
		"/vendor/v1/batches/NEL-9999/pieces.ndjson"} {
		h.expect(404, "GET", path, "")
	}
	h.expect(404, "GET", first+"/pieces/"+reference+".pdf", "", "Authorization", "Bearer "+h.other)
	h.expect(404, "GET", first+"/pieces.ndjson", "", "Authorization", "Bearer "+h.other)
	h.expect(200, "POST", first+"/accept", "")
	h.expect(200, "POST", first+"/dispatch", `{"posted_on":"2026-11-20"}`)
	if a := h.expect(409, "GET", first+"/pieces/"+reference+".pdf", ""); !strings.Contains(a.body, "posted") {
		t.Errorf("a posted piece: %s", a.body)
	}
	if a := h.expect(200, "GET", first+"/pieces.ndjson", ""); strings.Count(a.body, `"posted_on":"2026-11-20"`) != 40 {
		t.Errorf("after posting: %s", a.body)
	}
}

func TestALeaseKeepsAnotherWorkerOutUntilItLapses(t *testing.T) {
	h := newHouse(t, 5)
	h.expect(200, "POST", first+"/lease", `{"worker":"north"}`)
	if a := h.expect(409, "POST", first+"/lease", `{"worker":"south"}`); !strings.Contains(a.body, "Another of your workers has this batch until 09:05:00 UTC.") {
		t.Errorf("the second worker is told %s", a.body)
	}
	h.clock.Advance(4 * 60e9)
	if a := h.expect(200, "POST", first+"/lease", `{"worker":"north"}`); !strings.Contains(a.body, "09:09:00") {
		t.Errorf("the renewed lease: %s", a.body)
	}
	h.expect(422, "POST", first+"/lease", `{"worker":"in the north"}`)
	part := h.expect(206, "GET", first+"/pdf", "", "Range", "bytes=0-999")
	h.clock.Advance(6 * 60e9) // the lease lapses in mid-pull
	h.expect(200, "POST", first+"/lease", `{"worker":"south"}`)
	rest := h.expect(206, "GET", first+"/pdf", "", "Range", "bytes=1000-", "If-Range", part.header.Get("ETag"))
	if whole := h.expect(200, "GET", first+"/pdf", ""); part.body+rest.body != whole.body {
		t.Error("the pull that outlived its lease is not whole")
	}
	h.expect(409, "POST", first+"/lease", `{"worker":"north"}`)
}

func TestRecallsComeInPages(t *testing.T) {
	h := newHouse(t, 5)
	for i := range 5 {
		h.must(h.mail.Recall(t.Context(), h.staff[1], h.text(`SELECT reference FROM pieces ORDER BY id OFFSET $1 LIMIT 1`, i), "the address is wrong"))
	}
	var page struct {
		Recalls []struct{ ID int64 }
		Next    string
	}
	seen := 0
	for path := "/vendor/v1/recalls?limit=2"; ; path = "/vendor/v1/recalls?limit=2&after=" + page.Next {
		page.Next = ""
		h.must(json.Unmarshal([]byte(h.expect(200, "GET", path, "").body), &page))
		if seen += len(page.Recalls); page.Next == "" {
			break
		}
	}
	if seen != 5 {
		t.Errorf("%d recalls on all pages", seen)
	}
	h.expect(422, "GET", "/vendor/v1/recalls?after=soon", "")
	h.expect(422, "GET", "/vendor/v1/recalls?limit=0", "")
}
