package managers_test

import (
	"strings"
	"testing"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// ready is a board with something of everything.
func (h *house) ready() {
	h.t.Helper()
	h.post("Cara Second", "/readiness/deadline", "programme", "1", "title", "GP contract", "due[day]", "31", "due[month]", "3", "due[year]", "2027", "targets", "2026-09-01 10%\n2027-03-31 100%").reads(303)
	_, err := h.board.Import(h.t.Context(), campaigns.Viewer{Role: campaigns.RoleNational}, 1, strings.NewReader("practice_code,state,on,supplier,blocker,owner,due\n"+
		"F84001,engaged,2026-09-01,EMIS,,,\nF84001,blocked,2026-10-01,EMIS,training,Pat Lead,2026-11-02\nF84002,live,2026-10-05,TPP,,,\nB86001,live,2026-11-02,TPP,,,\n"))
	h.must(err)
}

func TestTheBoardRunsFromNotContactedToLive(t *testing.T) {
	h := build(t)
	h.get("Ben First", "/readiness").reads(200, "0 of 2 practices are live", "21,160 patients are at practices that are not")
	h.get("Ben First", "/readiness/deadline").reads(403)
	h.post("Cara Second", "/readiness/deadline", "title", "GP contract", "due[day]", "31", "due[month]", "3", "due[year]", "2027", "targets", "sometime").reads(422, "Write each target as a day and a share")
	h.ready()
	h.get("Ben First", "/readiness").reads(200, "1 of 2 practices are live (50.0%)", "9,120 patients are at practices that are not", "GP contract, Wednesday 31 March 2027", "Training 1", "1 practice past its day")
	h.get("Cara Second", "/readiness").reads(200, "2 of 3 practices are live", "North East London", "1 of 2 live", "Promised and actual")
	h.get("Ben First", "/readiness?state=not+live").reads(200, "Limehouse", "1 of 2, 9,120 patients without access")
	h.get("Ben First", "/readiness/areas/QMF").reads(200, "North East London", "1 of 2 practices are live", "Limehouse", "Pat Lead")
	h.get("Olga Other", "/readiness/areas/QMF").reads(404)
	h.get("Olga Other", "/readiness/practices/F84001").reads(404)
	h.get("Hal Help", "/readiness/blockers").reads(200, "1 thing is in the way, 1 past its day")

	// A blocked practice does not go live, by whatever way.
	on := []string{"to", "live", "on[day]", "1", "on[month]", "12", "on[year]", "2026"}
	h.post("Ben First", "/readiness/change", append(on, "practice", "F84001", "practice", "B86001")...).reads(200, "0 practices with 0 patients", "Left out", "Limehouse")
	h.post("Ben First", "/readiness/practices/F84001", on...).reads(422, "is not resolved")
	h.post("Ben First", "/readiness/practices/F84001/blockers/1", "resolution", "").reads(422, "how it was resolved")
	h.post("Ben First", "/readiness/practices/F84001/blockers/1", "resolution", "trained").reads(303)
	h.post("Ben First", "/readiness/practices/F84001/checks", "item", "impact").reads(422, "Say what shows that it is done")
	h.post("Ben First", "/readiness/practices/F84001/checks", "item", "impact", "evidence", "signed 3 November").reads(303)
	h.post("Ben First", "/readiness/practices/F84001/excluded", "excluded", "99999", "version", "2").reads(422, "from 0 to the list size")
	h.post("Ben First", "/readiness/practices/F84001/excluded", "excluded", "5000", "actionplan", "asked for", "version", "2").reads(303)
	h.post("Ben First", "/readiness/practices/F84001/excluded", "excluded", "5", "version", "2").reads(422, "Somebody else has changed")
	h.get("Ben First", "/readiness/practices/F84001").reads(200, "signed 3 November", "54.8%", "Action plan needed", "Codes 103, 104 and 106", "trained", "Blocked")

	// Count, then confirm; the count must still hold.
	h.post("Ben First", "/readiness/change", on...).reads(422, "Tick the practices that you mean")
	h.post("Ben First", "/readiness/change", "practice", "F84001").reads(422, "Say what changes")
	h.post("Ben First", "/readiness/change", "practice", "F84001", "to", "deferred").reads(422, "Say why")
	counted := h.post("Ben First", "/readiness/change", append(on, "all", "yes", "state", "not live")...).reads(200, "1 practice with 9,120 patients would be live from Tuesday 1 December 2026", "checks that are not done", "Nothing is changed yet")
	mark := between(counted.Body, `name="counted" value="`, `"`)
	h.post("Ben First", "/readiness/change", append(on, "codes", "F84001", "counted", "9-9-9-9")...).reads(422, "Somebody else has changed these practices")
	h.post("Ben First", "/readiness/change", append(on, "codes", "F84001", "counted", mark)...).reads(303)
	h.get("Ben First", "/readiness?q=limehouse").reads(200, "1 practice is changed", "live from Tue 1 Dec 2026")
	if day := h.switchOf("F84001"); day != calendar.On(2026, 12, 1) {
		t.Errorf("the gate's switch is on from %v", day)
	}
	h.post("Ben First", "/readiness/areas/QMF", "held[day]", "18", "held[month]", "11", "held[year]", "2026", "practices", "F84002", "agreed", "Weekly calls until March", "support", "A trainer for two days").reads(303)
	h.post("Ben First", "/readiness/areas/QMF", "held[day]", "18", "held[month]", "11", "held[year]", "2026", "practices", "B86001", "agreed", "x").reads(422, "none of this ICB")
	h.post("Ben First", "/readiness/areas/QWO", "held[day]", "18", "held[month]", "11", "held[year]", "2026", "agreed", "x").reads(404)
	h.get("Ben First", "/readiness/practices/F84002").reads(200, "Weekly calls until March", "1 of 1 practice was live then, 1 now")
	if csv := h.get("Ben First", "/readiness?as=csv").reads(200).Body; !strings.Contains(csv, "F84002,Victoria Park Practice,QMF,12040,live,2026-10-05,TPP") {
		t.Error(csv)
	}
}

func (h *house) switchOf(practice string) calendar.Date {
	h.t.Helper()
	key := campaigns.SwitchOn(1, practice)
	s, err := h.register.Signals(h.t.Context(), []string{key})
	h.must(err)
	return s[key].Day
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
