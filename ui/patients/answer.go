package patients

import (
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"duenotice/ui/page"
)

type decisionPage struct {
	outlook
	Facts page.SummaryList
}

// decision shows what is held about this one decision, and no name: whoever
// holds the letter must learn nothing new.
func (d *door) decision(c *fiber.Ctx, a at) error {
	o := a.outlook
	rows := []page.Row{{Key: "About", Value: o.Programme}, {Key: "Asked by", Value: o.Sender}, {Key: "Last day to say no before one is made", Value: o.LastDayIs()}, {Key: "Your answer", Value: o.Standing()}}
	return d.renderKnown(c, "decision.html", fiber.StatusOK, o.Position, page.View{Title: "What we hold about this decision", Body: decisionPage{outlook: o, Facts: page.SummaryList{Rows: rows}}})
}

type choice struct{ Value, Label, Hint string }

type questionPage struct {
	outlook
	About   string
	Choices []choice
	Other   bool // asked of somebody who answers for another
	Wrong   string
}

func (d *door) question(c *fiber.Ctx, a at) error { return d.ask(c, fiber.StatusOK, a, nil) }

// ask puts the question: two answers in the same form of words, none chosen
// beforehand.
func (d *door) ask(c *fiber.Ctx, status int, a at, wrong page.Problems) error {
	o := a.outlook
	q := questionPage{outlook: o, Other: a.visit.GivenBy != "", Wrong: wrong.For("answer"), Choices: []choice{
		{"yes", words("yes", a.visit.GivenBy), o.IfYes()},
		{"no", words("no", a.visit.GivenBy), o.IfNo()},
	}}
	if d.settings.NoFirst {
		q.Choices[0], q.Choices[1] = q.Choices[1], q.Choices[0]
	}
	if o.Programme == d.settings.Programme {
		q.About = d.settings.About
	}
	title := "Do you want " + o.Thing() + "?"
	if q.Other {
		title = "Does the person you answer for want " + o.Thing() + "?"
	}
	return d.renderKnown(c, "question.html", status, o.Position, page.View{Title: title, Back: page.Link{Href: "/decision"}, Problem: wrong, Body: q})
}

// words are an answer as it is chosen, checked and confirmed.
func words(says, givenBy string) string {
	switch {
	case says == "yes" && givenBy == "":
		return "Yes, I want one"
	case says == "yes":
		return "Yes, they want one"
	case givenBy == "":
		return "No, I do not want one"
	}
	return "No, they do not want one"
}

// choose keeps what was chosen; nothing counts before it is confirmed.
func (d *door) choose(c *fiber.Ctx, a at) error {
	says := c.FormValue("answer")
	if says != "yes" && says != "no" {
		return d.known(func(c *fiber.Ctx, a at) error {
			return d.ask(c, refused, a, page.Problems{{Field: "answer", Text: "Choose yes or no"}})
		})(c)
	}
	token, err := uuid.NewRandom()
	if err != nil {
		return err
	}
	a.visit.Draft = &draft{Says: says, Token: token.String()}
	if err := d.seal.keep(c, a.visit); err != nil {
		return err
	}
	return page.SeeOther(c, "/check")
}

type checkPage struct {
	outlook
	Answer             page.SummaryList
	Says, Token, Given string
	Send               page.Button
}

// check shows the answer once more before it counts.
func (d *door) check(c *fiber.Ctx, a at) error { return d.showCheck(c, fiber.StatusOK, a, nil) }

func (d *door) showCheck(c *fiber.Ctx, status int, a at, wrong page.Problems) error {
	if a.visit.Draft == nil {
		if a.visit.Receipt != nil {
			return page.SeeOther(c, "/done")
		}
		return page.SeeOther(c, "/question")
	}
	o, says, by := a.outlook, a.visit.Draft.Says, a.visit.GivenBy
	follows := o.IfNo()
	if says == "yes" {
		follows = o.IfYes()
	}
	if by != "" {
		follows = "A person checks that you may answer for them. While we check, nothing new is made."
	}
	rows := []page.Row{
		{Key: "About", Value: o.Programme},
		{Key: "Answer", Value: words(says, by), Actions: []page.Action{{Text: "Change", Href: "/question", Hidden: "the answer"}}},
		{Key: "What follows", Value: follows},
		{Key: "Given by", Value: capacityOf(by).Text, Actions: []page.Action{{Text: "Change", Href: "/behalf", Hidden: "who gives the answer"}}},
	}
	return d.renderKnown(c, "check.html", status, o.Position, page.View{
		Title: "Check the answer before you give it", Back: page.Link{Href: "/question"}, Problem: wrong,
		Body: checkPage{outlook: o, Answer: page.SummaryList{Rows: rows}, Says: says, Token: a.visit.Draft.Token, Given: by,
			Send: page.Button{Text: "Give this answer", PreventDoubleClick: true}},
	})
}

// confirm gives the answer that the page showed, whatever another tab chose
// meanwhile. It was received when the request came; sent twice, it is one.
func (d *door) confirm(c *fiber.Ctx, a at) error {
	says, token, by := c.FormValue("answer"), c.FormValue("token"), capacityOf(c.FormValue("given"))
	if _, err := uuid.Parse(token); err != nil || says != "yes" && says != "no" {
		return page.SeeOther(c, "/question")
	}
	receipt, err := d.desk.AnswerOnline(c.UserContext(), a.visit.Caller, says, token, a.arrived, by.GivenBy)
	var wrong page.Problems
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return d.known(func(c *fiber.Ctx, a at) error { return d.showCheck(c, refused, a, wrong) })(c)
	}
	if a.visit.Draft != nil && a.visit.Draft.Token == token {
		a.visit.Draft = nil
	}
	a.visit.Receipt, a.visit.Stood = &receipt, nil
	if err := d.seal.keep(c, a.visit); err != nil {
		return err
	}
	return page.SeeOther(c, "/done")
}
