package house_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema/schematest"
	"duenotice/cmd/duenotice/house"
)

// watched is a service that fails when it is told to, and a ledger that does.
type watched struct {
	clock       *calendar.Movable
	shut, wound bool
	ledger      [][2]time.Time
	file        string
	absent      bool
}

func (w *watched) vigil() *house.Vigil {
	return &house.Vigil{Source: "test", File: w.file, Every: 10 * time.Second, Clock: w.clock.Now, Log: slog.New(slog.DiscardHandler),
		Probe: func(context.Context) error {
			if w.shut {
				return errors.New("shut")
			}
			return nil
		},
		Write: func(_ context.Context, from, to time.Time, _ string) error {
			if w.wound {
				return errors.New("the database is gone")
			}
			w.ledger = append(w.ledger, [2]time.Time{from, to})
			return nil
		},
		Absent: func(context.Context, time.Time) bool { return w.absent },
	}
}

// look looks once and lets ten seconds pass.
func (w *watched) look(v *house.Vigil) {
	_ = v.Look(context.Background()) // an error is a ledger that cannot be written
	w.clock.Advance(10 * time.Second)
}

// restarted is a new process on the same file.
func (w *watched) restarted(t *testing.T) *house.Vigil {
	t.Helper()
	v := w.vigil()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := v.Keep(ctx); err != nil { // reads the file, and ends at once
		t.Fatal(err)
	}
	return v
}

func TestAnOutageIsWrittenDownOnceTheDatabaseIsBackEvenByAnotherProcess(t *testing.T) {
	began := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	w := &watched{clock: calendar.NewStopped(began), file: filepath.Join(t.TempDir(), "outages.json")}
	v := w.vigil()
	w.look(v)
	w.shut, w.wound = true, true
	for range 30 {
		w.look(v)
	}
	v = w.restarted(t) // killed in the middle of it
	for range 30 {
		w.look(v)
	}
	w.shut = false
	w.look(v) // open again, and the ledger not yet
	if len(w.ledger) != 0 {
		t.Errorf("a ledger that is gone holds %v", w.ledger)
	}
	w.wound = false
	v = w.restarted(t)
	w.look(v)
	w.look(v)
	if len(w.ledger) != 1 || !w.ledger[0][0].Equal(began) || w.ledger[0][1].Sub(w.ledger[0][0]) != 610*time.Second {
		t.Errorf("the ledger holds %v", w.ledger)
	}
}

func TestATimeWithoutAnyProcessIsAnOutageUnlessAnotherServed(t *testing.T) {
	for _, alone := range []bool{true, false} {
		w := &watched{clock: calendar.NewStopped(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)), file: filepath.Join(t.TempDir(), "outages.json"), absent: alone}
		w.look(w.vigil())
		w.clock.Advance(5 * time.Hour)
		w.look(w.restarted(t))
		if want := map[bool]int{true: 1, false: 0}[alone]; len(w.ledger) != want {
			t.Errorf("alone %v: the ledger holds %v", alone, w.ledger)
		}
	}
}

func TestAServiceProvesThatItCanWrite(t *testing.T) {
	db := schematest.New(t)
	h, err := house.Open(t.Context(), house.Config{Database: db.URL("app"), PublicDatabase: db.URL("public"), Archive: "file://" + t.TempDir(), Codes: house.RandomPepper(), Clock: calendar.Wall})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close(context.WithoutCancel(t.Context()))
	v := h.Vigil(t.TempDir(), "here")
	if err := v.Look(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := db.Owner.Exec(t.Context(), `REVOKE INSERT, UPDATE ON beats FROM duenotice_public`); err != nil { // reading alone is not serving
		t.Fatal(err)
	}
	if err := v.Probe(t.Context()); err == nil {
		t.Error("a database that takes nothing is taken for open")
	}
	if _, err := db.Owner.Exec(t.Context(), `GRANT INSERT, UPDATE ON beats TO duenotice_public`); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it is told twice when nobody knows whether it was written
		if err := v.Write(t.Context(), calendar.Wall().Add(-5*time.Hour).Truncate(time.Hour), calendar.Wall().Truncate(time.Hour), v.Source); err != nil {
			t.Error(err)
		}
	}
	if list, err := h.Desk.Outages(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
}
