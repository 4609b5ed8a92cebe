package letters

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// use checks the pack of a part and draws one letter of it, when the first of
// its people comes.
func (k *trying) use(i int) (err error) {
	if k.ready[i] {
		return nil
	}
	k.ready[i] = true
	part := &k.trial.Parts[i]
	name := part.Language + ", " + part.Format
	if wrong := paper.Check(k.packs[i], k.envelopes[i]); len(wrong) > 0 {
		k.trial.Wrong = append(k.trial.Wrong, name+": "+wrong[0])
		return nil
	}
	at, err := measure(k.packs[i], k.envelopes[i], k.dated, k.lastDay)
	part.Pages, part.Sheets = at.Pages, at.Sheets
	if f := fault.Of(err); f != nil {
		k.trial.Wrong = append(k.trial.Wrong, name+": "+f.Sentence)
		return nil
	}
	if err != nil {
		return err
	}
	if grams, most := Grams(part.Sheets, part.Format), mostGrams(SizeOf(part.Format)); grams > most {
		k.trial.Wrong = append(k.trial.Wrong, fmt.Sprintf("%s: a letter has %d sheets and weighs %d g; the post takes %d g.", name, part.Sheets, grams, most))
	}
	return nil
}

// measure draws one letter to see how many pages a pack has.
func measure(p paper.Pack, g paper.Geometry, dated, lastDay calendar.Date) (paper.Place, error) {
	file, err := paper.NewBatch(p, g)
	if err != nil {
		return paper.Place{}, err
	}
	l := specimen(0, dated)
	l.LastDay = lastDay
	at, err := file.Draw(l)
	if err != nil {
		return at, fmt.Errorf("measure a pack: %w", err)
	}
	_, err = file.Finish(io.Discard)
	return at, err
}

// tried is somebody on the way through a trial.
type tried struct {
	id     campaigns.EnrolmentID
	person campaigns.Person
	part   int
	wrong  string
}

const (
	triers   = 2   // beside the one who reads; more would only wait for the database
	together = 500 // people handed over at once
)

// run tries everybody. People pass through in small groups, so that a wave of
// millions takes no more memory than one of thousands.
func (k *trying) run(ctx context.Context, everybody func(func(campaigns.EnrolmentID, campaigns.Person) error) error, seed uint64) ([]Finding, error) {
	todo, done := make(chan []tried, triers), make(chan []tried, triers)
	g, ctx := errgroup.WithContext(ctx)
	send := func(to chan<- []tried, group []tried) error {
		select {
		case to <- group:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	g.Go(func() error {
		defer close(todo)
		group := make([]tried, 0, together)
		err := everybody(func(id campaigns.EnrolmentID, p campaigns.Person) error {
			k.trial.People++
			if p.Sensitive || p.Undeliverable != "" {
				return nil // withheld for reasons that are known already
			}
			part, err := fitting(k.sources, p.Language, p.Format)
			if err == nil {
				err = k.use(part)
			}
			if err != nil || len(k.trial.Wrong) > 0 {
				return err // with a pack that cannot be printed there is nothing to try
			}
			group = append(group, tried{id: id, person: p, part: part})
			if len(group) < together {
				return nil
			}
			full := group
			group = make([]tried, 0, together)
			return send(todo, full)
		})
		if err != nil {
			return err
		}
		return send(todo, group)
	})
	workers, wctx := errgroup.WithContext(ctx)
	for range triers {
		workers.Go(func() error {
			k := trier{k, map[int]*paper.Batch{}}
			for group := range todo {
				if err := k.try(group); err != nil {
					return err
				}
				if err := send(done, group); err != nil {
					return err
				}
			}
			return wctx.Err()
		})
	}
	g.Go(func() error { defer close(done); return workers.Wait() })
	var findings []Finding
	hard := newExtremes(len(k.sources), seed)
	for group := range done {
		for _, t := range group {
			if t.wrong != "" {
				findings = append(findings, Finding{Enrolment: t.id, Sentence: t.wrong})
				continue
			}
			k.trial.Parts[t.part].Letters++
			hard.add(t.part, t.id, t.person)
		}
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("try letters: %w", err)
	}
	k.trial.Specimens = hard.list()
	k.trial.Parts = slices.DeleteFunc(k.trial.Parts, func(p TrialPart) bool { return p.Letters == 0 })
	return findings, nil
}

// trier tries letters in one goroutine; a batch of each part lasts it for all.
type trier struct {
	*trying
	files map[int]*paper.Batch
}

func (k trier) try(group []tried) error {
	for i := range group {
		t := &group[i]
		file, ok := k.files[t.part]
		if !ok {
			var err error
			if file, err = paper.NewBatch(k.packs[t.part], k.envelopes[t.part]); err != nil {
				return err
			}
			k.files[t.part] = file
		}
		_, err := file.Try(proofLetter(t.person, k.dated, k.lastDay))
		var unfit *paper.Unfit
		switch {
		case errors.As(err, &unfit):
			all := make([]string, len(unfit.Problems))
			for i, w := range unfit.Problems {
				all[i] = w.Sentence
			}
			t.wrong = strings.Join(all, " ")
		case err != nil:
			return err
		}
	}
	return nil
}
