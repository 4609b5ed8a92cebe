package managers_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// form is an upload as a browser sends it, with the fields in this order.
func (h *house) form(file string, fields ...string) (*bytes.Buffer, string) {
	h.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		h.must(w.WriteField(fields[i], fields[i+1]))
	}
	part, err := w.CreateFormFile("file", "people.csv")
	h.must(err)
	_, err = io.WriteString(part, file)
	h.must(err)
	h.must(w.Close())
	return &b, w.FormDataContentType()
}

func (h *house) sends(name string, body io.Reader, kind string, headers ...string) reply {
	h.t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/imports", body)
	req.Header.Set("Content-Type", kind)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return h.ask(name, req)
}

func (h *house) keptOf() int {
	h.t.Helper()
	return h.count(`SELECT (SELECT count(*) FROM cohorts) + (SELECT count(*) FROM cohort_uploads)`)
}

func TestAnUploadIsTakenOnlyAfterItsTokenAndNothingIsKeptOtherwise(t *testing.T) {
	h := build(t)
	h.post("Anna Author", "/campaigns/new", newCampaign...).reads(303)
	token := h.csrf("Anna Author")
	for name, fields := range map[string][]string{
		"without a token":         {"campaign", "NEL"},
		"with somebody's":         {"_csrf", h.csrf("Ben First"), "campaign", "NEL"},
		"with a token cut in two": {"_csrf", token[:20], "campaign", "NEL"},
	} {
		body, kind := h.form(people(5), fields...)
		if got := h.sends("Anna Author", body, kind); got.Status != http.StatusForbidden {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	body, kind := h.form(people(5), "_csrf", token, "campaign", "NEL")
	if got := h.sends("Anna Author", body, kind, "Sec-Fetch-Site", "cross-site"); got.Status != http.StatusForbidden {
		t.Errorf("from another site: %d", got.Status)
	}
	body, kind = h.form(people(5), "_csrf", token, "campaign", "NOPE")
	h.sends("Anna Author", body, kind).reads(422, "Choose one of your campaigns")
	body, kind = h.form("", "_csrf", token, "campaign", "NEL")
	h.sends("Anna Author", body, kind).reads(422, "Choose a file that is not empty")
	if n := h.keptOf(); n != 0 {
		t.Fatalf("%d things were kept", n)
	}
	body, kind = h.form(people(5), "_csrf", token, "campaign", "NEL")
	if got := h.sends("Anna Author", body, kind, "X-Upload", "script").reads(200); got.Body != `{"href":"/imports/1"}` {
		t.Errorf("the script hears %s", got.Body)
	}
	body, kind = h.form(people(5), "_csrf", token, "campaign", "NEL")
	h.sends("Anna Author", body, kind, "X-Upload", "script").reads(422, "as file 1 (people.csv, on 20 November 2026 from Anna Author)")
}

func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	h := build(t)
	h.post("Anna Author", "/campaigns/new", newCampaign...).reads(303)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	go func() { _ = h.app.Listener(listener) }()
	t.Cleanup(func() { _ = h.app.Shutdown() })
	// A body is handed on once it is longer than other forms may be.
	body, kind := h.form(people(60_000), "_csrf", h.csrf("Anna Author"), "campaign", "NEL")
	conn, err := net.Dial("tcp", listener.Addr().String())
	h.must(err)
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "POST /imports HTTP/1.1\r\nHost: managers\r\nCookie: managers-session=%s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
		h.token("Anna Author"), kind, body.Len())
	h.must(err)
	_, err = conn.Write(body.Bytes()[:body.Len()-100_000])
	h.must(err)
	for i := 0; h.count(`SELECT count(*) FROM cohort_uploads`) == 0; i++ {
		if i == 200 {
			h.must(conn.SetReadDeadline(time.Now().Add(time.Second)))
			answer := make([]byte, 2000)
			n, err := conn.Read(answer)
			t.Fatalf("the upload does not begin: %q, %v", answer[:n], err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	h.must(conn.Close())
	for range 200 {
		if h.keptOf() == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("what broke off is still there")
}

func TestAFileIsReviewedOnItsPages(t *testing.T) {
	h := build(t)
	h.campaign(30)
	moved := strings.NewReplacer("Odette", "Odile", ",1961-06-10,", ",1971-06-10,", ",1961-06-11,", ",1971-06-11,").Replace(people(32))
	h.upload("Anna Author", "NEL", moved).reads(303)
	h.get("Ben First", "/imports/2/progress").reads(200, "Waiting to be read")
	h.work()
	if got := h.get("Ben First", "/imports/2/progress"); got.Status != http.StatusNoContent {
		t.Errorf("done, progress says %d", got.Status)
	}
	h.get("Ben First", "/imports/2").reads(200, "33 rows = 32 accepted + 1 rejected", "2 are new and 30 are known already", "The number is held for somebody else", "News of people who are known")
	page := h.get("Ben First", "/imports/2/conflicts/person").reads(200, "2 rows, 2 open", "Line 11 of the file", "10 June 1961", "10 June 1971", "Same person: take the row")
	if strings.Contains(page.Body, number(10)) {
		t.Error("a whole NHS number stands on the page")
	}
	h.get("Ben First", "/imports/2/conflicts/details").reads(200, "Hidden: one of them is sensitive")
	h.get("Ben First", "/imports/2/findings/reject/nhs_number_check_digit").reads(200, "Found once", "34")
	h.post("Ben First", "/imports/2/conflicts/person", "conflict", "0", "decision", "nonsense").reads(422)
	h.post("Ben First", "/imports/2/decide", "decision", "accept").reads(303)
	h.work()
	h.get("Ben First", "/imports/2").reads(200, "2 newly enrolled + 28 in the campaign before + 2 waiting for a look", "2 rows were not applied and wait")
	h.post("Cara Second", "/imports/2/conflicts/person", "conflict", "0", "decision", "discard").reads(303)
	h.get("Cara Second", "/imports/2").reads(200, "Decided for 2 rows", "2 of them are decided")
	h.post("Cara Second", "/imports/2/decide", "decision", "accept").reads(303)
	h.work()
	h.get("Ben First", "/imports/2").reads(200, "28 in the campaign before + 2 left out by decision.", "Second look: 2 rows decided", "Cara Second")
	h.get("Ben First", "/imports/2/conflicts/person").reads(200, "What became of them", "Left out", "Cara Second")

	rejected := h.get("Ben First", "/imports/2/rejected").reads(200)
	if lines := strings.Split(strings.TrimSpace(rejected.Body), "\r\n"); len(lines) != 2 || !strings.HasPrefix(lines[1], "34,nhs_number_check_digit,") {
		t.Errorf("the rejected rows are %q", rejected.Body)
	}
	if d := rejected.Header.Get("Content-Disposition"); d != `attachment; filename="rejected-rows-of-file-2.csv"` {
		t.Errorf("they come as %q", d)
	}
	body, kind := h.form(strings.Replace(rejected.Body, "1234567890", number(77), 1), "_csrf", h.csrf("Ben First"), "corrects", "2")
	h.sends("Ben First", body, kind).reads(303)
	h.work()
	h.get("Ben First", "/imports/2").reads(200, "1 of 1 row accepted")
	h.get("Ben First", "/imports/3").reads(200, "corrects file 2", "NEL")
	h.post("Olga Other", "/imports/2/conflicts/person", "conflict", "0", "decision", "apply").reads(404)
	h.get("Olga Other", "/imports/2/rejected").reads(404)
	h.post("Cara Second", "/imports/limits", "bad", "120", "home", "50", "known", "0", "keep", "30").reads(422, "between 0 and 100")
	h.post("Cara Second", "/imports/limits", "bad", "2.5", "home", "50", "known", "0", "keep", "30").reads(303)
	h.upload("Anna Author", "NEL", people(34)).reads(303)
	h.work()
	h.get("Ben First", "/imports/4").reads(200, "The file was refused as a whole", "2.9% of the rows are wrong (1 of 35); at most 2.5% may be")
}
