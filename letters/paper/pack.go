// Package paper draws letters on A4: an information letter, a leaflet and an
// answer form for each person, many letters to one PDF, where equal letters
// give equal bytes.
//
// What all letters of a batch share is laid out once and kept as Form
// XObjects; a page then holds only its own lines. Whatever cannot be printed
// right is withheld with a reason and never drawn wrong.
package paper

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

//go:embed packs/standard-en.md
var standardEnglish string

// Pack is everything that is the same for all letters of a batch: the sender's
// settings and the wording. It is data and can be stored as JSON; the wording
// is a small Markdown (see parse).
type Pack struct {
	Code    string `json:"code"`    // of the campaign's pack, such as SHS-QMF
	Version int    `json:"version"` // a frozen pack never changes; a change is a new version
	Form    string `json:"form"`    // version of the answer form, printed and in its mark: F1

	Programme string   `json:"programme"` // what the letter is about: Shared Health Summary
	Area      string   `json:"area"`      // whose patients are written to: Kent and Medway
	Sender    []string `json:"sender"`    // one or two lines beside the mark
	Signatory string   `json:"signatory"` // name and office under the letter

	Phone     string   `json:"phone"`
	PhoneNote string   `json:"phone_note"` // what a call costs: free
	Hours     []string `json:"hours"`      // when the helpline answers, a line each
	Web       string   `json:"web"`        // as people type it: answer.example
	QRBase    string   `json:"qr_base"`    // where the QR code leads; the code follows in the fragment
	Freepost  []string `json:"freepost"`   // the address in the return envelope's window

	// NoFirst puts the answer no before yes wherever both stand side by side;
	// a programme draws lots for it once.
	NoFirst bool `json:"no_first"`
	// HideNHSNumber leaves the NHS number off the letter.
	HideNHSNumber bool `json:"hide_nhs_number"`

	Text string `json:"text"` // wording, Markdown
}

// StandardPack returns the English pack in standard print with its wording and
// form version. The sender, the ways to answer and the codes are the
// caller's to fill in; Check says what is missing.
func StandardPack() Pack {
	return Pack{
		Version: 1, Form: "F1", Programme: "Shared Health Summary", PhoneNote: "free",
		Text: standardEnglish,
	}
}

// Check says what keeps a pack from being drawn, a sentence each; none means
// that it can be. A pack without an answer form and a way to return it, a last
// day, a phone number and a web address cannot.
func Check(p Pack, g Geometry) []string {
	var wrong []string
	for _, must := range []struct {
		missing  bool
		sentence string
	}{
		{p.Code == "", "The pack has no code."},
		{p.Form == "", "The pack's answer form has no version."},
		{p.Programme == "", "The pack does not name the programme."},
		{p.Area == "", "The pack does not name the area."},
		{len(p.Sender) == 0, "The pack does not name its sender."},
		{p.Signatory == "", "Nobody signs the letter."},
		{strings.TrimSpace(p.Phone) == "", "The pack has no phone number."},
		{len(p.Hours) == 0, "The pack does not say when the phone is answered."},
		{strings.TrimSpace(p.Web) == "", "The pack has no web address."},
		{!strings.HasPrefix(p.QRBase, "https://") && !strings.HasPrefix(p.QRBase, "http://"), "The pack has no web address for the QR code."},
		{len(p.Freepost) == 0, "The pack has no address to return the form to."},
	} {
		if must.missing {
			wrong = append(wrong, must.sentence)
		}
	}
	doc, err := parse(p.Text)
	if err != nil {
		return append(wrong, err.Error())
	}
	wrong = append(wrong, doc.missing()...)
	if len(wrong) > 0 {
		return wrong
	}
	if err := tryOut(p, g, doc); err != nil {
		if f := fault.Of(err); f != nil {
			return []string{f.Sentence}
		}
		return []string{fmt.Sprintf("The pack cannot be laid out: %v.", err)}
	}
	return nil
}

// tryOut lays a pack out on a day that is long in words, without a document.
func tryOut(p Pack, g Geometry, doc *document) error {
	faces, err := typefaces()
	if err != nil {
		return err
	}
	texts := slices.Concat([]string{p.Programme, p.Area, p.Signatory, p.Phone, p.PhoneNote, p.Web}, p.Sender, p.Hours, p.Freepost, strings.Split(p.Text, "\n"))
	for _, text := range texts {
		if r, bad := faces[bold].undrawable(settled(text)); bad {
			return fault.New(fault.Invalid, "The pack holds %U, which the typeface cannot print.", r)
		}
	}
	press := &qrPress{}
	if _, err := press.encode(p.QRBase + "#" + strings.Repeat("X", 16)); err != nil {
		return fault.New(fault.Invalid, "The web address of the QR code is too long.")
	}
	if _, err := press.encode(Mark(strings.Repeat("x", referenceRoom), p.Form)); err != nil {
		return fault.New(fault.Invalid, "The version of the answer form is too long for its mark.")
	}
	wednesday := calendar.On(2027, 9, 29) // the longest date there is
	_, err = compose(&p, g, doc, newCanvas(faces, [weights]string{"R", "B"}), wednesday, wednesday)
	return err
}

// name is how a footer calls the pack.
func (p *Pack) name() string { return fmt.Sprintf("%s %d", p.Code, p.Version) }

// values are the placeholders that are the same for all letters with one last
// day and one date.
func (p *Pack) values(doc *document, lastDay, dated calendar.Date) map[string]string {
	return map[string]string{
		"programme": p.Programme, "area": p.Area, "signatory": p.Signatory,
		"phone": p.Phone, "phone_note": p.PhoneNote, "web": p.Web,
		"pack": p.name(), "form": p.Form,
		"language": doc.words["language"], "format": doc.words["format"],
		"last_day": lastDay.Long(), "dated": dated.Plain(),
	}
}
