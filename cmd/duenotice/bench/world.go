package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/cmd/duenotice/house"
	"duenotice/cmd/duenotice/synth"
	"duenotice/jobs"
	"duenotice/letters"
	"duenotice/optout"
)

// world is a region ready for its mail-out.
type world struct {
	Options
	clock    *calendar.Movable
	house    *house.House
	author   campaigns.Viewer
	first    campaigns.Viewer
	second   campaigns.Viewer
	campaign campaigns.Campaign
	vendor   letters.Vendor
}

const code = "BENCH"

func openWorld(ctx context.Context, o Options) (*world, error) {
	if o.Begin.IsZero() {
		o.Begin = begin
	}
	w := &world{Options: o, clock: calendar.NewStopped(o.Begin)}
	if len(o.Codes.Peppers) == 0 {
		w.Codes = house.RandomPepper()
	}
	var err error
	w.house, err = house.Open(ctx, house.Config{Database: o.Database, PublicDatabase: o.Public, Archive: o.Archive, Codes: w.Codes, Clock: w.clock.Now,
		MadeUpPeople: true, Jobs: jobs.Options{NoTimetable: true, Eager: true}, Log: o.Log})
	if err != nil {
		return nil, err
	}
	if err := w.house.Work(ctx); err != nil {
		return nil, err
	}
	return w, w.prepare(ctx)
}

func (w *world) prepare(ctx context.Context) error {
	r := w.house.Register
	if _, err := r.ImportPractices(ctx, campaigns.Viewer{}, w.Organisations); err != nil {
		return err
	}
	for i, v := range []*campaigns.Viewer{&w.author, &w.first, &w.second} {
		email := fmt.Sprintf("person%d@bench.example", i+1)
		if _, err := r.AddStaff(ctx, email, fmt.Sprintf("Person %d", i+1), campaigns.RoleNational, "", "a long enough password"); err != nil {
			return err
		}
		var err error
		if *v, err = r.ViewerByEmail(ctx, email); err != nil {
			return err
		}
	}
	if err := w.house.Mailroom.EnsureStandardPack(ctx); err != nil {
		return err
	}
	var err error
	programme, err := r.CreateProgramme(ctx, "SHS", "Shared Health Summary", optout.OwnLedger)
	if err != nil {
		return err
	}
	if w.vendor, w.campaign, err = w.campaignOf(ctx, code); err != nil {
		return err
	}
	practices := make([]string, len(w.Practices))
	for i, p := range w.Practices {
		practices[i] = p.Code
	}
	return r.SwitchOn(ctx, w.author, programme, practices, calendar.DateOf(w.Begin))
}

// campaignOf makes an approved campaign and its vendor, both under a code.
func (w *world) campaignOf(ctx context.Context, code string) (v letters.Vendor, c campaigns.Campaign, err error) {
	r := w.house.Register
	if v, err = w.house.Mailroom.AddVendor(ctx, code, "Bench Print"); err != nil {
		return v, c, err
	}
	err = w.house.Mailroom.SetVendorProfile(ctx, w.author, letters.VendorProfile{Vendor: v, DailyCapacity: 10_000_000, RetentionDays: 30})
	if err != nil {
		return v, c, err
	}
	c, err = r.CreateCampaign(ctx, w.author, campaigns.NewCampaign{Code: code, Programme: "SHS", Region: w.Region, Name: "Bench", Kind: "blanket",
		Pack: "standard", Vendor: code, Window: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}, MinimumAge: 16,
		DailyCapacity: 10_000_000, BatchSize: batchOf, Helpline: "0808 157 0419", HelplineHours: "8am to 6pm", WebAddress: "answer.example",
		Freepost: []string{"Freepost BENCH"}, Sender: "Bench", Signatory: "A Person"})
	if err != nil {
		return v, c, err
	}
	for _, by := range []campaigns.Viewer{w.first, w.second} {
		if _, err := r.ApproveCampaign(ctx, by, code); err != nil {
			return v, c, err
		}
	}
	return v, c, nil
}

// importPeople times the way from a file to accepted enrolments, against a
// COPY of the same number of rows into one logged table with an identity key
// and a unique NHS number when it is the one that is measured.
func (w *world) importPeople(ctx context.Context, measured bool) (Result, error) {
	w.Progress("Making people up")
	file, fill := io.Pipe()
	go func() {
		_, err := synth.Cohort(synth.Options{Region: w.Region, People: w.People, Seed: w.Seed, Practices: w.Practices, Today: calendar.DateOf(w.Begin),
			WrongRows: -1, Out: fill, Faults: io.Discard})
		fill.CloseWithError(err)
	}()
	id, err := w.house.Register.ReceiveCohort(ctx, w.author, code, "people.csv", file)
	if err != nil {
		return Result{}, err
	}
	w.Progress("Reading and enrolling them")
	start := time.Now()
	if err := w.house.Crew.Settle(ctx); err != nil {
		return Result{}, err
	}
	if err := w.house.Register.DecideCohort(ctx, w.first, id, true); err != nil {
		return Result{}, err
	}
	if err := w.house.Crew.Settle(ctx); err != nil {
		return Result{}, err
	}
	took := time.Since(start)
	h, err := w.house.Register.Cohort(ctx, w.author, id)
	if err != nil {
		return Result{}, err
	}
	if h.State != "applied" {
		return Result{}, fmt.Errorf("the cohort is %s: %s", h.State, h.Refusal)
	}
	r := w.result(Import, h.Enrolled, took)
	if !measured {
		return r, nil
	}
	return r.against("a COPY of the same rows into one table with identity key and unique number", func() (time.Duration, error) {
		return w.copyPeople(ctx)
	})
}

func (w *world) copyPeople(ctx context.Context) (took time.Duration, err error) {
	conn, err := w.house.Pool.Acquire(ctx)
	if err != nil {
		return 0, fmt.Errorf("measure COPY: %w", err)
	}
	defer conn.Release()
	rows, err := conn.Query(ctx, `SELECT nhs_number, title, given_names, family_name, born_on, address, postcode, practice_code FROM people`)
	if err != nil {
		return 0, fmt.Errorf("measure COPY: %w", err)
	}
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
	if err != nil {
		return 0, fmt.Errorf("measure COPY: %w", err)
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		// The program may not make tables; the yardstick's is made by the owner and emptied by rolling back.
		start := time.Now()
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"bench_people"}, []string{"nhs_number", "title", "given_names", "family_name", "born_on", "address",
			"postcode", "practice_code"}, pgx.CopyFromRows(people))
		took = time.Since(start)
		if err != nil {
			return err
		}
		return errMeasured
	})
	if err != nil && !errors.Is(err, errMeasured) {
		return 0, fmt.Errorf("measure COPY: %w", err)
	}
	return took, nil
}

// errMeasured takes a yardstick's rows back.
var errMeasured = fmt.Errorf("measured")
