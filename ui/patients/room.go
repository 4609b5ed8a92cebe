package patients

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
)

// room bounds how many requests one process works on at once. Whoever has
// proved a code comes before those who have not: answers that were begun are
// finished, and the others are asked to wait at the door.
type room struct {
	newcomers, all int64
	inside         atomic.Int64

	mu   sync.Mutex
	full float64 // of the latest newcomers, the share that was asked to wait
}

// place is what one request takes up, until it steps out.
type place struct {
	room *room
	once sync.Once
}

type placeKey struct{}

// enter takes a place, or nil where there is none for this visitor.
func (r *room) enter(known bool) *place {
	most := r.newcomers
	if known {
		most = r.all
	}
	in := r.inside.Add(1) <= most
	if !known {
		r.mu.Lock()
		if r.full *= 0.998; !in {
			r.full += 0.002
		}
		r.mu.Unlock()
	}
	if !in {
		r.inside.Add(-1)
		return nil
	}
	return &place{room: r}
}

func (p *place) leave() { p.once.Do(func() { p.room.inside.Add(-1) }) }

// stepOut gives the place of a request back before it is answered, where it
// only waits for time to pass.
func stepOut(c *fiber.Ctx) {
	if p, ok := c.Locals(placeKey{}).(*place); ok {
		p.leave()
	}
}

// wait is after how long somebody who was asked to wait comes back: the more
// are asked for each who is let in, the longer.
func (r *room) wait() time.Duration {
	r.mu.Lock()
	full := r.full
	r.mu.Unlock()
	switch turned := full / max(1-full, 0.01); {
	case turned < 2:
		return 10 * time.Second
	case turned < 5:
		return 30 * time.Second
	case turned < 10:
		return time.Minute
	}
	return 2 * time.Minute
}
