package managers_test

import (
	"strings"
	"testing"
	"time"
)

func TestAKeyIsMadeOnlyWithinFiveMinutesOfThePassword(t *testing.T) {
	h := build(t)
	h.get("Cara Second", "/vendors/INKWELL").reads(200)
	later := func(d time.Duration) { // in the same session
		h.clock.Advance(d)
		h.tokens["Cara Second"] = session{h.tokens["Cara Second"].token, h.clock.Now()}
	}
	later(5*time.Minute + time.Second)
	key := []string{"kind", "key", "newest", "0"}
	for _, form := range [][]string{append([]string{"/keys"}, key...), {"/hook", "url", "https://print.example.org/"}, {"/people", "person-email", "jo@example.org", "person-name", "Jo"}} {
		h.post("Cara Second", "/vendors/INKWELL"+form[0], form[1:]...).reads(200, "Show that it is you", "You are asked again 5 minutes after")
		h.post("Cara Second", "/vendors/INKWELL"+form[0], append(form[1:], "proof-password", "not this one")...).reads(422, "This is not your password.")
	}
	if n := h.count(`SELECT count(*) FROM vendor_keys`) + h.count(`SELECT count(*) FROM vendor_hooks`) + h.count(`SELECT count(*) FROM vendor_people`); n != 0 {
		t.Errorf("%d secrets were made without the password", n)
	}
	h.post("Cara Second", "/vendors/INKWELL/keys", append(key, "proof-password", password)...).reads(200, "Shown only now")
	later(5 * time.Minute)
	h.post("Cara Second", "/vendors/INKWELL/hook", "url", "https://print.example.org/").reads(200, "Shown only now")
	later(time.Second)
	h.post("Cara Second", "/vendors/INKWELL/hook/rotate").reads(200, "Show that it is you")
	if h.count(`SELECT version FROM vendor_hooks`) != 1 {
		t.Error("a secret was rotated after five minutes")
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

func TestAVendorsOwnServerIsWrittenDownWithItsKey(t *testing.T) {
	h := build(t)
	at := "/vendors/INKWELL"
	h.get("Cara Second", at).reads(200, "It fetches its batches", "Our key there", "ssh-ed25519 ")
	host := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPyJrBEdBVfwOO0dlLlBXdZ5Fm1Yc0oXnqBv9f4kqLm"
	h.post("Cara Second", at+"/drop", "drop-address", "sftp.print.example.org", "drop-account", "duenotice", "drop-key", "nonsense").reads(422, "Give the server’s own public key")
	h.post("Cara Second", at+"/drop", "drop-address", "sftp.print.example.org", "drop-account", "duenotice", "drop-folder", "/nel", "drop-key", host).reads(303)
	h.get("Cara Second", at).reads(200, "duenotice@sftp.print.example.org:22", "SHA256:", "To be visited")
	h.post("Cara Second", at+"/drop", "drop-address", "").reads(303)
	h.get("Cara Second", at).reads(200, "It fetches its batches")
}

func TestACertificateThatIsNoneIsSentBackWithASentence(t *testing.T) {
	h := build(t)
	h.get("Cara Second", "/vendors/INKWELL").reads(200, "None; its key is enough.")
	h.post("Cara Second", "/vendors/INKWELL/certificates", "certificate", "nonsense").reads(422, "Give one certificate in PEM")
	h.post("Cara Second", "/vendors/INKWELL/certificates/1/revoke").reads(404)
}
