package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
)

type doctorCommand struct{}

// Help implements kong's longer help.
func (doctorCommand) Help() string {
	return "Example:\n  duenotice doctor --data /srv/duenotice\n\nExits 1 when something is wrong."
}

type finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Warn bool   `json:"warn,omitempty"` // nothing is wrong yet
	Says string `json:"says"`
}

// warning is something that will be wrong if nobody sees to it.
type warning struct{ error }

func (doctorCommand) Run(c *call) error {
	if err := c.logToFile(); err != nil {
		return err
	}
	var list []finding
	note := func(name string, err error, fine string) bool {
		f := finding{Name: name, OK: err == nil, Says: fine}
		var w warning
		if errors.As(err, &w) {
			f.OK, f.Warn, f.Says, err = true, true, w.Error(), nil
		}
		if known := fault.Of(err); known != nil {
			f.Says = known.Sentence
		} else if err != nil {
			c.log.Error("doctor", "check", name, "error", err)
			f.Says = "It does not answer. The details are in " + c.logPath + "."
		}
		list = append(list, f)
		return err == nil
	}
	_, npm := exec.LookPath("npm")
	if npm != nil {
		npm = fault.New(fault.Unavailable, "npm is not installed. It is needed where the pages' assets are not built in; install Node.js.")
	}
	note("npm", npm, "npm is installed.")
	g, err := house.Enter(c.ctx, c.place())
	if note("database server", err, "The database server runs.") {
		note("pepper", pepperOf(c, g), "There is a pepper, and it can be read.")
		c.examine(g, note)
		if err := g.Leave(c.ctx); err != nil {
			return err
		}
	}
	wrong := 0
	for _, f := range list {
		if !f.OK {
			wrong++
		}
	}
	err = c.answer(map[string]any{"checks": list}, func() {
		for _, f := range list {
			mark := "✓"
			switch {
			case !f.OK:
				mark = "✗"
			case f.Warn:
				mark = "!"
			}
			c.say("%s %s: %s", mark, f.Name, f.Says)
		}
	})
	if err == nil && wrong > 0 {
		err = fault.New(fault.Unavailable, "Of %d checks %d found something wrong.", len(list), wrong)
	}
	return err
}

// examine looks at the installation itself.
func (c *call) examine(g *house.Ground, note func(string, error, string) bool) {
	if !note("schema", g.Prepare(c.ctx, house.Database, calendar.Wall()), fmt.Sprintf("The database has schema %d.", house.Schema())) {
		return
	}
	h, err := c.open(g, house.Config{})
	if !note("house", err, "Every room opens.") {
		return
	}
	defer h.Close(c.ctx)
	_, err = h.Archive().Put(c.ctx, "doctor", func(w io.Writer) error { _, err := io.WriteString(w, "here"); return err })
	note("archive", errors.Join(err, h.Archive().Forget(c.ctx, "doctor")), "Files can be kept and read.")
	alarms, err := h.Register.Alarms(c.ctx)
	if err == nil && len(alarms) > 0 {
		err = fault.New(fault.Unavailable, "%d alarms are raised. The newest: %s", len(alarms), alarms[0].Sentence)
	}
	note("alarms", err, "No alarm is raised.")
	note("holidays", holidays(c.ctx, h, calendar.KnownUntil()), "Holidays are known until "+calendar.KnownUntil().Long()+".")
	note("invariants", invariants(c.ctx, h), "Every rule that always holds does hold.")
}

// holidays warns while there is time to build the program with later ones.
func holidays(ctx context.Context, h *house.House, until calendar.Date) error {
	late, err := h.Register.WithoutHolidays(ctx, until)
	if err != nil || len(late) == 0 {
		return err
	}
	last := late[0]
	for _, d := range late {
		if d.On.After(last.On) {
			last = d
		}
	}
	return warning{fault.New(fault.Unavailable, "Holidays are known until %s only, and %s runs until %s. Bring a newer version of this program before then.",
		until.Long(), last.Campaign, last.On.Long())}
}

func invariants(ctx context.Context, h *house.House) error {
	list, err := h.Desk.Invariants(ctx)
	for _, i := range list {
		if i.Violations > 0 {
			return fault.New(fault.Unavailable, "Broken %d times: %s.", i.Violations, i.Name)
		}
	}
	return err
}

func pepperOf(c *call, g *house.Ground) error {
	codes, err := c.codes(g)
	if err == nil && len(codes.Peppers) == 0 {
		err = fault.New(fault.Invalid, "DUENOTICE_PEPPER is not set. A demonstration makes its own; serve and work need it.")
	}
	return err
}
