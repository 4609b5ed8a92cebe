package vendors_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"duenotice/letters/exchange"
)

func TestThePrismFindsNothingWrongWithTheBatchAPI(t *testing.T) {
	if os.Getenv("DUENOTICE_PRISM") == "" {
		t.Skip("set DUENOTICE_PRISM=1 to judge the batch API by npm's @stoplight/prism-cli, which is fetched once")
	}
	h := newHouse(t, 500)
	res, err := http.Get(h.url + "/vendor/v1/openapi.json") //nolint:noctx // it ends with the test's server
	h.must(err)
	defer res.Body.Close()
	document := filepath.Join(t.TempDir(), "openapi.json")
	h.must(os.WriteFile(document, []byte(read(t, res.Body)), 0o600))
	h.throughPrism(document, "")
	var page struct {
		Batches []struct{ Batch string }
	}
	h.must(json.Unmarshal([]byte(h.expect(200, "GET", "/vendor/v1/batches?state=sealed&limit=200", "").body), &page))
	if len(page.Batches) != 13 {
		t.Fatalf("%d batches", len(page.Batches))
	}
	var references []string
	for i, b := range page.Batches {
		at := "/vendor/v1/batches/" + b.Batch
		h.expect(200, "GET", at, "")
		h.expect(200, "POST", at+"/lease", `{"worker":"north"}`)
		h.expect(409, "POST", at+"/lease", `{"worker":"south"}`)
		m, err := exchange.ReadJSON([]byte(h.expect(200, "GET", at+"/manifest.json", "").body))
		h.must(err)
		h.expect(200, "GET", at+"/manifest.csv", "")
		h.expect(409, "POST", at+"/dispatch", `{"posted_on":"2026-11-20"}`)
		if i == 12 {
			h.expect(200, "POST", at+"/reject", `{"reason":"no such paper"}`)
			continue
		}
		h.expect(200, "POST", at+"/accept", "", "Idempotency-Key", "a-"+b.Batch)
		references = append(references, m.Pieces[0].Reference)
		if i == 0 {
			h.must(h.mail.Recall(t.Context(), h.staff[1], m.Pieces[1].Reference, "the address is wrong"))
			h.expect(200, "GET", "/vendor/v1/recalls", "")
		}
		h.expect(200, "POST", at+"/dispatch", fmt.Sprintf(`{"posted_on":"2026-11-20","docket":"D","except":[%q]}`, m.Pieces[0].Reference))
		h.expect(200, "GET", at+"/pieces.ndjson", "")
	}
	report := func(path, more string) {
		var list []string
		for _, r := range references {
			list = append(list, fmt.Sprintf(`{"reference":%q%s}`, r, more))
		}
		h.expect(200, "POST", "/vendor/v1/pieces/"+path, `{"pieces":[`+strings.Join(list, ",")+`]}`)
	}
	report("status", `,"status":"printed"`)
	report("spoiled", `,"on":"2026-11-20","reason":"torn"`)
	report("returned", `,"on":"2026-11-20","reason":"R01"`)
	h.expect(200, "POST", "/vendor/v1/pieces/suspect", `{"batch":"NEL-0001","ranges":[{"from":4,"to":6}],"reason":"our inserter failed"}`)
	h.expect(422, "POST", "/vendor/v1/pieces/suspect", `{"batch":"NEL-0001","ranges":[{"from":4,"to":4000}],"reason":"our inserter failed"}`)
	recall := h.text(`SELECT id::text FROM recalls`)
	h.expect(200, "POST", "/vendor/v1/recalls/"+recall+"/done", "")
	h.expect(409, "POST", "/vendor/v1/recalls/"+recall+"/too-late", "")
	h.expect(200, "GET", "/vendor/v1/proofs", "")
	h.expect(404, "GET", "/vendor/v1/batches/NEL-0001/sealed.json", "") // no key was agreed
	h.expect(422, "POST", "/vendor/v1/proofs/1", `{"verdict":"fine"}`)
	h.expect(200, "POST", "/vendor/v1/proofs/1", `{"verdict":"passed"}`)
	h.expect(200, "POST", "/vendor/v1/invoices", `{"number":"1","issued_on":"2026-11-20","total":100,"lines":[{"item":"printing","batch":"NEL-0001","quantity":10,"unit_price":10,"amount":100}]}`)
	h.expect(404, "GET", "/vendor/v1/batches/NEL-9999", "")
	h.expect(401, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer forged")
	h.expect(422, "GET", "/vendor/v1/batches?state=lost", "")
	h.expect(422, "POST", "/vendor/v1/pieces/status", `{"pieces":[{"reference":7}]}`)
	h.expect(415, "POST", "/vendor/v1/pieces/status", `{"pieces":[]}`, "Content-Type", "text/plain")
	if len(slices.Compact(references)) != 12 {
		t.Errorf("%d references", len(references))
	}
	t.Logf("%d answers were judged", h.judgements)
}
