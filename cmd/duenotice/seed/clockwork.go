package seed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/printvendor/client"
)

// Clockwork is the demonstration's clock with the life around it. Where it is
// moved, every working day in between is lived: the vendor works, answers come
// in, feeds speak, what is due is done. It moves only when no job runs.
type Clockwork struct {
	folder    string
	patients  string // base address of the public service
	vendors   string
	house     *house.House
	log       *slog.Logger
	clock     *calendar.Movable
	vendor    *client.Client
	move      sync.Mutex // one mover at a time
	mu        sync.Mutex // guards declaring
	declaring bool
}

// Wind reads a demonstration's clock from its database and goes on where it
// was when it was last seen, however long ago. A database that other people
// use is refused.
func Wind(ctx context.Context, folder, database string) (*Clockwork, error) {
	pool, err := schema.Connect(ctx, database, func(c *pgxpool.Config) { c.MaxConns = 2 })
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	ahead, demo, err := aheadOf(ctx, pool)
	if err != nil {
		return nil, err
	}
	c := &Clockwork{folder: folder, declaring: true, clock: calendar.NewMovable(morning(begins))}
	if !demo {
		used, err := hasCampaigns(ctx, pool)
		if used {
			err = fault.New(fault.Conflict, "The folder %s holds real work. A demonstration needs a folder of its own: name one with --data.", folder)
		}
		return c, err
	}
	now := calendar.Wall().Add(ahead)
	if text, err := os.ReadFile(c.seenFile()); err == nil {
		if seen, err := time.Parse(time.RFC3339, string(text)); err == nil && seen.Before(now) {
			now = seen
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the demonstration's clock: %w", err)
	}
	if _, err := os.Stat(c.quietFile()); err == nil {
		c.declaring = false
	}
	c.clock.Set(now)
	return c, keepAhead(ctx, pool, now.Sub(calendar.Wall()), now.Sub(calendar.Wall().Add(ahead)))
}

// Join gives the clock the house it keeps the time of, once that listens.
func (c *Clockwork) Join(h *house.House, patients, vendors string) {
	c.house, c.patients, c.vendors, c.log = h, patients, vendors, h.Log
}

// Told tells whether the story has been told to its end, and whether its
// telling has begun.
func (c *Clockwork) Told(ctx context.Context) (whole, begun bool, err error) {
	looks, err := c.house.Register.Looks(ctx, "demonstration", "1", 1)
	if err != nil {
		return false, false, err
	}
	begun, err = hasCampaigns(ctx, c.house.Pool)
	return len(looks) > 0, begun, err
}

// Now is the moment in the demonstration.
func (c *Clockwork) Now() time.Time { return c.clock.Now() }

func (c *Clockwork) today() calendar.Date { return calendar.DateOf(c.Now()) }

// Declaring tells whether practices and channels declare their watermarks by themselves.
func (c *Clockwork) Declaring() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.declaring
}

// SetDeclaring lets them, or leaves it to staff.
func (c *Clockwork) SetDeclaring(_ context.Context, on bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.declaring = on
	err := os.Remove(c.quietFile())
	if !on {
		err = os.WriteFile(c.quietFile(), nil, 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("keep whether watermarks are declared: %w", err)
	}
	return nil
}

// Beside the database, because they are worth nothing without it and it
// everything without them.
func (c *Clockwork) seenFile() string  { return filepath.Join(c.folder, "demo.seen") }
func (c *Clockwork) quietFile() string { return filepath.Join(c.folder, "demo.quiet") }

// Keep notes what time it is, so that the next start goes on from here.
func (c *Clockwork) Keep() error {
	return os.WriteFile(c.seenFile(), []byte(c.Now().UTC().Format(time.RFC3339)), 0o600)
}

// morning is when a day's life begins.
func morning(d calendar.Date) time.Time { return clockTime(d, 9) }

// clockTime is an hour of the day in London, also on the days that clocks change.
func clockTime(d calendar.Date, hour int) time.Time {
	y, m, day := d.Civil()
	return time.Date(y, m, day, hour, 0, 0, 0, calendar.London)
}

// jump sets the clock once no job runs, with nothing in between.
func (c *Clockwork) jump(ctx context.Context, to time.Time) error {
	if err := c.house.Crew.Settle(ctx); err != nil {
		return err
	}
	was := c.Now()
	c.clock.Set(to)
	if err := keepAhead(ctx, c.house.Pool, to.Sub(calendar.Wall()), to.Sub(was)); err != nil {
		return err
	}
	return c.Keep()
}

// walk lives every working day after today up to a morning.
func (c *Clockwork) walk(ctx context.Context, to calendar.Date) error {
	working, err := c.house.Register.Working(ctx)
	if err != nil {
		return err
	}
	for d := c.today().AddDays(1); !d.After(to); d = d.AddDays(1) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if d != to && !working.Is(d) {
			continue
		}
		if err := c.jump(ctx, morning(d)); err != nil {
			return err
		}
		if err := c.live(ctx, d, working); err != nil {
			return err
		}
	}
	return nil
}

// NextWorkingDay goes to the morning of the next working day.
func (c *Clockwork) NextWorkingDay(ctx context.Context) error {
	c.move.Lock()
	defer c.move.Unlock()
	working, err := c.house.Register.Working(ctx)
	if err != nil {
		return err
	}
	return c.walk(ctx, working.Add(c.today(), 1))
}

// To goes to the morning of a later day.
func (c *Clockwork) To(ctx context.Context, day calendar.Date) error {
	c.move.Lock()
	defer c.move.Unlock()
	today := c.today()
	switch {
	case !day.After(today):
		return fault.In("day", fault.Invalid, "The clock only goes forward: choose a day after %s.", today.Long())
	case day.After(today.AddDays(366)):
		return fault.In("day", fault.Invalid, "At most a year at a time: choose a day up to %s.", today.AddDays(366).Long())
	}
	return c.walk(ctx, day)
}

// NextThing goes to the next morning on which something has happened, and says what.
func (c *Clockwork) NextThing(ctx context.Context) (string, error) {
	c.move.Lock()
	defer c.move.Unlock()
	day, what, err := c.next(ctx)
	if err != nil {
		return "", err
	}
	return what, c.walk(ctx, day)
}

// next finds the nearest of a posting, a close, and the day from which paper
// may be declared complete.
func (c *Clockwork) next(ctx context.Context) (calendar.Date, string, error) {
	working, err := c.house.Register.Working(ctx)
	if err != nil {
		return calendar.Date{}, "", err
	}
	today := c.today()
	day, what := working.Add(today, 1), "Nothing in particular happened; it is the next working day."
	best := calendar.Date{}
	consider := func(d calendar.Date, says string) {
		if d.After(today) && (best.IsZero() || d.Before(best)) {
			best, day, what = d, d, says
		}
	}
	list, err := c.house.Register.Campaigns(ctx, campaigns.Viewer{})
	if err != nil {
		return day, what, err
	}
	for _, k := range list {
		batches, err := c.house.Mailroom.BatchesOf(ctx, k.ID)
		if err != nil {
			return day, what, err
		}
		for _, b := range batches {
			if b.PostedAt.IsZero() && b.State != "rejected" && b.State != "empty" {
				consider(working.OnOrAfter(calendar.Max(b.PlannedPostOn, today.AddDays(1))), fmt.Sprintf("The print vendor posted batch %s.", b.Code))
			}
		}
	}
	// A window that closed lately still waits for the paper of its last days.
	closing, err := c.house.Desk.WindowsClosing(ctx, campaigns.Viewer{}, today.AddDays(-28), 400)
	if err != nil {
		return day, what, err
	}
	for _, w := range closing {
		consider(w.On.AddDays(1), fmt.Sprintf("The windows of %d people of %s closed.", w.People, w.Campaign))
		consider(working.Add(w.On, paperMargin).AddDays(1), fmt.Sprintf("Paper that was on its way when windows of %s closed has had its ten working days.", w.Campaign))
	}
	return day, what, nil
}

// paperMargin is for how many working days after a close forms may still
// come in (rules of notice, "Watermark").
const paperMargin = 10
