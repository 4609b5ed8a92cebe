package letters

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// EnsureStandardPack puts the standard English pack among the packs, approved.
// A wording that changed becomes a new version; the versions before stay.
func (m *Mailroom) EnsureStandardPack(ctx context.Context) error {
	p := paper.StandardPack()
	p.Code, p.Version = standardPack, 0 // the row knows its version
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("keep standard pack: %w", err)
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO packs (code, version, language, format, state, body, created_at)
			SELECT @code, coalesce(max(version), 0) + 1, @language, @format, 'approved', @body, @now FROM packs
			WHERE code = @code AND language = @language AND format = @format
			HAVING (array_agg(body ORDER BY version DESC))[1] IS DISTINCT FROM @body::jsonb
			ON CONFLICT (code, version, language, format) DO NOTHING`,
			pgx.NamedArgs{"code": standardPack, "language": standardLanguage, "format": standardFormat, "body": body, "now": now})
		if err != nil {
			return fmt.Errorf("keep standard pack: %w", err)
		}
		return nil
	})
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

// choosePack finds the newest approved pack of a code that fits a language and
// a format. What is missing falls back on English, on ordinary print, and
// last on the standard pack.
func choosePack(ctx context.Context, tx pgx.Tx, code, language, format string) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `
		SELECT id FROM packs
		WHERE lower(code) IN (lower(@code), @standard) AND language IN (@language, @english) AND format IN (@format, @ordinary) AND state IN ('approved', 'frozen')
		ORDER BY lower(code) = lower(@code) DESC, format = @format DESC, language = @language DESC, version DESC LIMIT 1`,
		pgx.NamedArgs{"code": code, "standard": standardPack, "language": language, "english": standardLanguage, "format": format,
			"ordinary": standardFormat}).Scan(&id)
	return id, orAbsent(err, "approved pack as the campaign names")
}

// packOf reads the pack of a batch.
func packOf(ctx context.Context, tx pgx.Tx, id BatchID) (paper.Pack, error) {
	var p paper.Pack
	var version int
	var code string
	err := tx.QueryRow(ctx, `SELECT k.code, k.version, k.body FROM packs k JOIN batches b ON b.pack_id = k.id WHERE b.id = @id`,
		pgx.NamedArgs{"id": id}).Scan(&code, &version, &p)
	if err != nil {
		return p, fmt.Errorf("read pack: %w", err)
	}
	p.Code, p.Version = code, version
	return p, nil
}
