package seed

import (
	"context"
	"math/rand/v2"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

const (
	traceAfter = 10 * 24 * time.Hour
	foundShare = 0.6
)

// trace looks for the addresses of people whose letter came back ten days
// ago: most are found, and get a new letter with a full window.
func (c *Clockwork) trace(ctx context.Context, k campaigns.Campaign, d calendar.Date) error {
	list, err := c.house.Register.EnrolmentsIn(ctx, k.ID, campaigns.Retracing, 0, 1000)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Since.Add(traceAfter).After(c.Now()) {
			continue
		}
		_, p, err := c.house.Register.Enrolment(ctx, campaigns.Viewer{}, e.ID)
		if err != nil {
			return err
		}
		fact := campaigns.PersonFact{Kind: campaigns.AddressNotFound, On: d, Source: "trace"}
		if rand.New(rand.NewPCG(uint64(e.ID), dice(k.Code, d))).Float64() < foundShare {
			fact.Kind, fact.Address, fact.Postcode = campaigns.MovedAddress, []string{"Flat 2, 9 New Street", "LONDON"}, p.Postcode
		}
		if err := c.house.Desk.TellPerson(ctx, campaigns.Viewer{}, e.Person, fact); err != nil {
			return err
		}
	}
	return nil
}
