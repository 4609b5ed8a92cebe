package patients_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"duenotice/optout"
	"duenotice/ui/patients"
)

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// try sends a code and a date of birth from a fresh browser.
func (h *house) try(t *testing.T, code, day, month, year string) *person {
	t.Helper()
	p := h.visitor(t)
	p.client.CheckRedirect = noRedirect
	return p.get("/o").send("/o", "code", code, "born[day]", day, "born[month]", month, "born[year]", year)
}

func TestATypingErrorIsToldAtOnceAndCountsAsNoAttempt(t *testing.T) {
	h := build(t)
	wrong := []byte(h.code)
	wrong[3] = map[bool]byte{true: 'B', false: 'A'}[wrong[3] == 'A']
	for _, code := range []string{string(wrong), "", "HELLO", h.code + "A", strings.Repeat("A", 9000), "\x00\x01", "\xff\xfe\xfd", "<script>alert(1)</script>", "ABCD EFGH JKMN PQRU"} {
		p := h.try(t, code, bornDay, bornMonth, bornYear)
		if p.status != 422 || !strings.Contains(p.body, "<title>Error: Your code and date of birth") || !strings.Contains(p.body, `href="#code"`) {
			t.Errorf("%.20q: %d\n%s", code, p.status, p.text())
		}
		if strings.Contains(p.body, "<script>alert") || strings.Contains(p.body, "do not fit together") {
			t.Errorf("%.20q: %s", code, p.text())
		}
	}
	if n := h.count(t, `SELECT count(*) FROM guesses`); n != 0 {
		t.Errorf("%d attempts were counted", n)
	}
}

func TestDatesThatDoNotExistAreTold(t *testing.T) {
	h := build(t)
	for _, d := range [][4]string{
		{"31", "2", "1980", "This day does not exist"}, {"29", "2", "1981", "This day does not exist"}, {"0", "1", "1980", "This day does not exist"},
		{"17", "13", "1961", "This day does not exist"}, {"x", "4", "1961", "The day must be a number"}, {"17", "\x00", "1961", "The month must be a number"},
		{"17", "4", "61", "The year must have four digits"}, {"", "", "", "Enter the date of birth"}, {"1", "1", "2099", "must be in the past"},
		{"1", "1", "1700", "Check the year of birth"}, {strings.Repeat("9", 4000), "4", "1961", "The day must be a number"}, {"\xff", "4", "1961", "The day must be a number"},
	} {
		p := h.try(t, h.code, d[0], d[1], d[2])
		if p.status != 422 || !strings.Contains(p.text(), d[3]) || !strings.Contains(p.body, `href="#born-day"`) {
			t.Errorf("%.10q: %d %s", d, p.status, p.text())
		}
	}
	if n := h.count(t, `SELECT count(*) FROM guesses`); n != 0 {
		t.Errorf("%d attempts were counted", n)
	}
}

func TestEveryWayOfTypingTheCodeIsUnderstood(t *testing.T) {
	h := build(t)
	for _, code := range []string{strings.ToLower(h.code), optout.GroupCode(h.code), strings.ReplaceAll(optout.GroupCode(h.code), " ", "-"), strings.ReplaceAll(h.code, "0", "o"), " " + strings.ReplaceAll(h.code, "1", "l") + " "} {
		if p := h.try(t, code, bornDay, bornMonth, bornYear); p.status != 303 || p.header.Get("Location") != "/decision" {
			t.Errorf("%q: %d %s", code, p.status, p.text())
		}
	}
	if p := h.try(t, h.code, "17", "april", "1961"); p.status != 303 {
		t.Errorf("a month by its name: %d", p.status)
	}
}

var (
	aToken = regexp.MustCompile(`name="_csrf" value="[^"]*"`)
	aValue = regexp.MustCompile(` value="[^"]*"`)
)

func TestAllFailuresLookTheSameToTheByte(t *testing.T) {
	h := build(t)
	var first *person
	compare := func(name string, p *person) {
		t.Helper()
		p.body = aValue.ReplaceAllString(aToken.ReplaceAllString(p.body, ""), "")
		p.header.Del("X-Request-Id")
		p.header.Del("Date")
		if first == nil {
			first = p
			if p.status != 422 || !strings.Contains(p.text(), "do not fit together in our records") {
				t.Fatalf("%d %s", p.status, p.text())
			}
			return
		}
		if p.status != first.status || p.body != first.body {
			t.Errorf("%s: %d, not %d\n%s\n%s", name, p.status, first.status, p.text(), first.text())
		}
		for key := range first.header {
			if strings.Join(p.header[key], "|") != strings.Join(first.header[key], "|") {
				t.Errorf("%s: %s is %v, not %v", name, key, p.header[key], first.header[key])
			}
		}
		if len(p.header) != len(first.header) {
			t.Errorf("%s: %d headers, not %d", name, len(p.header), len(first.header))
		}
	}
	compare("wrong birth", h.try(t, h.code, "18", bornMonth, bornYear))
	compare("unknown code", h.try(t, h.other, bornDay, bornMonth, bornYear))
	for range 12 { // until the network has failed too often
		compare("too many", h.try(t, h.other, bornDay, bornMonth, bornYear))
	}
	if p := h.try(t, h.code, bornDay, bornMonth, bornYear); p.status != 303 {
		t.Errorf("a right proof is held up by others' failures: %d", p.status)
	}
}

func TestAFailureTakesItsTimeAndARightProofDoesNot(t *testing.T) {
	const floor = 300 * time.Millisecond
	h := build(t, func(s *patients.Settings) { s.Floor = floor })
	h.try(t, h.code, bornDay, bornMonth, bornYear) // warm
	for name, attempt := range map[string]func() *person{
		"wrong birth":  func() *person { return h.try(t, h.code, "18", bornMonth, bornYear) },
		"unknown code": func() *person { return h.try(t, h.other, bornDay, bornMonth, bornYear) },
	} {
		if took := elapsed(func() { attempt() }); took < floor || took > floor*3 {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// elapsed measures in real time: a floor is a matter of the wall, not of the product's clock.
func elapsed(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

func TestNobodyComesInWithoutAProof(t *testing.T) {
	h := build(t)
	for _, path := range []string{"/decision", "/question", "/behalf", "/check", "/done", "/receipt.txt", "/status", "/not-me"} {
		p := h.visitor(t)
		p.client.CheckRedirect = noRedirect
		if p.get(path); p.status != 303 && p.status != 302 || p.header.Get("Location") != "/o" {
			t.Errorf("%s: %d to %q", path, p.status, p.header.Get("Location"))
		}
		for _, forged := range []string{"x", "e30", strings.Repeat("A", 200)} {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, h.at+path, nil)
			req.AddCookie(&http.Cookie{Name: "patients-visit", Value: forged})
			if p.take(p.client.Do(req)); p.header.Get("Location") != "/o" {
				t.Errorf("%s with a forged cookie: %d", path, p.status)
			}
		}
	}
}

func TestACookieThatWasChangedOrOutlivedIsNone(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	here, _ := url.Parse(h.at)
	for _, c := range p.client.Jar.Cookies(here) {
		if c.Name != "patients-visit" {
			continue
		}
		if strings.Contains(c.Value, "DN-TEST") || len(c.Value) > 4000 {
			t.Errorf("the cookie is %q", c.Value)
		}
		for _, i := range []int{0, 10, len(c.Value) / 2, len(c.Value) - 4} {
			changed := []byte(c.Value)
			changed[i] = map[bool]byte{true: 'B', false: 'A'}[changed[i] == 'A']
			q := h.visitor(t)
			q.client.Jar.SetCookies(here, []*http.Cookie{{Name: c.Name, Value: string(changed)}})
			q.get("/status").reads("/o")
		}
	}
	h.clock.Advance(29 * time.Minute)
	p.get("/status").reads("/status")
	h.clock.Advance(29 * time.Minute)
	p.get("/status").reads("/status")
	h.clock.Advance(31 * time.Minute)
	p.get("/status").reads("/o", "You were away for a while")
}

func TestAFormFromElsewhereIsRefused(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/question").send("/question", "answer", "no")
	form := p.form("/check")
	for name, change := range map[string]func(*http.Request, url.Values){
		"another site": func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"no token":     func(_ *http.Request, v url.Values) { v.Del("_csrf") },
		"in the address": func(r *http.Request, v url.Values) {
			r.URL.RawQuery = "answer=no"
		},
	} {
		values := url.Values{}
		for k, v := range form {
			values[k] = v
		}
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, h.at+"/check", nil)
		change(req, values)
		body := values.Encode()
		req.Body, req.ContentLength = http.NoBody, 0
		again, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, req.URL.String(), strings.NewReader(body))
		again.Header = req.Header
		again.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if p.take(p.client.Do(again)); p.status != 403 && p.status != 400 {
			t.Errorf("%s: %d", name, p.status)
		}
	}
	if n := h.count(t, `SELECT count(*) FROM answers`); n != 0 {
		t.Errorf("%d answers", n)
	}
}

func TestEveryPageIsPrivateAndHelpStandsOnEach(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.say("no")
	for _, path := range []string{"/", "/o", "/decision", "/question", "/behalf", "/done", "/status", "/not-me", "/lost-code", "/formats", "/not-mine", "/accessibility", "/privacy", "/finished", "/nowhere"} {
		p.get(path)
		if p.status != 200 && path != "/nowhere" || p.path != path {
			t.Errorf("%s: %d at %s", path, p.status, p.path)
		}
		if p.header.Get("Cache-Control") != "no-store" || p.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, p.header)
		}
		if !strings.Contains(p.body, `href="tel:08081570419"`) || strings.Count(p.body, "<h1") != 1 {
			t.Errorf("%s has no help, or not one heading", path)
		}
	}
	for _, path := range []string{"/check"} {
		if p.get(path); p.path != "/done" {
			t.Errorf("%s led to %s", path, p.path)
		}
	}
	p.get("/receipt.txt")
	if !strings.Contains(p.body, "Your answer: no") || !strings.HasPrefix(p.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v\n%s", p.header, p.body)
	}
}

func TestNoLogHoldsACodeOrADateOfBirth(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.say("no")
	h.try(t, h.other, "18", bornMonth, bornYear)
	h.db.Public.Close()
	p.get("/status")
	if p.status != 503 || !strings.Contains(p.text(), "0808 157 0419") {
		t.Errorf("%d %s", p.status, p.text())
	}
	h.try(t, h.code, bornDay, bornMonth, bornYear)
	logs := h.logs.String()
	if !strings.Contains(logs, "request failed") {
		t.Errorf("the lost database is not in the log:\n%s", logs)
	}
	for _, canary := range []string{h.code, h.code[:8], h.other, bornYear, "Farringham", "9990000018"} {
		if strings.Contains(logs, canary) {
			t.Errorf("%s is in the log:\n%s", canary, logs)
		}
	}
}

func TestADatabaseGoneBeforeTheConfirmationIsTold(t *testing.T) {
	h := build(t)
	p := h.visitor(t)
	p.prove()
	p.get("/question").send("/question", "answer", "no")
	h.db.Public.Close()
	p.send("/check")
	if p.status != 503 || !strings.Contains(p.text(), "Nothing was saved") || !strings.Contains(p.text(), "0808 157 0419") {
		t.Errorf("%d %s", p.status, p.text())
	}
}

func TestTheOrderOfTheAnswersIsASetting(t *testing.T) {
	for _, noFirst := range []bool{false, true} {
		h := build(t, func(s *patients.Settings) { s.NoFirst = noFirst })
		p := h.visitor(t)
		p.prove()
		p.get("/question")
		if (strings.Index(p.body, `value="no"`) < strings.Index(p.body, `value="yes"`)) != noFirst {
			t.Errorf("no first: %v", noFirst)
		}
	}
}

func TestTheVisitIsBoundToTheHostWhereHTTPSIsUsed(t *testing.T) {
	h := build(t, func(s *patients.Settings) { s.Secure = true })
	p := h.visitor(t)
	p.client.CheckRedirect = noRedirect
	p.get("/o")
	form := p.form("/o", "code", h.code, "born[day]", bornDay, "born[month]", bornMonth, "born[year]", bornYear)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, h.at+"/o", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Cookie", strings.Split(p.header.Get("Set-Cookie"), ";")[0])
	p.take(http.DefaultTransport.RoundTrip(req))
	cookie := strings.ToLower(p.header.Get("Set-Cookie"))
	if p.status != 303 || !strings.HasPrefix(cookie, "__host-patients-visit=") {
		t.Fatalf("%d %v", p.status, p.header)
	}
	for _, flag := range []string{"; path=/", "; httponly", "; secure", "; samesite=strict"} {
		if !strings.Contains(cookie, flag) {
			t.Errorf("%s is not in %s", flag, cookie)
		}
	}
	if strings.Contains(cookie, "domain=") || strings.Contains(cookie, "expires=") || p.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("%v", p.header)
	}
}
