package letters

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// ProofFor draws the letter of somebody whom the last trial of a wave has
// picked, exactly as it will print but for reference and code. With zones the
// vendor's zones and marks are drawn over it. Each look is noted.
func (m *Mailroom) ProofFor(ctx context.Context, by campaigns.Viewer, c campaigns.Campaign, w campaigns.Wave, who campaigns.EnrolmentID, zones bool) ([]byte, error) {
	if !by.Role.Manages() {
		return nil, fault.New(fault.Forbidden, "Your role does not see letters.")
	}
	working, err := m.Register.Working(ctx)
	if err != nil {
		return nil, err
	}
	var pack paper.Pack
	var g paper.Geometry
	var l paper.Letter
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		t, err := lastTrial(ctx, tx, w.ID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(t.Specimens, func(s Specimen) bool { return s.Enrolment == who }) {
			return fault.New(fault.NotFound, "There is no such proof.")
		}
		var p campaigns.Person
		err = tx.QueryRow(ctx, `
			SELECT p.nhs_number, p.given_names, p.family_name, p.address, p.postcode, p.language, p.format FROM enrolments e JOIN people p ON p.id = e.person_id
			WHERE e.campaign_id = @campaign AND e.id = @who AND NOT p.sensitive`, pgx.NamedArgs{"campaign": c.ID, "who": who}).
			Scan(&p.NHSNumber, &p.Given, &p.Family, &p.Address, &p.Postcode, &p.Language, &p.Format)
		if err := orAbsent(err, "proof"); err != nil {
			return err
		}
		sources, err := printable(ctx, tx, printed{t.Pack, t.Version})
		if err != nil {
			return err
		}
		i, err := fitting(sources, p.Language, p.Format)
		if err != nil {
			return err
		}
		v, err := m.readVersion(ctx, tx, t.Pack, t.Version)
		if err != nil {
			return err
		}
		s, err := v.Source(sources[i].Language, sources[i].Format)
		if err != nil {
			return err
		}
		if g, err = Envelope(t.Geometry, s.Format); err != nil {
			return err
		}
		today := calendar.DateOf(now)
		pack, l = packFor(s.Pack, c), proofLetter(p, today, c.Window.ClosesOn(calendar.Max(w.FirstPostOn, today), calendar.Date{}, 0, working))
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "looked", Object: "person", ID: fmt.Sprint(who), Campaign: c.ID, Detail: map[string]any{"why": "proof of a wave"}})
	})
	if err != nil {
		return nil, err
	}
	return proof(pack, g, []paper.Letter{l}, zones)
}
