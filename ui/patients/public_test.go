package patients_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"
)

// bad is what may be typed into any field.
var bad = []string{"\x00", "a\x00b", "\xff\xfe\xfd", "<script>alert(1)</script>", "{{.}}", "' OR 1=1 --", strings.Repeat("é", 3000), "\u202egnp.exe", "😀"}

func TestWhatWasTypedIsKeptForTheSameLetterWhenAVisitEnds(t *testing.T) {
	h := build(t)
	mac, key := h.desk.CodeMaker.MAC(h.other) // a letter of somebody else with the same date of birth
	if _, err := h.db.Owner.Exec(t.Context(), `WITH p AS (INSERT INTO people (nhs_number, born_on, practice_code, touched_at) VALUES ('9990000026', '1961-04-17', 'G82001', '2026-10-02Z') RETURNING id)
		INSERT INTO codes (mac, key_id, piece_id, campaign_id, enrolment_id, person_id) SELECT $1, $2, 1, 1, 2, id FROM p`, mac, key); err != nil {
		t.Fatal(err)
	}
	const question = "May my daughter read it?\nShe is 19."
	away := func() *person {
		p := h.visitor(t)
		p.prove()
		p.get("/ask")
		form := p.form("/ask", "text", question)
		h.clock.Advance(31 * time.Minute)
		return p.take(p.client.PostForm(h.at+"/ask", form)).reads("/o", "What you typed is kept, but not sent")
	}
	p := away()
	p.send("/o", "code", h.code, "born[day]", bornDay, "born[month]", bornMonth, "born[year]", bornYear).reads("/ask", question[:24])
	if !strings.Contains(p.body, "She is 19.</textarea>") {
		t.Errorf("the text is not in its field:\n%s", p.body)
	}
	p.send("/ask", "text", question).reads("/ask", "We have your question")
	p.get("/ask")
	if strings.Count(p.body, "She is 19.") != 1 {
		t.Error("what was sent is kept on")
	}

	q := away() // and another person sits down at the same computer
	q.send("/o", "code", h.other, "born[day]", bornDay, "born[month]", bornMonth, "born[year]", bornYear)
	if q.path != "/decision" || strings.Contains(q.get("/ask").body, "daughter") {
		t.Errorf("another letter was shown what was typed, at %s", q.path)
	}

	r := h.visitor(t) // an answer that was about to be confirmed
	r.prove()
	r.get("/question").send("/question", "answer", "no")
	form := r.form("/check")
	h.clock.Advance(40 * time.Minute)
	r.take(r.client.PostForm(h.at+"/check", form)).reads("/o", "kept, but not sent")
	r.send("/o", "code", h.code, "born[day]", bornDay, "born[month]", bornMonth, "born[year]", bornYear).reads("/check", "No, I do not want one")
	r.send("/check").reads("/done", "We have your answer: no")
}

func TestAQuestionIsAskedOnceAndAnsweredOnThePage(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/ask").reads("/ask", "We answer within 2 working days.", "We cannot give medical advice")
	form := p.form("/ask", "text", "What is it for?")
	for range 3 { // a double click
		p.take(p.client.PostForm(h.at+"/ask", form)).reads("/ask", "Your question waits for us", "What is it for?")
	}
	if n := h.count(t, `SELECT count(*) FROM messages`); n != 1 {
		t.Errorf("%d questions", n)
	}
	h.exec(t, `INSERT INTO messages (campaign_id, enrolment_id, person_id, kind, body, language, staff_id, at) VALUES (1, 1, 1, 'closed', 'For emergencies.', 'en', 1, '2027-02-25T10:00Z')`)
	p.get("/ask").reads("/ask", "For emergencies.", "With this we closed your question")
	if strings.Contains(p.text(), "Ada Author") {
		t.Error("staff are named")
	}
	for range 19 {
		p.get("/ask").send("/ask", "text", "Again?")
	}
	p.get("/ask").send("/ask", "text", "And again?").reads("/ask", "You have sent many questions today")
	if p.status != 422 || !strings.Contains(p.body, "And again?</textarea>") {
		t.Errorf("%d, and what was typed is gone", p.status)
	}
	if n := h.count(t, `SELECT count(*) FROM answers`); n != 0 {
		t.Error("a question became an answer")
	}
}

func TestBadInputIsKeptHarmlessOrToldInWords(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/question").send("/question", "answer", "no")
	for _, typed := range bad {
		for path, fields := range map[string][]string{
			"/ask": {"text", typed}, "/reason": {"reason", typed}, "/format": {"language", typed, "format", typed}, "/behalf": {"who", typed},
			"/lost-code": {"name", typed, "postcode", typed, "born[day]", typed, "born[month]", "4", "born[year]", "1961"},
		} {
			p.get(path).send(path, fields...)
			if p.status >= 500 || strings.Contains(p.body, "<script>alert") || strings.Contains(p.body, "\x00") {
				t.Errorf("%s with %.20q: %d\n%s", path, typed, p.status, p.text())
			}
			if path == "/behalf" {
				p.get("/question").send("/question", "answer", "no")
			}
		}
	}
	for _, token := range []string{"", "x", "\x00", strings.Repeat("0", 40)} {
		p.get("/ask").send("/ask", "text", "Hello?", "token", token)
		if p.status != 422 || !strings.Contains(p.text(), "This form is incomplete") {
			t.Errorf("%q: %d", token, p.status)
		}
	}
}

func TestAReasonIsKeptApartFromTheAnswer(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/reason").reads("/question") // nothing to give a reason for
	p.send("/question", "answer", "no").reads("/check", "None given. You do not have to give one.")
	p.get("/reason").send("/reason", "reason", strings.Repeat("x", 301)).reads("/reason", "Write at most 300 characters")
	p.send("/reason", "reason", "I want to ask my doctor first").reads("/check", "I want to ask my doctor first")
	form := p.form("/check")
	for range 2 {
		p.take(p.client.PostForm(h.at+"/check", form)).reads("/done")
	}
	if n := h.count(t, `SELECT count(*) FROM answer_reasons WHERE reason = 'I want to ask my doctor first' AND says = 'no' AND said_on = '2027-02-24'`); n != 1 {
		t.Errorf("%d reasons", n)
	}
	if n := h.count(t, `SELECT count(*) FROM answers WHERE evidence::text LIKE '%doctor%'`); n != 0 {
		t.Error("the reason stands with the answer")
	}
}

func TestALostCodeIsAskedForWithoutLearningAnything(t *testing.T) {
	h := build(t)
	ask := func(name string) *person {
		p := h.visitor(t)
		return p.get("/lost-code").send("/lost-code", "name", name, "postcode", "ct14 7aa", "born[day]", bornDay, "born[month]", bornMonth, "born[year]", bornYear)
	}
	known, unknown := ask("Odette Farringham").text(), ask("Nobody Atall").text()
	if known != unknown || !strings.Contains(known, "If these details fit somebody to whom we have written") {
		t.Errorf("%s\n%s", known, unknown)
	}
	if n := h.count(t, `SELECT count(*) FROM letter_requests WHERE kind = 'new code' AND told->>'postcode' = 'CT14 7AA' AND told->>'born' = '1961-04-17'`); n != 2 {
		t.Errorf("%d wishes", n)
	}
	for range 3 {
		ask("Odette Farringham")
	}
	if p := ask("Odette Farringham"); p.status != 422 || !strings.Contains(p.text(), "There were many requests from your network") {
		t.Errorf("%d %s", p.status, p.text())
	}
	if _, err := h.db.Public.Exec(t.Context(), `SELECT told FROM letter_requests`); err == nil {
		t.Error("the patients' role can read what people told of themselves")
	}
}

func TestAnotherLetterIsAskedForAndSeen(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/format").send("/format", "language", "tlh", "format", "").reads("/format", "Choose a language")
	p.send("/format", "language", "pl", "format", "large_print").reads("/format", "You asked on Wednesday 24 February 2027 for: Polski, Large print. We have not done it yet.")
	h.exec(t, `UPDATE letter_requests SET settled_at = '2027-02-25Z', settled_by = 1, outcome = 'new letter'`)
	p.get("/format").reads("/format", "A new letter is on its way.")
}

func TestALanguageIsPublicOnlyWhileSomebodyStandsForIt(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	if p.get("/"); strings.Contains(p.body, "Cymraeg") {
		t.Error("a language is public before it was accepted")
	}
	p.get("/?lang=cy").reads("/", "What you need")
	all := h.inEveryLanguage(t, "draft")
	h.clock.Advance(time.Minute)
	p.get("/not-mine?lang=cy").reads("/not-mine", "Drafft yw’r cyfieithiad hwn")
	if !strings.Contains(p.body, `<html lang="cy"`) {
		t.Error("the page does not say its language")
	}
	p.get("/?lang=ur")
	if !strings.Contains(p.body, `<html lang="ur" dir="rtl"`) || !strings.Contains(p.body, "app-rtl.css") {
		t.Error("Urdu is not written from right to left")
	}
	h.inEveryLanguage(t, "checked")
	h.clock.Advance(time.Minute)
	if p.get("/?lang=pl"); strings.Contains(p.text(), "wersją roboczą") || !strings.Contains(p.text(), "Co będzie potrzebne") {
		t.Error("a checked translation is shown as a draft, or not at all")
	}
	h.exec(t, `UPDATE translation_acceptances SET fingerprint = 'of another wording' WHERE language = 'pl'; INSERT INTO translation_acceptances (language, fingerprint, shown_as, staff_id, accepted_at)
		VALUES ('cy', '`+all[0].Fingerprint+`', 'withdrawn', 1, '2027-02-24Z')`)
	h.clock.Advance(time.Minute)
	if p.get("/"); strings.Contains(p.body, `lang=pl"`) || strings.Contains(p.body, `lang=cy"`) || !strings.Contains(p.body, `lang=ur"`) {
		t.Error("a changed or withdrawn translation is public")
	}
}

func TestABrowsersLanguageIsFollowedAndNoAddressLeadsAway(t *testing.T) {
	h := build(t)
	h.inEveryLanguage(t, "checked")
	for accept, want := range map[string]string{"pl,en;q=0.5": "pl", "de, ur;q=0.4": "ur", "en-GB,cy;q=0.9": "en", "": "en", "*": "en", strings.Repeat("x-", 400): "en", "cy-GB": "cy"} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, h.at+"/", nil)
		req.Header.Set("Accept-Language", accept)
		p := h.visitor(t)
		if p.take(p.client.Do(req)); !strings.Contains(p.body, `<html lang="`+want+`"`) {
			t.Errorf("%.20q is not answered in %s", accept, want)
		}
	}
	p := h.visitor(t)
	p.client.CheckRedirect = noRedirect
	for _, path := range []string{"//evil.example/?lang=cy", "/%5Cevil.example?lang=cy", "/%2F%2Fevil.example?lang=cy", "/%0d%0aX-Evil:1?lang=cy"} {
		p.get(path)
		if to := p.header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) || p.header.Get("X-Evil") != "" {
			t.Errorf("%s leads to %q", path, to)
		}
	}
}

func TestPluralsAndDatesAreThoseOfTheLanguage(t *testing.T) {
	all, err := page.Catalogues()
	if err != nil {
		t.Fatal(err)
	}
	day := calendar.On(2027, time.March, 12)
	want := map[string][3]string{
		"cy": {"Byddwn yn ateb o fewn 1 diwrnod gwaith.", "Byddwn yn ateb o fewn 2 ddiwrnod gwaith.", "12 Mawrth 2027 (dydd Gwener)"},
		"pl": {"Odpowiadamy w ciągu 1 dnia roboczego.", "Odpowiadamy w ciągu 2 dni roboczych.", "12 marca 2027 r. (piątek)"},
		"ur": {"ہم 1 کام کے دن میں جواب دیتے ہیں۔", "ہم 2 کام کے دنوں میں جواب دیتے ہیں۔", "جمعہ، 12 مارچ 2027"},
	}
	for _, c := range all {
		one, two := c.Count(1, "We answer within {n} working day.", "We answer within {n} working days."), c.Count(2, "We answer within {n} working day.", "We answer within {n} working days.")
		long := strings.ReplaceAll(c.Long(day), "\u00a0", " ")
		if got := [3]string{one, two, long}; got != want[c.Code] {
			t.Errorf("%s: %q, not %q", c.Code, got, want[c.Code])
		}
	}
	var english *page.Catalogue
	if got := english.Count(1, "{n} day", "{n} days") + english.Count(1200, "{n} day", "{n} days"); got != "1 day1,200 days" {
		t.Errorf("English counts %q", got)
	}
}

func TestTextIsCleanedOfWhatNobodyTypes(t *testing.T) {
	for typed, want := range map[string]string{" a\r\nb\x00 ": "a\nb", "\xff": "\ufffd", "a\u202eb": "ab", "\t": "", "اردو": "اردو"} {
		if got := optout.CleanText(typed); got != want {
			t.Errorf("%q became %q, not %q", typed, got, want)
		}
	}
}
