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

const mostRecalls = 1000 // of one page of the list

type recallsJSON struct {
	Recalls []recallJSON `json:"recalls"`
	Next    string       `json:"next,omitempty" doc:"The after of the next page; absent on the last."`
}

func (d *desk) recalls(c *fiber.Ctx) (recallsJSON, error) {
	limit, err := limitOf(c, mostRecalls)
	if err != nil {
		return recallsJSON{}, err
	}
	last := int64(0)
	if c.Query("after") != "" {
		if last, err = strconv.ParseInt(c.Query("after"), 10, 64); err != nil || last < 0 {
			return recallsJSON{}, wrong("after", "The after is the id of a recall: what next said.")
		}
	}
	list, err := d.mailroom.Recalls(c.UserContext(), vendorOf(c), last, limit+1)
	if err != nil {
		return recallsJSON{}, err
	}
	said := recallsJSON{Recalls: []recallJSON{}}
	if len(list) > limit {
		list = list[:limit]
		said.Next = strconv.FormatInt(list[limit-1].ID, 10)
		next(c, "/recalls", said.Next)
	}
	for _, r := range list {
		said.Recalls = append(said.Recalls, recallJSON{r.ID, r.Reference, r.Batch, r.Sequence, r.Reason, utc(r.AskedAt)})
	}
	return said, nil
}

type recallAnswerJSON struct {
	ID     int64  `json:"id"`
	Answer string `json:"answer" oneof:"done,too late"`
}

func (d *desk) recalled(done bool) func(*fiber.Ctx, nothing) (recallAnswerJSON, error) {
	return func(c *fiber.Ctx, _ nothing) (recallAnswerJSON, error) {
		id, err := strconv.ParseInt(c.Params("id"), 10, 64)
		if err != nil || id < 1 {
			return recallAnswerJSON{}, fault.New(fault.NotFound, "There is no such recall.")
		}
		said := recallAnswerJSON{ID: id, Answer: "too late"}
		if done {
			said.Answer = "done"
		}
		return said, d.mailroom.AnswerRecall(c.UserContext(), vendorOf(c), id, done)
	}
}
