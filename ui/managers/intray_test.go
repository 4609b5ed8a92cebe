package managers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// tray is a campaign of which letters came back, and answers that fit nobody.
func (h *house) tray(n int) []string {
	h.t.Helper()
	h.posted(n)
	var refs []string
	for i := range 6 {
		var r string
		h.must(h.db.Owner.QueryRow(h.t.Context(), `SELECT reference FROM pieces WHERE person_id = (SELECT id FROM people WHERE nhs_number = $1)`, number(20+i)).Scan(&r))
		refs = append(refs, r)
	}
	slipped := []byte(refs[0])
	slipped[6] = '0' + (slipped[6]-'0'+4)%10
	h.clock.Set(time.Date(2026, 11, 30, 9, 40, 0, 0, calendar.London))
	by := h.viewer("Ben First")
	_, err := h.mail.ImportReturns(h.t.Context(), by, strings.NewReader("reference,date,reason\n"+
		string(slipped)+",2026-11-27,R04\nDN-SMUDGED,2026-11-27,R08\n"+refs[1]+",2026-11-27,R01\n"+refs[2]+",2026-11-27,R09\n"+refs[3]+",2026-11-27,R07\n"))
	h.must(err)
	_, err = h.desk.ImportDissents(h.t.Context(), by, "F84001", strings.NewReader("nhs_number,code,date\n"+
		number(5000)+",93C3,2026-11-26\n"+number(40)+",XaXj6,2026\n"+number(41)+",9Ndo,2026-11-26\n"))
	h.must(err)
	return refs
}

func (h *house) viewer(name string) (v campaigns.Viewer) {
	h.t.Helper()
	v, err := h.register.ViewerByEmail(h.t.Context(), mail(name))
	h.must(err)
	return v
}

func TestTheInTrayShowsWhatWaitsBySoonestDayAndKind(t *testing.T) {
	h := build(t)
	h.get("Hal Help", "/holds").reads(http.StatusOK, "Nothing waits here", "No check of an address runs")
	h.tray(60)
	all := h.get("Hal Help", "/holds").reads(http.StatusOK, "5 items to settle", "Everything 5", "Answers 2", "Letters that came back 2", "Deaths and addresses 1",
		"nobody has this number yet", "its day is not known", "no letter has this reference", "A death to be confirmed", "2 checks of addresses run")
	if strings.Index(all.Body, "/checks/") > strings.Index(all.Body, "/returns/") {
		t.Error("a death due on Friday stands after a letter due on Monday")
	}
	letters := h.get("Hal Help", "/holds?kind=letters").reads(http.StatusOK, "2 items to settle", "DN-SMUDGED")
	if strings.Contains(letters.Body, "A death to be confirmed") {
		t.Error("the list of letters shows a death")
	}
	h.get("Hal Help", "/holds?kind=%3Cscript%3E").reads(http.StatusOK, "5 items to settle")
	h.get("Olga Other", "/holds").reads(http.StatusOK, "3 items to settle") // what belongs to no region yet
	h.get("Ben First", "/").reads(http.StatusOK, "Letters came back that fit none", "Death or address to settle")
	h.get("Ben First", "/checks").reads(http.StatusOK, "3 checks run", "Address: gone away", "Address: no such address", "178 days left")
	h.clock.Set(time.Date(2027, 5, 28, 9, 0, 0, 0, calendar.London))
	h.get("Ben First", "/holds?kind=checks").reads(http.StatusOK, "3 items to settle, 3 late", "No word on an address", "its letter came back, gone away")
}

func TestALetterThatFitsNoneIsSettledByHand(t *testing.T) {
	h := build(t)
	refs := h.tray(60)
	var slip, smudged int
	h.must(h.db.Owner.QueryRow(t.Context(), `SELECT min(id) FILTER (WHERE reference <> 'DN-SMUDGED'), min(id) FILTER (WHERE reference = 'DN-SMUDGED') FROM stray_returns`).Scan(&slip, &smudged))
	page := fmt.Sprintf("/returns/%d", slip)
	h.get("Hal Help", page).reads(http.StatusOK, "No letter has this reference", "Not known at the address (R04)", "Odette Farringham", "Which letter is it?")
	h.get("Hal Help", fmt.Sprintf("/returns/%d", smudged)).reads(http.StatusOK, "No letter of your campaigns is one slip away")
	settle := page + "/settle"
	h.post("Hal Help", settle, "reason", "x").reads(http.StatusUnprocessableEntity, "Choose what it turned out to be")
	h.post("Hal Help", settle, "outcome", "letter found").reads(http.StatusUnprocessableEntity, "Say which letter it is")
	h.post("Hal Help", settle, "outcome", "letter found", "letter", refs[0]).reads(http.StatusUnprocessableEntity, "Say how you know")
	h.post("Hal Help", settle, "outcome", "letter found", "letter", "DN0000000000", "reason", "x").reads(http.StatusUnprocessableEntity, "Say which letter it is")
	h.post("Hal Help", settle, "outcome", "letter found", "reference", "DN 1", "reason", "x").reads(http.StatusUnprocessableEntity, "A reference is DN and ten digits")
	h.post("Hal Help", settle, "outcome", "letter found", "letter", refs[0], "reason", "the name on the envelope").reads(http.StatusSeeOther)
	h.get("Hal Help", "/holds").reads(http.StatusOK, "is settled: letter found", "4 items to settle")
	h.get("Hal Help", page).reads(http.StatusOK, "Settled", "the name on the envelope")
	h.post("Ben First", settle, "outcome", "not ours", "reason", "x").reads(http.StatusUnprocessableEntity, "Somebody else has settled this already")
	if n := h.count(`SELECT count(*) FROM pieces WHERE reference = $1 AND returned_on = '2026-11-27'`, refs[0]); n != 1 {
		t.Error("the letter did not come back")
	}
	h.get("Hal Help", "/returns/999").reads(http.StatusNotFound)
	h.get("Hal Help", "/returns/x").reads(http.StatusNotFound)
}

func TestADeathAndAnAddressAreSettledByHand(t *testing.T) {
	h := build(t)
	h.tray(60)
	var death, address int
	h.must(h.db.Owner.QueryRow(t.Context(), `SELECT min(id) FILTER (WHERE about = 'death'), min(id) FILTER (WHERE about = 'address') FROM address_checks`).Scan(&death, &address))
	h.get("Ben First", fmt.Sprintf("/checks/%d", death)).reads(http.StatusOK, "says that the addressee has died", "Friday 4 December 2026", "The person is alive")
	h.get("Hal Help", fmt.Sprintf("/checks/%d", address)).reads(http.StatusOK, "until Thursday 27 May 2027")
	h.get("Olga Other", fmt.Sprintf("/checks/%d", address)).reads(http.StatusNotFound)
	h.post("Hal Help", fmt.Sprintf("/checks/%d/settle", death), "outcome", "alive", "reason", "x").reads(http.StatusForbidden)
	h.post("Ben First", fmt.Sprintf("/checks/%d/settle", death), "outcome", "lives there", "reason", "x").reads(http.StatusUnprocessableEntity, "Choose what the practice has found out")
	h.post("Ben First", fmt.Sprintf("/checks/%d/settle", death), "outcome", "alive", "reason", "rang the practice").reads(http.StatusSeeOther)
	h.get("Ben First", "/holds").reads(http.StatusOK, "Settled: the person is alive")
	h.get("Ben First", fmt.Sprintf("/checks/%d", death)).reads(http.StatusOK, "The person is alive. rang the practice.")
	h.post("Ben First", fmt.Sprintf("/checks/%d/settle", address), "outcome", "lives there", "reason", "rang the practice").reads(http.StatusSeeOther)
	h.post("Ben First", fmt.Sprintf("/checks/%d/settle", address), "outcome", "lives there", "reason", "rang the practice").reads(http.StatusUnprocessableEntity, "This has been settled already")
	if n := h.count(`SELECT count(*) FROM enrolments WHERE state = 'scheduled'`); n == 0 {
		t.Error("nobody is written to again")
	}
}
