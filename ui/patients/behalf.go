package patients

import (
	"github.com/gofiber/fiber/v2"

	"duenotice/ui/page"
)

// capacity is as whom somebody answers. GivenBy is what is written down with
// the answer; everything but "self" is checked by a person first.
type capacity struct{ Key, Text, GivenBy string }

var capacities = []capacity{
	{"", "The person the letter is addressed to", "self"},
	{"child", "The parent or guardian of a child under 13", "parent or guardian of a child under 13"},
	{"teenager", "The parent or guardian of a child of 13 to 15, who has been asked", "parent or guardian of a child of 13 to 15, who has been asked"},
	{"attorney", "An attorney for health and welfare", "attorney for health and welfare"},
	{"deputy", "A deputy of the Court of Protection", "deputy of the Court of Protection"},
	{"other", "Somebody who helps in another way", "somebody who helps in another way"},
}

// capacityOf finds a capacity by its key; one that is not known is taken for
// somebody who helps in another way, never for the person.
func capacityOf(key string) capacity {
	for _, k := range capacities {
		if k.Key == key {
			return k
		}
	}
	return capacities[len(capacities)-1]
}

type behalfPage struct {
	outlook
	Who page.Radios
}

func (d *door) behalf(c *fiber.Ctx, a at) error {
	return d.askWho(c, fiber.StatusOK, a, nil)
}

func (d *door) askWho(c *fiber.Ctx, status int, a at, wrong page.Problems) error {
	o := a.outlook
	who := page.Radios{Field: page.Field{Name: "who", Label: o.say("Who are you?"), LabelSize: "l", Heading: true, ErrorWord: o.say("Error"), Error: wrong.For("who")}}
	for _, k := range capacities {
		option := page.Option{Value: k.Key, Text: o.say(k.Text)}
		if k.Key == "" {
			option.Value = "self"
		}
		who.Options = append(who.Options, option)
	}
	who.Chosen = or(d.typed(c, "who"), a.visit.GivenBy)
	return d.renderKnown(c, "behalf.html", status, o.Position, page.View{Title: o.say("Who are you?"), Back: page.Link{Href: "/decision"}, Problem: wrong, Body: behalfPage{outlook: o, Who: who}})
}

// speakFor keeps as whom somebody answers, and goes on to the question: an
// answer that was chosen in another capacity is asked again.
func (d *door) speakFor(c *fiber.Ctx, a at) error {
	who := c.FormValue("who")
	if who == "" {
		return d.known(func(c *fiber.Ctx, a at) error {
			return d.askWho(c, refused, a, page.Problems{{Field: "who", Text: a.outlook.say("Choose who you are")}})
		})(c)
	}
	if who == "self" {
		who = ""
	}
	a.visit.GivenBy, a.visit.Draft = capacityOf(who).Key, nil
	d.sent(c)
	if err := d.seal.keep(c, a.visit); err != nil {
		return err
	}
	return page.SeeOther(c, "/question")
}
