package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"duenotice/campaigns/calendar"
	"duenotice/cmd/duenotice/bench"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
)

type benchPull struct {
	Letters int    `default:"100000" help:"How many letters are pulled by all vendors together."`
	Vendors int    `default:"20" help:"How many pull at once."`
	Seed    uint64 `default:"1" help:"Said with the figures; the people are the same every time."`
	Keep    bool   `help:"Keep the database; its name is said at the end."`
}

// Help implements kong's longer help.
func (benchPull) Help() string {
	return "Example:\n  duenotice bench pull --letters 1000000 --json\n\nPrint vendors fetch, verify, accept and report sealed batches over HTTP on this machine. The server is a process of its own, whose memory is measured; " +
		"the letters are drawn and sealed before, by the jobs. The yardstick, the same files to the same clients from a plain file server, is measured in the same run. " +
		"It takes about 5 kB of disk a letter while it runs, and leaves nothing behind."
}

func (b benchPull) Run(c *call) error {
	if b.Vendors < 1 || b.Vendors > 99 || b.Letters < 10*b.Vendors || b.Letters > 9_000_000 {
		return usage("--letters takes between 10 a vendor and 9000000, --vendors between 1 and 99")
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
	return c.inOwnDatabase("bench", b.Keep, func(g *house.Ground, database, archive string) (err error) {
		folder, err := os.MkdirTemp(g.Dir, "pulled-*")
		if err != nil {
			return fmt.Errorf("make a folder for what is pulled: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
		codes := house.RandomPepper()
		r, err := bench.Vendors(c.ctx, bench.PullOptions{Letters: b.Letters, Vendors: b.Vendors, Folder: folder,
			Pepper: base64.StdEncoding.EncodeToString(codes.Peppers[codes.Newest]),
			Serve:  serving(g.Dir),
			Options: bench.Options{Seed: b.Seed, Database: g.App(database), Public: g.Public(database), Archive: archive, Region: seed.Region, Begin: calendar.Wall(), Codes: codes,
				Practices: practices, Organisations: organisations, Progress: func(s string) { c.progress("%s…", s) }, Log: c.log}})
		if err != nil {
			return err
		}
		return c.answer(r, func() { c.say("%s", r.Text()) })
	})
}

// serving is this program as a server, in a process of its own.
func serving(folder string) func(ctx context.Context, env []string) (*exec.Cmd, error) {
	return func(ctx context.Context, env []string) (*exec.Cmd, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("find this program: %w", err)
		}
		p := exec.CommandContext(ctx, self, "serve", "--no-work", "--data", folder)
		p.Env = append(os.Environ(), env...)
		return p, nil
	}
}
