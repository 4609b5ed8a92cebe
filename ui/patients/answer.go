package patients

import (
	"slices"

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
	rows := []page.Row{{Key: o.say("About"), Value: o.Programme}, {Key: o.say("Asked by"), Value: o.Sender},
		{Key: o.say("Last day to say no before one is made"), Value: o.LastDayIs()}, {Key: o.say("Your answer"), Value: o.Standing()}}
	return d.renderKnown(c, "decision.html", fiber.StatusOK, o.Position, page.View{Title: o.say("What we hold about this decision"), Body: decisionPage{outlook: o, Facts: page.SummaryList{Rows: rows}}})
}

type questionPage struct {
	outlook
	Answers page.Radios
	Other   bool // asked of somebody who answers for another
}

func (d *door) question(c *fiber.Ctx, a at) error {
	return d.askQuestion(c, fiber.StatusOK, a, nil)
}

// askQuestion puts the question: two answers in the same form of words, none
// chosen beforehand but what the reader chose a moment ago.
func (d *door) askQuestion(c *fiber.Ctx, status int, a at, wrong page.Problems) error {
	o, by := a.outlook, a.visit.GivenBy
	title := o.say("Do you want {a programme}?")
	if by != "" {
		title = o.say("Does the person you answer for want {a programme}?")
	}
	q := questionPage{outlook: o, Other: by != "", Answers: page.Radios{Chosen: d.typed(c, "answer"),
		Field:   page.Field{Name: "answer", Label: title, LabelSize: "l", Heading: true, Classes: "dn-two", ErrorWord: o.say("Error"), Error: wrong.For("answer")},
		Options: []page.Option{{Value: "yes", Text: o.words("yes", by), Hint: o.IfYes()}, {Value: "no", Text: o.words("no", by), Hint: o.IfNo()}}}}
	if d.settings.NoFirst {
		slices.Reverse(q.Answers.Options)
	}
	if about := d.about(c); o.Programme == d.settings.Programme && about != "" {
		q.Answers.Hint = about
	}
	return d.renderKnown(c, "question.html", status, o.Position, page.View{Title: title, Back: page.Link{Href: "/decision"}, Problem: wrong, Body: q})
}

// about says what is decided about, where that is known in the reader's language.
func (d *door) about(c *fiber.Ctx) string {
	if in := speechOf(c); d.settings.About != "" && in.Has(d.settings.About) {
		return in.Say(d.settings.About)
	}
	return ""
}

// words are an answer as it is chosen, checked and confirmed.
func (o outlook) words(says, givenBy string) string {
	switch {
	case says == "yes" && givenBy == "":
		return o.say("Yes, I want one")
	case says == "yes":
		return o.say("Yes, they want one")
	case givenBy == "":
		return o.say("No, I do not want one")
	}
	return o.say("No, they do not want one")
}

// choose keeps what was chosen; nothing counts before it is confirmed.
func (d *door) choose(c *fiber.Ctx, a at) error {
	says := c.FormValue("answer")
	if says != "yes" && says != "no" {
		return d.known(func(c *fiber.Ctx, a at) error {
			return d.askQuestion(c, refused, a, page.Problems{{Field: "answer", Text: a.outlook.say("Choose yes or no")}})
		})(c)
	}
	token, err := uuid.NewRandom()
	if err != nil {
		return err
	}
	was := a.visit.Draft
	a.visit.Draft = &draft{Says: says, Token: token.String()}
	if was != nil && was.Says == says {
		a.visit.Draft.Reason = was.Reason
	}
	d.sent(c)
	if err := d.seal.keep(c, a.visit); err != nil {
		return err
	}
	return page.SeeOther(c, "/check")
}

type checkPage struct {
	outlook
	Answer                     page.SummaryList
	Says, Token, Given, Reason string
	Send                       page.Button
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
		follows = o.say("A person checks that you may answer for them. While we check, nothing new is made.")
	}
	change := o.say("Change")
	reason := page.Row{Key: o.say("Reason"), Value: o.say("None given. You do not have to give one."), Actions: []page.Action{{Text: o.say("Add"), Href: "/reason", Hidden: o.say("a reason")}}}
	if a.visit.Draft.Reason != "" {
		reason.Value, reason.Actions[0].Text = a.visit.Draft.Reason, change
	}
	rows := []page.Row{
		{Key: o.say("About"), Value: o.Programme},
		{Key: o.say("Answer"), Value: o.words(says, by), Actions: []page.Action{{Text: change, Href: "/question", Hidden: o.say("the answer")}}},
		{Key: o.say("What follows"), Value: follows},
		{Key: o.say("Given by"), Value: o.say(capacityOf(by).Text), Actions: []page.Action{{Text: change, Href: "/behalf", Hidden: o.say("who gives the answer")}}},
		reason,
	}
	return d.renderKnown(c, "check.html", status, o.Position, page.View{
		Title: o.say("Check the answer before you give it"), Back: page.Link{Href: "/question"}, Problem: wrong,
		Body: checkPage{outlook: o, Answer: page.SummaryList{Rows: rows}, Says: says, Token: a.visit.Draft.Token, Given: by, Reason: a.visit.Draft.Reason,
			Send: page.Button{Text: o.say("Give this answer"), PreventDoubleClick: true}},
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
		return d.known(func(c *fiber.Ctx, a at) error { return d.showCheck(c, refused, a, speechOf(c).each(wrong)) })(c)
	}
	if reason := c.FormValue("reason"); reason != "" && !receipt.Repeated {
		if err := d.desk.KeepReason(c.UserContext(), a.visit.Caller, says, short(reason, 4*mostReason), speechOf(c).Lang()); err != nil {
			d.settings.Log.Warn("a reason was not kept; the answer was", "error", err.Error(), "reference", page.Reference(c))
		}
	}
	if a.visit.Draft != nil && a.visit.Draft.Token == token {
		a.visit.Draft = nil
	}
	a.visit.Receipt, a.visit.Stood = &receipt, nil
	d.sent(c)
	if err := d.seal.keep(c, a.visit); err != nil {
		return err
	}
	return page.SeeOther(c, "/done")
}
