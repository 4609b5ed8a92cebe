package bench

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// Letter is what a visitor holds in hand.
type Letter struct {
	Enrolment int64  `json:"e"`
	Code      string `json:"c"`
	Born      [3]int `json:"b"` // day, month, year
}

// Part is what a client process is asked to do. With Concurrent so many
// visitors go one after the other; with Rate so many come every second,
// whether others are through or not.
type Part struct {
	URL        string        `json:"url"`
	Concurrent int           `json:"concurrent"`
	Rate       int           `json:"rate"`
	Lasts      time.Duration `json:"lasts"`
	Letters    []Letter      `json:"letters"`
}

// Visits is what the client saw. Times are of requests that succeeded, in
// milliseconds, the first of a visitor counted from when they came.
type Visits struct {
	Seconds      float64 `json:"seconds"`
	Came         int     `json:"came"`
	Answered     int     `json:"answered"`
	Waiting      int     `json:"waiting"` // came and were still asked to wait at the end
	Requests     int     `json:"requests"`
	Shed         int     `json:"shed"`      // requests answered with the queue page
	ShedKept     int     `json:"shed_kept"` // of those with a form, how many kept what was typed
	ShedLost     int     `json:"shed_lost"` // and how many did not
	Failed       int     `json:"failed"`    // answered in no other polite way, or not at all
	FirstFailure string  `json:"first_failure,omitempty"`
	P50          float64 `json:"p50_ms"`
	P99          float64 `json:"p99_ms"`
	Longest      float64 `json:"longest_ms"`
	Acknowledged []int64 `json:"acknowledged,omitempty"` // enrolments, once for each answer
	Unsure       []int64 `json:"unsure,omitempty"`       // sent, and nothing heard
}

// drainFor is how long visitors who came may still take at the end of a part.
const drainFor = 10 * time.Second

// hands is how many visitors the client serves at once while a crowd comes:
// the others wait in line, as people do who were asked to.
const hands = 512

// crowd is everybody who comes in one part.
type crowd struct {
	Part
	client *fasthttp.HostClient
	mu     sync.Mutex
	seen   Visits
	took   []float64
	queue  waiting
	next   int
}

// Visit does a part and tells what became of it.
func Visit(ctx context.Context, p Part) (Visits, error) {
	c := &crowd{Part: p}
	var err error
	if c.client, err = hostClient(p.URL); err != nil {
		return Visits{}, err
	}
	began := time.Now()
	if p.Rate > 0 {
		c.steady(ctx, began)
	} else {
		c.load(ctx, began)
	}
	c.seen.Seconds = round(time.Since(began).Seconds())
	if p.Rate > 0 {
		c.seen.Seconds = round(p.Lasts.Seconds())
	}
	slices.Sort(c.took)
	if n := len(c.took); n > 0 {
		c.seen.P50, c.seen.P99, c.seen.Longest = round(c.took[n/2]), round(c.took[n*99/100]), round(c.took[n-1])
	}
	return c.seen, ctx.Err()
}

// load lets a few visitors follow each other as fast as they can.
func (c *crowd) load(ctx context.Context, began time.Time) {
	var all sync.WaitGroup
	for range c.Concurrent {
		all.Go(func() {
			for ctx.Err() == nil && time.Since(began) < c.Lasts {
				v := c.comes(time.Now())
				if v == nil {
					return
				}
				for !c.goOn(v) {
					time.Sleep(time.Until(v.due))
				}
			}
		})
	}
	all.Wait()
}

// steady lets visitors come at a rate, and come back when they were told to.
func (c *crowd) steady(ctx context.Context, began time.Time) {
	var all sync.WaitGroup
	free := make(chan struct{}, hands)
	end := began.Add(c.Lasts)
	for arrival := began; ctx.Err() == nil && time.Now().Before(end.Add(drainFor)); {
		var v *visitor
		now := time.Now()
		c.mu.Lock()
		if len(c.queue) > 0 && !c.queue[0].due.After(now) {
			v = heap.Pop(&c.queue).(*visitor)
		}
		left := len(c.queue)
		c.mu.Unlock()
		if v == nil && !arrival.After(now) && arrival.Before(end) {
			v = c.comes(arrival)
			arrival = arrival.Add(time.Second / time.Duration(c.Rate))
		}
		if v == nil {
			if now.After(end) && left == 0 && len(free) == 0 {
				break
			}
			time.Sleep(time.Millisecond)
			continue
		}
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			if !c.goOn(v) {
				c.mu.Lock()
				heap.Push(&c.queue, v)
				c.mu.Unlock()
			}
		})
	}
	all.Wait()
	c.seen.Waiting = len(c.queue)
	for _, v := range c.queue {
		if v.sent {
			c.seen.Unsure = append(c.seen.Unsure, v.Enrolment)
		}
	}
}

// comes is the next visitor, with a letter that nobody else holds just now;
// nil when all have been used by visitors who follow each other.
func (c *crowd) comes(at time.Time) *visitor {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.Letters) == 0 || c.Rate == 0 && c.next >= len(c.Letters) {
		return nil
	}
	l := c.Letters[c.next%len(c.Letters)]
	c.next++
	c.seen.Came++
	return &visitor{Letter: l, due: at, cookies: map[string]string{}}
}

// goOn does a visitor's requests until they are through (true) or are asked to
// wait (false).
func (c *crowd) goOn(v *visitor) bool {
	for {
		from := v.due
		if from.IsZero() {
			from = time.Now()
		}
		v.due = time.Time{}
		met := v.request(c.client)
		took := float64(time.Since(from).Microseconds()) / 1000
		c.mu.Lock()
		c.seen.Requests++
		switch {
		case met.failure != "":
			c.seen.Failed++
			if c.seen.FirstFailure == "" {
				c.seen.FirstFailure = met.failure
			}
			if v.sent {
				c.seen.Unsure = append(c.seen.Unsure, v.Enrolment)
			}
		case met.shed:
			c.seen.Shed++
			if met.typed && met.kept {
				c.seen.ShedKept++
			} else if met.typed {
				c.seen.ShedLost++
			}
			v.due = time.Now().Add(met.wait + rand.N(met.wait/2+1))
		default:
			c.took = append(c.took, took)
			if v.step == journey {
				c.seen.Answered++
				c.seen.Acknowledged = append(c.seen.Acknowledged, v.Enrolment)
			}
		}
		c.mu.Unlock()
		if met.failure != "" || v.step == journey {
			return true
		}
		if met.shed {
			return false
		}
	}
}

// waiting is who was asked to wait, the first to come back in front.
type waiting []*visitor

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].due.Before(w[j].due) }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }

// Push implements heap.Interface.
func (w *waiting) Push(x any) { *w = append(*w, x.(*visitor)) }

// Pop implements heap.Interface.
func (w *waiting) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}
