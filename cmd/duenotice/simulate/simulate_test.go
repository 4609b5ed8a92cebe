package simulate

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"duenotice/campaigns/schema/schematest"
)

func year2000(t *testing.T, people int, seed uint64) Report {
	t.Helper()
	db := schematest.New(t)
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), Options{People: people, Seed: seed, Database: db.URL("app"), Public: db.URL("public"), Archive: "mem://",
		Assets: filepath.Join(home, "duenotice-assets"), Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Progress: func(done, of int, sentence string) { t.Logf("%d of %d: %s", done, of, sentence) }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAYearOf2000PeopleKeepsEveryPromise(t *testing.T) {
	people := 2000
	if n, err := strconv.Atoi(os.Getenv("PEOPLE")); err == nil {
		people = n
	}
	r := year2000(t, people, 1)
	t.Log(r.Text())
	if !r.Kept() {
		t.Errorf("%d promises were broken, balanced %t", r.Violated(), r.Balanced)
	}
}
