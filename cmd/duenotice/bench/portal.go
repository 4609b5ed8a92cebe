package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/cmd/duenotice/house"
)

// Portal is the bench of the public service: whole journeys over HTTP, from
// the code in the letter to the answer in the ledger, by a client process.
const Portal = "portal"

// PortalOptions say how hard the public service is tried. Durations of zero
// leave their part out.
type PortalOptions struct {
	Options
	Owner    string // address of the database for its owner, who lays the yardstick
	Assets   string // folder of front-end assets
	Load     time.Duration
	Steady   time.Duration
	Rate     int           // answers a second while steady
	Surge    time.Duration // of ten times that rate
	Yardtime time.Duration // of one run of pgbench
}

// PortalResult is what the client saw and what the ledger says of it.
type PortalResult struct {
	Result
	RequestsEach       int      `json:"requests_each"`
	YardstickPerSecond *float64 `json:"yardstick_per_second"`
	Load               Visits   `json:"load"`   // sixteen visitors at once, as fast as they can
	Steady             Visits   `json:"steady"` // visitors come at a steady rate
	Surge              Visits   `json:"surge"`  // and ten times as many
	Acknowledged       int      `json:"acknowledged"`
	Kept               int      `json:"kept"`    // answers in the ledger
	Lost               int      `json:"lost"`    // acknowledged and not in the ledger
	Doubled            int      `json:"doubled"` // more often in the ledger than they were given
}

// OpenPortal builds a region whose letters have been posted, tries its public
// service with client, and compares what that was told with the ledger.
func OpenPortal(ctx context.Context, o PortalOptions, client func(ctx context.Context, p Part) (Visits, error)) (PortalResult, error) {
	w, err := openWorld(ctx, o.Options)
	if err != nil {
		return PortalResult{}, err
	}
	defer w.house.Close(ctx)
	held, err := w.mailOut(ctx)
	if err != nil {
		return PortalResult{}, err
	}
	listening, err := w.house.Listen(ctx, house.Web{Managers: anyPort, Vendors: anyPort, Patients: anyPort, Assets: o.Assets})
	if err != nil {
		return PortalResult{}, err
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- listening.Serve(serving) }()
	r, err := w.tryPortal(ctx, o, listening.Patients, held, client)
	stop()
	if closed := <-served; err == nil {
		err = closed
	}
	return r, err
}

var anyPort = house.Listener{Address: "127.0.0.1:0"}

// mailOut writes to everybody and returns the letters in their hands.
func (w *world) mailOut(ctx context.Context) ([]house.InHand, error) {
	if _, err := w.importPeople(ctx, false); err != nil {
		return nil, err
	}
	if _, err := w.pipeline(ctx); err != nil {
		return nil, err
	}
	if err := w.post(ctx); err != nil {
		return nil, err
	}
	w.clock.Set(calendar.On(2027, time.January, 20).Start().Add(11 * time.Hour))
	return w.house.LettersInHand(ctx, w.campaign.ID, campaigns.Notified, calendar.DateOf(w.clock.Now()), w.People, "bench")
}

func (w *world) tryPortal(ctx context.Context, o PortalOptions, url string, held []house.InHand, client func(context.Context, Part) (Visits, error)) (r PortalResult, err error) {
	letters := make([]Letter, len(held))
	for i, h := range held {
		y, m, d := h.BornOn.Civil()
		letters[i] = Letter{Enrolment: int64(h.Enrolment), Code: h.Code, Born: [3]int{d, int(m), y}}
	}
	used := 0
	part := func(name string, concurrent, rate int, lasts time.Duration, most int) (Visits, error) {
		if lasts == 0 {
			return Visits{}, nil
		}
		w.Progress(name)
		n := min(most, len(letters))
		if used+n > len(letters) { // whoever has answered may answer again
			used = 0
		}
		p := Part{URL: url, Concurrent: concurrent, Rate: rate, Lasts: lasts, Letters: letters[used : used+n]}
		used += n
		return client(ctx, p)
	}
	var yards []float64
	measure := func() error {
		if o.Yardtime == 0 {
			return nil
		}
		w.Progress("Measuring the yardstick, pgbench")
		tps, err := pgbench(ctx, o.Owner, len(yards) == 0, o.Yardtime)
		if tps > 0 {
			yards = append(yards, tps)
		}
		return err
	}
	if err := measure(); err != nil {
		return r, err
	}
	if _, err := part("Warming up", 4, 0, min(o.Load, 2*time.Second), 200); err != nil {
		return r, err
	}
	warm, err := w.answers(ctx)
	if err != nil {
		return r, err
	}
	if r.Load, err = part("Visitors answer as fast as they can", loadVisitors, 0, o.Load, len(letters)/2); err != nil {
		return r, err
	}
	if err := measure(); err != nil {
		return r, err
	}
	if r.Steady, err = part(fmt.Sprintf("%d visitors come every second", o.Rate), 0, o.Rate, o.Steady, len(letters)/2); err != nil {
		return r, err
	}
	if err := measure(); err != nil {
		return r, err
	}
	if r.Surge, err = part(fmt.Sprintf("%d visitors come every second", 10*o.Rate), 0, 10*o.Rate, o.Surge, len(letters)); err != nil {
		return r, err
	}
	if err := w.compare(ctx, &r, warm); err != nil {
		return r, err
	}
	r.Result = Result{Bench: Portal, N: r.Load.Answered, Seconds: r.Load.Seconds, PeakRSSMB: peakRSS(), Seed: w.Seed}
	if r.Load.Seconds > 0 {
		r.PerSecond = round(float64(r.Load.Answered) / r.Load.Seconds)
	}
	r.RequestsEach = journey
	if len(yards) > 0 && r.PerSecond > 0 {
		slices.Sort(yards)
		tps := round(yards[len(yards)/2])
		name, seconds, ratio := "transactions of pgbench -N -s 20 -c 16 -j 2 on the same server", round(float64(r.N)/tps), round(r.PerSecond/tps)
		r.Yardstick, r.YardstickSeconds, r.YardstickPerSecond, r.Ratio = &name, &seconds, &tps, &ratio
	}
	return r, nil
}

// loadVisitors is as many as pgbench has clients.
const loadVisitors = 16

// answers counts what the ledger holds, by enrolment.
func (w *world) answers(ctx context.Context) (map[int64]int, error) {
	rows, err := w.house.Pool.Query(ctx, `SELECT e.id, count(*)::int FROM answers a JOIN enrolments e ON e.person_id = a.person_id GROUP BY e.id`)
	if err != nil {
		return nil, fmt.Errorf("count answers: %w", err)
	}
	defer rows.Close()
	kept := map[int64]int{}
	for rows.Next() {
		var id int64
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, fmt.Errorf("count answers: %w", err)
		}
		kept[id] = n
	}
	return kept, rows.Err()
}

// compare holds the clients' journals against the ledger: what was
// acknowledged is there, and nothing is there that nobody gave.
func (w *world) compare(ctx context.Context, r *PortalResult, warm map[int64]int) error {
	kept, err := w.answers(ctx)
	if err != nil {
		return err
	}
	given, unsure := map[int64]int{}, map[int64]int{}
	for _, v := range []Visits{r.Load, r.Steady, r.Surge} {
		for _, e := range v.Acknowledged {
			given[e]++
			r.Acknowledged++
		}
		for _, e := range v.Unsure {
			unsure[e]++
		}
	}
	for e, n := range kept {
		n -= warm[e]
		r.Kept += n
		if more := n - given[e] - unsure[e]; more > 0 {
			r.Doubled += more
		}
	}
	for e, n := range given {
		if less := n - (kept[e] - warm[e]); less > 0 {
			r.Lost += less
		}
	}
	for _, v := range []*Visits{&r.Load, &r.Steady, &r.Surge} {
		v.Acknowledged, v.Unsure = nil, nil
	}
	return nil
}

// Text is the figure for people.
func (r PortalResult) Text() string {
	s := fmt.Sprintf("%s: %d answers in %.1f s, %.0f a second, %d requests each; peak memory of the service %d MB.", r.Bench, r.N, r.Seconds, r.PerSecond, r.RequestsEach, r.PeakRSSMB)
	if r.Ratio != nil {
		s += fmt.Sprintf("\n%.3f of the %.0f %s.", *r.Ratio, *r.YardstickPerSecond, *r.Yardstick)
	}
	for _, v := range []struct {
		name string
		Visits
	}{{"load", r.Load}, {"steady", r.Steady}, {"surge", r.Surge}} {
		if v.Seconds > 0 {
			s += fmt.Sprintf("\n%-6s %d came in %.0f s, %d answered, %d still waited; %d requests, %d asked to wait (%d with what they had typed, %d without), %d failed; p50 %.1f ms, p99 %.1f ms, longest %.0f ms.",
				v.name+":", v.Came, v.Seconds, v.Answered, v.Waiting, v.Requests, v.Shed, v.ShedKept, v.ShedLost, v.Failed, v.P50, v.P99, v.Longest)
		}
	}
	return s + fmt.Sprintf("\nOf %d answers acknowledged %d are lost; the ledger holds %d, %d of them twice.", r.Acknowledged, r.Lost, r.Kept, r.Doubled)
}
