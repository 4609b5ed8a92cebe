package simulate

import (
	"context"
	"fmt"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// planLife plans what registers will tell of somebody in the course of the year.
func (y *year) planLife(p *person) {
	day := func(what string, from, to int) calendar.Date {
		return calendar.Max(dayOf(within(y.luck(p, what+" when"), from, to)), y.today.AddDays(1))
	}
	happens := func(what string, share float64) bool { return y.luck(p, what) < share }
	if happens("dies", 0.006) && !p.dead {
		y.dies(p, day("dies", 5, days-10))
	}
	if happens("leaves", 0.004) {
		on := day("leaves", 5, days-60)
		y.fact(on, p, campaigns.PersonFact{Kind: campaigns.Left, Reason: "EMB"})
		if happens("comes back", 0.4) {
			y.fact(on.AddDays(within(y.luck(p, "stays away"), 10, 50)), p, campaigns.PersonFact{Kind: campaigns.CameBack})
		}
	}
	if happens("changes practice", 0.02) {
		y.changesPractice(p, day("changes practice", 5, days-10))
	}
	if happens("moves", 0.02) {
		on := day("moves", 5, days-10)
		told := within(y.luck(p, "told late"), 0, 9) // the register hears of it days later
		y.factOn(on.AddDays(told), on, p, campaigns.PersonFact{Kind: campaigns.MovedAddress, Address: []string{fmt.Sprintf("%d New Road", 1+p.place), "London"}, Postcode: p.postcode})
	}
	if happens("becomes sensitive", 0.002) {
		on := day("becomes sensitive", 5, days-60)
		y.fact(on, p, campaigns.PersonFact{Kind: campaigns.BecameSensitive})
		if happens("is safe again", 0.5) {
			y.fact(on.AddDays(40), p, campaigns.PersonFact{Kind: campaigns.NotSensitive})
		}
	}
	if happens("merges", 0.003) && p.place > 0 {
		y.merges(p, day("merges", 30, days-80))
	}
}

// fact has a register tell a fact on the day on which it happened.
func (y *year) fact(on calendar.Date, p *person, f campaigns.PersonFact) { y.factOn(on, on, p, f) }

func (y *year) factOn(told, on calendar.Date, p *person, f campaigns.PersonFact) {
	y.tell(told, func(ctx context.Context) error {
		f.On, f.Source = on, "register"
		return y.house.Desk.TellPerson(ctx, y.author, p.now().id, f)
	})
}

// dies records a death. A few are mistakes: the person says no meanwhile, and
// some weeks later the register takes it back.
func (y *year) dies(p *person, on calendar.Date) {
	y.tell(on, func(ctx context.Context) error {
		p.now().dead = true
		return y.house.Desk.TellPerson(ctx, y.author, p.now().id, campaigns.PersonFact{Kind: campaigns.Died, On: on.AddDays(-2), Source: "register"})
	})
	if y.luck(p, "lives after all") > 0.3 {
		return
	}
	if y.luck(p, "says so") < 0.5 {
		y.phone(on.AddDays(7), p, "no")
	}
	y.tell(on.AddDays(21), func(ctx context.Context) error {
		p.now().dead = false
		return y.house.Desk.TellPerson(ctx, y.author, p.now().id, campaigns.PersonFact{Kind: campaigns.NotDead, On: y.today, Source: "register"})
	})
}

// changesPractice moves somebody to another practice, now and then one of the
// other region.
func (y *year) changesPractice(p *person, on calendar.Date) {
	to := p.side
	if y.luck(p, "leaves the region") < 0.2 {
		for _, s := range y.sides {
			if s != p.side {
				to = s
			}
		}
	}
	code := to.practices[int(y.luck(p, "to practice")*float64(len(to.practices)))].code
	y.tell(on, func(ctx context.Context) error {
		if code == p.now().practice {
			return nil
		}
		p.now().practice = code
		return y.house.Desk.TellPerson(ctx, y.author, p.now().id, campaigns.PersonFact{Kind: campaigns.MovedPractice, On: on, Source: "register", Practice: code})
	})
}

// merges finds out that two numbers prove one person; every third time that
// turns out wrong some weeks later.
func (y *year) merges(p *person, on calendar.Date) {
	y.tell(on, func(ctx context.Context) error {
		into := y.neighbour(p)
		if into == p || p.into != nil || into.into != nil || p.dead || into.dead || y.merged(p) {
			return nil
		}
		err := y.house.Desk.TellPerson(ctx, y.author, p.id, campaigns.PersonFact{Kind: campaigns.Merged, On: on, Source: "register", Into: into.id})
		if err != nil {
			return err
		}
		p.into = into
		if y.luck(p, "were two after all") > 0.34 {
			return nil
		}
		y.tell(on.AddDays(30), func(ctx context.Context) error {
			p.into = nil
			return y.house.Desk.TellPerson(ctx, y.author, p.id, campaigns.PersonFact{Kind: campaigns.Split, On: y.today, Source: "register"})
		})
		return nil
	})
}

// merged tells whether somebody has been merged into this person.
func (y *year) merged(p *person) bool {
	for _, o := range y.inOrder {
		if o.into == p {
			return true
		}
	}
	return false
}

// trace is what the bureau says each Monday of letters that came back five
// days ago or more: an address, none, or nothing.
func (y *year) trace(ctx context.Context) error {
	for _, s := range y.sides {
		list, err := y.house.Register.EnrolmentsIn(ctx, s.campaign.ID, campaigns.Retracing, 0, 10_000)
		if err != nil {
			return err
		}
		for _, e := range list {
			p := y.people[e.Person]
			if p == nil || e.Since.After(y.today.AddDays(-5).Start()) {
				continue
			}
			f := campaigns.PersonFact{Kind: campaigns.MovedAddress, On: y.today, Source: "tracing bureau",
				Address: []string{fmt.Sprintf("%d Found Street", 1+p.place), "London"}, Postcode: p.postcode}
			switch u := y.luck(p, "traced", y.today.DaysSince(firstDay)); {
			case u > 0.9:
				continue
			case u > 0.7:
				f = campaigns.PersonFact{Kind: campaigns.AddressNotFound, On: y.today, Source: "tracing bureau"}
			}
			if err := y.house.Desk.TellPerson(ctx, y.author, p.now().id, f); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
	}
	return nil
}
