package vendors_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns/calendar"
)

func TestAPersonDoesAWholeBatchByHand(t *testing.T) {
	h := newHouse(t, 60)
	h.join("INKWELL", "j.farrow@example.org")
	d := h.open().as("j.farrow@example.org")
	b := d.first()
	d.get("/").reads(t, http.StatusSeeOther)
	d.get("/batches").reads(t, 200, "Not posted yet 2", "To pull 2", b.Code, "left", "Pull PDF", "60", "INKWELL Print · J. Farrow")
	pdf := d.get("/batches/" + b.Code + "/pdf")
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(pdf.body))); sum != fmt.Sprintf("%x", b.PDFSHA256) || pdf.header.Get("Content-Disposition") != `attachment; filename="`+b.FileName()+`"` {
		t.Errorf("the pulled file has the checksum %s and the name %q", sum, pdf.header.Get("Content-Disposition"))
	}
	rest := d.get("/batches/"+b.Code+"/pdf", "Range", "bytes=1000-", "If-Range", pdf.header.Get("ETag"))
	if rest.status != http.StatusPartialContent || rest.body != pdf.body[1000:] {
		t.Errorf("the rest of the file: %d, %d bytes", rest.status, len(rest.body))
	}
	d.get("/batches/"+b.Code+"/pdf", "Range", "bytes=99999999-").reads(t, http.StatusRequestedRangeNotSatisfiable)
	d.get("/batches/"+b.Code+"/manifest.csv").reads(t, 200, "END")
	d.post("/batches/"+b.Code+"/reject", "reason", "").reads(t, 422, "Say the reason")
	d.post("/batches/"+b.Code+"/accept").reads(t, 303)
	d.get("/batches/"+b.Code).reads(t, 200, "You have promised to print this batch.", "Report it as posted", h.referencesOf(b)[0])
	refs := h.referencesOf(b)
	h.must(h.mail.Recall(t.Context(), h.staff[0], refs[2], "said no"))
	d.get("/batches").reads(t, 200, "1 recall waits for your answer", "1 recalled")
	d.post("/recalls", "answer", "done").reads(t, 422, "Tick the letters")
	d.post("/recalls", "answer", "done", "recall", "1").reads(t, 303)
	d.get("/recalls").reads(t, 200, "1 letter is taken out.", "No letter is asked back.")
	h.clock.Set(time.Date(2026, 11, 24, 17, 0, 0, 0, calendar.London))
	d.as("j.farrow@example.org")
	d.post("/batches/"+b.Code+"/dispatch", "posted_on", "tomorrow").reads(t, 422, "Write the date as year, month and day")
	d.post("/batches/"+b.Code+"/dispatch", "posted_on", "2026-11-25").reads(t, 422)
	if h.count(`SELECT count(*) FROM pieces WHERE state = 'posted'`) != 0 {
		t.Error("letters were posted in the future")
	}
	d.post("/batches/"+b.Code+"/dispatch", "posted_on", "2026-11-24", "docket", "4711", "except", refs[0]+"\r\n"+refs[1]).reads(t, 200, "1 was not taken", "It is recalled", "letters are reported as posted on Tuesday 24 November 2026")
	if n := h.count(`SELECT count(*) FROM pieces WHERE state = 'posted'`); n != len(refs)-3 {
		t.Errorf("%d of %d are posted", n, len(refs))
	}
	d.post("/reports", "what", "returned", "references", refs[4]+"\n"+refs[5]+"\nDN9999999999", "reason", "R01").reads(t, 200, "2 taken, 0 so before, 1 not taken", refs[4])
	d.post("/reports", "what", "returned", "references", refs[4], "reason", "").reads(t, 422, "Say why they came back")
	d.post("/reports", "what", "spoiled", "references", refs[0], "reason", "torn").reads(t, 200, "1 taken")
	d.post("/batches/"+b.Code+"/suspect", "from", "10", "to", "9", "suspect_reason", "inserter").reads(t, 422, "the smaller one first")
	d.post("/batches/"+b.Code+"/suspect", "from", "10", "to", "12", "suspect_reason", "inserter failed").reads(t, 303)
	if n := h.count(`SELECT count(*) FROM pieces WHERE suspected_at IS NOT NULL`); n != 3 {
		t.Errorf("%d letters are in doubt", n)
	}
	d.get("/books").reads(t, 200, "Adds up.", "Of those posted 2 came back")
	if file := d.get("/books.csv").body; !strings.Contains(file, b.Code+",") || !strings.HasSuffix(strings.TrimSpace(file), "yes") {
		t.Errorf("the books as a file: %s", file)
	}
	if n := h.count(`SELECT count(*) FROM audit WHERE actor_kind = 'vendor' AND action LIKE 'by hand: %' AND detail->>'person' = '1'`); n < 8 {
		t.Errorf("the audit has %d deeds by hand", n)
	}
}

func TestAFileOfAnswersByFormIsAnsweredLineByLine(t *testing.T) {
	h := newHouse(t, 3)
	h.join("INKWELL", "j@example.org")
	d := h.open().as("j@example.org")
	b, refs := d.first(), h.referencesOf(d.first())
	half := "subject,status,date,reason\n" + b.Code + ",accepted,,\n" + refs[0] + ",printed,,\n"
	d.upload("/reports/files", "../../day 1.csv", half).reads(t, 422, "Name the file with letters")
	d.upload("/reports/files", "day1.csv", half).reads(t, 422, "The last line of the file is missing")
	if h.count(`SELECT count(*) FROM pieces WHERE state <> 'released'`) != 0 {
		t.Error("half a file did something")
	}
	d.upload("/reports/files", `C:\answers\day1.csv`, half+"END,2\n").reads(t, 303)
	d.get("/reports").reads(t, 200, "day1.csv", "Line by line")
	d.get("/reports/files/day1.csv").reads(t, 200, "2,"+b.Code+",accepted,applied", "END,2")
	d.upload("/reports/files", "day1.csv", half+refs[1]+",printed,,\nEND,3\n").reads(t, 422, "was taken before")
	d.get("/reports/files/none.csv").reads(t, 404)
}

func TestAnInvoiceIsComparedAndAProofIsJudgedByHand(t *testing.T) {
	h := newHouse(t, 3)
	h.join("INKWELL", "j@example.org")
	d := h.open().as("j@example.org")
	b := d.first()
	d.upload("/invoices", "a.csv", "item,batch\nprinting,"+b.Code+"\n", "number", "2026-1", "issued_on", "2026-11-20").reads(t, 422, "The first line has to be")
	d.upload("/invoices", "a.csv", "item,batch,quantity,unit_price,amount\nprinting,"+b.Code+",3,0.1234,0.3703\n", "number", "2026-1", "issued_on", "2026-11-20").reads(t, 422, "Line 1")
	d.upload("/invoices", "a.csv", "item,batch,quantity,unit_price,amount\nprinting,"+b.Code+",3,0.1234,0.3702\n", "number", "2026-1", "issued_on", "2026-11-20").reads(t, 303)
	d.get("/invoices/1").reads(t, 200, "Not explained", "12.34p", "3 of this line are not explained")
	d.get("/invoices").reads(t, 200, "2026-1", "£0.37")
	found := regexp.MustCompile(`/proofs/(\d+)\.pdf`).FindStringSubmatch(d.get("/proofs").reads(t, 200, "Wanted from you", "English").body)
	if found == nil {
		t.Fatal("there is no proof")
	}
	if pdf := d.get("/proofs/" + found[1] + ".pdf"); !strings.HasPrefix(pdf.body, "%PDF-") {
		t.Errorf("the proof: %d", pdf.status)
	}
	d.post("/proofs/"+found[1], "verdict", "failed").reads(t, 422, "Say what is wrong with the proof.")
	d.post("/proofs/"+found[1], "verdict", "failed", "reason", "The logo is cut").reads(t, 303)
	d.post("/proofs/"+found[1], "verdict", "passed").reads(t, 303)
	d.get("/proofs").reads(t, 200, "Prints right")
}

func TestAKeyIsMadeByHandOnlyWithThePassword(t *testing.T) {
	h := newHouse(t, 1)
	h.join("INKWELL", "j@example.org")
	d := h.open().as("j@example.org")
	newest := h.text(`SELECT max(id)::text FROM vendor_keys`)
	if own := h.text(`SELECT max(id)::text FROM vendor_keys WHERE vendor_id = 1`); own != newest {
		newest = own
	}
	d.post("/keys", "kind", "key", "newest", newest, "password", "wrong").reads(t, 422, "The password does not fit.")
	made := d.post("/keys", "kind", "key", "newest", newest, "password", password).reads(t, 200, "Shown only now")
	key := regexp.MustCompile(`dnv_[A-Za-z0-9_-]{43}`).FindString(made.body)
	h.expect(200, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer "+key)
	d.post("/keys", "kind", "key", "newest", newest, "password", password).reads(t, 422, "A key was made since this page was shown")
	if strings.Contains(d.get("/keys").body, key) {
		t.Error("the key is shown again")
	}
	d.post("/keys/"+h.text(`SELECT max(id)::text FROM vendor_keys`)+"/revoke").reads(t, 303)
	h.expect(401, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer "+key)
	d.post("/keys/"+h.text(`SELECT min(id)::text FROM vendor_keys WHERE vendor_id = 2`)+"/revoke").reads(t, 404)
}

func TestWhoIsNotSignedInOrOfAnotherVendorSeesNothing(t *testing.T) {
	h := newHouse(t, 3)
	h.join("INKWELL", "j@example.org")
	h.join("BLOTTER", "b@example.org")
	d := h.open()
	b, refs := d.first(), h.referencesOf(d.first())
	h.must(h.mail.Recall(t.Context(), h.staff[0], refs[0], "said no"))
	d.as("j@example.org").upload("/reports/files", "day1.csv", "subject,status,date,reason\nEND,0\n").reads(t, 303)
	d.upload("/invoices", "a.csv", "item,batch,quantity,unit_price,amount\npaper,,1,1,1\n", "number", "7", "issued_on", "2026-11-20").reads(t, 303)
	pages := []string{"/batches", "/batches/" + b.Code, "/batches/" + b.Code + "/pdf", "/batches/" + b.Code + "/sealed", "/batches/" + b.Code + "/manifest.csv", "/batches/" + b.Code + "/manifest.json",
		"/recalls", "/proofs", "/proofs/1.pdf", "/reports", "/reports/files/day1.csv", "/books", "/books.csv", "/invoices", "/invoices/1", "/keys"}
	forms := []string{"/batches/" + b.Code + "/accept", "/batches/" + b.Code + "/reject", "/batches/" + b.Code + "/dispatch", "/batches/" + b.Code + "/suspect", "/batches/" + b.Code + "/destroyed",
		"/proofs/1", "/keys/1/revoke"}
	d.as("b@example.org")
	for _, path := range pages {
		a := d.get(path)
		if strings.Count(path, "/") > 1 && a.status != 404 {
			t.Errorf("another vendor's %s: %d", path, a.status)
		}
		if strings.Contains(strings.ReplaceAll(a.body, path, ""), b.Code) || strings.Contains(a.body, refs[0]) {
			t.Errorf("%s shows another vendor's things", path)
		}
	}
	for _, path := range forms {
		if a := d.post(path, "reason", "x", "posted_on", "2026-11-20", "suspect_reason", "x", "verdict", "passed"); a.status != 404 {
			t.Errorf("another vendor's %s: %d %s", path, a.status, a.body)
		}
	}
	d.post("/recalls", "answer", "done", "recall", "1").reads(t, 404)
	d.post("/reports", "what", "printed", "references", refs[0]).reads(t, 200, "0 taken, 0 so before, 1 not taken")
	d.session = ""
	for _, path := range pages {
		if a := d.get(path); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/sign-in") {
			t.Errorf("%s without a session: %d", path, a.status)
		}
	}
	for _, path := range append(forms, "/recalls", "/reports", "/keys", "/invoices") {
		if a := d.post(path); a.status != http.StatusUnauthorized {
			t.Errorf("%s without a session: %d", path, a.status)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.at+"/batches/"+b.Code+"/accept", strings.NewReader(""))
	h.must(err)
	d.as("j@example.org")
	if a := d.send(req); a.status != http.StatusForbidden {
		t.Errorf("a form that is not from our page: %d", a.status)
	}
	if n := h.count(`SELECT count(*) FROM pieces WHERE state <> 'released' OR suspected_at IS NOT NULL`) + h.count(`SELECT count(*) FROM proof_verdicts`); n != 0 {
		t.Errorf("%d things were changed by others", n)
	}
}

func TestAnInvitationIsGoodOnceAndASessionEnds(t *testing.T) {
	h := newHouse(t, 1)
	d := h.open()
	v := d.first().Vendor
	code, err := h.mail.InvitePerson(t.Context(), h.staff[0], v, "J@Example.org", "Jo")
	h.must(err)
	d.get("/join").reads(t, 200, "Choose a password")
	d.post("/join", "code", code, "password", "short").reads(t, 422, "at least 12")
	d.post("/join", "code", code+"x", "password", password).reads(t, 422, "This code is not known")
	d.post("/sign-in", "email", "j@example.org", "password", password).reads(t, 422, "do not fit")
	d.post("/join", "code", code, "password", password).reads(t, 303)
	d.post("/join", "code", code, "password", "another long password").reads(t, 422, "was used")
	d.as("j@example.org").get("/batches").reads(t, 200)
	h.clock.Advance(29 * time.Minute)
	d.get("/batches").reads(t, 200)
	h.clock.Advance(30*time.Minute + time.Second)
	d.get("/batches").reads(t, 303)
	d.as("j@example.org").post("/sign-out").reads(t, 303)
	d.get("/batches").reads(t, 303)
	old, err := h.mail.InvitePerson(t.Context(), h.staff[0], v, "late@example.org", "Late")
	h.must(err)
	h.clock.Advance(72 * time.Hour)
	d.session = ""
	d.post("/join", "code", old, "password", password).reads(t, 422, "older than three days")
	d.as("j@example.org")
	_, err = h.mail.InvitePerson(t.Context(), h.staff[0], v, "j@example.org", "Jo")
	h.must(err)
	d.get("/batches").reads(t, 303) // invited again: signed out, and the password is gone
	d.session = ""
	d.post("/sign-in", "email", "j@example.org", "password", password).reads(t, 422)
	h.join("INKWELL", "k@example.org")
	h.must(h.mail.SetVendorNetworks(t.Context(), h.staff[0], v, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}))
	d.post("/sign-in", "email", "k@example.org", "password", password).reads(t, 422)
	for range 9 {
		d.post("/sign-in", "email", "k@example.org", "password", "wrong").reads(t, 422)
	}
	d.post("/sign-in", "email", "k@example.org", "password", password).reads(t, 429, "Wait ten minutes")
}
