package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"

	"duenotice/cmd/duenotice/bench"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
)

type benchPortal struct {
	People   int           `default:"20000" help:"How many made-up people hold a letter."`
	Seed     uint64        `default:"1" help:"The same seed makes the same people."`
	Load     time.Duration `default:"10s" help:"How long sixteen visitors answer as fast as they can."`
	Steady   time.Duration `default:"20s" help:"How long visitors come at the steady rate."`
	Rate     int           `default:"300" help:"The steady rate, in answers a second."`
	Surge    time.Duration `default:"60s" help:"How long ten times as many come."`
	Yardtime time.Duration `default:"10s" help:"How long each run of the yardstick takes; 0s leaves it out."`
	Keep     bool          `help:"Keep the database; its name is said at the end."`
	Client   bool          `hidden:"" help:"Be the visitors: read what to do from stdin, tell what was seen."`
}

// Help implements kong's longer help.
func (benchPortal) Help() string {
	return "Example:\n  duenotice bench portal --json --quiet --data DIR\n\nWhole journeys over HTTP, six requests each, by a client process of their own: as fast as they go, at a steady rate, and in a surge " +
		"of ten times that rate, with what the visitors were told held against the ledger. Makes its own data from a seed, in a database of its own, and leaves nothing behind. " +
		"The yardstick, pgbench -N -s 20 -c 16 -j 2, is run three times on the same server in between."
}

// Run implements the command.
func (b benchPortal) Run(c *call) error {
	if b.Client {
		var p bench.Part
		if err := json.NewDecoder(c.in).Decode(&p); err != nil {
			return usage("--client reads what to do from stdin")
		}
		seen, err := bench.Visit(c.ctx, p)
		if err != nil {
			return err
		}
		return json.NewEncoder(c.out).Encode(seen)
	}
	if b.People < 100 || b.People > 10_000_000 || b.Rate < 1 || b.Rate > 10_000 {
		return usage("--people takes between 100 and 10000000, --rate between 1 and 10000")
	}
	if err := c.logToFile(); err != nil {
		return err
	}
	practices, err := seed.SynthPractices(seed.Region)
	if err != nil {
		return err
	}
	organisations, err := seed.Organisations()
	if err != nil {
		return err
	}
	return c.inOwnDatabase("bench", b.Keep, func(g *house.Ground, database, archive string) error {
		if err := bench.Lay(c.ctx, g.Owner(database)); err != nil {
			return err
		}
		r, err := bench.OpenPortal(c.ctx, bench.PortalOptions{Options: bench.Options{People: b.People, Seed: b.Seed, Database: g.App(database), Public: g.Public(database), Archive: archive,
			Region: seed.Region, Practices: practices, Organisations: organisations, Progress: func(s string) { c.progress("%s…", s) }, Log: c.log},
			Owner: g.Owner(database), Assets: g.Dir, Load: b.Load, Steady: b.Steady, Rate: b.Rate, Surge: b.Surge, Yardtime: b.Yardtime}, visitors)
		if err != nil {
			return err
		}
		return c.answer(r, func() { c.say("%s", r.Text()) })
	})
}

// visitors runs this program again as the client.
func visitors(ctx context.Context, p bench.Part) (seen bench.Visits, err error) {
	self, err := os.Executable()
	if err != nil {
		return seen, fmt.Errorf("find the program: %w", err)
	}
	todo, err := json.Marshal(p)
	if err != nil {
		return seen, fmt.Errorf("tell the visitors: %w", err)
	}
	client := exec.CommandContext(ctx, self, "bench", "portal", "--client")
	client.Stdin, client.Stderr = bytes.NewReader(todo), os.Stderr
	told, err := client.Output()
	if err != nil {
		return seen, fmt.Errorf("run the visitors: %w", err)
	}
	if err := json.Unmarshal(told, &seen); err != nil {
		return seen, fmt.Errorf("hear the visitors: %w", err)
	}
	return seen, nil
}
