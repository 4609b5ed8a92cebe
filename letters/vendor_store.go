package letters

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
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

// liveKeys is how many keys of a vendor work at a time: one in use, one to change to.
const liveKeys = 2

// NewVendorKey makes a key of 256 random bits and returns it, once. Of more
// than two live keys the oldest end.
func (m *Mailroom) NewVendorKey(ctx context.Context, id VendorID) (plain string, err error) {
	raw := make([]byte, 32)
	rand.Read(raw)
	plain = keyPrefix + base64.RawURLEncoding.EncodeToString(raw)
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var known VendorID
		err := tx.QueryRow(ctx, `SELECT id FROM vendors WHERE id = @id FOR NO KEY UPDATE`, pgx.NamedArgs{"id": id}).Scan(&known)
		if err := orAbsent(err, "vendor"); err != nil {
			return err
		}
		args := pgx.NamedArgs{"id": id, "hash": keyHash(plain), "hint": plain[len(plain)-4:], "now": now, "live": liveKeys}
		_, err = tx.Exec(ctx, `INSERT INTO vendor_keys (vendor_id, key_hash, hint, created_at) VALUES (@id, @hash, @hint, @now)`, args)
		if err != nil {
			return fmt.Errorf("keep vendor key: %w", err)
		}
		_, err = tx.Exec(ctx, `
			UPDATE vendor_keys SET revoked_at = @now
			WHERE id IN (SELECT id FROM vendor_keys WHERE vendor_id = @id AND revoked_at IS NULL ORDER BY id DESC OFFSET @live)`, args)
		if err != nil {
			return fmt.Errorf("end oldest vendor key: %w", err)
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{Action: "new key", Object: "vendor", ID: fmt.Sprint(id)})
	})
	if err != nil {
		return "", err
	}
	return plain, nil
}

const keyPrefix = "dnv_"

func keyHash(plain string) []byte {
	h := sha256.Sum256([]byte(plain))
	return h[:]
}

// VendorKeys lists the keys of a vendor, newest first.
func (m *Mailroom) VendorKeys(ctx context.Context, id VendorID) ([]VendorKey, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT id, hint, created_at, coalesce(revoked_at, '0001-01-01Z') FROM vendor_keys WHERE vendor_id = @id ORDER BY id DESC`,
		pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("list vendor keys: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[VendorKey])
}

// RevokeVendorKey ends a key at once; one that has ended already stays so.
func (m *Mailroom) RevokeVendorKey(ctx context.Context, id VendorID, key int64) error {
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE vendor_keys SET revoked_at = coalesce(revoked_at, @now) WHERE id = @key AND vendor_id = @id`,
			pgx.NamedArgs{"now": now, "key": key, "id": id})
		if err != nil {
			return fmt.Errorf("revoke vendor key: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return orAbsent(pgx.ErrNoRows, "key")
		}
		return m.Register.Audit(ctx, tx, now, campaigns.Deed{Action: "revoke key", Object: "vendor", ID: fmt.Sprint(id)})
	})
}

// VendorByKey says whose key this is and notes that the vendor was heard.
// Whatever is wrong with a key, the answer is the same and takes the same work.
func (m *Mailroom) VendorByKey(ctx context.Context, key string) (Vendor, error) {
	now := m.Clock()
	rows, err := m.Pool.Query(ctx, vendorSelect+`
		JOIN vendor_keys k ON k.vendor_id = v.id
		WHERE k.key_hash = @hash AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > @now)`,
		pgx.NamedArgs{"hash": keyHash(key), "now": now})
	if err != nil {
		return Vendor{}, fmt.Errorf("find vendor by key: %w", err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Vendor])
	if errors.Is(err, pgx.ErrNoRows) {
		return v, fault.New(fault.Unauthenticated, "This key is not known. Ask for a new one.")
	}
	if err != nil {
		return v, fmt.Errorf("find vendor by key: %w", err)
	}
	if now.Sub(v.LastHeardAt) > time.Minute || now.Before(v.LastHeardAt) {
		v.LastHeardAt = now
		_, err = m.Pool.Exec(ctx, `UPDATE vendors SET last_heard_at = @now WHERE id = @id`, pgx.NamedArgs{"now": now, "id": v.ID})
		if err != nil {
			return v, fmt.Errorf("note vendor: %w", err)
		}
	}
	return v, nil
}

// Vendors lists the print vendors by their codes.
func (m *Mailroom) Vendors(ctx context.Context) ([]Vendor, error) {
	rows, err := m.Pool.Query(ctx, vendorSelect+`ORDER BY v.code`)
	if err != nil {
		return nil, fmt.Errorf("list vendors: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Vendor])
}
