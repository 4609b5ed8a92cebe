package vendors_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"duenotice/letters"
	"duenotice/letters/exchange"
)

// TestWhateverIsWronglySentGetsASentenceThatHelpsAndNothingIsLostByIt goes
// through what goes wrong with print vendors, by name. What goes wrong by SFTP
// is in its own package.
func TestWhateverIsWronglySentGetsASentenceThatHelpsAndNothingIsLostByIt(t *testing.T) {
	h := newHouse(t, 80)
	h.clock.Set(opening.AddDate(0, 0, 3)) // Monday 23 November; sealed on Friday
	const second = "/vendor/v1/batches/NEL-0002"
	m, err := exchange.ReadJSON([]byte(h.expect(200, "GET", first+"/manifest.json", "").body))
	h.must(err)
	a, b := m.Pieces[0].Reference, m.Pieces[1].Reference
	of := func(reference, more string) string { return fmt.Sprintf(`{"reference":%q,%s}`, reference, more) }
	pieces := func(list ...string) string { return `{"pieces":[` + strings.Join(list, ",") + `]}` }
	many := make([]string, 10_001)
	for i := range many {
		many[i] = of(a, `"status":"printed"`)
	}
	zipped := &bytes.Buffer{}
	z := zip.NewWriter(zipped)
	w, err := z.Create("answers.json")
	h.must(err)
	_, err = w.Write([]byte(pieces(of(a, `"status":"posted"`))))
	h.must(err)
	h.must(z.Close())

	v, err := h.mail.VendorByKey(t.Context(), h.key)
	h.must(err)
	secret, err := h.mail.MakeVendorKey(t.Context(), h.staff[0], v.ID, letters.ClientSecret)
	h.must(err)
	p, err := h.mail.VendorProfile(t.Context(), v.Code)
	h.must(err)
	var bought struct {
		Token string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.ClientID}, "client_secret": {secret}}.Encode()
	h.must(json.Unmarshal([]byte(h.expect(200, "POST", "/vendor/v1/token", form, "Content-Type", tokenForm, "Authorization", "").body), &bought))
	h.clock.Advance(11 * time.Minute)
	h.expect(200, "POST", first+"/lease", `{"worker":"a"}`, "Idempotency-Key", "used")

	with := func(key string) []string { return []string{"Authorization", "Bearer " + key} }
	for _, c := range []struct {
		what               string
		status             int
		method, path, body string
		headers            []string
		says               string
	}{
		{"no token", 401, "GET", first, "", []string{"Authorization", ""}, "Send your key in the header Authorization"},
		{"a wrong token", 401, "GET", first, "", with("dnv_forged"), "the key is not one of ours, it was revoked"},
		{"an expired token", 401, "GET", first, "", with(bought.Token), "Send your key in the header Authorization"},
		{"another vendor's token, another's batch", 404, "GET", first, "", with(h.other), "There is no such batch."},
		{"another's file", 404, "GET", first + "/pdf", "", with(h.other), "There is no such batch."},
		{"no such batch: the same words", 404, "GET", "/vendor/v1/batches/NEL-9999", "", nil, "There is no such batch."},
		{"a Range that begins after the end", 416, "GET", first + "/pdf", "", []string{"Range", "bytes=999999999-"}, "and the Range begins after them."},
		{"a body for another letter than its address", 400, "PATCH", "/nhs-notify-supplier/letters/" + a, one(b, "PRINTED"), []string{"Content-Type", "application/vnd.api+json"}, "not the one in the address"},
		{"an id twice in a bulk, one by one", 400, "POST", "/nhs-notify-supplier/letters", `{"data":[` + item(a, "PRINTED") + "," + item(a, "DISPATCHED") + `]}`, []string{"Content-Type", "application/vnd.api+json"}, "for a letter that is there twice"},
		{"10,001 items", 422, "POST", "/vendor/v1/pieces/status", pieces(many...), nil, "Report from 1 to 10,000 pieces at a time; these are 10001."},
		{"an unknown status", 200, "POST", "/vendor/v1/pieces/status", pieces(of(a, `"status":"teleported"`)), nil, `\"teleported\" is not something that can be reported of a piece.`},
		{"posted before accepted", 409, "POST", first + "/dispatch", `{}`, nil, "Accept the batch before reporting it as posted."},
		{"posted in the future", 200, "POST", "/vendor/v1/pieces/status", pieces(of(a, `"status":"posted","at":"2026-11-24"`)), nil, "Tuesday 24 November 2026 lies in the future."},
		{"posted before the batch existed", 200, "POST", "/vendor/v1/pieces/status", pieces(of(a, `"status":"posted","at":"2026-11-19"`)), nil, "It was sealed on Friday 20 November 2026, so it cannot have been posted before."},
		{"the same key with another body", 409, "POST", first + "/lease", `{"worker":"b"}`, []string{"Idempotency-Key", "used"}, "This Idempotency-Key was used for another request."},
		{"a lease that somebody else holds", 409, "POST", first + "/lease", `{"worker":"b"}`, nil, "Another of your workers has this batch until"},
		{"a JSON bomb", 400, "POST", "/vendor/v1/pieces/status", strings.Repeat(`{"pieces":[`, 100_000), nil, "nests deeper than 6 levels"},
		{"a JSON bomb of names", 400, "POST", "/vendor/v1/pieces/status", `{"` + strings.Repeat("a", 1<<20) + `":1}`, nil, "a field whose name is not made of the letters"},
		{"a zip file", 400, "POST", "/vendor/v1/pieces/status", zipped.String(), nil, "The body is not"},
		{"packed JSON", 415, "POST", "/vendor/v1/pieces/status", zipped.String(), []string{"Content-Encoding", "gzip"}, "packed bodies are not read"},
		{"a file of another kind", 415, "POST", "/vendor/v1/pieces/status", "reference,status\n" + a + ",posted", []string{"Content-Type", "text/csv"}, "Send JSON in UTF-8"},
		{"destroyed before it was posted", 409, "POST", first + "/destroyed", `{}`, nil, "Letters of batch NEL-0001 are still to be posted."},
		{"charged for what adds up to something else", 422, "POST", "/vendor/v1/invoices",
			`{"number":"1","issued_on":"2026-11-23","total":7,"lines":[{"item":"postage","batch":"NEL-0001","quantity":2,"unit_price":3,"amount":6}]}`, nil, "The lines add up to"},
	} {
		headers := c.headers
		if strings.HasPrefix(c.path, "/nhs-") {
			headers = append(headers, "X-Request-ID", "1")
		}
		said := h.expect(c.status, c.method, c.path, c.body, headers...)
		if !strings.Contains(said.body, c.says) {
			t.Errorf("%s is answered %s, not %q", c.what, said.body, c.says)
		}
		t.Logf("%s: %d %s", c.what, said.status, c.says)
	}
	if n := h.count(`SELECT count(*) FROM pieces WHERE state <> 'released' OR posted_on IS NOT NULL`); n != 0 {
		t.Fatalf("%d pieces were moved by it", n)
	}

	t.Run("Range nonsense brings the whole file", func(t *testing.T) {
		for _, nonsense := range []string{"bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "lines=1-2", "bytes=0-0,9-9", "bytes=1--2", "bytes=0x1-", "\u00b2"} {
			if a := h.expect(200, "GET", first+"/pdf", "", "Range", nonsense); int64(len(a.body)) != m.PDF.Bytes {
				t.Errorf("%q brings %d bytes", nonsense, len(a.body))
			}
		}
	})
	t.Run("a lease that lapses in mid-pull", func(t *testing.T) {
		h.expect(200, "POST", second+"/lease", `{"worker":"a"}`)
		half := h.expect(206, "GET", second+"/pdf", "", "Range", "bytes=0-49999")
		h.clock.Advance(6 * time.Minute)
		h.expect(200, "POST", second+"/lease", `{"worker":"b"}`)
		rest := h.expect(206, "GET", second+"/pdf", "", "Range", "bytes=50000-", "If-Range", half.header.Get("ETag"))
		sum := sha256.Sum256([]byte(half.body + rest.body))
		if half.header.Get("ETag") != `"`+hex.EncodeToString(sum[:])+`"` {
			t.Error("the two halves are not the file")
		}
	})
	t.Run("a connection cut at every 64 kB", func(t *testing.T) {
		p, err := h.client("http://"+cutting(t, strings.TrimPrefix(h.url, "http://"), 64<<10)).Pull(t.Context(), "NEL-0001", t.TempDir())
		if err != nil || int64(p.Breaks) < m.PDF.Bytes>>16 {
			t.Errorf("%d breaks of %d bytes: %v", p.Breaks, m.PDF.Bytes, err)
		}
	})
	t.Run("the same piece twice in a bulk, and a vendor that lies about counts", func(t *testing.T) {
		h.expect(200, "POST", first+"/accept", "")
		said := h.expect(200, "POST", "/vendor/v1/pieces/status", pieces(of(a, `"status":"posted"`), of(a, `"status":"posted"`), of(b, `"status":"posted"`)))
		if !strings.Contains(said.body, `"applied":2,"already":1,"refused":0`) {
			t.Errorf("twice in a bulk: %s", said.body)
		}
		said = h.expect(200, "POST", first+"/dispatch", `{"except":["DN1111111111"]}`)
		if !strings.Contains(said.body, "There is no such piece in this batch.") || !strings.Contains(said.body, `"applied":38,"already":2`) {
			t.Errorf("one left behind that it never had: %s", said.body)
		}
		said = h.expect(200, "POST", "/vendor/v1/invoices",
			`{"number":"1","issued_on":"2026-11-23","total":135,"lines":[{"item":"postage","batch":"NEL-0001","quantity":45,"unit_price":3,"amount":135}]}`)
		if !strings.Contains(said.body, `"unexplained":5`) {
			t.Errorf("45 of 40 charged: %s", said.body)
		}
	})
	if posted, _, _, _, still := h.balance(); posted != 40 || still != 40 {
		t.Errorf("in the end %d are posted and %d still there", posted, still)
	}
}
