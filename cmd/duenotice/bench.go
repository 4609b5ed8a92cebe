package main

import (
	"duenotice/cmd/duenotice/bench"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
)

type benchCommands struct {
	Import   benchImport   `cmd:"" help:"From a file of people to accepted enrolments."`
	Pipeline benchPipeline `cmd:"" help:"Letters composed, drawn, sealed and stored by River's jobs."`
	Seal     benchSeal     `cmd:"" help:"Letters that are composed, drawn, sealed and stored by River's jobs."`
	Close    benchClose    `cmd:"" help:"From windows that are over to records with their evidence."`
	Letters  benchLetters  `cmd:"" help:"Letters drawn on paper, many to a document."`
	Portal   benchPortal   `cmd:"" help:"Answers given through the public service, whole journeys over HTTP."`
	Pull     benchPull     `cmd:"" help:"Print vendors that fetch, verify, accept and report sealed batches."`
}

type (
	benchImport   struct{ benchFlags }
	benchPipeline struct{ benchFlags }
	benchSeal     struct{ benchFlags }
	benchClose    struct{ benchFlags }
)

func (b benchImport) Run(c *call) error   { return b.run(c, bench.Import) }
func (b benchPipeline) Run(c *call) error { return b.run(c, bench.Pipeline) }
func (b benchSeal) Run(c *call) error     { return b.run(c, bench.Seal) }
func (b benchClose) Run(c *call) error    { return b.run(c, bench.Close) }

type benchFlags struct {
	People int    `default:"200000" help:"How many made-up people."`
	Seed   uint64 `default:"1" help:"The same seed makes the same people."`
	Keep   bool   `help:"Keep the database; its name is said at the end."`
}

// Help implements kong's longer help.
func (benchFlags) Help() string {
	return "Example:\n  duenotice bench close --people 200000 --json\n\nMakes its own data from a seed, in a database of its own, and leaves nothing behind. The yardstick is measured in the same run."
}

func (b benchFlags) run(c *call, name string) error {
	if b.People < 100 || b.People > 10_000_000 {
		return usage("--people takes between 100 and 10000000")
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
		r, err := bench.Run(c.ctx, name, bench.Options{People: b.People, Seed: b.Seed, Database: g.App(database), Archive: archive, Region: seed.Region,
			Practices: practices, Organisations: organisations, Progress: func(s string) { c.progress("%s…", s) }, Log: c.log})
		if err != nil {
			return err
		}
		return c.answer(r, func() { c.say("%s", r.Text()) })
	})
}
