package patients

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
	"duenotice/optout"
	"duenotice/ui/page"
)

// letterFormats are the formats a letter may be asked for in, in our words.
var letterFormats = []struct{ key, text string }{
	{"", "The ordinary letter"}, {"large_print", "Large print"}, {"easy_read", "Easy Read"}, {"braille", "Braille"}, {"audio", "Audio"}, {"bsl", "British Sign Language"},
}

// moreLanguages are those that are asked for beside the ones a letter is printed in.
var moreLanguages = map[string]string{"ur": "اردو"}

type formatPage struct {
	outlook
	Language, Format page.Select
	Token            string
	Asked            string // what was asked for before, in a sentence
	Send             page.Button
}

func (d *door) format(c *fiber.Ctx, a at) error { return d.showFormat(c, fiber.StatusOK, a, nil) }

func (d *door) showFormat(c *fiber.Ctx, status int, a at, wrong page.Problems) error {
	o := a.outlook
	was, err := d.desk.OwnLetterRequest(c.UserContext(), a.visit.Caller)
	if err != nil {
		return err
	}
	token, err := uuid.NewRandom()
	if err != nil {
		return err
	}
	p := formatPage{outlook: o, Token: token.String(), Send: page.Button{Text: o.say("Ask for this letter"), PreventDoubleClick: true}}
	p.Language = page.Select{Field: page.Field{Name: "language", Label: o.say("Language"), LabelSize: "s", ErrorWord: o.say("Error"), Error: wrong.For("language")},
		Options: languageOptions(), Chosen: or(d.typed(c, "language"), or(c.FormValue("language"), o.in.Lang()))}
	p.Format = page.Select{Field: page.Field{Name: "format", Label: o.say("Format"), LabelSize: "s", ErrorWord: o.say("Error"), Error: wrong.For("format")},
		Chosen: or(d.typed(c, "format"), c.FormValue("format"))}
	for _, f := range letterFormats {
		p.Format.Options = append(p.Format.Options, page.Option{Value: f.key, Text: o.say(f.text)})
	}
	if was.ID != 0 {
		asked := []any{"day", o.long(calendar.DateOf(was.AskedAt)), "language", nameOfLanguage(was.Language), "format", o.say(formatWord(was.Format))}
		switch {
		case !was.Settled:
			p.Asked = o.say("You asked on {day} for: {language}, {format}. We have not done it yet.", asked...)
		case was.Outcome == optout.NewLetter || was.Outcome == optout.NextLetter:
			p.Asked = o.say("You asked on {day} for: {language}, {format}. A new letter is on its way.", asked...)
		default:
			p.Asked = o.say("You asked on {day} for: {language}, {format}. We have looked at it; phone us if no letter came.", asked...)
		}
	}
	return d.renderKnown(c, "format.html", status, o.Position, page.View{Title: o.say("Ask for another letter"), Back: page.Link{Href: "/status"}, Problem: wrong, Body: p})
}

// languageOptions are the languages of letters by their own names.
func languageOptions() []page.Option {
	list := []page.Option{}
	for _, code := range slices.Concat(paper.Languages, []string{"ur"}) {
		list = append(list, page.Option{Value: code, Text: nameOfLanguage(code)})
	}
	return list
}

func nameOfLanguage(code string) string { return or(nativeNames[code], or(moreLanguages[code], code)) }

func formatWord(key string) string {
	for _, f := range letterFormats {
		if f.key == key {
			return f.text
		}
	}
	return letterFormats[0].text
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// askFormat takes the wish; it becomes work for the helpdesk.
func (d *door) askFormat(c *fiber.Ctx, a at) error {
	language, format := c.FormValue("language"), c.FormValue("format")
	var wrong page.Problems
	if !slices.ContainsFunc(languageOptions(), func(o page.Option) bool { return o.Value == language }) {
		wrong.Add("language", "Choose a language")
	}
	if !slices.ContainsFunc(letterFormats, func(f struct{ key, text string }) bool { return f.key == format }) {
		wrong.Add("format", "Choose a format")
	}
	if len(wrong) == 0 {
		if err := wrong.Take(d.desk.AskLetter(c.UserContext(), a.visit.Caller, language, format, c.FormValue("token"))); err != nil {
			return err
		}
	}
	in := speechOf(c)
	if len(wrong) > 0 {
		return d.known(func(c *fiber.Ctx, a at) error { return d.showFormat(c, refused, a, in.each(wrong)) })(c)
	}
	d.sent(c)
	d.page.Say(c, in.Say("We have your wish. A new letter comes by post, with a new last day."))
	return page.SeeOther(c, "/format")
}

type lostCodePage struct {
	Helpline string
	Name     page.Input
	Born     page.DateInput
	Postcode page.Input
	Token    string
	Send     page.Button
}

// lostCode tells how to answer without a code, and takes the wish for a new one.
func (d *door) lostCode(c *fiber.Ctx) error {
	return d.showLostCode(c, fiber.StatusOK, "", "", page.DateInput{}, nil)
}

func (d *door) showLostCode(c *fiber.Ctx, status int, name, postcode string, born page.DateInput, wrong page.Problems) error {
	in := speechOf(c)
	wrong = in.each(wrong)
	token, err := uuid.NewRandom()
	if err != nil {
		return err
	}
	word := in.Say("Error")
	born.Field = page.Field{Name: "born", Label: in.Say("Your date of birth"), LabelSize: "s", Hint: in.Say("For example, 31 3 1980"), ErrorWord: word, Error: wrong.For("born")}
	born.Birth, born.Parts = true, d.parts(c)
	return d.render(c, "lost-code.html", status, page.View{Title: in.Say("You have no code, or it does not work"), Back: page.Link{Href: "/"}, Problem: wrong, Body: lostCodePage{
		Helpline: d.settings.Helpline, Token: token.String(), Born: born, Send: page.Button{Text: in.Say("Ask for a new code"), PreventDoubleClick: true},
		Name:     page.Input{Field: page.Field{Name: "name", Label: in.Say("Your full name"), LabelSize: "s", ErrorWord: word, Error: wrong.For("name")}, Value: name, Autocomplete: "name", Spellcheck: "false"},
		Postcode: page.Input{Field: page.Field{Name: "postcode", Label: in.Say("Your postcode"), LabelSize: "s", ErrorWord: word, Error: wrong.For("postcode")}, Value: postcode, Width: "10", Autocomplete: "postal-code", Spellcheck: "false"},
	}})
}

// askCode takes who somebody says they are. The answer is the same for
// everybody: it tells nobody whether we know a person.
func (d *door) askCode(c *fiber.Ctx) error {
	name, postcode := short(optout.CleanText(c.FormValue("name")), 400), short(strings.ToUpper(optout.CleanText(c.FormValue("postcode"))), 40)
	born, boxes, dateErr := page.ReadDate(c, "born")
	boxes.Day, boxes.Month, boxes.Year = short(boxes.Day, 12), short(boxes.Month, 12), short(boxes.Year, 12)
	var wrong page.Problems
	if name == "" {
		wrong.Add("name", "Enter your full name")
	}
	if why := d.unlikely(born); dateErr == nil && why != "" {
		wrong.Add("born-day", why)
	} else if err := wrong.Take(dateErr); err != nil {
		return err
	}
	if letters := strings.ReplaceAll(postcode, " ", ""); len(letters) < 5 || len(letters) > 8 {
		wrong.Add("postcode", "Enter your postcode, for example CT14 7AA")
	}
	if len(wrong) == 0 {
		told := map[string]string{"name": name, "born": born.String(), "postcode": postcode}
		err := d.desk.AskNewCode(c.UserContext(), told, network(c.IP()), speechOf(c).Lang(), c.FormValue("token"))
		if f := fault.Of(err); f != nil && f.Field == "" { // about the whole form
			wrong.Add("name", f.Sentence)
		} else if err := wrong.Take(err); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return d.showLostCode(c, refused, name, postcode, boxes, wrong)
	}
	d.page.Say(c, speechOf(c).Say("If these details fit somebody to whom we have written, a letter with a new code goes to the address that the health service has for them."))
	return page.SeeOther(c, "/lost-code")
}

// parts are the names of the boxes of a date.
func (d *door) parts(c *fiber.Ctx) [3]string {
	in := speechOf(c)
	return [3]string{in.Say("Day"), in.Say("Month"), in.Say("Year")}
}
