package managers

import (
	"fmt"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// keyingPart is a scanned form beside the keys with which a person enters it.
type keyingPart struct {
	Page      letters.ScanPage
	Parts     []told // name and address of each picture of a part
	Mine      bool   // the viewer has keyed it
	Others    int    // who have keyed it besides
	Read      []keyingLine
	May       bool
	Says      page.Radios
	Signed    page.Radios
	Reference page.Input
	Born      page.DateInput
}

type keyingLine struct{ Who, When, What string }

var saysKeyed = []page.Option{{Value: "no", Text: "No is ticked"}, {Value: "yes", Text: "Yes is ticked"}, {Value: "both", Text: "Both are ticked"},
	{Value: "neither", Text: "None is ticked"}, {Value: "unreadable", Text: "It cannot be read"}}

var signedKeyed = []page.Option{{Value: "self", Text: "The person"}, {Value: "other", Text: "Somebody for the person"}, {Value: "nobody", Text: "Nobody"}}

// keyingOf prepares the scanned form of a hold; nil where it is about none.
func (h *Hall) keyingOf(c *fiber.Ctx, by campaigns.Viewer, o optout.Hold, typed page.DateInput, wrong page.Problems) (*keyingPart, error) {
	p, ok, err := h.Mailroom.PageOfHold(c.UserContext(), o.Reference)
	if err != nil || !ok {
		return nil, err
	}
	k := &keyingPart{Page: p, May: by.Role.KeysAnswers() && !o.Settled}
	if p.HasParts {
		for _, part := range []told{{"Answer", letters.PartAnswer}, {"Signature", letters.PartSignature}, {"Date of birth", letters.PartBorn}, {"For somebody else", letters.PartBehalf}} {
			k.Parts = append(k.Parts, told{part.Name, fmt.Sprintf("/scanned/%d?part=%s", p.ID, part.Value)})
		}
	}
	list, err := h.Desk.Keyings(c.UserContext(), by, o.ID)
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		if l.Staff == by.ID {
			k.Mine = true
		} else {
			k.Others++
		}
		// Whoever still keys does not see what the other read.
		k.Read = append(k.Read, keyingLine{l.Name, page.Moment(l.KeyedAt), capital(keyedWords(l.Keying))})
	}
	if !k.Mine && !o.Settled {
		k.Read = nil
	}
	k.Says = page.Radios{Field: page.Field{Name: "says", Label: "What does the form say?", LabelSize: "s", Error: wrong.For("says")}, Options: saysKeyed, Chosen: c.FormValue("says"), Small: true}
	k.Signed = page.Radios{Field: page.Field{Name: "signed", Label: "Who has signed?", LabelSize: "s", Error: wrong.For("signed")}, Options: signedKeyed, Chosen: c.FormValue("signed"), Small: true}
	k.Reference = page.Input{Field: page.Field{Name: "reference", Label: "Reference under the mark", Hint: "Blank where it cannot be read", Error: wrong.For("reference")},
		Value: c.FormValue("reference", letters.PrintedReference(p.Reference)), Width: "20", Code: true, Spellcheck: "false", Autocomplete: "off"}
	k.Born = typed
	k.Born.Field = page.Field{Name: "born", Label: "Date of birth as written", LabelSize: "s", Hint: "Blank where there is none", Error: wrong.For("born")}
	return k, nil
}

func keyedWords(k optout.Keying) string {
	words := strings.ToLower(textOf(saysKeyed, k.Says)) + "; signed by: " + strings.ToLower(textOf(signedKeyed, k.SignedBy))
	if !k.BornOn.IsZero() {
		words += "; born " + k.BornOn.Plain()
	}
	if k.Reference == "" {
		return words + "; no reference"
	}
	return words + "; " + letters.PrintedReference(k.Reference)
}

func textOf(options []page.Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Text
		}
	}
	return value
}

// keyHold takes what one person reads on a scanned form.
func (h *Hall) keyHold(c *fiber.Ctx, by campaigns.Viewer) error {
	o, err := h.oneHold(c, by)
	if err != nil {
		return err
	}
	born, typed, wrong := readDay(c, "born", nil)
	k := optout.Keying{Says: c.FormValue("says"), SignedBy: c.FormValue("signed"), BornOn: born}
	if r := strings.TrimSpace(c.FormValue("reference")); r != "" {
		if k.Reference, err = letters.NormaliseReference(r); err != nil {
			wrong.Add("reference", fault.Of(err).Sentence)
		}
	}
	var became optout.Keyed
	if len(wrong) == 0 {
		became, err = h.Desk.KeyHold(c.UserContext(), by, o.ID, k)
		if err := wrong.Take(err); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showHoldKeyed(c, by, typed, wrong)
	}
	switch {
	case became.Settled:
		return h.done(c, "/holds?kind="+answersKind, "%s is settled: two people keyed the same.", o.Reference)
	case became.Agreed:
		return h.done(c, "/holds?kind="+answersKind, "Two people keyed the same, and a manager settles %s: %s.", o.Reference, became.Why)
	case became.People > 1:
		return h.done(c, "/holds?kind="+answersKind, "The keys of %s differ. A third person keys it, or a manager settles it.", o.Reference)
	}
	return h.done(c, "/holds?kind="+answersKind, "Keyed. Somebody else keys %s as well before it counts.", o.Reference)
}
