package managers_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestEveryRouteIsForExactlyTheRolesOfTheMatrix asks every route as every role
// and compares with testdata/routes.txt; a route that is not listed there fails.
func TestEveryRouteIsForExactlyTheRolesOfTheMatrix(t *testing.T) {
	h := build(t)
	listed := matrix(t)
	roles := map[string]string{"national": "Cara Second", "regional": "Ben First", "practice": "Pia Practice", "helpdesk": "Hal Help", "finance": "Finn Finance", "auditor": "Ada Auditor"}
	replace := strings.NewReplacer(":code", "NONE", ":number", "1", ":enrolment", "1", ":id", "1", ":state", "held")
	seen := map[string]bool{}
	for _, r := range h.app.GetRoutes(true) {
		if r.Method != http.MethodGet && r.Method != http.MethodPost || strings.HasPrefix(r.Path, "/assets") {
			continue
		}
		key := r.Method + " " + r.Path
		seen[key] = true
		allowed, ok := listed[key]
		if !ok {
			t.Errorf("%s is not in the matrix", key)
			continue
		}
		if slices.Contains(allowed, "anyone") {
			continue
		}
		path := replace.Replace(r.Path)
		for role, name := range roles {
			var got reply
			if r.Method == http.MethodGet {
				got = h.get(name, path)
			} else {
				got = h.post(name, path)
			}
			if may := got.Status != http.StatusForbidden; may != slices.Contains(allowed, role) {
				t.Errorf("%s as %s: %d", key, role, got.Status)
			}
			if got.Status >= 500 {
				t.Errorf("%s as %s: %d", key, role, got.Status)
			}
		}
		if r.Method == http.MethodGet {
			if got := h.get("", path); got.Status != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/sign-in") {
				t.Errorf("%s without a session: %d", key, got.Status)
			}
		}
	}
	for key := range listed {
		if !seen[key] {
			t.Errorf("the matrix lists %s, which does not exist", key)
		}
	}
}

func matrix(t *testing.T) map[string][]string {
	t.Helper()
	file, err := os.Open("testdata/routes.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	m := map[string][]string{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 3 || fields[0] == "#" {
			continue
		}
		m[fmt.Sprintf("%s %s", fields[0], fields[1])] = fields[2:]
	}
	return m
}
