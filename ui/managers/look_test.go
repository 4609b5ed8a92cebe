package managers_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duenotice/campaigns/calendar"
	"duenotice/letters"
	"duenotice/ui/static/statictest"
)

// complaints is what the tests that steer a browser by hand ask of a page.
const complaints = statictest.Complaints

// TestEveryPageFitsADeskAndAPhone looks at every page in a real browser.
func TestEveryPageFitsADeskAndAPhone(t *testing.T) {
	b := statictest.OpenBrowser(t)
	h := build(t)
	h.story()
	at := h.opened()
	b.Look("sign-in", at+"/sign-in")
	h.signInBy(b, at, "Ben First")
	person := h.post("Ben First", "/people", "number", number(5)).Header.Get("Location")
	back := h.post("Ben First", "/people", "number", number(6)).Header.Get("Location")
	for _, p := range []struct{ name, path string }{
		{"home", "/"}, {"campaigns", "/campaigns"}, {"campaign", "/campaigns/NEL"}, {"newcampaign", "/campaigns/new"}, {"wave", "/campaigns/NEL/waves/1"},
		{"wave2", "/campaigns/NEL/waves/2"}, {"plan", "/campaigns/NEL/waves/new"}, {"extend", "/campaigns/NEL/extend"}, {"peoplein", "/campaigns/NEL/people/notified"},
		{"batches", "/batches"}, {"batch", "/batches/NEL-0001"}, {"find", "/people"}, {"person", person}, {"person-back", back}, {"answer", person + "/answer"},
		{"holds", "/holds"}, {"hold", "/holds/1"}, {"imports", "/imports"}, {"file", "/imports/1"}, {"conflicts", "/imports/2/conflicts/details"}, {"found", "/imports/1/findings/reject/nhs_number_check_digit"}, {"watermarks", "/watermarks"}, {"practices", "/practices"},
		{"calendar", "/calendar"}, {"exports", "/exports"}, {"forecast", "/calendar/forecast?people=8,000,000&capacity=120,000&from=2027-01-07&paid=2027-03-31"}, {"clock", "/clock"}, {"stop", "/stop"}, {"missing", "/nothing"}, {"team", "/team"}, {"account", "/account"}, {"factor", "/account/factor"}, {"alarms", "/alarms"}, {"health", "/health"},
		{"stray", "/returns/1"}, {"stray-slip", "/returns/2"}, {"checks", "/checks"}, {"check", "/checks/1"}, {"death", "/checks/2"}, {"letters", "/holds?kind=letters"}, {"holidays", "/holidays"}, {"files", "/files"}, {"region", "/extend"}, {"lengthened", "/campaigns/NEL/extend/1"},
	} {
		b.Look(p.name, at+p.path)
	}
	h.post("Ben First", "/stop", "reason", "wrong leaflet in two batches").reads(303)
	b.Look("stopped", at+"/campaigns")
}

// opened has the pages listen on this machine, for a browser.
func (h *house) opened() string {
	h.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	go func() { _ = h.app.Listener(listener) }()
	h.t.Cleanup(func() { _ = h.app.Shutdown() })
	return "http://" + listener.Addr().String()
}

// signInBy signs somebody in through a browser.
func (h *house) signInBy(b *statictest.Browser, at, name string) {
	h.t.Helper()
	h.must(chromedp.Do(b, chromedp.Navigate(at+"/sign-in"), chromedp.WaitVisible("#email")))
	b.Does(fmt.Sprintf(`document.querySelector('#email').value = %q, document.querySelector('#password').value = %q, document.querySelector('main form').requestSubmit(), true`, mail(name), password))
	h.must(chromedp.Do(b, chromedp.WaitVisible("#needs")))
}

// story is a campaign with something of everything.
func (h *house) story() {
	h.t.Helper()
	h.posted(400)
	at := h.post("Hal Help", "/people", "number", number(5)).Header.Get("Location")
	h.post("Hal Help", at+"/answer", "says", "no", "channel", "paper", "received[day]", "24", "received[month]", "11", "received[year]", "2026", "who", "other", "given", "mother for her son", "confirmed", "yes").reads(303)
	for i := 10; i < 18; i++ {
		at := h.post("Hal Help", "/people", "number", number(i)).Header.Get("Location")
		h.post("Hal Help", at+"/answer", "says", "no", "channel", "phone", "received[day]", "24", "received[month]", "11", "received[year]", "2026", "who", "self", "confirmed", "yes").reads(303)
	}
	list, err := h.mail.Batches(h.t.Context(), h.vendor.ID, letters.BatchFilter{})
	h.must(err)
	var reference string
	h.must(h.db.Owner.QueryRow(h.t.Context(), `SELECT reference FROM pieces WHERE person_id = (SELECT id FROM people WHERE nhs_number = $1)`, number(6)).Scan(&reference))
	h.clock.Set(time.Date(2026, 12, 2, 11, 0, 0, 0, calendar.London))
	_, err = h.mail.Report(h.t.Context(), h.vendor.ID, []letters.PieceReport{{Reference: reference, Status: letters.Returned, On: calendar.On(2026, 12, 1), Reason: "R01"}})
	h.must(err)
	h.cameBack()
	if len(list) == 0 {
		h.t.Fatal("no batch")
	}
	h.upload("Anna Author", "NEL", strings.ReplaceAll(people(460), "Odette", "Odile")).reads(303)
	h.work()
	h.clock.Set(time.Date(2027, 2, 15, 9, 40, 0, 0, calendar.London))
	h.must(h.desk.FeedSpoke(h.t.Context(), "feed:registrations"))
	h.post("Anna Author", "/imports/2/decide", "decision", "accept").reads(303)
	h.work()
	h.post("Anna Author", "/campaigns/NEL/waves/new", "first[day]", "18", "first[month]", "2", "first[year]", "2027", "counted", "1/60").reads(303)
	h.post("Cara Second", "/campaigns/NEL/waves/2/approve").reads(303)
	h.upload("Anna Author", "NEL", strings.ReplaceAll(people(90), "Odette", "Olivia")).reads(303)
	h.work()
	h.post("Cara Second", "/practices", "programme", "1", "practice", "F84001", "what", "on", "from[day]", "1", "from[month]", "2", "from[year]", "2027").reads(303)
	h.post("Cara Second", "/campaigns/NEL/extend", "days", "14", "wave", "1", "reason", "a strike of the post").reads(303)
	h.post("Cara Second", "/extend", "region", "QMF", "days", "7", "reason", "floods").reads(303)
	h.post("Anna Author", "/extend", "region", "QMF", "days", "7", "reason", "floods").reads(303)
	h.post("Cara Second", "/extend", "region", "QMF", "days", "3", "reason", "more floods").reads(303)
}

// cameBack fills the in-tray: letters that fit none, a death, answers of nobody.
func (h *house) cameBack() {
	h.t.Helper()
	var refs []string
	for i := range 2 {
		var r string
		h.must(h.db.Owner.QueryRow(h.t.Context(), `SELECT reference FROM pieces WHERE person_id = (SELECT id FROM people WHERE nhs_number = $1)`, number(20+i)).Scan(&r))
		refs = append(refs, r)
	}
	slipped := []byte(refs[0])
	slipped[6] = '0' + (slipped[6]-'0'+4)%10
	by := h.viewer("Ben First")
	for _, list := range []string{"DN-SMUDGED,2026-11-30,R08\n", string(slipped) + ",2026-11-30,R04\n" + refs[1] + ",2026-11-30,R09\n"} {
		_, err := h.mail.ImportReturns(h.t.Context(), by, strings.NewReader("reference,date,reason\n"+list))
		h.must(err)
	}
	_, err := h.desk.ImportDissents(h.t.Context(), by, "F84001", strings.NewReader("nhs_number,code,date\n"+number(5000)+",93C3,2026-11-26\n"+number(40)+",XaXj6,2026\n"))
	h.must(err)
}
