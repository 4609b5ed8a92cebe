package optout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
)

// screened is the header of the screening layout, as far as it matters here.
const screened = "record_type,nhs_number,superseded_by_nhs_number,primary_care_provider,name_prefix,given_name,other_given_name,family_name,date_of_birth," +
	"address_line_1,address_line_2,address_line_3,address_line_4,address_line_5,postcode,address_effective_from_date,reason_for_removal," +
	"reason_for_removal_effective_from_date,date_of_death,death_status,preferred_language,invalid_flag"

// amended is a row about the nth person of the house, who stands in it as he
// was enrolled, with some columns set.
func amended(n int, set ...string) string {
	return told(append([]string{"nhs_number", number(n), "given_name", fmt.Sprintf("Given%d", n), "date_of_birth", fmt.Sprintf("1980-01-%02d", n%28+1),
		"address_line_1", fmt.Sprintf("%d High Street", n+1)}, set...)...)
}

func told(set ...string) string {
	names := strings.Split(screened, ",")
	cells := strings.Split("AMENDED,,,F84001,,,,Family,1980-01-01,,London,,,,E1 6AN,,,,,,,False", ",")
	for i := 0; i < len(set); i += 2 {
		cells[slices.Index(names, set[i])] = set[i+1]
	}
	return strings.Join(cells, ",")
}

// load takes a file of people all the way.
func (h *house) load(header string, rows ...string) campaigns.CohortID {
	h.Helper()
	id, err := h.register.ReceiveCohort(h.ctx, h.author, h.campaign.Code, "news.csv", file(header+"\n"+strings.Join(rows, "\n")+"\n"))
	h.ok(err)
	h.ok(h.register.ReadCohort(h.ctx, id))
	h.ok(h.register.DecideCohort(h.ctx, h.author, id, true))
	h.ok(h.desk.EnrolCohort(h.ctx, id))
	return id
}

func (h *house) news(rows ...string) campaigns.CohortID { h.Helper(); return h.load(screened, rows...) }

func (h *house) one(into any, sql string, args ...any) {
	h.Helper()
	h.ok(h.db.Owner.QueryRow(h.ctx, sql, args...).Scan(into))
}

func (h *house) reason(e campaigns.EnrolmentID) (s string) {
	h.Helper()
	h.one(&s, `SELECT reason FROM enrolments WHERE id = $1`, e)
	return s
}

func (h *house) facts(e campaigns.EnrolmentID) (kinds []string) {
	h.Helper()
	h.one(&kinds, `SELECT coalesce(array_agg(kind ORDER BY id), '{}') FROM person_facts WHERE person_id = $1`, h.person(e))
	return kinds
}

func TestADeathInAFileClosesAndItsReversalGivesTheDaysBackAndLetsTheNoCount(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday.AddDays(2))
	before := h.closes(h.people[0])
	h.day(monday.AddDays(10))
	h.news(amended(0, "date_of_death", "20261212", "death_status", "2"), amended(1, "primary_care_provider", "", "reason_for_removal", "DEA"))
	h.is(h.people[0], campaigns.Closed)
	h.is(h.people[1], campaigns.Closed)
	h.is(h.people[2], campaigns.Notified)
	h.says(h.people[1], "no", monday.AddDays(10)) // kept as a hold: the dead say nothing
	h.day(monday.AddDays(30))
	h.declare()
	h.news(amended(0), amended(1))
	h.is(h.people[0], campaigns.Notified)
	h.is(h.people[1], campaigns.OptedOut)
	if after := h.closes(h.people[0]); after.DaysSince(before) < 20 {
		t.Errorf("the window of somebody taken for dead for three weeks closes on %s, before on %s", after, before)
	}
	if got := h.facts(h.people[0]); !slices.Equal(got, []string{"died", "not dead"}) {
		t.Error(got)
	}
	h.sound()
}

func TestADeathOfUnknownDayNeverReplacesAKnownDayAndAnOldListNeverReversesIt(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	h.news(amended(0, "date_of_death", "20261101"))
	h.news(amended(0, "reason_for_removal", "DEA"))
	var died calendar.Date
	h.one(&died, `SELECT died_on FROM people`)
	if died.String() != "2026-11-01" {
		t.Error(died)
	}
	h.enrol(2) // the template says nothing of deaths where the cell is blank
	h.is(h.people[0], campaigns.Closed)
	h.sound()
}

func TestWhoeverLeavesTheListsIsClosedAndComesBackWithAFullWindow(t *testing.T) {
	h := open(t, 4, optout.OwnLedger)
	h.news(amended(3, "primary_care_provider", "", "reason_for_removal", "SCT", "reason_for_removal_effective_from_date", "20261201"))
	h.is(h.people[3], campaigns.Closed) // before any letter
	h.post(monday.AddDays(2))
	before := h.closes(h.people[0])
	h.day(monday.AddDays(20))
	h.news(amended(0, "primary_care_provider", "", "reason_for_removal", "EMB"), "DEL,"+number(1)+strings.Repeat(",", 20), amended(2, "invalid_flag", "True"))
	for _, e := range h.people[:3] {
		h.is(e, campaigns.Closed)
		if h.reason(e) != "left" {
			t.Error(h.reason(e))
		}
	}
	var name, at string
	h.one(&name, `SELECT given_names FROM people WHERE nhs_number = $1`, number(1))
	h.one(&at, `SELECT practice_code FROM people WHERE nhs_number = $1`, number(0))
	if name != "Given1" || at != practiceCode {
		t.Errorf("a row that deletes says nothing of name and practice: %q, %q", name, at)
	}
	h.day(monday.AddDays(50))
	h.news(amended(0), told("record_type", "ADD", "nhs_number", number(1), "given_name", "Given1", "date_of_birth", "1980-01-02", "address_line_1", "2 High Street"), amended(3))
	h.is(h.people[0], campaigns.Notified)
	h.is(h.people[1], campaigns.Notified)
	h.is(h.people[2], campaigns.Closed)
	h.is(h.people[3], campaigns.Scheduled) // his wave is approved
	if after := h.closes(h.people[0]); after.DaysSince(before) < 30 {
		t.Errorf("%s, before %s", after, before)
	}
	h.day(closing.AddDays(200))
	h.declare()
	h.closeAll()
	h.is(h.people[2], campaigns.Closed)
	h.sound()
}

func TestAMoveToldBetweenSealingAndPostingIsAReturn(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.give(monday.AddDays(2))
	h.day(monday.AddDays(1))
	h.news(amended(0, "address_line_1", "9 New Street"), // told today, so it holds from today
		amended(1, "address_line_1", "2 HIGH STREET", "address_line_2", "", "address_line_3", "LONDON"), // the same words, cut up otherwise
		amended(2, "address_line_1", "7 New Street", "address_effective_from_date", "20261130"))
	for _, e := range h.people {
		h.is(e, campaigns.Written)
	}
	h.day(monday.AddDays(3))
	for _, e := range h.people {
		h.postNow(e, monday.AddDays(2))
	}
	h.is(h.people[0], campaigns.Scheduled)
	h.is(h.people[1], campaigns.Notified)
	h.is(h.people[2], campaigns.Scheduled)
	if got := h.facts(h.people[1]); len(got) > 0 {
		t.Errorf("another spelling is no move: %v", got)
	}
	h.day(monday.AddDays(10))
	h.post(monday.AddDays(10))
	h.is(h.people[0], campaigns.Notified)
	var n int
	h.one(&n, `SELECT max(number) FROM notices WHERE enrolment_id = $1`, h.people[0])
	if n != 2 || h.closes(h.people[0]).DaysSince(monday.AddDays(10)) < 84 {
		t.Errorf("letter %d closes on %s", n, h.closes(h.people[0]))
	}
	h.sound()
}

func TestTheDayOfAMoveSaysWhetherTheLetterReachedThePerson(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(monday.AddDays(40))
	h.news(amended(0, "address_line_1", "9 New Street", "address_effective_from_date", monday.AddDays(1).String()),
		amended(1, "address_line_1", "8 New Street", "address_effective_from_date", monday.AddDays(9).String()), // after it can have come
		amended(2, "address_line_1", "7 New Street"))
	h.is(h.people[0], campaigns.Scheduled)
	h.is(h.people[1], campaigns.Notified)
	h.is(h.people[2], campaigns.Notified)
	h.sound()
}

func TestASensitivePersonKeepsNoAddressAndIsNotTakenToHaveMoved(t *testing.T) {
	h := open(t, 2, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(monday.AddDays(3))
	h.news(amended(0, "postcode", "ZZZSECUR"))
	var address []string
	var postcode string
	h.one(&address, `SELECT address FROM people WHERE nhs_number = $1`, number(0))
	h.one(&postcode, `SELECT postcode FROM people WHERE nhs_number = $1`, number(0))
	if strings.Join(address, "") != "" || postcode != "" || !slices.Equal(h.facts(h.people[0]), []string{"sensitive"}) {
		t.Errorf("%q %q %v", address, postcode, h.facts(h.people[0]))
	}
	// A list without the column says nothing about it; one with it does.
	few := "nhs_number,given_names,family_name,date_of_birth,address_line_1,address_line_2,postcode,practice_code"
	h.load(few, number(0)+",Given0,Family,1980-01-01,1 High Street,London,E1 6AN,F84001")
	var sensitive bool
	h.one(&sensitive, `SELECT sensitive FROM people WHERE nhs_number = $1`, number(0))
	h.one(&postcode, `SELECT postcode FROM people WHERE nhs_number = $1`, number(0))
	if !sensitive || postcode != "" {
		t.Errorf("sensitive %v, %q", sensitive, postcode)
	}
	h.load(few+",sensitive", number(0)+",Given0,Family,1980-01-01,1 High Street,London,E1 6AN,F84001,no")
	h.one(&sensitive, `SELECT sensitive FROM people WHERE nhs_number = $1`, number(0))
	if sensitive {
		t.Error("still sensitive")
	}
	h.sound()
}

func TestWhoeverMovedPracticeWaitsForBothPractices(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(monday.AddDays(20))
	h.news(amended(0, "primary_care_provider", "F84002"))
	h.is(h.people[0], campaigns.Notified)
	h.day(h.closes(h.people[0]).AddDays(30))
	for _, ch := range campaigns.Declared {
		h.ok(h.desk.Declare(h.ctx, h.author, ch, "", calendar.DateOf(h.clock.Now()).AddDays(-1)))
	}
	h.ok(h.desk.Declare(h.ctx, h.author, campaigns.Practice, "F84002", calendar.DateOf(h.clock.Now()).AddDays(-1)))
	h.declareFeeds()
	h.closeAll()
	h.is(h.people[0], campaigns.Reconciling)
	h.ok(h.desk.Declare(h.ctx, h.author, campaigns.Practice, "F84001", calendar.DateOf(h.clock.Now()).AddDays(-1)))
	h.closeAll()
	h.is(h.people[0], campaigns.Created)
	h.sound()
}

func TestATraceFindsAnAddressOrNobodyOrSomebodyWhoMayNotBeShown(t *testing.T) {
	h := open(t, 4, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(monday.AddDays(10))
	for _, e := range h.people[:3] {
		h.void(e, optout.Returned)
		h.is(e, campaigns.Retracing)
	}
	answer := func(n int, code, street string) string {
		return fmt.Sprintf("r%d,%s,Family,Given%d,1980-01-%02d,,%s,,,,,E2 7AA,F84001,%s,%s", n, number(n), n, n%28+1, street, code, number(n))
	}
	h.load("unique reference,req_nhs_number,family_name,given_name,date_of_birth,date_of_death,address_line1,address_line2,address_line3,address_line4,address_line5,postcode,gp_practice_code,error/success_code,matched_nhs_no",
		answer(0, "00", "5 New Street"), answer(1, "98", ""), answer(2, "92", ""), answer(3, "98", ""), answer(4, "97", ""))
	h.is(h.people[0], campaigns.Scheduled)
	h.is(h.people[1], campaigns.Unreachable)
	h.is(h.people[2], campaigns.Retracing) // no address to write to, and none may be kept
	h.is(h.people[3], campaigns.Notified)  // his letter did not come back
	var n int
	h.one(&n, `SELECT count(*) FROM people`)
	if n != 4 {
		t.Errorf("%d people: several matches are nobody", n)
	}
	h.sound()
}

// merged is who a number's person is one with, or 0.
func (h *house) merged(n int) (into string) {
	h.Helper()
	h.one(&into, `SELECT coalesce((SELECT nhs_number FROM people r WHERE r.id = p.merged_into), '') FROM people p WHERE p.nhs_number = $1`, number(n))
	return into
}

func TestANumberThatIsReplacedLeavesOnePersonWithAllThatBothSaidAndGot(t *testing.T) {
	h := open(t, 5, optout.OwnLedger)
	h.post(monday.AddDays(2))
	h.day(monday.AddDays(20))
	h.says(h.people[3], "no", monday.AddDays(20))
	replaces := func(old, by int) string { return amended(old, "superseded_by_nhs_number", number(by)) }
	id := h.news(replaces(0, 100), // by a number nobody knew
		replaces(1, 2),                         // by somebody who is in the campaign
		replaces(3, 4),                         // whoever said no under the old number has said no
		replaces(200, 201),                     // neither known
		replaces(300, 301), replaces(301, 302)) // two steps
	h.is(h.people[0], campaigns.Notified) // the one with the letter is further on
	h.is(h.people[1], campaigns.Notified) // of two with letters the first
	h.is(h.people[2], campaigns.Closed)
	h.is(h.people[3], campaigns.Closed)
	h.is(h.people[4], campaigns.OptedOut)
	for old, by := range map[int]int{0: 100, 1: 2, 3: 4, 200: 201, 300: 302, 301: 302} {
		if got := h.merged(old); got != number(by) {
			t.Errorf("%d is one with %q, want %s", old, got, number(by))
		}
	}
	var enrolled, already, rows int
	h.one(&enrolled, `SELECT enrolled FROM cohorts WHERE id = $1`, id)
	h.one(&already, `SELECT already FROM cohorts WHERE id = $1`, id)
	h.one(&rows, `SELECT count(*) FROM enrolments WHERE cohort_id = $1`, id)
	if enrolled != 3 || already != 3 || rows != 3 { // 100, 201 and 302 are new in the campaign
		t.Errorf("enrolled %d, already %d, rows %d", enrolled, already, rows)
	}
	// A practice that knows the old number only is heard all the same.
	_, err := h.desk.ImportDissents(h.ctx, h.author, practiceCode, file("nhs_number,code,date\n"+number(0)+",9Ndo,2026-12-20\n"+number(200)+",9Ndo,2026-12-20\n"))
	h.ok(err)
	h.is(h.people[0], campaigns.OptedOut)
	var state string
	h.one(&state, `SELECT e.state FROM enrolments e JOIN people p ON p.id = e.person_id WHERE p.nhs_number = $1`, number(201))
	if state != "opted_out" {
		t.Error(state)
	}
	h.day(closing.AddDays(100))
	h.declare()
	h.closeAll()
	h.is(h.people[1], campaigns.Created)
	h.sound()
}

func TestALaterCampaignWritesToWhoeverANumberStandsForNow(t *testing.T) {
	h := open(t, 1, optout.OwnLedger)
	h.news(amended(0, "superseded_by_nhs_number", number(50)))
	first := h.campaign
	h.again("NEL-27") // its list has the old number only
	var states []string
	h.one(&states, `SELECT array_agg(p.nhs_number || ' ' || e.state ORDER BY e.id) FROM enrolments e JOIN people p ON p.id = e.person_id WHERE e.campaign_id <> $1`, first.ID)
	if !slices.Equal(states, []string{number(50) + " in_cohort"}) {
		t.Error(states)
	}
	h.sound()
}

func TestWhoComesOfAgeIsFoundOnceADayHoweverManyTheyAre(t *testing.T) {
	t.Parallel()
	h := open(t, 4, optout.OwnLedger)
	for i, e := range h.people {
		h.exec(`UPDATE people SET born_on = $2 WHERE id = $1`, h.person(e), calendar.On(2011, 1, 10+i/3)) // three on one day, one a day later
	}
	h.exec(`UPDATE enrolments SET state = 'excluded', reason = 'under age', wave_id = NULL, slot = NULL`)
	for _, day := range []struct {
		on    calendar.Date
		looks []int
	}{{calendar.On(2027, 1, 9), []int{0, 0}}, {calendar.On(2027, 1, 10), []int{2, 1, 0}}, {calendar.On(2027, 1, 11), []int{1, 0}}} {
		h.day(day.on)
		for i, want := range day.looks {
			n, err := h.desk.ComeOfAge(h.ctx, h.campaign.ID, 2)
			h.ok(err)
			if n != want {
				t.Errorf("%s, look %d: %d came of age, want %d", day.on, i+1, n, want)
			}
		}
	}
	if n := len(h.enrolments(campaigns.Excluded)); n != 0 {
		t.Errorf("%d are still taken to be under age", n)
	}
}

func TestALetterAboutAChildIsOutgrownOnTheBirthdayAndTheYoungPersonIsWrittenTo(t *testing.T) {
	h := open(t, 3, optout.OwnLedger)
	h.exec(`UPDATE campaigns SET minimum_age = 12`)
	h.post(monday.AddDays(2))
	for i, born := range []calendar.Date{calendar.On(2011, 1, 10), calendar.On(2013, 6, 1), calendar.On(2011, 1, 10)} { // 16 in January 2027, 13 already, 16
		h.exec(`UPDATE people SET born_on = $2 WHERE id = $1`, h.person(h.people[i]), born)
	}
	h.exec(`UPDATE notices SET addressee = 'parent' WHERE enrolment_id = ANY($1)`, h.people[:2])
	h.day(calendar.On(2027, 1, 9))
	look := func() {
		_, err := h.desk.ComeOfAge(h.ctx, h.campaign.ID, 100)
		h.ok(err)
	}
	look()
	h.is(h.people[0], campaigns.Notified)
	h.day(calendar.On(2027, 1, 10))
	look()
	h.is(h.people[0], campaigns.Scheduled)
	h.is(h.people[1], campaigns.Notified)
	h.is(h.people[2], campaigns.Notified) // the letter was his own
	look()
	h.post(monday.AddDays(42))
	var n int
	h.one(&n, `SELECT max(number) FROM notices WHERE enrolment_id = $1`, h.people[0])
	if n != 2 {
		t.Errorf("letter %d", n)
	}
	h.sound()
}
