package managers

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type strayPage struct {
	letters.Stray
	Letters   []strayCandidate
	Printed   string
	Back      string // why it came back, in words and code
	From      string
	Late, Due bool
	May       bool
	Whose     string
	WhoseBad  string
	Outcome   page.Radios
	Reference page.Input
	Reason    page.Input
}

type strayCandidate struct {
	letters.StrayCandidate
	Printed string
	Marked  []marked // the same, in parts
}

// marked is a part of a reference, and whether it differs from what was told.
type marked struct {
	Text    string
	Differs bool
}

// slipsIn takes a reference apart where it differs from another of its length.
func slipsIn(printed, told string) []marked {
	if len(printed) != len(told) {
		return []marked{{Text: printed}}
	}
	var list []marked
	for i := range len(printed) {
		differs := printed[i] != told[i]
		if n := len(list); n > 0 && list[n-1].Differs == differs {
			list[n-1].Text += printed[i : i+1]
			continue
		}
		list = append(list, marked{printed[i : i+1], differs})
	}
	return list
}

func (h *Hall) oneStray(c *fiber.Ctx, by campaigns.Viewer) (letters.Stray, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return letters.Stray{}, fault.New(fault.NotFound, "There is no such letter that came back.")
	}
	return h.Mailroom.StrayByID(c.UserContext(), by, letters.StrayID(id))
}

// backBecause is why a letter came back, with the code of it where there is one.
func backBecause(reason string) string {
	if words := returnReason(reason); words != reason {
		return words + " (" + reason + ")"
	}
	return reason
}

// stray shows a letter that came back beside those that it may be.
func (h *Hall) stray(c *fiber.Ctx, by campaigns.Viewer) error { return h.showStray(c, by, nil) }

func (h *Hall) showStray(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	s, err := h.oneStray(c, by)
	if err != nil {
		return err
	}
	if err := h.Register.LookedAt(c.UserContext(), by, "stray", fmt.Sprint(s.ID), "in-tray"); err != nil {
		return err
	}
	today := h.Clock.Today()
	body := strayPage{Stray: s, Printed: letters.PrintedReference(s.Reference), Back: capital(backBecause(s.Reason)), From: strayLine(s).From, Late: s.DueOn.Before(today), Due: s.DueOn == today,
		May: by.Role.KeysAnswers() && !s.Settled, Whose: c.FormValue("letter"), WhoseBad: wrong.For("letter")}
	for _, k := range s.Candidates {
		printed := letters.PrintedReference(k.Reference)
		body.Letters = append(body.Letters, strayCandidate{k, printed, slipsIn(printed, body.Printed)})
	}
	if len(s.Candidates) == 1 && body.Whose == "" && c.FormValue("reference") == "" {
		body.Whose = s.Candidates[0].Reference
	}
	body.Outcome = page.Radios{Field: page.Field{Name: "outcome", Label: "What is it?", LabelSize: "s", Error: wrong.For("outcome")}, Chosen: c.FormValue("outcome"),
		Options: []page.Option{{Value: letters.LetterFound, Text: "One of our letters", Hint: "It counts as come back: its window gives no notice, and the person is traced or written to again"},
			{Value: letters.NotOurs, Text: "Not one of ours", Hint: "Another sender’s, or of a programme that ended"}, {Value: letters.CannotBeRead, Text: "It cannot be found out", Hint: "Damaged or empty"}}}
	body.Reference = page.Input{Field: page.Field{Name: "reference", Label: "Reference of the letter, if you have found another", Hint: "DN and ten digits, spaced or not", Error: wrong.For("reference")},
		Width: "20", Code: true, Spellcheck: "false", Autocomplete: "off", Value: c.FormValue("reference")}
	body.Reason = page.Input{Field: page.Field{Name: "reason", Label: "How do you know?", Hint: "In a few words, for example: the name on the envelope", Error: wrong.For("reason")}, Value: c.FormValue("reason")}
	return h.show(c, "stray.html", page.View{Title: "Returned letter " + body.Printed, Active: "/holds", Problem: wrong, Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}}, Body: body})
}

// settleStray ends one. The letter is one of those shown, or one whose
// reference is typed.
func (h *Hall) settleStray(c *fiber.Ctx, by campaigns.Viewer) error {
	s, err := h.oneStray(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	outcome, reference := c.FormValue("outcome"), strings.TrimSpace(c.FormValue("reference"))
	if reference == "" && slices.ContainsFunc(s.Candidates, func(k letters.StrayCandidate) bool { return k.Reference == c.FormValue("letter") }) {
		reference = c.FormValue("letter")
	}
	if outcome == letters.LetterFound && reference == "" {
		field := "letter"
		if len(s.Candidates) == 0 {
			field = "reference"
		}
		wrong.Add(field, "Say which letter it is.")
	}
	if len(wrong) == 0 {
		err := h.Mailroom.SettleStray(c.UserContext(), by, s.ID, outcome, reference, strings.TrimSpace(c.FormValue("reason")))
		if err := wrong.Take(err); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showStray(c, by, wrong)
	}
	return h.done(c, "/holds", "The letter that came back as %s is settled: %s.", letters.PrintedReference(s.Reference), outcome)
}

type checksPage struct {
	Lines []checkRow
	More  bool
}

type checkRow struct {
	letters.Check
	What string
	Late bool
	Left int // days
}

func checkRowOf(k letters.Check, today calendar.Date) checkRow {
	what := "Address: " + returnReason(k.Reason)
	if k.About == "death" {
		what = "Death to be confirmed"
	}
	return checkRow{k, what, k.Overdue(today), k.DueOn.DaysSince(today)}
}

// checks lists the checks that run at practices, soonest due first.
func (h *Hall) checks(c *fiber.Ctx, by campaigns.Viewer) error {
	list, err := h.Mailroom.Checks(c.UserContext(), by, false, trayItems+1)
	if err != nil {
		return err
	}
	body := checksPage{More: len(list) > trayItems}
	for _, k := range list[:min(len(list), trayItems)] {
		body.Lines = append(body.Lines, checkRowOf(k, h.Clock.Today()))
	}
	return h.show(c, "checks.html", page.View{Title: "Checks of addresses", Active: "/holds", Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}}, Body: body})
}

type checkPage struct {
	checkRow
	Became  string
	Printed string
	Back    string
	May     bool
	Outcome page.Radios
	Reason  page.Input
}

func (h *Hall) check(c *fiber.Ctx, by campaigns.Viewer) error { return h.showCheck(c, by, nil) }

func (h *Hall) oneCheck(c *fiber.Ctx, by campaigns.Viewer) (letters.Check, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return letters.Check{}, fault.New(fault.NotFound, "There is no such check of an address.")
	}
	return h.Mailroom.CheckByID(c.UserContext(), by, letters.CheckID(id))
}

// outcomes say what a check may come to, and what follows.
var outcomes = map[string]page.Option{
	letters.LivesThere:   {Text: "The person lives there", Hint: "A new letter is written to the same address, with a full window"},
	letters.LeftTheList:  {Text: "The practice has ended the registration", Hint: "FP69: the person is no longer registered, and gets no record"},
	letters.NothingHeard: {Text: "Nothing has been found out", Hint: "The person cannot be reached, and gets no record"},
	letters.HasDied:      {Text: "The person has died", Hint: "It stays as the envelope said; nobody writes again"},
	letters.IsAlive:      {Text: "The person is alive", Hint: "The death is taken back; an answer that was kept because of it counts"},
}

func (h *Hall) showCheck(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	k, err := h.oneCheck(c, by)
	if err != nil {
		return err
	}
	body := checkPage{checkRow: checkRowOf(k, h.Clock.Today()), Printed: letters.PrintedReference(k.Reference), Back: returnReason(k.Reason), May: by.Role.Manages() && !k.Done,
		Outcome: page.Radios{Field: page.Field{Name: "outcome", Label: "What has the practice found out?", LabelSize: "s", Error: wrong.For("outcome")}, Chosen: c.FormValue("outcome")},
		Reason:  page.Input{Field: page.Field{Name: "reason", Label: "How do you know?", Hint: "In a few words, for example: rang the practice", Error: wrong.For("reason")}, Value: c.FormValue("reason")}}
	if k.Outcome != "" {
		body.Became = sentence(cmp.Or(outcomes[k.Outcome].Text, capital(k.Outcome))) + " " + sentence(k.Why)
	}
	for _, name := range letters.CheckOutcomes[k.About] {
		o := outcomes[name]
		o.Value = name
		body.Outcome.Options = append(body.Outcome.Options, o)
	}
	title := "Address of person " + fmt.Sprint(k.Person)
	if k.About == "death" {
		title = "Death of person " + fmt.Sprint(k.Person)
	}
	return h.show(c, "check.html", page.View{Title: title, Active: "/holds", Problem: wrong, Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}, {Text: "Checks of addresses", Href: "/checks"}}, Body: body})
}

func (h *Hall) settleCheck(c *fiber.Ctx, by campaigns.Viewer) error {
	k, err := h.oneCheck(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	err = h.Mailroom.SettleCheck(c.UserContext(), by, k.ID, c.FormValue("outcome"), strings.TrimSpace(c.FormValue("reason")))
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showCheck(c, by, wrong)
	}
	return h.done(c, "/holds", "Settled: %s.", strings.ToLower(outcomes[c.FormValue("outcome")].Text[:1])+outcomes[c.FormValue("outcome")].Text[1:])
}
