package patients

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/optout"
)

// stood is where a person stood a moment ago. The pages between the question
// and the answer show it without asking anew, so that many can answer at once;
// what follows an answer, and the status, are always looked up.
type stood struct {
	Position optout.Position `json:"p"`
	At       int64           `json:"t"`
}

// standsFor is how long the pages of an answer may show it.
const standsFor = time.Minute

// onTheWay are the pages between the question and the answer.
var onTheWay = map[string]bool{"/question": true, "/check": true, "/behalf": true}

// position says where a person stands.
func (d *door) position(c *fiber.Ctx, a *at) (optout.Position, error) {
	if s := a.visit.Stood; s != nil && onTheWay[c.Path()] {
		if age := a.arrived.Sub(time.Unix(s.At, 0)); age >= -time.Second && age < standsFor {
			return s.Position, nil
		}
	}
	p, err := d.desk.Position(c.UserContext(), a.visit.Caller)
	if err != nil {
		return p, fmt.Errorf("look up where a person stands: %w", err)
	}
	a.visit.Stood = &stood{Position: p, At: a.arrived.Unix()}
	if a.visit.Stood.long() {
		a.visit.Stood = nil
	}
	return p, d.seal.keep(c, a.visit)
}

// long tells whether it would make the cookie larger than browsers keep.
func (s stood) long() bool {
	text, err := json.Marshal(s)
	return err != nil || len(text) > 1400
}
