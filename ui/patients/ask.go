package patients

import (
	"fmt"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"
)

// line is one message of a thread as its reader sees it.
type line struct {
	Mine   bool
	Body   string
	On     string
	Closes bool
}

type askPage struct {
	outlook
	Lines  []line
	Text   page.Textarea
	Token  string
	Waits  bool
	Closed bool
	Send   page.Button
}

// ask shows somebody's questions with the answers, and takes another one.
func (d *door) ask(c *fiber.Ctx, a at) error {
	return d.showThread(c, fiber.StatusOK, a, d.typed(c, "text"), nil)
}

func (d *door) showThread(c *fiber.Ctx, status int, a at, typed string, wrong page.Problems) error {
	o := a.outlook
	lines, err := d.desk.Messages(c.UserContext(), a.visit.Caller)
	if err != nil {
		return err
	}
	token, err := uuid.NewRandom()
	if err != nil {
		return err
	}
	p := askPage{outlook: o, Token: token.String(), Send: page.Button{Text: o.say("Send your question"), PreventDoubleClick: true}}
	for _, m := range lines {
		p.Lines = append(p.Lines, line{Mine: m.Kind == optout.LineAsked, Body: m.Body, Closes: m.Kind == optout.LineClosed,
			On: o.say("{day}, {time}", "day", o.long(calendar.DateOf(m.At)), "time", o.in.Clock(m.At))})
		p.Waits, p.Closed = m.Kind == optout.LineAsked, m.Kind == optout.LineClosed
	}
	label := o.say("Your question")
	if len(lines) > 0 {
		label = o.say("Write again")
	}
	p.Text = page.Textarea{Field: page.Field{Name: "text", Label: label, LabelSize: "m", ErrorWord: o.say("Error"), Error: wrong.For("text"),
		Hint: o.say("At most 1,000 characters. Please leave out your NHS number and your code.")}, Value: typed, Rows: 6}
	return d.renderKnown(c, "ask.html", status, o.Position, page.View{Title: o.say("Ask us a question"), Back: page.Link{Href: "/status"}, Problem: wrong, Body: p})
}

// sendQuestion takes a question; sent twice, it is one.
func (d *door) sendQuestion(c *fiber.Ctx, a at) error {
	var wrong page.Problems
	in := speechOf(c)
	text := c.FormValue("text")
	if err := wrong.Take(d.desk.Ask(c.UserContext(), a.visit.Caller, text, c.FormValue("token"), in.Lang())); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return d.known(func(c *fiber.Ctx, a at) error {
			return d.showThread(c, refused, a, short(optout.CleanText(text), 16000), in.each(wrong))
		})(c)
	}
	d.sent(c)
	d.page.Say(c, in.Say("We have your question. Come back to this page for the answer."))
	return page.SeeOther(c, "/ask")
}

// Due says within how long a question is answered.
func (p askPage) Due() string {
	return p.in.Count(optout.AnswerDays, "We answer within {n} working day.", "We answer within {n} working days.")
}

// Anchor is the name of the last line, for whoever comes back to read it.
func (p askPage) Anchor(n int) string {
	if n == len(p.Lines)-1 {
		return "last"
	}
	return fmt.Sprintf("line-%d", n+1)
}
