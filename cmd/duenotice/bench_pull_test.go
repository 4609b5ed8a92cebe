package main

import (
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/cmd/duenotice/bench"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
	"duenotice/letters/archive"
)

// serverFolder is the data folder of a server that this test starts, with the
// pages' assets of earlier tests.
func serverFolder(t *testing.T) string {
	t.Helper()
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	assets, folder := filepath.Join(home, "duenotice-assets"), t.TempDir()
	if err := os.MkdirAll(assets, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(assets, filepath.Join(folder, "assets")); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestTheBenchOfVendorsPullsEveryLetterFromAServerOfItsOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a server")
	}
	t.Setenv(asProgram, "1")
	practices, err := seed.SynthPractices(seed.Region)
	if err != nil {
		t.Fatal(err)
	}
	organisations, err := seed.Organisations()
	if err != nil {
		t.Fatal(err)
	}
	db, codes, folder := schematest.New(t), house.RandomPepper(), t.TempDir()
	r, err := bench.Vendors(t.Context(), bench.PullOptions{Letters: 100, Vendors: 3, Folder: folder,
		Pepper: base64.StdEncoding.EncodeToString(codes.Peppers[codes.Newest]), Serve: serving(serverFolder(t)),
		Options: bench.Options{Seed: 1, Database: db.URL("app"), Public: db.URL("public"), Archive: archive.FolderURL(t.TempDir()), Region: seed.Region, Begin: calendar.Wall(),
			Codes: codes, Practices: practices, Organisations: organisations, Progress: func(s string) { t.Log(s) }, Log: slog.New(slog.DiscardHandler)}})
	if err != nil {
		t.Fatal(err)
	}
	if r.N != 100 || r.Vendors != 3 || r.BatchLetters != 100 || r.Statuses != 100 || r.Bytes < 100_000 || r.Ratio == nil || r.PeakRSSMB < r.IdleRSSMB ||
		r.Spread < 0 || r.Spread > 1 || r.FirstByteMS <= 0 || r.StatusSeconds <= 0 {
		t.Errorf("%+v", r)
	}
	if s := r.Text(); !strings.Contains(s, "100 letters") || !strings.Contains(s, "by 3 vendors") {
		t.Errorf("for people it says %s", s)
	}
}
