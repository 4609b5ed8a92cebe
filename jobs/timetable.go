package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"duenotice/campaigns"
)

// tick looks through the timetable: it leaves the work of one kind for every
// campaign, or once for all.
type tick struct {
	Name string `json:"name"`
}

func (tick) Kind() string                 { return "tick" }
func (tick) InsertOpts() river.InsertOpts { return once(upkeep) }

// entry is a line of the timetable.
type entry struct {
	name  string
	every time.Duration
	why   string
	each  func(campaigns.CampaignID) []river.JobArgs // for every approved campaign
	all   river.JobArgs                              // once for the installation
}

// timetable is all periodic work. Nothing is due at a moment of its own:
// every line asks the database what is due, so that one that is missed, or
// comes twice, changes nothing.
var timetable = []entry{
	{name: "close", every: 2 * time.Minute, why: "windows close at midnight, and what blocked a record may have changed since",
		each: func(c campaigns.CampaignID) (list []river.JobArgs) {
			for lane := range lanes {
				list = append(list, closeWindows{c, lane})
			}
			return list
		}},
	{name: "send", every: time.Minute, why: "records on their way, repeats after an unsure answer, withdrawals", all: sendRecords{}},
	{name: "fold", every: time.Minute, why: "counts are read by every page", all: foldCounts{}},
	{name: "recall", every: 5 * time.Minute, why: "a letter not yet posted can still be taken out",
		each: func(c campaigns.CampaignID) []river.JobArgs { return []river.JobArgs{recallStale{c}} }},
	{name: "follow up", every: 10 * time.Minute, why: "spoiled letters, found addresses, late comers: written to with the next batch",
		each: func(c campaigns.CampaignID) []river.JobArgs { return []river.JobArgs{followUp{c}} }},
	{name: "try letters", every: 5 * time.Minute, why: "whoever signs a wave finds its letters tried, however many they are",
		each: func(c campaigns.CampaignID) []river.JobArgs { return []river.JobArgs{tryLetters{c}} }},
	{name: "come of age", every: time.Hour, why: "birthdays happen once a day, and a worker may have been away at midnight",
		each: func(c campaigns.CampaignID) []river.JobArgs { return []river.JobArgs{comeOfAge{c}} }},
	{name: "watch", every: 10 * time.Minute, why: "silence is not health", all: watch{}},
	{name: "invariants", every: time.Hour, why: "once a day, whichever hour finds a worker", all: checkInvariants{}},
	{name: "seal audit", every: time.Hour, why: "what was done cannot be changed unseen once it is sealed", all: sealAudit{}},
	{name: "check audit", every: time.Hour, why: "once a day, whichever hour finds a worker", all: checkAudit{}},
	{name: "tell vendors", every: time.Minute, why: "a vendor that waits to be told need not ask", all: tellVendors{}},
	{name: "bring batches", every: 2 * time.Minute, why: "some vendors have their batches brought to a server of their own", all: bringBatches{}},
	{name: "watch vendors", every: time.Hour, why: "once a day: what a vendor says and charges is held against what it was given", all: watchVendors{}},
	{name: "forget", every: time.Hour, why: "sessions and failed proofs are kept for a time only", all: forget{}},
}

func (c *Crew) tick(ctx context.Context, t tick) error {
	for _, e := range timetable {
		if e.name == t.Name {
			return c.leave(ctx, e)
		}
	}
	return nil // a line of a newer or older program
}

// leave leaves the work of some lines.
func (c *Crew) leave(ctx context.Context, lines ...entry) error {
	list, err := c.doors.Register.Campaigns(ctx, campaigns.Viewer{})
	if err != nil {
		return err
	}
	var work []river.InsertManyParams
	for _, e := range lines {
		if e.all != nil {
			work = append(work, river.InsertManyParams{Args: e.all})
		}
		for _, one := range list {
			if e.each == nil || one.ApprovedAt.IsZero() {
				continue
			}
			for _, args := range e.each(one.ID) {
				work = append(work, river.InsertManyParams{Args: args})
			}
		}
	}
	if len(work) == 0 {
		return nil
	}
	if _, err := c.client.InsertMany(ctx, work); err != nil {
		return fmt.Errorf("leave the timetable's work: %w", err)
	}
	return nil
}

// periodic is the timetable as River takes it; every process that may lead has the same.
func periodic() []*river.PeriodicJob {
	var list []*river.PeriodicJob
	for _, e := range timetable {
		list = append(list, river.NewPeriodicJob(river.PeriodicInterval(e.every),
			func() (river.JobArgs, *river.InsertOpts) { return tick{e.name}, nil },
			&river.PeriodicJobOpts{ID: "timetable_" + idOf(e.name), RunOnStart: true}))
	}
	return list
}
