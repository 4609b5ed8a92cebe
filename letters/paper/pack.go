// Package paper draws letters on A4: an information letter, a leaflet and an
// answer form for each person, many letters to one PDF, where equal letters
// give equal bytes.
//
// What all letters of a batch share is laid out once and kept as Form
// XObjects; a page then holds only its own lines. Whatever cannot be printed
// right is withheld with a reason and never drawn wrong.
package paper

import (
	"cmp"
	"fmt"
	"strings"

	"duenotice/campaigns/calendar"
)

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

	// Format is how the wording is printed: Standard ("" means the same) or one of
	// the large prints; see Formats and NamedFormat.
	Format string `json:"format,omitempty"`

	Text string `json:"text"` // wording, Markdown

	// Following is a second wording, set behind the first one's pages without a
	// form of its own: English behind a translation, for whoever helps the
	// reader. It is best taken from the same version's English source when a
	// batch is drawn.
	Following string `json:"following,omitempty"`

	// Supplied is a PDF of whole pages that were composed elsewhere and approved,
	// for Easy Read and for scripts that the drawing cannot set. They follow the
	// pages of the wording. Supply sets it with the number of its pages and its
	// SHA-256 in hexadecimal; stored, a pack names the file by that alone.
	Supplied       []byte `json:"-"`
	SuppliedPages  int    `json:"supplied_pages,omitempty"`
	SuppliedSHA256 string `json:"supplied_sha256,omitempty"`
	// SuppliedChecked is who has read the supplied pages against the wording, a
	// name and an office; "" while nobody has.
	SuppliedChecked string `json:"supplied_checked,omitempty"`
}

// Check says what keeps a pack from being drawn, a sentence each; none means
// that it can be. CheckPack says more.
func Check(p Pack, g Geometry) []string {
	var wrong []string
	for _, f := range CheckPack(p, g) {
		if f.Blocks {
			wrong = append(wrong, f.Sentence)
		}
	}
	return wrong
}

// name is how a footer calls the pack.
func (p *Pack) name() string { return fmt.Sprintf("%s %d", p.Code, p.Version) }

// values are the placeholders that are the same for all letters with one last
// day and one date, in the language of the wording.
func (p *Pack) values(doc *wording, lastDay, dated calendar.Date) map[string]string {
	values := map[string]string{
		"programme": p.Programme, "area": p.Area, "signatory": p.Signatory,
		"phone": p.Phone, "phone_note": p.PhoneNote, "web": p.Web,
		"pack": p.name(), "form": p.Form,
		"language": doc.words["language"], "format": doc.words["format"],
		"last_day": LongDate(doc.language(), lastDay), "dated": PlainDate(doc.language(), dated),
	}
	if note := doc.words["phone-note"]; note != "" && p.PhoneNote == freeCall {
		values["phone_note"] = note
	}
	if set, ok := settingFor(p.Format); ok && set.points > 0 {
		values["format"] = strings.TrimSpace(fmt.Sprint(cmp.Or(doc.words["large-print"], "large print"), " ", set.points))
	}
	return values
}

// freeCall is the usual note on a phone number; a wording may give the word
// phone-note for it.
const freeCall = "free"
