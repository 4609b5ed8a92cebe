package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"duenotice/campaigns/calendar"
)

// MostPieces is how many pieces one report may name; longer lists are sent in parts.
const MostPieces = 10_000

// The states of a batch as its vendor sees it.
const (
	Sealed   = "sealed"
	Accepted = "accepted"
	Rejected = "rejected"
	Posted   = "posted"
)

// Batch is letters printed as one file. Sealed, it never changes.
type Batch struct {
	Batch         string        `json:"batch"`
	Campaign      string        `json:"campaign"`
	State         string        `json:"state"`
	Pack          string        `json:"pack"`
	Language      string        `json:"language"`
	Format        string        `json:"format"`
	Postage       string        `json:"postage"`
	PlannedPostOn calendar.Date `json:"planned_post_on"`
	DueAt         time.Time     `json:"due_at"`
	Pieces        int           `json:"pieces"`
	Pages         int           `json:"pages"`
	Sheets        int           `json:"sheets"`
	PDF           struct {
		Bytes  int64  `json:"bytes"`
		SHA256 string `json:"sha256"`
	} `json:"pdf"`
	ManifestSHA256 string    `json:"manifest_sha256"`
	LeaseUntil     time.Time `json:"lease_until,omitzero"`
	PulledAt       time.Time `json:"pulled_at,omitzero"`
	AcceptedAt     time.Time `json:"accepted_at,omitzero"`
	RejectedAt     time.Time `json:"rejected_at,omitzero"`
	RejectReason   string    `json:"reject_reason,omitempty"`
	PostedAt       time.Time `json:"posted_at,omitzero"`
}

// Verdict is the answer to a report on one piece: applied, already or
// refused, with the reason.
type Verdict struct {
	Reference string `json:"reference"`
	Verdict   string `json:"verdict"`
	Reason    string `json:"reason,omitempty"`
}

// Outcome is the answer to a report on many pieces. Verdicts has one for each
// reported piece, or where a whole batch was reported one for each refused.
type Outcome struct {
	Applied  int       `json:"applied"`
	Already  int       `json:"already"`
	Refused  int       `json:"refused"`
	Verdicts []Verdict `json:"verdicts,omitempty"`
}

// Recall is a piece that must not be posted.
type Recall struct {
	ID        int64     `json:"id"`
	Reference string    `json:"reference"`
	Batch     string    `json:"batch"`
	Sequence  int       `json:"sequence"`
	Reason    string    `json:"reason"`
	AskedAt   time.Time `json:"asked_at"`
}

// Piece reports one piece. Status is printed, enclosed, posted, returned,
// spoiled, failed, forwarded or delivered; At none means today.
type Piece struct {
	Reference string
	Status    string
	At        calendar.Date
	Reason    string
}

// Range is some pieces of a batch by their sequence, both ends included.
type Range struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// List lists the batches in a state, or all with "", oldest first.
func (c *Client) List(ctx context.Context, state string) ([]Batch, error) {
	var all []Batch
	for after := ""; ; {
		q := url.Values{"limit": {"200"}}
		if state != "" {
			q.Set("state", state)
		}
		if after != "" {
			q.Set("after", after)
		}
		var page struct {
			Batches []Batch `json:"batches"`
			Next    string  `json:"next"`
		}
		if err := c.call(ctx, http.MethodGet, "/batches?"+q.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Batches...)
		if page.Next == "" || page.Next == after {
			return all, nil
		}
		after = page.Next
	}
}

// Batch reads one batch.
func (c *Client) Batch(ctx context.Context, code string) (b Batch, err error) {
	return b, c.call(ctx, http.MethodGet, path(code, ""), nil, &b)
}

func path(code, what string) string { return "/batches/" + url.PathEscape(code) + what }

// Lease keeps a batch for one of your workers until the moment it returns; for
// a vendor with one worker its name is "".
func (c *Client) Lease(ctx context.Context, code, worker string) (until time.Time, err error) {
	var said struct {
		Until time.Time `json:"lease_until"`
	}
	asked := struct {
		Worker string `json:"worker,omitempty"`
	}{worker}
	err = c.call(ctx, http.MethodPost, path(code, "/lease"), asked, &said)
	return said.Until, err
}

// Accept promises to print a batch.
func (c *Client) Accept(ctx context.Context, code string) (b Batch, err error) {
	return b, c.call(ctx, http.MethodPost, path(code, "/accept"), nil, &b)
}

// Reject gives a batch back, with the reason.
func (c *Client) Reject(ctx context.Context, code, reason string) (b Batch, err error) {
	return b, c.call(ctx, http.MethodPost, path(code, "/reject"), map[string]string{"reason": reason}, &b)
}

// Dispatch reports a batch as posted on a date, all but the references in except.
func (c *Client) Dispatch(ctx context.Context, code string, on calendar.Date, docket string, except []string) (Outcome, error) {
	asked := struct {
		PostedOn calendar.Date `json:"posted_on"`
		Docket   string        `json:"docket,omitempty"`
		Except   []string      `json:"except,omitempty"`
	}{on, docket, except}
	return c.whole(ctx, path(code, "/dispatch"), asked)
}

// Suspect says that pieces of a batch may be in wrong envelopes, or printed
// wrong; no range means the whole batch. In doubt, say it.
func (c *Client) Suspect(ctx context.Context, code string, ranges []Range, reason string) (Outcome, error) {
	asked := struct {
		Batch  string  `json:"batch"`
		Ranges []Range `json:"ranges,omitempty"`
		Reason string  `json:"reason"`
	}{code, ranges, reason}
	return c.whole(ctx, "/pieces/suspect", asked)
}

func (c *Client) whole(ctx context.Context, path string, asked any) (Outcome, error) {
	var said struct {
		Applied int       `json:"applied"`
		Already int       `json:"already"`
		Refused []Verdict `json:"refused"`
	}
	err := c.call(ctx, http.MethodPost, path, asked, &said)
	return Outcome{said.Applied, said.Already, len(said.Refused), said.Refused}, err
}

// Status reports pieces one by one. An error after some parts of a long list
// leaves their outcome in what is returned.
func (c *Client) Status(ctx context.Context, pieces []Piece) (Outcome, error) {
	return c.pieces(ctx, "/pieces/status", pieces, func(p Piece) any {
		return struct {
			Reference string        `json:"reference"`
			Status    string        `json:"status"`
			At        calendar.Date `json:"at"`
			Reason    string        `json:"reason,omitempty"`
		}{p.Reference, p.Status, p.At, p.Reason}
	})
}

// Returned reports pieces that came back; each needs a reason, R01 to R10.
func (c *Client) Returned(ctx context.Context, pieces []Piece) (Outcome, error) {
	return c.pieces(ctx, "/pieces/returned", pieces, happened)
}

// Spoiled reports pieces that were ruined; each is made anew.
func (c *Client) Spoiled(ctx context.Context, pieces []Piece) (Outcome, error) {
	return c.pieces(ctx, "/pieces/spoiled", pieces, happened)
}

func happened(p Piece) any {
	return struct {
		Reference string        `json:"reference"`
		On        calendar.Date `json:"on"`
		Reason    string        `json:"reason,omitempty"`
	}{p.Reference, p.At, p.Reason}
}

func (c *Client) pieces(ctx context.Context, path string, pieces []Piece, as func(Piece) any) (Outcome, error) {
	var sum Outcome
	for len(pieces) > 0 {
		part := pieces[:min(len(pieces), MostPieces)]
		pieces = pieces[len(part):]
		asked := struct {
			Pieces []any `json:"pieces"`
		}{make([]any, len(part))}
		for i, p := range part {
			asked.Pieces[i] = as(p)
		}
		var said struct {
			Verdicts []Verdict `json:"verdicts"`
			Applied  int       `json:"applied"`
			Already  int       `json:"already"`
			Refused  int       `json:"refused"`
		}
		if err := c.call(ctx, http.MethodPost, path, asked, &said); err != nil {
			return sum, err
		}
		sum.Applied += said.Applied
		sum.Already += said.Already
		sum.Refused += said.Refused
		sum.Verdicts = append(sum.Verdicts, said.Verdicts...)
	}
	return sum, nil
}

// Recalls lists the pieces that must not be posted and wait for an answer.
func (c *Client) Recalls(ctx context.Context) ([]Recall, error) {
	var all []Recall
	for after := ""; ; {
		var said struct {
			Recalls []Recall `json:"recalls"`
			Next    string   `json:"next"`
		}
		if err := c.call(ctx, http.MethodGet, "/recalls?limit=1000&after="+url.QueryEscape(after), nil, &said); err != nil {
			return nil, err
		}
		if all = append(all, said.Recalls...); said.Next == "" || said.Next == after {
			return all, nil
		}
		after = said.Next
	}
}

// AnswerRecall says that a piece was taken out, or that it was too late.
func (c *Client) AnswerRecall(ctx context.Context, id int64, done bool) error {
	answer := "/too-late"
	if done {
		answer = "/done"
	}
	return c.call(ctx, http.MethodPost, "/recalls/"+strconv.FormatInt(id, 10)+answer, nil, nil)
}
