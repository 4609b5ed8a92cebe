package patients

import (
	"strings"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
)

var (
	today   = calendar.On(2027, time.February, 24)
	lastDay = calendar.On(2027, time.March, 12)
)

func TestTheHeadingIsThePromiseAndNeverMore(t *testing.T) {
	const thing = "Shared Health Summary"
	after := lastDay.AddDays(3)
	for _, c := range []struct {
		name                 string
		p                    optout.Position
		on                   calendar.Date
		heading, yes, no, do string
	}{
		{"open", optout.Position{LastDay: lastDay}, today, "No Shared Health Summary will be made for you before Saturday 13 March 2027, and none at all if you tell us not to",
			"One will be made, not before 13 March 2027.", "None will be made.", "If you do not answer by Friday 12 March 2027, one will be made after that day."},
		{"the last day itself", optout.Position{LastDay: lastDay}, lastDay, "before Saturday 13 March 2027", "not before 13 March 2027", "None will be made.", "by Friday 12 March 2027"},
		{"over", optout.Position{LastDay: lastDay, Over: true}, after, "A Shared Health Summary will be made for you, unless you tell us not to", "One will be made.", "None will be made.", "has passed"},
		{"no letter counts", optout.Position{}, today, "before we have written to you again", "We write to you first.", "None will be made.", "we write to you again first"},
		{"held", optout.Position{LastDay: lastDay, Held: true}, today, "while we check a message", "not before 13 March 2027", "None will be made.", "While we check, nothing new is made."},
		{"said no", optout.Position{LastDay: lastDay, Says: "no", SaidOn: today, SaidBy: campaigns.Paper}, today, "You said no on Wednesday 24 February 2027, by post", "not before 25 February 2027", "None will be made.", "stays: no"},
		{"said yes", optout.Position{LastDay: lastDay, Says: "yes", SaidOn: today, SaidBy: campaigns.Phone}, today, "You said yes on Wednesday 24 February 2027, by phone", "not before 13 March 2027", "None will be made.", "stays: yes"},
		{"made", optout.Position{LastDay: lastDay, Over: true, Record: "live", RecordOn: after}, after, "A Shared Health Summary was made for you on Monday 15 March 2027", "The one that was made stays.", "will be taken away", "it stays"},
		{"made, day unknown", optout.Position{Record: "live", RecordOn: calendar.DateOf(time.Time{})}, after, "A Shared Health Summary was made for you", "stays", "taken away", "it stays"},
		{"going", optout.Position{Record: "withdrawing", Says: "no", SaidOn: today, SaidBy: campaigns.Web}, after, "You said no on", "One will be made, not before", "is being taken away", "stays: no"},
	} {
		c.p.Programme = thing
		o := outlook{Position: c.p, Today: c.on}
		for got, want := range map[string]string{o.Heading(): c.heading, o.IfYes(): c.yes, o.IfNo(): c.no, o.IfNothing(): c.do} {
			if got = strings.ReplaceAll(got, "\u00a0", " "); !strings.Contains(got, want) {
				t.Errorf("%s: %q does not say %q", c.name, got, want)
			}
		}
		for _, sentence := range []string{o.Heading(), o.Lead(), o.IfYes(), o.IfNo(), o.IfNothing(), o.Standing(), o.LastDayIs()} {
			if strings.Contains(sentence, "0001") || strings.Contains(sentence, "1 January 1 ") || strings.Contains(sentence, "  ") {
				t.Errorf("%s: %q", c.name, sentence)
			}
		}
	}
}

func TestOneHouseholdIsOneNetwork(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "::ffff:192.0.2.7": "192.0.2.7/32",
		"fe80::1%eth0": "fe80::/64", "": "unknown", "x, y": "unknown",
	} {
		if got := network(ip); got != want {
			t.Errorf("%q is %q, not %q", ip, got, want)
		}
	}
}
