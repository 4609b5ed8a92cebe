package vendors

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
)

type proofJSON struct {
	ID       int64     `json:"id"`
	Pack     string    `json:"pack" doc:"Its code and version."`
	Language string    `json:"language"`
	Format   string    `json:"format"`
	Path     string    `json:"path" doc:"Where the proof is."`
	Verdict  string    `json:"verdict,omitempty" oneof:"passed,failed" doc:"What you said last; absent until then."`
	Reason   string    `json:"reason,omitempty"`
	JudgedAt time.Time `json:"judged_at,omitzero"`
}

type proofsJSON struct {
	Proofs []proofJSON `json:"proofs"`
}

func (d *desk) proofs(c *fiber.Ctx) (proofsJSON, error) {
	list, err := d.mailroom.Proofs(c.UserContext(), vendorOf(c))
	if err != nil {
		return proofsJSON{}, err
	}
	said := proofsJSON{Proofs: []proofJSON{}}
	for _, p := range list {
		j := proofJSON{ID: p.ID, Pack: p.Code + "-" + strconv.Itoa(p.Version), Language: p.Language, Format: p.Format,
			Path: prefix + "/proofs/" + strconv.FormatInt(p.ID, 10) + ".pdf"}
		if p.JudgedAt.Year() > 1 {
			j.Verdict, j.Reason, j.JudgedAt = "failed", p.Reason, utc(p.JudgedAt)
			if p.Passed {
				j.Verdict = "passed"
			}
		}
		said.Proofs = append(said.Proofs, j)
	}
	return said, nil
}

func proofID(c *fiber.Ctx) (int64, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil || id < 1 {
		return 0, fault.New(fault.NotFound, "There is no such proof.")
	}
	return id, nil
}

func (d *desk) proof(c *fiber.Ctx) error {
	id, err := proofID(c)
	if err != nil {
		return err
	}
	pdf, err := d.mailroom.VendorProof(c.UserContext(), vendorOf(c), id)
	if err != nil {
		return err
	}
	attach(c, "application/pdf", "proof-"+strconv.FormatInt(id, 10)+".pdf")
	return c.Send(pdf)
}

type judgement struct {
	Verdict string `json:"verdict" oneof:"passed,failed"`
	Reason  string `json:"reason" doc:"Needed where it failed."`
}

type judgedJSON struct {
	ID      int64  `json:"id"`
	Verdict string `json:"verdict" oneof:"passed,failed"`
}

func (d *desk) judge(c *fiber.Ctx, asked judgement) (judgedJSON, error) {
	id, err := proofID(c)
	switch {
	case err != nil:
		return judgedJSON{}, err
	case asked.Verdict != "passed" && asked.Verdict != "failed":
		return judgedJSON{}, wrong("verdict", "The verdict is passed or failed.")
	case len(asked.Reason) > 500:
		return judgedJSON{}, wrong("reason", "Say the reason in at most 500 characters.")
	}
	return judgedJSON{id, asked.Verdict}, d.mailroom.JudgeProof(c.UserContext(), vendorOf(c), id, asked.Verdict == "passed", asked.Reason)
}
