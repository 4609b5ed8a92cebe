package campaigns_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// told is a row of the organisations file, made up; what is left empty is usual.
type told struct{ code, name, region, icb, commissioner, postcode, opened, closed, joined, status, setting string }

func or(s, usual string) string {
	if s == "" {
		return usual
	}
	return s
}

func epraccur(name string, rows ...told) campaigns.OrganisationFile {
	var b strings.Builder
	for _, o := range rows {
		cells := []string{o.code, or(o.name, "SURGERY "+o.code), or(o.region, "Y56"), or(o.icb, "QMF"), "1 HIGH STREET", "", "", "LONDON", "", or(o.postcode, "E1 6AN"),
			or(o.opened, "20100401"), o.closed, or(o.status, "A"), "B", or(o.commissioner, "A3A8R"), or(o.joined, "20210401"), "", "020 79460000", "", "", "", "0", "", or(o.commissioner, "A3A8R"),
			"", or(o.setting, "4"), ""}
		fmt.Fprintf(&b, "\"%s\"\n", strings.Join(cells, `","`))
	}
	return campaigns.OrganisationFile{Name: name, Body: strings.NewReader(b.String())}
}

// boards is a table of ICBs: the London merger and a split of the East, as in April 2026.
func boards() campaigns.OrganisationFile {
	return campaigns.OrganisationFile{Name: "icbs.csv", Body: strings.NewReader(`icb_ods,icb_ons,name,region_ods,region_name,valid_from,valid_to,successor,source_note
QMF,E54000029,North East London,Y56,London,2022-07-01,,,
QKK,E54000030,South East London,Y56,London,2022-07-01,,,
QMJ,E54000028,North Central London,Y56,London,2022-07-01,2026-03-31,Z9B2Z,
QRV,E54000027,North West London,Y56,London,2022-07-01,2026-03-31,Z9B2Z,
QJG,E54000023,Suffolk and North East Essex,Y61,East of England,2022-07-01,2026-03-31,T6Y0W|D7T5G,
QU9,E54000044,Thames,Y59,South East,2022-07-01,2026-03-31,(Thames Valley),
Z9B2Z,,West and North London,Y56,London,2026-04-01,,,
T6Y0W,,Norfolk and Suffolk,Y61,East of England,2026-04-01,,,
D7T5G,,Essex,Y61,East of England,2026-04-01,,,
`)}
}

func subICBs() campaigns.OrganisationFile {
	return campaigns.OrganisationFile{Name: "sub-icbs.csv", Body: strings.NewReader(`SICBL23CD,SICBL23CDH,SICBL23NM,ICB23CD,ICB23CDH,ICB23NM,NHSER23CD,NHSER23CDH,NHSER23NM
E1,A3A8R,NEL,E2,QMF,North East London,E3,Y56,London
E1,72Q,SEL,E2,QKK,South East London,E3,Y56,London
E1,93C,NCL,E2,QMJ,North Central London,E3,Y56,London
E1,06L,Ipswich,E2,QJG,Suffolk and North East Essex,E4,Y61,East
`)}
}

// openFor makes a register with managers of everything, of NEL and of SEL.
func openFor(t *testing.T) (r *campaigns.Register, national, nel, sel campaigns.Viewer) {
	t.Helper()
	r = openRegister(t)
	importing(t, r, boards(), subICBs())
	employ := func(name, region string, role campaigns.Role) campaigns.Viewer {
		email := name + "@example.org"
		if _, err := r.AddStaff(t.Context(), email, name, role, region, "a long enough password"); err != nil {
			t.Fatal(err)
		}
		v, err := r.ViewerByEmail(t.Context(), email)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	return r, employ("nina", "", campaigns.RoleNational), employ("nell", "QMF", campaigns.RoleRegional), employ("sol", "QKK", campaigns.RoleRegional)
}

func homes(t *testing.T, r *campaigns.Register, code string) string {
	t.Helper()
	list, err := r.Homes(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, h := range list {
		said = append(said, fmt.Sprintf("%s %s..%s by %s", h.Region, h.From, h.Until, h.Source))
	}
	return strings.Join(said, ", ")
}

func codesOn(t *testing.T, r *campaigns.Register, region string, day calendar.Date) string {
	t.Helper()
	list, err := r.PracticesOn(t.Context(), region, day)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, p := range list {
		codes = append(codes, p.Code)
	}
	return strings.Join(codes, " ")
}

func decide(t *testing.T, r *campaigns.Register, by campaigns.Viewer, d campaigns.ChangeDecision, want int) {
	t.Helper()
	if n, err := r.DecideChanges(t.Context(), by, d); err != nil || n != want {
		t.Errorf("%+v decided %d (%v), not %d", d, n, err, want)
	}
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, not %q", what, got, want)
	}
}

func TestWhoLeftStaysInForceUntilAPersonHasDecided(t *testing.T) {
	r, national, nel, sel := openFor(t)
	first := []told{{code: "F84001"}, {code: "F84002"}, {code: "F84003"}, {code: "F84004"}, {code: "G85001", icb: "QKK", commissioner: "72Q"}}
	importing(t, r, epraccur("epraccur.csv", first...))
	expect(t, "after the first file", groups(t, r), "")
	later := epraccur("epraccur.csv", told{code: "F84001", status: "C", closed: "20260930"}, told{code: "F84002", status: "D"},
		told{code: "F84004", setting: "0"}, told{code: "G85001", icb: "QKK", commissioner: "72Q", status: "C", closed: "20260930"}, told{code: "F84009"})
	done := importing(t, r, later)[0]
	expect(t, "the later file", counts(done), "1 practices in 1 ICBs, 5 left, 1 new, 0 renamed")
	expect(t, "open changes", groups(t, r), "closed 2, dormant 1, absent 1, no practice 1, new 1")
	if p, err := r.Practice(t.Context(), "F84001"); err != nil || p.Status != "active" || !p.ClosedOn.IsZero() {
		t.Errorf("nobody has decided, and the practice is %+v (%v)", p, err)
	}
	if n, err := r.WaitingChanges(t.Context(), nel); err != nil || n != 4 {
		t.Errorf("%d changes wait for North East London (%v)", n, err)
	}
	decide(t, r, sel, campaigns.ChangeDecision{Kind: campaigns.PracticeClosed, Accept: true}, 1) // only its own
	if p, _ := r.Practice(t.Context(), "G85001"); p.Status != "closed" || p.ClosedOn.String() != "2026-09-30" {
		t.Errorf("accepted as closed: %+v", p)
	}
	decide(t, r, national, campaigns.ChangeDecision{Kind: campaigns.PracticeClosed, Accept: false}, 1)
	decide(t, r, nel, campaigns.ChangeDecision{Kind: campaigns.PracticeDormant, Practice: []string{"F84999"}, Accept: true}, 0)
	decide(t, r, nel, campaigns.ChangeDecision{Kind: campaigns.PracticeAdded}, 1)
	importing(t, r, epraccur("again.csv", told{code: "F84001", status: "C", closed: "20260930"}, told{code: "F84002", status: "D"},
		told{code: "F84004"}, told{code: "G85001", icb: "QKK", commissioner: "72Q"}))
	expect(t, "declined once, overtaken and asked anew", groups(t, r), "dormant 1, absent 2, reopened 1")
	for by, d := range map[campaigns.Viewer]campaigns.ChangeDecision{{}: {Kind: "closed"}, {ID: 9, Role: campaigns.RoleHelpdesk}: {Kind: "closed"}, nel: {Kind: "eaten"}} {
		if _, err := r.DecideChanges(t.Context(), by, d); !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v by %+v: %v", d, by, err)
		}
	}
	looks, err := r.Looks(t.Context(), "practices", "closed", 9)
	if err != nil || len(looks) != 2 || looks[0].Who != "nina" || looks[0].Action != "declined changes" {
		t.Errorf("who decided: %+v (%v)", looks, err)
	}
}

// pause is whether a practice is paused, and why.
func pause(t *testing.T, r *campaigns.Register, code string) (red bool, reason string) {
	t.Helper()
	key := campaigns.PausePractice(code)
	list, err := r.Signals(t.Context(), []string{key})
	if err != nil {
		t.Fatal(err)
	}
	return list[key].Red(), list[key].Reason
}

func TestAPracticeThatHasLeftIsPausedUntilItIsOpenAgain(t *testing.T) {
	r, national, _, _ := openFor(t)
	open := []told{{code: "F84001"}, {code: "F84002"}, {code: "F84003"}, {code: "F84004"}}
	importing(t, r, epraccur("1.csv", open...))
	err := campaigns.InTx(t.Context(), r.Pool, r.Clock, func(tx pgx.Tx, now time.Time) error {
		return r.MakeSignals(t.Context(), tx, now, []string{campaigns.PausePractice("F84001"), campaigns.PausePractice("F84003")})
	})
	if err == nil {
		err = r.Halt(t.Context(), national, campaigns.PausePractice("F84003"), "flooded")
	}
	if err != nil {
		t.Fatal(err)
	}
	importing(t, r, epraccur("2.csv", told{code: "F84001", status: "C", closed: "20260930"}, told{code: "F84002", status: "D"},
		told{code: "F84003", status: "C", closed: "20260930"}, told{code: "F84004", status: "C", closed: "20260930"}))
	for _, code := range []string{"F84001", "F84002", "F84004"} {
		if red, _ := pause(t, r, code); red {
			t.Errorf("nobody has decided, and %s is paused", code)
		}
	}
	decide(t, r, national, campaigns.ChangeDecision{Kind: campaigns.PracticeClosed, Practice: []string{"F84001", "F84003"}, Accept: true}, 2)
	decide(t, r, national, campaigns.ChangeDecision{Kind: campaigns.PracticeDormant, Accept: true}, 1)
	decide(t, r, national, campaigns.ChangeDecision{Kind: campaigns.PracticeClosed, Accept: false}, 1)
	for code, why := range map[string]string{"F84001": "has closed", "F84002": "does not work at present", "F84003": "flooded"} {
		if red, reason := pause(t, r, code); !red || !strings.Contains(reason, why) {
			t.Errorf("%s: paused %v, %q", code, red, reason)
		}
	}
	if red, _ := pause(t, r, "F84004"); red {
		t.Error("its closing was declined, and it is paused")
	}
	importing(t, r, epraccur("3.csv", append(open[:3], told{code: "F84004", status: "C", closed: "20261001"})...))
	decide(t, r, national, campaigns.ChangeDecision{Kind: campaigns.PracticeReopened, Accept: true}, 3)
	for code, want := range map[string]bool{"F84001": false, "F84002": false, "F84003": true} {
		if red, reason := pause(t, r, code); red != want {
			t.Errorf("%s is open again: paused %v, %q", code, red, reason)
		}
	}
}

func TestADecisionReachesNoFurtherThanWhatWasSeen(t *testing.T) {
	r, national, _, _ := openFor(t)
	importing(t, r, epraccur("1.csv", told{code: "F84001"}, told{code: "F84002"}))
	importing(t, r, epraccur("2.csv", told{code: "F84001", status: "C", closed: "20260901"}, told{code: "F84002"}))
	seen, err := r.OpenChanges(t.Context(), national, 5)
	if err != nil || len(seen) != 1 || seen[0].Examples[0].Tells() != "active → closed 2026-09-01" {
		t.Fatalf("%+v %v", seen, err)
	}
	importing(t, r, epraccur("3.csv", told{code: "F84001", status: "C", closed: "20260902"}, told{code: "F84002", status: "C", closed: "20260902"}))
	decide(t, r, national, campaigns.ChangeDecision{Kind: campaigns.PracticeClosed, Through: seen[0].Through, Accept: true}, 0)
	decide(t, r, national, campaigns.ChangeDecision{Kind: campaigns.PracticeClosed, Accept: true}, 2)
	if p, _ := r.Practice(t.Context(), "F84001"); p.ClosedOn.String() != "2026-09-02" {
		t.Errorf("closed on %s", p.ClosedOn)
	}
}

func TestAMoveToAnotherICBWaitsAndAnAgreedOneIsDated(t *testing.T) {
	r, national, _, _ := openFor(t)
	importing(t, r, epraccur("1.csv", told{code: "F84001"}, told{code: "F84002"}))
	moved := func(name string) campaigns.OrganisationFile {
		return epraccur(name, told{code: "F84001", icb: "QMJ", commissioner: "93C", joined: "20250701"}, told{code: "F84002", icb: "QMJ"})
	}
	expect(t, "moved", counts(importing(t, r, moved("2.csv"))[0]), "2 practices in 1 ICBs, 0 left, 0 new, 0 renamed")
	expect(t, "open", groups(t, r), "moved region 1, icb mismatch 1, commissioner 1")
	expect(t, "before the decision", homes(t, r, "F84001"), "QMF 2022-07-01.. by file")
	decide(t, r, national, campaigns.ChangeDecision{Kind: campaigns.PracticeMoved, Accept: true}, 1)
	expect(t, "after it", homes(t, r, "F84001"), "QMF 2022-07-01..2025-06-30 by file, QMJ 2025-07-01.. by decision")
	expect(t, "in June 2025", codesOn(t, r, "QMF", calendar.On(2025, 6, 30)), "F84001 F84002")
	expect(t, "in July 2025", codesOn(t, r, "QMF", calendar.On(2025, 7, 1)), "F84002")
	decide(t, r, national, campaigns.ChangeDecision{Kind: campaigns.PracticeMismatch, Accept: false}, 1) // the file's column, not the commissioner
	if got := homes(t, r, "F84002"); !strings.Contains(got, "QMJ") {
		t.Errorf("by the file's own column it belongs to %s", got)
	}
	importing(t, r, moved("3.csv"))
	if got := groups(t, r); strings.Contains(got, "mismatch") || strings.Contains(got, "moved region") {
		t.Errorf("what was decided is asked again: %s", got)
	}
	expect(t, "and QMJ has become", homes(t, r, "F84001"), "QMF 2022-07-01..2025-06-30 by file, QMJ 2025-07-01..2026-03-31 by decision, Z9B2Z 2026-04-01.. by merger")
}

func TestPracticesOfAMergedICBBelongToItsSuccessorAndThoseOfASplitOneAreNeverGuessed(t *testing.T) {
	r, national, _, _ := openFor(t)
	importing(t, r, epraccur("2025.csv", told{code: "F83001", icb: "QMJ", commissioner: "93C"}, told{code: "D83001", region: "Y61", icb: "QJG", commissioner: "06L"},
		told{code: "D83002", region: "Y61", icb: "QJG", commissioner: "06L"}, told{code: "K84001", region: "Y59", icb: "QU9", commissioner: "10Q"}))
	march, april := calendar.On(2026, 3, 31), calendar.On(2026, 4, 1)
	expect(t, "merged", homes(t, r, "F83001"), "QMJ 2022-07-01..2026-03-31 by file, Z9B2Z 2026-04-01.. by merger")
	expect(t, "open", groups(t, r), "split 3")
	for day, want := range map[calendar.Date][2]string{march: {"F83001", ""}, april: {"F83001", "F83001"}} {
		// An ICB that ended keeps the practices of its last day, for campaigns that run.
		expect(t, "QMJ on "+day.String(), codesOn(t, r, "QMJ", day), want[0])
	}
	expect(t, "split, today", codesOn(t, r, "QJG", april), "D83001 D83002")
	expect(t, "split, its successor", codesOn(t, r, "D7T5G", april), "")
	expect(t, "its region", codesOn(t, r, "Y61", april), "D83001 D83002")

	// Whoever runs a campaign in an ICB that ended still has its practices; whoever is elsewhere has not.
	for region, sees := range map[string]bool{"QMJ": true, "Z9B2Z": true, "Y56": true, "": true, "QMF": false} {
		if _, err := r.PracticeFor(t.Context(), campaigns.Viewer{Region: region}, "F83001"); (err == nil) != sees || err != nil && !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody of %q and the practice of an ICB that merged: %v", region, err)
		}
	}

	// The later file, in the dialect of April 2026, says where they belong.
	april26 := []told{{code: "F83001", icb: "Z9B2Z", commissioner: "93C"}, {code: "D83001", region: "Y61", icb: "D7T5G", commissioner: "06L"},
		{code: "D83002", region: "Y61", icb: "QJG", commissioner: "06L"}, {code: "K84001", region: "Y59", icb: "X1Y2Z", commissioner: "10Q"}}
	for i := range april26 {
		april26[i].status, april26[i].setting = "ACTIVE", "RO76"
	}
	done := importing(t, r, epraccur("2026.csv", april26...))[0]
	if got := counts(done); got != "4 practices in 4 ICBs, 0 left, 0 new, 0 renamed" || done.Dialect != "ACTIVE/RO76" {
		t.Errorf("April 2026: %s in %s", got, done.Dialect)
	}
	expect(t, "open", groups(t, r), "moved region 1, split 1, rehomed 1")
	expect(t, "split", homes(t, r, "D83001"), "QJG 2022-07-01..2026-03-31 by file, D7T5G 2026-04-01.. by file")
	split := campaigns.ChangeDecision{Kind: campaigns.PracticeSplit, Accept: true}
	for _, to := range []string{"", "QMF", "NOPE"} {
		split.To = to
		if _, err := r.DecideChanges(t.Context(), national, split); fault.Of(err) == nil {
			t.Errorf("a split ICB's practice may go to %q: %v", to, err)
		}
	}
	split.To = "T6Y0W"
	decide(t, r, national, split, 1)
	expect(t, "decided by hand", homes(t, r, "D83002"), "QJG 2022-07-01..2026-03-31 by file, T6Y0W 2026-04-01.. by decision")

	// A file of the old dialect is older, whatever comes after.
	old := importing(t, r, epraccur("2025 again.csv", told{code: "F83001", icb: "QMJ", commissioner: "93C", name: "OLD NAME"}, told{code: "F83002", icb: "QMJ", commissioner: "93C"}))[0]
	expect(t, "an older file", counts(old), "2 practices in 1 ICBs, 0 left, 1 new, 0 renamed")
	if p, _ := r.Practice(t.Context(), "F83001"); p.Name == "OLD NAME" {
		t.Error("an older file renamed a practice")
	}
}

func TestAPracticeIsRehomedOnTheDayOfTheMergerWithoutAnybodyDoingAnything(t *testing.T) {
	r := openRegister(t)
	clock := calendar.NewStopped(time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC))
	r.Clock = clock.Now
	importing(t, r, boards(), subICBs(), epraccur("2025.csv", told{code: "F83001", icb: "QMJ", commissioner: "93C"}))
	for day, region := range map[time.Time]string{
		time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC):  "QMJ",
		time.Date(2026, 3, 31, 22, 59, 0, 0, time.UTC): "QMJ", // 23:59 in London
		time.Date(2026, 3, 31, 23, 1, 0, 0, time.UTC):  "Z9B2Z",
		time.Date(2027, 11, 20, 10, 0, 0, 0, time.UTC): "Z9B2Z",
	} {
		clock.Set(day)
		for _, asked := range []string{"QMJ", "Z9B2Z"} {
			if list, err := r.Practices(t.Context(), asked); err != nil || len(list) != 1 {
				t.Errorf("on %s %s has %d practices (%v)", day, asked, len(list), err)
			}
		}
		p, err := r.Practice(t.Context(), "F83001")
		if err != nil || p.Region != region {
			t.Errorf("on %s the practice is of %s, not %s (%v)", day, p.Region, region, err)
		}
	}
}

func TestAnSHAHasThePracticesOfTheRegionThatItAloneBecame(t *testing.T) {
	r, _, _, _ := openFor(t)
	importing(t, r, epraccur("1.csv", told{code: "F84001"}, told{code: "A81001", region: "Y63", icb: "QHM", commissioner: "16C"}),
		campaigns.OrganisationFile{Name: "shas.csv", Body: strings.NewReader("sha_ods,name,region_successor_hint,verified\nQ30,NORTH EAST,Y63,\nQ32,YORKSHIRE,Y63,\nQ36,LONDON,Y56,\n")})
	day := calendar.On(2010, 1, 1)
	expect(t, "London", codesOn(t, r, "Q36", day), "F84001")
	expect(t, "the North East, which may be either", codesOn(t, r, "Q30", day), "")
}

func TestTwoWhoImportTheSameFileAtOnceImportItOnce(t *testing.T) {
	r, _, _, _ := openFor(t)
	importing(t, r, epraccur("1.csv", told{code: "F84001"}, told{code: "F84002"}))
	fresh := make(chan int, 4)
	for range cap(fresh) {
		go func() {
			done, err := r.ImportPractices(t.Context(), campaigns.Viewer{}, []campaigns.OrganisationFile{epraccur("2.csv", told{code: "F84001", name: "NEW NAME"}, told{code: "F84003"})})
			if err != nil {
				t.Error(err)
				fresh <- 0
				return
			}
			fresh <- done[0].New + done[0].Renamed + done[0].Left
		}()
	}
	total := 0
	for range cap(fresh) {
		select {
		case n := <-fresh:
			total += n
		case <-time.After(time.Minute):
			t.Fatal("an import waits for ever")
		}
	}
	if total != 3 {
		t.Errorf("%d changes were counted, not 3", total)
	}
	expect(t, "open", groups(t, r), "absent 1, new 1, renamed 1")
}
