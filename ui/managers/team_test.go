package managers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
)

func TestWhatCannotBeTakenBackAsksWhoIsThereAndKeepsTheForm(t *testing.T) {
	h := build(t)
	token := h.token("Cara Second")
	h.clock.Advance(campaigns.ProofLife + time.Second)
	h.tokens["Cara Second"] = session{token, h.clock.Now()} // the browser keeps its session
	asked := h.post("Cara Second", "/team", "name", "Zoe <New>", "email", "zoe@example.org", "role", "helpdesk", "region", "QMF")
	asked.reads(http.StatusOK, "Show that it is you", "What you filled in is kept")
	if !strings.Contains(asked.Body, `name="name" value="Zoe &lt;New&gt;"`) {
		t.Error("what was filled in is lost")
	}
	h.post("Cara Second", "/team", "name", "Zoe New", "email", "zoe@example.org", "role", "helpdesk", "region", "QMF", "proof-password", "wrong").
		reads(http.StatusUnprocessableEntity, "This is not your password")
	if n := h.count(`SELECT count(*) FROM staff WHERE email = 'zoe@example.org'`); n != 0 {
		t.Fatal("somebody was added without proof")
	}
	made := h.post("Cara Second", "/team", "name", "Zoe New", "email", "zoe@example.org", "role", "helpdesk", "region", "QMF", "proof-password", password)
	made.reads(http.StatusOK, "A first password for Zoe New", "Shown only now")
	first := regexp.MustCompile(`<p class="dn-secret">([^<]+)</p>`).FindStringSubmatch(made.Body)
	if first == nil {
		t.Fatal("no password is shown")
	}
	if _, err := h.register.SignIn(t.Context(), "zoe@example.org", first[1], ""); err != nil {
		t.Errorf("the first password does not open: %v", err)
	}
	// For ten minutes nothing more is asked.
	h.post("Cara Second", "/team", "name", "Yan New", "email", "yan@example.org", "role", "emperor", "region", "QMF").reads(http.StatusUnprocessableEntity, "The role is one of")
}

func TestTheTeamIsSeenByItsManagersAndChangedByNationalOnes(t *testing.T) {
	h := build(t)
	h.get("Anna Author", "/team").reads(http.StatusOK, "Anna Author", "Hal Help")
	if body := h.get("Anna Author", "/team").Body; strings.Contains(body, "Olga Other") || strings.Contains(body, "Add somebody") {
		t.Error("a manager of one region sees another's team, or may add to it")
	}
	h.get("Cara Second", "/team").reads(http.StatusOK, "Olga Other", "Add somebody")
	olga := "/team/" + h.staffID("Olga Other")
	h.get("Cara Second", olga).reads(http.StatusOK, "Olga Other", "Change role", "End access now")
	h.token("Olga Other")
	h.post("Cara Second", olga+"/access", "end", "yes")
	h.get("Cara Second", olga).reads(http.StatusOK, "May not sign in any more", "is signed out")
	if got := h.get("Olga Other", "/"); got.Status != http.StatusSeeOther {
		t.Errorf("whose access ended still sees a page: %d", got.Status)
	}
	h.get("Cara Second", "/team/"+h.staffID("Cara Second")).reads(http.StatusOK, "Nobody changes their own role")
	h.post("Cara Second", "/team/"+h.staffID("Cara Second"), "role", "auditor").reads(http.StatusUnprocessableEntity, "Nobody changes their own role")
	h.get("Cara Second", "/team/999999").reads(http.StatusNotFound, "There is no such member of staff")
}

func TestTheAuditShowsItsSealsAndTellsWhenTheyDoNotFit(t *testing.T) {
	h := build(t)
	h.get("Ada Auditor", "/audit").reads(http.StatusOK, "Nothing is sealed yet", "Sign in")
	h.post("Ada Auditor", "/audit/check")
	h.get("Ada Auditor", "/audit").reads(http.StatusOK, "Every seal fits", "Sealed up to line", "Newest mark")
	h.get("Ada Auditor", "/audit?action=sign+in&from=2026-11-20&to=2026-11-20").reads(http.StatusOK, "Ada Auditor")
	h.get("Ada Auditor", "/audit?action=nothing").reads(http.StatusOK, "Nothing was done that fits")
	h.get("Ada Auditor", "/audit?from=nonsense&who=x&before=y").reads(http.StatusOK, "Ada Auditor")
	h.exec(`UPDATE audit SET object_id = '0' WHERE id = (SELECT min(id) FROM audit)`)
	h.post("Ada Auditor", "/audit/check")
	h.get("Ada Auditor", "/audit").reads(http.StatusOK, "does not fit its seal 1")
	h.get("Cara Second", "/").reads(http.StatusOK, "does not fit its seal 1")
}

func (h *house) staffID(name string) string {
	h.t.Helper()
	var id string
	h.must(h.db.Owner.QueryRow(h.t.Context(), `SELECT id::text FROM staff WHERE name = $1`, name).Scan(&id))
	return id
}
