package managers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/optout"
	"duenotice/optout/gate"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// personClauses puts the nine conditions in words, with when and where they change.
func (h *Hall) personClauses(c *fiber.Ctx, body *personPage) error {
	keys := []string{campaigns.FeedRegistrations, campaigns.FeedNational, campaigns.SwitchOn(body.Campaign.Programme, body.Why.Person.Practice)}
	for _, w := range body.Why.Clauses {
		keys = append(keys, w.Source)
	}
	signals, err := h.Register.Signals(c.UserContext(), keys)
	if err != nil {
		return err
	}
	signed, err := h.Register.Signatures(c.UserContext(), "campaign", int64(body.Campaign.ID))
	if err != nil {
		return err
	}
	asked := body.Why.Clauses
	if body.Record != nil && !body.Record.LiveAt.IsZero() {
		asked, body.Over = evidenceOf(body.Record.Evidence), true
	}
	for _, w := range asked {
		l := clauseLine{WhyClause: w, Since: h.clauseSince(w, body, signals, signed)}
		l.Says, l.Marks = marksOf(feedWords.Replace(w.Says))
		if w.Number == 3 && !w.Met && !letterCounts(body.Letters) {
			l.Says, l.Marks = "No window has run, so there is no day up to which answers are to be entered.", nil
		}
		if w.Met {
			body.Yes++
		} else {
			body.Not++
			l.Link = h.clauseLink(w, body)
		}
		body.Clauses = append(body.Clauses, l)
	}
	return nil
}

// evidenceOf is the nine conditions as they were when the record was made.
func evidenceOf(kept optout.Evidence) (list []optout.WhyClause) {
	for _, k := range kept.Clauses {
		if k.Number >= 1 && k.Number <= len(gate.Names) {
			list = append(list, optout.WhyClause{Number: k.Number, Name: gate.Names[k.Number-1], Says: k.Says, Met: k.Met})
		}
	}
	return list
}

// feedWords say feeds as staff do.
var feedWords = strings.NewReplacer("The feed of national has", "The feed of national answers has", "The feed of registrations has", "The feed of deaths and moves has")

func letterCounts(list []letterLine) bool {
	return slices.ContainsFunc(list, func(l letterLine) bool { return l.Counts })
}

// clauseSince says who told a fact, or since when it is so.
func (h *Hall) clauseSince(w optout.WhyClause, body *personPage, signals map[string]campaigns.Signal, signed []campaigns.Signature) string {
	if body.Over && w.Number != 1 && w.Number != 6 && w.Number != 7 {
		return "" // what feeds say now is no part of the evidence
	}
	told := func(name string, at time.Time) string {
		if at.IsZero() {
			return name + ", never"
		}
		return name + ", " + page.Moment(at)
	}
	switch w.Number {
	case 1, 2:
		for _, l := range body.Letters {
			if l.Counts {
				return map[int]string{1: "The vendor, batch " + l.Batch, 2: "Since " + l.PostedOn.Short()}[w.Number]
			}
		}
	case 4:
		for _, o := range body.Holds {
			if !o.Settled {
				return "Since " + o.ReceivedOn.Short()
			}
		}
		return told("National answers", signals[campaigns.FeedNational].Since)
	case 5:
		return told("Deaths and moves", signals[campaigns.FeedRegistrations].Since)
	case 6:
		if s := signals[campaigns.SwitchOn(body.Campaign.Programme, body.Why.Person.Practice)]; !s.Day.IsZero() {
			return told("Switched on", s.ChangedAt)
		}
	case 7:
		if s := signals[w.Source]; s.Red() {
			return "Since " + page.Moment(s.Since)
		}
		if len(signed) > 1 {
			return signed[0].Name + " and " + signed[1].Name + ", " + dayOf(signed[1].At)
		}
	case 8:
		return told("Ledger", h.Clock())
	}
	return ""
}

// mark is one channel of the third condition: how far it has come and what is needed.
type mark struct{ Name, Says string }

// marksOf takes a list of what is waited for apart into its lines.
func marksOf(says string) (string, []mark) {
	rest, ok := strings.CutPrefix(says, "Waiting for ")
	if !ok {
		return says, nil
	}
	var marks []mark
	for _, one := range strings.Split(strings.TrimSuffix(rest, "."), "; ") {
		i := strings.LastIndex(one, ": ")
		if i < 0 {
			return says, nil
		}
		name := one[:i]
		if code, ok := strings.CutPrefix(name, "practice:"); ok {
			name = "Practice " + code
		} else {
			name = channelName(campaigns.Channel(name))
		}
		marks = append(marks, mark{name, one[i+2:]})
	}
	return "", marks
}

// clauseLink leads to where a condition can be changed.
func (h *Hall) clauseLink(w optout.WhyClause, body *personPage) page.Link {
	rest := func(prefix string) (string, bool) { return strings.CutPrefix(w.Source, prefix) }
	if w.Number == 4 {
		for _, o := range body.Holds {
			if !o.Settled {
				return page.Link{Text: "Settle the hold", Href: fmt.Sprintf("/holds/%d", o.ID)}
			}
		}
	}
	if code, ok := rest("watermark:practice:"); ok {
		return page.Link{Text: "See the practice’s watermark", Href: "/watermarks?channel=practice&practice=" + code}
	}
	if ch, ok := rest("watermark:"); ok {
		return page.Link{Text: "See the watermarks", Href: "/watermarks?channel=" + ch}
	}
	if _, ok := rest("switch:"); ok {
		return page.Link{Text: "See the practices", Href: "/practices"}
	}
	if _, ok := rest("suspect:batch:"); ok && len(body.Letters) > 0 {
		return page.Link{Text: "See the batch", Href: "/batches/" + body.Letters[0].Batch}
	}
	if w.Source == campaigns.StopSignal {
		return page.Link{Text: "See the stop", Href: "/stop"}
	}
	if _, ok := rest("pause:"); ok || strings.HasPrefix(w.Source, "approval:") {
		return page.Link{Text: "See the campaign", Href: "/campaigns/" + body.Campaign.Code}
	}
	return page.Link{}
}
