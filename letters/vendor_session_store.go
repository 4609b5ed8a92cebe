package letters

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// personFailures is how many wrong passwords are looked at for one address of
// mail in failuresWithin.
const personFailures = 10

// SignInPerson checks e-mail address and password of a vendor's person and
// opens a session. What is wrong has one answer and takes the same time; ten in
// ten minutes for one address make it wait. Where a vendor's networks are
// agreed, its people sign in from there only.
func (m *Mailroom) SignInPerson(ctx context.Context, email, password string, from netip.Addr) (token string, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	now := m.Clock()
	sum := sha256.Sum256([]byte(email))
	key := base64.RawURLEncoding.EncodeToString(sum[:12])
	var recent int
	err = m.Pool.QueryRow(ctx, `SELECT count(*)::int FROM failures WHERE kind = 'vendor person' AND key = @key AND at > @since`,
		pgx.NamedArgs{"key": key, "since": now.Add(-failuresWithin)}).Scan(&recent)
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	if recent >= personFailures {
		return "", fault.New(fault.TooMany, "There were too many attempts. Wait ten minutes and try again.")
	}
	var p VendorPerson
	var networks []netip.Prefix
	hash := campaigns.NobodysPassword()
	err = m.Pool.QueryRow(ctx, `
		SELECT p.id, p.vendor_id, p.password_hash, v.networks FROM vendor_people p JOIN vendors v ON v.id = p.vendor_id
		WHERE p.email = @email AND p.ended_at IS NULL AND p.password_hash <> ''`, pgx.NamedArgs{"email": email}).Scan(&p.ID, &p.Vendor, &hash, &networks)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("sign in: %w", err)
	}
	if !campaigns.PasswordFits(hash, password) || p.ID == 0 || !allows(networks, from) {
		if _, err := m.Pool.Exec(ctx, `INSERT INTO failures (kind, key, at) VALUES ('vendor person', @key, @now)`, pgx.NamedArgs{"key": key, "now": now}); err != nil {
			return "", fmt.Errorf("sign in: %w", err)
		}
		return "", fault.New(fault.Unauthenticated, "The e-mail address and the password do not fit, or you are not where your firm's networks are.")
	}
	token = random(32)
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"hash": keyHash(token), "id": p.ID, "now": now, "expires": now.Add(personLife)}
		if _, err := tx.Exec(ctx, `
			INSERT INTO vendor_sessions (token_hash, person_id, created_at, seen_at, expires_at) VALUES (@hash, @id, @now, @now, @expires)`, args); err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
		if _, err := tx.Exec(ctx, `UPDATE vendor_people SET signed_in_at = @now WHERE id = @id`, args); err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
		return m.personDeed(ctx, tx, now, p, "sign in", "vendor", fmt.Sprint(p.Vendor))
	})
	return token, err
}

// PersonOf finds who holds a session that is neither idle for 30 minutes nor
// older than 12 hours, and keeps it awake.
func (m *Mailroom) PersonOf(ctx context.Context, token string) (VendorPerson, error) {
	now := m.Clock()
	rows, err := m.Pool.Query(ctx, `
		WITH x AS (UPDATE vendor_sessions SET seen_at = greatest(seen_at, @now) WHERE token_hash = @hash AND expires_at > @now AND seen_at > @idle RETURNING person_id) `+
		personSelect+`JOIN x ON x.person_id = p.id WHERE p.ended_at IS NULL`,
		pgx.NamedArgs{"hash": keyHash(token), "now": now, "idle": now.Add(-personIdle)})
	if err != nil {
		return VendorPerson{}, fmt.Errorf("read session: %w", err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[VendorPerson])
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.New(fault.Unauthenticated, "Sign in to go on.")
	}
	if err != nil {
		return p, fmt.Errorf("read session: %w", err)
	}
	return p, nil
}

// SignOutPerson ends a session.
func (m *Mailroom) SignOutPerson(ctx context.Context, token string) error {
	if _, err := m.Pool.Exec(ctx, `DELETE FROM vendor_sessions WHERE token_hash = @hash`, pgx.NamedArgs{"hash": keyHash(token)}); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// RotateOwnKey makes a new secret for a person's vendor, as MakeVendorKey does,
// after the password was entered once more.
func (m *Mailroom) RotateOwnKey(ctx context.Context, p VendorPerson, password string, kind KeyKind) (plain string, err error) {
	if err := m.provePerson(ctx, p, password); err != nil {
		return "", err
	}
	if err := m.ByHand(ctx, p, "new key", "vendor", fmt.Sprint(p.Vendor)); err != nil {
		return "", err
	}
	return m.MakeVendorKey(ctx, theHouse, p.Vendor, kind)
}

// OwnSandboxKey makes a key of the sandbox for a person's vendor.
func (m *Mailroom) OwnSandboxKey(ctx context.Context, s *Sandbox, p VendorPerson) (string, error) {
	if err := m.ByHand(ctx, p, "new sandbox key", "vendor", fmt.Sprint(p.Vendor)); err != nil {
		return "", err
	}
	v, err := m.profileOf(ctx, p.Vendor)
	if err != nil {
		return "", err
	}
	return m.SandboxKey(ctx, s, theHouse, v)
}

// RevokeOwnKey ends a secret of a person's vendor. It needs no password: what
// is lost must be ended quickly.
func (m *Mailroom) RevokeOwnKey(ctx context.Context, p VendorPerson, key int64) error {
	if err := m.ByHand(ctx, p, "revoke key", "vendor", fmt.Sprint(p.Vendor)); err != nil {
		return err
	}
	return m.RevokeVendorKey(ctx, theHouse, p.Vendor, key)
}

// theHouse changes what was agreed with a vendor when the vendor itself asks.
var theHouse = campaigns.Viewer{Role: campaigns.RoleNational}

// provePerson takes the password of somebody who is signed in once more.
func (m *Mailroom) provePerson(ctx context.Context, p VendorPerson, password string) error {
	now := m.Clock()
	args := pgx.NamedArgs{"id": p.ID, "key": fmt.Sprint(p.ID), "now": now, "since": now.Add(-failuresWithin)}
	var hash string
	var wrong int
	err := m.Pool.QueryRow(ctx, `
		SELECT password_hash, (SELECT count(*) FROM failures WHERE kind = 'vendor step-up' AND key = @key AND at > @since)::int FROM vendor_people WHERE id = @id`, args).Scan(&hash, &wrong)
	if err := orAbsent(err, "person"); err != nil {
		return err
	}
	switch {
	case wrong >= personFailures:
		return fault.In("password", fault.Refused, "There were too many wrong passwords. Wait ten minutes and try again.")
	case campaigns.PasswordFits(hash, password):
		return nil
	}
	if _, err := m.Pool.Exec(ctx, `INSERT INTO failures (kind, key, at) VALUES ('vendor step-up', @key, @now)`, args); err != nil {
		return fmt.Errorf("prove password: %w", err)
	}
	return fault.In("password", fault.Invalid, "The password does not fit.")
}

// ForgetSessions removes the sessions of vendors' people that are over.
func (m *Mailroom) ForgetSessions(ctx context.Context) error {
	now := m.Clock()
	_, err := m.Pool.Exec(ctx, `DELETE FROM vendor_sessions WHERE expires_at <= @now OR seen_at <= @idle`, pgx.NamedArgs{"now": now, "idle": now.Add(-personIdle)})
	if err != nil {
		return fmt.Errorf("forget sessions: %w", err)
	}
	return nil
}
