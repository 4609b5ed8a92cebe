package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// MostLetters is how many letters one list of the compatible surface has, and
// how many one report of it should name.
const MostLetters = 2500

// Letter is one letter on the surface that is compatible with NHS Notify.
type Letter struct {
	ID            string
	Specification string // what it is printed on
	Group         string // the batch it belongs to
	Status        string // PENDING, ACCEPTED, … DISPATCHED
	ReasonCode    string
	ReasonText    string
}

// letterJSON is a letter as JSON:API has it.
type letterJSON struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Attributes struct {
		Specification string `json:"specificationId,omitempty"`
		Group         string `json:"groupId,omitempty"`
		Status        string `json:"status"`
		ReasonCode    string `json:"reasonCode,omitempty"`
		ReasonText    string `json:"reasonText,omitempty"`
	} `json:"attributes"`
}

func (l Letter) json() (j letterJSON) {
	j.ID, j.Type = l.ID, "Letter"
	j.Attributes.Status, j.Attributes.ReasonCode, j.Attributes.ReasonText = l.Status, l.ReasonCode, l.ReasonText
	return j
}

func (j letterJSON) letter() Letter {
	a := j.Attributes
	return Letter{ID: j.ID, Specification: a.Specification, Group: a.Group, Status: a.Status, ReasonCode: a.ReasonCode, ReasonText: a.ReasonText}
}

// Letters takes the head of the queue: at most so many letters, which are
// yours for five minutes and come again if you accept them not until then.
func (c *Client) Letters(ctx context.Context, limit int) ([]Letter, error) {
	var said struct {
		Data []letterJSON `json:"data"`
	}
	if err := c.supply(ctx, http.MethodGet, "/letters?limit="+strconv.Itoa(limit), nil, &said); err != nil {
		return nil, err
	}
	list := make([]Letter, len(said.Data))
	for i, j := range said.Data {
		list[i] = j.letter()
	}
	return list, nil
}

// Letter reads where one letter is.
func (c *Client) Letter(ctx context.Context, id string) (Letter, error) {
	var said struct {
		Data letterJSON `json:"data"`
	}
	err := c.supply(ctx, http.MethodGet, "/letters/"+url.PathEscape(id), nil, &said)
	return said.Data.letter(), err
}

// Update reports one letter, and says where it is then.
func (c *Client) Update(ctx context.Context, l Letter) (Letter, error) {
	var said struct {
		Data letterJSON `json:"data"`
	}
	err := c.supply(ctx, http.MethodPatch, "/letters/"+url.PathEscape(l.ID), map[string]any{"data": l.json()}, &said)
	return said.Data.letter(), err
}

// UpdateAll reports many letters. What became of each is read with Letter.
func (c *Client) UpdateAll(ctx context.Context, list []Letter) error {
	for len(list) > 0 {
		part := list[:min(len(list), MostLetters)]
		list = list[len(part):]
		data := make([]letterJSON, len(part))
		for i, l := range part {
			data[i] = l.json()
		}
		if err := c.supply(ctx, http.MethodPost, "/letters", map[string]any{"data": data}, nil); err != nil {
			return err
		}
	}
	return nil
}

// LetterPDF fetches one letter. The answer names an address that lives for a
// minute and needs no key, so the key is not sent to it.
func (c *Client) LetterPDF(ctx context.Context, id string) ([]byte, error) {
	at, err := c.insist(ctx, c.outgoing(http.MethodGet, "/letters/"+url.PathEscape(id)+"/data", nil))
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(c.root)
	if err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	link, err := base.Parse(string(at))
	if err != nil || len(at) == 0 {
		return nil, fmt.Errorf("the answer for letter %s names no address", id)
	}
	pdf, err := c.insist(ctx, outgoing{method: http.MethodGet, url: link.String(), open: true, headers: http.Header{"Accept": {"application/pdf"}}})
	if err == nil && !strings.HasPrefix(string(pdf[:min(5, len(pdf))]), "%PDF-") {
		err = fmt.Errorf("what came for letter %s is no PDF", id)
	}
	return pdf, err
}

func (c *Client) outgoing(method, path string, body []byte) outgoing {
	raw := make([]byte, 16)
	rand.Read(raw) // never fails
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	headers := http.Header{"Accept": {"application/vnd.api+json"}}
	headers.Set("X-Request-ID", fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]))
	if body != nil {
		headers.Set("Content-Type", "application/vnd.api+json")
	}
	return outgoing{method: method, url: c.root + "/nhs-notify-supplier" + path, headers: headers, body: body}
}

// supply asks the compatible surface. Every report may be sent again: one that
// was taken is then already so.
func (c *Client) supply(ctx context.Context, method, path string, asked, into any) error {
	var body []byte
	if asked != nil {
		var err error
		if body, err = json.Marshal(asked); err != nil {
			return fmt.Errorf("write request: %w", err)
		}
	}
	text, err := c.insist(ctx, c.outgoing(method, path, body))
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("the answer to %s %s is not what the contract describes: %w", method, path, err)
	}
	return nil
}
