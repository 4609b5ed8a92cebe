package vendors_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

const supplier = "/nhs-notify-supplier"

// notify asks the compatible surface; headers come in pairs.
func (h *house) notify(method, path, body string, headers ...string) answer {
	h.t.Helper()
	if body != "" {
		headers = append([]string{"Content-Type", "application/vnd.api+json"}, headers...)
	}
	return h.ask(method, supplier+path, body, append([]string{"X-Request-ID", "dcb9c8dc-c2f4-4d5f-8674-a2e913e040b2"}, headers...)...)
}

// supplied asks, and wants a status; an error has to be of the contract's shape.
func (h *house) supplied(status int, method, path, body string, headers ...string) answer {
	h.t.Helper()
	a := h.notify(method, path, body, headers...)
	if a.status != status {
		h.t.Errorf("%s %s: %d, not %d: %s", method, path, a.status, status, a.body)
	}
	if a.status >= 400 {
		var said struct {
			Errors []struct {
				ID, Code, Status, Title, Detail string
				Links                           struct{ About string }
			}
		}
		if err := json.Unmarshal([]byte(a.body), &said); err != nil || len(said.Errors) != 1 || said.Errors[0].Status != fmt.Sprint(a.status) ||
			said.Errors[0].Detail == "" || said.Errors[0].ID == "" || said.Errors[0].Links.About == "" || a.header.Get("Content-Type") != "application/vnd.api+json" {
			h.t.Errorf("%s %s: not an error of the contract: %s", method, path, a.body)
		}
	}
	return a
}

type listed struct {
	Data []struct {
		ID, Type   string
		Attributes struct{ SpecificationID, GroupID, Status, ReasonCode, ReasonText string }
	}
}

func (h *house) listed(path string) []string {
	h.t.Helper()
	var l listed
	h.must(json.Unmarshal([]byte(h.supplied(200, "GET", path, "").body), &l))
	ids := make([]string, len(l.Data))
	for i, d := range l.Data {
		if ids[i] = d.ID; d.Type != "Letter" || d.Attributes.Status != "PENDING" || d.Attributes.SpecificationID == "" || d.Attributes.GroupID == "" {
			h.t.Errorf("listed: %+v", d)
		}
	}
	return ids
}

// now is where a letter is, in the contract's words.
func (h *house) now(id string) string {
	h.t.Helper()
	var l struct {
		Data struct {
			Attributes struct{ Status, ReasonCode, ReasonText string }
		}
	}
	h.must(json.Unmarshal([]byte(h.supplied(200, "GET", "/letters/"+id, "").body), &l))
	return strings.TrimSpace(l.Data.Attributes.Status + " " + l.Data.Attributes.ReasonCode + " " + l.Data.Attributes.ReasonText)
}

func item(id, status string, reason ...string) string {
	more := ""
	if len(reason) == 2 {
		more = fmt.Sprintf(`,"reasonCode":%q,"reasonText":%q`, reason[0], reason[1])
	}
	return fmt.Sprintf(`{"type":"Letter","id":%q,"attributes":{"status":%q%s}}`, id, status, more)
}

func one(id, status string, reason ...string) string {
	return `{"data":` + item(id, status, reason...) + `}`
}

func many(items ...string) string { return `{"data":[` + strings.Join(items, ",") + `]}` }

func TestAVendorOfNHSNotifyTakesALetterFromPendingToThePost(t *testing.T) {
	h := newHouse(t, 60)
	ids := h.listed("/letters?limit=50")
	if len(ids) != 50 {
		t.Fatalf("%d letters are listed", len(ids))
	}
	if rest := h.listed("/letters"); len(rest) != 10 {
		t.Errorf("%d letters are left, with the others handed out", len(rest))
	}
	if again := h.listed("/letters"); len(again) != 0 {
		t.Errorf("%d letters are handed out twice", len(again))
	}
	h.clock.Advance(301e9)
	if again := h.listed("/letters"); len(again) != 60 || again[0] != ids[0] {
		t.Errorf("five minutes later %d letters are there again", len(again))
	}
	id := ids[0]
	a := h.supplied(303, "GET", "/letters/"+id+"/data", "")
	link := a.header.Get("Location")
	res, err := http.Get(link) //nolint:noctx // it ends with the test's server
	h.must(err)
	defer res.Body.Close()
	if pdf := read(t, res.Body); res.StatusCode != 200 || !strings.HasPrefix(pdf, "%PDF") || res.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("the link answers %d %s", res.StatusCode, res.Header)
	}
	if n := h.count(`SELECT count(*) FROM batches WHERE pulled_at IS NOT NULL`); n != 1 {
		t.Errorf("%d batches are noted as pulled", n)
	}
	tail := strings.TrimPrefix(link, h.url+supplier)
	h.supplied(404, "GET", strings.Replace(tail, id, ids[1], 1), "") // another letter by the same link
	h.supplied(404, "GET", tail+"x", "")
	h.clock.Advance(61e9)
	h.supplied(404, "GET", tail, "")

	for _, s := range []string{"ACCEPTED", "PRINTED", "ENCLOSED", "DISPATCHED"} {
		if a := h.supplied(200, "PATCH", "/letters/"+id, one(id, s)); !strings.Contains(a.body, `"status":"`+s+`"`) {
			t.Errorf("after %s: %s", s, a.body)
		}
	}
	if day := h.text(`SELECT posted_on::text FROM pieces WHERE reference = $1`, id); day != "2026-11-20" {
		t.Errorf("it was posted on %s, not on the day of receipt", day)
	}
	h.supplied(200, "PATCH", "/letters/"+id, one(id, "PRINTED")) // late, so it is already so
	h.supplied(200, "PATCH", "/letters/"+id, one(id, "DELIVERED"))
	if s := h.now(id); s != "DISPATCHED" {
		t.Errorf("delivered means nothing, and it is %s", s)
	}
	h.supplied(400, "PATCH", "/letters/"+id, one(id, "RETURNED"))
	h.supplied(400, "PATCH", "/letters/"+id, one(id, "RETURNED", "R11", "lost"))
	h.supplied(400, "PATCH", "/letters/"+id, one(id, "RETURNED", "R01", " "))
	h.supplied(200, "PATCH", "/letters/"+id, one(id, "RETURNED", "R01", "gone"))
	if s := h.now(id); s != "RETURNED R01 Addressee gone away" {
		t.Errorf("returned, it is %s", s)
	}
	h.supplied(404, "GET", "/letters/"+id+"/data", "")

	h.supplied(202, "POST", "/letters", many(item(ids[1], "REJECTED", "V12", "no such paper"), item(ids[2], "FAILED"), item(ids[3], "FORWARDED"),
		item(ids[4], "CANCELLED"), item(ids[5], "DISPATCHED"), item("DN0000000000", "PRINTED")))
	for id, want := range map[string]string{ids[1]: "REJECTED V12 no such paper", ids[2]: "FAILED", ids[3]: "FORWARDED", ids[4]: "PENDING", ids[5]: "DISPATCHED"} {
		if s := h.now(id); s != want {
			t.Errorf("%s, not %s", s, want)
		}
	}
	h.must(h.mail.Recall(t.Context(), h.staff[1], ids[4], "the address is wrong"))
	h.clock.Advance(301e9)
	for _, listed := range h.listed("/letters") {
		if listed == ids[4] {
			t.Error("a letter that is asked back is handed out")
		}
	}
	h.supplied(200, "PATCH", "/letters/"+ids[4], one(ids[4], "CANCELLED"))
	if a := h.supplied(400, "PATCH", "/letters/"+ids[4], one(ids[4], "DISPATCHED")); !strings.Contains(a.body, "which is final") {
		t.Errorf("a cancelled letter: %s", a.body)
	}
	if _, _, _, _, still := h.balance(); still != 54 {
		t.Errorf("%d letters are still there", still)
	}
}

func TestDoubtfulRequestsOfTheCompatibleSurfaceAreRefusedInASentence(t *testing.T) {
	h := newHouse(t, 5)
	ids := h.listed("/letters")
	a, b := ids[0], ids[1]
	big := strings.Repeat(item(a, "PRINTED")+",", 10_001)
	for _, c := range []struct {
		status             int
		method, path, body string
		says               string
		headers            []string
	}{
		{400, "PATCH", "/letters/" + a, one(b, "PRINTED"), "not the one in the address", nil},
		{404, "PATCH", "/letters/DN0000000000", one("DN0000000000", "PRINTED"), "no such letter", nil},
		{404, "PATCH", "/letters/" + a, one(a, "PRINTED"), "no such letter", []string{"Authorization", "Bearer " + h.other}},
		{404, "GET", "/letters/" + a, "", "no such letter", []string{"Authorization", "Bearer " + h.other}},
		{404, "GET", "/letters/" + a + "/data", "", "no such letter", []string{"Authorization", "Bearer " + h.other}},
		{400, "PATCH", "/letters/" + a, one(a, "PENDING"), "not possible to update a letter to PENDING", nil},
		{400, "PATCH", "/letters/" + a, one(a, "INVALID_STATUS"), "one of ACCEPTED", nil},
		{400, "PATCH", "/letters/" + a, `{"data":{"id":"` + a + `","type":"Letter"}}`, "one of ACCEPTED", nil},
		{400, "PATCH", "/letters/" + a, one(a, "CANCELLED"), "Nobody asked for it back", nil},
		{400, "PATCH", "/letters/" + a, strings.Replace(one(a, "PRINTED"), "Letter", "Parcel", 1), "The type is Letter", nil},
		{400, "PATCH", "/letters/" + a, strings.Replace(one(a, "PRINTED"), `"status"`, `"Status":"POSTED","status"`, 1), "twice", nil},
		{400, "PATCH", "/letters/" + a, `{"data":`, "not readable", nil},
		{400, "PATCH", "/letters/" + a, "", "not one JSON object", []string{"Content-Type", "application/json"}},
		{400, "POST", "/letters", many(item(a, "PRINTED"), item(a, "DISPATCHED")), "Number 2 of data is for a letter that is there twice", nil},
		{400, "POST", "/letters", many(item(a, "PRINTED"), item(b, "PENDING")), "Number 2 of data", nil},
		{400, "POST", "/letters", many(), "from 1 to 10,000", nil},
		{400, "POST", "/letters", `{"data":[` + strings.TrimSuffix(big, ",") + `]}`, "these are 10001", nil},
		{400, "POST", "/letters", strings.Repeat(`{"data":[`, 20_000), "nests deeper", nil},
		{415, "POST", "/letters", many(item(a, "PRINTED")), "Send application/vnd.api+json", []string{"Content-Type", "text/csv"}},
		{406, "POST", "/letters", many(item(a, "PRINTED")), "utf-8", []string{"Content-Type", "application/json; charset=latin1"}},
		{415, "POST", "/letters", many(item(a, "PRINTED")), "packed", []string{"Content-Encoding", "gzip"}},
		{400, "GET", "/letters?limit=2501", "", "1 to 2500", nil},
		{400, "GET", "/letters?limit=-1", "", "1 to 2500", nil},
		{400, "GET", "/letters?limit=many", "", "1 to 2500", nil},
		{400, "GET", "/letters", "", "X-Request-ID", []string{"X-Request-ID", ""}},
		{401, "GET", "/letters", "", "Send your key", []string{"Authorization", "Bearer forged"}},
		{404, "GET", "/nowhere", "", "nothing at this address", nil},
		{405, "DELETE", "/letters/" + a, "", "for this method", nil},
		{400, "POST", "/mi", strings.Replace(figure, "2026-11-17T14:27:51.413Z", "yesterday", 1), "timestamp", nil},
		{400, "POST", "/mi", strings.Replace(figure, "22", "-22", 1), "quantity", nil},
		{400, "POST", "/mi", strings.Replace(figure, `"quantity":22,`, "", 1), "quantity", nil},
		{400, "POST", "/mi", strings.Replace(figure, "envelope-business-standard", "", 1), "lineItem", nil},
		{400, "POST", "/mi", `{"data":{"type":"ManagementInformation"}}`, "attributes", nil},
		{404, "POST", "/mi", strings.Replace(figure, `"groupId"`, `"specificationId":"123456","groupId"`, 1), "specificationId", nil},
		{404, "GET", "/mi/1", "", "no such figure", nil},
		{404, "GET", "/mi/x", "", "no such figure", nil},
	} {
		said := h.supplied(c.status, c.method, c.path, c.body, c.headers...)
		if !strings.Contains(said.body, c.says) {
			t.Errorf("%s %s says %s, not %q", c.method, c.path, said.body, c.says)
		}
	}
	if n := h.count(`SELECT count(*) FROM pieces WHERE state <> 'released'`); n != 0 {
		t.Errorf("%d letters were moved by it", n)
	}
}

const figure = `{"data":{"type":"ManagementInformation","attributes":{"lineItem":"envelope-business-standard","timestamp":"2026-11-17T14:27:51.413Z","quantity":22,"groupId":"abc123","stockRemaining":2000}}}`

func TestManagementInformationIsKeptAsItWasSaid(t *testing.T) {
	h := newHouse(t, 5)
	a := h.supplied(201, "POST", "/mi", figure, "X-Correlation-ID", "mine.1")
	var made struct{ Data struct{ ID string } }
	h.must(json.Unmarshal([]byte(a.body), &made))
	if a.header.Get("X-Correlation-ID") != "mine.1" || a.header.Get("X-Request-ID") != "dcb9c8dc-c2f4-4d5f-8674-a2e913e040b2" {
		t.Errorf("the headers are %v", a.header)
	}
	again := h.supplied(200, "GET", "/mi/"+made.Data.ID, "")
	if again.body != a.body || !strings.Contains(a.body, `"timestamp":"2026-11-17T14:27:51.413Z","quantity":22`) {
		t.Errorf("said %s, kept %s", a.body, again.body)
	}
	h.supplied(404, "GET", "/mi/"+made.Data.ID, "", "Authorization", "Bearer "+h.other)
	if a := h.ask("GET", supplier+"/_status", "", "Authorization", ""); a.status != 200 {
		t.Errorf("_status answers %d", a.status)
	}
}

func TestNoLetterIsHandedToTwoWorkers(t *testing.T) {
	h := newHouse(t, 90)
	handed := make(chan []string, 12)
	var workers sync.WaitGroup
	for range 12 {
		workers.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+supplier+"/letters?limit=10", nil)
			if err != nil {
				t.Error(err)
				return
			}
			req.Header = http.Header{"X-Request-Id": {"1"}, "Authorization": {"Bearer " + h.key}}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			var l listed
			if err := json.NewDecoder(res.Body).Decode(&l); err != nil || res.StatusCode != http.StatusOK {
				t.Errorf("%d %v", res.StatusCode, err)
			}
			var ids []string
			for _, d := range l.Data {
				ids = append(ids, d.ID)
			}
			handed <- ids
		})
	}
	workers.Wait()
	close(handed)
	seen := map[string]bool{}
	for ids := range handed {
		for _, id := range ids {
			if seen[id] {
				t.Errorf("%s is handed to two workers", id)
			}
			seen[id] = true
		}
	}
	for _, id := range h.listed("/letters") { // what was passed over while another worker looked at it
		if seen[id] {
			t.Errorf("%s is handed out again", id)
		}
		seen[id] = true
	}
	if len(seen) != 90 {
		t.Errorf("%d letters were handed out", len(seen))
	}
}

func TestAStoppedMailingHandsOutNothing(t *testing.T) {
	h := newHouse(t, 5)
	id := h.listed("/letters?limit=1")[0]
	h.must(h.register.Halt(t.Context(), h.staff[1], "stop", "a drill"))
	if ids := h.listed("/letters"); len(ids) != 0 {
		t.Errorf("%d letters are handed out", len(ids))
	}
	link := h.supplied(303, "GET", "/letters/"+id+"/data", "").header.Get("Location")
	h.supplied(503, "GET", strings.TrimPrefix(link, h.url+supplier), "")
}
