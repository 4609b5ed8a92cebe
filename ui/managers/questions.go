package managers

import (
	"fmt"
	"strconv"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// publicRoutes are the pages about what patients ask, and about the languages
// in which they can read.
var publicRoutes = []route{
	{"GET", "/questions", keysIn, (*Hall).questions},
	{"GET", "/questions/reasons", manages, (*Hall).reasons},
	{"GET", "/questions/letters/:id", keysIn, (*Hall).letterRequest},
	{"POST", "/questions/letters/:id", keysIn, (*Hall).settleLetterRequest},
	{"GET", "/questions/:enrolment", keysIn, (*Hall).thread},
	{"POST", "/questions/:enrolment", keysIn, (*Hall).reply},
	{"GET", "/translations", manages, (*Hall).translations},
	{"GET", "/translations/:language", manages, (*Hall).translation},
	{"POST", "/translations/:language", manages, (*Hall).acceptTranslation},
}

const (
	threadsShown  = 200
	answersOfDays = 90 // answer times are counted over these many days
)

type questionsPage struct {
	Threads  []threadLine
	Waiting  int
	Late     int
	Requests []requestLine
	Times    optout.AnswerTimes
	Since    calendar.Date
	Reasons  bool
}

type threadLine struct {
	optout.Thread
	Said, In  string // In: the language of the page they wrote on
	Due, Late bool
}

type requestLine struct {
	optout.LetterRequest
	What      string
	Due, Late bool
}

func (h *Hall) threadLine(t optout.Thread) threadLine {
	today := h.Clock.Today()
	l := threadLine{Thread: t, Said: "Answered", In: languageName(t.Language)}
	switch t.Kind {
	case optout.LineAsked:
		l.Said, l.Due, l.Late = "Waits for an answer", t.DueOn == today, t.DueOn.Before(today)
	case optout.LineClosed:
		l.Said = "Closed"
	}
	return l
}

func (h *Hall) requestLine(r optout.LetterRequest) requestLine {
	today := h.Clock.Today()
	l := requestLine{LetterRequest: r, What: "A new code", Due: r.DueOn == today, Late: r.DueOn.Before(today)}
	if r.Kind == optout.AnotherFormat {
		l.What = "A letter: " + languageName(r.Language) + ", " + formatName(r.Format)
	}
	return l
}

// questions lists what patients ask and ask for.
func (h *Hall) questions(c *fiber.Ctx, by campaigns.Viewer) error {
	threads, err := h.Desk.Threads(c.UserContext(), by, threadsShown)
	if err != nil {
		return err
	}
	wishes, err := h.Desk.LetterRequests(c.UserContext(), by, threadsShown)
	if err != nil {
		return err
	}
	body := questionsPage{Since: h.Clock.Today().AddDays(-answersOfDays), Reasons: by.Role.Manages()}
	if body.Times, err = h.Desk.AnswerTimes(c.UserContext(), by, body.Since); err != nil {
		return err
	}
	for _, t := range threads {
		l := h.threadLine(t)
		body.Threads = append(body.Threads, l)
		if t.Waits() {
			body.Waiting++
		}
		if l.Late {
			body.Late++
		}
	}
	for _, r := range wishes {
		body.Requests = append(body.Requests, h.requestLine(r))
	}
	return h.show(c, "questions.html", page.View{Title: "Questions of patients", Active: "/holds", Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}}, Body: body})
}

type threadPage struct {
	threadLine
	Lines  []optout.Message
	Last   int64
	Text   page.Textarea
	Closes page.Checkboxes
}

func (h *Hall) thread(c *fiber.Ctx, by campaigns.Viewer) error { return h.showThread(c, by, nil) }

func (h *Hall) showThread(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	id, err := strconv.ParseInt(c.Params("enrolment"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "There is no such thread.")
	}
	t, lines, err := h.Desk.Thread(c.UserContext(), by, campaigns.EnrolmentID(id))
	if err != nil {
		return err
	}
	body := threadPage{threadLine: h.threadLine(t), Lines: lines}
	if len(lines) > 0 {
		body.Last = lines[len(lines)-1].ID
	}
	body.Text = page.Textarea{Field: page.Field{Name: "text", Label: "Your answer", Error: wrong.For("text"), Hint: "At most 1,000 characters. No names or numbers of people, no medical advice. The person reads it on the website."},
		Value: c.FormValue("text"), Rows: 6}
	closes := page.Checkboxes{Field: page.Field{Name: "closes", Label: "And then?"}, Options: []page.Option{{Value: "yes", Text: "Close the question", Hint: "Politely: the page says so, and that they can write again"}}, Small: true}
	if c.FormValue("closes") == "yes" {
		closes.Chosen = []string{"yes"}
	}
	body.Closes = closes
	return h.show(c, "thread.html", page.View{Title: fmt.Sprintf("Questions of person %d", t.Person), Active: "/holds", Problem: wrong,
		Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}, {Text: "Questions", Href: "/questions"}}, Body: body})
}

func (h *Hall) reply(c *fiber.Ctx, by campaigns.Viewer) error {
	id, err := strconv.ParseInt(c.Params("enrolment"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "There is no such thread.")
	}
	last, _ := strconv.ParseInt(c.FormValue("last"), 10, 64) // none that was read is none at all
	closes := c.FormValue("closes") == "yes"
	var wrong page.Problems
	if err := wrong.Take(h.Desk.Reply(c.UserContext(), by, campaigns.EnrolmentID(id), last, c.FormValue("text"), closes)); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showThread(c, by, wrong)
	}
	if closes {
		return h.done(c, "/questions", "The question is answered and closed.")
	}
	return h.done(c, "/questions", "The question is answered.")
}

type letterRequestPage struct {
	requestLine
	Facts   []told
	Outcome page.Radios
	Number  page.Input
}

func (h *Hall) letterRequest(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showLetterRequest(c, by, nil)
}

func (h *Hall) oneLetterRequest(c *fiber.Ctx, by campaigns.Viewer) (optout.LetterRequest, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return optout.LetterRequest{}, fault.New(fault.NotFound, "There is no such request.")
	}
	return h.Desk.LetterRequest(c.UserContext(), by, id)
}

func (h *Hall) showLetterRequest(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	r, err := h.oneLetterRequest(c, by)
	if err != nil {
		return err
	}
	body := letterRequestPage{requestLine: h.requestLine(r), Facts: toldOf(r.Told)}
	options := []page.Option{{Value: optout.NewLetter, Text: "Write to them again", Hint: "The letter that counts is set aside; the new one brings a new code and as many days as the first"},
		{Value: optout.ToldThem, Text: "They were told by phone or post"}, {Value: optout.NotNeeded, Text: "Nothing has to be done"}}
	if r.Enrolment == 0 {
		options = append(options, page.Option{Value: optout.NotFound, Text: "Nobody is found", Hint: "The page told them nothing else, whoever they are"})
		body.Number = page.Input{Field: page.Field{Name: "number", Label: "NHS number of the person, if you have found them", Hint: "Ten digits", Error: wrong.For("number")}, Width: "10", Inputmode: "numeric", Code: true, Spellcheck: "false", Value: c.FormValue("number")}
	}
	body.Outcome = page.Radios{Field: page.Field{Name: "outcome", Label: "What is done?", LabelSize: "s", Error: wrong.For("outcome")}, Options: options, Chosen: c.FormValue("outcome")}
	return h.show(c, "letterrequest.html", page.View{Title: "A letter asked for", Active: "/holds", Problem: wrong,
		Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}, {Text: "Questions", Href: "/questions"}}, Body: body})
}

func (h *Hall) settleLetterRequest(c *fiber.Ctx, by campaigns.Viewer) error {
	r, err := h.oneLetterRequest(c, by)
	if err != nil {
		return err
	}
	var wrong page.Problems
	outcome := c.FormValue("outcome")
	enrolment := r.Enrolment
	if outcome == "" {
		wrong.Add("outcome", "Choose what is done.")
	}
	if typed := strings.TrimSpace(c.FormValue("number")); enrolment == 0 && outcome == optout.NewLetter {
		list, err := h.enrolmentsByNumber(c, by, typed)
		if f := fault.Of(err); f != nil {
			wrong.Add("number", f.Sentence)
		} else if err != nil {
			return err
		} else {
			enrolment = list[0].ID
		}
	}
	if len(wrong) == 0 {
		if outcome, err = h.Desk.SettleLetterRequest(c.UserContext(), by, r.ID, outcome, enrolment); err != nil {
			if err := wrong.Take(err); err != nil {
				return err
			}
		}
	}
	if len(wrong) > 0 {
		return h.showLetterRequest(c, by, wrong)
	}
	switch outcome {
	case optout.NewLetter:
		return h.done(c, "/questions", "A new letter is written with the next batches.")
	case optout.NextLetter:
		return h.done(c, "/questions", "Noted. No letter counts yet; the next one is so.")
	}
	return h.done(c, "/questions", "The request is settled: %s.", outcome)
}

type reasonsPage struct{ Reasons []reasonLine }

type reasonLine struct {
	optout.Reason
	In string
}

// reasons lists why people answered as they did, without who they are.
func (h *Hall) reasons(c *fiber.Ctx, by campaigns.Viewer) error {
	list, err := h.Desk.Reasons(c.UserContext(), by, 500)
	if err != nil {
		return err
	}
	var body reasonsPage
	for _, r := range list {
		body.Reasons = append(body.Reasons, reasonLine{r, languageName(r.Language)})
	}
	return h.show(c, "reasons.html", page.View{Title: "Reasons people gave", Active: "/holds", Crumbs: []page.Link{{Text: "In-tray", Href: "/holds"}, {Text: "Questions", Href: "/questions"}}, Body: body})
}

// needQuestions says at home that somebody waits for an answer or a letter.
func (h *Hall) needQuestions(c *fiber.Ctx, by campaigns.Viewer, _ []campaignLine) ([]need, error) {
	if !by.Role.KeysAnswers() {
		return nil, nil
	}
	threads, err := h.Desk.Threads(c.UserContext(), by, threadsShown)
	if err != nil {
		return nil, err
	}
	wishes, err := h.Desk.LetterRequests(c.UserContext(), by, threadsShown)
	if err != nil {
		return nil, err
	}
	n := need{Href: "/questions"}
	today := h.Clock.Today()
	take := func(due, since calendar.Date) {
		if n.Count++; n.Count == 1 || due.Before(n.by) {
			n.by, n.Due, n.Old = due, "by "+page.Day(due, today), "Oldest since "+page.Day(since, today)
		}
	}
	for _, t := range threads {
		if t.Waits() {
			take(t.DueOn, calendar.DateOf(t.Since))
		}
	}
	for _, r := range wishes {
		take(r.DueOn, calendar.DateOf(r.AskedAt))
	}
	if n.Count == 0 {
		return nil, nil
	}
	n.Late = !n.by.After(today)
	n.Name, n.Why = word(n.Count, "Question or wish of a patient", "Questions and wishes of patients"), "Somebody has asked about their letter, or asks for another one. The page promises an answer within two working days."
	return []need{n}, nil
}
