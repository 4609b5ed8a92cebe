package campaigns

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"duenotice/campaigns/fault"
)

// Session limits (NIST 800-63B AAL2, as health services adopt it).
const (
	SessionIdle = 30 * time.Minute
	SessionLife = 12 * time.Hour
)

// asPg finds the database's own error in a chain.
func asPg(err error, pg **pgconn.PgError) bool { return errors.As(err, pg) }

// AddStaff adds a member of staff. Region is "" for national roles and auditors.
func (r *Register) AddStaff(ctx context.Context, email, name string, role Role, region, password string) (StaffID, error) {
	if err := CheckPassword(password); err != nil {
		return 0, err
	}
	email = strings.ToLower(strings.TrimSpace(email))
	if !strings.Contains(email, "@") {
		return 0, fault.In("email", fault.Invalid, "Give an e-mail address.")
	}
	var id StaffID
	err := r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO staff (email, name, role, region_code, password_hash, created_at)
			VALUES (@email, @name, @role, nullif(@region, ''), @hash, @now) RETURNING id`,
			pgx.NamedArgs{"email": email, "name": name, "role": role, "region": region, "hash": HashPassword(password), "now": now}).Scan(&id)
		var pg *pgconn.PgError
		if asPg(err, &pg) {
			switch pg.Code {
			case "23505":
				return fault.In("email", fault.Conflict, "Somebody with this e-mail address is here already.")
			case "23503":
				return fault.In("region", fault.NotFound, "There is no region with this code.")
			case "23514":
				return fault.In("role", fault.Invalid, "The role is one of national, regional, practice, helpdesk, finance, auditor; all but national and auditor need a region.")
			}
		}
		if err != nil {
			return fmt.Errorf("add staff: %w", err)
		}
		return r.Audit(ctx, tx, now, Deed{Action: "add staff", Object: "staff", ID: fmt.Sprint(id)})
	})
	return id, err
}

// ViewerByEmail finds a member of staff for the command line.
func (r *Register) ViewerByEmail(ctx context.Context, email string) (Viewer, error) {
	var v Viewer
	err := r.Pool.QueryRow(ctx, `SELECT id, name, role, coalesce(region_code, '') FROM staff WHERE email = lower(@email) AND disabled_at IS NULL`,
		pgx.NamedArgs{"email": email}).Scan(&v.ID, &v.Name, &v.Role, &v.Region)
	return v, orAbsent(err, "member of staff")
}

// decoy is verified when nobody has the e-mail address, so that both take the same time.
var decoy = sync.OnceValue(func() string { return HashPassword("nobody has this password") })

// SignIn checks e-mail and password and opens a session. Every failure has
// the same sentence and takes the same time; ten in ten minutes for one
// address make it wait.
func (r *Register) SignIn(ctx context.Context, email, password string) (token string, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	now := r.Clock()
	sum := sha256.Sum256([]byte(email))
	key := base64.RawURLEncoding.EncodeToString(sum[:12])
	var recent int
	err = r.Pool.QueryRow(ctx, `SELECT count(*) FROM failures WHERE kind = 'sign-in' AND key = @key AND at > @since`,
		pgx.NamedArgs{"key": key, "since": now.Add(-10 * time.Minute)}).Scan(&recent)
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	if recent >= 10 {
		return "", fault.New(fault.TooMany, "There were too many attempts. Wait ten minutes and try again.")
	}
	var id StaffID
	hash := decoy()
	err = r.Pool.QueryRow(ctx, `SELECT id, password_hash FROM staff WHERE email = @email AND disabled_at IS NULL`,
		pgx.NamedArgs{"email": email}).Scan(&id, &hash)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("sign in: %w", err)
	}
	if !passwordFits(hash, password) || id == 0 {
		if _, err := r.Pool.Exec(ctx, `INSERT INTO failures (kind, key, at) VALUES ('sign-in', @key, @now)`, pgx.NamedArgs{"key": key, "now": now}); err != nil {
			return "", fmt.Errorf("sign in: %w", err)
		}
		return "", fault.New(fault.Unauthenticated, "The e-mail address and the password do not fit.")
	}
	raw := make([]byte, 32)
	rand.Read(raw)
	token = base64.RawURLEncoding.EncodeToString(raw)
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `INSERT INTO sessions (token_hash, staff_id, created_at, seen_at, expires_at) VALUES (@hash, @id, @now, @now, @expires)`,
			pgx.NamedArgs{"hash": tokenHash(token), "id": id, "now": now, "expires": now.Add(SessionLife)})
		if err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
		return r.Audit(ctx, tx, now, Deed{By: Viewer{ID: id}, Action: "sign in", Object: "staff", ID: fmt.Sprint(id)})
	})
	return token, err
}

func tokenHash(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// Session finds who holds a session that is neither idle for 30 minutes nor
// older than 12 hours, and keeps it awake.
func (r *Register) Session(ctx context.Context, token string) (Viewer, error) {
	var v Viewer
	now := r.Clock()
	err := r.Pool.QueryRow(ctx, `
		UPDATE sessions x SET seen_at = greatest(x.seen_at, @now) FROM staff s
		WHERE x.token_hash = @hash AND s.id = x.staff_id AND s.disabled_at IS NULL AND x.expires_at > @now AND x.seen_at > @idle
		RETURNING s.id, s.name, s.role, coalesce(s.region_code, '')`,
		pgx.NamedArgs{"hash": tokenHash(token), "now": now, "idle": now.Add(-SessionIdle)}).Scan(&v.ID, &v.Name, &v.Role, &v.Region)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, fault.New(fault.Unauthenticated, "Sign in to go on.")
	}
	if err != nil {
		return v, fmt.Errorf("read session: %w", err)
	}
	return v, nil
}

// SignOut ends a session.
func (r *Register) SignOut(ctx context.Context, token string) error {
	_, err := r.Pool.Exec(ctx, `DELETE FROM sessions WHERE token_hash = @hash`, pgx.NamedArgs{"hash": tokenHash(token)})
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	return nil
}

// StaffMember is a line of the list of staff.
type StaffMember struct {
	ID     StaffID
	Email  string
	Name   string
	Role   Role
	Region string
}

// Staff lists who works here.
func (r *Register) Staff(ctx context.Context) ([]StaffMember, error) {
	rows, err := r.Pool.Query(ctx, `SELECT id, email, name, role, coalesce(region_code, '') FROM staff WHERE disabled_at IS NULL ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[StaffMember])
}
