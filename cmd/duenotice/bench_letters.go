package main

import (
	"duenotice/cmd/duenotice/bench"
)

type benchLetters struct {
	Letters int    `default:"100000" help:"How many letters."`
	Seed    uint64 `default:"1" help:"The same seed makes the same people."`
}

// Help implements kong's longer help.
func (benchLetters) Help() string {
	return "Example:\n  duenotice bench letters --letters 100000 --json\n\nDraws the pack that comes with the program, letter and form, for made-up people; needs no database and leaves nothing behind. The yardstick, a document for each letter, is measured in the same run."
}

func (b benchLetters) Run(c *call) error {
	if b.Letters < 1 || b.Letters > 100_000_000 {
		return usage("--letters takes between 1 and 100000000")
	}
	r, err := bench.DrawLetters(c.ctx, b.Letters, b.Seed, madeUpSender(bench.Letters), func(s string) { c.progress("%s…", s) })
	if err != nil {
		return err
	}
	return c.answer(r, func() { c.say("%s", r.Text()) })
}
