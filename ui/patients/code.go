package patients

import (
	_ "embed"
	"net/netip"
	"strings"
	"unicode/utf8"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

//go:embed o.js
var script []byte

// letterScript moves a scanned code from the address into its field. It is no
// more than a convenience: the code can always be typed.
func letterScript(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/javascript; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return c.Send(script)
}

type startPage struct{ Programme, About string }

// start says what this is before anything is asked.
func (d *door) start(c *fiber.Ctx) error {
	o := outlook{Position: optout.Position{Programme: d.settings.Programme}, in: speechOf(c).Catalogue}
	return d.render(c, "start.html", fiber.StatusOK, page.View{Title: o.say("Say yes or no to {a programme}"), Body: startPage{Programme: o.Programme, About: d.about(c)}})
}

type codePage struct {
	Code page.Input
	Born page.DateInput
}

func (d *door) code(c *fiber.Ctx) error {
	return d.askForCode(c, fiber.StatusOK, "", page.DateInput{}, nil)
}

func (d *door) askForCode(c *fiber.Ctx, status int, typed string, born page.DateInput, wrong page.Problems) error {
	in := speechOf(c)
	wrong = in.each(wrong)
	word := in.Say("Error")
	born.Field = page.Field{Name: "born", Label: in.Say("Your date of birth"), LabelSize: "m", ErrorWord: word, Error: wrong.For("born"),
		Hint: in.Say("For example, 31 3 1980. If you answer for somebody else, theirs.")}
	born.Birth, born.Parts = true, d.parts(c)
	return d.render(c, "code.html", status, page.View{
		Title: in.Say("Your code and date of birth"), Back: page.Link{Href: "/"}, Problem: wrong,
		Body: codePage{
			Code: page.Input{Field: page.Field{Name: "code", Label: in.Say("The code in your letter"), LabelSize: "m", ErrorWord: word, Error: wrong.For("code"),
				Hint: in.Say("16 letters and numbers in four groups. Spaces and small letters do not matter.")},
				Value: typed, Width: "20", Autocomplete: "off", Spellcheck: "false", Code: true},
			Born: born,
		},
	})
}

// notOurs is said of every proof that fails, for whatever reason.
const notOurs = "The code and the date of birth do not fit together in our records. Check both. If you have tried a few times, wait ten minutes or tell us in one of the ways below: they are as good."

// knock proves that somebody holds the letter and knows the date of birth. All
// failures but a typing error look the same and take as long (ASVS 6.3.8).
func (d *door) knock(c *fiber.Ctx) error {
	pace := newPace(d.settings.Floor)
	typed := short(c.FormValue("code"), 60)
	born, boxes, dateErr := page.ReadDate(c, "born")
	boxes.Day, boxes.Month, boxes.Year = short(boxes.Day, 12), short(boxes.Month, 12), short(boxes.Year, 12)

	var wrong page.Problems
	if typed == "" {
		wrong.Add("code", "Enter the code from your letter")
	} else if _, err := optout.NormaliseCode(typed); err != nil {
		if err := wrong.Take(err); err != nil {
			return err
		}
	}
	if dateErr != nil {
		if err := wrong.Take(dateErr); err != nil {
			return err
		}
	} else if why := d.unlikely(born); why != "" {
		wrong.Add("born-day", why)
	}
	if len(wrong) > 0 {
		return d.askForCode(c, refused, typed, boxes, wrong)
	}

	caller, err := d.desk.Knock(c.UserContext(), typed, born, network(c.IP()))
	switch {
	case fault.Is(err, fault.Invalid):
		if err := wrong.Take(err); err != nil {
			return err
		}
		return d.askForCode(c, refused, typed, boxes, wrong)
	case fault.Is(err, fault.Unauthenticated) || fault.Is(err, fault.TooMany):
		stepOut(c)
		pace.end(c.UserContext(), optout.Slower(err))
		wrong.Add("code", notOurs)
		return d.askForCode(c, refused, typed, boxes, wrong)
	case err != nil:
		return err
	}
	v := visit{Caller: caller, ProvedAt: d.clock().Unix()}
	next := or(d.resume(c, &v), "/decision")
	if err := d.seal.keep(c, v); err != nil {
		return err
	}
	return page.SeeOther(c, next)
}

// unlikely says why a date can be nobody's date of birth, or "".
func (d *door) unlikely(born calendar.Date) string {
	year, _, _ := born.Civil()
	switch {
	case born.IsZero():
		return "Enter the date of birth"
	case born.After(d.clock.Today()):
		return "The date of birth must be in the past"
	case year < 1890:
		return "Check the year of birth"
	}
	return ""
}

// short trims what was typed to a length that can be shown again.
func short(typed string, most int) string {
	typed = strings.TrimSpace(strings.ToValidUTF8(typed, "?"))
	for len(typed) > most {
		_, size := utf8.DecodeLastRuneInString(typed)
		typed = typed[:len(typed)-size]
	}
	return typed
}

// network is where failures are counted: one IPv4 address, or the /64 that one
// household has of IPv6.
func network(ip string) string {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return "unknown"
	}
	address = address.Unmap()
	bits := 64
	if address.Is4() {
		bits = 32
	}
	prefix, err := address.WithZone("").Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}
