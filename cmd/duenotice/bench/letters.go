package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"duenotice/campaigns/calendar"
	"duenotice/letters/paper"
)

// Letters is the bench of drawing alone: letters with a QR code, a code, a
// name in UTF-8, and a form with its mark, many to a document.
const Letters = "letters"

// LettersResult adds to a figure what a letter weighs and costs.
type LettersResult struct {
	Result
	BytesEach    float64 `json:"bytes_each"`
	PagesEach    float64 `json:"pages_each"`
	PerCPUSecond float64 `json:"per_cpu_second"` // 0 where the system does not tell
	SingleMS     float64 `json:"single_ms"`      // one letter in a document of its own, warm
	TimesFaster  float64 `json:"times_faster"`   // than the yardstick
}

// batchOf is the number of letters of a batch.
const batchOf = 2500

// naive is the number of documents that the yardstick draws each time.
const naive = 40

// DrawLetters times n letters on every core, against as many documents of one
// letter each, and one single letter.
func DrawLetters(ctx context.Context, n int, seed uint64, pack paper.Pack, progress func(string)) (LettersResult, error) {
	crowd := letterCrowd(seed)
	if _, _, err := drawBatch(pack, crowd[:batchOf/5], 0); err != nil { // warm
		return LettersResult{}, err
	}
	progress("Drawing letters")
	var size, pages atomic.Int64
	start, cpu := time.Now(), cpuSeconds()
	err := beside(ctx, (n+batchOf-1)/batchOf, func(i int) error {
		count := min(batchOf, n-i*batchOf)
		written, drawn, err := drawBatch(pack, slices.Clone(crowd[:count]), i*batchOf)
		size.Add(written)
		pages.Add(int64(drawn))
		return err
	})
	took, cpu := time.Since(start), cpuSeconds()-cpu
	if err != nil {
		return LettersResult{}, err
	}
	r := LettersResult{Result: Result{Bench: Letters, N: n, Seconds: round(took.Seconds()), PerSecond: round(float64(n) / took.Seconds()), PeakRSSMB: peakRSS(), Seed: seed},
		BytesEach: round(float64(size.Load()) / float64(n)), PagesEach: round(float64(pages.Load()) / float64(n))}
	if cpu > 0 {
		r.PerCPUSecond = round(float64(n) / cpu)
	}
	if r.SingleMS, err = single(pack, crowd); err != nil {
		return r, err
	}
	progress("Drawing a document for each letter")
	r.Result, err = r.against("a document for each letter, as many at once", func() (time.Duration, error) {
		start := time.Now()
		err := beside(ctx, naive, func(i int) error {
			_, _, err := drawBatch(pack, crowd[i:i+1:i+1], i)
			return err
		})
		return time.Since(start) * time.Duration(n) / naive, err
	})
	if r.YardstickSeconds != nil && r.Seconds > 0 {
		r.TimesFaster = round(*r.YardstickSeconds / r.Seconds)
	}
	return r, err
}

// Text is the figure for people.
func (r LettersResult) Text() string {
	return fmt.Sprintf("%s: %d letters in %.2f s, %.0f a second (%.0f a second of a core); %.0f bytes and %.1f pages each; one alone %.1f ms; peak memory %d MB.\n%.0f times as fast as %s (%.0f s).",
		r.Bench, r.N, r.Seconds, r.PerSecond, r.PerCPUSecond, r.BytesEach, r.PagesEach, r.SingleMS, r.PeakRSSMB, r.TimesFaster, *r.Yardstick, *r.YardstickSeconds)
}

// beside does n pieces of work on as many goroutines as there are cores.
func beside(ctx context.Context, n int, work func(i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := work(i); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

// drawBatch draws letters, each with a reference and a code of its own.
func drawBatch(pack paper.Pack, letters []paper.Letter, first int) (size int64, pages int, err error) {
	b, err := paper.NewBatch(pack, paper.C5Window())
	if err != nil {
		return 0, 0, err
	}
	for i := range letters {
		l := letters[i]
		number(&l, first+i)
		if _, err := b.Draw(l); err != nil {
			return 0, 0, err
		}
	}
	var out counter
	pages, err = b.Finish(&out)
	return int64(out), pages, err
}

// number gives a letter what no other letter has.
func number(l *paper.Letter, n int) {
	const symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	digits := strconv.Itoa(100_000_000 + n)
	l.Reference = "DN " + digits[:3] + " " + digits[3:6] + " " + digits[6:]
	var code [16]byte
	for i, x := 0, uint64(n)*0x9e3779b97f4a7c15+1; i < len(code); i, x = i+1, x*6364136223846793005+1442695040888963407 {
		code[i] = symbols[x>>59]
	}
	l.Code = string(code[:])
	l.NHSNumber = "9" + digits
}

// single is the median time of one letter in a document of its own, in
// milliseconds.
func single(pack paper.Pack, crowd []paper.Letter) (float64, error) {
	runs := make([]float64, 21)
	for i := range runs {
		start := time.Now()
		if _, _, err := drawBatch(pack, crowd[i:i+1:i+1], i); err != nil {
			return 0, err
		}
		runs[i] = float64(time.Since(start).Microseconds()) / 1000
	}
	slices.Sort(runs)
	return runs[len(runs)/2], nil
}

// letterCrowd makes up a batch of people.
func letterCrowd(seed uint64) []paper.Letter {
	given := []string{"Siân", "Małgorzata", "Pádraig", "Mehmet", "Ștefan", "Beatrix", "Harpreet", "Chukwuemeka", "Zoë", "José", "Rūta", "Joan"}
	family := []string{"Llywelyn-Ŵyn", "Wójcik", "Ó Súilleabháin", "Şahin", "Țurcanu", "Oyelaran-Finch", "Kaur", "Okafor", "Brontë", "Peña", "Kazlauskienė", "Smith"}
	streets := []string{"Priory Lane", "High Street", "Upper Saint Bartholomew Street", "Mill Road", "Station Approach"}
	towns := []string{"Ashford", "Tunbridge Wells", "Sittingbourne", "Hythe"}
	random := rand.New(rand.NewPCG(seed, seed))
	any := func(from []string) string { return from[random.IntN(len(from))] }
	crowd := make([]paper.Letter, batchOf)
	for i := range crowd {
		crowd[i] = paper.Letter{Name: any(given) + " " + any(family), Postcode: fmt.Sprintf("TN%d %dQZ", 1+random.IntN(40), random.IntN(10)),
			Address: []string{fmt.Sprintf("%d %s", 1+random.IntN(300), any(streets)), "", any(towns), "Kent"},
			LastDay: calendar.On(2027, time.March, 12), Dated: calendar.On(2026, time.November, 30)}
		if random.IntN(4) == 0 {
			crowd[i].Address[1] = fmt.Sprintf("Flat %d", 1+random.IntN(40))
		}
	}
	return crowd
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

var _ io.Writer = (*counter)(nil)

// cpuSeconds is the time that this process has spent on all cores, or 0 where
// the system does not tell.
func cpuSeconds() float64 {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(stat, []byte(") "))
	words := bufio.NewScanner(strings.NewReader(string(rest)))
	words.Split(bufio.ScanWords)
	var ticks float64
	for i := 3; words.Scan(); i++ { // the state is the third field, user and system time are the 14th and 15th
		if i == 14 || i == 15 {
			n, err := strconv.ParseFloat(words.Text(), 64)
			if err != nil {
				return 0
			}
			ticks += n
		}
	}
	return ticks / 100
}
