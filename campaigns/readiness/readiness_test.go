package readiness_test

import (
	"fmt"
	"log/slog"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/readiness"
	"duenotice/campaigns/schema/schematest"
)

var (
	national = campaigns.Viewer{Role: campaigns.RoleNational, Name: "test"}
	march    = calendar.On(2023, 3, 31)
	october  = calendar.On(2023, 10, 31)
)

func open(t *testing.T, on calendar.Date) (*readiness.Board, campaigns.ProgrammeID) {
	t.Helper()
	db := schematest.New(t)
	clock := calendar.NewStopped(on.Start().Add(9 * time.Hour))
	r := &campaigns.Register{Pool: db.App, Clock: clock.Now, Log: slog.New(slog.DiscardHandler)}
	id, err := r.CreateProgramme(t.Context(), "GPC", "Online records by contract", "own")
	if err != nil {
		t.Fatal(err)
	}
	return &readiness.Board{Register: r}, id
}

func practices(t *testing.T, b *readiness.Board, names ...string) {
	t.Helper()
	var files []campaigns.OrganisationFile
	for _, name := range names {
		f, err := os.Open("/work/shared/data/ods/" + name)
		if err != nil {
			t.Skip("the shared data are not here")
		}
		t.Cleanup(func() { _ = f.Close() })
		files = append(files, campaigns.OrganisationFile{Name: name, Body: f})
	}
	if _, err := b.Register.ImportPractices(t.Context(), national, files); err != nil {
		t.Fatal(err)
	}
}

// TestTheContractDeadlineRunsFrom22To75Percent is the worked example: 22% of
// the real practices of 2023 live in March, three quarters at the end of
// October, and the patients without access from real list sizes.
func TestTheContractDeadlineRunsFrom22To75Percent(t *testing.T) {
	if testing.Short() {
		t.Skip("all practices of England")
	}
	t.Parallel()
	b, programme := open(t, october)
	practices(t, b, "icb_codes_2022_and_2026.csv", "sicbl_icb_region_isdn_2022.csv", "epraccur_2023-02.csv", "gp-reg-pat-prac-all_2021-01.csv")
	deadline := readiness.Deadline{Title: "GP contract: access to new entries", DueOn: october,
		Targets: []readiness.Target{{On: march, Share: 0.22}, {On: october, Share: 1}}}
	if err := b.SetDeadline(t.Context(), national, programme, deadline); err != nil {
		t.Fatal(err)
	}
	lines, err := b.Lines(t.Context(), national, programme, "")
	if err != nil || len(lines) < 6400 {
		t.Fatalf("%d practices, %v", len(lines), err)
	}
	early, late := int(math.Round(0.22*float64(len(lines)))), int(math.Round(0.75*float64(len(lines))))
	var file strings.Builder
	file.WriteString("practice_code,state,on,blocker,owner,due\n")
	var without int64
	days := october.DaysSince(march)
	for i, l := range lines {
		n := (i*2654435761 + 7) % len(lines) // every practice once, in no order
		switch {
		case n < early:
			fmt.Fprintf(&file, "%s,live,%s,,,\n", l.Code, march)
		case n < late:
			fmt.Fprintf(&file, "%s,live,%s,,,\n", l.Code, march.AddDays(1+(n-early)*(days-1)/(late-early)))
		case n%3 == 0:
			without += int64(l.List)
			fmt.Fprintf(&file, "%s,blocked,,supplier version or settings,ICB digital lead,2023-11-30\n", l.Code)
		default:
			without += int64(l.List)
			fmt.Fprintf(&file, "%s,engaged,,,,\n", l.Code)
		}
	}
	done, err := b.Import(t.Context(), national, programme, strings.NewReader(file.String()))
	if err != nil || done.Taken != len(lines) || done.Refused != 0 || done.Live != late {
		t.Fatalf("%+v %v", done, err)
	}
	again, err := b.Import(t.Context(), national, programme, strings.NewReader(file.String()))
	if err != nil || again.Taken != 0 || again.Same != len(lines) || again.Live != late {
		t.Errorf("the same file again: %d taken, %d the same, %d refused, %v", again.Taken, again.Same, again.Refused, err)
	}
	if lines, err = b.Lines(t.Context(), national, programme, ""); err != nil {
		t.Fatal(err)
	}
	sum := readiness.Add(lines, october)
	if sum.Live != late || math.Abs(sum.Share()-0.75) > 0.001 || sum.Without != without || sum.Without < 10_000_000 || sum.Reasons["supplier version or settings"] != sum.States[readiness.Blocked] {
		t.Errorf("%+v, %d without access expected", sum, without)
	}
	course, err := b.Course(t.Context(), national, programme, "")
	if err != nil || course[0] != (readiness.Reached{On: march, Live: early}) || course[len(course)-1].Live != late {
		t.Errorf("%v to %v, %v", course[0], course[len(course)-1], err)
	}
	t.Logf("%d practices: %d (%.1f%%) on %s, %d (%.1f%%) on %s; %d of %d patients without access", sum.Practices, early, 100*float64(early)/float64(sum.Practices), march, late, 100*sum.Share(), october, sum.Without, sum.Patients)
	// The switch that the gate asks is on for exactly those who are live.
	switches, err := b.Register.SignalsLike(t.Context(), fmt.Sprintf("switch:%d:", programme))
	if err != nil || len(switches) != late {
		t.Errorf("%d switches are on, %v", len(switches), err)
	}
	london := campaigns.Viewer{Role: campaigns.RoleRegional, Region: "Y56"}
	part, err := b.Lines(t.Context(), london, programme, "")
	if err != nil || len(part) < 1000 || len(part) > 1400 {
		t.Errorf("London has %d practices, %v", len(part), err)
	}
}

func few(t *testing.T) (*readiness.Board, campaigns.ProgrammeID) {
	t.Helper()
	db := schematest.New(t)
	clock := calendar.NewStopped(time.Date(2026, 11, 20, 9, 0, 0, 0, calendar.London))
	r := &campaigns.Register{Pool: db.App, Clock: clock.Now, Log: slog.New(slog.DiscardHandler)}
	id, err := r.CreateProgramme(t.Context(), "SHS", "Shared summary", "own")
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Owner.Exec(t.Context(), `INSERT INTO regions (code, name, kind) VALUES ('QMF', 'North East London', 'icb'), ('QWO', 'West Yorkshire', 'icb');
		INSERT INTO practices (code, name, region_code, nhs_region, commissioner, address, postcode, status, list_size, updated_at) VALUES
		('F84001', 'Bow', 'QMF', 'Y56', 'QMF', '{}', 'E1 1AA', 'active', 9000, '2026-11-01'), ('F84002', 'Mile End', 'QMF', 'Y56', 'QMF', '{}', 'E1 1AA', 'active', NULL, '2026-11-01'),
		('B86001', 'Leeds Road', 'QWO', 'Y63', 'QWO', '{}', 'LS1 1AA', 'active', 5000, '2026-11-01')`)
	if err != nil {
		t.Fatal(err)
	}
	return &readiness.Board{Register: r}, id
}

func TestBeingLiveIsTheSwitchOfTheGateAndABlockerHoldsItBack(t *testing.T) {
	t.Parallel()
	b, id := few(t)
	today := b.Register.Clock.Today()
	apply := func(c readiness.Change, codes ...string) (readiness.Counted, error) {
		t.Helper()
		lines, err := b.Chosen(t.Context(), national, id, codes)
		if err != nil {
			t.Fatal(err)
		}
		return b.Apply(t.Context(), national, id, codes, c, readiness.Count(lines, c).Mark)
	}
	day := func(code string) calendar.Date {
		t.Helper()
		s, err := b.Register.Signals(t.Context(), []string{campaigns.SwitchOn(id, code)})
		if err != nil {
			t.Fatal(err)
		}
		return s[campaigns.SwitchOn(id, code)].Day
	}
	if _, err := apply(readiness.Change{State: readiness.Blocked, Blocker: readiness.Blocker{Reason: "training", Owner: "Pat", DueOn: today}}, "F84001"); err != nil {
		t.Fatal(err)
	}
	n, err := apply(readiness.Change{State: readiness.Live, On: today}, "F84001", "F84002")
	if err != nil || len(n.Changed) != 1 || len(n.Refused) != 1 || n.Refused[0].Code != "F84001" || n.Undone != 1 {
		t.Errorf("%+v %v", n, err)
	}
	if day("F84001") != (calendar.Date{}) || day("F84002") != today {
		t.Error("the switches are not those of the practices that are live")
	}
	list, err := b.Blockers(t.Context(), id, "F84001")
	if err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	if err := b.Resolve(t.Context(), national, id, "F84001", list[0].ID, "trained on Monday"); err != nil {
		t.Fatal(err)
	}
	later := today.AddDays(10)
	if _, err := apply(readiness.Change{State: readiness.Live, On: later}, "F84001"); err != nil || day("F84001") != later {
		t.Errorf("%v %v", day("F84001"), err)
	}
	lines, err := b.Lines(t.Context(), national, id, "QMF")
	if err != nil || len(lines) != 2 || lines[0].State != readiness.Ready || lines[0].LiveOn != later || lines[1].State != readiness.Live {
		t.Errorf("%+v %v", lines, err)
	}
	if sum := readiness.Add(lines, today); sum.Without != 9000 || sum.Live != 1 || sum.Unlisted != 1 {
		t.Errorf("%+v", sum)
	}
	if _, err := apply(readiness.Change{State: readiness.Withdrawn, Note: "left the programme"}, "F84002"); err != nil || day("F84002") != (calendar.Date{}) {
		t.Errorf("%v %v", day("F84002"), err)
	}
	history, err := b.History(t.Context(), id, "F84002")
	if err != nil || len(history) != 2 || history[0].To != readiness.Withdrawn || history[0].From != readiness.Live {
		t.Errorf("%+v %v", history, err)
	}
	// Two people at once: what was counted before the other's change is refused.
	before, err := b.Chosen(t.Context(), national, id, []string{"F84002"})
	if err != nil {
		t.Fatal(err)
	}
	c := readiness.Change{State: readiness.Engaged}
	if _, err := apply(c, "F84002"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(t.Context(), national, id, []string{"F84002"}, c, readiness.Count(before, c).Mark); !fault.Is(err, fault.Conflict) {
		t.Errorf("a change by two people at once: %v", err)
	}
	if err := b.Excluded(t.Context(), national, id, "F84001", 5000, "asked for", lines[0].Version); err != nil {
		t.Fatal(err)
	}
	if err := b.Excluded(t.Context(), national, id, "F84001", 10, "", lines[0].Version); !fault.Is(err, fault.Conflict) {
		t.Errorf("an edit by two people at once: %v", err)
	}
	if l, err := b.Practice(t.Context(), national, id, "F84001"); err != nil || !l.NeedsPlan() {
		t.Errorf("%+v %v", l, err)
	}
	if err := b.Tick(t.Context(), national, id, "F84001", "impact", true, "signed on 3 November"); err != nil {
		t.Fatal(err)
	}
	meeting := readiness.Meeting{Region: "QMF", HeldOn: today, Practices: []string{"F84001"}, Agreed: "Go live in December"}
	if err := b.Meet(t.Context(), national, id, meeting); err != nil {
		t.Fatal(err)
	}
	meeting.Practices = []string{"B86001"}
	if err := b.Meet(t.Context(), national, id, meeting); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	other := campaigns.Viewer{Role: campaigns.RoleRegional, Region: "QWO"}
	if _, err := b.Practice(t.Context(), other, id, "F84001"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if n, err := b.Import(t.Context(), other, id, strings.NewReader("practice_code,state\nF84001,engaged\nB86001,agreed\n")); err != nil || n.Refused != 1 || n.Taken != 1 {
		t.Errorf("%+v %v", n, err)
	}
}

func TestAWrongChangeOrDeadlineIsRefusedInWords(t *testing.T) {
	t.Parallel()
	today := calendar.On(2026, 11, 20)
	for name, c := range map[string]readiness.Change{
		"no such state": {State: "eaten"}, "live from no day": {State: readiness.Live}, "engaged tomorrow": {State: readiness.Engaged, On: today.AddDays(1)},
		"deferred for nothing": {State: readiness.Deferred}, "blocked by nothing": {State: readiness.Blocked}, "blocked by nobody": {State: readiness.Blocked, Blocker: readiness.Blocker{Reason: "training"}},
		"no such reason": {Blocker: readiness.Blocker{Reason: "weather", Owner: "x"}}, "no such approach": {Approach: "magic"}, "a long note": {Note: strings.Repeat("x", 501)},
	} {
		if err := c.Check(today); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	due := calendar.On(2027, 3, 31)
	for name, d := range map[string]readiness.Deadline{
		"no title": {DueOn: due}, "no day": {Title: "x"}, "no target": {Title: "x", DueOn: due}, "more than all": {Title: "x", DueOn: due, Targets: []readiness.Target{{On: due, Share: 1.2}}},
		"after the deadline": {Title: "x", DueOn: due, Targets: []readiness.Target{{On: due.AddDays(1), Share: 1}}},
		"a day twice":        {Title: "x", DueOn: due, Targets: []readiness.Target{{On: due, Share: .5}, {On: due, Share: 1}}},
		"down again":         {Title: "x", DueOn: due, Targets: []readiness.Target{{On: due.AddDays(-9), Share: .9}, {On: due, Share: .5}}},
	} {
		if err := d.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	line := readiness.Deadline{Targets: []readiness.Target{{On: march, Share: .22}, {On: october, Share: 1}}}
	if line.Due(march.AddDays(-1)) != 0 || line.Due(march) != .22 || line.Due(october.AddDays(5)) != 1 || math.Abs(line.Due(march.AddDays(107))-.61) > .01 {
		t.Errorf("%v %v", line.Due(march), line.Due(march.AddDays(107)))
	}
}
