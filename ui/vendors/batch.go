package vendors

import (
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
)

const mostBatches = 200 // of one page of the list

// batchJSON is a batch as its vendor sees it.
type batchJSON struct {
	Batch          string        `json:"batch"`
	Campaign       string        `json:"campaign"`
	State          string        `json:"state"`
	Pack           string        `json:"pack"`
	Language       string        `json:"language"`
	Format         string        `json:"format"`
	Postage        string        `json:"postage"`
	PlannedPostOn  calendar.Date `json:"planned_post_on"`
	DueAt          time.Time     `json:"due_at"`
	Pieces         int           `json:"pieces"`
	Pages          int           `json:"pages"`
	Sheets         int           `json:"sheets"`
	Counts         []countJSON   `json:"counts" doc:"How many pieces have how many sheets; all go by one postage."`
	Priority       string        `json:"priority" oneof:"ordinary,replacement,overdue" doc:"Overdue ones first: they should be pulled by now. Replacements are for people whose earlier letter failed, and whose time has not begun."`
	PDF            pdfJSON       `json:"pdf"`
	ManifestSHA256 string        `json:"manifest_sha256"`
	SealedAt       time.Time     `json:"sealed_at"`
	LeaseUntil     time.Time     `json:"lease_until,omitzero"`
	PulledAt       time.Time     `json:"pulled_at,omitzero"`
	AcceptedAt     time.Time     `json:"accepted_at,omitzero"`
	RejectedAt     time.Time     `json:"rejected_at,omitzero"`
	RejectReason   string        `json:"reject_reason,omitempty"`
	PostedAt       time.Time     `json:"posted_at,omitzero"`
}

type pdfJSON struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Path   string `json:"path"`
}

type countJSON struct {
	Postage string `json:"postage"`
	Sheets  int    `json:"sheets"`
	Pieces  int    `json:"pieces"`
}

// batchesOf shows batches with what their pieces are counted by.
func (d *desk) batchesOf(c *fiber.Ctx, list ...letters.Batch) ([]batchJSON, error) {
	counts, err := d.mailroom.SheetCounts(c.UserContext(), vendorOf(c), list)
	if err != nil {
		return nil, err
	}
	said := make([]batchJSON, len(list))
	for i, b := range list {
		said[i] = batchOf(b, d.mailroom.Clock())
		said[i].Counts = make([]countJSON, len(counts[b.ID]))
		for j, n := range counts[b.ID] {
			said[i].Counts[j] = countJSON{b.Postage, n.Sheets, n.Pieces}
		}
	}
	return said, nil
}

// oneOf is batchesOf for one.
func (d *desk) oneOf(c *fiber.Ctx, b letters.Batch) (batchJSON, error) {
	list, err := d.batchesOf(c, b)
	if err != nil {
		return batchJSON{}, err
	}
	return list[0], nil
}

func priorityOf(b letters.Batch, now time.Time) string {
	switch {
	case b.State == letters.Sealed && now.After(b.DueAt):
		return "overdue"
	case b.Wave == 0:
		return "replacement"
	}
	return "ordinary"
}

func batchOf(b letters.Batch, now time.Time) batchJSON {
	return batchJSON{
		Priority: priorityOf(b, now),
		Batch:    b.Code, Campaign: b.CampaignCode, State: b.State, Pack: b.Pack, Language: b.Language, Format: b.Format, Postage: b.Postage,
		PlannedPostOn: b.PlannedPostOn, DueAt: b.DueAt.UTC(), Pieces: b.Pieces, Pages: b.Pages, Sheets: b.Sheets,
		PDF:            pdfJSON{Bytes: b.PDFBytes, SHA256: hex.EncodeToString(b.PDFSHA256), Path: prefix + "/batches/" + b.Code + "/pdf"},
		ManifestSHA256: hex.EncodeToString(b.ManifestSHA256),
		SealedAt:       utc(b.SealedAt), LeaseUntil: utc(b.LeaseUntil), PulledAt: utc(b.PulledAt), AcceptedAt: utc(b.AcceptedAt),
		RejectedAt: utc(b.RejectedAt), RejectReason: b.RejectReason, PostedAt: utc(b.PostedAt),
	}
}

// utc leaves the zero time zero.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

type pageJSON struct {
	Batches []batchJSON `json:"batches"`
	Next    string      `json:"next,omitempty"` // the after of the next page; absent on the last
}

var batchStates = []string{letters.Sealed, letters.Accepted, letters.RejectedWhole, letters.PostedWhole}

func (d *desk) batches(c *fiber.Ctx) (pageJSON, error) {
	said := pageJSON{Batches: []batchJSON{}}
	f := letters.BatchFilter{State: c.Query("state")}
	if f.State != "" && !slices.Contains(batchStates, f.State) {
		return said, wrong("state", "The state is one of %s.", strings.Join(batchStates, ", "))
	}
	limit, err := limitOf(c, mostBatches)
	if err != nil {
		return said, err
	}
	if after := c.Query("after"); after != "" {
		last, err := d.named(c, after)
		if err != nil {
			return said, err
		}
		f.After = last.ID
	}
	f.Limit = limit + 1
	list, err := d.mailroom.Batches(c.UserContext(), vendorOf(c), f)
	if err != nil {
		return said, err
	}
	if len(list) > limit {
		list = list[:limit]
		said.Next = list[limit-1].Code
		next(c, "/batches", said.Next)
	}
	said.Batches, err = d.batchesOf(c, list...)
	return said, err
}

// limitOf is how many lines of a list are asked for.
func limitOf(c *fiber.Ctx, most int) (int, error) {
	limit, err := strconv.Atoi(c.Query("limit", "100"))
	if err != nil || limit < 1 || limit > most {
		return 0, wrong("limit", "The limit is a number from 1 to %d.", most)
	}
	return limit, nil
}

// next names the following page of a list in the header Link.
func next(c *fiber.Ctx, path, after string) {
	q := url.Values{}
	for k, v := range c.Queries() {
		q.Set(k, v)
	}
	q.Set("after", after)
	c.Set(fiber.HeaderLink, "<"+prefix+path+"?"+q.Encode()+`>; rel="next"`)
}

func itoa(n int) string { return strconv.Itoa(n) }

// named finds one of the vendor's batches. What cannot be a code is as absent
// as another's.
func (d *desk) named(c *fiber.Ctx, code string) (letters.Batch, error) {
	if !isCode(code) {
		return letters.Batch{}, fault.New(fault.NotFound, "There is no such batch.")
	}
	return d.mailroom.Batch(c.UserContext(), vendorOf(c), code)
}

func isCode(s string) bool {
	return s != "" && len(s) <= 60 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

func (d *desk) batch(c *fiber.Ctx) (batchJSON, error) {
	b, err := d.named(c, c.Params("code"))
	if err != nil {
		return batchJSON{}, err
	}
	return d.oneOf(c, b)
}

type nothing struct{}

type lease struct {
	Worker string `json:"worker" doc:"Which of your workers asks, in at most 60 letters; one without a name is one worker too."`
}

// leaseJSON answers a lease.
type leaseJSON struct {
	Batch string    `json:"batch"`
	Until time.Time `json:"lease_until"`
}

func (d *desk) lease(c *fiber.Ctx, asked lease) (leaseJSON, error) {
	if asked.Worker != "" && !plain(asked.Worker, 60) {
		return leaseJSON{}, wrong("worker", "A worker's name has at most 60 letters, digits and signs, and no spaces.")
	}
	b, err := d.named(c, c.Params("code"))
	if err != nil {
		return leaseJSON{}, err
	}
	until, err := d.mailroom.Lease(c.UserContext(), vendorOf(c), b.Code, asked.Worker)
	return leaseJSON{b.Code, utc(until)}, err
}

func (d *desk) accept(c *fiber.Ctx, _ nothing) (batchJSON, error) {
	return d.change(c, func(code string) error { return d.mailroom.Accept(c.UserContext(), vendorOf(c), code) })
}

type rejection struct {
	Reason string `json:"reason"`
}

func (d *desk) reject(c *fiber.Ctx, asked rejection) (batchJSON, error) {
	if err := worded(asked.Reason); err != nil {
		return batchJSON{}, err
	}
	return d.change(c, func(code string) error { return d.mailroom.Reject(c.UserContext(), vendorOf(c), code, asked.Reason) })
}

// change does something to a batch and answers with what it is now.
func (d *desk) change(c *fiber.Ctx, do func(code string) error) (batchJSON, error) {
	b, err := d.named(c, c.Params("code"))
	if err != nil {
		return batchJSON{}, err
	}
	if err := do(b.Code); err != nil {
		return batchJSON{}, err
	}
	if b, err = d.named(c, b.Code); err != nil {
		return batchJSON{}, err
	}
	return d.oneOf(c, b)
}

// worded asks for a reason in words that can be kept.
func worded(reason string) error {
	if strings.TrimSpace(reason) == "" || len(reason) > 500 {
		return wrong("reason", "Say the reason in at most 500 characters.")
	}
	return nil
}

type dispatch struct {
	PostedOn day      `json:"posted_on" doc:"The day on which the post took it; today, if none."`
	Docket   string   `json:"docket" doc:"The post's own reference."`
	Except   []string `json:"except" doc:"References of pieces that stayed behind."`
}

// outcomeJSON sums up what became of a report on many pieces.
type outcomeJSON struct {
	Batch   string            `json:"batch"`
	Applied int               `json:"applied"`
	Already int               `json:"already"`
	Refused []letters.Verdict `json:"refused"`
}

func outcomeOf(batch string, o letters.Outcome) outcomeJSON {
	if o.Refused == nil {
		o.Refused = []letters.Verdict{}
	}
	return outcomeJSON{batch, o.Applied, o.Already, o.Refused}
}

func (d *desk) dispatch(c *fiber.Ctx, asked dispatch) (outcomeJSON, error) {
	if len(asked.Docket) > 100 {
		return outcomeJSON{}, wrong("docket", "The docket is the post's reference, of at most 100 characters.")
	}
	if len(asked.Except) > mostPieces {
		return outcomeJSON{}, wrong("except", "Name at most 10,000 pieces that stayed behind; these are %d.", len(asked.Except))
	}
	b, err := d.named(c, c.Params("code"))
	if err != nil {
		return outcomeJSON{}, err
	}
	o, err := d.mailroom.Dispatch(c.UserContext(), vendorOf(c), b.Code,
		letters.Dispatch{PostedOn: asked.PostedOn.Date, Docket: asked.Docket, Except: asked.Except})
	return outcomeOf(b.Code, o), err
}
