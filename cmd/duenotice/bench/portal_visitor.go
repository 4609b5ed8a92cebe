package bench

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// journey is how many requests bring an answer from the letter to the ledger:
// the page for the code, code and date of birth, the question, the answer, the
// check, the confirmation.
const journey = 6

// visitor is one browser without JavaScript, with a letter beside it.
type visitor struct {
	Letter
	step    int
	cookies map[string]string
	form    url.Values // the hidden fields of the last page with a form
	due     time.Time  // when to go on; zero is at once
	sent    bool       // the answer has left, and nothing was heard of it yet
}

// met is what a request met with.
type met struct {
	shed, typed, kept bool
	wait              time.Duration
	failure           string
}

// steps are the requests of a journey, in order.
var steps = [journey]struct{ method, path, leads string }{
	{"GET", "/o", ""}, {"POST", "/o", "/decision"}, {"GET", "/question", ""}, {"POST", "/question", "/check"}, {"GET", "/check", ""}, {"POST", "/check", "/done"},
}

func hostClient(base string) (*fasthttp.HostClient, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("read the address of the service: %w", err)
	}
	return &fasthttp.HostClient{Addr: u.Host, MaxConns: 2 * hands, ReadTimeout: time.Minute, WriteTimeout: time.Minute, MaxIdleConnDuration: time.Minute,
		RetryIf: func(*fasthttp.Request) bool { return false }}, nil
}

func (v *visitor) typed() url.Values {
	switch v.step {
	case 1:
		return url.Values{"code": {v.Code}, "born[day]": {strconv.Itoa(v.Born[0])}, "born[month]": {strconv.Itoa(v.Born[1])}, "born[year]": {strconv.Itoa(v.Born[2])}}
	case 3:
		return url.Values{"answer": {"no"}}
	}
	return url.Values{}
}

// request does the visitor's present step and, when it succeeds, goes on to the next.
func (v *visitor) request(client *fasthttp.HostClient) met {
	s := steps[v.step]
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI("http://" + client.Addr + s.path)
	req.Header.SetMethod(s.method)
	req.Header.Set("Accept", "text/html")
	for name, value := range v.cookies {
		req.Header.SetCookie(name, value)
	}
	typed := v.typed()
	if s.method == "POST" {
		values := url.Values{}
		for _, from := range []url.Values{v.form, typed} {
			for name, list := range from {
				values[name] = list
			}
		}
		req.Header.SetContentType("application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.SetBodyString(values.Encode())
		v.sent = v.sent || v.step == journey-1
	}
	if err := client.Do(req, resp); err != nil {
		return met{failure: fmt.Sprintf("%s %s: %v", s.method, s.path, err)}
	}
	v.takeCookies(resp)
	switch status := resp.StatusCode(); {
	case status == fasthttp.StatusOK && s.leads == "":
		v.form = hidden(resp.Body())
	case status == fasthttp.StatusSeeOther && strings.HasSuffix(string(resp.Header.Peek("Location")), s.leads) && s.leads != "":
		v.sent = false
	case status == fasthttp.StatusServiceUnavailable && len(resp.Header.Peek("Retry-After")) > 0 && bytes.Contains(resp.Body(), []byte("</html>")):
		seconds, _ := strconv.Atoi(string(resp.Header.Peek("Retry-After")))
		v.sent = false // nothing was taken
		return met{shed: true, typed: len(typed) > 0, kept: keeps(resp.Body(), typed), wait: time.Duration(max(seconds, 1)) * time.Second}
	default:
		return met{failure: fmt.Sprintf("%s %s: %d to %q", s.method, s.path, status, resp.Header.Peek("Location"))}
	}
	v.step++
	return met{}
}

func (v *visitor) takeCookies(resp *fasthttp.Response) {
	for _, line := range resp.Header.PeekAll("Set-Cookie") {
		var c fasthttp.Cookie
		if c.ParseBytes(line) != nil {
			continue
		}
		if len(c.Value()) == 0 {
			delete(v.cookies, string(c.Key()))
			continue
		}
		v.cookies[string(c.Key())] = string(c.Value())
	}
}

// hidden reads the hidden fields of a page.
func hidden(page []byte) url.Values {
	values := url.Values{}
	for {
		_, rest, found := bytes.Cut(page, []byte(`<input type="hidden" name="`))
		if !found {
			return values
		}
		name, rest, _ := bytes.Cut(rest, []byte(`"`))
		_, rest, _ = bytes.Cut(rest, []byte(`value="`))
		value, rest, _ := bytes.Cut(rest, []byte(`"`))
		values.Set(html.UnescapeString(string(name)), html.UnescapeString(string(value)))
		page = rest
	}
}

// keeps tells whether a page asks to wait and still holds all that was typed.
func keeps(page []byte, typed url.Values) bool {
	held := hidden(page)
	for name, list := range typed {
		if held.Get(name) != list[0] {
			return false
		}
	}
	return true
}
