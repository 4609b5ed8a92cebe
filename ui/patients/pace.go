package patients

import (
	"context"
	"math/rand/v2"
	"time"

	"duenotice/campaigns/calendar"
)

// pace lets every failed proof be answered at one of few moments after it
// came, whatever was wrong and however long it took to find out: at the floor
// or, where the work took longer, at the next multiple of it, and then some
// time that is drawn by lot.
type pace struct {
	began time.Time // of the wall: people wait in real time
	floor time.Duration
}

func newPace(floor time.Duration) pace { return pace{calendar.Wall(), floor} }

// end waits for the moment, slower times later than usual.
func (p pace) end(ctx context.Context, slower int) {
	took := calendar.Wall().Sub(p.began)
	at := p.floor * max(1, (took+p.floor-1)/p.floor)
	moment := time.NewTimer(at - took + p.floor*time.Duration(slower) + rand.N(p.floor/5+1))
	defer moment.Stop()
	select {
	case <-moment.C:
	case <-ctx.Done():
	}
}
