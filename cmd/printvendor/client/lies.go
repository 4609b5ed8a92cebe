package client

import (
	"context"
	"fmt"
	"os"
	"slices"

	"duenotice/campaigns/calendar"
	"duenotice/letters/exchange"
)

// Claim is what a lie says that cannot be, by the liar's own knowledge: the
// books of the other side should show each, and nothing else.
type Claim struct {
	Batch     string `json:"batch"`
	Reference string `json:"reference,omitempty"` // none: the batch as a whole
	Said      string `json:"said"`
}

// lie tells one untruth and writes down how it was answered.
func (d *day) lie(batch, what string, told Outcome, err error, claims ...Claim) {
	answer := fmt.Sprintf("%d applied, %d already so, %d refused", told.Applied, told.Already, told.Refused)
	if err != nil {
		answer = "refused: " + err.Error()
	} else if told.Refused > 0 {
		for _, v := range told.Verdicts {
			if v.Verdict == "refused" {
				answer += ": " + v.Reason
				break
			}
		}
	}
	d.done.Lies = append(d.done.Lies, Lie{What: what, Batch: batch, Answer: answer, Claims: claims})
	d.say("An untruth: %s. Its answer: %s", what, answer)
}

// claimUnaccepted reports a batch as posted that was never accepted.
func (d *day) claimUnaccepted(ctx context.Context, batch string) {
	told, err := d.Dispatch(ctx, batch, d.today, "", nil)
	d.lie(batch, "posted without being accepted", told, err, Claim{batch, "", "posted"})
}

// cheat takes a batch and reports it as posted without ever having fetched it,
// if chance will have it so.
func (d *day) cheat(ctx context.Context, b Batch) (bool, error) {
	if !d.Misbehave || d.luck("never fetched", b.Batch, 0) >= 0.1 {
		return false, nil
	}
	recalls, err := d.Recalls(ctx)
	if err != nil || slices.ContainsFunc(recalls, func(r Recall) bool { return r.Batch == b.Batch }) {
		return false, err
	}
	if _, err := d.Accept(ctx, b.Batch); err != nil {
		return true, err
	}
	told, err := d.Dispatch(ctx, b.Batch, d.today, "DKT-"+b.Batch, nil)
	if err != nil {
		return true, err
	}
	d.done.Accepted++
	d.done.Posted += told.Applied
	d.lie(b.Batch, "posted without being printed", told, nil, Claim{b.Batch, "", "never fetched"})
	return true, d.remember(b.Batch, ".never", d.today.String())
}

// neverFetched tells whether there is nothing of a batch to be looked at.
func (d *day) neverFetched(code string) bool {
	_, err := os.Stat(d.mark(code, ".never"))
	return err == nil
}

// lieBefore tells untruths about a batch that is about to be posted.
// first is a piece of it that is there.
func (d *day) lieBefore(ctx context.Context, m exchange.Manifest, first string) {
	told, err := d.Dispatch(ctx, m.Batch, d.today.AddDays(1), "", nil)
	d.lie(m.Batch, "posted tomorrow", told, err, Claim{m.Batch, "", "posted"})
	told, err = d.Dispatch(ctx, m.Batch, d.today.AddDays(-400), "", nil)
	d.lie(m.Batch, "posted more than a year ago", told, err, Claim{m.Batch, "", "posted"})
	const nobodys = "DN0000000000"
	told, err = d.Status(ctx, []Piece{{Reference: nobodys, Status: "posted", At: d.today}})
	d.lie(m.Batch, "posted a piece that nobody gave us", told, err, Claim{"", nobodys, "posted"})
	_, err = d.Destroyed(ctx, m.Batch, d.today)
	d.lie(m.Batch, "copies destroyed before they were printed", Outcome{}, err, Claim{m.Batch, "", "destroyed"})
	told, err = d.Status(ctx, []Piece{
		{Reference: first, Status: "posted", At: d.today.AddDays(3)}, {Reference: first, Status: "returned", At: d.today.AddDays(3), Reason: "R01"},
		{Reference: first, Status: "returned", At: d.today}, {Reference: first, Status: "recalled", At: d.today}})
	d.lie(m.Batch, "one piece posted and returned in the future, returned for no reason, taken out unasked", told, err,
		Claim{m.Batch, first, "posted"}, Claim{m.Batch, first, "returned"}, Claim{m.Batch, first, "returned"}, Claim{m.Batch, first, "recalled"})
	for _, p := range m.Pieces { // one that nobody will ever report as posted
		if d.loses(m.Batch, p.Sequence) {
			told, err = d.Returned(ctx, []Piece{{Reference: p.Reference, At: d.today, Reason: "R04"}})
			d.lie(m.Batch, "returned without having been posted", told, err, Claim{m.Batch, "", "never posted"})
			break
		}
	}
}

// lieAfter tells untruths about a batch that was posted on a date, all but
// what was lost, and but for what was ruined or taken out.
func (d *day) lieAfter(ctx context.Context, m exchange.Manifest, on calendar.Date, gone []string) {
	var lost []string // nobody knows of them, not even to lie
	for _, p := range m.Pieces {
		if d.loses(m.Batch, p.Sequence) {
			lost = append(lost, p.Reference)
		}
	}
	claims := make([]Claim, 0, len(gone)+1)
	for _, r := range gone {
		claims = append(claims, Claim{m.Batch, r, "posted"})
	}
	const strange = "DN1111111111"
	told, err := d.Dispatch(ctx, m.Batch, on, "DKT-"+m.Batch+"-AGAIN", append(lost, strange))
	d.lie(m.Batch, "posted a second time, ruined pieces too, and one left behind that it never had", told, err, append(claims, Claim{m.Batch, strange, "posted"})...)
	told, err = d.Status(ctx, []Piece{{Reference: m.Pieces[0].Reference, Status: "lost in space", At: on}})
	d.lie(m.Batch, "something that is no status", told, err, Claim{m.Batch, m.Pieces[0].Reference, "other"})

	posted := make([]string, 0, len(m.Pieces)) // from the last on
	missing := map[string]bool{}
	for _, r := range append(lost, gone...) {
		missing[r] = true
	}
	for i := range m.Pieces {
		if r := m.Pieces[len(m.Pieces)-1-i].Reference; !missing[r] {
			posted = append(posted, r)
		}
	}
	if len(posted) == 0 {
		return
	}
	_, err = d.Reject(ctx, m.Batch, "We never printed it.")
	d.lie(m.Batch, "given back after it was posted", Outcome{}, err, Claim{m.Batch, "", "rejected"})
	again := []Piece{{Reference: posted[0], Status: "printed", At: on}, {Reference: posted[0], Status: "printed", At: on},
		{Reference: posted[0], Status: "printed", At: d.today.AddDays(1)}, {Reference: posted[0], Status: "forwarded", At: on}}
	told, err = d.Status(ctx, again)
	d.lie(m.Batch, "printed after it was posted, twice, and tomorrow; and forwarded", told, err, Claim{m.Batch, posted[0], "printed"}, Claim{m.Batch, posted[0], "forwarded"})
	if d.luck("took it back", m.Batch, 0) < 0.5 {
		told, err = d.Spoiled(ctx, []Piece{{Reference: posted[0], At: on, Reason: "found under the machine"}})
		d.lie(m.Batch, "ruined, and hidden until it was reported posted", told, err, Claim{m.Batch, posted[0], "spoiled"})
	}
	charged, more := len(posted), d.luck("charges more", m.Batch, 0) < 0.5
	if more {
		charged = len(m.Pieces) + 5
	}
	const apiece = 3845
	err = d.Invoice(ctx, Invoice{Number: "INV-" + m.Batch, IssuedOn: on, Total: int64(charged) * apiece,
		Lines: []InvoiceLine{{Item: "postage", Batch: m.Batch, Quantity: charged, UnitPrice: apiece, Amount: int64(charged) * apiece}}})
	if more || err != nil {
		d.lie(m.Batch, "charged for more pieces than there are", Outcome{}, err, Claim{m.Batch, "", "charged"})
	}
}
