package vendors

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/campaigns/fault"
)

type recallJSON struct {
	ID        int64     `json:"id"`
	Reference string    `json:"reference"`
	Batch     string    `json:"batch"`
	Sequence  int       `json:"sequence"`
	Reason    string    `json:"reason"`
	AskedAt   time.Time `json:"asked_at"`
}

type recallsJSON struct {
	Recalls []recallJSON `json:"recalls"`
}

func (d *desk) recalls(c *fiber.Ctx) error {
	if err := queries(c); err != nil {
		return err
	}
	list, err := d.mailroom.Recalls(c.UserContext(), vendorOf(c))
	if err != nil {
		return err
	}
	said := recallsJSON{Recalls: make([]recallJSON, len(list))}
	for i, r := range list {
		said.Recalls[i] = recallJSON{r.ID, r.Reference, r.Batch, r.Sequence, r.Reason, utc(r.AskedAt)}
	}
	return say(c, said)
}

type recallAnswer struct {
	ID     int64  `json:"id"`
	Answer string `json:"answer"`
}

func (d *desk) recalled(done bool) func(*fiber.Ctx, nothing) (any, error) {
	return func(c *fiber.Ctx, _ nothing) (any, error) {
		id, err := strconv.ParseInt(c.Params("id"), 10, 64)
		if err != nil || id < 1 {
			return nil, fault.New(fault.NotFound, "There is no such recall.")
		}
		said := recallAnswer{ID: id, Answer: "too late"}
		if done {
			said.Answer = "done"
		}
		return said, d.mailroom.AnswerRecall(c.UserContext(), vendorOf(c), id, done)
	}
}
