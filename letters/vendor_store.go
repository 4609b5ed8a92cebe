package letters

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

const vendorSelect = `SELECT v.id, v.code, v.name, v.cut_off, coalesce(v.last_heard_at, '0001-01-01Z') FROM vendors v `

// AddVendor adds a print vendor, or finds the one with this code.
func (m *Mailroom) AddVendor(ctx context.Context, code, name string) (Vendor, error) {
	code = strings.TrimSpace(code)
	if code == "" || strings.TrimSpace(name) == "" {
		return Vendor{}, fault.In("code", fault.Invalid, "Give the vendor a short code and a name.")
	}
	var v Vendor
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `INSERT INTO vendors (code, name, created_at) VALUES (@code, @name, @now) ON CONFLICT (code) DO NOTHING`,
			pgx.NamedArgs{"code": code, "name": name, "now": now})
		if err != nil {
			return fmt.Errorf("add vendor: %w", err)
		}
		rows, err := tx.Query(ctx, vendorSelect+`WHERE v.code = @code`, pgx.NamedArgs{"code": code})
		if err != nil {
			return fmt.Errorf("add vendor: %w", err)
		}
		v, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Vendor])
		return orAbsent(err, "vendor")
	})
	return v, err
}

// NewVendor adds a print vendor whose code nobody has.
func (m *Mailroom) NewVendor(ctx context.Context, by campaigns.Viewer, code, name string) (Vendor, error) {
	if err := mayKeep(by); err != nil {
		return Vendor{}, err
	}
	code, name = strings.ToUpper(strings.TrimSpace(code)), strings.TrimSpace(name)
	if !vendorCode.MatchString(code) {
		return Vendor{}, fault.In("code", fault.Invalid, "A code is 2 to 20 letters, digits and hyphens, such as HARBOUR.")
	}
	p := VendorProfile{Vendor: Vendor{Name: name, CutOff: "17:30"}, DailyCapacity: 1, RetentionDays: 1}
	if err := p.tidy(); err != nil {
		return Vendor{}, err
	}
	v := Vendor{Code: code, Name: name, CutOff: p.CutOff}
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		err := tx.QueryRow(ctx, `INSERT INTO vendors (code, name, created_at) VALUES (@code, @name, @now) ON CONFLICT (code) DO NOTHING RETURNING id`,
			pgx.NamedArgs{"code": code, "name": name, "now": now}).Scan(&v.ID)
		if fault.Is(orAbsent(err, "vendor"), fault.NotFound) {
			return fault.In("code", fault.Conflict, "A vendor with the code %s is here already.", code)
		}
		if err != nil {
			return fmt.Errorf("add vendor: %w", err)
		}
		return m.vendorDeed(ctx, tx, now, by, "add vendor", v.ID, map[string]any{"code": code})
	})
	return v, err
}

// vendorDeed writes into the audit what was changed of a vendor.
func (m *Mailroom) vendorDeed(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, action string, id VendorID, detail map[string]any) error {
	return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: action, Object: "vendor", ID: fmt.Sprint(id), Detail: detail})
}

// Vendors lists the print vendors by their codes.
func (m *Mailroom) Vendors(ctx context.Context) ([]Vendor, error) {
	rows, err := m.Pool.Query(ctx, vendorSelect+`ORDER BY v.code`)
	if err != nil {
		return nil, fmt.Errorf("list vendors: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Vendor])
}

const profileSelect = `
	SELECT v.id, v.code, v.name, v.cut_off, coalesce(v.last_heard_at, '0001-01-01Z'), v.email, v.geometry, v.packs, v.daily_capacity, v.retention_days,
		v.networks, coalesce(v.client_id, ''), v.seal_kind, v.seal_key, v.seal_fingerprint, v.created_at FROM vendors v `

func oneProfile(rows pgx.Rows, err error) (VendorProfile, error) {
	if err != nil {
		return VendorProfile{}, fmt.Errorf("read vendor: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (p VendorProfile, err error) {
		err = row.Scan(&p.ID, &p.Code, &p.Name, &p.CutOff, &p.LastHeardAt, &p.Email, &p.Geometry, &p.Packs, &p.DailyCapacity, &p.RetentionDays,
			&p.Networks, &p.ClientID, &p.SealKind, &p.SealKey, &p.Fingerprint, &p.AddedAt)
		return p, err
	})
	return p, orAbsent(err, "vendor")
}

// VendorProfile finds what was agreed with the vendor of a code.
func (m *Mailroom) VendorProfile(ctx context.Context, code string) (VendorProfile, error) {
	return oneProfile(m.Pool.Query(ctx, profileSelect+`WHERE v.code = @code`, pgx.NamedArgs{"code": strings.ToUpper(strings.TrimSpace(code))}))
}

func (m *Mailroom) profileOf(ctx context.Context, id VendorID) (VendorProfile, error) {
	return oneProfile(m.Pool.Query(ctx, profileSelect+`WHERE v.id = @id`, pgx.NamedArgs{"id": id}))
}

// SetVendorProfile writes down name, address, cut-off, capacity, packs and
// retention of the vendor with the profile's id; keys, networks and sealing
// have verbs of their own.
func (m *Mailroom) SetVendorProfile(ctx context.Context, by campaigns.Viewer, p VendorProfile) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	if err := p.tidy(); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		for _, code := range p.Packs {
			var known bool
			if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM packs WHERE code = @code)`, pgx.NamedArgs{"code": code}).Scan(&known); err != nil {
				return fmt.Errorf("look for pack: %w", err)
			}
			if !known {
				return fault.In("packs", fault.Invalid, "There is no pack %q.", short(code))
			}
		}
		tag, err := tx.Exec(ctx, `
			UPDATE vendors SET name = @name, email = @email, cut_off = @cutoff, daily_capacity = @capacity, packs = @packs, retention_days = @days WHERE id = @id`,
			pgx.NamedArgs{"id": p.ID, "name": p.Name, "email": p.Email, "cutoff": p.CutOff, "capacity": p.DailyCapacity, "packs": p.Packs, "days": p.RetentionDays})
		return m.changed(ctx, tx, now, by, tag.RowsAffected(), err, "change vendor", p.ID, nil)
	})
}

// SetVendorNetworks says from where a vendor may ask; none is from anywhere.
func (m *Mailroom) SetVendorNetworks(ctx context.Context, by campaigns.Viewer, id VendorID, networks []netip.Prefix) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	if networks == nil {
		networks = []netip.Prefix{}
	}
	var code string
	err := m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		err := tx.QueryRow(ctx, `UPDATE vendors SET networks = @networks WHERE id = @id RETURNING code`, pgx.NamedArgs{"id": id, "networks": networks}).Scan(&code)
		if err := orAbsent(err, "vendor"); err != nil {
			return err
		}
		return m.vendorDeed(ctx, tx, now, by, "allow networks", id, map[string]any{"networks": networks})
	})
	if err != nil {
		return err
	}
	return m.Register.Watched(ctx, wrongNetwork, code, "") // a person has looked
}

// wrongNetwork is the kind of alarm of a right key from a network that was not agreed.
const wrongNetwork = "vendor network"

// changed ends a change of one vendor with its line in the audit.
func (m *Mailroom) changed(ctx context.Context, tx pgx.Tx, now time.Time, by campaigns.Viewer, rows int64, err error, action string, id VendorID, detail map[string]any) error {
	if err != nil {
		return fmt.Errorf("%s: %w", action, err)
	}
	if rows == 0 {
		return orAbsent(pgx.ErrNoRows, "vendor")
	}
	return m.vendorDeed(ctx, tx, now, by, action, id, detail)
}
