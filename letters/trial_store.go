package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// triedAtOnce is how many people somebody waits for; a job tries larger waves.
const triedAtOnce = 500_000

// TryWave implements campaigns.Printing: it tries the letters of a planned
// wave, unless the last trial was of exactly these people and this pack. A
// wave too large to wait for is fault.Unavailable until a job has tried it.
func (m *Mailroom) TryWave(ctx context.Context, c campaigns.Campaign, w campaigns.Wave) error {
	return m.tryWave(ctx, c, w, triedAtOnce)
}

// TryPlanned tries the letters of a campaign's planned waves, of each unless
// the last trial was of exactly its people and this pack.
func (m *Mailroom) TryPlanned(ctx context.Context, id campaigns.CampaignID) error {
	var c campaigns.Campaign
	err := m.snapshot(ctx, func(tx pgx.Tx) (err error) {
		c, err = m.Register.CampaignByID(ctx, tx, id)
		return err
	})
	if err != nil {
		return err
	}
	waves, err := m.Register.Waves(ctx, id)
	if err != nil {
		return err
	}
	for _, w := range waves {
		if w.State != "planned" || w.FirstPostOn.Before(m.Clock.Today()) {
			continue
		}
		if err := m.tryWave(ctx, c, w, w.People); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mailroom) tryWave(ctx context.Context, c campaigns.Campaign, w campaigns.Wave, most int) error {
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
		if err != nil || now == last.sum {
			return err
		}
	}
	if w.People > most {
		return fault.New(fault.Unavailable, "The letters of this wave are being tried; for %d people that takes some minutes. Ask again then.", w.People)
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
		p, sum, err := m.fingerprint(ctx, tx, c, w)
		if err != nil {
			return err
		}
		t.Pack, t.Version, t.sum = p.Code, p.Version, sum
		k := trying{dated: calendar.DateOf(t.StartedAt), trial: &t}
		k.lastDay = c.Window.ClosesOn(calendar.Max(w.FirstPostOn, k.dated), calendar.Date{}, 0, working)
		v, err := m.readVersion(ctx, tx, p.Code, p.Version)
		if err == nil {
			err = k.prepare(ctx, tx, c, v)
		}
		if err != nil {
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
func (k *trying) prepare(ctx context.Context, tx pgx.Tx, c campaigns.Campaign, v PackVersion) error {
	err := tx.QueryRow(ctx, `SELECT geometry FROM vendors WHERE code = @code`, pgx.NamedArgs{"code": c.Vendor}).Scan(&k.trial.Geometry)
	if err != nil {
		return fmt.Errorf("read envelope: %w", err)
	}
	if k.sources, err = printable(ctx, tx, printed{v.Code, v.Version}); err != nil {
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

// WaveSigned implements campaigns.Printing.
func (m *Mailroom) WaveSigned(ctx context.Context, tx pgx.Tx, now time.Time, c campaigns.Campaign, w campaigns.Wave, approved bool) error {
	t, err := lastTrial(ctx, tx, w.ID)
	if err != nil {
		return err
	}
	if t.ID == 0 {
		return fault.New(fault.Refused, "The letters of this wave have not been tried yet. Try them first; it takes seconds.")
	}
	_, sum, err := m.fingerprint(ctx, tx, c, w)
	switch {
	case err != nil:
		return err
	case sum != t.sum:
		return fault.New(fault.Conflict, "Somebody of this wave, or its pack, has changed since its letters were tried. Try them again.")
	case len(t.Wrong) > 0:
		return fault.New(fault.Refused, "The pack cannot be printed. %s", t.Wrong[0])
	case !t.Clean():
		return fault.New(fault.Refused, "%d of the letters of this wave cannot be printed right, and %d of them are accepted. Look at the others under “Letters”: mend them, or accept each.", t.Found, t.Accepted)
	}
	if _, err := tx.Exec(ctx, `SELECT id FROM vendors WHERE code = @code FOR NO KEY UPDATE`, pgx.NamedArgs{"code": c.Vendor}); err != nil {
		return fmt.Errorf("lock vendor: %w", err)
	}
	if err := m.takes(ctx, tx, c, w.ID, []pace{{w.People, c.DailyCapacity, w.FirstPostOn}}); err != nil {
		return err
	}
	if !approved {
		return nil
	}
	return m.freezePack(ctx, tx, now, c)
}
