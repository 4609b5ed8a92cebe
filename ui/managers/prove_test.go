package managers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAKeyIsMadeOnlyWithinFiveMinutesOfThePassword(t *testing.T) {
	h := build(t)
	h.get("Cara Second", "/vendors/INKWELL").reads(200)
	h.clock.Advance(5 * time.Minute)
	for _, form := range [][]string{{"/keys", "kind", "key", "newest", "0"}, {"/hook", "url", "https://print.example.org/"}, {"/people", "person-email", "jo@example.org", "person-name", "Jo"}} {
		r := h.post("Cara Second", "/vendors/INKWELL"+form[0], form[1:]...)
		if at := r.Header.Get("Location"); r.Status != http.StatusSeeOther || at != "/prove?next=%2Fvendors%2FINKWELL" {
			t.Errorf("%s after five minutes: %d to %q", form[0], r.Status, at)
		}
	}
	if n := h.count(`SELECT count(*) FROM vendor_keys`) + h.count(`SELECT count(*) FROM vendor_hooks`) + h.count(`SELECT count(*) FROM vendor_people`); n != 0 {
		t.Errorf("%d secrets were made without the password", n)
	}
	h.get("Cara Second", "/prove?next=//evil.example").reads(200, "Enter your password again")
	if strings.Contains(h.get("Cara Second", "/prove?next=https://evil.example").Body, "evil") {
		t.Error("the page leads elsewhere")
	}
	h.post("Cara Second", "/prove", "password", "not this one", "next", "/vendors/INKWELL").reads(422, "The password does not fit.")
	h.post("Cara Second", "/vendors/INKWELL/keys", "kind", "key", "newest", "0").reads(303)
	if at := h.post("Cara Second", "/prove", "password", password, "next", "/vendors/INKWELL").Header.Get("Location"); at != "/vendors/INKWELL" {
		t.Errorf("after the right password the page is %q", at)
	}
	h.post("Cara Second", "/vendors/INKWELL/keys", "kind", "key", "newest", "0").reads(200, "Shown only now")
	h.clock.Advance(5*time.Minute - time.Second)
	h.post("Cara Second", "/vendors/INKWELL/hook", "url", "https://print.example.org/").reads(200, "Shown only now")
	h.clock.Advance(time.Second)
	h.post("Cara Second", "/vendors/INKWELL/hook/rotate").reads(303)
	if h.count(`SELECT version FROM vendor_hooks`) != 1 {
		t.Error("a secret was rotated after five minutes")
	}
}

func TestTenWrongPasswordsEndTheSession(t *testing.T) {
	h := build(t)
	h.get("Cara Second", "/vendors").reads(200)
	h.clock.Advance(6 * time.Minute)
	for i := range 9 {
		h.post("Cara Second", "/prove", "password", "wrong", "next", "/vendors").reads(422)
		_ = i
	}
	if at := h.post("Cara Second", "/prove", "password", "wrong").Header.Get("Location"); at != "/sign-in" {
		t.Errorf("the tenth wrong password leads to %q", at)
	}
	if n := h.count(`SELECT count(*) FROM sessions x JOIN staff s ON s.id = x.staff_id WHERE s.name = 'Cara Second'`); n != 0 {
		t.Error("the session goes on")
	}
}

func TestAnInvitationIsShownOnceAndAPersonCanBeEnded(t *testing.T) {
	h := build(t)
	h.get("Cara Second", "/vendors/INKWELL").reads(200, "Nobody signs in for it")
	h.post("Cara Second", "/vendors/INKWELL/people", "person-email", "no address", "person-name", "Jo").reads(422, "Write one e-mail address")
	made := h.post("Cara Second", "/vendors/INKWELL/people", "person-email", "J.Farrow@Example.org", "person-name", "J. Farrow").reads(200, "Shown only now", "/join#dnj_")
	page := h.get("Cara Second", "/vendors/INKWELL").reads(200, "J. Farrow", "j.farrow@example.org", "Invited")
	if strings.Contains(page.Body, "dnj_") || !strings.Contains(made.Body, "dnj_") {
		t.Error("the invitation is shown again")
	}
	if strings.Contains(h.get("Ben First", "/vendors/INKWELL").Body, "Make an invitation") {
		t.Error("a regional manager is offered to invite")
	}
	h.clock.Advance(73 * time.Hour)
	h.get("Cara Second", "/vendors/INKWELL").reads(200, "Invitation is over")
	h.post("Cara Second", "/vendors", "code", "HARBOUR", "name", "Harbour Print").reads(303)
	h.post("Cara Second", "/vendors/HARBOUR/people", "person-email", "j.farrow@example.org", "person-name", "J").reads(422, "signs in for another vendor")
	h.post("Cara Second", "/vendors/HARBOUR/people/1/end").reads(404)
	h.post("Cara Second", "/vendors/INKWELL/people/1/end").reads(303)
	h.get("Cara Second", "/vendors/INKWELL").reads(200, "Nobody signs in for it")
}
