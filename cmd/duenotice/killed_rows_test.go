package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns/intake"
	"duenotice/campaigns/schema"
)

// TestFilesOfRowsKilledAtAnyPointAreReadAgainAndCountOnce kills the process at
// random points of a practice's file and of a list of returned mail, and reads
// each to its end afterwards.
func TestFilesOfRowsKilledAtAnyPointAreReadAgainAndCountOnce(t *testing.T) {
	n := arrive(t)
	pool, err := schema.Connect(t.Context(), os.Getenv("DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	const rows = 2000
	dissents, returns := strings.Builder{}, strings.Builder{}
	dissents.WriteString("nhs_number,code,date\n")
	returns.WriteString("reference,date,reason\n")
	for i, made := 0, 0; made < rows; i++ {
		for check := range 10 {
			if number := fmt.Sprintf("999%06d%d", 100+i, check); validNumber(number) {
				fmt.Fprintf(&dissents, "%s,93C3,2026-11-01\n", number)
				fmt.Fprintf(&returns, "DN-STRAY-%d,2026-11-01,R01\n", made)
				made++
			}
		}
	}
	for _, f := range []struct {
		command string
		args    []string
		count   string
	}{
		{"import dissents", []string{n.writes("killed-dissents.csv", dissents.String()), "--practice", "F84003"}, `SELECT count(*) FROM holds`},
		{"import returns", []string{n.writes("killed-returns.csv", returns.String())}, `SELECT count(*) FROM stray_returns`},
	} {
		kills := 0
		for kills < 6 && n.killed(100*time.Millisecond+time.Duration(rand.Int64N(int64(800*time.Millisecond))), f.command, f.args...) {
			kills++
		}
		read := func() (r rowsRead) {
			t.Helper()
			if err := json.Unmarshal([]byte(n.does(f.command, append(f.args, "--json")...)), &r); err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := read(); r.Unmatched+r.KnownBefore != rows {
			t.Errorf("%s after %d kills: %+v", f.command, kills, r)
		}
		if r := read(); r.KnownBefore != rows {
			t.Errorf("%s once more: %+v", f.command, r)
		}
		var kept int
		if err := pool.QueryRow(t.Context(), f.count).Scan(&kept); err != nil || kept != rows {
			t.Errorf("%s: %d are kept, %v", f.command, kept, err)
		}
		t.Logf("%s: killed %d times", f.command, kills)
	}
}

func validNumber(s string) bool {
	_, wrong := intake.NHSNumber(s)
	return wrong == ""
}
