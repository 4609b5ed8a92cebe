package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func calling(t *testing.T, stdin string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &o, &e)
	return code, o.String(), e.String()
}

func TestWrongUseEndsWithTwoAndAHint(t *testing.T) {
	for _, args := range [][]string{
		{"capmaign"}, {"wave", "plan"}, {"answer", "--campaign", "X", "--no", "--yes", "--channel", "phone", "--received", "2027-01-11"},
		{"answer", "--campaign", "X", "--no", "--channel", "pigeon", "--received", "2027-01-11"}, {"why", "9990000018", "--campaign", "X"},
		{"demo", "--people", "3"}, {"watermark", "phone", "11/01/2027"}, {"watermark", "practice", "2027-01-11"},
	} {
		code, out, errs := calling(t, "", args...)
		if code != wrongUse || out != "" || !strings.Contains(errs, "Try: duenotice") {
			t.Errorf("%v ended with %d, printed %q and said %q", args, code, out, errs)
		}
	}
}

func TestHelpIsNoFailureAndEveryCommandHasAnExample(t *testing.T) {
	if code, out, _ := calling(t, ""); code != done || !strings.Contains(out, "demo") {
		t.Errorf("no command ended with %d and printed %q", code, out)
	}
	var cli commands
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		if !strings.Contains(leaf.Detail, "Example") || !strings.Contains(leaf.Detail, "duenotice "+strings.Fields(leaf.Path())[0]) {
			t.Errorf("the help of %q has no example of it", leaf.Path())
		}
	}
}

func TestMadeUpPeopleAreAFileAndAListOfItsFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	code, out, errs := calling(t, "", "synth", "cohort", "--region", "QMF", "--people", "500", "--seed", "7", "--out", path, "--json")
	var sum map[string]int
	if err := json.Unmarshal([]byte(out), &sum); code != done || err != nil || sum["people"] != 500 {
		t.Fatalf("it ended with %d, %q, %q (%v)", code, out, errs, err)
	}
	var faults []struct {
		Line int
		Rule string
	}
	text, err := os.ReadFile(path + ".faults.json")
	if err != nil || json.Unmarshal(text, &faults) != nil || len(faults) < sum["wrong"] {
		t.Errorf("%d wrong rows, faults %s (%v)", sum["wrong"], text, err)
	}
}

func TestServeRefusesToGuessASecret(t *testing.T) {
	t.Setenv("DUENOTICE_PEPPER", "")
	code, _, errs := calling(t, "", "serve", "--data", t.TempDir())
	if code != failed || !strings.Contains(errs, "DUENOTICE_PEPPER is not set") {
		t.Errorf("it ended with %d and said %q", code, errs)
	}
}

func TestADemonstrationKeepsOffSomebodysDatabase(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://somebody@db.example/real")
	code, _, errs := calling(t, "", "demo", "--data", t.TempDir())
	if code != failed || !strings.Contains(errs, "Unset DATABASE_URL") || strings.Contains(errs, "db.example") {
		t.Errorf("it ended with %d and said %q", code, errs)
	}
}
