package managers_test

import (
	"strings"
	"testing"

	"duenotice/campaigns"
)

// organisations imports an organisations file of two practices of East London.
func (h *house) organisations(first, second string) {
	h.t.Helper()
	row := func(code, name, status, icb, commissioner string) string {
		return `"` + code + `","` + name + `","Y56","` + icb + `","1 HIGH STREET","","","LONDON","","E1 1AA","20100401","","` + status + `","B","` + commissioner +
			`","20210401","","020 79460000","","","","0","","` + commissioner + `","","4",""` + "\n"
	}
	body := row("F84001", "LIMEHOUSE <B>SURGERY", first, "QMF", "A3A8R") + row("F84002", "VICTORIA PARK PRACTICE", second, "QMF", "A3A8R") +
		row("G85001", "A PRACTICE ELSEWHERE", "A", "QKK", "72Q")
	_, err := h.register.ImportPractices(h.t.Context(), campaigns.Viewer{}, []campaigns.OrganisationFile{{Name: "epraccur.csv", Body: strings.NewReader(body)}})
	h.must(err)
}

func TestWhoLeftIsLookedAtAndDecidedOnAPage(t *testing.T) {
	h := build(t)
	h.organisations("A", "A")
	h.get("Ben First", "/practices/changes").reads(200, "Moved house")
	if page := h.get("Ben First", "/practices").Body; strings.Contains(page, "wait for a decision") {
		t.Error("changes that took effect are said to wait")
	}
	h.organisations("C", "D")
	h.get("Ben First", "/practices").reads(200, "2 changes of practices in the organisations file wait for a decision")
	h.get("Ben First", "/practices/changes").reads(200, "Nothing of this has taken effect.", "LIMEHOUSE &lt;B&gt;SURGERY", "active → closed", "Dormant or proposed")
	h.get("Ben First", "/").reads(200, "Changes of practices wait")
	closed := h.get("Ben First", "/practices/changes/closed")
	closed.reads(200, "The file says that these practices have closed.")
	_, after, _ := strings.Cut(closed.Body, `name="through" value="`)
	through, _, _ := strings.Cut(after, `"`)
	h.post("Ben First", "/practices/changes/closed").reads(422, "Choose whether you accept or decline.", "Tick the practices that you mean.")
	h.post("Ben First", "/practices/changes/closed", "what", "accept", "practice", "F84001").reads(422, "it does not say what you saw")
	h.post("Olga Other", "/practices/changes/closed", "what", "accept", "all", "yes", "through", through).reads(303)
	if n := h.count(`SELECT count(*) FROM practices WHERE status = 'closed'`); n != 0 {
		t.Error("somebody of another region closed a practice")
	}
	h.post("Ben First", "/practices/changes/closed", "what", "accept", "practice", "F84001", "through", through).reads(303)
	h.get("Ben First", "/practices/changes").reads(200, "Closed: 1 practice accepted.")
	h.post("Ben First", "/practices/changes/closed", "what", "decline", "practice", "F84001", "through", through).reads(303)
	h.get("Ben First", "/practices/changes").reads(200, "Closed: nothing was left to decide.")
	h.get("Ben First", "/practices").reads(200, "1 change of practices in the organisations file waits")
	h.post("Ben First", "/practices/changes/dormant", "what", "decline", "all", "yes", "through", "999").reads(303)
	if n := h.count(`SELECT count(*) FROM practice_changes c JOIN staff s ON s.id = c.decided_by WHERE s.name = 'Ben First' AND decided_at IS NOT NULL`); n != 2 {
		t.Errorf("%d decisions bear his name", n)
	}
	h.get("Ben First", "/practices/changes/nonsense").reads(404, "There is no such kind of change")
	h.get("Hal Help", "/practices/changes").reads(403)
}

func TestAFileOfPeopleIsComparedWithThePracticesLists(t *testing.T) {
	h := build(t)
	h.posted(60)
	h.exec(`UPDATE practices SET list_size_on = '2026-11-01'`)
	h.get("Ben First", "/imports/1").reads(200, "Compare with the practices’ lists")
	h.get("Ben First", "/imports/1/lists").reads(200, "2 practices = 0 within a tenth of the registered patients + 2 further off + 0 whose list is not known.", "Victoria Park Practice", "12,040", "-99%")
	h.get("Olga Other", "/imports/1/lists").reads(404)
}
