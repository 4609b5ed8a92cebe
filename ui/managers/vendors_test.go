package managers_test

import (
	"encoding/csv"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"duenotice/campaigns/fault"
	"duenotice/letters"
)

var shownSecret = regexp.MustCompile(`dn[vs]_[A-Za-z0-9_-]{43}`)

func (h *house) newestKey() string {
	h.t.Helper()
	var s string
	h.must(h.db.Owner.QueryRow(h.t.Context(), `SELECT coalesce(max(id), 0)::text FROM vendor_keys`).Scan(&s))
	return s
}

func TestAKeyIsShownOnceAndAFormSentTwiceMakesNoSecondOne(t *testing.T) {
	h := build(t)
	h.get("Cara Second", "/vendors").reads(200, "Inkwell Print", "Nothing in hand", "Add this vendor")
	h.get("Cara Second", "/vendors/INKWELL").reads(200, "No key", "It may ask from anywhere")
	made := h.post("Cara Second", "/vendors/INKWELL/keys", "kind", "key", "newest", "0").reads(200, "Shown only now", "Authorization: Bearer KEY")
	key := shownSecret.FindString(made.Body)
	v, err := h.mail.VendorByKey(t.Context(), key)
	if err != nil || v.Code != "INKWELL" {
		t.Fatalf("the key that was shown: %v %v", v, err)
	}
	h.post("Cara Second", "/vendors/INKWELL/keys", "kind", "key", "newest", "0").reads(http.StatusUnprocessableEntity, "A key was made since this page was shown")
	if n := h.count(`SELECT count(*) FROM vendor_keys`); n != 1 {
		t.Errorf("the form sent twice made %d keys", n)
	}
	page := h.get("Cara Second", "/vendors/INKWELL").reads(200, key[len(key)-4:], "Last used")
	if strings.Contains(page.Body, key) {
		t.Error("the key is shown again")
	}
	client := h.post("Cara Second", "/vendors/INKWELL/keys", "kind", "client", "newest", h.newestKey()).reads(200, "Client id", "grant_type=client_credentials")
	if shownSecret.FindString(client.Body)[:4] != "dns_" {
		t.Error("no client secret is shown")
	}
	second := shownSecret.FindString(h.post("Cara Second", "/vendors/INKWELL/keys", "kind", "key", "newest", h.newestKey()).reads(200, "still works").Body)
	h.post("Cara Second", "/vendors/INKWELL/keys", "kind", "key", "newest", h.newestKey()).reads(200, "opens nothing any more")
	if _, err := h.mail.VendorByKey(t.Context(), key); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the oldest of three keys: %v", err)
	}
	h.post("Cara Second", "/vendors/INKWELL/keys/3/revoke").reads(http.StatusSeeOther)
	if _, err := h.mail.VendorByKey(t.Context(), second); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a revoked key: %v", err)
	}
	h.get("Cara Second", "/vendors/INKWELL").reads(200, "2 earlier keys are over", "Cara Second, revoke key")
	h.get("Finn Finance", "/vendors/INKWELL").reads(200)
	if strings.Contains(h.get("Ben First", "/vendors/INKWELL").Body, "Make an API key") {
		t.Error("a regional manager is offered to make keys")
	}
}

func TestWhatWasAgreedWithAVendorIsWrittenDownOrSentBackWithASentence(t *testing.T) {
	h := build(t)
	at := "/vendors/INKWELL"
	h.post("Cara Second", "/vendors", "code", "harbour", "name", "Harbour Print").reads(http.StatusSeeOther)
	h.post("Cara Second", "/vendors", "code", "HARBOUR", "name", "Harbour Print").reads(422, "A vendor with the code HARBOUR is here already.")
	h.post("Cara Second", "/vendors", "code", "../x", "name", "X").reads(422, "A code is 2 to 20 letters")
	h.post("Cara Second", at+"/profile", "name", "Inkwell & Sons", "email", "room@example.org", "cutoff", "16:00", "capacity", "80,000", "retention", "14", "packs", "").reads(303)
	h.get("Cara Second", at).reads(200, "Inkwell & Sons", "80,000", "16:00", "14 days", "room@example.org")
	h.post("Cara Second", at+"/profile", "name", "Inkwell", "cutoff", "4pm", "capacity", "80000", "retention", "14").reads(422, "Write the cut-off as a time of day")
	h.post("Cara Second", at+"/networks", "networks", "192.0.2.0/24\r\n2001:db8::/32").reads(303)
	h.get("Cara Second", at).reads(200, "It may ask from these only", "2001:db8::/32")
	h.post("Cara Second", at+"/networks", "networks", "192.0.2.9/24").reads(422, "Did you mean 192.0.2.0/24?")
	h.post("Cara Second", at+"/sftp", "ssh", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPyJrBEdBVfwOO0dlLlBXdZ5Fm1Yc0oXnqBv9f4kqLm print room").reads(303)
	h.get("Cara Second", at).reads(200, "SHA256:", "print room", "It signs in as")
	h.post("Cara Second", at+"/sftp/1/revoke").reads(303)
	h.get("Cara Second", at).reads(200, "It has no key for SFTP")
	h.post("Cara Second", at+"/sealing", "kind", "age", "key", "age1nonsense").reads(422, "This is no public key of age")
	h.post("Cara Second", at+"/sealing", "kind", "age", "key", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p").reads(303)
	h.get("Cara Second", at).reads(200, "Its files are sealed with age")
	h.post("Cara Second", at+"/sealing", "kind", "none", "key", "").reads(303)
	h.post("Cara Second", at+"/hook", "url", "http://print.example.org").reads(200, "A secret that signs") // made-up people may go in the clear
	h.post("Cara Second", at+"/hook", "url", "ftp://print.example.org").reads(422, "The address has to begin with https.")
	h.post("Cara Second", at+"/hook/test").reads(303)
	h.get("Cara Second", at).reads(200, "It is told at http://print.example.org", "A test", "To be told", "one secret")
	h.post("Cara Second", at+"/hook/rotate").reads(200, "Shown only now")
	h.post("Cara Second", at+"/hook/rotate").reads(422, "Two secrets sign already")
	h.post("Cara Second", at+"/hook/end").reads(303)
	h.post("Cara Second", at+"/hook", "url", "").reads(303)
	h.get("Cara Second", at).reads(200, "It is not told; it has to ask")
	h.get("Cara Second", "/vendors/NOBODY").reads(404)
}

func TestTheBooksAddUpByBatchWaveAndVendorAndAsAFile(t *testing.T) {
	h := build(t)
	h.posted(60)
	h.exec(`UPDATE vendors SET name = '=HYPERLINK("http://x")'`)
	list, err := h.mail.Batches(t.Context(), h.vendor.ID, letters.BatchFilter{})
	h.must(err)
	for _, by := range []string{"batch", "wave", "vendor"} {
		h.get("Finn Finance", "/vendors/books?by="+by).reads(200, "Adds up.", "Released", "Invoiced")
	}
	h.get("Finn Finance", "/vendors/books?by=moon").reads(404)
	h.get("Finn Finance", "/vendors/books?vendor=NOBODY").reads(404)
	h.get("Olga Other", "/vendors/books").reads(200, "No batch was released yet.")
	file := h.get("Finn Finance", "/vendors/books.csv?by=vendor")
	rows, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
	if err != nil || len(rows) != 2 || !strings.HasPrefix(rows[1][0], "'=") || rows[1][11] != "yes" {
		t.Errorf("the file is %q (%v)", file.Body, err)
	}
	h.exec(`DELETE FROM pieces WHERE batch_id = $1 AND sequence = 1`, list[0].ID)
	h.get("Finn Finance", "/vendors/books").reads(200, "Does not add up", "does not add up")
	h.get("Finn Finance", "/vendors").reads(200, "Books do not fit")
}
