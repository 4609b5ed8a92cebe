package managers

import (
	"fmt"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type changesPage struct {
	Waiting, Seen []changeKindLine
	May           bool
}

type changeKindLine struct {
	campaigns.ChangeGroup
	Href string
	More int // beyond the examples
}

func changeHref(kind campaigns.ChangeKind) string {
	return "/practices/changes/" + strings.ReplaceAll(string(kind), " ", "-")
}

// changes is what files of organisations said of practices, by kind.
func (h *Hall) changes(c *fiber.Ctx, by campaigns.Viewer) error {
	groups, err := h.Register.OpenChanges(c.UserContext(), by, 3)
	if err != nil {
		return err
	}
	body := changesPage{May: by.Role.Manages()}
	for _, g := range groups {
		l := changeKindLine{g, changeHref(g.Kind), g.Count - len(g.Examples)}
		if g.Waits {
			body.Waiting = append(body.Waiting, l)
		} else {
			body.Seen = append(body.Seen, l)
		}
	}
	return h.show(c, "changes.html", page.View{Title: "Changes of practices", Active: "/practices", Crumbs: []page.Link{{Text: "Practices", Href: "/practices"}}, Body: body})
}

type changePage struct {
	campaigns.ChangeMeaning
	Count   int
	Through int64
	Changes []changeLine
	Here    string
	All     page.Checkboxes
	What    page.Radios
	To      page.Input
	Split   bool
	Problem string
	Pages   *page.Pagination
}

type changeLine struct {
	campaigns.PracticeChange
	Ticked bool
}

func (h *Hall) changesOfKind(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showChanges(c, by, nil, nil)
}

func (h *Hall) showChanges(c *fiber.Ctx, by campaigns.Viewer, ticked map[string]bool, wrong page.Problems) error {
	w, err := h.changeKind(c)
	if err != nil {
		return err
	}
	list, err := h.Register.ChangesOf(c.UserContext(), by, w.Kind)
	if err != nil {
		return err
	}
	body := changePage{ChangeMeaning: w, Count: len(list), Here: changeHref(w.Kind), Split: w.Kind == campaigns.PracticeSplit, Problem: wrong.For("practice")}
	for _, one := range list {
		body.Through = max(body.Through, one.ID)
	}
	last := max((len(list)+practicesAtOnce-1)/practicesAtOnce, 1)
	at := min(max(c.QueryInt("page", 1), 1), last)
	for _, one := range list[(at-1)*practicesAtOnce : min(at*practicesAtOnce, len(list))] {
		body.Changes = append(body.Changes, changeLine{one, ticked[one.Code]})
	}
	if last > 1 {
		href := func(n int) string { return body.Here + "?page=" + strconv.Itoa(n) }
		body.Pages = &page.Pagination{}
		for n := 1; n <= last; n++ {
			body.Pages.Pages = append(body.Pages.Pages, page.PageLink{Number: n, Href: href(n), Current: n == at})
		}
		if at > 1 {
			body.Pages.Previous.Href = href(at - 1)
		}
		if at < last {
			body.Pages.Next.Href = href(at + 1)
		}
	}
	body.All = page.Checkboxes{Field: page.Field{Name: "all"}, Small: true, Options: []page.Option{{Value: "yes", Text: "All " + page.Plural(int64(len(list)), "practice", "practices") + " of this list, ticked or not"}}}
	body.To = page.Input{Field: page.Field{Name: "to", Label: "To which ICB do they belong?", Hint: "Its code, such as QMF", Error: wrong.For("to")}, Value: c.FormValue("to"), Width: "5", Spellcheck: "false"}
	accept := page.Option{Value: "accept", Text: "Accept", Hint: w.Accept}
	if body.Split {
		accept = page.Option{Value: "accept", Text: "Say where they belong", Hint: "They belong there since the day after their ICB ended.", Within: body.To}
	}
	body.What = page.Radios{Field: page.Field{Name: "what", Label: "For those ticked", LabelSize: "s", Error: wrong.For("what")}, Chosen: c.FormValue("what"),
		Options: []page.Option{accept, {Value: "decline", Text: "Decline", Hint: w.Decline}}}
	return h.show(c, "change.html", page.View{Title: w.Title, Active: "/practices", Problem: wrong,
		Crumbs: []page.Link{{Text: "Practices", Href: "/practices"}, {Text: "Changes", Href: "/practices/changes"}}, Body: body})
}

func (h *Hall) changeKind(c *fiber.Ctx) (campaigns.ChangeMeaning, error) {
	w := campaigns.ChangeKind(strings.ReplaceAll(c.Params("kind"), "-", " ")).Meaning()
	if w.Kind == "" {
		return w, fault.New(fault.NotFound, "There is no such kind of change.")
	}
	return w, nil
}

// decideChanges takes a decision about what the page showed, and no later change.
func (h *Hall) decideChanges(c *fiber.Ctx, by campaigns.Viewer) error {
	w, err := h.changeKind(c)
	if err != nil {
		return err
	}
	d := campaigns.ChangeDecision{Kind: w.Kind, Accept: c.FormValue("what") == "accept"}
	if d.Accept && w.Kind == campaigns.PracticeSplit {
		d.To = strings.ToUpper(strings.TrimSpace(c.FormValue("to")))
	}
	d.Through, _ = strconv.ParseInt(c.FormValue("through"), 10, 64) // 0 is refused below
	ticked := map[string]bool{}
	if c.FormValue("all") != "yes" && w.Waits {
		d.Practice = []string{}
		for _, v := range c.Request().PostArgs().PeekMulti("practice") {
			ticked[string(v)] = true
			d.Practice = append(d.Practice, string(v))
		}
	}
	var wrong page.Problems
	if what := c.FormValue("what"); w.Waits && what != "accept" && what != "decline" {
		wrong.Add("what", "Choose whether you accept or decline.")
	}
	if d.Practice != nil && len(d.Practice) == 0 {
		wrong.Add("practice", "Tick the practices that you mean.")
	}
	if d.Through <= 0 {
		wrong.Add("practice", "Load the page again: it does not say what you saw.")
	}
	if len(wrong) > 0 {
		return h.showChanges(c, by, ticked, wrong)
	}
	n, err := h.Register.DecideChanges(c.UserContext(), by, d)
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showChanges(c, by, ticked, wrong)
	}
	if n == 0 {
		return h.done(c, "/practices/changes", "%s: nothing was left to decide. Somebody did, or a later file says something else.", w.Title)
	}
	done := "marked as seen"
	if w.Waits && d.Accept {
		done = "accepted"
	} else if w.Waits {
		done = "declined"
	}
	return h.done(c, "/practices/changes", "%s: %s %s.", w.Title, page.Plural(int64(n), "practice", "practices"), done)
}

// waitingChanges is the sentence that leads to the changes that wait; "" for those who do not decide.
func (h *Hall) waitingChanges(c *fiber.Ctx, by campaigns.Viewer) (string, error) {
	if !by.Role.Manages() {
		return "", nil
	}
	n, err := h.Register.WaitingChanges(c.UserContext(), by)
	if err != nil || n == 0 {
		return "", err
	}
	return fmt.Sprintf("%s of practices in the organisations file %s for a decision", page.Plural(int64(n), "change", "changes"), map[bool]string{true: "waits", false: "wait"}[n == 1]), nil
}

// needChanges are changes of practices that wait for a decision.
func (h *Hall) needChanges(c *fiber.Ctx, by campaigns.Viewer, _ []campaignLine) ([]need, error) {
	if !by.Role.Manages() {
		return nil, nil
	}
	n, err := h.Register.WaitingChanges(c.UserContext(), by)
	if err != nil || n == 0 {
		return nil, err
	}
	return []need{{Href: "/practices/changes", Count: n, Name: word(n, "Change of a practice waits", "Changes of practices wait"),
		Why: "The organisations file says who closed, came back or moved. Nothing of it has taken effect."}}, nil
}
