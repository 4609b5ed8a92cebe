package house

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Visitor is somebody at the public service, as a browser without JavaScript
// is: it opens pages and sends their forms, hidden fields included.
type Visitor struct {
	base   string
	client *http.Client
	page   *html.Node
	at     *url.URL
}

// NewVisitor prepares a visit to the patients' listener at base. Visitors may
// share a transport, or have nil for the usual one.
func NewVisitor(base string, transport http.RoundTripper) *Visitor {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &Visitor{base: base, client: &http.Client{Jar: jar, Transport: transport}}
}

// Answer goes the whole way with a letter in hand: code and date of birth, the
// question, the check, and the confirmation, whose page it returns as text.
// An answer that is not taken is a fault with what the page said was wrong.
func (v *Visitor) Answer(ctx context.Context, code string, born calendar.Date, says string) (string, error) {
	if err := v.Prove(ctx, code, born); err != nil {
		return "", err
	}
	if err := v.Open(ctx, "/question"); err != nil {
		return "", err
	}
	if err := v.Send(ctx, "/question", url.Values{"answer": {says}}); err != nil {
		return "", err
	}
	if err := v.Send(ctx, "/check", nil); err != nil {
		return "", err
	}
	if v.at.Path != "/done" {
		return "", fault.New(fault.Refused, "The answer was not taken: %s", v.problem())
	}
	return text(v.page), nil
}

// Prove enters the code and the date of birth.
func (v *Visitor) Prove(ctx context.Context, code string, born calendar.Date) error {
	if err := v.Open(ctx, "/o"); err != nil {
		return err
	}
	y, m, d := born.Civil()
	err := v.Send(ctx, "/o", url.Values{"code": {code}, "born[day]": {strconv.Itoa(d)}, "born[month]": {strconv.Itoa(int(m))}, "born[year]": {strconv.Itoa(y)}})
	if err == nil && v.at.Path != "/decision" {
		err = fault.New(fault.Unauthenticated, "The proof was not taken: %s", v.problem())
	}
	return err
}

// Open opens a page.
func (v *Visitor) Open(ctx context.Context, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return err
	}
	return v.take(req)
}

// Send sends the form of the present page that goes to a path.
func (v *Visitor) Send(ctx context.Context, path string, typed url.Values) error {
	values, err := v.form(path)
	if err != nil {
		return err
	}
	for name, list := range typed {
		values[name] = list
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.base+path, strings.NewReader(values.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Origin", v.base)
	return v.take(req)
}

func (v *Visitor) take(req *http.Request) error {
	resp, err := v.client.Do(req)
	if err != nil {
		return fmt.Errorf("visit %s: %w", req.URL.Path, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return fmt.Errorf("visit %s: %w", req.URL.Path, err)
	}
	if v.page, err = html.Parse(bytes.NewReader(body)); err != nil {
		return fmt.Errorf("read the page %s: %w", req.URL.Path, err)
	}
	v.at = resp.Request.URL
	if resp.StatusCode >= 500 {
		return fmt.Errorf("visit %s: the service answered %d", req.URL.Path, resp.StatusCode)
	}
	return nil
}

// form is the hidden fields of the form that goes to a path.
func (v *Visitor) form(path string) (url.Values, error) {
	form := find(v.page, func(n *html.Node) bool { return n.Data == "form" && attribute(n, "action") == path })
	if form == nil {
		return nil, fault.New(fault.Refused, "The page %s has no form that goes to %s.", v.at.Path, path)
	}
	values := url.Values{}
	for n := range form.Descendants() {
		if n.Data == "input" && attribute(n, "type") == "hidden" {
			values.Set(attribute(n, "name"), attribute(n, "value"))
		}
	}
	return values, nil
}

// problem is what the page says is wrong.
func (v *Visitor) problem() string {
	summary := find(v.page, func(n *html.Node) bool { return strings.Contains(attribute(n, "class"), "nhsuk-error-summary") })
	if summary == nil {
		summary = find(v.page, func(n *html.Node) bool { return n.Data == "h1" })
	}
	return text(summary)
}

func find(root *html.Node, fits func(*html.Node) bool) *html.Node {
	if root == nil {
		return nil
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && fits(n) {
			return n
		}
	}
	return nil
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what a node shows, with single spaces.
func text(root *html.Node) string {
	if root == nil {
		return ""
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			b.WriteString(n.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
