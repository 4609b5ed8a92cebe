package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// with runs a command against a listener that answers everything alike, and
// returns its exit code, what it said, and the last request's body.
func with(t *testing.T, status int, answer string, args ...string) (code int, out, errs, asked string) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		asked = r.Method + " " + r.URL.Path + " " + string(text)
		w.WriteHeader(status)
		fmt.Fprint(w, answer)
	}))
	defer srv.Close()
	t.Setenv("PRINTVENDOR_URL", srv.URL)
	t.Setenv("PRINTVENDOR_KEY", "dnv_secret")
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String(), asked
}

func TestADispatchSaysWhatWasRefusedAndFails(t *testing.T) {
	code, out, errs, asked := with(t, 200, `{"batch":"NEL-0001","applied":39,"already":0,"refused":[{"reference":"DN1","verdict":"refused","reason":"It is spoiled, which is final."}]}`,
		"dispatch", "NEL-0001", "--posted-on", "2026-11-24", "--docket", "D-1", "--except", "DN2")
	if code != 1 || !strings.Contains(out, "39 applied") || !strings.Contains(errs, "DN1: It is spoiled") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if asked != `POST /vendor/v1/batches/NEL-0001/dispatch {"posted_on":"2026-11-24","docket":"D-1","except":["DN2"]}` {
		t.Errorf("asked %s", asked)
	}
}

func TestWrongUseIsToldFromFailure(t *testing.T) {
	for _, c := range []struct {
		code int
		args []string
		says string
	}{
		{0, []string{"--help"}, "A first day"},
		{0, []string{"work", "--help"}, "--folder"},
		{2, []string{}, "--help"},
		{2, []string{"fly"}, "fly"},
		{2, []string{"work"}, "--folder"},
		{2, []string{"recalls", "--done", "1", "--too-late", "2"}, "together"},
		{1, []string{"dispatch", "B", "--posted-on", "24.11.2026"}, "2026-11-24"},
		{1, []string{"suspect", "B", "a-b", "--reason", "x"}, "1200-1450"},
		{1, []string{"accept", "B"}, "There is no such batch."},
	} {
		code, out, errs, _ := with(t, 404, `{"detail":"There is no such batch."}`, c.args...)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%v: %d %s %s", c.args, code, out, errs)
		}
		if strings.Contains(out+errs, "dnv_secret") {
			t.Errorf("%v shows the key", c.args)
		}
	}
}

func TestAListIsOneJSONDocument(t *testing.T) {
	code, out, _, _ := with(t, 200, `{"batches":[{"batch":"NEL-0001","state":"sealed","planned_post_on":"2026-11-24"}]}`, "list", "--json")
	if code != 0 || !strings.HasPrefix(out, "[") || !strings.Contains(out, `"batch": "NEL-0001"`) {
		t.Errorf("%d %s", code, out)
	}
}
