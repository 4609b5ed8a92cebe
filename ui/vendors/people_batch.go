package vendors

import (
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"
)

const piecesOnPage = 50

type batchPage struct {
	letters.Batch
	What    string
	SHA256  string
	Account letters.Account
	Wrong   []string
	Sealed  string // how its file is sealed to the vendor's key, "" for not
	Pieces  []letters.PieceLine
	After   int // the last sequence of this page; 0 where nothing follows
	Start   int
	Late    bool
	Do      string
	Refused []letters.Verdict // of the report that was just made

	Reason, Docket, PostedOn, DestroyedOn, From, To, SuspectReason page.Input
	Except                                                         page.Textarea
}

func (p *People) batch(c *fiber.Ctx, who letters.VendorPerson) error {
	return p.showBatch(c, who, nil, "", nil)
}

// named finds a batch of the person's vendor.
func (p *People) named(c *fiber.Ctx, who letters.VendorPerson) (letters.Batch, error) {
	if !isCode(c.Params("code")) {
		return letters.Batch{}, fault.New(fault.NotFound, "There is no such batch.")
	}
	return p.Mailroom.Batch(c.UserContext(), who.Vendor, c.Params("code"))
}

func (p *People) showBatch(c *fiber.Ctx, who letters.VendorPerson, wrong page.Problems, said string, refused []letters.Verdict) error {
	ctx, m := c.UserContext(), p.Mailroom
	b, err := p.named(c, who)
	if err != nil {
		return err
	}
	v, err := m.VendorProfile(ctx, who.VendorCode)
	if err != nil {
		return err
	}
	body := batchPage{Batch: b, What: whatOf(b), SHA256: hex.EncodeToString(b.PDFSHA256), Sealed: v.SealKind, Do: b.Board(), Refused: refused}
	body.Late = m.Clock().After(b.DueAt) && (b.State == letters.Sealed || b.State == letters.Accepted)
	accounts, err := m.Ledger(ctx, campaigns.Viewer{}, letters.BalanceFilter{Vendor: who.Vendor, Batch: b.ID})
	if err != nil {
		return err
	}
	for _, a := range accounts {
		body.Account, body.Wrong = a, a.Wrong()
	}
	after, _ := strconv.Atoi(c.Query("after"))
	body.Start = max(0, after)
	if body.Pieces, err = m.PieceLines(ctx, who.Vendor, b.ID, body.Start, piecesOnPage+1); err != nil {
		return err
	}
	if len(body.Pieces) > piecesOnPage {
		body.Pieces = body.Pieces[:piecesOnPage]
		body.After = body.Pieces[piecesOnPage-1].Sequence
	}
	body.fields(c, m.Clock.Today(), wrong)
	return p.show(c, "batch.html", page.View{Title: "Batch " + b.Code, Active: "/batches", Problem: wrong, Flash: said, Crumbs: []page.Link{{Text: "Batches", Href: "/batches"}}, Body: body})
}

func (b *batchPage) fields(c *fiber.Ctx, today calendar.Date, wrong page.Problems) {
	input := func(name, label, hint, width string) page.Input {
		return page.Input{Field: page.Field{Name: name, Label: label, Hint: hint, Error: wrong.For(name)}, Value: typed(c, wrong, name, ""), Width: width}
	}
	b.Reason = input("reason", "Why it cannot be printed", "", "")
	b.Docket = input("docket", "The post’s own reference", "The docket or the number of the eManifest, if there is one", "20")
	b.PostedOn = dateField("posted_on", "Posted on", "The day on which the post took them", typed(c, wrong, "posted_on", today.String()), wrong)
	b.Except = page.Textarea{Field: page.Field{Name: "except", Label: "Letters that stayed behind", Hint: "Their references, one on a line. Leave it empty if all were posted.", Error: wrong.For("except")}, Value: typed(c, wrong, "except", ""), Rows: 3}
	b.DestroyedOn = dateField("destroyed_on", "Destroyed on", "", typed(c, wrong, "destroyed_on", today.String()), wrong)
	b.From, b.To = input("from", "From number", "", "5"), input("to", "To number", "Leave both empty for the whole batch", "5")
	b.SuspectReason = input("suspect_reason", "What went wrong", "Such as: our inserter failed", "")
}

// act does one thing to the batch of the address and goes back to its page;
// what was wrong with the form is shown there.
func (p *People) act(c *fiber.Ctx, who letters.VendorPerson, action, said string, do func(letters.Batch) error) error {
	b, err := p.named(c, who)
	if err != nil {
		return err
	}
	err = p.byHand(c, who, action, "batch", b.Code, func() error { return do(b) })
	var wrong page.Problems
	if f := fault.Of(err); f != nil && f.Kind == fault.Unavailable { // held back for now
		wrong.Add("", f.Sentence)
		err = nil
	}
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return p.showBatch(c, who, wrong, "", nil)
	}
	return p.done(c, "/batches/"+b.Code, said)
}

func (p *People) accept(c *fiber.Ctx, who letters.VendorPerson) error {
	return p.act(c, who, "accept", "You have promised to print this batch.", func(b letters.Batch) error {
		return p.Mailroom.Accept(c.UserContext(), who.Vendor, b.Code)
	})
}

func (p *People) reject(c *fiber.Ctx, who letters.VendorPerson) error {
	return p.act(c, who, "reject", "You have given this batch back. Its people are written to with another one; destroy your copies.", func(b letters.Batch) error {
		if err := worded(c.FormValue("reason")); err != nil {
			return fault.In("reason", fault.Invalid, "Say the reason in at most 500 characters.")
		}
		return p.Mailroom.Reject(c.UserContext(), who.Vendor, b.Code, c.FormValue("reason"))
	})
}

func (p *People) destroyed(c *fiber.Ctx, who letters.VendorPerson) error {
	return p.act(c, who, "destroyed", "It is written down that your copies are destroyed.", func(b letters.Batch) error {
		var wrong page.Problems
		on := dateOf(c, "destroyed_on", &wrong)
		if len(wrong) > 0 {
			return fault.In("destroyed_on", fault.Invalid, "%s", wrong[0].Text)
		}
		_, err := p.Mailroom.DeclareDestroyed(c.UserContext(), who.Vendor, b.Code, on)
		if f := fault.Of(err); f != nil && f.Field == "date" {
			return fault.In("destroyed_on", f.Kind, "%s", f.Sentence)
		}
		return err
	})
}

// dispatch reports the batch as posted; pieces that were refused are named.
func (p *People) dispatch(c *fiber.Ctx, who letters.VendorPerson) error {
	b, err := p.named(c, who)
	if err != nil {
		return err
	}
	var wrong page.Problems
	on := dateOf(c, "posted_on", &wrong)
	if on.IsZero() && len(wrong) == 0 {
		wrong.Add("posted_on", "Say on which day the post took them.")
	}
	if len(c.FormValue("docket")) > 100 {
		wrong.Add("docket", "The docket has at most 100 characters.")
	}
	if len(wrong) > 0 {
		return p.showBatch(c, who, wrong, "", nil)
	}
	var out letters.Outcome
	err = p.byHand(c, who, "dispatch", "batch", b.Code, func() (err error) {
		out, err = p.Mailroom.Dispatch(c.UserContext(), who.Vendor, b.Code, letters.Dispatch{PostedOn: on, Docket: c.FormValue("docket"), Except: references(c.FormValue("except"))})
		return err
	})
	if f := fault.Of(err); f != nil && f.Field != "" && f.Field != "posted_on" && f.Field != "except" {
		err = fault.New(f.Kind, "%s", f.Sentence)
	}
	if err := wrong.Take(err); err != nil {
		return err
	}
	said := page.Plural(int64(out.Applied), "letter is", "letters are") + " reported as posted on " + on.Long() + "."
	if out.Already > 0 {
		said += " " + page.Plural(int64(out.Already), "was", "were") + " so before."
	}
	if len(wrong) > 0 {
		return p.showBatch(c, who, wrong, "", nil)
	}
	if n := len(out.Refused); n > 0 { // such as letters that were taken out before
		return p.showBatch(c, who, nil, said+" "+page.Plural(int64(n), "was", "were")+" not taken; each is named below with the reason.", out.Refused)
	}
	return p.done(c, "/batches/"+b.Code, said)
}

// suspect takes the vendor's word that letters may be in wrong envelopes.
func (p *People) suspect(c *fiber.Ctx, who letters.VendorPerson) error {
	from, to := strings.TrimSpace(c.FormValue("from")), strings.TrimSpace(c.FormValue("to"))
	return p.act(c, who, "suspect", "It is written down. These letters count as not sent, and their people are written to again.", func(b letters.Batch) error {
		if worded(c.FormValue("suspect_reason")) != nil {
			return fault.In("suspect_reason", fault.Invalid, "Say what went wrong, in at most 500 characters.")
		}
		var ranges []letters.Range
		if from != "" || to != "" {
			first, err1 := strconv.Atoi(strings.ReplaceAll(from, ",", ""))
			last, err2 := strconv.Atoi(strings.ReplaceAll(to, ",", ""))
			if err1 != nil || err2 != nil || first < 1 || last < first || last > b.Pieces {
				return fault.In("from", fault.Invalid, "Write two numbers of letters of this batch, from 1 to %d, the smaller one first.", b.Pieces)
			}
			ranges = []letters.Range{{From: first, To: last}}
		}
		_, err := p.Mailroom.Suspect(c.UserContext(), who.Vendor, b.Code, ranges, c.FormValue("suspect_reason"))
		return err
	})
}

// pullPDF sends the file of a batch, or the part that a browser goes on with.
func (p *People) pullPDF(c *fiber.Ctx, who letters.VendorPerson) error {
	b, err := p.named(c, who)
	if err != nil {
		return err
	}
	return stream(c, download{"application/pdf", b.FileName(), b.PDFBytes, b.PDFSHA256}, func(from, length int64) (io.ReadCloser, error) {
		if from == 0 {
			if err := p.Mailroom.ByHand(c.UserContext(), who, "pull", "batch", b.Code); err != nil {
				return nil, err
			}
		}
		file, _, err := p.Mailroom.PDF(c.UserContext(), who.Vendor, b.Code, from, length)
		return file, err
	})
}

func (p *People) pullSealed(c *fiber.Ctx, who letters.VendorPerson) error {
	b, err := p.named(c, who)
	if err != nil {
		return err
	}
	s, err := p.Mailroom.SealedCopy(c.UserContext(), who.Vendor, b.Code)
	if err != nil {
		return err
	}
	return stream(c, download{fiber.MIMEOctetStream, s.Name, s.Bytes, s.SHA256}, func(from, length int64) (io.ReadCloser, error) {
		if from == 0 {
			if err := p.Mailroom.ByHand(c.UserContext(), who, "pull", "batch", b.Code); err != nil {
				return nil, err
			}
		}
		return p.Mailroom.OpenSealedCopy(c.UserContext(), who.Vendor, s, from, length)
	})
}

func (p *People) pullManifest(kind string) peopleHandler {
	return func(c *fiber.Ctx, who letters.VendorPerson) error {
		b, err := p.named(c, who)
		if err != nil {
			return err
		}
		text, err := p.Mailroom.ManifestFile(c.UserContext(), who.Vendor, b.Code, kind)
		if err != nil {
			return err
		}
		attach(c, map[string]string{"csv": "text/csv", "json": fiber.MIMEApplicationJSON}[kind], b.ManifestName(kind))
		return c.Send(text)
	}
}

// Moments are what happened to a batch, for its page.
func (b batchPage) Moments() []moment {
	var list []moment
	for _, one := range []moment{{"Released to you", b.SealedAt}, {"Pulled", b.PulledAt}, {"Accepted", b.AcceptedAt}, {"Given back", b.RejectedAt}, {"Posted", b.PostedAt}} {
		if !one.At.IsZero() {
			list = append(list, one)
		}
	}
	return list
}

type moment struct {
	What string
	At   time.Time
}
