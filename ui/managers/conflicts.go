package managers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// kindWords is what pages say of a kind of conflict.
type kindWords struct {
	Name    string
	What    string // in one sentence
	Unless  string // what happens if nobody decides
	Left    string // heading of the other side
	Choices []choice
}

type choice struct{ Decision, Text, Done string }

var conflictWords = map[string]kindWords{
	campaigns.Twice: {"The same number twice in the file", "One NHS number stands on two lines with different details.", "the first row counts",
		"First row", []choice{{campaigns.Discard, "The first row counts", "First row counts"}, {campaigns.Apply, "The later row counts", "Later row counts"}, {campaigns.Both, "Two people: leave both out", "Both left out"}}},
	campaigns.Another: {"The number is held for somebody else", "The birth date, or both names, are not those of the person held under this number.", "the row waits",
		"Held", []choice{{campaigns.Apply, "Same person: take the row", "Row taken"}, {campaigns.Discard, "Keep what is held", "Left out"}, {campaigns.Both, "Two people: send the row back", "Sent back to be traced"}}},
	campaigns.Alike: {"Just like somebody under another number", "Name, birth date and postcode are those of somebody held under another number.", "the row waits",
		"Held", []choice{{campaigns.Both, "Two people: keep both", "Both kept"}, {campaigns.Apply, "Same person: this number replaces the other", "Number replaced"}, {campaigns.Discard, "Same person: leave the row out", "Left out"}}},
	campaigns.Changed: {"Changed since it was looked at", "Another file or report changed the person between the review and now.", "the row waits",
		"Held now", []choice{{campaigns.Apply, "Take the row", "Row taken"}, {campaigns.Discard, "Keep what is held", "Left out"}}},
	campaigns.Details: {"News of people who are known", "An address, a practice, a wish or part of a name is told anew.", "the news is applied",
		"Held", []choice{{campaigns.Apply, "Take the news", "News taken"}, {campaigns.Discard, "Keep what is held", "Left out"}}},
}

type kindLine struct {
	kindWords
	campaigns.ConflictCount
	Href    string
	Differs string // address 4,021; practice 310
}

// Otherwise is what happens if nobody decides, as a sentence begins.
func (k kindLine) Otherwise() string { return capital(k.Unless) }

// Decided counts the rows of the kind that somebody decided about.
func (k kindLine) Decided() int { return k.Apply + k.Discarded + k.Both }

func (h *Hall) kinds(ctx context.Context, file campaigns.Cohort) ([]kindLine, error) {
	counts, err := h.Register.Conflicts(ctx, file.ID)
	if err != nil {
		return nil, err
	}
	list := make([]kindLine, 0, len(counts))
	for _, n := range counts {
		l := kindLine{kindWords: conflictWords[n.Kind], ConflictCount: n, Href: fmt.Sprintf("/imports/%d/conflicts/%s", file.ID, n.Kind)}
		if n.Kind == campaigns.Details {
			by, err := h.Register.Differences(ctx, file.ID, n.Kind)
			if err != nil {
				return nil, err
			}
			l.Differs = mostFirst(by)
		}
		list = append(list, l)
	}
	return list, nil
}

func mostFirst(by map[string]int) string {
	var names []string
	for name := range by {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if by[a] != by[b] {
			return by[b] - by[a]
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = name + " " + page.Number(int64(by[name]))
	}
	return capital(strings.Join(names, "; "))
}

// conflictsShown is how many are side by side on one page.
const conflictsShown = 20

type conflictsPage struct {
	campaigns.Cohort
	kindLine
	Pairs   []pair
	Settled bool // some of them are kept no more
	After   int64
	Next    int64
	May     bool
}

// pair is one row beside what it conflicts with.
type pair struct {
	campaigns.Conflict
	Number   string
	Title    string
	RowHead  string
	LeftHead string
	Lines    []pairLine
	Hidden   bool
	Gone     bool // the rows are kept no more
	Choices  []choice
	Done     string
	Chosen   string
	May      bool
}

type pairLine struct {
	Name, Left, Right string
	Differs           bool
}

// conflicts puts the conflicts of one kind side by side. That somebody looked is noted.
func (h *Hall) conflicts(c *fiber.Ctx, by campaigns.Viewer) error {
	file, err := h.oneCohort(c, by)
	if err != nil {
		return err
	}
	kinds, err := h.kinds(c.UserContext(), file)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(kinds, func(k kindLine) bool { return k.Kind == c.Params("kind") })
	if at < 0 {
		return fault.New(fault.NotFound, "Nothing of this kind was found in the file.")
	}
	body := conflictsPage{Cohort: file, kindLine: kinds[at], After: afterOf(c), May: file.State == "in review" || file.State == "applied" && kinds[at].ConflictCount.Waiting > 0}
	list, err := h.Register.ConflictList(c.UserContext(), file.ID, body.Kind, body.After, conflictsShown+1)
	if err != nil {
		return err
	}
	if len(list) > conflictsShown {
		list = list[:conflictsShown]
		body.Next = list[conflictsShown-1].ID
	}
	for _, one := range list {
		p := pairOf(one, body.kindWords, body.May)
		body.Pairs, body.Settled = append(body.Pairs, p), body.Settled || p.Gone
	}
	if err := h.Register.LookedAt(c.UserContext(), by, "cohort", fmt.Sprint(file.ID), "conflicts: "+body.Kind); err != nil {
		return err
	}
	return h.show(c, "conflicts.html", page.View{Title: body.Name, Active: "/imports", Crumbs: crumbs(file), Body: body})
}

func pairOf(one campaigns.Conflict, words kindWords, may bool) pair {
	p := pair{Conflict: one, Number: tail(one.Row.Number, one.Other.Number), LeftHead: words.Left, RowHead: fmt.Sprintf("Line %s of the file", page.Number(int64(one.Row.Line))),
		Hidden: one.Row.Sensitive || one.Other.Sensitive, Gone: one.Row.Number == "", Choices: words.Choices, May: may}
	if one.Other.Line > 0 {
		p.LeftHead = fmt.Sprintf("Line %s, the first", page.Number(int64(one.Other.Line)))
	}
	for _, k := range words.Choices {
		if k.Decision == one.Decision {
			p.Done = k.Done
		}
	}
	if p.Hidden || p.Gone {
		return p
	}
	// What tells people apart is always shown; of the rest only what differs.
	add := func(name, left, right string) {
		differs := left != right
		if differs || name == "Name" || name == "Born" || name == "Address" {
			p.Lines = append(p.Lines, pairLine{name, left, right, differs})
		}
	}
	o, r := one.Other, one.Row
	if one.Kind == campaigns.Alike {
		add("NHS number", tail(o.Number, ""), tail(r.Number, ""))
	}
	add("Name", strings.TrimSpace(o.Given+" "+o.Family), strings.TrimSpace(r.Given+" "+r.Family))
	add("Title", o.Title, r.Title)
	add("Born", dayOr(o), dayOr(r))
	if !o.DiedOn.IsZero() || !r.DiedOn.IsZero() {
		add("Died", died(o), died(r))
	}
	add("Address", addressOf(o), addressOf(r))
	add("Practice", o.Practice, r.Practice)
	add("Language", o.Language, r.Language)
	add("Format", o.Format, r.Format)
	return p
}

func dayOr(t campaigns.Told) string {
	if t.BornOn.IsZero() {
		return "not known"
	}
	return t.BornOn.Plain()
}

func died(t campaigns.Told) string {
	if t.DiedOn.IsZero() {
		return "–"
	}
	return t.DiedOn.Plain()
}

func addressOf(t campaigns.Told) string {
	var lines []string
	for _, l := range append(slices.Clone(t.Address), t.Postcode) {
		if l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, ", ")
}

// tail shows the last three digits of an NHS number.
func tail(number, or string) string {
	if number == "" {
		number = or
	}
	if len(number) < 3 {
		return ""
	}
	return "… " + number[len(number)-3:]
}

// decideConflicts decides one conflict, or all of a kind that are open.
func (h *Hall) decideConflicts(c *fiber.Ctx, by campaigns.Viewer) error {
	file, err := h.oneCohort(c, by)
	if err != nil {
		return err
	}
	kind := c.Params("kind")
	one, err := strconv.ParseInt(c.FormValue("conflict", "0"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "Choose the row to decide about.")
	}
	n, err := h.Register.DecideConflicts(c.UserContext(), by, file.ID, kind, one, c.FormValue("decision"))
	if err != nil {
		return err
	}
	href := fmt.Sprintf("/imports/%d/conflicts/%s", file.ID, kind)
	if after := c.FormValue("after"); after != "" && after != "0" && one != 0 {
		if _, err := strconv.ParseInt(after, 10, 64); err == nil {
			href += "?after=" + after
		}
	}
	if one != 0 {
		return page.SeeOther(c, fmt.Sprintf("%s#c%d", href, one))
	}
	return h.done(c, href, "Decided for %s.", page.Plural(int64(n), "row", "rows"))
}
