package main

import (
	"errors"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
	"duenotice/ui/patients"
)

type serveCommand struct {
	NoWork bool `help:"Serve pages only; the queues are worked by duenotice work."`
}

// Help implements kong's longer help.
func (serveCommand) Help() string {
	return "Example:\n  DUENOTICE_PEPPER=$(openssl rand -base64 32) duenotice serve --data /srv/duenotice\n\n" +
		"Addresses come from DUENOTICE_MANAGERS_LISTEN and _URL, and the same for VENDORS and PATIENTS; with DUENOTICE_SFTP_LISTEN there is an SFTP door for vendors too. With DATABASE_URL and " +
		"DUENOTICE_PUBLIC_DATABASE_URL it serves that database; without, a private one in the data folder. Keep the pepper: codes on letters depend on it. " +
		"With DUENOTICE_LOGIN_ISSUER, _CLIENT and _KEY people see their own record after signing in with NHS login or its like."
}

func (s serveCommand) Run(c *call) (err error) {
	c.logToStderr()
	if c.env.Pepper == "" {
		return fault.New(fault.Invalid, "DUENOTICE_PEPPER is not set. It protects the codes on letters and has no default: make one with "+
			"openssl rand -base64 32, keep it apart from the database, and never lose it.")
	}
	if c.env.DatabaseURL != "" && c.env.PublicDatabaseURL == "" {
		return fault.New(fault.Invalid, "DUENOTICE_PUBLIC_DATABASE_URL is not set. Patients' pages use a database role of their own (duenotice_public) that cannot read names.")
	}
	login, err := house.Login(c.env.LoginIssuer, c.env.LoginClient, c.env.LoginKey, c.env.LoginKeyID)
	if err != nil {
		return err
	}
	return c.onGround("serve", func(g *house.Ground) error {
		_, demo, err := seed.ClockOf(c.ctx, g.App(house.Database))
		if err != nil {
			return err
		}
		if demo {
			return fault.New(fault.Conflict, "The folder %s holds a demonstration with made-up people. Name another folder with --data.", g.Dir)
		}
		h, err := c.open(g, house.Config{PublicDatabase: g.Public(house.Database), Clock: calendar.Wall, SecondFactor: true})
		if err != nil {
			return err
		}
		defer h.Close(c.ctx)
		web, err := h.Listen(c.ctx, house.Web{Managers: c.env.Managers, Vendors: c.env.Vendors, Patients: c.env.Patients, SFTP: c.env.SFTP,
			TrustedProxies: c.env.TrustedProxies, Assets: g.Dir, Settings: patients.Settings{Login: login}})
		if err != nil {
			return err
		}
		if !s.NoWork {
			if err := h.Work(c.ctx); err != nil {
				return errors.Join(err, web.Close())
			}
		}
		defer c.watchItself(h, g.Dir)()
		c.log.Info("serving", "managers", web.Managers, "vendors", web.Vendors, "patients", web.Patients, "sftp", web.SFTP, "sftp_key", web.SFTPKey)
		return web.Serve(c.ctx)
	})
}

// onGround enters the place, claims it by a name ("" for those who share it)
// and prepares its database.
func (c *call) onGround(claim string, do func(*house.Ground) error) (err error) {
	g, err := house.Enter(c.ctx, c.place())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Leave(c.ctx)) }()
	if claim != "" {
		if err := g.Claim(claim); err != nil {
			return err
		}
	}
	if err := g.Prepare(c.ctx, house.Database, calendar.Wall()); err != nil {
		return err
	}
	return do(g)
}

type workCommand struct {
	Workers int `help:"Jobs of one queue at once in this process." default:"2"`
}

// Help implements kong's longer help.
func (workCommand) Help() string {
	return "Example:\n  DATABASE_URL=postgres://… DUENOTICE_PEPPER=… duenotice work --workers 4\n\nStops on Ctrl-C or SIGTERM after the jobs in hand; what it cannot finish in 20 seconds another process takes up."
}

func (w workCommand) Run(c *call) error {
	c.logToStderr()
	return c.onGround("", func(g *house.Ground) error {
		codes, err := c.codes(g)
		if err != nil {
			return err
		}
		if len(codes.Peppers) == 0 {
			return fault.New(fault.Invalid, "DUENOTICE_PEPPER is not set. Whoever draws letters needs the same pepper as those who serve patients.")
		}
		h, err := c.open(g, house.Config{Codes: codes, Jobs: house.JobsOptions{Workers: w.Workers}})
		if err != nil {
			return err
		}
		defer h.Close(c.ctx)
		if err := h.Work(c.ctx); err != nil {
			return err
		}
		c.log.Info("working", "workers", w.Workers)
		<-c.ctx.Done()
		return nil
	})
}

type migrateCommand struct{}

// Help implements kong's longer help.
func (migrateCommand) Help() string {
	return "Example:\n  DATABASE_URL=postgres://owner@db/duenotice duenotice migrate\n\nDATABASE_URL is the owner's here; serve and work use the role duenotice_app."
}

func (migrateCommand) Run(c *call) (err error) {
	if err := c.logToFile(); err != nil {
		return err
	}
	g, err := house.Enter(c.ctx, c.place())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Leave(c.ctx)) }()
	if err := g.Migrate(c.ctx, calendar.Wall()); err != nil {
		return err
	}
	n := house.Schema()
	return c.answer(map[string]int{"schema": n}, func() { c.say("The database has schema %d.", n) })
}
