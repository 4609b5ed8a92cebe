package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestALaterFileOfOrganisationsIsDecidedAboutOnTheCommandLine(t *testing.T) {
	n := arrive(t)
	rows := strings.SplitAfter(read(t, "seed/data/practices_qmf.csv"), "\n")
	rows[1] = strings.Replace(rows[1], `"A","B"`, `"C","B"`, 1)
	code := rows[1][1:7]
	later := n.file("later.csv", strings.Join(append(rows[:2:2], rows[3:]...), ""))
	if out := n.does("import practices", later); !strings.Contains(out, "0 new, 0 renamed, 2 left") || !strings.Contains(out, "2 changes of practices wait for a decision") {
		t.Errorf("a later file is said to be %q", out)
	}
	if out := n.does("import changes"); !strings.Contains(out, "closed (waits for a decision)") || !strings.Contains(out, "absent (waits for a decision)") || !strings.Contains(out, code) {
		t.Errorf("what waits is %q", out)
	}
	n.hears("Your role does not decide about practices", "import changes closed", "--accept", "--as", "imran@example.org")
	n.hears("There is no such kind of change", "import changes eaten", "--decline", "--as", "dana@example.org")
	n.hears("Say which kind of change", "import changes", "--accept", "--as", "dana@example.org")
	if out := n.does("import changes closed", "--accept", "--as", "dana@example.org"); !strings.Contains(out, "Decided about 1 practices.") || strings.Contains(out, code) {
		t.Errorf("a decision is answered by %q", out)
	}
	var said changesAnswer
	if err := json.Unmarshal([]byte(n.does("import changes absent", "--decline", "--practice", "F99999", "--as", "dana@example.org", "--json")), &said); err != nil || said.Decided != 0 || len(said.Changes) != 2 {
		t.Errorf("%+v (%v)", said, err)
	}
	var again struct{ Files []map[string]any }
	if err := json.Unmarshal([]byte(n.does("import practices", later, "--json")), &again); err != nil || len(again.Files) != 1 || len(again.Files[0]) != 9 {
		t.Fatalf("%+v (%v)", again, err)
	}
	for _, what := range []string{"left", "new", "renamed"} {
		if again.Files[0][what] != 0.0 {
			t.Errorf("the same file again: %s %v", what, again.Files[0][what])
		}
	}
}
