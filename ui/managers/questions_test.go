package managers_test

import (
	"net/http"
	"strings"
	"testing"

	"duenotice/campaigns"
	"duenotice/ui/page"
)

func TestAQuestionIsAnsweredAndClosedByTheHelpdesk(t *testing.T) {
	h := build(t)
	h.posted(4)
	_, err := h.db.Owner.Exec(t.Context(), `
		INSERT INTO messages (campaign_id, enrolment_id, person_id, kind, body, language, at)
		SELECT campaign_id, id, person_id, 'asked', 'Who can see it? <b>Me?</b>', 'pl', '2026-11-24T10:00Z' FROM enrolments WHERE state = 'notified' ORDER BY id LIMIT 1`)
	h.must(err)
	h.get("Hal Help", "/questions").reads(http.StatusOK, "1 question waits for an answer", "Waits for an answer", "Polish")
	h.get("Hal Help", "/").reads(http.StatusOK, "Question or wish of a patient")
	var thread string
	h.must(h.db.Owner.QueryRow(t.Context(), `SELECT '/questions/' || enrolment_id FROM messages`).Scan(&thread))
	got := h.get("Hal Help", thread).reads(http.StatusOK, "To be answered by Thursday 26 November 2026", "The person wrote")
	if strings.Contains(got.Body, "<b>Me") {
		t.Error("a question is drawn as markup")
	}
	h.post("Hal Help", thread, "last", "1", "text", "").reads(http.StatusUnprocessableEntity, "Write your message")
	h.post("Hal Help", thread, "last", "0", "text", "Staff who treat you.").reads(http.StatusUnprocessableEntity, "Somebody has written since", "Staff who treat you.")
	h.post("Hal Help", thread, "last", "1", "text", "Staff who treat you.", "closes", "yes").reads(http.StatusSeeOther)
	h.get("Hal Help", "/questions").reads(http.StatusOK, "No question waits", "Closed", "1 were answered in time")
}

func TestATranslationGoesPublicWithANameUnderIt(t *testing.T) {
	h := build(t)
	all, err := page.Catalogues()
	h.must(err)
	welsh := all[0]
	h.get("Ben First", "/translations").reads(http.StatusOK, "Welsh", "Draft: nobody who speaks it has checked it", "Not public", "Nobody")
	h.get("Ben First", "/translations/cy").reads(http.StatusOK, "Put your name to it", "Give your answer", welsh.Say("Give your answer"))
	h.post("Ben First", "/translations/cy", "fingerprint", welsh.Fingerprint, "shown", campaigns.ShownAsChecked).reads(http.StatusUnprocessableEntity, "Name who has read it")
	h.post("Ben First", "/translations/cy", "fingerprint", "older", "shown", campaigns.ShownAsDraft).reads(http.StatusUnprocessableEntity, "The translation has changed")
	h.post("Ben First", "/translations/cy", "fingerprint", welsh.Fingerprint, "shown", campaigns.ShownAsChecked, "checked", "Elin Rhys, translator").reads(http.StatusSeeOther)
	h.get("Ben First", "/translations").reads(http.StatusOK, "Public", "Checked by Elin Rhys, translator", "Ben First")
	if list, err := h.register.PublicTranslations(t.Context()); err != nil || len(list) != 1 || list[0].ShownAs != campaigns.ShownAsChecked {
		t.Errorf("%+v %v", list, err)
	}
	h.get("Ben First", "/translations/fr").reads(http.StatusNotFound)
}
