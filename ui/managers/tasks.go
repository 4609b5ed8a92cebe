package managers

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// tasksShown is how many tasks a page lists, the oldest first; the file holds more.
const (
	tasksShown  = 200
	tasksInFile = 20_000
)

func seesTasks(r campaigns.Role) bool {
	return r == campaigns.RolePractice || r.KeysAnswers()
}
func confirmsTasks(r campaigns.Role) bool { return r == campaigns.RolePractice || r.Manages() }

type tasksPage struct {
	Tasks    []taskLine
	Practice string
	May      bool
	More     bool
	None     string // why nothing can be shown
	Names    bool   // may name the practice of an account
	Email    page.Input
	Code     page.Input
}

type taskLine struct {
	optout.Task
	Do   string
	Late bool
}

// taskWords say what a practice has to do.
var taskWords = map[string]string{"no": "Enter the no", "yes": "Take the no out: the person said yes", "none": "Take the no out: it was somebody else’s"}

func (h *Hall) tasks(c *fiber.Ctx, by campaigns.Viewer) error { return h.showTasks(c, by, nil) }

func (h *Hall) showTasks(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	body := tasksPage{Practice: strings.ToUpper(c.Query("practice")), May: confirmsTasks(by.Role), Names: by.Role.Manages()}
	list, err := h.Desk.Tasks(c.UserContext(), by, body.Practice, tasksShown+1)
	if f := fault.Of(err); f != nil && f.Kind == fault.Refused {
		body.None = f.Sentence
	} else if err != nil {
		return err
	}
	if len(list) > 0 {
		if err := h.Register.LookedAt(c.UserContext(), by, "tasks", body.Practice, "practices’ tasks"); err != nil {
			return err
		}
	}
	if body.More = len(list) > tasksShown; body.More {
		list = list[:tasksShown]
	}
	for _, t := range list {
		body.Tasks = append(body.Tasks, taskLine{t, taskWords[t.Says], t.DueOn.Before(h.Clock.Today())})
	}
	body.Email = page.Input{Field: page.Field{Name: "email", Label: "E-mail address of the account", Error: wrong.For("email")}, Value: c.FormValue("email"), Autocomplete: "off", Spellcheck: "false"}
	body.Code = page.Input{Field: page.Field{Name: "practice", Label: "Code of the practice", Hint: "Such as F84003", Error: wrong.For("practice")}, Value: c.FormValue("practice"), Width: "10", Spellcheck: "false"}
	return h.show(c, "tasks.html", page.View{Title: "Tasks of practices", Active: "/tasks", Problem: wrong, Body: body})
}

// confirmTasks takes a practice's word that it has entered those that are ticked.
func (h *Hall) confirmTasks(c *fiber.Ctx, by campaigns.Viewer) error {
	var ids []int64
	for _, v := range c.Request().PostArgs().PeekMulti("task") {
		if id, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return h.showTasks(c, by, page.Problems{{Field: "task", Text: "Tick the tasks that are done."}})
	}
	n, err := h.Desk.ConfirmTasks(c.UserContext(), by, ids)
	if err != nil {
		return err
	}
	return h.done(c, "/tasks", "Confirmed: %s. Patients see it on their page.", page.Plural(int64(n), "task", "tasks"))
}

// tasksFile is the same as a file, for a practice's own system.
func (h *Hall) tasksFile(c *fiber.Ctx, by campaigns.Viewer) error {
	list, err := h.Desk.Tasks(c.UserContext(), by, strings.ToUpper(c.Query("practice")), tasksInFile)
	if err != nil {
		return err
	}
	if err := h.Register.LookedAt(c.UserContext(), by, "tasks", c.Query("practice"), "a file of tasks"); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="tasks.csv"`)
	c.Set(fiber.HeaderCacheControl, "no-store")
	w := csv.NewWriter(c)
	rows := [][]string{{"task", "practice_code", "programme", "nhs_number", "date_of_birth", "says", "received", "due"}}
	for _, t := range list {
		born := ""
		if !t.BornOn.IsZero() {
			born = t.BornOn.String()
		}
		rows = append(rows, []string{strconv.FormatInt(t.ID, 10), t.Practice, t.Programme, t.NHSNumber, born, t.Says, t.ReceivedOn.String(), t.DueOn.String()})
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("write tasks: %w", err)
	}
	return nil
}

// namePractice says whose tasks an account of a practice sees.
func (h *Hall) namePractice(c *fiber.Ctx, by campaigns.Viewer) error {
	email, code := strings.TrimSpace(c.FormValue("email")), strings.ToUpper(strings.TrimSpace(c.FormValue("practice")))
	err := h.Desk.NamePractice(c.UserContext(), by, email, code)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return h.showTasks(c, by, page.Problems{{Field: f.Field, Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	return h.done(c, "/tasks", "This account now sees the tasks of %s.", code)
}

type targetsPage struct {
	Lines     []optout.TargetLine
	Registers []optout.Register
	May       bool
	Name      page.Input
	Days      int
	TaskDays  int
}

func (h *Hall) targets(c *fiber.Ctx, by campaigns.Viewer) error { return h.showTargets(c, by, nil) }

func (h *Hall) showTargets(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	lines, err := h.Desk.Targets(c.UserContext(), by)
	if err != nil {
		return err
	}
	list, err := h.Desk.Registers(c.UserContext())
	if err != nil {
		return err
	}
	return h.show(c, "targets.html", page.View{Title: "Targets", Active: "/tasks", Problem: wrong, Crumbs: []page.Link{{Text: "Tasks", Href: "/tasks"}},
		Body: targetsPage{Lines: lines, Registers: list, May: by.Role == campaigns.RoleNational, Days: optout.RegisterDays, TaskDays: optout.TaskDays,
			Name: page.Input{Field: page.Field{Name: "name", Label: "Name of the register", Hint: "Such as National opt-out service 2026", Error: wrong.For("name")}, Value: c.FormValue("name"), Width: "30"}}})
}

// addRegister makes a key, which is shown on this one answer and never again.
func (h *Hall) addRegister(c *fiber.Ctx, by campaigns.Viewer) error {
	var wrong page.Problems
	key, err := h.Desk.AddRegister(c.UserContext(), by, c.FormValue("name"))
	if f := fault.Of(err); f != nil && f.Kind != fault.Forbidden {
		wrong.Add("name", f.Sentence)
		return h.showTargets(c, by, wrong)
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return h.show(c, "registerkey.html", page.View{Title: "Key of a register", Active: "/tasks", Body: key})
}

func (h *Hall) revokeRegister(c *fiber.Ctx, by campaigns.Viewer) error {
	id, err := strconv.Atoi(c.Params("id"))
	if err != nil {
		return fault.New(fault.NotFound, "There is no such register.")
	}
	if err := h.Desk.RevokeRegister(c.UserContext(), by, optout.RegisterID(id)); err != nil {
		return err
	}
	return h.done(c, "/targets", "The key opens nothing any more.")
}
