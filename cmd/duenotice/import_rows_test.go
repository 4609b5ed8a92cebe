package main

import (
	"archive/zip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writes puts a file into the newcomer's folder and returns its path.
func (n newcomer) writes(name, text string) string {
	n.Helper()
	path := filepath.Join(n.folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		n.Fatal(err)
	}
	return path
}

func TestEveryRowOfAFileIsCountedUnderItsOutcome(t *testing.T) {
	n := arrive(t)
	read := func(command ...string) (r rowsRead) {
		t.Helper()
		if err := json.Unmarshal([]byte(n.does("import", append(command, "--json")...)), &r); err != nil {
			t.Fatal(err)
		}
		if r.Rows != r.Taken+r.KnownBefore+r.Held+r.Unmatched+r.Refused {
			t.Errorf("%v does not add up: %+v", command, r)
		}
		return r
	}
	dissents := n.writes("dissents.csv", "nhs_number,code,date\n9990000018,93C3,2026-11-01\n9990000026,93C2,2026-11-01\n9990000034,XaXj6,2026\n")
	if r := read("dissents", dissents, "--practice", "F84003"); r.Unmatched != 2 || r.Refused != 1 || len(r.Findings) != 4 || r.Findings[0].Rule != "person_unknown" ||
		r.Findings[0].Line != 2 || r.Findings[0].Advice == "" || strings.Contains(r.Findings[0].Shown, "99900000") {
		t.Errorf("%+v", r)
	}
	if r := read("dissents", dissents, "--practice", "F84003"); r.Unmatched != 0 || r.KnownBefore != 2 {
		t.Errorf("the second time: %+v", r)
	}
	packed := filepath.Join(n.folder, "returns.zip")
	f, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("returned mail.csv")
	if err == nil {
		_, err = w.Write([]byte("Reference,Date,Reason\r\nDN 9999 999 999,01/11/2026,R01\r\nDN 9999 999 999,01/11/2026,R99\r\n"))
	}
	if err != nil || z.Close() != nil || f.Close() != nil {
		t.Fatal(err)
	}
	if r := read("returns", packed); r.Unmatched != 1 || r.Refused != 1 {
		t.Errorf("%+v", r)
	}
	marks := n.writes("marks.csv", "channel,practice_code,complete_until\nphone,,2026-10-01\npractice,F84003,2026-10-01\nphone,,2026-09-01\n")
	if r := read("watermarks", marks); r.Taken != 1 || r.Refused != 2 || r.Rules[0].Count != 1 {
		t.Errorf("%+v", r)
	}
	if r := read("watermarks", marks); r.KnownBefore != 1 {
		t.Errorf("the second time: %+v", r)
	}
	if code, _, errs := n.call("", "import dissents", packed, "--practice", "F84003"); code != failed || !strings.Contains(errs, "of another kind: returned mail") {
		t.Errorf("returned mail as dissents ended with %d and said %q", code, errs)
	}
	if out := n.does("import returns", packed); !strings.Contains(out, "known before: 1") || !strings.Contains(out, "Line 3, reason") {
		t.Errorf("in words: %q", out)
	}
	if out := n.does("holiday add", "2026-12-08", "A day of mourning"); !strings.Contains(out, "is a holiday") {
		t.Errorf("a holiday: %q", out)
	}
	if out := n.does("holiday list"); !strings.Contains(out, "2026-12-08  A day of mourning") {
		t.Errorf("holidays: %q", out)
	}
}
