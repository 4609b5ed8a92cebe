package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
)

type watchCommand struct {
	URL   string        `required:"" help:"Address of the public service, as people reach it."`
	Every time.Duration `default:"10s" help:"How long between two looks."`
}

// Help implements kong's longer help.
func (watchCommand) Help() string {
	return "Example:\n  DATABASE_URL=postgres://… duenotice watch --url https://choice.example --data /srv/watcher\n\nRun it on another machine than the service. It looks whether answers can be " +
		"taken, and writes the minutes in which they could not into the ledger of outages, which lengthens windows. What cannot be written is kept in its folder until it can be."
}

// Run implements the command.
func (w watchCommand) Run(c *call) error {
	c.logToStderr()
	if w.Every < time.Second || w.Every > time.Hour {
		return usage("--every takes between 1s and 1h")
	}
	dir := c.flags.Data
	if dir == "" {
		var err error
		if dir, err = house.DefaultData(); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.New(fault.Unavailable, "The folder %s cannot be made. Use another folder with --data.", dir)
	}
	source := "watcher on " + hostname()
	v := &house.Vigil{Source: source, File: house.VigilFile(dir, source), Every: w.Every, Clock: calendar.Wall, Log: c.log,
		Probe: func(ctx context.Context) error { return readyAt(ctx, w.URL) },
		Write: func(ctx context.Context, from, to time.Time, source string) error {
			return c.onGround("", func(g *house.Ground) error {
				h, err := c.open(g, house.Config{})
				if err != nil {
					return err
				}
				defer h.Close(ctx)
				return h.Desk.RecordOutage(ctx, from, to, source)
			})
		}}
	c.log.Info("watching", "url", w.URL, "every", w.Every.String())
	return v.Keep(c.ctx)
}

// readyAt asks a service whether it may take traffic.
func readyAt(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the service answers %d", resp.StatusCode)
	}
	return nil
}

// watchItself has a service watch whether it can take answers, until the
// returned function is called.
func (c *call) watchItself(h *house.House, dir string) (end func()) {
	v := h.Vigil(dir, hostname())
	ctx, cancel := context.WithCancel(c.ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		if err := v.Keep(ctx); err != nil {
			c.log.Error("watch over the public service", "error", err.Error())
		}
	})
	return func() { cancel(); watching.Wait() }
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "this machine"
	}
	return name
}

type outagesCommand struct{}

// Help implements kong's longer help.
func (outagesCommand) Help() string {
	return "Example:\n  duenotice outages --json\n\nThe ledger of outages: when the public service could not take answers, and who told so."
}

// Run implements the command.
func (outagesCommand) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		list, err := h.Desk.Outages(ctx)
		if err != nil {
			return err
		}
		return c.answer(list, func() {
			if len(list) == 0 {
				c.say("No outage of the public service has been told.")
			}
			for _, o := range list {
				c.say("%s to %s, %s, told by %s", o.From.In(calendar.London).Format("2 January 2006 15:04"), o.To.In(calendar.London).Format("2 January 2006 15:04"), o.To.Sub(o.From).Round(time.Second), o.Source)
			}
		})
	})
}
