package letters

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// Failures are counted by network: so many in so long, and the next are not
// looked at any longer. Whoever proves who they are is never held up by them.
const (
	failuresAllowed = 20
	failuresWithin  = 10 * time.Minute
)

// unknownVendor is the one answer to whoever does not prove who they are,
// whatever was wrong.
func unknownVendor() error {
	return fault.New(fault.Unauthenticated, "This key is not known. Ask for a new one.")
}

// admitted is a vendor with what its admission depends on.
type admitted struct {
	vendor   Vendor
	networks []netip.Prefix
	key      int64
	usedAt   time.Time
}

const admitSelect = `
	SELECT v.id, v.code, v.name, v.cut_off, coalesce(v.last_heard_at, '0001-01-01Z'), v.networks, k.id, coalesce(k.used_at, '0001-01-01Z')
	FROM vendors v JOIN vendor_keys k ON k.vendor_id = v.id WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > @now) AND `

// find finds who has a secret; nobody is the one answer to all that is wrong.
func (m *Mailroom) find(ctx context.Context, now time.Time, where string, args pgx.NamedArgs) (a admitted, err error) {
	args["now"] = now
	err = m.Pool.QueryRow(ctx, admitSelect+where, args).
		Scan(&a.vendor.ID, &a.vendor.Code, &a.vendor.Name, &a.vendor.CutOff, &a.vendor.LastHeardAt, &a.networks, &a.key, &a.usedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, unknownVendor()
	}
	if err != nil {
		return a, fmt.Errorf("find vendor by key: %w", err)
	}
	return a, nil
}

// bearer finds who sends an API key or a token.
func (m *Mailroom) bearer(ctx context.Context, now time.Time, text string) (admitted, error) {
	if strings.HasPrefix(text, tokenPrefix) {
		t, ok := readToken(m.Desk.Codes(), tokenPrefix+strings.TrimPrefix(text, m.marked(tokenPrefix)), now)
		if !ok {
			t = token{} // asked all the same, so that both take the same work
		}
		return m.find(ctx, now, `k.id = @key AND k.vendor_id = @vendor AND k.kind = 'client'`, pgx.NamedArgs{"key": t.key, "vendor": t.vendor})
	}
	return m.find(ctx, now, `k.key_hash = @hash AND k.kind = 'key'`, pgx.NamedArgs{"hash": keyHash(text)})
}

// VendorByKey says whose key or token this is and notes that the vendor was
// heard. Whatever is wrong with it, the answer is the same and takes the same work.
func (m *Mailroom) VendorByKey(ctx context.Context, key string) (Vendor, error) {
	now := m.Clock()
	a, err := m.bearer(ctx, now, key)
	if err != nil {
		return Vendor{}, err
	}
	return a.vendor, m.heard(ctx, now, &a)
}

// Admit says which vendor asks with a key or a token from an address. A key
// that does not work and one that comes from a network that was not allowed
// look the same (fault.Unauthenticated); after many of either from one network
// it is fault.TooMany, which no right key is ever told.
func (m *Mailroom) Admit(ctx context.Context, key string, from netip.Addr) (Vendor, error) {
	now := m.Clock()
	a, err := m.bearer(ctx, now, key)
	return m.admit(ctx, now, a, err, from)
}

func (m *Mailroom) admit(ctx context.Context, now time.Time, a admitted, err error, from netip.Addr) (Vendor, error) {
	if err == nil && !allows(a.networks, from) {
		sentence := fmt.Sprintf("Somebody asked with a right key of %s from a network that is not allowed (%s). Was the key lost, or has the vendor moved?",
			a.vendor.Name, networkOf(from))
		if err := m.Register.Watched(ctx, wrongNetwork, a.vendor.Code, sentence); err != nil {
			return Vendor{}, err
		}
		err = unknownVendor()
	}
	if fault.Is(err, fault.Unauthenticated) {
		return Vendor{}, m.charge(ctx, now, from, err)
	}
	if err != nil {
		return Vendor{}, err
	}
	return a.vendor, m.heard(ctx, now, &a)
}

// BuyToken gives a vendor that knows its client id and a secret a token for
// TokenLife. What is wrong is told as by Admit.
func (m *Mailroom) BuyToken(ctx context.Context, client, secret string, from netip.Addr) (string, error) {
	now := m.Clock()
	a, err := m.find(ctx, now, `k.key_hash = @hash AND k.kind = 'client' AND v.client_id = @client`,
		pgx.NamedArgs{"hash": keyHash(secret), "client": client})
	v, err := m.admit(ctx, now, a, err, from)
	if err != nil {
		return "", err
	}
	text, err := token{v.ID, a.key, now.Add(TokenLife)}.sign(m.Desk.Codes())
	return m.marked(tokenPrefix) + strings.TrimPrefix(text, tokenPrefix), err
}

// charge counts a failure against the network it came from.
func (m *Mailroom) charge(ctx context.Context, now time.Time, from netip.Addr, failure error) error {
	args := pgx.NamedArgs{"key": networkOf(from), "now": now, "since": now.Add(-failuresWithin), "most": failuresAllowed}
	tag, err := m.Pool.Exec(ctx, `
		INSERT INTO failures (kind, key, at) SELECT 'vendor', @key::text, @now::timestamptz
		WHERE (SELECT count(*) FROM failures WHERE kind = 'vendor' AND key = @key AND at > @since) < @most`, args)
	if err != nil {
		return fmt.Errorf("count failure: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.TooMany, "There were many keys from your network that do not work. Wait ten minutes; a key that works is let in all the same.")
	}
	return failure
}

// heard notes, to the minute, that a vendor asked, and with which key.
func (m *Mailroom) heard(ctx context.Context, now time.Time, a *admitted) error {
	if stale(a.vendor.LastHeardAt, now) {
		a.vendor.LastHeardAt = now
		if _, err := m.Pool.Exec(ctx, `UPDATE vendors SET last_heard_at = @now WHERE id = @id`, pgx.NamedArgs{"now": now, "id": a.vendor.ID}); err != nil {
			return fmt.Errorf("note vendor: %w", err)
		}
	}
	if stale(a.usedAt, now) {
		if _, err := m.Pool.Exec(ctx, `UPDATE vendor_keys SET used_at = @now WHERE id = @id`, pgx.NamedArgs{"now": now, "id": a.key}); err != nil {
			return fmt.Errorf("note use of key: %w", err)
		}
	}
	return nil
}

func stale(at, now time.Time) bool { return now.Sub(at) > time.Minute || now.Before(at) }

// networkOf is where failures are counted: one IPv4 address, or the /64 that
// one household has of IPv6.
func networkOf(from netip.Addr) string {
	from = from.Unmap().WithZone("")
	bits := 64
	if from.Is4() {
		bits = 32
	}
	p, err := from.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return p.String()
}
