package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

func (m *Mailroom) keepTrial(ctx context.Context, t *Trial, w campaigns.Wave, findings []Finding) error {
	parts, specimens := t.Parts, t.Specimens
	if parts == nil {
		parts = []TrialPart{}
	}
	if specimens == nil {
		specimens = []Specimen{}
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO wave_trials (wave_id, campaign_id, pack_code, pack_version, geometry, fingerprint, people, found, wrong, parts, specimens, started_at, ended_at)
			VALUES (@wave, @campaign, @code, @version, @geometry, @print, @people, @found, @wrong, @parts, @specimens, @started, @ended) RETURNING id`,
			pgx.NamedArgs{
				"wave": w.ID, "campaign": w.Campaign, "code": t.Pack, "version": t.Version, "geometry": t.Geometry, "print": t.sum, "people": t.People,
				"found": t.Found, "wrong": t.Wrong, "parts": parts, "specimens": specimens, "started": t.StartedAt, "ended": t.EndedAt,
			}).Scan(&t.ID)
		if err != nil {
			return fmt.Errorf("keep trial: %w", err)
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"trial_findings"}, []string{"trial_id", "enrolment_id", "finding"},
			pgx.CopyFromSlice(len(findings), func(i int) ([]any, error) { return []any{t.ID, findings[i].Enrolment, findings[i].Sentence}, nil }))
		if err != nil {
			return fmt.Errorf("keep findings: %w", err)
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{
			Action: "try letters", Object: "wave", ID: fmt.Sprint(w.ID), Campaign: w.Campaign,
			Detail: map[string]any{"people": t.People, "found": t.Found},
		})
	})
}

// LastTrial reads the last trial of a wave's letters; ID 0 says there was none.
func (m *Mailroom) LastTrial(ctx context.Context, w campaigns.Wave) (t Trial, err error) {
	err = m.snapshot(ctx, func(tx pgx.Tx) error {
		t, err = lastTrial(ctx, tx, w.ID)
		return err
	})
	return t, err
}

func lastTrial(ctx context.Context, tx pgx.Tx, wave campaigns.WaveID) (Trial, error) {
	rows, err := tx.Query(ctx, `
		SELECT t.id, t.wave_id, t.pack_code, t.pack_version, t.geometry, t.people, t.found, t.wrong, t.parts, t.specimens, t.started_at, t.ended_at,
			(SELECT count(*)::int FROM trial_findings f JOIN accepted_findings a ON a.wave_id = t.wave_id AND a.enrolment_id = f.enrolment_id AND a.finding = f.finding
				WHERE f.trial_id = t.id), t.fingerprint
		FROM wave_trials t WHERE t.wave_id = @wave ORDER BY t.id DESC LIMIT 1`, pgx.NamedArgs{"wave": wave})
	if err != nil {
		return Trial{}, fmt.Errorf("read trial: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Trial, err error) {
		err = row.Scan(&t.ID, &t.Wave, &t.Pack, &t.Version, &t.Geometry, &t.People, &t.Found, &t.Wrong, &t.Parts, &t.Specimens, &t.StartedAt, &t.EndedAt, &t.Accepted, &t.sum)
		return t, err
	})
	if err != nil || len(list) == 0 {
		return Trial{}, err
	}
	return list[0], nil
}

// Findings lists the letters of a trial that cannot be printed right, those
// that nobody has accepted first; at most n.
func (m *Mailroom) Findings(ctx context.Context, t Trial, n int) ([]Finding, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT f.enrolment_id, f.finding, coalesce(s.name, ''), coalesce(a.accepted_at, '0001-01-01Z') FROM trial_findings f
		LEFT JOIN accepted_findings a ON a.wave_id = @wave AND a.enrolment_id = f.enrolment_id AND a.finding = f.finding
		LEFT JOIN staff s ON s.id = a.staff_id
		WHERE f.trial_id = @trial ORDER BY a.accepted_at IS NOT NULL, f.finding, f.enrolment_id LIMIT @n`,
		pgx.NamedArgs{"trial": t.ID, "wave": t.Wave, "n": n})
	if err != nil {
		return nil, fmt.Errorf("list findings: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Finding])
}

// AcceptFindings notes that somebody has looked at findings of a wave's last
// trial and knows that these people get no letter with it. One that is
// accepted already stays so by the first name.
func (m *Mailroom) AcceptFindings(ctx context.Context, by campaigns.Viewer, w campaigns.Wave, people []campaigns.EnrolmentID) (accepted int, err error) {
	if !by.Role.Manages() || by.ID == 0 {
		return 0, fault.New(fault.Forbidden, "Your role does not accept findings.")
	}
	if len(people) == 0 {
		return 0, fault.In("finding", fault.Invalid, "Choose at least one finding.")
	}
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		t, err := lastTrial(ctx, tx, w.ID)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO accepted_findings (wave_id, enrolment_id, finding, staff_id, accepted_at)
			SELECT @wave, enrolment_id, finding, @by, @now FROM trial_findings WHERE trial_id = @trial AND enrolment_id = ANY(@people)
			ON CONFLICT DO NOTHING`, pgx.NamedArgs{"wave": w.ID, "by": by.ID, "now": now, "trial": t.ID, "people": people})
		if err != nil {
			return fmt.Errorf("accept findings: %w", err)
		}
		accepted = int(tag.RowsAffected())
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{
			By: by, Action: "accept findings", Object: "wave", ID: fmt.Sprint(w.ID), Campaign: w.Campaign,
			Detail: map[string]any{"enrolments": people},
		})
	})
	return accepted, err
}

// AcceptEveryFinding tries the letters of a planned wave and accepts whatever
// is found, in one name: for whoever knows the people, or made them up.
func (m *Mailroom) AcceptEveryFinding(ctx context.Context, by campaigns.Viewer, campaign string, number int) (accepted int, err error) {
	c, err := m.Register.Campaign(ctx, by, campaign)
	if err != nil {
		return 0, err
	}
	w, err := m.Register.Wave(ctx, c.ID, number)
	if err != nil {
		return 0, err
	}
	if err := m.TryWave(ctx, c, w); err != nil {
		return 0, err
	}
	t, err := m.LastTrial(ctx, w)
	if err != nil || t.Accepted >= t.Found {
		return 0, err
	}
	list, err := m.Findings(ctx, t, t.Found)
	if err != nil {
		return 0, err
	}
	people := make([]campaigns.EnrolmentID, len(list))
	for i, f := range list {
		people[i] = f.Enrolment
	}
	return m.AcceptFindings(ctx, by, w, people)
}
