package managers

import (
	"encoding/hex"
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type batchLine struct {
	letters.Batch
	Colour, Word string
	Late         bool
	Since        string // what happened last, and when
	Balance      letters.Balance
}

// lineOf says where a batch is, and whether it is behind its time.
func (h *Hall) lineOf(b letters.Batch, suspected bool) batchLine {
	l := batchLine{Batch: b, Colour: "blue"}
	today := h.Clock.Today()
	switch b.State {
	case letters.Planned, letters.Composed:
		l.Colour, l.Word, l.Since = "aqua", "Being drawn", "Planned "+page.Moment(b.CreatedAt)
		l.Late = b.PlannedPostOn.Before(today)
	case letters.Sealed:
		l.Word, l.Since = "To be taken", "Sealed "+page.Moment(b.SealedAt)
		l.Late = h.Clock().After(b.DueAt)
		if !b.PulledAt.IsZero() {
			l.Word, l.Since = "Taken by the vendor", "Taken "+page.Moment(b.PulledAt)
			l.Late = b.PlannedPostOn.Before(today)
		}
	case letters.Accepted:
		l.Word, l.Since = "Being printed", "Accepted "+page.Moment(b.AcceptedAt)
		l.Late = b.PlannedPostOn.Before(today)
	case letters.RejectedWhole:
		l.Colour, l.Word, l.Since = "red", "Rejected by the vendor", page.Moment(b.RejectedAt)
	case letters.PostedWhole:
		l.Colour, l.Word, l.Since = "white", "Posted", page.Moment(b.PostedAt)
	case letters.Empty:
		l.Colour, l.Word, l.Since = "white", "Nobody left to write to", page.Moment(b.CreatedAt)
	}
	if suspected {
		l.Colour, l.Word = "orange", "Under suspicion"
	}
	return l
}

// batchLines lists the batches of the campaigns somebody sees, or of one, with
// the balance of their pieces.
func (h *Hall) batchLines(c *fiber.Ctx, by campaigns.Viewer, only string) ([]batchLine, letters.Balance, error) {
	var lines []batchLine
	var sum letters.Balance
	list, err := h.Register.Campaigns(c.UserContext(), by)
	if err != nil {
		return nil, sum, err
	}
	suspects, err := h.Register.SignalsLike(c.UserContext(), "suspect:batch:")
	if err != nil {
		return nil, sum, err
	}
	for _, k := range list {
		if only != "" && k.Code != only {
			continue
		}
		batches, err := h.Mailroom.BatchesOf(c.UserContext(), k.ID)
		if err != nil {
			return nil, sum, err
		}
		balances, err := h.Mailroom.Reconciliation(c.UserContext(), k.ID)
		if err != nil {
			return nil, sum, err
		}
		of := map[string]letters.Balance{}
		for _, b := range balances {
			of[b.Batch] = b
			sum = sum.Add(b)
		}
		for _, b := range batches {
			l := h.lineOf(b, suspects[campaigns.SuspectBatch(int64(b.ID))].Red())
			l.Balance = of[b.Code]
			lines = append(lines, l)
		}
	}
	return lines, sum, nil
}

type batchesPage struct {
	Only    string
	Batches []batchLine
	Sum     letters.Balance
	Late    int
}

func (h *Hall) batches(c *fiber.Ctx, by campaigns.Viewer) error {
	body := batchesPage{Only: strings.ToUpper(c.Query("campaign"))}
	var err error
	if body.Batches, body.Sum, err = h.batchLines(c, by, body.Only); err != nil {
		return err
	}
	for _, b := range body.Batches {
		if b.Late {
			body.Late++
		}
	}
	return h.show(c, "batches.html", page.View{Title: "Batches", Active: "/batches", Body: body})
}

type batchPage struct {
	Line      batchLine
	Balance   letters.Balance
	Drawn     bool
	Checksum  string
	Manifest  string
	Withheld  []share
	WithheldN int
	Suspicion *campaigns.Signal
	By        string
	Proposal  *campaigns.Proposal
	Mine      bool
	May       bool
	Reason    page.Input
	Cost      letters.Cost
}

func (h *Hall) batch(c *fiber.Ctx, by campaigns.Viewer) error { return h.showBatch(c, by, nil) }

func (h *Hall) showBatch(c *fiber.Ctx, by campaigns.Viewer, wrong page.Problems) error {
	ctx := c.UserContext()
	b, err := h.Mailroom.BatchForStaff(ctx, by, c.Params("code"))
	if err != nil {
		return err
	}
	key := campaigns.SuspectBatch(int64(b.ID))
	signals, err := h.Register.Signals(ctx, []string{key})
	if err != nil {
		return err
	}
	body := batchPage{Line: h.lineOf(b, signals[key].Red()), Checksum: hex.EncodeToString(b.PDFSHA256), Manifest: hex.EncodeToString(b.ManifestSHA256), Drawn: !b.SealedAt.IsZero() && b.State != letters.Empty, May: by.Role.Manages()}
	if s := signals[key]; s.Red() {
		body.Suspicion, body.By = &s, h.nameOf(ctx, s.Staff)
		if body.Proposal, err = h.proposal(c, "lift suspicion", key); err != nil {
			return err
		}
		body.Mine = body.Proposal != nil && body.Proposal.Author == by.ID
	}
	balances, err := h.Mailroom.Reconciliation(ctx, b.Campaign)
	if err != nil {
		return err
	}
	for _, n := range balances {
		if n.Batch == b.Code {
			body.Balance = n
		}
	}
	if body.Cost, err = h.Mailroom.Cost(ctx, letters.CostFilter{Batch: b.ID}); err != nil {
		return err
	}
	withheld, err := h.Mailroom.WithheldOf(ctx, b.ID)
	if err != nil {
		return err
	}
	for _, w := range withheld {
		body.Withheld = append(body.Withheld, share{reasonName(w.Reason), w.Letters})
		body.WithheldN += w.Letters
	}
	body.Reason = page.Input{Field: page.Field{Name: "reason", Label: "Why?", Hint: "What was seen, by whom; no names of patients", Error: wrong.For("reason")}, Value: c.FormValue("reason")}
	return h.show(c, "batch.html", page.View{Title: "Batch " + b.Code, Active: "/batches", Problem: wrong,
		Crumbs: []page.Link{{Text: "Batches", Href: "/batches"}}, Body: body})
}

func (h *Hall) suspectBatch(c *fiber.Ctx, by campaigns.Viewer) error {
	b, err := h.Mailroom.BatchForStaff(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(c.FormValue("reason"))
	var wrong page.Problems
	if reason == "" {
		wrong.Add("reason", "Say what makes you suspect this batch.")
		return h.showBatch(c, by, wrong)
	}
	out, err := h.Mailroom.SuspectByStaff(c.UserContext(), by, b.Code, nil, reason)
	if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showBatch(c, by, wrong)
	}
	return h.done(c, "/batches/"+b.Code, "Batch %s is under suspicion: its %s give no notice any more.", b.Code, page.Plural(int64(out.Applied+out.Already), "letter", "letters"))
}

// liftSuspicion proposes, or agrees to what somebody else proposed.
func (h *Hall) liftSuspicion(c *fiber.Ctx, by campaigns.Viewer) error {
	b, err := h.Mailroom.BatchForStaff(c.UserContext(), by, c.Params("code"))
	if err != nil {
		return err
	}
	waiting, err := h.proposal(c, "lift suspicion", campaigns.SuspectBatch(int64(b.ID)))
	if err != nil {
		return err
	}
	if waiting == nil {
		if err := h.Mailroom.ProposeLiftSuspicion(c.UserContext(), by, b.Code, "looked at and found in order"); err != nil {
			return err
		}
		return h.done(c, "/batches/"+b.Code, "You have proposed to lift the suspicion. Somebody else has to agree.")
	}
	err = h.Mailroom.AgreeToLiftSuspicion(c.UserContext(), by, b.Code)
	if f := fault.Of(err); f != nil && f.Kind == fault.Refused {
		return h.showBatch(c, by, page.Problems{{Text: f.Sentence}})
	}
	if err != nil {
		return err
	}
	return h.done(c, "/batches/"+b.Code, "Two people have lifted the suspicion of batch %s.", b.Code)
}
