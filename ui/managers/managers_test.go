package managers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

func TestACampaignGoesFromItsFileToPostedLettersThroughThePages(t *testing.T) {
	h := build(t)
	h.get("Anna Author", "/").reads(200, "Nothing has been made here yet", "Nothing is stopped or paused")
	h.post("Anna Author", "/campaigns/new", newCampaign...).reads(303)
	h.get("Anna Author", "/campaigns/NEL").reads(200, "Campaign NEL is made", "Two people who are not its author have to approve", "You are its author")
	h.post("Ben First", "/campaigns/NEL/approve").reads(303)
	h.post("Cara Second", "/campaigns/NEL/approve").reads(303)
	h.get("Cara Second", "/campaigns/NEL").reads(200, "Running", "Ben First", "Cara Second")

	h.upload("Anna Author", "NEL", people(30)).reads(303)
	h.get("Anna Author", "/imports/1").reads(200, "is being read")
	h.work()
	h.get("Ben First", "/").reads(200, "File of people to decide about", "31 rows read, 1 rejected")
	h.get("Ben First", "/imports/1").reads(200, "31 rows = 30 accepted + 1 rejected", "NHS number check digit", "cohort.csv", "Rejected")
	h.post("Ben First", "/imports/1/decide", "decision", "accept").reads(303)
	h.post("Ben First", "/imports/1/decide", "decision", "accept").reads(303) // a double submit
	h.work()
	h.get("Ben First", "/imports/1").reads(200, "30 accepted = 30 newly enrolled + 0 in the campaign before", "Accepted by Ben First")
	h.get("Ben First", "/campaigns/NEL").reads(200, "Adds up.", "29 people are in no approved wave", "Where 30 people are")

	plan := []string{"first[day]", "24", "first[month]", "11", "first[year]", "2026"}
	h.post("Anna Author", "/campaigns/NEL/waves/new", plan...).reads(200, "29 people in 1 wave", "Tuesday 24 November 2026", "Friday 19 February 2027", "Nothing is saved yet")
	if h.count(`SELECT count(*) FROM waves`) != 0 {
		t.Fatal("counting saved a wave")
	}
	h.post("Anna Author", "/campaigns/NEL/waves/new", append(plan, "counted", "1/28")...).reads(422, "The count has changed")
	h.post("Anna Author", "/campaigns/NEL/waves/new", append(plan, "counted", "1/29")...).reads(303)
	h.get("Ben First", "/").reads(200, "Wave to approve", "before Tue 24 Nov")
	h.get("Ben First", "/campaigns/NEL/waves/1").reads(200, "29 people would be written to", "Polish 1", "Large print 1", "Approve 29 letters")
	h.post("Ben First", "/campaigns/NEL/waves/1/approve").reads(303)
	h.post("Ben First", "/campaigns/NEL/waves/1/approve").reads(422, "You have approved this already")
	h.post("Anna Author", "/campaigns/NEL/waves/1/approve").reads(422, "You are its author")
	if h.count(`SELECT count(*) FROM enrolments WHERE state = 'scheduled'`) != 0 {
		t.Fatal("one signature froze the wave")
	}
	h.post("Cara Second", "/campaigns/NEL/waves/1/approve").reads(303)
	h.work()
	h.get("Ben First", "/batches").reads(200, "NEL-0001", "none late", "28 letters released = 0 posted")
	h.get("Ben First", "/batches/NEL-0001").reads(200, "Adds up.", "SHA-256 of the PDF", "Withheld at sealing")
}

func TestAPersonPageAnswersWhyAndEveryLookIsWritten(t *testing.T) {
	h := build(t)
	h.posted(12)
	found := h.post("Hal Help", "/people", "number", number(5))
	found.reads(303)
	at := found.Header.Get("Location")
	if strings.Contains(at, number(5)) {
		t.Fatalf("the number stands in the address %s", at)
	}
	h.get("Hal Help", at).reads(200, "Ms Odette Farringham", "Window open", "No record has been made, and none can be made yet.", "Why: the nine conditions",
		"A letter that counts was posted", "Every window is over", "Letter 1", "Posted; nothing heard since", "Last day Fri 19 Feb 2027", "Hal Help", "Person page")
	if n := h.count(`SELECT count(*) FROM audit WHERE object_kind = 'person' AND action = 'looked' AND actor_id = (SELECT id FROM staff WHERE name = 'Hal Help')`); n != 1 {
		t.Errorf("%d looks are written", n)
	}
	secret := h.post("Hal Help", "/people", "number", number(4)).reads(303).Header.Get("Location")
	hidden := h.get("Hal Help", secret).reads(200, "Hidden. This person is marked sensitive")
	for _, told := range []string{"Farringham", number(4), "4 High Street", "1961"} {
		if strings.Contains(strings.ReplaceAll(plain(hidden.Body), " ", ""), strings.ReplaceAll(told, " ", "")) {
			t.Errorf("the page of a sensitive person says %q", told)
		}
	}
	h.post("Hal Help", "/people", "number", "5990000000").reads(422, "This is not an NHS number")
	h.post("Hal Help", "/people", "number", number(999)).reads(422, "Nobody with this NHS number is in any of your campaigns.")
	h.post("Olga Other", "/people", "number", number(5)).reads(422, "Nobody with this NHS number is in any of your campaigns.")
}

func TestAnAnswerIsReadBackAndCountsOnceHoweverOftenItIsSent(t *testing.T) {
	h := build(t)
	h.posted(12)
	at := h.post("Hal Help", "/people", "number", number(5)).Header.Get("Location")
	h.get("Hal Help", at+"/answer").reads(200, "What does the person say?", "Yes, a record", "No record")
	answer := []string{"token", "3f2c1f7e-6c0a-4b3f-9a57-0c6d1a2b3c4d", "says", "no", "channel", "phone", "received[day]", "24", "received[month]", "11", "received[year]", "2026", "who", "self"}
	h.post("Hal Help", at+"/answer", "says", "maybe", "channel", "web").reads(422, "Choose yes or no.", "Choose how it came.")
	h.post("Hal Help", at+"/answer", answer...).reads(200, "You do not want one to be made. Is that right?", "Tuesday 24 November 2026")
	if h.count(`SELECT count(*) FROM answers`) != 0 {
		t.Fatal("it counted before it was read back")
	}
	for range 2 {
		h.post("Hal Help", at+"/answer", append(answer, "confirmed", "yes")...).reads(303)
	}
	if n := h.count(`SELECT count(*) FROM answers WHERE says = 'no' AND channel = 'phone'`); n != 1 {
		t.Errorf("%d answers", n)
	}
	h.get("Hal Help", at).reads(200, "Said no", "because the person said no", "Its reference is A-")
	h.get("Hal Help", "/campaigns/NEL").reads(200, "Adds up.")

	other := h.post("Hal Help", "/people", "number", number(6)).Header.Get("Location")
	h.post("Hal Help", other+"/answer", "says", "no", "channel", "phone", "received[day]", "24", "received[month]", "11", "received[year]", "2026", "who", "other", "given", "neighbour", "confirmed", "yes").reads(303)
	h.get("Hal Help", other).reads(200, "Held", "It is held until a manager settles it")
	h.get("Hal Help", "/holds").reads(200, "1 item to settle", "somebody else answers, without proof")
	h.get("Ben First", "/").reads(200, "Hold to settle")
	h.get("Ben First", "/holds/1").reads(200, "What was told, and whose it may be", "Odette Farringham", "Settle this hold")
	h.post("Ben First", "/holds/1/settle", "outcome", "dissent", "reason", "rang back").reads(422, "Choose whose answer it is.")
	h.post("Ben First", "/holds/1/settle", "outcome", "dissent", "person", fmt.Sprint(h.count(`SELECT person_id FROM hold_candidates`)), "reason", "").reads(422, "Say how you know")
	h.post("Ben First", "/holds/1/settle", "outcome", "dissent", "person", fmt.Sprint(h.count(`SELECT person_id FROM hold_candidates`)), "reason", "rang back").reads(303)
	h.get("Ben First", "/holds").reads(200, "Nothing waits here", "Hold H-")
	h.get("Ben First", other).reads(200, "Said no")
}

func TestTheStopStandsOnEveryPageAndTakesTwoToLift(t *testing.T) {
	h := build(t)
	h.campaign(6)
	h.post("Ben First", "/stop", "reason", "").reads(422, "Say why")
	h.post("Ben First", "/stop", "reason", "wrong leaflet in two batches").reads(303)
	for _, path := range []string{"/", "/campaigns", "/batches", "/practices", "/nothing/here"} {
		if r := h.get("Pia Practice", path); path != "/nothing/here" {
			r.reads(200, "Everything is stopped. Ben First", "wrong leaflet in two batches.")
		}
	}
	h.post("Ben First", "/stop/lift").reads(303)
	h.post("Ben First", "/stop/lift").reads(422, "You proposed this yourself")
	h.get("Anna Author", "/").reads(200, "Waits for a second person", "Everything is stopped")
	h.post("Anna Author", "/stop/lift").reads(303)
	h.get("Pia Practice", "/").reads(200, "Nothing is stopped or paused")
}

func TestPausesExtensionsSwitchesAndWatermarksAreOnThePages(t *testing.T) {
	h := build(t)
	h.posted(12)
	h.post("Ben First", "/campaigns/NEL/pause", "reason", "asked by the board").reads(303)
	h.get("Anna Author", "/campaigns/NEL").reads(200, "Paused since", "asked by the board")
	h.get("Anna Author", "/").reads(200, "1 thing is paused")
	h.post("Anna Author", "/campaigns/NEL/resume").reads(303)
	h.post("Ben First", "/campaigns/NEL/waves/1/pause", "reason", "look first").reads(303)
	h.get("Anna Author", "/campaigns/NEL/waves/1").reads(200, "Paused since")
	h.post("Anna Author", "/campaigns/NEL/waves/1/resume").reads(303)

	h.post("Ben First", "/campaigns/NEL/extend", "days", "x").reads(422, "Give the number of days.")
	h.post("Ben First", "/campaigns/NEL/extend", "days", "14", "wave", "0", "reason", "a strike of the post").reads(303)
	h.get("Cara Second", "/").reads(200, "Waits for a second person", "extend windows of North East London 2026 by 14 days")
	h.get("Cara Second", "/campaigns/NEL/extend").reads(200, "Ben First proposed 14 days for everybody", "a strike of the post")
	h.post("Cara Second", "/campaigns/NEL/extend", "days", "14", "wave", "0", "reason", "a strike of the post").reads(303)
	if n := h.count(`SELECT count(*) FROM notices WHERE closes_on = '2027-03-05'`); n != 10 {
		t.Errorf("%d windows were extended", n)
	}

	h.post("Ben First", "/watermarks", "channel", "phone", "date[day]", "24", "date[month]", "11", "date[year]", "2026").reads(422, "at the latest yesterday")
	h.post("Ben First", "/watermarks", "channel", "phone", "date[day]", "23", "date[month]", "11", "date[year]", "2026").reads(303)
	h.get("Ben First", "/watermarks").reads(200, "Mon 23 Nov", "Entered up to and including Monday 23 November 2026.")
	h.post("Ben First", "/watermarks", "channel", "practice", "practice", "B86001", "date[day]", "23", "date[month]", "11", "date[year]", "2026").reads(422, "There is no such practice in your region.")
	h.post("Ben First", "/watermarks", "channel", "phone", "date[day]", "20", "date[month]", "11", "date[year]", "2026").reads(303)
	h.get("Ben First", "/watermarks").reads(200, "You have proposed to lower it")

	programme := fmt.Sprint(h.count(`SELECT id FROM programmes`))
	h.post("Ben First", "/practices", "programme", programme).reads(422, "Tick the practices that you mean.", "Choose whether they are switched on or off.")
	h.post("Ben First", "/practices", "programme", programme, "practice", "F84001", "practice", "B86001", "what", "on", "from[day]", "1", "from[month]", "12", "from[year]", "2026").reads(303)
	h.get("Ben First", "/practices").reads(200, "1 practice is switched on from Tuesday 1 December 2026", "Coming")
	if n := h.count(`SELECT count(*) FROM signals WHERE key LIKE 'switch:%:B86001' AND day IS NOT NULL`); n != 0 {
		t.Error("a practice of another region was switched on")
	}
	h.post("Ben First", "/batches/NEL-0001/suspect", "reason", "").reads(422, "Say what makes you suspect")
	h.post("Ben First", "/batches/NEL-0001/suspect", "reason", "hand-stuffed").reads(303)
	h.get("Ben First", "/batches/NEL-0001").reads(200, "Under suspicion since")
	h.post("Ben First", "/batches/NEL-0001/lift").reads(303)
	h.post("Ben First", "/batches/NEL-0001/lift").reads(422, "You proposed this yourself")
	h.post("Anna Author", "/batches/NEL-0001/lift").reads(303)
}

func TestSignInFailsInOneWayAndEndsWithTheSession(t *testing.T) {
	h := build(t)
	try := func(email, word string) reply {
		page := h.get("", "/sign-in")
		form := url.Values{"_csrf": {formToken.FindStringSubmatch(page.Body)[1]}, "email": {email}, "password": {word}, "next": {"/campaigns"}}
		req := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, line := range page.Header.Values("Set-Cookie") {
			name, rest, _ := strings.Cut(line, "=")
			value, _, _ := strings.Cut(rest, ";")
			req.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		return h.ask("", req)
	}
	strip := func(s, email string) string {
		return formToken.ReplaceAllString(strings.ReplaceAll(s, email, ""), "")
	}
	a := try(mail("Ben First"), "the wrong password").reads(422, "The e-mail address and the password do not fit.")
	b := try("nobody@example.org", "the wrong password").reads(422)
	if strip(a.Body, mail("Ben First")) != strip(b.Body, "nobody@example.org") {
		t.Error("a wrong password and an unknown address look different")
	}
	good := try(mail("Ben First"), password).reads(303)
	cookie := strings.Join(good.Header.Values("Set-Cookie"), "\n")
	if good.Header.Get("Location") != "/campaigns" || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("sent to %s with %s", good.Header.Get("Location"), cookie)
	}
	if at := h.get("", "/campaigns/NEL").reads(303).Header.Get("Location"); at != "/sign-in?next=/campaigns/NEL" {
		t.Errorf("a stranger is sent to %s", at)
	}
	h.get("Ben First", "/").reads(200)
	kept := h.tokens["Ben First"].token
	again := func() int {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.AddCookie(&http.Cookie{Name: "managers-session", Value: kept})
		return h.ask("", req).Status
	}
	h.post("Ben First", "/sign-out").reads(303)
	if s := again(); s != 303 {
		t.Errorf("the session lives after signing out: %d", s)
	}
	for _, next := range []string{"https://elsewhere.example", "//elsewhere.example", `/\elsewhere.example`} {
		if strings.Contains(h.get("", "/sign-in?next="+url.QueryEscape(next)).Body, "elsewhere") {
			t.Errorf("%s is kept as the next page", next)
		}
	}
}

func TestNothingOfAnotherRegionIsThere(t *testing.T) {
	h := build(t)
	h.posted(6)
	h.post("Hal Help", h.post("Hal Help", "/people", "number", number(5)).Header.Get("Location")+"/answer", "says", "no", "channel", "phone", "received[day]", "24", "received[month]", "11", "received[year]", "2026", "who", "other", "given", "neighbour", "confirmed", "yes").reads(303)
	enrolment := h.count(`SELECT min(id) FROM enrolments WHERE state = 'notified'`)
	for _, path := range []string{"/campaigns/NEL", "/campaigns/NEL/extend", "/campaigns/NEL/waves/new", "/campaigns/NEL/waves/1", "/campaigns/NEL/people/notified",
		"/batches/NEL-0001", fmt.Sprintf("/people/%d", enrolment), fmt.Sprintf("/people/%d/answer", enrolment), "/imports/1", "/holds/1"} {
		h.get("Anna Author", path).reads(200)
		h.get("Olga Other", path).reads(404)
	}
	for path, values := range map[string][]string{"/campaigns/NEL/approve": nil, "/campaigns/NEL/pause": {"reason", "x"}, "/campaigns/NEL/resume": nil, "/campaigns/NEL/extend": {"days", "1", "reason", "x"},
		"/campaigns/NEL/waves/new": {"first[day]", "1", "first[month]", "12", "first[year]", "2026"}, "/campaigns/NEL/waves/1/approve": nil, "/campaigns/NEL/waves/1/pause": {"reason", "x"}, "/campaigns/NEL/waves/1/resume": nil,
		"/batches/NEL-0001/suspect": {"reason", "x"}, "/batches/NEL-0001/lift": nil, fmt.Sprintf("/people/%d/answer", enrolment): {"says", "no"},
		"/imports/1/decide": {"decision", "accept"}, "/holds/1/settle": {"outcome", "dissent", "reason", "x"}} {
		h.post("Olga Other", path, values...).reads(404)
	}
	h.upload("Olga Other", "NEL", people(3)).reads(422, "Choose one of your campaigns.")
	if strings.Contains(h.get("Olga Other", "/").Body, "NEL") || strings.Contains(h.get("Olga Other", "/practices").Body, "F84001") {
		t.Error("something of another region is listed")
	}
}

func TestNamesWithMarkupComeOutAsText(t *testing.T) {
	h := build(t)
	bad := `<img src=x onerror=alert(1)>{{.Secret}}`
	change := append([]string{}, newCampaign...)
	for i, v := range change {
		if v == "North East London 2026" || v == "Dr A Person" {
			change[i] = bad
		}
	}
	h.post("Anna Author", "/campaigns/new", change...).reads(303)
	for _, by := range []string{"Ben First", "Cara Second"} {
		h.post(by, "/campaigns/NEL/approve").reads(303)
	}
	h.upload("Anna Author", "NEL", people(4)).reads(303)
	h.work()
	h.post("Anna Author", "/imports/1/decide", "decision", "accept").reads(303)
	h.work()
	h.post("Ben First", "/campaigns/NEL/pause", "reason", bad).reads(303)
	h.post("Ben First", "/stop", "reason", bad).reads(303)
	person := h.post("Hal Help", "/people", "number", number(2)).Header.Get("Location")
	for _, path := range []string{"/", "/campaigns", "/campaigns/NEL", "/practices", "/stop", "/imports", "/imports/1", "/campaigns/NEL/extend", "/campaigns/NEL/waves/new", "/campaigns/NEL/people/in_cohort"} {
		body := h.get("Ben First", path).reads(200).Body
		for _, raw := range []string{"<img src=x", "<b>Surgery", "alert(1)</script>"} {
			if strings.Contains(body, raw) {
				t.Errorf("%s holds %q as markup", path, raw)
			}
		}
	}
	if person != "" { // a name with markup may be refused at the intake
		if body := h.get("Hal Help", person).reads(200).Body; strings.Contains(body, "<script>alert") {
			t.Error("a person's name is markup")
		}
	}
}

func TestAFormThatWasNotSentFromOurPageChangesNothing(t *testing.T) {
	h := build(t)
	for _, change := range []func(*http.Request){
		func(*http.Request) {},
		func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		func(r *http.Request) { r.Header.Set("Origin", "https://elsewhere.example") },
	} {
		for _, r := range h.app.GetRoutes(true) {
			if r.Method != http.MethodPost {
				continue
			}
			req := httptest.NewRequest(http.MethodPost, strings.NewReplacer(":code", "NEL", ":number", "1", ":enrolment", "1", ":id", "1").Replace(r.Path), strings.NewReader("reason=x&email=a&password=b"))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			change(req)
			h.ask("Cara Second", req).reads(403, "This form was not sent from our page")
		}
	}
	if n := h.count(`SELECT count(*) FROM signal_changes`); n != 0 {
		t.Errorf("%d things changed", n)
	}
}

func TestARecordShowsItsEvidenceAndPracticesAreFiltered(t *testing.T) {
	h := build(t)
	h.posted(8)
	programme := fmt.Sprint(h.count(`SELECT id FROM programmes`))
	h.get("Ben First", "/practices?q=victoria").reads(200, "Victoria Park Practice")
	if strings.Contains(h.get("Ben First", "/practices?q=victoria").Body, "F84001") {
		t.Error("the filter leaves another practice in")
	}
	h.post("Ben First", "/practices", "programme", programme, "all", "yes", "what", "on", "from[day]", "1", "from[month]", "12", "from[year]", "2026").reads(303)
	h.clock.Set(time.Date(2027, 3, 15, 9, 0, 0, 0, calendar.London))
	h.must(h.desk.FeedSpoke(t.Context(), campaigns.FeedRegistrations))
	h.must(h.desk.FeedSpoke(t.Context(), campaigns.FeedNational))
	h.get("Ben First", "/watermarks").reads(200, "Never declared")
	for _, w := range [][2]string{{"phone", ""}, {"paper", ""}, {"upload", ""}, {"practice", "F84001"}, {"practice", "f84002"}} {
		h.post("Ben First", "/watermarks", "channel", w[0], "practice", w[1], "date[day]", "14", "date[month]", "3", "date[year]", "2027").reads(303)
	}
	for range 5 {
		_, err := h.desk.CloseDue(t.Context(), campaigns.CampaignID(h.count(`SELECT id FROM campaigns`)), 100)
		h.must(err)
	}
	at := h.post("Ben First", "/people", "number", number(5)).reads(303).Header.Get("Location")
	h.get("Ben First", at).reads(200, "A record was made on Monday 15 March 2027", "This is its evidence.", "Checksum right", "Record made")
	h.get("Ben First", "/campaigns/NEL").reads(200, "Adds up.", "Live record Record made 6")
}
