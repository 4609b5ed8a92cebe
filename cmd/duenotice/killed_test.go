package main

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/schema"
)

// asProgram makes this test's own binary the program, so that a real process can be killed.
const asProgram = "DUENOTICE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// process is the program with one command, in a process of its own.
func (n newcomer) process(command string, args ...string) *exec.Cmd {
	n.Helper()
	self, err := os.Executable()
	if err != nil {
		n.Fatal(err)
	}
	c := exec.CommandContext(n.Context(), self, append(append(strings.Fields(command), args...), "--data", n.folder, "--quiet", "--json")...)
	c.Env = append(os.Environ(), asProgram+"=1")
	return c
}

// killed begins a command and kills its process after a while; false when it was done before.
func (n newcomer) killed(after time.Duration, command string, args ...string) bool {
	n.Helper()
	c := n.process(command, args...)
	if err := c.Start(); err != nil {
		n.Fatal(err)
	}
	fuse := time.AfterFunc(after, func() { _ = c.Process.Kill() })
	defer fuse.Stop()
	return c.Wait() != nil
}

// took runs a command to its end in a process of its own and says how long that was.
func (n newcomer) took(command string, args ...string) time.Duration {
	n.Helper()
	begun := time.Now()
	if out, err := n.process(command, args...).CombinedOutput(); err != nil {
		n.Fatalf("%s: %v, %s", command, err, out)
	}
	return time.Since(begun)
}

func (n newcomer) show(id int) (stands cohortApplied) {
	n.Helper()
	if err := json.Unmarshal([]byte(n.does("import show", strconv.Itoa(id), "--json")), &stands); err != nil {
		n.Fatal(err)
	}
	return stands
}

// TestAnImportKilledAtAnyPointIsNeverHalfDoneAndCanBeGoneOnWith kills the
// worker's process at 21 random points, seven of reading, of reviewing and of
// applying, and finishes each import afterwards.
func TestAnImportKilledAtAnyPointIsNeverHalfDoneAndCanBeGoneOnWith(t *testing.T) {
	n := arrive(t)
	pool, err := schema.Connect(t.Context(), os.Getenv("DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	ask := func(sql string, args pgx.NamedArgs) (count int) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), sql, args).Scan(&count); err != nil {
			t.Fatal(err)
		}
		return count
	}
	file := n.file("people.csv", "")
	n.does("synth cohort", "--region", "QMF", "--people", "6000", "--seed", "11", "--out", file)
	decide := func(id int) []string {
		return []string{strconv.Itoa(id), "apply", "--kind", "twice", "--as", "anna@example.org"}
	}
	accept := func(id int) []string { return []string{strconv.Itoa(id), "--as", "anna@example.org"} }

	// Once undisturbed, to know how long each step takes and what comes of it.
	n.does("campaign create", campaign("WHOLE")...)
	reading := n.took("import cohort", file, "--campaign", "WHOLE")
	deciding := n.took("import decide", decide(1)...)
	applying := n.took("import accept", accept(1)...)
	whole := n.show(1)
	if whole.Enrolled < 5900 || whole.Rows != 6000 {
		t.Fatalf("undisturbed the file stands at %+v", whole)
	}

	points, kills := 7, map[string]int{}
	// The first quarter of a command is its start, where there is nothing to break yet.
	moment := func(longest time.Duration) time.Duration {
		return longest/4 + time.Duration(rand.Int64N(int64(longest)*3/4))
	}
	for i := range points {
		code := "CUT-" + strconv.Itoa(i)
		n.does("campaign create", campaign(code)...)
		mine := pgx.NamedArgs{"code": code}
		if n.killed(moment(reading), "import cohort", file, "--campaign", code) {
			kills["reading"]++
		}
		id := ask(`SELECT coalesce(max(h.id), 0) FROM cohorts h JOIN campaigns c ON c.id = h.campaign_id WHERE c.code = @code`, mine)
		if id == 0 { // cut off while it was received: nothing is there, and it comes again
			n.does("import cohort", file, "--campaign", code)
			id = ask(`SELECT max(h.id) FROM cohorts h JOIN campaigns c ON c.id = h.campaign_id WHERE c.code = @code`, mine)
		}
		mine["id"] = id
		if half := ask(`SELECT count(*) FROM cohort_rows w JOIN cohorts h ON h.id = w.cohort_id WHERE h.id = @id AND h.state <> 'in review'`, mine); half != 0 {
			t.Errorf("killed while reading, %d rows of file %d are staged", half, id)
		}
		if stands := n.show(id); stands.State != "in review" || stands.Accepted != whole.Accepted || stands.Rejected != whole.Rejected {
			t.Errorf("gone on with after reading was cut off, file %d stands at %+v, not as %+v", id, stands, whole)
		}

		if n.killed(moment(deciding), "import decide", decide(id)...) {
			kills["reviewing"]++
		}
		all := ask(`SELECT count(*) FROM cohort_conflicts WHERE cohort_id = @id AND kind = 'twice'`, mine)
		if decided := ask(`SELECT count(*) FROM cohort_conflicts WHERE cohort_id = @id AND kind = 'twice' AND decision IS NOT NULL`, mine); decided != 0 && decided != all || all == 0 {
			t.Errorf("killed while deciding, %d of %d rows are decided", decided, all)
		}
		n.does("import decide", decide(id)...)

		if n.killed(moment(applying), "import accept", accept(id)...) {
			kills["applying"]++
		}
		enrolled := ask(`SELECT count(*) FROM enrolments WHERE cohort_id = @id`, mine)
		noted := ask(`SELECT enrolled FROM cohorts WHERE id = @id`, mine)
		if enrolled != 0 && enrolled != whole.Enrolled || noted != 0 && noted != enrolled {
			t.Errorf("killed while applying, %d people are enrolled and %d noted", enrolled, noted)
		}
		n.does("import accept", accept(id)...)
		stands := n.show(id)
		stands.ID = whole.ID
		if stands != whole {
			t.Errorf("gone on with after the kills, file %d stands at %+v, not as %+v", id, stands, whole)
		}
		if now := ask(`SELECT count(*) FROM enrolments WHERE cohort_id = @id`, mine); now != stands.Enrolled {
			t.Errorf("%d people are enrolled, and %d are noted", now, stands.Enrolled)
		}
		if left := ask(`SELECT (SELECT count(*) FROM cohort_rows WHERE cohort_id = @id) + (SELECT count(*) FROM cohort_others WHERE cohort_id = @id)`, mine); left != 0 {
			t.Errorf("%d rows of file %d are left over", left, id)
		}
	}
	t.Logf("killed: %v; undisturbed, reading takes %v, deciding %v, applying %v", kills, reading.Round(time.Millisecond), deciding.Round(time.Millisecond), applying.Round(time.Millisecond))
}
