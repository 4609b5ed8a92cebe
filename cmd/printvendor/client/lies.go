package client

import (
	"context"
	"fmt"

	"duenotice/campaigns/calendar"
	"duenotice/letters/exchange"
)

// lie tells one untruth and writes down how it was answered.
func (d *day) lie(batch, what string, told Outcome, err error) {
	answer := fmt.Sprintf("%d applied, %d already so, %d refused", told.Applied, told.Already, told.Refused)
	if err != nil {
		answer = "refused: " + err.Error()
	} else if told.Refused > 0 {
		answer += ": " + told.Verdicts[0].Reason
	}
	d.done.Lies = append(d.done.Lies, Lie{What: what, Batch: batch, Answer: answer})
	d.say("An untruth: %s. Its answer: %s", what, answer)
}

// claimUnaccepted reports a batch as posted that was never accepted.
func (d *day) claimUnaccepted(ctx context.Context, m exchange.Manifest) {
	told, err := d.Dispatch(ctx, m.Batch, d.today, "", nil)
	d.lie(m.Batch, "posted without being accepted", told, err)
}

// lieBefore tells untruths about a batch that is about to be posted.
func (d *day) lieBefore(ctx context.Context, m exchange.Manifest) {
	told, err := d.Dispatch(ctx, m.Batch, d.today.AddDays(1), "", nil)
	d.lie(m.Batch, "posted tomorrow", told, err)
	told, err = d.Dispatch(ctx, m.Batch, d.today.AddDays(-400), "", nil)
	d.lie(m.Batch, "posted more than a year ago", told, err)
	told, err = d.Status(ctx, []Piece{{Reference: "DN0000000000", Status: "posted", At: d.today}})
	d.lie(m.Batch, "posted a piece that nobody gave us", told, err)
}

// lieAfter tells untruths about a batch that was posted on a date.
func (d *day) lieAfter(ctx context.Context, m exchange.Manifest, on calendar.Date) {
	var lost []string // nobody knows of them, not even to lie
	for _, p := range m.Pieces {
		if d.loses(m.Batch, p.Sequence) {
			lost = append(lost, p.Reference)
		}
	}
	told, err := d.Dispatch(ctx, m.Batch, on, "DKT-"+m.Batch+"-AGAIN", lost)
	d.lie(m.Batch, "posted a second time, ruined pieces too", told, err)
	first := []Piece{{Reference: m.Pieces[0].Reference, Status: "printed", At: on}}
	told, err = d.Status(ctx, append(first, first...))
	d.lie(m.Batch, "printed after it was posted, twice", told, err)
	told, err = d.Status(ctx, []Piece{{Reference: m.Pieces[0].Reference, Status: "lost in space", At: on}})
	d.lie(m.Batch, "something that is no status", told, err)
	if d.luck("took it back", m.Batch, 0) < 0.5 {
		last := m.Pieces[len(m.Pieces)-1]
		told, err = d.Spoiled(ctx, []Piece{{Reference: last.Reference, At: on, Reason: "found under the machine"}})
		d.lie(m.Batch, "ruined after it was reported posted", told, err)
	}
}
