package vendors

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"
)

type recallsPage struct {
	Groups []recallGroup
	Total  int
	More   bool
}

type recallGroup struct {
	Batch string
	List  []letters.Recall
}

func (p *People) recalls(c *fiber.Ctx, who letters.VendorPerson) error {
	return p.showRecalls(c, who, nil)
}

func (p *People) showRecalls(c *fiber.Ctx, who letters.VendorPerson, wrong page.Problems) error {
	list, err := p.Mailroom.Recalls(c.UserContext(), who.Vendor, 0, mostRecalls+1)
	if err != nil {
		return err
	}
	body := recallsPage{Total: len(list)}
	if body.More = len(list) > mostRecalls; body.More {
		list = list[:mostRecalls]
	}
	at := map[string]int{}
	for _, r := range list {
		i, known := at[r.Batch]
		if !known {
			i = len(body.Groups)
			at[r.Batch] = i
			body.Groups = append(body.Groups, recallGroup{Batch: r.Batch})
		}
		body.Groups[i].List = append(body.Groups[i].List, r)
	}
	return p.show(c, "recalls.html", page.View{Title: "Recalls", Active: "/recalls", Problem: wrong, Body: body})
}

// answerRecalls answers for the recalls that were ticked.
func (p *People) answerRecalls(c *fiber.Ctx, who letters.VendorPerson) error {
	var wrong page.Problems
	done := c.FormValue("answer") == "done"
	if !done && c.FormValue("answer") != "too late" {
		return fault.New(fault.Invalid, "A letter was taken out, or it is too late.")
	}
	answered := 0
	for _, raw := range c.Request().PostArgs().PeekMulti("recall") {
		id, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || id < 1 {
			return fault.New(fault.NotFound, "There is no such recall.")
		}
		err = p.byHand(c, who, c.FormValue("answer"), "recall", strconv.FormatInt(id, 10), func() error {
			return p.Mailroom.AnswerRecall(c.UserContext(), who.Vendor, id, done)
		})
		if err := wrong.Take(err); err != nil {
			return err
		}
		if err == nil {
			answered++
		}
	}
	switch {
	case len(wrong) > 0:
		return p.showRecalls(c, who, wrong)
	case answered == 0:
		wrong.Add("", "Tick the letters that you answer for.")
		return p.showRecalls(c, who, wrong)
	case done:
		return p.done(c, "/recalls", page.Plural(int64(answered), "letter is", "letters are")+" taken out.")
	}
	return p.done(c, "/recalls", "For "+page.Plural(int64(answered), "letter", "letters")+" it was too late.")
}

type proofsPage struct{ Proofs []proofLine }

type proofLine struct {
	letters.VendorProof
	What, Colour, Word string
	Reason             page.Input
}

func (p *People) proofs(c *fiber.Ctx, who letters.VendorPerson) error {
	return p.showProofs(c, who, 0, nil)
}

func (p *People) showProofs(c *fiber.Ctx, who letters.VendorPerson, at int64, wrong page.Problems) error {
	list, err := p.Mailroom.Proofs(c.UserContext(), who.Vendor)
	if err != nil {
		return err
	}
	var body proofsPage
	for _, v := range list {
		name := "reason-" + strconv.FormatInt(v.ID, 10)
		language := languages[v.Language]
		if language == "" {
			language = v.Language
		}
		l := proofLine{VendorProof: v, What: language + ", " + strings.ReplaceAll(v.Format, "_", " "), Colour: "orange", Word: "Wanted from you",
			Reason: page.Input{Field: page.Field{Name: "reason", ID: name, Label: "What does not print right"}}}
		if v.ID == at {
			l.Reason.Error = wrong.For(name)
		}
		switch {
		case v.Passed:
			l.Colour, l.Word = "white", "Prints right"
		case v.JudgedAt.Year() > 1:
			l.Colour, l.Word = "red", "Does not print right"
		}
		body.Proofs = append(body.Proofs, l)
	}
	return p.show(c, "proofs.html", page.View{Title: "Proofs", Active: "/proofs", Problem: wrong, Body: body})
}

func (p *People) proofPDF(c *fiber.Ctx, who letters.VendorPerson) error {
	id, err := proofID(c)
	if err != nil {
		return err
	}
	pdf, err := p.Mailroom.VendorProof(c.UserContext(), who.Vendor, id)
	if err != nil {
		return err
	}
	attach(c, "application/pdf", "proof-"+strconv.FormatInt(id, 10)+".pdf")
	return c.Send(pdf)
}

func (p *People) judgeProof(c *fiber.Ctx, who letters.VendorPerson) error {
	id, err := proofID(c)
	if err != nil {
		return err
	}
	passed, reason := c.FormValue("verdict") == "passed", strings.TrimSpace(c.FormValue("reason"))
	var wrong page.Problems
	if len(reason) > 500 {
		wrong.Add("reason-"+strconv.FormatInt(id, 10), "Say it in at most 500 characters.")
		return p.showProofs(c, who, id, wrong)
	}
	err = p.byHand(c, who, "judge proof", "pack", strconv.FormatInt(id, 10), func() error {
		return p.Mailroom.JudgeProof(c.UserContext(), who.Vendor, id, passed, reason)
	})
	if f := fault.Of(err); f != nil && f.Field == "reason" {
		wrong.Add("reason-"+strconv.FormatInt(id, 10), f.Sentence)
		return p.showProofs(c, who, id, wrong)
	}
	if err != nil {
		return err
	}
	if passed {
		return p.done(c, "/proofs", "It is written down that the proof prints right.")
	}
	return p.done(c, "/proofs", "The print desk is told what does not print right.")
}
