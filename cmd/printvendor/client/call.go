package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const mostAnswer = 256 << 20 // a manifest of a million pieces

// call sends a request until it is answered and reads the answer, if into is
// given. A POST has one Idempotency-Key however often it is sent, so it is
// done once.
func (c *Client) call(ctx context.Context, method, path string, asked, into any) error {
	var body []byte
	if asked != nil {
		var err error
		if body, err = json.Marshal(asked); err != nil {
			return fmt.Errorf("write request: %w", err)
		}
	}
	text, err := c.send(ctx, method, path, body)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the answer to %s %s is not what the API describes: %w", method, path, err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	headers := http.Header{"Accept": {"application/json, application/problem+json"}}
	if method == http.MethodPost {
		headers.Set("Idempotency-Key", newKey())
	}
	if len(body) > 0 {
		headers.Set("Content-Type", "application/json")
	}
	return c.insist(ctx, outgoing{method: method, url: c.base + path, headers: headers, body: body})
}

// outgoing is a request that can be sent again.
type outgoing struct {
	method, url string
	headers     http.Header
	body        []byte
	open        bool // it needs no key, and shows none
}

// insist sends a request until it is answered.
func (c *Client) insist(ctx context.Context, o outgoing) ([]byte, error) {
	for try := 1; ; try++ {
		text, after, err := c.once(ctx, o)
		if err == nil || after < 0 || ctx.Err() != nil {
			return text, err
		}
		if try >= c.opts.Tries {
			return nil, fmt.Errorf("given up after %d tries: %w", try, err)
		}
		if err := c.opts.Wait(ctx, max(after, backoff(try))); err != nil {
			return nil, err
		}
	}
}

// once sends a request one time. On an error it says how long to wait at
// least before the next try, or less than zero when another try is useless.
func (c *Client) once(ctx context.Context, o outgoing) (text []byte, after time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, o.method, o.url, bytes.NewReader(o.body))
	if err != nil {
		return nil, -1, fmt.Errorf("make request: %w", err)
	}
	req.Header = o.headers.Clone()
	req.Header.Set("User-Agent", userAgent)
	if !o.open {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	res, err := c.opts.HTTP.Do(req)
	if err != nil {
		return nil, 0, fmt.Errorf("no answer from %s: %w", req.URL.Host, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusSeeOther {
		return []byte(res.Header.Get("Location")), 0, nil
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		after, err := problem(res)
		return nil, after, err
	}
	text, err = io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	if err != nil {
		return nil, 0, fmt.Errorf("the answer broke off: %w", err)
	}
	return text, 0, nil
}

const userAgent = "printvendor/1"

func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Accept", "application/json, application/problem+json")
	req.Header.Set("User-Agent", userAgent)
	return req, nil
}

// problem reads an answer that is not the wanted one, and says how long to
// wait before the next try: less than zero when that is useless.
func problem(res *http.Response) (after time.Duration, err error) {
	p := &Problem{}
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err == nil {
		var said struct {
			Problem
			Errors []struct{ Detail string } `json:"errors"` // as the compatible surface says it
		}
		_ = json.Unmarshal(text, &said) // a proxy's own page is no problem document; the status says enough
		*p = said.Problem
		if len(said.Errors) > 0 {
			p.Detail = said.Errors[0].Detail
		}
	}
	p.Status = res.StatusCode
	if p.Title == "" {
		p.Title = http.StatusText(res.StatusCode)
	}
	if res.StatusCode < 500 && res.StatusCode != http.StatusTooManyRequests {
		return -1, p
	}
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		seconds = 0
	}
	return time.Duration(min(seconds, 120)) * time.Second, p
}

// backoff doubles from a fifth of a second to ten seconds, less up to half by
// chance, so that many clients do not come back together.
func backoff(try int) time.Duration {
	d := min(10*time.Second, 200*time.Millisecond<<min(try-1, 10))
	return d/2 + rand.N(d/2)
}

// lasting tells whether an error stays however often one tries.
func lasting(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status < 500 && p.Status != http.StatusTooManyRequests
}
