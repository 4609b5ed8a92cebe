package managers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns/calendar"
)

func TestARegionIsExtendedByTwoPeopleAndItsPeopleAreListed(t *testing.T) {
	h := build(t)
	h.posted(60)
	h.clock.Set(time.Date(2026, 11, 30, 9, 40, 0, 0, calendar.London))
	h.get("Ben First", "/extend").reads(http.StatusOK, "North East London, 1 campaign")
	h.post("Ben First", "/extend", "region", "QWO", "days", "7", "reason", "floods").reads(http.StatusNotFound, "no campaign in a region of this code")
	h.post("Ben First", "/extend", "region", "QMF", "days", "many", "reason", "floods").reads(http.StatusUnprocessableEntity, "Give the number of days")
	h.post("Ben First", "/extend", "region", "QMF", "days", "7", "reason", "floods").reads(http.StatusSeeOther)
	h.get("Ben First", "/extend").reads(http.StatusOK, "Somebody else has to agree")
	h.get("Cara Second", "/").reads(http.StatusOK, "proposes to extend the windows of region QMF by 7 days")
	if strings.Contains(h.get("Olga Other", "/extend").Body, "floods") {
		t.Error("the proposal is seen in another region")
	}
	h.post("Cara Second", "/extend", "region", "QMF", "days", "7", "reason", "floods").reads(http.StatusSeeOther)
	h.get("Cara Second", "/campaigns/NEL/extend").reads(http.StatusOK, "Everybody of region QMF", "floods", "Ben First, Cara Second", "58 people")
	list := h.get("Ben First", "/campaigns/NEL/extend/1").reads(http.StatusOK, "58 people, 7 days more: floods", "The next people")
	if strings.Contains(list.Body, "Farringham") {
		t.Error("the list names people")
	}
	h.get("Ben First", "/campaigns/NEL/extend/9").reads(http.StatusNotFound)
}

func TestAHolidayIsEnteredByANationalManager(t *testing.T) {
	h := build(t)
	h.get("Finn Finance", "/holidays").reads(http.StatusOK, "Known until 31 December 2030", "Christmas Day")
	h.post("Ben First", "/holidays", "date[day]", "8", "date[month]", "12", "date[year]", "2026", "title", "x").reads(http.StatusForbidden)
	h.post("Cara Second", "/holidays", "date[day]", "5", "date[month]", "12", "date[year]", "2026", "title", "x").reads(http.StatusUnprocessableEntity, "is no working day anyway")
	h.post("Cara Second", "/holidays", "date[day]", "40", "date[month]", "12", "date[year]", "2026", "title", "x").reads(http.StatusUnprocessableEntity)
	h.post("Cara Second", "/holidays", "date[day]", "8", "date[month]", "12", "date[year]", "2026", "title", "A day of mourning").reads(http.StatusSeeOther)
	h.get("Cara Second", "/holidays").reads(http.StatusOK, "Tuesday 8 December 2026 is a holiday", "A day of mourning", "Entered here")
	h.get("Cara Second", "/watermarks").reads(http.StatusOK, "see the holidays")
}

func TestARecordThatCouldNotBeMadeIsDecidedAbout(t *testing.T) {
	h := build(t)
	h.posted(60)
	at := h.post("Ben First", "/people", "number", number(20)).Header.Get("Location")
	h.get("Ben First", at+"/record").reads(http.StatusNotFound)
	// As an outside target leaves it that has refused to the end.
	h.exec(`INSERT INTO records (id, programme_id, person_id, campaign_id, enrolment_id, registry, basis, state, reserved_at, leaving_at, circumstances_id, evidence, evidence_sha256)
		SELECT gen_random_uuid(), 1, e.person_id, e.campaign_id, e.id, 'national', 'silence', 'failed', $1, $1, gen_random_uuid(), '{}', '' FROM enrolments e
		JOIN people p ON p.id = e.person_id WHERE p.nhs_number = $2`, h.clock.Now(), number(20))
	h.exec(`UPDATE enrolments e SET state = 'create_failed' FROM people p WHERE p.id = e.person_id AND p.nhs_number = $1`, number(20))
	h.get("Ben First", at).reads(http.StatusOK, "Decide about the record")
	h.get("Ben First", at+"/record").reads(http.StatusOK, "Every retry is used up", "Try again", "Close it")
	h.post("Ben First", at+"/record", "do", "close").reads(http.StatusUnprocessableEntity, "Say why")
	h.post("Ben First", at+"/record", "reason", "x").reads(http.StatusUnprocessableEntity, "Choose what is to be done")
	h.post("Hal Help", at+"/record", "do", "close", "reason", "x").reads(http.StatusForbidden)
	h.post("Ben First", at+"/record", "do", "close", "reason", "the target cannot hold it").reads(http.StatusSeeOther)
	if n := h.count(`SELECT count(*) FROM record_closings c JOIN records r ON r.id = c.record_id WHERE r.state = 'withdrawing'`); n != 1 {
		t.Error("the record is not given up")
	}
}
