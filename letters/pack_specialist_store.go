package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

// SpecialistFormats are the formats whose letters somebody else makes from
// data, with a printed cover letter.
func SpecialistFormats() []string { return []string{paper.Braille, paper.Audio} }

// Specialist is the vendor that makes the letters of a format, for all
// campaigns.
type Specialist struct {
	Format   string
	Vendor   string // its code; "" is the vendor of each campaign
	Name     string
	ChosenBy string
	ChosenAt time.Time // zero while nobody has chosen
}

// Specialists tells of each such format who makes its letters.
func (m *Mailroom) Specialists(ctx context.Context) ([]Specialist, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT f.format, coalesce(v.code, ''), coalesce(v.name, ''), coalesce(p.name, ''), coalesce(s.chosen_at, '0001-01-01Z')
		FROM unnest(@formats::text[]) WITH ORDINALITY f (format, n)
		LEFT JOIN LATERAL (SELECT vendor_id, staff_id, chosen_at FROM specialists WHERE format = f.format ORDER BY id DESC LIMIT 1) s ON true
		LEFT JOIN vendors v ON v.id = s.vendor_id LEFT JOIN staff p ON p.id = s.staff_id ORDER BY f.n`, pgx.NamedArgs{"formats": SpecialistFormats()})
	if err != nil {
		return nil, fmt.Errorf("read specialists: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Specialist])
}

// ChooseSpecialist sends the letters of a format to a vendor, for batches that
// are planned from now on; without a vendor each campaign's own makes them.
func (m *Mailroom) ChooseSpecialist(ctx context.Context, by campaigns.Viewer, format, vendor string) error {
	if by.Role != campaigns.RoleNational {
		return fault.New(fault.Forbidden, "Your role does not choose vendors.")
	}
	if !specialist(format) {
		return fault.In("format", fault.Invalid, "Letters are made from data in Braille and as audio.")
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var id VendorID
		if vendor != "" {
			err := tx.QueryRow(ctx, `SELECT id FROM vendors WHERE code = @code`, pgx.NamedArgs{"code": vendor}).Scan(&id)
			if err := orAbsent(err, "vendor"); err != nil {
				return inField("vendor", err)
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO specialists (format, vendor_id, staff_id, chosen_at) VALUES (@format, nullif(@vendor::bigint, 0), nullif(@by::bigint, 0), @now)`,
			pgx.NamedArgs{"format": format, "vendor": id, "by": by.ID, "now": now})
		if err != nil {
			return fmt.Errorf("choose specialist: %w", err)
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: "choose specialist", Object: "format", ID: format, Detail: map[string]any{"vendor": vendor}})
	})
}

// vendorFor finds who prints or makes a pack's letters of a campaign, and its
// cut-off.
func vendorFor(ctx context.Context, tx pgx.Tx, c campaigns.Campaign, pack int64) (id VendorID, cutOff string, err error) {
	err = tx.QueryRow(ctx, `
		SELECT v.id, v.cut_off FROM vendors v WHERE v.id = coalesce(
			(SELECT s.vendor_id FROM specialists s JOIN packs k ON k.format = s.format WHERE k.id = @pack ORDER BY s.id DESC LIMIT 1),
			(SELECT o.id FROM vendors o WHERE o.code = @code))`, pgx.NamedArgs{"pack": pack, "code": c.Vendor}).Scan(&id, &cutOff)
	return id, cutOff, orAbsent(err, "print vendor as the campaign names")
}
