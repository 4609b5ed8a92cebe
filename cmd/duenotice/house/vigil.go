package house

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"duenotice/campaigns/calendar"
)

// Vigil looks every few seconds whether the public service can take answers,
// and has written down when it could not. What cannot be written because the
// database is gone is kept in a file until it can be, across restarts and
// kills of the process.
type Vigil struct {
	Source string                                                             // who watches: "service on HOST", "watcher on HOST"
	Probe  func(ctx context.Context) error                                    // nil while answers can be taken
	Write  func(ctx context.Context, from, to time.Time, source string) error // into the ledger of outages
	File   string                                                             // what has not been written yet
	Every  time.Duration                                                      // how long between two looks
	Clock  calendar.Clock
	Log    *slog.Logger

	// Absent tells of a time in which this process did not run whether the
	// service was shut meanwhile; nil where that cannot be known.
	Absent func(ctx context.Context, since time.Time) bool

	mu   sync.Mutex
	kept vigilFile
}

type vigilFile struct {
	Up      time.Time `json:"up"`                // when answers could last be taken
	Down    time.Time `json:"down,omitzero"`     // since when they cannot; zero while they can
	Waiting []outage  `json:"waiting,omitempty"` // not yet in the ledger
}

type outage struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Keep watches until ctx ends. What is under way then is kept in the file.
func (v *Vigil) Keep(ctx context.Context) error {
	if err := v.resume(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(v.Every)
	defer tick.Stop()
	for {
		if err := v.Look(ctx); err != nil && ctx.Err() == nil {
			v.Log.Error("keep the ledger of outages", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// resume reads what an earlier process has left.
func (v *Vigil) resume(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	text, err := os.ReadFile(v.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, &v.kept)
	}
	if err != nil {
		return fmt.Errorf("read the outages of %s: %w", v.Source, err)
	}
	if since := v.kept.Up; v.kept.Down.IsZero() && !since.IsZero() && v.Clock().Sub(since) > 2*v.Every && v.Absent != nil && v.Absent(ctx, since) {
		v.kept.Down = since
	}
	return nil
}

// Look looks once, and writes what can be written.
func (v *Vigil) Look(ctx context.Context) error {
	probing, cancel := context.WithTimeout(ctx, max(v.Every, time.Second))
	err := v.Probe(probing)
	cancel()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.Clock()
	if err != nil {
		if v.kept.Down.IsZero() {
			v.kept.Down = now
			if gap := now.Sub(v.kept.Up); gap > 0 && gap <= 3*v.Every {
				v.kept.Down = v.kept.Up // nobody knows when between the two looks it began
			}
			v.Log.Warn("answers cannot be taken", "since", v.kept.Down, "source", v.Source)
		}
		return v.keep()
	}
	v.kept.Up = now
	if !v.kept.Down.IsZero() {
		if now.After(v.kept.Down) {
			v.kept.Waiting = append(v.kept.Waiting, outage{v.kept.Down, now})
		}
		v.Log.Warn("answers can be taken again", "since", v.kept.Down, "source", v.Source)
		v.kept.Down = time.Time{}
	}
	if err := v.keep(); err != nil {
		return err
	}
	for len(v.kept.Waiting) > 0 {
		one := v.kept.Waiting[0]
		if err := v.Write(ctx, one.From, one.To, v.Source); err != nil {
			return fmt.Errorf("write an outage down: %w", err)
		}
		v.kept.Waiting = v.kept.Waiting[1:]
		if err := v.keep(); err != nil {
			return err
		}
	}
	return nil
}

// keep writes the file in one step, so that a kill leaves the old or the new.
func (v *Vigil) keep() error {
	text, err := json.Marshal(v.kept)
	if err != nil {
		return fmt.Errorf("keep outages: %w", err)
	}
	fresh := v.File + ".new"
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return fmt.Errorf("keep outages: %w", err)
	}
	if err := os.Rename(fresh, v.File); err != nil {
		return fmt.Errorf("keep outages: %w", err)
	}
	return nil
}

// VigilFile is where a watcher of an installation keeps what is not written yet.
func VigilFile(dir, source string) string {
	return filepath.Join(dir, "outages-"+strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, source)+".json")
}

// watchEvery is how often the service looks after itself.
const watchEvery = 10 * time.Second

// Vigil is the service's own watch over the patients' listener, with its file
// in dir; host tells processes apart.
func (h *House) Vigil(dir, host string) *Vigil {
	source := "service on " + host
	return &Vigil{Source: source, File: VigilFile(dir, source), Every: watchEvery, Clock: h.Clock, Log: h.Log, Write: h.Desk.RecordOutage,
		Probe: func(ctx context.Context) error { return h.Public.Beat(ctx, host) },
		Absent: func(ctx context.Context, since time.Time) bool {
			served, err := h.Public.BeatsOfOthers(ctx, host, since)
			return err == nil && !served
		}}
}
