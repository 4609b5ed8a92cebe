package letters

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// EnsureStandardPack puts the packs that come with the program among the
// packs, approved. A wording that changed becomes a new version; the versions
// before stay. Any number of processes may do it at once.
func (m *Mailroom) EnsureStandardPack(ctx context.Context) error {
	shipped := shippedSources()
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		rows, err := tx.Query(ctx, versionSelect+`WHERE v.code = @code ORDER BY v.version DESC`, pgx.NamedArgs{"code": standardPack})
		list, err := versionsOf(ctx, tx, rows, err)
		if err != nil {
			return err
		}
		next := 1
		for i, v := range list {
			if i == 0 {
				next = v.Version + 1
			}
			if v.Shipped() && sameSources(v.Sources, shipped) {
				return nil
			}
		}
		v := PackVersion{Code: standardPack, Version: next, Title: "Standard pack", Geometry: Envelopes()[0], Postage: "second", Sources: shipped}
		if made, err := insertVersion(ctx, tx, now, v); err != nil || !made {
			return err
		}
		return m.setPackState(ctx, tx, now, v, PackApproved, campaigns.Viewer{})
	})
}

func sameSources(a, b []Source) bool {
	if len(a) != len(b) {
		return false
	}
	text := func(list []Source) map[string][]byte {
		m := map[string][]byte{}
		for _, s := range list {
			s.Pack.Code, s.Pack.Version, s.Pack.Following = "", 0, ""
			body, _ := json.Marshal(s.Pack) //nolint:errchkjson // strings and numbers always marshal
			m[s.Name()] = body
		}
		return m
	}
	have := text(a)
	for name, body := range text(b) {
		if !bytes.Equal(have[name], body) {
			return false
		}
	}
	return true
}

// CanPrint refuses a campaign's choice of a pack that nobody approved, or of a
// print vendor that nobody added.
func (m *Mailroom) CanPrint(ctx context.Context, pack, vendor string) error {
	var packs, vendors bool
	err := m.Pool.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM packs WHERE lower(code) = lower(@pack) AND state IN ('approved', 'frozen')), EXISTS (SELECT FROM vendors WHERE code = @vendor)`,
		pgx.NamedArgs{"pack": pack, "vendor": vendor}).Scan(&packs, &vendors)
	switch {
	case err != nil:
		return fmt.Errorf("look for pack and vendor: %w", err)
	case !packs:
		return fault.In("pack", fault.Invalid, "There is no approved pack with this code.")
	case !vendors:
		return fault.In("vendor", fault.Invalid, "There is no print vendor with this code. Add it first.")
	}
	return nil
}

// printed is which version of a pack a campaign prints.
type printed struct {
	Code    string
	Version int
}

// printedBy finds the version that a campaign prints: the one that was chosen
// for it, or else the newest approved one.
func printedBy(ctx context.Context, tx pgx.Tx, c campaigns.Campaign) (p printed, err error) {
	err = tx.QueryRow(ctx, `
		SELECT code, version FROM (
			(SELECT 1 AS rank, code, version FROM campaign_packs WHERE campaign_id = @campaign ORDER BY id DESC LIMIT 1)
			UNION ALL
			(SELECT 2, code, version FROM packs WHERE lower(code) = lower(@code) AND state IN ('approved', 'frozen') ORDER BY version DESC LIMIT 1)
		) found ORDER BY rank LIMIT 1`, pgx.NamedArgs{"campaign": c.ID, "code": c.Pack}).Scan(&p.Code, &p.Version)
	return p, orAbsent(err, "approved pack as the campaign names")
}

// printable reads the sources of a version that may be printed: not the
// translations that nobody has checked.
func printable(ctx context.Context, tx pgx.Tx, p printed) ([]sourceID, error) {
	rows, err := tx.Query(ctx, `
		SELECT id, language, format, body ->> 'text', coalesce(body ->> 'supplied_sha256', ''), coalesce(body ->> 'supplied_checked', '')
		FROM packs WHERE code = @code AND version = @version AND state IN ('approved', 'frozen') ORDER BY id`,
		pgx.NamedArgs{"code": p.Code, "version": p.Version})
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	var list []sourceID
	checked := map[string]bool{}
	var id int64
	var s Source
	_, err = pgx.ForEachRow(rows, []any{&id, &s.Language, &s.Format, &s.Pack.Text, &s.Pack.SuppliedSHA256, &s.Pack.SuppliedChecked}, func() error {
		key := s.Language + s.Pack.SuppliedSHA256 + s.Pack.SuppliedChecked + s.Pack.Text
		ok, known := checked[key]
		if !known {
			ok = s.Checked()
			checked[key] = ok
		}
		if ok {
			list = append(list, sourceID{id, s.Language, s.Format, s.Supplied()})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	return list, nil
}

// choosePack finds the source for a language and a format.
func choosePack(list []sourceID, language, format string) (int64, error) {
	i, err := fitting(list, language, format)
	if err != nil {
		return 0, err
	}
	return list[i].ID, nil
}

// packOf reads the pack of a batch, with the English behind a translation and
// with supplied pages, and the geometry of its vendor.
func (m *Mailroom) packOf(ctx context.Context, tx pgx.Tx, id BatchID) (paper.Pack, paper.Geometry, error) {
	var s Source
	var code, envelope string
	var version int
	err := tx.QueryRow(ctx, `
		SELECT k.code, k.version, k.language, k.format, v.geometry FROM packs k JOIN batches b ON b.pack_id = k.id JOIN vendors v ON v.id = b.vendor_id WHERE b.id = @id`,
		pgx.NamedArgs{"id": id}).Scan(&code, &version, &s.Language, &s.Format, &envelope)
	if err != nil {
		return s.Pack, paper.Geometry{}, fmt.Errorf("read pack: %w", err)
	}
	v, err := oneVersion(ctx, tx, code, version, "")
	if err == nil {
		s, err = v.Source(s.Language, s.Format)
	}
	if err == nil {
		err = m.bring(ctx, &s.Pack)
	}
	if err != nil {
		return s.Pack, paper.Geometry{}, err
	}
	g, err := Envelope(envelope, s.Format)
	return s.Pack, g, err
}

// UsePack makes a campaign print a version of a pack from its next wave on.
// Letters that are composed already keep theirs.
func (m *Mailroom) UsePack(ctx context.Context, by campaigns.Viewer, campaign, code string, version int) error {
	if !by.Role.Manages() {
		return fault.New(fault.Forbidden, "Your role does not choose packs.")
	}
	c, err := m.Register.Campaign(ctx, by, campaign)
	if err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		v, err := m.lockVersion(ctx, tx, code, version)
		if err != nil {
			return err
		}
		if !v.State.Settled() {
			return fault.New(fault.Refused, "%s is not approved, so nobody can be sent it.", v.Name())
		}
		return m.usePack(ctx, tx, now, by, c, printed{v.Code, v.Version})
	})
}

func (m *Mailroom) usePack(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, c campaigns.Campaign, p printed) error {
	_, err := tx.Exec(ctx, `INSERT INTO campaign_packs (campaign_id, code, version, staff_id, chosen_at) VALUES (@campaign, @code, @version, nullif(@by::bigint, 0), @now)`,
		pgx.NamedArgs{"campaign": c.ID, "code": p.Code, "version": p.Version, "by": by.ID, "now": now})
	if err != nil {
		return fmt.Errorf("choose pack: %w", err)
	}
	return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "choose pack", Object: "pack", ID: fmt.Sprintf("%s %d", p.Code, p.Version), Campaign: c.ID})
}

// PackOf names the version that a campaign prints.
func (m *Mailroom) PackOf(ctx context.Context, c campaigns.Campaign) (v PackVersion, err error) {
	err = m.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		p, err := printedBy(ctx, tx, c)
		if err != nil {
			return err
		}
		v, err = oneVersion(ctx, tx, p.Code, p.Version, "")
		return err
	})
	return v, err
}
