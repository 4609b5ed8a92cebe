package managers

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/intake"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// trayItems is how many items of one kind the in-tray shows; the oldest come first.
const trayItems = 500

// The kinds of the in-tray.
const (
	answersKind = "answers"
	lettersKind = "letters"
	checksKind  = "checks"
)

type trayPage struct {
	Lines   []trayLine
	Kinds   []trayKind
	Kind    string
	Late    int
	Due     int
	Running int // checks of addresses that run and need nobody yet
}

// trayKind leads to the items of one kind.
type trayKind struct {
	Name, Href string
	Count      int
	Here       bool
}

// trayLine is one item that waits for a person.
type trayLine struct {
	Kind      string
	Href      string
	Name      string
	What      string
	Why       string
	From      string
	Arrived   calendar.Date
	DueOn     calendar.Date
	Age       int // calendar days since it arrived
	Due, Late bool
	Of        string // whose it may be
}

func (h *Hall) trayLine(l trayLine) trayLine {
	today := h.Clock.Today()
	l.Age, l.Due, l.Late = today.DaysSince(l.Arrived), l.DueOn == today, l.DueOn.Before(today)
	return l
}

// tray gathers what waits for a person, by the day by which it should be settled.
func (h *Hall) tray(ctx context.Context, by campaigns.Viewer) ([]trayLine, error) {
	var list []trayLine
	held, err := h.Desk.Holds(ctx, by, trayItems)
	if err != nil {
		return nil, err
	}
	for _, o := range held {
		l := h.holdLine(o)
		of := "Nobody yet"
		if o.People > 0 {
			of = page.Plural(int64(o.People), "person", "people")
		}
		list = append(list, h.trayLine(trayLine{Kind: answersKind, Href: fmt.Sprintf("/holds/%d", o.ID), Name: o.Reference, What: l.Said, Why: l.Waits,
			From: l.Channel, Arrived: o.ReceivedOn, DueOn: o.DueOn, Of: of}))
	}
	strays, err := h.Mailroom.Strays(ctx, by, trayItems)
	if err != nil {
		return nil, err
	}
	for _, s := range strays {
		list = append(list, h.trayLine(strayLine(s)))
	}
	checks, err := h.Mailroom.Checks(ctx, by, true, trayItems)
	if err != nil {
		return nil, err
	}
	for _, k := range checks {
		list = append(list, h.trayLine(checkLine(k)))
	}
	slices.SortStableFunc(list, func(a, b trayLine) int { return cmp.Or(a.DueOn.DaysSince(b.DueOn), a.Arrived.DaysSince(b.Arrived)) })
	return list, nil
}

func strayLine(s letters.Stray) trayLine {
	l := trayLine{Kind: lettersKind, Href: fmt.Sprintf("/returns/%d", s.ID), Name: letters.PrintedReference(s.Reference), What: "A letter came back", Why: "no letter has this reference",
		From: "By staff", Arrived: calendar.DateOf(s.RecordedAt), DueOn: s.DueOn, Of: "No letter yet"}
	if s.Elsewhere {
		l.Why, l.Of = "told of by another region", "1 letter"
	}
	if s.Vendor != "" {
		l.From = s.Vendor
	}
	return l
}

func checkLine(k letters.Check) trayLine {
	l := trayLine{Kind: checksKind, Href: fmt.Sprintf("/checks/%d", k.ID), Name: fmt.Sprintf("Person %d", k.Person), What: "No word on an address", Why: "its letter came back, " + returnReason(k.Reason),
		From: k.PracticeName, Arrived: k.StartedOn, DueOn: k.DueOn, Of: "1 person"}
	if k.About == "death" {
		l.What, l.Why = "A death to be confirmed", "its letter came back, deceased"
	}
	return l
}

// returnReason says in words why a letter came back.
func returnReason(code string) string {
	if r, ok := intake.ReturnReasons[code]; ok {
		return r
	}
	return code
}

// intray lists what waits for a person: all of it, or one kind.
func (h *Hall) intray(c *fiber.Ctx, by campaigns.Viewer) error {
	all, err := h.tray(c.UserContext(), by)
	if err != nil {
		return err
	}
	running, err := h.Mailroom.Checks(c.UserContext(), by, false, trayItems)
	if err != nil {
		return err
	}
	body := trayPage{Kind: c.Query("kind"), Kinds: []trayKind{{Name: "Everything", Href: "/holds", Count: len(all)}}}
	for _, k := range []struct{ kind, name string }{{answersKind, "Answers"}, {lettersKind, "Letters that came back"}, {checksKind, "Deaths and addresses"}} {
		n := 0
		for _, l := range all {
			if l.Kind == k.kind {
				n++
			}
		}
		body.Running -= map[bool]int{true: n}[k.kind == checksKind]
		body.Kinds = append(body.Kinds, trayKind{k.name, "/holds?kind=" + k.kind, n, body.Kind == k.kind})
	}
	body.Running += len(running)
	for _, l := range all {
		if known := slices.ContainsFunc(body.Kinds, func(k trayKind) bool { return k.Here }); known && l.Kind != body.Kind {
			continue
		}
		body.Lines = append(body.Lines, l)
		if l.Late {
			body.Late++
		} else if l.Due {
			body.Due++
		}
	}
	body.Kinds[0].Here = !slices.ContainsFunc(body.Kinds[1:], func(k trayKind) bool { return k.Here })
	return h.show(c, "intray.html", page.View{Title: "In-tray", Active: "/holds", Body: body})
}

// waiting counts what is in the in-tray.
func (h *Hall) waiting(ctx context.Context, by campaigns.Viewer) (int, error) {
	held, err := h.Desk.HoldsOpen(ctx, by)
	if err != nil {
		return 0, err
	}
	other, err := h.Mailroom.InTray(ctx, by)
	return held + other, err
}

// needTray says at home what other than answers waits in the in-tray.
func (h *Hall) needTray(c *fiber.Ctx, by campaigns.Viewer, _ []campaignLine) ([]need, error) {
	if !by.Role.KeysAnswers() {
		return nil, nil
	}
	all, err := h.tray(c.UserContext(), by)
	if err != nil {
		return nil, err
	}
	today := h.Clock.Today()
	byKind := map[string]*need{}
	for _, l := range all {
		n := byKind[l.Kind]
		if n == nil {
			n = &need{Href: "/holds?kind=" + l.Kind, by: l.DueOn, Due: "by " + page.Day(l.DueOn, today), Late: !l.DueOn.After(today), Old: "Oldest since " + page.Day(l.Arrived, today)}
			byKind[l.Kind] = n
		}
		n.Count++
	}
	var list []need
	if n := byKind[lettersKind]; n != nil {
		n.Name, n.Why = word(n.Count, "Letter came back that fits none", "Letters came back that fit none"), "Each may be somebody’s who was never reached. Find whose it is, or say that it is not ours."
		list = append(list, *n)
	}
	if n := byKind[checksKind]; n != nil {
		n.Name, n.Why = word(n.Count, "Death or address to settle", "Deaths and addresses to settle"), "An envelope told of a death, or a practice has found nothing out about an address in six months."
		list = append(list, *n)
	}
	return list, nil
}
