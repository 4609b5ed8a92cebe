package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/simulate"
)

type simulateCommand struct {
	People int    `default:"2000" help:"How many people."`
	Seed   uint64 `default:"1" help:"The same seed gives the same numbers."`
	Keep   bool   `help:"Keep the database of the simulation; its name is said at the end."`
}

// Help implements kong's longer help.
func (simulateCommand) Help() string {
	return "Example:\n  duenotice simulate --people 20000 --seed 7 --json\n\nA whole year of two campaigns through the real rooms, in a database of its own; then every invariant. Exits 1 when one is violated."
}

func (s simulateCommand) Run(c *call) error {
	if s.People < 100 || s.People > 900_000 {
		return usage("--people takes between 100 and 900000")
	}
	if err := c.logToFile(); err != nil {
		return err
	}
	return c.inOwnDatabase("simulate", s.Keep, func(g *house.Ground, name, archive string) error {
		report, err := simulate.Run(c.ctx, simulate.Options{People: s.People, Seed: s.Seed, Database: unwaiting(g.App(name)), Public: unwaiting(g.Public(name)),
			Archive: archive, Assets: g.Dir, Progress: c.bar("A year"), Log: c.log})
		if err != nil {
			return err
		}
		if err := c.answer(report, func() { c.say("%s", strings.TrimRight(report.Text(), "\n")) }); err != nil || report.Kept() {
			return err
		}
		return fault.New(fault.Refused, "%d promises were broken, or a sum is wrong.", report.Violated())
	})
}

// unwaiting lets commits not wait for the disk: what a simulation writes is
// thrown away, and every rule but durability holds as ever.
func unwaiting(address string) string { return address + "&synchronous_commit=off" }

// inOwnDatabase does something in a database made for it on the private
// server, which is dropped afterwards unless it is to be kept.
func (c *call) inOwnDatabase(what string, keep bool, do func(g *house.Ground, name, archive string) error) (err error) {
	place := c.place()
	place.Database, place.PublicDatabase, place.Archive = "", "", ""
	g, err := house.Enter(c.ctx, place)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Leave(c.ctx)) }()
	name := fmt.Sprintf("%s_%d", what, os.Getpid())
	if err := g.Drop(c.ctx, name); err != nil { // of an earlier process with this number
		return err
	}
	if err := g.Prepare(c.ctx, name, calendar.Wall()); err != nil {
		return err
	}
	archive, err := g.Archive(name)
	if err != nil {
		return err
	}
	if keep {
		defer c.progress("The database %s is kept: psql %q", name, g.App(name))
	} else {
		defer func() {
			err = errors.Join(err, g.DropAfter(c.ctx, name), os.RemoveAll(filepath.Join(g.Dir, "archive-"+name)))
		}()
	}
	return do(g, name, archive)
}

// bar is how far something is: a bar on a terminal, a line every tenth elsewhere.
func (c *call) bar(what string) func(done, of int, sentence string) {
	if c.flags.Quiet {
		return nil
	}
	if f, ok := c.errs.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		var bar *progressbar.ProgressBar
		return func(done, of int, sentence string) {
			if bar == nil {
				bar = progressbar.NewOptions(of, progressbar.OptionSetWriter(c.errs), progressbar.OptionSetDescription(what),
					progressbar.OptionShowIts(), progressbar.OptionClearOnFinish())
			}
			bar.Describe(sentence)
			_ = bar.Set(done)
		}
	}
	last := -1
	return func(done, of int, sentence string) {
		if tenth := done * 10 / max(of, 1); tenth != last {
			last = tenth
			c.progress("%s: %d%%. %s", what, 100*done/max(of, 1), sentence)
		}
	}
}
