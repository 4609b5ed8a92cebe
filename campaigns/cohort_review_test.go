package campaigns_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema/schematest"
	"duenotice/letters/archive"
)

// later is a queue whose work the test does itself.
type later struct{}

func (later) ReadCohort(context.Context, pgx.Tx, campaigns.CohortID) error  { return nil }
func (later) ApplyCohort(context.Context, pgx.Tx, campaigns.CohortID) error { return nil }
func (later) ComposeWave(context.Context, pgx.Tx, campaigns.CampaignID, campaigns.WaveID) error {
	return nil
}

// office is where files of people are reviewed: a region with a campaign, and two managers.
type office struct {
	*testing.T
	db       *schematest.DB
	clock    *calendar.Movable
	register *campaigns.Register
	files    *archive.Archive
	anna     campaigns.Viewer
	ben      campaigns.Viewer
}

func openOffice(t *testing.T) *office {
	t.Helper()
	files, err := archive.Open(t.Context(), "mem://")
	o := &office{T: t, db: schematest.New(t), clock: calendar.NewStopped(time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London)), files: files}
	o.ok(err)
	t.Cleanup(func() { _ = files.Close() })
	o.register = &campaigns.Register{Pool: o.db.App, Clock: o.clock.Now, Queue: later{}, Log: slog.New(slog.DiscardHandler), Files: files}
	o.exec(`INSERT INTO regions (code, name, kind) VALUES ('QMF', 'North East London', 'icb'), ('QKK', 'South East London', 'icb')`)
	o.exec(`INSERT INTO practices (code, name, region_code, nhs_region, commissioner, address, postcode, status, updated_at) VALUES
		('F84001', 'The Test Practice', 'QMF', 'Y56', 'A3A8R', '{}', 'E1 6AN', 'active', '2026-11-01Z'),
		('G85001', 'Another Practice', 'QKK', 'Y56', '72Q', '{}', 'SE1 6AN', 'active', '2026-11-01Z')`)
	for i, v := range []*campaigns.Viewer{&o.anna, &o.ben} {
		v.Name, v.Role, v.Region = []string{"Anna Author", "Ben First"}[i], campaigns.RoleRegional, "QMF"
		o.ok(o.db.Owner.QueryRow(t.Context(), `INSERT INTO staff (email, name, role, region_code, password_hash, created_at)
			VALUES (lower(replace($1, ' ', '.')) || '@example.org', $1, 'regional', 'QMF', '', '2026-11-01Z') RETURNING id`, v.Name).Scan(&v.ID))
	}
	_, err = o.register.CreateProgramme(t.Context(), "SHS", "Shared Health Summary", "own")
	o.ok(err)
	_, err = o.register.CreateCampaign(t.Context(), o.anna, campaigns.NewCampaign{Code: "NEL-26", Programme: "SHS", Region: "QMF", Name: "North East London",
		Kind: "blanket", Pack: "SHS", Vendor: "halden", Window: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}, MinimumAge: 16,
		DailyCapacity: 1000, BatchSize: 500, Helpline: "0800 000 0000", HelplineHours: "8am to 8pm", WebAddress: "answer.example",
		Freepost: []string{"Freepost NEL"}, Sender: "North East London", Signatory: "A. Person"})
	o.ok(err)
	return o
}

func (o *office) ok(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) exec(sql string, args ...any) {
	o.Helper()
	_, err := o.db.Owner.Exec(o.Context(), sql, args...)
	o.ok(err)
}

func (o *office) one(into any, sql string, args ...any) {
	o.Helper()
	o.ok(o.db.Owner.QueryRow(o.Context(), sql, args...).Scan(into))
}

const columns = "nhs_number,given_names,family_name,date_of_birth,address_line_1,postcode,practice_code\n"

// nhs makes the nth number of the test range.
func nhs(n int) string {
	for ; ; n += 1_000 {
		s, sum := fmt.Sprintf("999%06d", n), 0
		for i, c := range s {
			sum += int(c-'0') * (10 - i)
		}
		if check := 11 - sum%11; check != 10 {
			return s + fmt.Sprint(check%11)
		}
	}
}

func line(n int, given, family, born, street, practice string) string {
	return strings.Join([]string{nhs(n), given, family, born, street, "E1 6AN", practice}, ",") + "\n"
}

func people(from, to int) string {
	var b strings.Builder
	for n := from; n < to; n++ {
		b.WriteString(line(n, fmt.Sprintf("Given%d", n), "Family", "1980-01-02", fmt.Sprintf("%d High Street", n), "F84001"))
	}
	return b.String()
}

func (o *office) receive(name, body string) campaigns.CohortID {
	o.Helper()
	id, err := o.register.ReceiveCohort(o.Context(), o.anna, "NEL-26", name, strings.NewReader(columns+body))
	o.ok(err)
	o.ok(o.register.ReadCohort(o.Context(), id))
	return id
}

func (o *office) cohort(id campaigns.CohortID) campaigns.Cohort {
	o.Helper()
	h, err := o.register.Cohort(o.Context(), o.anna, id)
	o.ok(err)
	return h
}

func (o *office) apply(id campaigns.CohortID) campaigns.Cohort {
	o.Helper()
	o.ok(campaigns.InTx(o.Context(), o.db.App, o.clock.Now, func(tx pgx.Tx, now time.Time) error {
		_, err := o.register.EnrolCohort(o.Context(), tx, now, id)
		return err
	}))
	h := o.cohort(id)
	if h.Accepted != h.Enrolled+h.Already+h.Discarded+h.Waiting || h.Rows != h.Accepted+h.Rejected {
		o.Errorf("file %d does not add up: %+v", id, h)
	}
	return h
}

func (o *office) accept(id campaigns.CohortID) campaigns.Cohort {
	o.Helper()
	o.ok(o.register.DecideCohort(o.Context(), o.anna, id, true))
	return o.apply(id)
}

func (o *office) conflicts(id campaigns.CohortID, kind string) []campaigns.Conflict {
	o.Helper()
	list, err := o.register.ConflictList(o.Context(), id, kind, 0, 100)
	o.ok(err)
	return list
}

func (o *office) decide(id campaigns.CohortID, kind string, conflict int64, decision string) int {
	o.Helper()
	n, err := o.register.DecideConflicts(o.Context(), o.ben, id, kind, conflict, decision)
	o.ok(err)
	return n
}

func (o *office) hears(err error, part string) {
	o.Helper()
	if f := fault.Of(err); f == nil || !strings.Contains(f.Sentence, part) {
		o.Errorf("heard %v, not %q", err, part)
	}
}

func TestOfANumberThatStandsTwiceInAFileAPersonChoosesTheRow(t *testing.T) {
	o := openOffice(t)
	id := o.receive("twice.csv", people(1, 4)+line(1, "Later", "Family", "1980-01-02", "9 Low Road", "F84001")+
		line(2, "Later", "Family", "1980-01-02", "9 Low Road", "F84001")+line(3, "Twin", "Family", "1980-01-02", "9 Low Road", "F84001"))
	list := o.conflicts(id, campaigns.Twice)
	if len(list) != 3 || list[0].Row.Given != "Later" || list[0].Other.Given != "Given1" || list[0].Row.Line != 5 || list[0].Other.Line != 2 {
		t.Fatalf("side by side stand %+v", list)
	}
	o.decide(id, campaigns.Twice, list[0].ID, campaigns.Apply)
	o.decide(id, campaigns.Twice, list[2].ID, campaigns.Both)
	if h := o.accept(id); h.Enrolled != 2 || h.Discarded != 1 {
		t.Errorf("the file stands at %+v", h)
	}
	var names string
	o.one(&names, `SELECT string_agg(given_names, ' ' ORDER BY id) FROM people`)
	if names != "Given2 Later" && names != "Later Given2" {
		t.Errorf("held are %q: the later row was chosen for one, nobody chose for the second, the third are two people", names)
	}
}

func TestSomebodyElseUnderAHeldNumberWaitsUntilAPersonDecides(t *testing.T) {
	o := openOffice(t)
	o.accept(o.receive("first.csv", people(1, 5)))
	id := o.receive("second.csv", line(1, "Given1", "Family", "1999-09-09", "1 High Street", "F84001")+
		line(2, "Other", "Person", "1980-01-02", "2 High Street", "F84001")+
		line(3, "Given3", "Family", "1980-01-02", "7 New Street", "F84001")+people(4, 6))
	if n := len(o.conflicts(id, campaigns.Another)); n != 2 {
		t.Fatalf("%d rows are about somebody else, not 2", n)
	}
	if list := o.conflicts(id, campaigns.Details); len(list) != 1 || list[0].Differs[0] != "address" || list[0].Row.Address[0] != "7 New Street" || list[0].Other.Address[0] != "3 High Street" {
		t.Fatalf("news are %+v", list)
	}
	h := o.accept(id)
	if h.Waiting != 2 || h.Enrolled != 1 || h.Already != 2 {
		t.Fatalf("after the acceptance the file stands at %+v", h)
	}
	var born string
	o.one(&born, `SELECT born_on::text FROM people WHERE nhs_number = $1`, nhs(1))
	if born != "1980-01-02" {
		t.Errorf("a row that waits was applied: born %s", born)
	}
	list := o.conflicts(id, campaigns.Another)
	o.decide(id, campaigns.Another, list[0].ID, campaigns.Apply)
	if h = o.accept(id); h.Waiting != 1 || h.Already != 3 {
		t.Errorf("after one decision the file stands at %+v", h)
	}
	o.one(&born, `SELECT born_on::text FROM people WHERE nhs_number = $1`, nhs(1))
	if born != "1999-09-09" {
		t.Errorf("the decided row was not applied: born %s", born)
	}
	o.decide(id, campaigns.Another, list[1].ID, campaigns.Both)
	if h = o.accept(id); h.Waiting != 0 || h.Discarded != 1 {
		t.Errorf("after both decisions the file stands at %+v", h)
	}
	write, err := o.register.RejectedRows(t.Context(), o.anna, id)
	o.ok(err)
	var out bytes.Buffer
	o.ok(write(t.Context(), &out))
	if !strings.Contains(out.String(), "two_people") || strings.Count(out.String(), "\r\n") != 2 {
		t.Errorf("to be traced come back %q", out.String())
	}
}

func TestARowWhosePersonChangedSinceItWasLookedAtComesBackForASecondLook(t *testing.T) {
	o := openOffice(t)
	o.accept(o.receive("first.csv", people(1, 4)))
	moved := o.receive("moved.csv", line(1, "Given1", "Family", "1980-01-02", "7 New Street", "F84001")+line(2, "Given2", "Family", "1980-01-02", "8 New Street", "F84001"))
	o.ok(o.register.DecideCohort(t.Context(), o.anna, moved, true))
	o.accept(o.receive("between.csv", line(1, "Given1", "Family", "1980-01-02", "5 Third Street", "F84001")))
	h := o.apply(moved)
	if h.Waiting != 1 || h.Already != 1 {
		t.Fatalf("the file stands at %+v", h)
	}
	list := o.conflicts(moved, campaigns.Changed)
	if len(list) != 1 || !list[0].Waiting || list[0].Other.Address[0] != "5 Third Street" || list[0].Row.Address[0] != "7 New Street" {
		t.Fatalf("for a second look come %+v", list)
	}
	_, err := o.register.DecideConflicts(t.Context(), o.anna, moved, campaigns.Changed, list[0].ID, campaigns.Both)
	o.hears(err, "Choose what is to become")
	o.decide(moved, campaigns.Changed, 0, campaigns.Apply)
	if h = o.accept(moved); h.Waiting != 0 || h.Already != 2 {
		t.Errorf("after the second look the file stands at %+v", h)
	}
	var street string
	o.one(&street, `SELECT address[1] FROM people WHERE nhs_number = $1`, nhs(1))
	if street != "7 New Street" {
		t.Errorf("held is %q", street)
	}
}

func TestSomebodyJustLikeOneUnderAnotherNumberIsTwoPeopleOrOne(t *testing.T) {
	o := openOffice(t)
	o.accept(o.receive("first.csv", people(1, 4)))
	row := func(n, like int) string {
		return line(n, fmt.Sprintf("Given%d", like), "Family", "1980-01-02", fmt.Sprintf("%d High Street", like), "F84001")
	}
	id := o.receive("alike.csv", row(11, 1)+row(12, 2)+row(13, 3)+people(20, 22))
	list := o.conflicts(id, campaigns.Alike)
	if len(list) != 3 {
		t.Fatalf("%d are alike", len(list))
	}
	o.decide(id, campaigns.Alike, list[0].ID, campaigns.Both)
	o.decide(id, campaigns.Alike, list[1].ID, campaigns.Discard)
	h := o.accept(id)
	if h.Enrolled != 3 || h.Discarded != 1 || h.Waiting != 1 {
		t.Fatalf("the file stands at %+v", h)
	}
	o.decide(id, campaigns.Alike, list[2].ID, campaigns.Apply)
	if h = o.accept(id); h.Waiting != 0 {
		t.Errorf("the file stands at %+v", h)
	}
	var n int
	o.one(&n, `SELECT count(*) FROM people`)
	if n != 3+3+1 {
		t.Errorf("%d people are held", n)
	}
}

func TestAFileOfAnotherRegionOrWithTooManyBadRowsIsRefusedWithShareAndLimit(t *testing.T) {
	o := openOffice(t)
	var bad, away strings.Builder
	for n := range 60 {
		bad.WriteString(line(n+100, "", "", "1980-01-02", "1 High Street", "F84001"))
		away.WriteString(line(n+200, "A", "B", "1980-01-02", "1 High Street", "G85001"))
	}
	h := o.cohort(o.receive("bad.csv", people(1, 41)+bad.String()))
	if h.State != "refused" || !strings.Contains(h.Refusal, "60% of the rows are wrong (60 of 100); at most 25% may be") {
		t.Errorf("%s: %s", h.State, h.Refusal)
	}
	h = o.cohort(o.receive("away.csv", people(1, 11)+away.String()))
	if h.State != "refused" || !strings.Contains(h.Refusal, "Only 14.3% of the rows (10 of 70) are of practices in North East London; at least 50% have to be") ||
		!strings.Contains(h.Refusal, "South East London") {
		t.Errorf("%s: %s", h.State, h.Refusal)
	}
	var n int
	o.one(&n, `SELECT (SELECT count(*) FROM cohort_rows) + (SELECT count(*) FROM people)`)
	if n != 0 {
		t.Errorf("%d rows of refused files were kept", n)
	}
	national := campaigns.Viewer{ID: o.anna.ID, Role: campaigns.RoleNational}
	o.hears(o.register.SetLimits(t.Context(), o.anna, campaigns.Limits{}), "a national manager")
	o.ok(o.register.SetLimits(t.Context(), national, campaigns.Limits{BadPercent: 60, HomePercent: 10, KnownPercent: 90, KeepDays: 7}))
	if h = o.cohort(o.receive("bad again.csv", people(1, 41)+bad.String())); h.State != "in review" {
		t.Errorf("under a limit of 60%% the file is %s: %s", h.State, h.Refusal)
	}
	o.accept(h.ID)
	h = o.cohort(o.receive("strangers.csv", people(31, 91)))
	if h.State != "refused" || !strings.Contains(h.Refusal, "Only 16.7% of the people (10 of 60) are known here; at least 90% have to be") {
		t.Errorf("%s: %s", h.State, h.Refusal)
	}
}

func TestTwoPeopleAcceptingAtOnceAndTheSameFileTwiceAreToldByName(t *testing.T) {
	o := openOffice(t)
	id := o.receive("people.csv", people(1, 5))
	_, err := o.register.ReceiveCohort(t.Context(), o.ben, "NEL-26", "copy.csv", strings.NewReader(columns+people(1, 5)))
	o.hears(err, "as file 1 (people.csv, on 20 November 2026 from Anna Author)")
	heard := make(chan error, 2)
	for _, by := range []campaigns.Viewer{o.anna, o.ben} {
		go func() { heard <- o.register.DecideCohort(t.Context(), by, id, true) }()
	}
	first, second := <-heard, <-heard
	if (first == nil) == (second == nil) {
		t.Fatalf("heard %v and %v", first, second)
	}
	o.hears(errors.Join(first, second), o.cohort(id).DecidedBy+" accepted this file on 20 November 2026")
	if h := o.apply(id); h.Enrolled != 4 {
		t.Errorf("the file stands at %+v", h)
	}
	var left int
	o.one(&left, `SELECT count(*) FROM cohort_uploads`)
	if left != 0 {
		t.Errorf("%d uploads are left over", left)
	}
}
