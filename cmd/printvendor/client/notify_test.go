package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestALettersAddressIsAskedWithoutTheKey(t *testing.T) {
	var shown []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown = append(shown, r.URL.Path+" "+r.Header.Get("Authorization"))
		switch r.URL.Path {
		case "/nhs-notify-supplier/letters/DN1/data":
			w.Header().Set("Location", "/files/DN1?token=t")
			w.WriteHeader(http.StatusSeeOther)
		case "/files/DN1":
			fmt.Fprint(w, "%PDF-1.7 and so on")
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"errors":[{"status":"404","code":"NOTIFY_NOT_FOUND","detail":"There is no such letter."}]}`)
		}
	}))
	defer srv.Close()
	c := patient(t, srv.URL, nil)
	pdf, err := c.LetterPDF(t.Context(), "DN1")
	if err != nil || !strings.HasPrefix(string(pdf), "%PDF") {
		t.Errorf("%s %v", pdf, err)
	}
	if len(shown) != 2 || shown[0] != "/nhs-notify-supplier/letters/DN1/data Bearer key" || shown[1] != "/files/DN1 " {
		t.Errorf("asked %q", shown)
	}
	if _, err := c.Letter(t.Context(), "DN2"); err == nil || err.Error() != "There is no such letter." {
		t.Errorf("an error of the contract is read as %v", err)
	}
}

func TestEachRequestOfTheCompatibleSurfaceHasAnIDOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if len(id) != 36 || seen[id] {
			t.Errorf("the id %q is no GUID, or was used", id)
		}
		seen[id] = true
		fmt.Fprint(w, `{"data":[{"id":"DN1","type":"Letter","attributes":{"specificationId":"s","groupId":"g","status":"PENDING"}}]}`)
	}))
	defer srv.Close()
	c := patient(t, srv.URL, nil)
	for range 3 {
		list, err := c.Letters(t.Context(), 10)
		if err != nil || len(list) != 1 || list[0].Group != "g" || list[0].Status != "PENDING" {
			t.Errorf("%+v %v", list, err)
		}
	}
}
