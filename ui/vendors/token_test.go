package vendors_test

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"duenotice/letters"
)

const tokenForm = "application/x-www-form-urlencoded"

func TestASecretBuysATokenThatOpensTheWholeAPIForTenMinutes(t *testing.T) {
	h := newHouse(t, 3)
	v, err := h.mail.VendorByKey(t.Context(), h.key)
	h.must(err)
	secret, err := h.mail.MakeVendorKey(t.Context(), h.staff[0], v.ID, letters.ClientSecret)
	h.must(err)
	p, err := h.mail.VendorProfile(t.Context(), v.Code)
	h.must(err)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.ClientID}, "client_secret": {secret}}
	said := h.expect(200, "POST", "/vendor/v1/token", form.Encode(), "Content-Type", tokenForm, "Authorization", "")
	if said.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a token may be kept on the way: %q", said.header.Get("Cache-Control"))
	}
	var token struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
		Lives int    `json:"expires_in"`
	}
	h.must(json.Unmarshal([]byte(said.body), &token))
	if token.Type != "Bearer" || token.Lives != 600 {
		t.Errorf("the token is %s", said.body)
	}
	h.expect(200, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer "+token.Token)
	h.clock.Advance(10 * time.Minute)
	h.expect(401, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer "+token.Token)

	req := mustRequest(t, "POST", h.url+"/vendor/v1/token")
	req.SetBasicAuth(url.QueryEscape(p.ClientID), url.QueryEscape(secret))
	h.expect(200, "POST", "/vendor/v1/token", "grant_type=client_credentials", "Content-Type", tokenForm, "Authorization", req.Header.Get("Authorization"))
}

func TestNobodyLearnsFromARefusedSecretWhetherAVendorExists(t *testing.T) {
	h := newHouse(t, 1)
	v, err := h.mail.VendorByKey(t.Context(), h.key)
	h.must(err)
	secret, err := h.mail.MakeVendorKey(t.Context(), h.staff[0], v.ID, letters.ClientSecret)
	h.must(err)
	p, err := h.mail.VendorProfile(t.Context(), v.Code)
	h.must(err)
	told := map[string]bool{}
	for _, pair := range [][2]string{{p.ClientID, "dns_wrong"}, {"dnc_nobody", secret}, {"dnc_nobody", "dns_wrong"}, {"", ""}, {p.ClientID, h.key}, {"INKWELL", secret}} {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {pair[0]}, "client_secret": {pair[1]}}
		a := h.expect(401, "POST", "/vendor/v1/token", form.Encode(), "Content-Type", tokenForm, "Authorization", "")
		told[a.body+a.header.Get("WWW-Authenticate")] = true
		if strings.Contains(a.body, "INKWELL") || pair[1] != "" && strings.Contains(a.body, pair[1]) {
			t.Errorf("the answer repeats what was sent: %s", a.body)
		}
	}
	if len(told) != 1 {
		t.Errorf("six wrongs are told in %d ways", len(told))
	}
	for body, status := range map[string]int{"grant_type=password": 400, "grant_type=client_credentials&client_id=a&client_id=b": 400, "%zz": 400, "": 400} {
		h.expect(status, "POST", "/vendor/v1/token", body, "Content-Type", tokenForm, "Authorization", "")
	}
	h.expect(400, "POST", "/vendor/v1/token", `{"grant_type":"client_credentials"}`)
	h.expect(400, "POST", "/vendor/v1/token?client_secret=x", "grant_type=client_credentials", "Content-Type", tokenForm)
}

func TestAFloodOfWrongKeysWaitsAndARightOneIsLetIn(t *testing.T) {
	h := newHouse(t, 1)
	for range 20 {
		h.expect(401, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer dnv_wrong")
	}
	a := h.expect(429, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer dnv_wrong")
	if a.header.Get("Retry-After") != "600" || a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("the flood is told %v", a.header)
	}
	h.expect(http.StatusOK, "GET", "/vendor/v1/batches", "")
}

func TestAKeyFromAnotherNetworkIsToldWhatAWrongKeyIs(t *testing.T) {
	h := newHouse(t, 1)
	v, err := h.mail.VendorByKey(t.Context(), h.key)
	h.must(err)
	h.must(h.mail.SetVendorNetworks(t.Context(), h.staff[0], v.ID, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}))
	right := h.expect(401, "GET", "/vendor/v1/batches", "")
	wrong := h.expect(401, "GET", "/vendor/v1/batches", "", "Authorization", "Bearer dnv_wrong")
	if right.body != wrong.body {
		t.Errorf("a right key is told %s, a wrong one %s", right.body, wrong.body)
	}
	h.must(h.mail.SetVendorNetworks(t.Context(), h.staff[0], v.ID, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}))
	h.expect(200, "GET", "/vendor/v1/batches", "")
}
