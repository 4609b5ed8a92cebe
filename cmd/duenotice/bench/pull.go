package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"duenotice/cmd/printvendor/client"
)

// Pull is the bench of the print vendors: many of them fetch, verify and accept
// sealed batches from a server that is a process of its own.
const Pull = "pull"

// PullOptions say how much is pulled by how many.
type PullOptions struct {
	Options
	Letters int    // pulled by all vendors together
	Vendors int    // at once
	Pepper  string // base64, for the server
	Folder  string // where the vendors keep what they pull; it exists, and is emptied
	Serve   func(ctx context.Context, env []string) (*exec.Cmd, error)
}

// PullResult adds to a figure what one vendor alone sees. PeakRSSMB is that of
// the server over the whole bench.
type PullResult struct {
	Result
	Vendors   int     `json:"vendors"`
	Bytes     int64   `json:"bytes"`
	Spread    float64 `json:"spread"` // between the first vendor to be done and the last, as a share of the whole time
	IdleRSSMB int     `json:"idle_rss_mb"`
	TenthMB   int     `json:"tenth_rss_mb"` // the server's peak after a tenth of the letters
	PullMB    int     `json:"pull_rss_mb"`  // and after all of them

	BatchLetters int     `json:"batch_letters"`
	BatchSeconds float64 `json:"batch_seconds"` // list, pull, verify and accept one batch: the median
	BatchWorst   float64 `json:"batch_worst_seconds"`
	FirstByteMS  float64 `json:"first_byte_ms"` // of a batch's file: the median
	FirstWorst   float64 `json:"first_byte_worst_ms"`

	Statuses       int     `json:"statuses"`
	StatusSeconds  float64 `json:"statuses_seconds"` // so many posted, with verdicts, in one report: the median
	StatusWorst    float64 `json:"statuses_worst_seconds"`
	PrintedSeconds float64 `json:"printed_seconds"` // as many reported as printed, which opens no window
}

// Vendors times the print vendors' door.
func Vendors(ctx context.Context, o PullOptions) (r PullResult, err error) {
	w, err := openWorld(ctx, o.Options)
	if err != nil {
		return r, err
	}
	defer w.house.Close(ctx)
	lone, crowd, err := w.vendors(ctx, o)
	if err != nil {
		return r, err
	}
	o.Progress("Starting the server")
	s, err := serve(ctx, o)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	for _, p := range append([]*puller{lone}, crowd...) {
		if p.client, err = client.New(s.url, p.key, client.Options{}); err != nil {
			return r, err
		}
	}
	r = PullResult{Result: Result{Bench: Pull, N: o.Letters, Seed: o.Seed}, Vendors: o.Vendors, IdleRSSMB: s.peak()}
	o.Progress("One vendor, one batch after the other")
	if err := r.alone(ctx, lone, s.url); err != nil {
		return r, err
	}
	o.Progress(fmt.Sprintf("%d vendors at once", o.Vendors))
	if err := r.together(ctx, crowd, s); err != nil {
		return r, err
	}
	o.Progress("Reports of what was posted")
	if err := r.report(ctx, lone); err != nil {
		return r, err
	}
	r.PeakRSSMB = s.peak()
	o.Progress("The same files from a plain file server")
	return r, r.plain(ctx, crowd, o.Folder)
}

// puller is a vendor with its key and its folder.
type puller struct {
	code, key, folder string
	letters           int // that wait for it
	client            *client.Client
	done              time.Duration
}

// take lists what waits, and leases, pulls, verifies and accepts at most so
// many batches of it; each hears what was pulled.
func (p *puller) take(ctx context.Context, most int, each func(client.Pulled)) error {
	list, err := p.client.List(ctx, client.Sealed)
	if err != nil {
		return err
	}
	for _, b := range list[:min(most, len(list))] {
		if _, err := p.client.Lease(ctx, b.Batch, ""); err != nil {
			return err
		}
		got, err := p.client.Pull(ctx, b.Batch, p.folder)
		if err != nil {
			return err
		}
		if _, err := p.client.Accept(ctx, b.Batch); err != nil {
			return err
		}
		each(got)
	}
	return nil
}

// alone times single batches, and how long their first byte takes.
func (r *PullResult) alone(ctx context.Context, p *puller, url string) error {
	var took []float64
	for range min(5, (p.letters+batchOf-1)/batchOf) {
		start, pulled := time.Now(), 0
		if err := p.take(ctx, 1, func(got client.Pulled) { pulled = got.Manifest.Totals.Pieces }); err != nil {
			return err
		}
		took = append(took, time.Since(start).Seconds())
		r.BatchLetters = max(r.BatchLetters, pulled)
	}
	r.BatchSeconds, r.BatchWorst = middle(took), round(slices.Max(took))
	list, err := p.client.List(ctx, "")
	if err != nil {
		return err
	}
	took = took[:0]
	for i := range 20 {
		d, err := firstByte(ctx, url, p.key, list[i%len(list)].Batch)
		if err != nil {
			return err
		}
		took = append(took, float64(d.Microseconds())/1000)
	}
	r.FirstByteMS, r.FirstWorst = middle(took), round(slices.Max(took))
	return nil
}

// middle is the median.
func middle(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return round(sorted[len(sorted)/2])
}

// together times all vendors pulling everything that waits for them.
func (r *PullResult) together(ctx context.Context, crowd []*puller, s *server) error {
	var letters, bytes atomic.Int64
	took, err := race(ctx, crowd, func(ctx context.Context, p *puller) error {
		return p.take(ctx, 1<<30, func(got client.Pulled) {
			bytes.Add(got.Manifest.PDF.Bytes)
			n := int64(got.Manifest.Totals.Pieces)
			if all := letters.Add(n); all >= int64(r.N/10) && all-n < int64(r.N/10) {
				r.TenthMB = s.peak()
			}
		})
	})
	if err != nil {
		return err
	}
	if int(letters.Load()) != r.N {
		return fmt.Errorf("%d letters were pulled, not %d", letters.Load(), r.N)
	}
	r.Seconds, r.PerSecond, r.Bytes, r.PullMB = round(took.Seconds()), round(float64(r.N)/took.Seconds()), bytes.Load(), s.peak()
	first := slices.MinFunc(crowd, func(a, b *puller) int { return int(a.done - b.done) })
	r.Spread = round((took - first.done).Seconds() / took.Seconds())
	return nil
}

// race lets all begin at once; it ends with the last.
func race(ctx context.Context, crowd []*puller, do func(context.Context, *puller) error) (time.Duration, error) {
	g, ctx := errgroup.WithContext(ctx)
	start := time.Now()
	for _, p := range crowd {
		g.Go(func() error {
			err := do(ctx, p)
			p.done = time.Since(start)
			return err
		})
	}
	err := g.Wait()
	return time.Since(start), err
}

// mostStatuses is what one report may speak of.
const mostStatuses = client.MostPieces

// report times reports of many pieces: printed, then posted.
func (r *PullResult) report(ctx context.Context, p *puller) error {
	var pieces []client.Piece
	collect := func(got client.Pulled) {
		for _, one := range got.Manifest.Pieces {
			pieces = append(pieces, client.Piece{Reference: one.Reference})
		}
	}
	if err := p.take(ctx, 1<<30, collect); err != nil {
		return err
	}
	done, err := p.client.List(ctx, client.Accepted)
	if err != nil {
		return err
	}
	pieces = pieces[:0]
	for _, b := range done {
		got, err := p.client.Pull(ctx, b.Batch, p.folder) // known already
		if err != nil {
			return err
		}
		collect(got)
	}
	runs := min(3, max(1, len(pieces)/mostStatuses))
	r.Statuses = min(mostStatuses, len(pieces)/runs)
	var printed, posted []float64
	for i := range runs {
		part := pieces[i*r.Statuses : (i+1)*r.Statuses]
		for _, step := range []struct {
			says string
			took *[]float64
		}{{"printed", &printed}, {"posted", &posted}} {
			for j := range part {
				part[j].Status = step.says
			}
			start := time.Now()
			told, err := p.client.Status(ctx, part)
			if err != nil {
				return err
			}
			*step.took = append(*step.took, time.Since(start).Seconds())
			if told.Applied != len(part) || len(told.Verdicts) != len(part) {
				return fmt.Errorf("of %d pieces reported as %s %d were believed", len(part), step.says, told.Applied)
			}
		}
	}
	r.StatusSeconds, r.StatusWorst, r.PrintedSeconds = middle(posted), round(slices.Max(posted)), middle(printed)
	return nil
}

// plain measures the yardstick: the same clients pull and verify the same
// files from net/http's file server.
func (r *PullResult) plain(ctx context.Context, crowd []*puller, folder string) (err error) {
	url, end, err := plainServer(crowd)
	if err != nil {
		return err
	}
	defer end()
	n := 0
	r.Result, err = r.against("the same files from a plain file server of net/http, to the same clients", func() (time.Duration, error) {
		n++
		into := filepath.Join(folder, fmt.Sprintf("plain-%d", n))
		defer os.RemoveAll(into)
		return race(ctx, crowd, func(ctx context.Context, p *puller) error {
			c, err := client.New(url, p.code, client.Options{})
			if err != nil {
				return err
			}
			list, err := c.List(ctx, "")
			if err != nil {
				return err
			}
			for _, b := range list {
				if _, err := c.Pull(ctx, b.Batch, filepath.Join(into, p.code)); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return err
}

// Text is the figure for people.
func (r PullResult) Text() string {
	return fmt.Sprintf("%s: %d letters (%.0f MB) by %d vendors in %.2f s, %.0f a second; the first was done %.0f%% of the time before the last.\n"+
		"The server's memory: %d MB idle, %d after a tenth, %d after all, %d at its peak.\n%.1f times %s (%.2f s).\n"+
		"A batch of %d listed, pulled, verified and accepted in %.2f s (worst %.2f); its first byte after %.1f ms (worst %.1f).\n"+
		"%d letters reported as posted, with verdicts, in %.2f s (worst %.2f); as printed in %.2f s.",
		r.Bench, r.N, float64(r.Bytes)/1e6, r.Vendors, r.Seconds, r.PerSecond, 100*r.Spread, r.IdleRSSMB, r.TenthMB, r.PullMB, r.PeakRSSMB, *r.Ratio, *r.Yardstick, *r.YardstickSeconds,
		r.BatchLetters, r.BatchSeconds, r.BatchWorst, r.FirstByteMS, r.FirstWorst, r.Statuses, r.StatusSeconds, r.StatusWorst, r.PrintedSeconds)
}
