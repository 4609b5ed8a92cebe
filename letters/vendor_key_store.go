package letters

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
)

// KeyKind is what a secret of a vendor is for.
type KeyKind string

// The kinds of secrets.
const (
	APIKey       KeyKind = "key"    // sent with each request
	ClientSecret KeyKind = "client" // buys tokens that live for minutes
)

// VendorKey is a secret of a vendor as lists show it; the secret itself is shown once.
type VendorKey struct {
	ID        int64
	Kind      KeyKind
	Hint      string // its last four characters
	CreatedAt time.Time
	UsedAt    time.Time // zero: never; otherwise to the minute
	RevokedAt time.Time
}

// Live tells whether the key opens anything.
func (k VendorKey) Live() bool { return k.RevokedAt.IsZero() }

const (
	// liveKeys is how many secrets of a kind work at a time: one in use, one to change to.
	liveKeys = 2

	keyPrefix    = "dnv_"
	secretPrefix = "dns_"
	clientPrefix = "dnc_"
)

// NewVendorKey is MakeVendorKey of an API key, by the house itself.
func (m *Mailroom) NewVendorKey(ctx context.Context, id VendorID) (plain string, err error) {
	return m.MakeVendorKey(ctx, campaigns.Viewer{Role: campaigns.RoleNational}, id, APIKey)
}

// MakeVendorKey makes a secret of 256 random bits and returns it, once: only
// its hash is kept. Of more than two live ones of its kind the oldest end, so a
// vendor changes to the new one while the one before still works.
func (m *Mailroom) MakeVendorKey(ctx context.Context, by campaigns.Viewer, id VendorID, kind KeyKind) (plain string, err error) {
	if err := mayKeep(by); err != nil {
		return "", err
	}
	prefix := keyPrefix
	if kind == ClientSecret {
		prefix = secretPrefix
	}
	plain = m.marked(prefix) + random(32)
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE vendors SET client_id = CASE WHEN @kind = 'client' THEN coalesce(client_id, @client) ELSE client_id END WHERE id = @id`,
			pgx.NamedArgs{"id": id, "kind": kind, "client": m.marked(clientPrefix) + random(12)})
		if err != nil {
			return fmt.Errorf("keep vendor key: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return orAbsent(pgx.ErrNoRows, "vendor")
		}
		args := pgx.NamedArgs{"id": id, "kind": kind, "hash": keyHash(plain), "hint": plain[len(plain)-4:], "now": now, "live": liveKeys}
		_, err = tx.Exec(ctx, `INSERT INTO vendor_keys (vendor_id, kind, key_hash, hint, created_at) VALUES (@id, @kind, @hash, @hint, @now)`, args)
		if err != nil {
			return fmt.Errorf("keep vendor key: %w", err)
		}
		_, err = tx.Exec(ctx, `
			UPDATE vendor_keys SET revoked_at = @now
			WHERE id IN (SELECT id FROM vendor_keys WHERE vendor_id = @id AND kind = @kind AND revoked_at IS NULL ORDER BY id DESC OFFSET @live)`, args)
		if err != nil {
			return fmt.Errorf("end oldest vendor key: %w", err)
		}
		return m.vendorDeed(ctx, tx, now, by, "new key", id, map[string]any{"kind": kind, "hint": plain[len(plain)-4:]})
	})
	if err != nil {
		return "", err
	}
	return plain, nil
}

func random(bytes int) string {
	raw := make([]byte, bytes)
	rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

func keyHash(plain string) []byte {
	h := sha256.Sum256([]byte(plain))
	return h[:]
}

// VendorKeys lists the secrets of a vendor, newest first.
func (m *Mailroom) VendorKeys(ctx context.Context, id VendorID) ([]VendorKey, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT id, kind, hint, created_at, coalesce(used_at, '0001-01-01Z'), coalesce(revoked_at, '0001-01-01Z')
		FROM vendor_keys WHERE vendor_id = @id ORDER BY id DESC`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("list vendor keys: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[VendorKey])
}

// RevokeVendorKey ends a secret at once, and the tokens that it bought; one
// that has ended already stays so.
func (m *Mailroom) RevokeVendorKey(ctx context.Context, by campaigns.Viewer, id VendorID, key int64) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE vendor_keys SET revoked_at = coalesce(revoked_at, @now) WHERE id = @key AND vendor_id = @id`,
			pgx.NamedArgs{"now": now, "key": key, "id": id})
		if err != nil {
			return fmt.Errorf("revoke vendor key: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return orAbsent(pgx.ErrNoRows, "key")
		}
		return m.vendorDeed(ctx, tx, now, by, "revoke key", id, map[string]any{"key": key})
	})
}
