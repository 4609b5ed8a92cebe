package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"duenotice/campaigns/calendar"
)

// Shift is how a vendor works. Which pieces fail is decided by Seed and by
// their place in their batch, so the same batches fare the same again.
type Shift struct {
	Folder  string               // where batches are kept; what was done is remembered there too
	Today   func() calendar.Date // needed
	Working calendar.Working     // on other days nothing is posted
	Seed    uint64

	RejectedShare float64 // of batches, given back unprinted
	SpoiledShare  float64 // of pieces, ruined before posting
	ReturnedShare float64 // of pieces, coming back 2 to 12 days after posting
	TooLateShare  float64 // of recalls, coming too late
	LateShare     float64 // of batches, posted LateDays working days after the planned day
	LateDays      int
	LostShare     float64 // of pieces, of which nothing is said ever again
	KeepDays      int     // after posting, copies are destroyed, and that is said; 0 means 28

	Misbehave bool // tells untruths too; each must be refused or do no harm

	Log func(sentence string) // nil: silence
}

// Done is what was done in a day, in pieces unless said otherwise.
type Done struct {
	Pulled    int       `json:"pulled"`    // batches
	Accepted  int       `json:"accepted"`  // batches
	Rejected  int       `json:"rejected"`  // batches
	HeldBack  int       `json:"held_back"` // batches that may not be pulled for now
	Posted    int       `json:"posted"`
	Spoiled   int       `json:"spoiled"`
	Returned  int       `json:"returned"`
	Recalled  int       `json:"recalled"`
	TooLate   int       `json:"too_late"`
	Destroyed int       `json:"destroyed"`         // batches
	Refused   []Verdict `json:"refused,omitempty"` // what the other side would not believe
	Lies      []Lie     `json:"lies,omitempty"`
}

// Lie is an untruth that was told, and how it was answered.
type Lie struct {
	What   string  `json:"what"`
	Batch  string  `json:"batch"`
	Answer string  `json:"answer"`
	Claims []Claim `json:"claims,omitempty"`
}

// day is a shift on its way.
type day struct {
	*Client
	Shift
	today calendar.Date
	done  Done
}

// Work works one day of a vendor: answers recalls, pulls, verifies and
// accepts what is offered, posts what is due today, reports what was ruined and
// what came back, and destroys what it has kept long enough. Doing it twice on
// one day does nothing more. What
// goes wrong with one batch does not keep the others waiting; the errors
// come together at the end.
func (c *Client) Work(ctx context.Context, s Shift) (Done, error) {
	if s.Folder == "" || s.Today == nil {
		return Done{}, errors.New("a shift needs a folder and a clock")
	}
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return Done{}, fmt.Errorf("make folder: %w", err)
	}
	if s.Log == nil {
		s.Log = func(string) {}
	}
	d := &day{Client: c, Shift: s, today: s.Today()}
	err := errors.Join(
		d.each(ctx, Sealed, d.take),
		d.recalls(ctx),
		d.each(ctx, Accepted, d.post),
		d.each(ctx, Posted, d.comeBack),
		d.each(ctx, Posted, d.destroy),
		d.each(ctx, Rejected, d.destroy),
	)
	return d.done, err
}

func (d *day) say(format string, args ...any) { d.Log(fmt.Sprintf(format, args...)) }

func (d *day) each(ctx context.Context, state string, do func(context.Context, Batch) error) error {
	list, err := d.List(ctx, state)
	if err != nil {
		return err
	}
	var errs []error
	for _, b := range list {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := do(ctx, b); err != nil {
			errs = append(errs, fmt.Errorf("batch %s: %w", b.Batch, err))
		}
	}
	return errors.Join(errs...)
}

// take pulls a batch, verifies it and accepts it.
func (d *day) take(ctx context.Context, b Batch) error {
	_, err := d.Lease(ctx, b.Batch, "")
	if Refused(err) {
		d.done.HeldBack++
		d.say("%s is held back: %v", b.Batch, err)
		return nil
	}
	if err != nil {
		return err
	}
	if cheated, err := d.cheat(ctx, b); cheated || err != nil {
		return err
	}
	p, err := d.Pull(ctx, b.Batch, d.Folder)
	if err != nil {
		return err
	}
	d.done.Pulled++
	if d.luck("reject", b.Batch, 0) < d.RejectedShare {
		if _, err := d.Reject(ctx, b.Batch, "The paper of this pack has run out."); err != nil {
			return err
		}
		d.done.Rejected++
		d.say("%s is given back.", b.Batch)
		return nil
	}
	if d.Misbehave {
		d.claimUnaccepted(ctx, b.Batch)
	}
	if _, err := d.Accept(ctx, b.Batch); err != nil {
		return err
	}
	d.done.Accepted++
	d.say("%s is pulled and accepted: %d letters, %d pages, checksum right.", b.Batch, p.Manifest.Totals.Pieces, p.Manifest.Totals.Pages)
	return nil
}

// recalls answers what is asked back.
func (d *day) recalls(ctx context.Context) error {
	list, err := d.Recalls(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range list {
		late := d.luck("recall", r.Batch, r.Sequence) < d.TooLateShare
		if err := d.AnswerRecall(ctx, r.ID, !late); err != nil {
			errs = append(errs, fmt.Errorf("recall of %s: %w", r.Reference, err))
			continue
		}
		if late {
			d.done.TooLate++
			continue
		}
		d.done.Recalled++
		if err := d.takenOut(r); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// post reports a batch as posted, once its day has come.
func (d *day) post(ctx context.Context, b Batch) error {
	due := b.PlannedPostOn
	if d.luck("late", b.Batch, 0) < d.LateShare {
		due = d.Working.Add(due, d.LateDays)
	}
	on, err := d.postedOn(b.Batch)
	if err != nil || d.neverFetched(b.Batch) {
		return err
	}
	if on.IsZero() && (d.today.Before(due) || !d.Working.Is(d.today)) {
		return nil
	}
	m, err := d.manifest(ctx, b.Batch)
	if err != nil {
		return err
	}
	except, err := d.outOf(b.Batch)
	if err != nil {
		return err
	}
	gone, there := slices.Clone(except), ""
	var spoiled []Piece
	for _, p := range m.Pieces {
		switch {
		case slices.Contains(gone, p.Reference):
		case d.loses(b.Batch, p.Sequence):
			except = append(except, p.Reference)
		case d.spoils(b.Batch, p.Sequence):
			spoiled = append(spoiled, Piece{Reference: p.Reference, Reason: "torn by the folding machine"})
			except = append(except, p.Reference)
		case there == "":
			there = p.Reference
		}
	}
	first := on.IsZero()
	if first {
		if d.Misbehave && there != "" {
			d.lieBefore(ctx, m, there)
		}
		on = d.today
		// Remembered before it is told: pieces that lag behind are told
		// with the same date, for a later one would move everybody's window.
		if err := d.remember(b.Batch, ".posted", on.String()); err != nil {
			return err
		}
	}
	for i := range spoiled {
		spoiled[i].At = on
		gone = append(gone, spoiled[i].Reference)
	}
	told, err := d.Spoiled(ctx, spoiled)
	if err != nil {
		return err
	}
	d.done.Spoiled += told.Applied
	sent, err := d.Dispatch(ctx, b.Batch, on, "DKT-"+b.Batch, except)
	if err != nil {
		return err
	}
	d.done.Posted += sent.Applied
	d.done.Refused = append(d.done.Refused, sent.Verdicts...)
	d.say("%s is posted: %d letters, %d ruined, %d stayed behind.", b.Batch, sent.Applied, told.Applied, sent.Refused)
	if d.Misbehave && first {
		d.lieAfter(ctx, m, on, gone)
	}
	return nil
}

func (d *day) spoils(batch string, sequence int) bool {
	return d.luck("spoil", batch, sequence) < d.SpoiledShare
}

// loses decides which pieces fall behind the machine, unnoticed.
func (d *day) loses(batch string, sequence int) bool {
	return d.luck("lose", batch, sequence) < d.LostShare
}

// comeBack reports what the post brought back of a batch until today.
func (d *day) comeBack(ctx context.Context, b Batch) error {
	if _, err := os.Stat(d.mark(b.Batch, ".returned")); err == nil || d.ReturnedShare <= 0 || d.destroyed(b.Batch) || d.neverFetched(b.Batch) {
		return nil
	}
	on, err := d.postedOn(b.Batch)
	if err != nil {
		return err
	}
	if on.IsZero() {
		on = calendar.DateOf(b.PostedAt)
	}
	m, err := d.manifest(ctx, b.Batch)
	if err != nil {
		return err
	}
	gone, err := d.outOf(b.Batch)
	if err != nil {
		return err
	}
	var due []Piece
	all := true
	for _, p := range m.Pieces {
		if d.luck("return", b.Batch, p.Sequence) >= d.ReturnedShare || slices.Contains(gone, p.Reference) || d.spoils(b.Batch, p.Sequence) || d.loses(b.Batch, p.Sequence) {
			continue
		}
		back := on.AddDays(2 + int(11*d.luck("days", b.Batch, p.Sequence)))
		if back.After(d.today) {
			all = false
			continue
		}
		reason := fmt.Sprintf("R%02d", 1+int(10*d.luck("reason", b.Batch, p.Sequence)))
		due = append(due, Piece{Reference: p.Reference, At: back, Reason: reason})
	}
	told, err := d.Returned(ctx, due)
	if err != nil {
		return err
	}
	d.done.Returned += told.Applied
	if told.Applied > 0 {
		d.say("%d letters of %s came back.", told.Applied, b.Batch)
	}
	if all {
		return d.remember(b.Batch, ".returned", d.today.String())
	}
	return nil
}
