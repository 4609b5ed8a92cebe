// Package client talks to Due Notice's batch API as a print vendor does: it pulls batches, verifies them and reports what became of each piece.
//
// It is meant to be read by those who write their own. Everything that
// matters is in three habits: a file is taken for whole only when its
// checksum says so, a request that was not answered is repeated with the
// same Idempotency-Key, and a name that was used is never used again.
package client

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options are what may differ from one vendor to another; the zero value will do.
type Options struct {
	HTTP      *http.Client                               // nil: one made for this, with a limit on silence
	Tries     int                                        // how often a request is sent before giving up; 0 means 6
	Wait      func(context.Context, time.Duration) error // between tries; nil: really wait
	Silence   time.Duration                              // a pull that brings nothing for so long is begun again; 0 means a minute
	PlainHTTP bool                                       // allow http to other machines, which shows them the key
}

// Client is a vendor's connection. It is safe for concurrent use.
type Client struct {
	base string // of the batch API
	root string // of the listener
	key  string
	opts Options
}

// New prepares a connection to the vendors' listener at baseURL.
func New(baseURL, key string, o Options) (*Client, error) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not the address of a vendors' listener: it looks like https://letters.example.nhs.uk", baseURL)
	}
	if u.Scheme == "http" && !o.PlainHTTP && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("%s is not reached by https: your key would cross the network in the open", u.Host)
	}
	if strings.TrimSpace(key) != key || key == "" {
		return nil, errors.New("there is no key, or it has spaces around it")
	}
	if o.HTTP == nil {
		o.HTTP = newHTTP()
	}
	if o.Tries <= 0 {
		o.Tries = 6
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Silence <= 0 {
		o.Silence = time.Minute
	}
	root := strings.TrimSuffix(baseURL, "/")
	return &Client{base: root + "/vendor/v1", root: root, key: key, opts: o}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func newHTTP() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DisableCompression:    true, // ranges count the bytes of the file itself
			ResponseHeaderTimeout: 2 * time.Minute,
			TLSHandshakeTimeout:   20 * time.Second,
			MaxIdleConnsPerHost:   8,
			IdleConnTimeout:       time.Minute,
		},
		// The key goes to the host it was given for, and to no other.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// newKey is an Idempotency-Key: random, so that no two requests share one.
func newKey() string {
	raw := make([]byte, 16)
	rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}

// Problem is an answer that says no. Detail is a sentence that helps.
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Field  string `json:"field,omitempty"`
}

// Error returns the sentence.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return fmt.Sprintf("the answer was %d %s", p.Status, p.Title)
	}
	return p.Detail
}

// Refused tells whether err says that the other side understood and will not
// do it now: repeating it in a moment changes nothing.
func Refused(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == http.StatusConflict
}
