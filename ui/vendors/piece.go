package vendors

import (
	"github.com/gofiber/fiber/v2"

	"duenotice/letters"
)

const mostPieces = 10_000 // of one report

// report is what is said of one piece; which fields count depends on the address.
type report struct {
	Reference string `json:"reference"`
	Status    string `json:"status" oneof:"accepted,printed,enclosed,posted,returned,rejected,spoiled,recalled,failed,forwarded,delivered"`
	At        day    `json:"at" doc:"When it happened; today, if none."`
	Reason    string `json:"reason" doc:"A return needs one."`
}

type happened struct {
	Reference string `json:"reference"`
	On        day    `json:"on"`
	Reason    string `json:"reason"`
}

type verdictsJSON struct {
	Verdicts []letters.Verdict `json:"verdicts"`
	Applied  int               `json:"applied"`
	Already  int               `json:"already"`
	Refused  int               `json:"refused"`
}

type reported struct {
	Pieces []report `json:"pieces"`
}

func (d *desk) status(c *fiber.Ctx, asked reported) (verdictsJSON, error) {
	reports := make([]letters.PieceReport, len(asked.Pieces))
	for i, p := range asked.Pieces {
		reports[i] = letters.PieceReport{Reference: p.Reference, Status: letters.PieceState(p.Status), On: p.At.Date, Reason: p.Reason}
	}
	return d.report(c, reports)
}

type happenings struct {
	Pieces []happened `json:"pieces"`
}

func (h happenings) as(status letters.PieceState) []letters.PieceReport {
	reports := make([]letters.PieceReport, len(h.Pieces))
	for i, p := range h.Pieces {
		reports[i] = letters.PieceReport{Reference: p.Reference, Status: status, On: p.On.Date, Reason: p.Reason}
	}
	return reports
}

func (d *desk) returned(c *fiber.Ctx, asked happenings) (verdictsJSON, error) {
	return d.report(c, asked.as(letters.Returned))
}

func (d *desk) spoiled(c *fiber.Ctx, asked happenings) (verdictsJSON, error) {
	return d.report(c, asked.as(letters.Spoiled))
}

func (d *desk) report(c *fiber.Ctx, reports []letters.PieceReport) (verdictsJSON, error) {
	if len(reports) == 0 || len(reports) > mostPieces {
		return verdictsJSON{}, wrong("pieces", "Report from 1 to 10,000 pieces at a time; these are %d.", len(reports))
	}
	for _, r := range reports {
		if len(r.Reference) > 60 || len(r.Status) > 30 || len(r.Reason) > 500 {
			return verdictsJSON{}, wrong("pieces", "A reference has at most 60 characters, a status 30, a reason 500.")
		}
	}
	list, err := d.mailroom.Report(c.UserContext(), vendorOf(c), reports)
	if err != nil {
		return verdictsJSON{}, err
	}
	said := verdictsJSON{Verdicts: list}
	for _, v := range list {
		switch v.Verdict {
		case letters.Applied:
			said.Applied++
		case letters.Already:
			said.Already++
		default:
			said.Refused++
		}
	}
	return said, nil
}

type suspicion struct {
	Batch  string   `json:"batch"`
	Ranges []extent `json:"ranges"`
	Reason string   `json:"reason"`
}

// extent is some pieces by their sequence, both ends included.
type extent struct {
	From int `json:"from"`
	To   int `json:"to"`
}

func (d *desk) suspect(c *fiber.Ctx, asked suspicion) (outcomeJSON, error) {
	if err := worded(asked.Reason); err != nil {
		return outcomeJSON{}, err
	}
	if len(asked.Ranges) > 1000 {
		return outcomeJSON{}, wrong("ranges", "Name at most 1,000 ranges at a time.")
	}
	b, err := d.named(c, asked.Batch)
	if err != nil {
		return outcomeJSON{}, err
	}
	ranges := make([]letters.Range, len(asked.Ranges))
	for i, r := range asked.Ranges {
		ranges[i] = letters.Range{From: r.From, To: r.To}
	}
	o, err := d.mailroom.Suspect(c.UserContext(), vendorOf(c), b.Code, ranges, asked.Reason)
	return outcomeOf(b.Code, o), err
}
