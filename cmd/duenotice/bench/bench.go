// Package bench times the main job on made-up people: import, pipeline and close, each beside a yardstick measured in the same run.
package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/synth"
)

// Options say what to time and where. The database is empty, has this
// program's schema, and is the bench's alone.
type Options struct {
	People        int
	Seed          uint64
	Database      string // address for the role of the program
	Public        string // and for the patients' role; "" where nobody visits
	Archive       string // gocloud.dev/blob URL for sealed files
	Region        string
	Practices     []synth.Practice
	Organisations []campaigns.OrganisationFile
	Begin         time.Time   // the day of the bench; zero is the one below
	Codes         house.Codes // zero: made for it alone
	Progress      func(sentence string)
	Log           *slog.Logger
}

// Result is one figure with what it is measured against.
type Result struct {
	Bench            string   `json:"bench"`
	N                int      `json:"n"`
	Seconds          float64  `json:"seconds"`
	PerSecond        float64  `json:"per_second"`
	Yardstick        *string  `json:"yardstick"`
	YardstickSeconds *float64 `json:"yardstick_seconds"`
	Ratio            *float64 `json:"ratio"`
	PeakRSSMB        int      `json:"peak_rss_mb"`
	Seed             uint64   `json:"seed"`
}

// Names of the benches, in the order of the walk; each needs those before it.
const (
	Import   = "import"   // from a file of people to accepted enrolments
	Pipeline = "pipeline" // compose, draw, seal and store through River
	Seal     = "seal"     // the last part of it alone: everybody asked once more, drawn, sealed and stored
	Close    = "close"    // from windows due with watermarks declared to records with evidence
)

// begin is the day of the bench: Monday 4 January 2027, nine in the morning.
var begin = calendar.On(2027, time.January, 4).Start().Add(9 * time.Hour)

// Run builds what the named bench needs and times it.
func Run(ctx context.Context, name string, o Options) (Result, error) {
	w, err := openWorld(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer w.house.Close(ctx)
	imported, err := w.importPeople(ctx, name == Import)
	if err != nil || name == Import {
		return imported, err
	}
	if name == Seal {
		return w.seal(ctx)
	}
	sealed, err := w.pipeline(ctx)
	if err != nil || name == Pipeline {
		return sealed, err
	}
	if err := w.post(ctx); err != nil {
		return Result{}, err
	}
	return w.closeAll(ctx)
}

func (w *world) result(name string, n int, took time.Duration) Result {
	return Result{Bench: name, N: n, Seconds: round(took.Seconds()), PerSecond: round(float64(n) / took.Seconds()), PeakRSSMB: peakRSS(), Seed: w.Seed}
}

// against adds the median of three runs of a yardstick.
func (r Result) against(yardstick string, measure func() (time.Duration, error)) (Result, error) {
	runs := make([]time.Duration, 3)
	for i := range runs {
		var err error
		if runs[i], err = measure(); err != nil {
			return r, err
		}
	}
	slices.Sort(runs)
	seconds := round(runs[1].Seconds())
	ratio := round(r.Seconds / runs[1].Seconds())
	r.Yardstick, r.YardstickSeconds, r.Ratio = &yardstick, &seconds, &ratio
	return r, nil
}

func round(f float64) float64 { return float64(int64(f*1000+0.5)) / 1000 }

// peakRSS is the most memory this process has had, in MB, or 0 where the
// system does not tell.
func peakRSS() int { return peakOf("self") }

// peakOf is the same of another process.
func peakOf(process string) int {
	status, err := os.ReadFile("/proc/" + process + "/status")
	if err != nil {
		return 0
	}
	lines := bufio.NewScanner(bytes.NewReader(status))
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kb, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			if err == nil {
				return kb / 1024
			}
		}
	}
	return 0
}

// Text is the figure for people.
func (r Result) Text() string {
	s := fmt.Sprintf("%s: %d people in %.2f s, %.0f a second; peak memory %d MB.", r.Bench, r.N, r.Seconds, r.PerSecond, r.PeakRSSMB)
	if r.Ratio != nil {
		s += fmt.Sprintf("\n%.1f times %s (%.2f s).", *r.Ratio, *r.Yardstick, *r.YardstickSeconds)
	}
	return s
}
