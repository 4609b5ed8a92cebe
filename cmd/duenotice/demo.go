package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
	"duenotice/optout"
	"duenotice/ui/patients"
)

type demoCommand struct {
	Fresh  bool `help:"Forget the demonstration that is there and begin anew."`
	People int  `default:"5000" help:"How many people to make up for the rollout."`
}

// Help implements kong's longer help.
func (demoCommand) Help() string {
	return "Example:\n  duenotice demo\n\nCtrl-C ends it; started again, it goes on where it was. Everything stays in the data folder (--data)."
}

func (d demoCommand) Run(c *call) (err error) {
	if d.People < 100 || d.People > 500_000 {
		return usage("--people takes between 100 and 500000")
	}
	if c.env.DatabaseURL != "" {
		return fault.New(fault.Refused, "The demonstration uses a private database only. Unset DATABASE_URL and start it again.")
	}
	if err := c.logToFile(); err != nil {
		return err
	}
	c.env.Archive = ""  // everything of the demonstration stays in its folder
	began := time.Now() //nolint:forbidigo // how long a start takes is real time
	c.step("Starting the database")
	g, err := house.Enter(c.ctx, c.place())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Leave(context.WithoutCancel(c.ctx))) }()
	if err := g.Claim("demo"); err != nil {
		return err
	}
	if err := house.Free(house.Web{Managers: c.env.Managers, Vendors: c.env.Vendors, Patients: c.env.Patients}); err != nil {
		return err
	}
	again := d.Fresh
	for {
		if again {
			if err := forgetDemo(c.ctx, g); err != nil {
				return err
			}
		}
		whole, err := d.play(c, g, began)
		if whole || err != nil {
			return err
		}
		c.step("The demonstration was left half made; beginning anew")
		again = true
	}
}

// play opens the demonstration, tells its story where it is new, and serves
// until Ctrl-C. It returns false where it found a story half told.
func (d demoCommand) play(c *call, g *house.Ground, began time.Time) (whole bool, err error) {
	err = g.Prepare(c.ctx, house.Database, calendar.Wall())
	if f := fault.Of(err); f != nil && f.Kind == fault.Conflict {
		return false, fault.New(fault.Conflict, "%s For a demonstration that is: duenotice demo --fresh", f.Sentence)
	}
	if err != nil {
		return false, err
	}
	clock, err := seed.Wind(c.ctx, g.Dir, g.App(house.Database))
	if err != nil {
		return false, err
	}
	codes, err := house.KeptPepper(g.Dir, true)
	if err != nil {
		return false, err
	}
	h, err := c.open(g, house.Config{PublicDatabase: g.Public(house.Database), Clock: clock.Now, MadeUpPeople: true, Codes: codes,
		Jobs: house.JobsOptions{Eager: true}})
	if err != nil {
		return false, err
	}
	defer h.Close(c.ctx)
	web, err := h.Listen(c.ctx, house.Web{Managers: c.env.Managers, Vendors: c.env.Vendors, Patients: c.env.Patients, Assets: g.Dir, Demo: clock,
		Settings: patients.Settings{Sender: "NHS North East London", Programme: "Shared Health Summary", Helpline: "0808 157 0419", HelplineHours: "Monday to Friday, 8am to 6pm"},
		Say:      func(s string) { c.step(strings.TrimSuffix(s, ".")) }})
	if err != nil {
		return false, err
	}
	clock.Join(h, web.Patients, web.Vendors)
	ready, begun, err := clock.Told(c.ctx)
	if err != nil || begun && !ready {
		return false, errors.Join(err, web.Close())
	}
	if err := h.Work(c.ctx); err != nil {
		return false, errors.Join(err, web.Close())
	}
	ctx, end := context.WithCancel(c.ctx)
	defer end()
	var served sync.WaitGroup
	var serving error
	served.Go(func() { defer end(); serving = web.Serve(ctx) })
	if !ready {
		if err := clock.Tell(ctx, d.People, c.step); err != nil {
			end()
			served.Wait()
			return false, errors.Join(serving, err)
		}
	}
	if err := d.welcome(c, g, clock, web, time.Since(began)); err != nil { //nolint:forbidigo // as above
		return true, err
	}
	served.Go(func() { clock.VendorLives(ctx, 20*time.Second) })
	<-ctx.Done()
	c.step("Closing: requests and jobs in hand are finished first")
	served.Wait()
	return true, errors.Join(serving, clock.Keep())
}

// step says what is being done now.
func (c *call) step(sentence string) { c.progress("  %s…", sentence) }

func (d demoCommand) welcome(c *call, g *house.Ground, clock *seed.Clockwork, web *house.Listening, took time.Duration) error {
	letter, err := clock.LetterToTry(c.ctx)
	if err != nil {
		return err
	}
	document := map[string]any{"managers": web.Managers, "vendors": web.Vendors, "patients": web.Patients, "staff": seed.People}
	return c.answer(document, func() {
		c.say("\nDue Notice is open (after %d seconds). In it, it is %s.", int(took.Seconds())+1, calendar.DateOf(clock.Now()).Long())
		c.say("Practices are real; people, letters and figures are made up. Nobody is written to.\n")
		c.say("  Managers  %s", web.Managers)
		c.say("  Vendors   %s   the print vendor works by itself; its key is in %s", web.Vendors, clock.KeyFile())
		if letter.Code == "" {
			c.say("  Patients  %s\n", web.Patients)
		} else {
			c.say("  Patients  %s   try the code %s with the date of birth %s\n", web.Patients, optout.GroupCode(letter.Code), letter.BornOn.Plain())
		}
		c.say("Sign in with any of these and the password: %s\n", seed.Password)
		for _, p := range seed.People {
			c.say("  %-28s %-9s %s %s", p.Email, p.Role, firstName(p.Name), p.Does)
		}
		c.say("\nWhat to do first: sign in as Dana, open the campaign %s and approve wave 2; sign in as Samuel", seed.Blanket)
		c.say("and approve it, too. Watch the letters being drawn, then move the clock and see windows close.")
		c.say("\nCtrl-C ends it; the next start goes on from here. The log is %s.", filepath.Join(g.Dir, "duenotice.log"))
	})
}

func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}

// forgetDemo throws the demonstration away: it refuses where the data is not one's.
func forgetDemo(ctx context.Context, g *house.Ground) error {
	if err := g.Ensure(ctx, house.Database); err != nil {
		return err
	}
	if _, err := seed.Wind(ctx, g.Dir, g.App(house.Database)); err != nil {
		return err
	}
	if err := g.Drop(ctx, house.Database); err != nil {
		return err
	}
	if err := g.Drop(ctx, house.SandboxDatabase); err != nil {
		return err
	}
	for _, name := range []string{"archive", "archive-" + house.SandboxDatabase, "vendor", "vendor.key", "demo.seen", "demo.quiet", "pepper"} {
		if err := os.RemoveAll(filepath.Join(g.Dir, name)); err != nil {
			return fmt.Errorf("forget the demonstration: %w", err)
		}
	}
	return nil
}
