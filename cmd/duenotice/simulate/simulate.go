// Package simulate lives through a whole year of two campaigns, through the real rooms, and asks afterwards whether every promise was kept.
package simulate

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/cmd/duenotice/house"
	"duenotice/jobs"
	"duenotice/optout/registry"
	"duenotice/ui/patients"
)

// Options say what to live through and where. The database is empty, has this
// program's schema, and is the simulation's alone.
type Options struct {
	People   int
	Seed     uint64
	Database string // address for the role of the program
	Public   string // address for the patients' role
	Archive  string // gocloud.dev/blob URL for sealed files
	Assets   string // folder in which front-end assets are found or built
	Progress func(done, of int, sentence string)
	Log      *slog.Logger
}

// The year begins on Monday 7 December 2026: it holds Christmas, Easter, both
// changes of the clock and a leap of bank holidays.
var firstDay = calendar.On(2026, time.December, 7)

const days = 365

// Run lives through the year and reports. Equal people and seed give equal
// numbers: everybody's fate follows from seed and NHS number, the clock stands
// still while something happens, and one day's work is done before the next.
func Run(ctx context.Context, o Options) (Report, error) {
	if o.Progress == nil {
		o.Progress = func(int, int, string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	began := time.Now() //nolint:forbidigo // how long the run takes is real time
	folder, err := os.MkdirTemp("", "duenotice-simulate-")
	if err != nil {
		return Report{}, fmt.Errorf("make a folder for the vendors: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	y := newYear(o, folder)
	defer y.close(ctx)
	if err := y.open(ctx); err != nil {
		return Report{}, err
	}
	if err := y.begin(ctx); err != nil {
		return Report{}, fmt.Errorf("prepare the year: %w", err)
	}
	for n := range days {
		day := firstDay.AddDays(n)
		if err := y.live(ctx, day); err != nil {
			return Report{}, fmt.Errorf("%s: %w", day.Long(), err)
		}
		if n%7 == 6 {
			o.Progress(n+1, days, day.Long())
		}
	}
	r, err := y.report(ctx)
	r.Seconds = int(time.Since(began).Round(time.Second).Seconds()) //nolint:forbidigo // as above
	return r, err
}

// year is the world that is lived through.
type year struct {
	Options
	folder string
	today  calendar.Date
	clock  *calendar.Movable
	house  *house.House
	web    *house.Listening
	shut   func()
	codes  house.Codes
	target *target

	sides                 [2]*side
	author, first, second campaigns.Viewer // three national managers

	people   map[campaigns.PersonID]*person
	inOrder  []*person
	read     map[int64]bool // pieces that have been posted and looked at
	agenda   map[calendar.Date]*plans
	journal  journal
	waiting  []keyed // answers that wait for a practice's or an upload's next file
	expected map[string]bool
}

func newYear(o Options, folder string) *year {
	return &year{Options: o, folder: folder, today: firstDay, clock: calendar.NewStopped(firstDay.Start().Add(9 * time.Hour)),
		codes: house.RandomPepper(), target: newTarget(o.Seed),
		people: map[campaigns.PersonID]*person{}, read: map[int64]bool{}, agenda: map[calendar.Date]*plans{}, expected: map[string]bool{}}
}

// open opens the house: rooms, crew and listeners.
func (y *year) open(ctx context.Context) (err error) {
	y.house, err = house.Open(ctx, house.Config{Database: y.Database, PublicDatabase: y.Public, Archive: y.Archive, Codes: y.codes, Clock: y.clock.Now,
		MadeUpPeople: true, Registries: map[string]registry.Registry{"sandbox": y.target.sandbox}, Jobs: jobs.Options{NoTimetable: true}, Log: y.Log})
	if err != nil {
		return err
	}
	if err := y.house.Work(ctx); err != nil {
		return err
	}
	free := house.Listener{Address: "127.0.0.1:0"}
	y.web, err = y.house.Listen(ctx, house.Web{Managers: free, Vendors: free, Patients: free, Assets: y.Assets, Settings: patients.Settings{Floor: floor}})
	if err != nil {
		return err
	}
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := y.web.Serve(serving); err != nil {
			y.Log.Error("serve", "error", err)
		}
	}()
	y.shut = func() { end(); browsers.CloseIdleConnections(); <-served }
	return nil
}

// floor is how long a failed proof takes here, where nobody guesses.
const floor = 10 * time.Millisecond

func (y *year) close(ctx context.Context) {
	if y.shut != nil {
		y.shut()
	}
	if y.house != nil {
		y.house.Close(ctx)
	}
	y.house, y.web, y.shut = nil, nil, nil
}

// restart ends every process of the house and begins anew, with whatever work is left.
func (y *year) restart(ctx context.Context) error {
	y.close(ctx)
	if err := y.open(ctx); err != nil {
		return err
	}
	return y.connect()
}
