package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"

	"duenotice/campaigns/calendar"
)

// kept is one line of the ledger that remembers what was done with letters
// that are taken one by one. The last line on a letter counts.
type kept struct {
	ID    string        `json:"id"`
	Group string        `json:"group"`
	State string        `json:"state"` // ACCEPTED, DISPATCHED, …
	On    calendar.Date `json:"on"`
}

const ledger = "letters.jsonl"

// WorkNotify works one day of a vendor on the surface that is compatible with
// NHS Notify: takes letters until there are none, fetches and accepts each,
// posts on working days what is accepted, and reports what came back. A
// report carries no date there, so what is late to be told counts as late.
func (c *Client) WorkNotify(ctx context.Context, s Shift) (Done, error) {
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
	letters, order, err := d.readLedger()
	if err != nil {
		return d.done, err
	}
	n := &notifyDay{day: d, letters: letters, order: order}
	err = errors.Join(n.take(ctx), n.post(ctx), n.comeBack(ctx),
		d.each(ctx, Posted, d.destroy), d.each(ctx, Rejected, d.destroy)) // for which that surface has no words
	return d.done, err
}

type notifyDay struct {
	*day
	letters map[string]kept
	order   []string
}

// take fetches what is handed out and accepts it, a list at a time, so that
// what is fetched is accepted before its five minutes are over.
func (n *notifyDay) take(ctx context.Context) error {
	const atOnce = 100
	for {
		list, err := n.Letters(ctx, atOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		var said []Letter
		for _, l := range list {
			if err := n.fetch(ctx, l); err != nil {
				return err
			}
			l.Status = "ACCEPTED"
			if n.luck("spoil", l.ID, 0) < n.SpoiledShare {
				l.Status, l.ReasonCode, l.ReasonText = "FAILED", "TORN", "torn by the folding machine"
				n.done.Spoiled++
			}
			said = append(said, l)
		}
		if err := n.UpdateAll(ctx, said); err != nil {
			return err
		}
		if err := n.keep(said); err != nil {
			return err
		}
		n.done.Pulled += len(said)
		n.say("%d letters are fetched and accepted.", len(said))
	}
}

var safeLetter = regexp.MustCompile(`^[A-Za-z0-9-]{1,60}$`)

// fetch brings a letter's PDF into the folder of its group, once.
func (n *notifyDay) fetch(ctx context.Context, l Letter) error {
	if !safeLetter.MatchString(l.ID) || !safeName.MatchString(l.Group) {
		return fmt.Errorf("%q of %q is not the id of a letter", l.ID, l.Group)
	}
	folder := filepath.Join(n.Folder, l.Group)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	name := filepath.Join(folder, l.ID+".pdf")
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	pdf, err := n.LetterPDF(ctx, l.ID)
	if err != nil {
		return err
	}
	c := newCheck()
	_, _ = c.Write(pdf)
	if c.pages == 0 {
		return fmt.Errorf("letter %s has no pages", l.ID)
	}
	return writeOnce(folder, name, pdf)
}

func (n *notifyDay) post(ctx context.Context) error {
	if !n.Working.Is(n.today) {
		return nil
	}
	var said []Letter
	for _, id := range n.order {
		k := n.letters[id]
		if k.State != "ACCEPTED" || n.luck("lose", id, 0) < n.LostShare {
			continue
		}
		if n.luck("late", k.Group, 0) < n.LateShare && n.today.Before(n.Working.Add(k.On, n.LateDays)) {
			continue
		}
		said = append(said, Letter{ID: id, Group: k.Group, Status: "DISPATCHED"})
	}
	if n.Misbehave && len(said) > 0 {
		n.untruths(ctx, said[len(said)-1])
	}
	if err := n.UpdateAll(ctx, said); err != nil {
		return err
	}
	said, err := n.believed(ctx, said)
	n.done.Posted += len(said)
	n.say("%d letters are posted.", len(said))
	return errors.Join(err, n.keep(said))
}

// believed reads back which of many reports were taken: the answer to many
// does not say. One that was not is sent again by itself, to learn why.
func (n *notifyDay) believed(ctx context.Context, said []Letter) (taken []Letter, err error) {
	for _, l := range said {
		now, err := n.Letter(ctx, l.ID)
		if err == nil && now.Status != l.Status {
			_, err = n.Update(ctx, l)
		}
		var p *Problem
		switch {
		case err == nil:
			taken = append(taken, l)
		case errors.As(err, &p) && p.Status == http.StatusBadRequest:
			n.done.Refused = append(n.done.Refused, Verdict{Reference: l.ID, Verdict: "refused", Reason: p.Detail})
		default:
			return taken, err
		}
	}
	return taken, nil
}

// untruths are told of a letter that is about to be posted.
func (n *notifyDay) untruths(ctx context.Context, l Letter) {
	tell := func(what string, l Letter, err error) {
		answer := "taken: it is " + l.Status
		if err != nil {
			answer = "refused: " + err.Error()
		}
		n.done.Lies = append(n.done.Lies, Lie{What: what, Batch: l.Group, Answer: answer})
		n.say("An untruth: %s. Its answer: %s", what, answer)
	}
	for _, lie := range []struct{ what, id, status string }{
		{"a letter is pending again", l.ID, "PENDING"},
		{"a letter was asked back that was not", l.ID, "CANCELLED"},
		{"a letter came back without a reason", l.ID, "RETURNED"},
		{"posted a letter that nobody gave us", "DN0000000000", "DISPATCHED"},
		{"something that is no status", l.ID, "LOST_IN_SPACE"},
	} {
		after, err := n.Update(ctx, Letter{ID: lie.id, Status: lie.status})
		after.Group = l.Group
		tell(lie.what, after, err)
	}
}

func (n *notifyDay) comeBack(ctx context.Context) error {
	var said []Letter
	for _, id := range n.order {
		k := n.letters[id]
		if k.State != "DISPATCHED" || n.luck("return", id, 0) >= n.ReturnedShare {
			continue
		}
		if k.On.AddDays(2 + int(11*n.luck("days", id, 0))).After(n.today) {
			continue
		}
		said = append(said, Letter{ID: id, Group: k.Group, Status: "RETURNED", ReasonCode: "R04", ReasonText: "Addressee unknown"})
	}
	if err := n.UpdateAll(ctx, said); err != nil {
		return err
	}
	n.done.Returned += len(said)
	return n.keep(said)
}

// keep writes down what was told, after it was told: what is told twice is
// already so.
func (n *notifyDay) keep(said []Letter) error {
	if len(said) == 0 {
		return nil
	}
	var lines bytes.Buffer
	out := json.NewEncoder(&lines)
	for _, l := range said {
		k := kept{l.ID, l.Group, l.Status, n.today}
		if _, known := n.letters[l.ID]; !known {
			n.order = append(n.order, l.ID)
		}
		n.letters[l.ID] = k
		if err := out.Encode(k); err != nil {
			return fmt.Errorf("remember what was done: %w", err)
		}
		if k.State == "ACCEPTED" {
			n.done.Accepted++
		}
	}
	f, err := os.OpenFile(filepath.Join(n.Folder, ledger), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("remember what was done: %w", err)
	}
	_, err = f.Write(lines.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("remember what was done: %w", err)
	}
	return nil
}

func (d *day) readLedger() (letters map[string]kept, order []string, err error) {
	letters = map[string]kept{}
	f, err := os.Open(filepath.Join(d.Folder, ledger))
	if errors.Is(err, fs.ErrNotExist) {
		return letters, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read what was done: %w", err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var k kept
		if json.Unmarshal(lines.Bytes(), &k) != nil {
			continue // a line that was cut off when the machine went down: it is told again
		}
		if _, known := letters[k.ID]; !known {
			order = append(order, k.ID)
		}
		letters[k.ID] = k
	}
	return letters, order, lines.Err()
}
