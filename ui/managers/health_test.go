package managers_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAnAlarmHasAnOwnerAndAnEndWithAReason(t *testing.T) {
	h := build(t)
	h.must(h.register.Watched(t.Context(), "vendor", "INKWELL", "Inkwell Print has not been heard of for two days."))
	h.get("Anna Author", "/alarms").reads(http.StatusOK, "1 alarm to see to", "Nobody sees to it yet")
	var id string
	h.must(h.db.Owner.QueryRow(t.Context(), `SELECT id::text FROM alarms`).Scan(&id))
	h.post("Anna Author", "/alarms/"+id+"/take", "owner", h.staffID("Ben First"))
	h.get("Anna Author", "/alarms").reads(http.StatusOK, "Ben First sees to it")
	h.get("Cara Second", "/").reads(http.StatusOK, "Ben First sees to it")
	h.post("Anna Author", "/alarms/"+id+"/take", "owner", "0").reads(http.StatusUnprocessableEntity, "Choose somebody who works here")
	h.post("Anna Author", "/alarms/"+id+"/end").reads(http.StatusUnprocessableEntity, "Say what was done about it")
	h.post("Anna Author", "/alarms/"+id+"/end", "because", "Telephoned, they are back")
	h.get("Anna Author", "/alarms").reads(http.StatusOK, "Nothing is wrong", "Ended by Anna Author: Telephoned, they are back")
	h.post("Anna Author", "/alarms/"+id+"/end", "because", "again").reads(http.StatusNotFound, "it is over already")
	// It is not over: the next look raises it anew, and without an owner.
	h.must(h.register.Watched(t.Context(), "vendor", "INKWELL", "Inkwell Print has not been heard of for two days."))
	h.get("Anna Author", "/alarms").reads(http.StatusOK, "1 alarm to see to", "Nobody sees to it yet")
	if body := h.get("Ada Auditor", "/alarms").Body; strings.Contains(body, "End this alarm") {
		t.Error("an auditor is offered to end an alarm")
	}
}

func TestAnAlarmOfAnotherRegionIsNotThere(t *testing.T) {
	h := build(t)
	h.must(h.register.Watched(t.Context(), "batch", "batch:NEL-1", "Batch NEL-1 is late."))
	var id string
	h.must(h.db.Owner.QueryRow(t.Context(), `SELECT id::text FROM alarms`).Scan(&id))
	h.get("Olga Other", "/alarms").reads(http.StatusOK, "Nothing is wrong")
	h.post("Olga Other", "/alarms/"+id+"/end", "because", "nosy").reads(http.StatusNotFound, "There is no such alarm")
	h.get("Cara Second", "/alarms").reads(http.StatusOK, "Batch NEL-1 is late")
}

func TestAJobThatWasGivenUpIsToldInWordsAndDecidedAbout(t *testing.T) {
	h := build(t)
	h.get("Cara Second", "/health").reads(http.StatusOK, "No job was given up", "Nothing waits and nothing runs")
	give := func() (id string) {
		t.Helper()
		h.must(h.db.Owner.QueryRow(t.Context(), `
			INSERT INTO river_job (kind, queue, state, args, max_attempts, attempt, finalized_at, errors, attempted_at)
			VALUES ('seal_batch', 'letters', 'discarded', '{"batch": 7}', 6, 6, '2026-11-20', ARRAY['{"at": "2026-11-20T08:00:00Z", "attempt": 6, "error": "no space left on device", "trace": ""}'::jsonb], '2026-11-20')
			RETURNING id::text`).Scan(&id))
		return id
	}
	one, two := give(), give()
	h.get("Cara Second", "/health").reads(http.StatusOK, "2 jobs were given up", "To draw a batch", "no space left on device", "Begin anew")
	if body := h.get("Anna Author", "/health").Body; strings.Contains(body, "Begin anew") {
		t.Error("a manager of a region is offered what only national ones decide")
	}
	h.post("Cara Second", "/health/jobs/"+one, "do", "retry").reads(http.StatusUnprocessableEntity, "Say why")
	h.post("Cara Second", "/health/jobs/"+one, "do", "retry", "because", "the disk has room again")
	h.post("Cara Second", "/health/jobs/"+two, "do", "discard", "because", "the wave was withdrawn")
	h.get("Cara Second", "/health").reads(http.StatusOK, "No job was given up", "To draw a batch")
	if n := h.count(`SELECT count(*) FROM river_job WHERE state = 'available'`); n != 1 {
		t.Errorf("%d jobs may begin", n)
	}
	if n := h.count(`SELECT count(*) FROM audit WHERE object_kind = 'job'`); n != 2 {
		t.Errorf("%d decisions are in the audit", n)
	}
	h.post("Cara Second", "/health/jobs/"+one, "do", "retry", "because", "again").reads(http.StatusNotFound, "There is no such job")
}
