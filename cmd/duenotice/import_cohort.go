package main

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/cmd/duenotice/house"
)

type importCohort struct {
	File     string `arg:"" type:"existingfile" help:"The file of people: the template's columns, the screening layout, or the answer to a bulk trace."`
	Campaign string `placeholder:"CODE" help:"The campaign's code."`
	Corrects int64  `placeholder:"ID" help:"The file whose rejected rows this one brings again, corrected; it joins that one's campaign."`
	As       string `placeholder:"EMAIL" help:"Who brings it."`
}

// Help implements kong's longer help.
func (importCohort) Help() string {
	return "Example:\n  duenotice import cohort people.csv --campaign NEL-26\n  duenotice import cohort corrected.csv --corrects 3\n\nIt is read by a worker: one that runs already, or this command itself."
}

type cohortRead struct {
	ID        campaigns.CohortID `json:"id"`
	Rows      int                `json:"rows"`
	Accepted  int                `json:"accepted"`
	Rejected  int                `json:"rejected"`
	Findings  []ruleCount        `json:"findings"`
	Conflicts []kindCount        `json:"conflicts"`
}

type ruleCount struct {
	Rule  string `json:"rule"`
	Count int    `json:"count"`
}

// count adds a group of findings; one rule may have two severities.
func (r *cohortRead) count(g campaigns.FindingGroup) {
	i := slices.IndexFunc(r.Findings, func(c ruleCount) bool { return c.Rule == g.Rule })
	if i < 0 {
		i = len(r.Findings)
		r.Findings = append(r.Findings, ruleCount{Rule: g.Rule})
	}
	r.Findings[i].Count += g.Count
}

type kindCount struct {
	Kind    string `json:"kind"`
	Rows    int    `json:"rows"`
	Open    int    `json:"open"`
	Waiting int    `json:"waiting"`
}

func kindCounts(list []campaigns.ConflictCount) []kindCount {
	out := []kindCount{}
	for _, k := range list {
		out = append(out, kindCount{k.Kind, k.All, k.Open, k.Waiting})
	}
	return out
}

func (i importCohort) Run(c *call) error {
	if (i.Campaign == "") == (i.Corrects == 0) {
		return usage("say which campaign with --campaign CODE, or which file it corrects with --corrects ID")
	}
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
		var id campaigns.CohortID
		if i.Corrects != 0 {
			id, err = h.Register.ReceiveCorrection(ctx, by, campaigns.CohortID(i.Corrects), filepath.Base(i.File), f)
		} else {
			id, err = h.Register.ReceiveCohort(ctx, by, i.Campaign, filepath.Base(i.File), f)
		}
		if err != nil {
			return err
		}
		c.progress("Received as file %d. Reading it.", id)
		cohort, err := c.wait(h, by, id)
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
		kinds, err := h.Register.Conflicts(ctx, id)
		if err != nil {
			return err
		}
		sizes, err := h.Register.ListSizeDifferences(ctx, id)
		if err != nil {
			return err
		}
		read := cohortRead{id, cohort.Rows, cohort.Accepted, cohort.Rejected, []ruleCount{}, kindCounts(kinds)}
		for _, g := range groups {
			read.count(g)
		}
		if n := len(sizes.Differ); n > 0 {
			read.Findings = append(read.Findings, ruleCount{"list_size_differs", n})
		}
		return c.answer(read, func() {
			c.say("File %d: %d rows, %d accepted, %d rejected.", id, cohort.Rows, cohort.Accepted, cohort.Rejected)
			for _, g := range groups {
				c.say("  %6d × %s (%s): %s %s", g.Count, g.Rule, g.Severity, g.Advice, places(g.Lines, g.Count))
			}
			for _, k := range kinds {
				c.say("  %6d × %s: look at them with duenotice import conflicts %d --kind %s", k.All, k.Kind, id, k.Kind)
			}
			c.listSizes(sizes)
			if cohort.Rejected > 0 {
				c.say("Take out the rejected rows with: duenotice import rejected %d --as EMAIL --out FILE", id)
			}
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

// toldEvery is how often a command says how far a file is.
const toldEvery = 3 * time.Second

// wait waits until a file of people is neither being read nor applied. Where
// no other process works the queues, this one does; so whatever cut a file
// off, it is gone on with here.
func (c *call) wait(h *house.House, by campaigns.Viewer, id campaigns.CohortID) (campaigns.Cohort, error) {
	cohort, err := h.Register.Cohort(c.ctx, by, id)
	if err != nil || !busy(cohort) {
		return cohort, err
	}
	if err := h.Work(c.ctx); err != nil {
		return cohort, err
	}
	tell := time.NewTicker(toldEvery)
	defer tell.Stop()
	for {
		if cohort, err = h.Register.Cohort(c.ctx, by, id); err != nil || !busy(cohort) {
			return cohort, err
		}
		select {
		case <-c.ctx.Done():
			return cohort, c.ctx.Err()
		case <-tell.C:
			if p, ok, err := h.Register.Progress(c.ctx, id); err == nil && ok && p.Total > 0 {
				c.progress("  %s: %d rows, %d%%, %d a second.", p.Phase, p.Rows, 100*p.Done/p.Total, p.PerSecond())
			}
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func busy(h campaigns.Cohort) bool {
	return h.State == "received" || h.State == "reading" || h.State == "accepted"
}

type importAccept struct {
	ID int64  `arg:"" help:"The number of the file, as import cohort told it."`
	As string `required:"" placeholder:"EMAIL" help:"Who accepts it."`
}

// Help implements kong's longer help.
func (importAccept) Help() string {
	return "Example:\n  duenotice import accept 3 --as anna.price@example.org\n\nOf a file that was applied, rows that waited and were decided since are applied now."
}

type cohortApplied struct {
	ID        campaigns.CohortID `json:"id"`
	State     string             `json:"state"`
	Rows      int                `json:"rows"`
	Accepted  int                `json:"accepted"`
	Rejected  int                `json:"rejected"`
	Enrolled  int                `json:"enrolled"`
	Already   int                `json:"already"`
	Discarded int                `json:"discarded"`
	Waiting   int                `json:"waiting"`
}

func appliedOf(h campaigns.Cohort) cohortApplied {
	return cohortApplied{h.ID, h.State, h.Rows, h.Accepted, h.Rejected, h.Enrolled, h.Already, h.Discarded, h.Waiting}
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
		cohort, err := c.wait(h, by, id)
		if err != nil {
			return err
		}
		if cohort.State != "applied" {
			return fault.New(fault.Refused, "The file has to be read and looked at again (it is %s).", cohort.State)
		}
		return c.answer(appliedOf(cohort), func() {
			if before.State == "applied" && before.Waiting == cohort.Waiting {
				c.say("This file was accepted before; nothing was done again.")
			}
			c.say("%d people enrolled, %d were in the campaign already.", cohort.Enrolled, cohort.Already)
			if cohort.Discarded > 0 {
				c.say("%d rows were left out by decision.", cohort.Discarded)
			}
			if cohort.Waiting > 0 {
				c.say("%d rows wait for a look: duenotice import conflicts %d --as EMAIL", cohort.Waiting, id)
			}
		})
	})
}
