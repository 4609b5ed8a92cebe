package patients

import (
	"strings"
	"time"

	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

// kept is what somebody typed when their visit had ended, sealed in a cookie
// until the same letter has been proved again.
type kept struct {
	Caller  optout.Caller     `json:"c"`
	At      int64             `json:"t"`
	Path    string            `json:"p"` // the page it was typed on
	GivenBy string            `json:"b,omitempty"`
	Draft   *draft            `json:"d,omitempty"`
	Typed   map[string]string `json:"f,omitempty"`
}

func (s seal) kept() string { return s.cookie + "-kept" }

// fieldsOf are the fields worth keeping of each page.
var fieldsOf = map[string][]string{"/ask": {"text"}, "/format": {"language", "format"}, "/reason": {"reason"}, "/question": {"answer"}, "/check": {"answer"}, "/behalf": {"who"}}

// away tells somebody whose visit has ended so, and keeps what they had typed.
func (d *door) away(c *fiber.Ctx, v visit, ended bool) error {
	in := speechOf(c)
	fields, ours := fieldsOf[c.Path()]
	if !ended || !ours || c.Method() != fiber.MethodPost {
		d.page.Say(c, in.Say("You were away for a while, so we closed the page to keep it private. Nothing has been saved since. Please enter your code and date of birth again."))
		return nil
	}
	k := kept{Caller: v.Caller, At: d.clock().Unix(), Path: c.Path(), GivenBy: v.GivenBy, Draft: v.Draft, Typed: map[string]string{}}
	for _, name := range fields {
		k.Typed[name] = short(optout.CleanText(c.FormValue(name)), most)
	}
	d.page.Say(c, in.Say("You were away for a while, so we closed the page to keep it private. What you typed is kept, but not sent. Please enter your code and date of birth again."))
	return d.seal.write(c, d.seal.kept(), k)
}

// resume gives back what was kept for the holder of this very letter, and the
// page to go on at; "" where nothing was.
func (d *door) resume(c *fiber.Ctx, v *visit) string {
	var k kept
	if !d.seal.read(c, d.seal.kept(), &k) {
		return ""
	}
	since := d.clock().Sub(time.Unix(k.At, 0))
	if k.Caller != v.Caller || since < 0 || since > visitLife {
		d.seal.drop(c, d.seal.kept())
		return ""
	}
	v.GivenBy, v.Draft = k.GivenBy, k.Draft
	if k.Path == "/check" && k.Draft == nil {
		return "/question"
	}
	return k.Path
}

// typed is what was kept of a field of this page.
func (d *door) typed(c *fiber.Ctx, field string) string {
	var k kept
	if !d.seal.read(c, d.seal.kept(), &k) || k.Path != c.Path() {
		return ""
	}
	return k.Typed[field]
}

// sent forgets what was kept: it has arrived.
func (d *door) sent(c *fiber.Ctx) {
	if c.Cookies(d.seal.kept()) != "" {
		d.seal.drop(c, d.seal.kept())
	}
}

// each says what is wrong with a form in the reader's language.
func (s speech) each(list page.Problems) page.Problems {
	said := make(page.Problems, len(list))
	for i, p := range list {
		said[i] = page.Problem{Field: p.Field, Text: s.Say(strings.TrimSpace(p.Text))}
	}
	return said
}
