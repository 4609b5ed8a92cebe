package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/seed"
	"duenotice/ui/page"
)

// call is one call of the program: what it was given and where it answers.
type call struct {
	ctx   context.Context
	in    io.Reader
	out   io.Writer
	errs  io.Writer
	flags flags
	env   Config

	log     *slog.Logger
	logFile *os.File
	logPath string
}

// logTo is the log of a service: JSON lines on stderr.
func (c *call) logToStderr() {
	c.log = slog.New(slog.NewJSONHandler(c.errs, nil))
}

// logToFile keeps the details of commands for people in a file of the data
// folder, so that the terminal stays calm.
func (c *call) logToFile() error {
	dir := c.flags.Data
	if dir == "" {
		var err error
		if dir, err = house.DefaultData(); err != nil {
			return err
		}
	}
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711 // the database's user passes through
	}
	if err := os.MkdirAll(dir, mode); err != nil {
		return fault.New(fault.Unavailable, "The folder %s cannot be made (%v). Use another folder with --data.", dir, errors.Unwrap(err))
	}
	c.logPath = filepath.Join(dir, "duenotice.log")
	f, err := os.OpenFile(c.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.New(fault.Unavailable, "The log %s cannot be written (%v). Use another folder with --data.", c.logPath, errors.Unwrap(err))
	}
	c.logFile, c.log = f, slog.New(slog.NewJSONHandler(f, nil))
	return nil
}

func (c *call) end() {
	if c.logFile != nil {
		_ = c.logFile.Close()
	}
}

// tell says what went wrong: a fault in its own words, anything else as a
// reference to the log.
func (c *call) tell(err error) int {
	if f := fault.Of(err); f != nil {
		fmt.Fprintln(c.errs, f.Sentence)
		return failed
	}
	if errors.Is(err, context.Canceled) && c.ctx.Err() != nil {
		fmt.Fprintln(c.errs, "Stopped.")
		return failed
	}
	reference := rand.Text()[:8]
	if c.log == nil {
		c.logToStderr()
	}
	c.log.Error("command failed", "reference", reference, "error", err.Error())
	where := ""
	if c.logPath != "" {
		where = " The details are in " + c.logPath + "."
	}
	says := "Something went wrong (reference %s).%s\n"
	if page.LostDatabase(err) {
		says = "The database does not answer, or stopped answering while this was done (reference %s). " +
			"What it confirmed is kept. Look what was done, and start again in a minute.%s\n"
	}
	fmt.Fprintf(c.errs, says, reference, where)
	return failed
}

// say prints a line for people; with --json it goes to stderr.
func (c *call) say(format string, args ...any) {
	to := c.out
	if c.flags.JSON {
		to = c.errs
	}
	fmt.Fprintf(to, format+"\n", args...)
}

// progress prints a line about how far something is.
func (c *call) progress(format string, args ...any) {
	if !c.flags.Quiet {
		fmt.Fprintf(c.errs, format+"\n", args...)
	}
}

// answer prints the one document with --json, or the lines for people.
func (c *call) answer(document any, people func()) error {
	if !c.flags.JSON {
		people()
		return nil
	}
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	return e.Encode(document)
}

func (c *call) place() house.Place {
	return house.Place{Data: c.flags.Data, Database: c.env.DatabaseURL, PublicDatabase: c.env.PublicDatabaseURL, Archive: c.env.Archive, Log: c.log,
		SandboxDatabase: c.env.SandboxDatabaseURL}
}

// codes reads the pepper: from the environment, else that of a demonstration's folder.
func (c *call) codes(g *house.Ground) (codes house.Codes, err error) {
	if c.env.Pepper != "" {
		return house.Peppers(c.env.Pepper)
	}
	return house.KeptPepper(g.Dir, false)
}

// inHouse joins the installation for one command: no listener, no crew.
func (c *call) inHouse(do func(ctx context.Context, h *house.House) error) (err error) {
	if err := c.logToFile(); err != nil {
		return err
	}
	g, err := house.Enter(c.ctx, c.place())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.Leave(c.ctx)) }()
	if err := g.Prepare(c.ctx, house.Database, calendar.Wall()); err != nil {
		return err
	}
	h, err := c.open(g, house.Config{})
	if err != nil {
		return err
	}
	defer h.Close(c.ctx)
	return do(c.ctx, h)
}

// open builds the house on entered ground. A demonstration keeps its own time
// and its made-up people whichever command joins it.
func (c *call) open(g *house.Ground, config house.Config) (*house.House, error) {
	var err error
	config.Log = c.log
	if config.KeyLife, err = c.env.keyLife(); err != nil {
		return nil, err
	}
	config.Database, config.Sandbox = g.App(house.Database), g.Sandbox
	if config.Archive, err = g.Archive(house.Database); err != nil {
		return nil, err
	}
	if len(config.Codes.Peppers) == 0 {
		if config.Codes, err = c.codes(g); err != nil {
			return nil, err
		}
	}
	if config.Clock == nil {
		clock, demo, err := seed.ClockOf(c.ctx, config.Database)
		if err != nil {
			return nil, err
		}
		config.Clock, config.MadeUpPeople = clock, demo
	}
	return house.Open(c.ctx, config)
}

// viewer finds who acts; without --as it is the house itself, which may do
// what needs nobody's signature.
func (c *call) viewer(h *house.House, email string) (campaigns.Viewer, error) {
	if email == "" {
		return campaigns.Viewer{Role: campaigns.RoleNational, Name: "command line"}, nil
	}
	return h.Register.ViewerByEmail(c.ctx, email)
}

// named wants somebody by name, where a signature is given.
func (c *call) named(h *house.House, email string) (campaigns.Viewer, error) {
	if email == "" {
		return campaigns.Viewer{}, usage("say who does this with --as EMAIL")
	}
	return c.viewer(h, email)
}

// readLine reads the one line that a command takes from stdin.
func (c *call) readLine(what string) (string, error) {
	text, err := io.ReadAll(io.LimitReader(c.in, 1<<12))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", what, err)
	}
	for line := range linesOf(string(text)) {
		return line, nil
	}
	return "", usage("give the " + what + " on stdin")
}
