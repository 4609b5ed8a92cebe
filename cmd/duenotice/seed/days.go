package seed

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/printvendor/client"
	"duenotice/optout"
)

const vendorCode = "HARBOUR"

// noShare is how many of those who got a letter say no over the twelve weeks.
const noShare = 0.03

// live is a day from nine in the morning: feeds speak, post and calls come in,
// the vendor works, and what is due is done.
func (c *Clockwork) live(ctx context.Context, d calendar.Date, working calendar.Working) error {
	for _, feed := range []string{campaigns.FeedRegistrations, campaigns.FeedNational} {
		if err := c.house.Desk.FeedSpoke(ctx, feed); err != nil {
			return err
		}
	}
	if working.Is(d) {
		if err := c.answers(ctx, d); err != nil {
			return err
		}
		if err := c.vendorWorks(ctx, working); err != nil {
			return err
		}
	}
	if err := c.house.Crew.Round(ctx); err != nil {
		return err
	}
	for c.Declaring() {
		declared, err := c.declare(ctx, d.AddDays(-1))
		if err != nil || !declared {
			return err
		}
		// Whoever waited for one watermark may now wait for the next.
		if err := c.house.Crew.Round(ctx, "close", "send"); err != nil {
			return err
		}
	}
	return nil
}

// hireVendor adds the vendor.
func (c *Clockwork) hireVendor(ctx context.Context) error {
	_, err := c.house.Mailroom.AddVendor(ctx, vendorCode, "Harbour Print and Post")
	return err
}

// KeyFile is where the vendor's key is kept, for those who want to be the vendor.
func (c *Clockwork) KeyFile() string { return filepath.Join(c.folder, "vendor.key") }

// connect gives the vendor its key and its line.
func (c *Clockwork) connect(ctx context.Context) error {
	if c.vendor != nil {
		return nil
	}
	key, err := os.ReadFile(c.KeyFile())
	if err != nil || !c.keyWorks(ctx, string(key)) {
		v, err := c.house.Mailroom.AddVendor(ctx, vendorCode, "Harbour Print and Post")
		if err != nil {
			return err
		}
		plain, err := c.house.Mailroom.NewVendorKey(ctx, v.ID)
		if err != nil {
			return err
		}
		key = []byte(plain)
		if err := os.WriteFile(c.KeyFile(), key, 0o600); err != nil {
			return fmt.Errorf("keep the vendor's key: %w", err)
		}
	}
	c.vendor, err = client.New(c.vendors, string(key), client.Options{})
	return err
}

func (c *Clockwork) keyWorks(ctx context.Context, key string) bool {
	_, err := c.house.Mailroom.VendorByKey(ctx, strings.TrimSpace(key))
	return err == nil
}

// vendorWorks is the vendor's day, over HTTP like any vendor's.
func (c *Clockwork) vendorWorks(ctx context.Context, working calendar.Working) error {
	if err := c.connect(ctx); err != nil {
		return err
	}
	_, err := c.vendor.Work(ctx, client.Shift{
		Folder: filepath.Join(c.folder, "vendor"), Today: c.today, Working: working, Seed: 26,
		SpoiledShare: 0.003, ReturnedShare: 0.02, TooLateShare: 0.3,
		Log: func(sentence string) { c.log.Info("vendor: " + sentence) },
	})
	if err != nil {
		// A vendor's bad day is the vendor's; tomorrow it tries again.
		c.log.Warn("the vendor's day went wrong", "error", err)
	}
	return nil
}

// VendorLives lets the vendor work every so often while nobody moves the
// clock, so that what is approved on the pages is fetched as one watches.
func (c *Clockwork) VendorLives(ctx context.Context, every time.Duration) {
	t := time.NewTicker(every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := c.vendorMoment(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("the vendor could not work", "error", err)
		}
	}
}

func (c *Clockwork) vendorMoment(ctx context.Context) error {
	if !c.move.TryLock() {
		return nil
	}
	defer c.move.Unlock()
	if err := c.Keep(); err != nil {
		return err
	}
	working, err := c.house.Register.Working(ctx)
	if err != nil {
		return err
	}
	return c.vendorWorks(ctx, working)
}

// LetterToTry is a made-up person's letter for somebody who wants to answer
// one; empty where no letter is out whose window is open.
func (c *Clockwork) LetterToTry(ctx context.Context) (house.InHand, error) {
	k, err := c.house.Register.Campaign(ctx, campaigns.Viewer{}, Blanket)
	if err != nil {
		return house.InHand{}, err
	}
	list, err := c.house.LettersInHand(ctx, k.ID, campaigns.Notified, c.today(), 1, "welcome")
	if err != nil || len(list) == 0 {
		return house.InHand{}, err
	}
	return list[0], nil
}

// answers lets a few people who got a letter say what they want, and finds
// some of those whose letter came back.
func (c *Clockwork) answers(ctx context.Context, d calendar.Date) error {
	list, err := c.house.Register.Campaigns(ctx, campaigns.Viewer{})
	if err != nil {
		return err
	}
	for _, k := range list {
		if err := c.trace(ctx, k, d); err != nil {
			return err
		}
		counts, err := c.house.Register.Counts(ctx, k.ID)
		if err != nil {
			return err
		}
		notified := 0
		for _, n := range counts {
			if n.State == campaigns.Notified {
				notified += n.People
			}
		}
		chance := rand.New(rand.NewPCG(26, dice(k.Code, d)))
		expected := float64(notified) * noShare / 60 // working days of twelve weeks
		n := int(expected)
		if chance.Float64() < expected-float64(n) {
			n++
		}
		// Post takes two days; nobody answers a letter before it has come.
		letters, err := c.house.LettersInHand(ctx, k.ID, campaigns.Notified, d.AddDays(-2), n, k.Code+d.String())
		if err != nil {
			return err
		}
		for _, l := range letters {
			if err := c.say(ctx, l, d, chance); err != nil {
				return err
			}
		}
	}
	return nil
}

// say gives one person's answer, mostly a no, by one of the channels. Paper
// was written some days before it came.
func (c *Clockwork) say(ctx context.Context, l house.InHand, d calendar.Date, chance *rand.Rand) error {
	says := "no"
	if chance.Float64() < 0.1 {
		says = "yes"
	}
	a := optout.Answer{Programme: l.Programme, Campaign: l.Campaign, Person: l.Person, Says: says, ReceivedOn: d, GivenBy: "self"}
	switch p := chance.Float64(); {
	case p < 0.5:
		_, err := house.NewVisitor(c.patients, nil).Answer(ctx, l.Code, l.BornOn, says)
		if fault.Of(err) != nil { // held or refused: the page said so, and the person phones another day
			c.log.Warn("an answer on the web was not taken", "enrolment", l.Enrolment, "error", err)
			return nil
		}
		return err
	case p < 0.75:
		a.Channel = campaigns.Phone
	case p < 0.93:
		a.Channel, a.ReceivedOn = campaigns.Paper, calendar.Max(l.PostedOn.AddDays(1), d.AddDays(-1))
	case p < 0.97:
		return c.hold(ctx, l, d)
	default:
		a.Channel = campaigns.Practice
	}
	_, err := c.house.Desk.Answer(ctx, campaigns.Viewer{}, a)
	return err
}

// hold is a form on which not everything can be read; it waits in the in-tray.
func (c *Clockwork) hold(ctx context.Context, l house.InHand, d calendar.Date) error {
	_, err := c.house.Desk.Hold(ctx, campaigns.Viewer{}, optout.NewHold{Programme: l.Programme, Cause: "illegible", Says: "no",
		Channel: campaigns.Paper, ReceivedOn: d, Reference: l.Reference, Told: map[string]string{"born_on": l.BornOn.String()}})
	return err
}

// declare declares the channels' watermarks and those of practices that
// somebody waits for, and tells whether somebody waited for any of them. One
// that is refused stays for staff.
func (c *Clockwork) declare(ctx context.Context, through calendar.Date) (moved bool, err error) {
	lines, err := c.house.Desk.Watermarks(ctx, campaigns.Viewer{})
	if err != nil {
		return false, err
	}
	for _, l := range lines {
		if l.Channel == campaigns.Web || !l.Through.Before(through) || l.Practice != "" && l.Waiting == 0 {
			continue
		}
		switch err := c.house.Desk.Declare(ctx, campaigns.Viewer{}, l.Channel, l.Practice, through); {
		case fault.Of(err) != nil:
			c.log.Info("a watermark stays for staff", "channel", l.Channel, "practice", l.Practice, "because", fault.Of(err).Sentence)
		case err != nil:
			return false, err
		default:
			moved = moved || l.Waiting > 0
		}
	}
	return moved, nil
}

// dice gives each campaign and day its own luck, the same at every telling.
func dice(code string, d calendar.Date) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, code, d)
	return h.Sum64()
}
