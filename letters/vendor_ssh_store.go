package letters

import (
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/ssh"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

// SSHKey is a public key with which a vendor opens the SFTP door.
type SSHKey struct {
	ID          int64
	Fingerprint string // SHA256:…
	Comment     string
	AddedAt     time.Time
	UsedAt      time.Time // zero: never; otherwise to the minute
	RevokedAt   time.Time
}

// Live tells whether the key opens anything.
func (k SSHKey) Live() bool { return k.RevokedAt.IsZero() }

// SFTPHostKey is the key by which vendors recognise the SFTP door. It follows
// from the oldest pepper, so it is the same on every machine and stays when
// peppers change.
func (m *Mailroom) SFTPHostKey() (ssh.Signer, error) {
	codes := m.Desk.Codes()
	if len(codes.Peppers) == 0 {
		return nil, fault.New(fault.Unavailable, "Without a pepper the SFTP door has no key.")
	}
	oldest := codes.Newest
	for id := range codes.Peppers {
		oldest = min(oldest, id)
	}
	seed, err := secretFor(codes, oldest, "key of the SFTP door")
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed))
}

// kindsOfSSHKeys are those that are strong enough.
var kindsOfSSHKeys = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoRSA}

const leastRSA = 3072

func readSSHKey(line string) (ssh.PublicKey, string, error) {
	if strings.Contains(line, "PRIVATE KEY") {
		return nil, "", fault.In("ssh", fault.Invalid, "This is a secret key. Nothing of it was kept; it must be replaced. Give the line of the file that ends in .pub.")
	}
	key, comment, options, rest, err := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(line)))
	if err != nil || len(options) > 0 || len(strings.TrimSpace(string(rest))) > 0 {
		return nil, "", fault.In("ssh", fault.Invalid, "Give one public key as it stands in a file that ends in .pub, such as: ssh-ed25519 AAAA… print room.")
	}
	if !slices.Contains(kindsOfSSHKeys, key.Type()) {
		return nil, "", fault.In("ssh", fault.Invalid, "Keys of the kind %s are not taken. Make one with: ssh-keygen -t ed25519.", short(key.Type()))
	}
	if c, ok := key.(ssh.CryptoPublicKey); ok {
		if r, ok := c.CryptoPublicKey().(*rsa.PublicKey); ok && r.N.BitLen() < leastRSA {
			return nil, "", fault.In("ssh", fault.Invalid, "An RSA key needs %d bits; this one has %d. Make one with: ssh-keygen -t ed25519.", leastRSA, r.N.BitLen())
		}
	}
	return key, short(strings.ToValidUTF8(comment, "?")), nil
}

// AddSSHKey lets a vendor open the SFTP door with the secret half of a public
// key. A key opens for one vendor only; added again it works again.
func (m *Mailroom) AddSSHKey(ctx context.Context, by campaigns.Viewer, id VendorID, line string) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	key, comment, err := readSSHKey(line)
	if err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		printed := ssh.FingerprintSHA256(key)
		tag, err := tx.Exec(ctx, `
			INSERT INTO vendor_ssh_keys AS k (vendor_id, fingerprint, public_key, comment, added_at)
			SELECT v.id, @print, @key, @comment, @now FROM vendors v WHERE v.id = @id
			ON CONFLICT (fingerprint) DO UPDATE SET revoked_at = NULL, added_at = @now, comment = @comment WHERE k.vendor_id = @id`,
			pgx.NamedArgs{"id": id, "print": printed, "key": key.Marshal(), "comment": comment, "now": now})
		if err != nil {
			return fmt.Errorf("add SSH key: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.In("ssh", fault.Conflict, "This key cannot be used here. Give the vendor's own, freshly made.")
		}
		return m.vendorDeed(ctx, tx, now, by, "add SSH key", id, map[string]any{"fingerprint": printed})
	})
}

// SSHKeys lists the public keys of a vendor, newest first.
func (m *Mailroom) SSHKeys(ctx context.Context, id VendorID) ([]SSHKey, error) {
	rows, err := m.Pool.Query(ctx, `
		SELECT id, fingerprint, comment, added_at, coalesce(used_at, '0001-01-01Z'), coalesce(revoked_at, '0001-01-01Z')
		FROM vendor_ssh_keys WHERE vendor_id = @id ORDER BY id DESC`, pgx.NamedArgs{"id": id})
	if err != nil {
		return nil, fmt.Errorf("list SSH keys: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[SSHKey])
}

// RevokeSSHKey ends a public key at once; sessions that are open end with
// their next request.
func (m *Mailroom) RevokeSSHKey(ctx context.Context, by campaigns.Viewer, id VendorID, key int64) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `UPDATE vendor_ssh_keys SET revoked_at = coalesce(revoked_at, @now) WHERE id = @key AND vendor_id = @id`,
			pgx.NamedArgs{"now": now, "key": key, "id": id})
		if err != nil {
			return fmt.Errorf("revoke SSH key: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return orAbsent(pgx.ErrNoRows, "key")
		}
		return m.vendorDeed(ctx, tx, now, by, "revoke SSH key", id, map[string]any{"key": key})
	})
}

// VendorBySSHKey says which vendor opens the SFTP door under a name with a
// public key from an address; what is wrong has one answer. It charges no
// failure, because a client may offer several keys: see RefusedSSH.
func (m *Mailroom) VendorBySSHKey(ctx context.Context, name string, key []byte, from netip.Addr) (Vendor, error) {
	public, err := ssh.ParsePublicKey(key)
	if err != nil {
		return Vendor{}, unknownVendor()
	}
	now := m.Clock()
	var a admitted
	err = m.Pool.QueryRow(ctx, `
		SELECT v.id, v.code, v.name, v.cut_off, coalesce(v.last_heard_at, '0001-01-01Z'), v.networks, k.id, coalesce(k.used_at, '0001-01-01Z')
		FROM vendor_ssh_keys k JOIN vendors v ON v.id = k.vendor_id
		WHERE k.fingerprint = @print AND k.public_key = @key AND k.revoked_at IS NULL AND v.code = upper(@name)`,
		pgx.NamedArgs{"print": ssh.FingerprintSHA256(public), "key": key, "name": name}).
		Scan(&a.vendor.ID, &a.vendor.Code, &a.vendor.Name, &a.vendor.CutOff, &a.vendor.LastHeardAt, &a.networks, &a.key, &a.usedAt)
	switch {
	case errors.Is(err, pgx.ErrNoRows) || err == nil && !allows(a.networks, from):
		return Vendor{}, unknownVendor()
	case err != nil:
		return Vendor{}, fmt.Errorf("find vendor by SSH key: %w", err)
	}
	if stale(a.usedAt, now) {
		_, err = m.Pool.Exec(ctx, `WITH k AS (UPDATE vendor_ssh_keys SET used_at = @now WHERE id = @key) UPDATE vendors SET last_heard_at = @now WHERE id = @id`,
			pgx.NamedArgs{"now": now, "key": a.key, "id": a.vendor.ID})
		if err != nil {
			return Vendor{}, fmt.Errorf("note vendor: %w", err)
		}
	}
	return a.vendor, nil
}

// RefusedSSH charges a connection that proved nothing to its network; with
// fault.TooMany the next ones from there need not be listened to for a while.
func (m *Mailroom) RefusedSSH(ctx context.Context, from netip.Addr) error {
	return m.charge(ctx, m.Clock(), from, unknownVendor())
}
