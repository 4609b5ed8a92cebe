package letters

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// TryWave implements campaigns.Printing: it tries the letters of a planned
// wave, unless the last trial was of exactly these people and this pack.
func (m *Mailroom) TryWave(ctx context.Context, c campaigns.Campaign, w campaigns.Wave) error {
	last, err := m.LastTrial(ctx, w)
	if err != nil {
		return err
	}
	if last.ID != 0 {
		var now string
		err := m.snapshot(ctx, func(tx pgx.Tx) error {
			_, now, err = m.fingerprint(ctx, tx, c, w)
			return err
		})
		if err != nil || now == last.print {
			return err
		}
	}
	_, err = m.TryWaveAnew(ctx, c, w)
	return err
}

// snapshot reads what belongs to one moment.
func (m *Mailroom) snapshot(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, m.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead}, fn)
}

// fingerprint names all that would be printed for a wave: the version of the
// pack, the envelope, what the campaign fills in, and everybody's address.
func (m *Mailroom) fingerprint(ctx context.Context, tx pgx.Tx, c campaigns.Campaign, w campaigns.Wave) (printed, string, error) {
	p, err := printedBy(ctx, tx, c)
	if err != nil {
		return p, "", err
	}
	var envelope string
	err = tx.QueryRow(ctx, `SELECT geometry FROM vendors WHERE code = @code`, pgx.NamedArgs{"code": c.Vendor}).Scan(&envelope)
	if err := orAbsent(err, "print vendor as the campaign names"); err != nil {
		return p, "", err
	}
	people, err := m.Register.FingerprintWave(ctx, tx, w)
	return p, fmt.Sprintf("%s %d/%s/%s", p.Code, p.Version, envelope, people), err
}

// TryWaveAnew tries every letter of a planned wave on paper and keeps what it
// finds. Nothing is drawn but one letter of each kind.
func (m *Mailroom) TryWaveAnew(ctx context.Context, c campaigns.Campaign, w campaigns.Wave) (t Trial, err error) {
	working, err := m.Register.Working(ctx)
	if err != nil {
		return t, err
	}
	t = Trial{Wave: w.ID, StartedAt: m.Clock(), Wrong: []string{}}
	var findings []Finding
	err = m.snapshot(ctx, func(tx pgx.Tx) error {
		p, print, err := m.fingerprint(ctx, tx, c, w)
		if err != nil {
			return err
		}
		t.Pack, t.Version, t.print = p.Code, p.Version, print
		k := trying{dated: calendar.DateOf(t.StartedAt), trial: &t}
		k.lastDay = c.Window.ClosesOn(calendar.Max(w.FirstPostOn, k.dated), calendar.Date{}, 0, working)
		if err := k.prepare(ctx, tx, c, p); err != nil {
			return err
		}
		findings, err = k.run(ctx, func(each func(campaigns.EnrolmentID, campaigns.Person) error) error {
			return m.Register.EachInWave(ctx, tx, w, each)
		}, uint64(w.ID))
		return err
	})
	if err != nil {
		return t, err
	}
	t.Found, t.EndedAt = len(findings), m.Clock()
	return t, m.keepTrial(ctx, &t, w, findings)
}

// trying is a trial while it runs.
type trying struct {
	trial          *Trial
	sources        []sourceID
	packs          []paper.Pack
	envelopes      []paper.Geometry
	ready          []bool // which parts have somebody
	dated, lastDay calendar.Date
}

// prepare reads the packs.
func (k *trying) prepare(ctx context.Context, tx pgx.Tx, c campaigns.Campaign, p printed) error {
	v, err := readVersion(ctx, tx, p.Code, p.Version)
	if err != nil {
		return err
	}
	err = tx.QueryRow(ctx, `SELECT geometry FROM vendors WHERE code = @code`, pgx.NamedArgs{"code": c.Vendor}).Scan(&k.trial.Geometry)
	if err != nil {
		return fmt.Errorf("read envelope: %w", err)
	}
	if k.sources, err = printable(ctx, tx, p); err != nil {
		return err
	}
	n := len(k.sources)
	k.ready, k.packs, k.envelopes, k.trial.Parts = make([]bool, n), make([]paper.Pack, n), make([]paper.Geometry, n), make([]TrialPart, n)
	for i, id := range k.sources {
		s, err := v.Source(id.Language, id.Format)
		if err != nil {
			return err
		}
		if k.envelopes[i], err = Envelope(k.trial.Geometry, id.Format); err != nil {
			return err
		}
		k.packs[i], k.trial.Parts[i] = packFor(s.Pack, c), TrialPart{Language: s.Language, Format: s.Format}
	}
	return nil
}

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
	if part.Pages, part.Sheets, err = measure(k.packs[i], k.envelopes[i], k.dated, k.lastDay); err != nil {
		return err
	}
	if grams := Grams(part.Sheets); grams > maxGrams {
		k.trial.Wrong = append(k.trial.Wrong, fmt.Sprintf("%s: a letter has %d sheets and weighs %d g; the post takes %d g.", name, part.Sheets, grams, maxGrams))
	}
	return nil
}

// measure draws one letter to see how many pages a pack has.
func measure(p paper.Pack, g paper.Geometry, dated, lastDay calendar.Date) (pages, sheets int, err error) {
	file, err := paper.NewBatch(p, g)
	if err != nil {
		return 0, 0, err
	}
	l := specimen(0, dated)
	l.LastDay = lastDay
	at, err := file.Draw(l)
	if err != nil {
		return 0, 0, fmt.Errorf("measure a pack: %w", err)
	}
	_, err = file.Finish(io.Discard)
	return at.Pages, at.Sheets, err
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
			if err != nil {
				return err
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

func (k *trying) try(group []tried) error {
	for i := range group {
		t := &group[i]
		wrong, err := paper.Drawable(k.packs[t.part], k.envelopes[t.part], proofLetter(t.person, k.dated, k.lastDay))
		if err != nil {
			return err
		}
		var all []string
		for _, w := range wrong {
			all = append(all, w.Sentence)
		}
		t.wrong = strings.Join(all, " ")
	}
	return nil
}

// WaveSigned implements campaigns.Printing.
func (m *Mailroom) WaveSigned(ctx context.Context, tx pgx.Tx, now time.Time, c campaigns.Campaign, w campaigns.Wave, approved bool) error {
	t, err := lastTrial(ctx, tx, w.ID)
	if err != nil {
		return err
	}
	if t.ID == 0 {
		return fault.New(fault.Refused, "The letters of this wave have not been tried yet. Try them first; it takes seconds.")
	}
	_, print, err := m.fingerprint(ctx, tx, c, w)
	switch {
	case err != nil:
		return err
	case print != t.print:
		return fault.New(fault.Conflict, "Somebody of this wave, or its pack, has changed since its letters were tried. Try them again.")
	case len(t.Wrong) > 0:
		return fault.New(fault.Refused, "The pack cannot be printed. %s", t.Wrong[0])
	case !t.Clean():
		return fault.New(fault.Refused, "%d of the letters of this wave cannot be printed right, and %d of them are accepted. Look at the others under “Letters”: mend them, or accept each.", t.Found, t.Accepted)
	}
	if !approved {
		return nil
	}
	return m.freezePack(ctx, tx, now, c)
}
