package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
)

type importCommands struct {
	Practices importPractices `cmd:"" help:"Practices, list sizes, regions, ICBs, SHAs: told apart by content."`
	Changes   importChanges   `cmd:"" help:"What files said of practices and waits for a decision; accept or decline it."`
	Cohort    importCohort    `cmd:"" help:"A file of people; it is read and waits to be accepted."`
	Accept    importAccept    `cmd:"" help:"Accept a file of people that was read: they are enrolled."`
	Dissents  importDissents  `cmd:"" help:"A practice's opt-out codes."`
	Answers   importAnswers   `cmd:"" help:"Answers sent in bulk."`
	Returns   importReturns   `cmd:"" help:"Returned mail: reference, date, reason."`

	Watermarks importWatermarks `cmd:"" help:"Up to which day channels and practices have entered everything."`
}

// opened opens a file named on the command line; its name may be told.
func opened(path string) (*os.File, error) {
	f, err := os.Open(path)
	var trouble *os.PathError
	if errors.As(err, &trouble) {
		return nil, fault.New(fault.Invalid, "The file %s cannot be read: %v.", path, trouble.Err)
	}
	return f, err
}

type importCohort struct {
	File     string `arg:"" type:"existingfile" help:"The file of people, in the template's columns."`
	Campaign string `required:"" placeholder:"CODE" help:"The campaign's code."`
	As       string `placeholder:"EMAIL" help:"Who brings it."`
}

// Help implements kong's longer help.
func (importCohort) Help() string {
	return "Example:\n  duenotice import cohort people.csv --campaign NEL-26\n\nIt is read by a worker: one that runs already, or this command itself."
}

type cohortRead struct {
	ID       campaigns.CohortID `json:"id"`
	Rows     int                `json:"rows"`
	Accepted int                `json:"accepted"`
	Rejected int                `json:"rejected"`
	Findings []ruleCount        `json:"findings"`
}

type ruleCount struct {
	Rule  string `json:"rule"`
	Count int    `json:"count"`
}

func (i importCohort) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, i.As)
		if err != nil {
			return err
		}
		f, err := opened(i.File)
		if err != nil {
			return err
		}
		defer f.Close()
		id, err := h.Register.ReceiveCohort(ctx, by, i.Campaign, filepath.Base(i.File), f)
		if err != nil {
			return err
		}
		c.progress("Received as file %d. Reading it.", id)
		cohort, err := c.wait(h, by, id, func(state string) bool { return state != "received" && state != "reading" })
		if err != nil {
			return err
		}
		if cohort.State == "refused" {
			return fault.New(fault.Invalid, "%s", cohort.Refusal)
		}
		groups, err := h.Register.Findings(ctx, id)
		if err != nil {
			return err
		}
		sizes, err := h.Register.ListSizeDifferences(ctx, id)
		if err != nil {
			return err
		}
		read := cohortRead{id, cohort.Rows, cohort.Accepted, cohort.Rejected, []ruleCount{}}
		for _, g := range groups {
			read.Findings = append(read.Findings, ruleCount{g.Rule, g.Count})
		}
		if n := len(sizes.Differ); n > 0 {
			read.Findings = append(read.Findings, ruleCount{"list_size_differs", n})
		}
		return c.answer(read, func() {
			c.say("File %d: %d rows, %d accepted, %d rejected.", id, cohort.Rows, cohort.Accepted, cohort.Rejected)
			for _, g := range groups {
				c.say("  %6d × %s (%s): %s %s", g.Count, g.Rule, g.Severity, g.Advice, places(g.Lines, g.Count))
			}
			c.listSizes(sizes)
			c.say("Accept it with: duenotice import accept %d --as EMAIL", id)
		})
	})
}

// places names the first rows that a rule found something in.
func places(lines []int32, count int) string {
	word, more := "Line", "."
	if len(lines) > 1 {
		word = "Lines"
	}
	if count > len(lines) {
		more = " and more."
	}
	shown := make([]string, len(lines))
	for i, n := range lines {
		shown[i] = strconv.Itoa(int(n))
	}
	return word + " " + strings.Join(shown, ", ") + more
}

// wait waits until a file of people has come to a state. Where no other
// process works the queues, this one does.
func (c *call) wait(h *house.House, by campaigns.Viewer, id campaigns.CohortID, there func(state string) bool) (campaigns.Cohort, error) {
	if err := h.Work(c.ctx); err != nil {
		return campaigns.Cohort{}, err
	}
	for {
		cohort, err := h.Register.Cohort(c.ctx, by, id)
		if err != nil || there(cohort.State) {
			return cohort, err
		}
		select {
		case <-c.ctx.Done():
			return cohort, c.ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

type importAccept struct {
	ID int64  `arg:"" help:"The number of the file, as import cohort told it."`
	As string `required:"" placeholder:"EMAIL" help:"Who accepts it."`
}

// Help implements kong's longer help.
func (importAccept) Help() string {
	return "Example:\n  duenotice import accept 3 --as anna.price@example.org"
}

func (i importAccept) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, i.As)
		if err != nil {
			return err
		}
		id := campaigns.CohortID(i.ID)
		before, err := h.Register.Cohort(ctx, by, id)
		if err != nil {
			return err
		}
		if err := h.Register.DecideCohort(ctx, by, id, true); err != nil {
			return err
		}
		cohort, err := c.wait(h, by, id, func(state string) bool { return state != "accepted" })
		if err != nil {
			return err
		}
		if cohort.State != "applied" {
			return fault.New(fault.Refused, "The file has to be read and looked at again (it is %s).", cohort.State)
		}
		return c.answer(map[string]any{"id": id, "rows": cohort.Rows, "accepted": cohort.Accepted, "rejected": cohort.Rejected, "enrolled": cohort.Enrolled, "already": cohort.Already},
			func() {
				if before.State == "applied" {
					c.say("This file was accepted before; nothing was done again.")
				}
				c.say("%d people enrolled, %d were in the campaign already.", cohort.Enrolled, cohort.Already)
			})
	})
}
