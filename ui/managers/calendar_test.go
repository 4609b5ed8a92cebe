package managers_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestTheCalendarShowsWhatIsPostedAndClosesAndGoesIntoOnesOwn(t *testing.T) {
	h := build(t)
	h.get("Anna Author", "/calendar").reads(http.StatusOK, "Christmas Day")
	h.posted(40)
	h.get("Anna Author", "/calendar").reads(http.StatusOK, "wave 1", "Posting", "Windows close", "Christmas Day")
	file := h.get("Anna Author", "/calendar.ics")
	for _, line := range strings.Split(file.Body, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
	whole := strings.ReplaceAll(file.Body, "\r\n ", "")
	for _, want := range []string{"BEGIN:VCALENDAR\r\n", "DTSTART;VALUE=DATE:20261124\r\nDTEND;VALUE=DATE:20261125\r\n", `SUMMARY:Posting: North East London 2026\, wave 1\, 39 people`,
		"SUMMARY:Holiday: Christmas Day\r\n", "END:VCALENDAR\r\n"} {
		if !strings.Contains(whole, want) {
			t.Errorf("the file lacks %q: %.800s", want, whole)
		}
	}
	if strings.Count(whole, "BEGIN:VEVENT") != strings.Count(whole, "END:VEVENT") || strings.Contains(strings.ReplaceAll(file.Body, "\r\n", ""), "\n") {
		t.Error("the file is no calendar")
	}
	if body := h.get("Olga Other", "/calendar.ics").Body; strings.Contains(body, "wave 1") {
		t.Error("another region's waves are in the file")
	}
}

func TestWhatIfNamesTheLettersThatNobodyPaysFor(t *testing.T) {
	h := build(t)
	h.get("Finn Finance", "/calendar/forecast").reads(http.StatusOK, "Say how many people there are")
	h.get("Finn Finance", "/calendar/forecast?people=8,000,000&capacity=130000&from=2027-01-07&paid=2027-03-31&length=84+days").
		reads(http.StatusOK, "62 working days", "from Thursday 7 January 2027 to Tuesday 6 April 2027", "460,000 letters would be posted after Wednesday 31 March 2027", "137,932 letters a working day")
	h.get("Finn Finance", "/calendar/forecast?people=1000&capacity=130000&from=2027-01-07&paid=2027-03-31").reads(http.StatusOK, "Everything is posted by Wednesday 31 March 2027")
	h.get("Finn Finance", "/calendar/forecast?people=9000000000&capacity=1&from=2027-01-07").reads(http.StatusOK, "more than six years")
	h.get("Finn Finance", "/calendar/forecast?people=many&capacity=-1&from=2027-02-30&length=9%20lives").reads(http.StatusUnprocessableEntity, "Give a whole number above 0", "Give a day, such as")
}
