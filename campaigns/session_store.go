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

	"duenotice/campaigns/fault"
)

// Session limits (NIST 800-63B AAL2, as health services adopt it).
const (
	SessionIdle = 30 * time.Minute
	SessionLife = 12 * time.Hour
	// ProofLife is how long a proof of identity is fresh enough for what
	// cannot be taken back: approving, releasing, extending, making keys.
	ProofLife = 10 * time.Minute
	// failuresAllowed within failuresWithin make an address wait.
	failuresAllowed, failuresWithin = 10, 10 * time.Minute
)

// decoy is verified when nobody has the e-mail address, so that both take the same time.
var decoy = sync.OnceValue(func() string { return HashPassword("nobody has this password") })

var errWrongPassword = fault.New(fault.Unauthenticated, "The e-mail address and the password do not fit.")

// SignIn checks e-mail and password and opens a session. Every failure has
// the same sentence and takes the same time; ten in ten minutes for one
// address make it wait. The device is what the browser says of itself.
// Where a second factor is due, the session opens nothing until ProveFactor.
func (r *Register) SignIn(ctx context.Context, email, password, device string) (token string, err error) {
	email = strings.ToLower(strings.TrimSpace(email))
	key := failureKey(email)
	if err := r.failedTooOften(ctx, "sign-in", key); err != nil {
		return "", err
	}
	var id StaffID
	var factor bool
	hash := decoy()
	err = r.Pool.QueryRow(ctx, `
		SELECT s.id, s.password_hash, EXISTS (SELECT FROM second_factors f WHERE f.staff_id = s.id AND f.confirmed_at IS NOT NULL)
		FROM staff s WHERE s.email = @email AND s.disabled_at IS NULL`,
		pgx.NamedArgs{"email": email}).Scan(&id, &hash, &factor)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("sign in: %w", err)
	}
	if !passwordFits(hash, password) || id == 0 {
		return "", r.failed(ctx, "sign-in", key, errWrongPassword)
	}
	half := factor || r.Options.SecondFactor
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		if token, err = openSession(ctx, tx, now, id, device, half); err != nil {
			return err
		}
		if half {
			return nil
		}
		return r.Audit(ctx, tx, now, Deed{By: Viewer{ID: id}, Action: "sign in", Object: "staff", ID: fmt.Sprint(id)})
	})
	return token, err
}

func openSession(ctx context.Context, tx pgx.Tx, now time.Time, id StaffID, device string, half bool) (string, error) {
	raw := make([]byte, 32)
	rand.Read(raw)
	token := base64.RawURLEncoding.EncodeToString(raw)
	if runes := []rune(device); len(runes) > 200 {
		device = string(runes[:200])
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO sessions (token_hash, staff_id, created_at, seen_at, expires_at, device, proved_at)
		VALUES (@hash, @id, @now, @now, @expires, @device, CASE WHEN @half THEN NULL ELSE @now::timestamptz END)`,
		pgx.NamedArgs{"hash": tokenHash(token), "id": id, "now": now, "expires": now.Add(SessionLife), "half": half,
			"device": strings.ToValidUTF8(strings.ReplaceAll(device, "\x00", ""), "")})
	if err != nil {
		return "", fmt.Errorf("open session: %w", err)
	}
	return token, nil
}

func tokenHash(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

func failureKey(of string) string {
	sum := sha256.Sum256([]byte(of))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// failedTooOften refuses whoever has failed too often of late.
func (r *Register) failedTooOften(ctx context.Context, kind, key string) error {
	var recent int
	err := r.Pool.QueryRow(ctx, `SELECT count(*) FROM failures WHERE kind = @kind AND key = @key AND at > @since`,
		pgx.NamedArgs{"kind": kind, "key": key, "since": r.Clock().Add(-failuresWithin)}).Scan(&recent)
	if err != nil {
		return fmt.Errorf("count failures: %w", err)
	}
	if recent >= failuresAllowed {
		return fault.New(fault.TooMany, "There were too many attempts. Wait ten minutes and try again.")
	}
	return nil
}

// failed counts a failed proof and answers it.
func (r *Register) failed(ctx context.Context, kind, key string, answer error) error {
	_, err := r.Pool.Exec(ctx, `INSERT INTO failures (kind, key, at) VALUES (@kind, @key, @now)`,
		pgx.NamedArgs{"kind": kind, "key": key, "now": r.Clock()})
	if err != nil {
		return fmt.Errorf("count failure: %w", err)
	}
	return answer
}

// Session finds who holds a session that is neither idle for 30 minutes nor
// older than 12 hours, and keeps it awake. One that still waits for a second
// factor opens nothing here.
func (r *Register) Session(ctx context.Context, token string) (Viewer, error) {
	return r.session(ctx, token, `proved_at IS NOT NULL`)
}

// HalfSession finds who gave the right password and still owes the second factor.
func (r *Register) HalfSession(ctx context.Context, token string) (Viewer, error) {
	return r.session(ctx, token, `proved_at IS NULL`)
}

func (r *Register) session(ctx context.Context, token, which string) (Viewer, error) {
	var v Viewer
	now := r.Clock()
	err := r.Pool.QueryRow(ctx, `
		UPDATE sessions x SET seen_at = greatest(x.seen_at, @now) FROM staff s
		WHERE x.token_hash = @hash AND s.id = x.staff_id AND s.disabled_at IS NULL AND x.expires_at > @now AND x.seen_at > @idle AND x.`+which+`
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

// ProvedLately tells whether the holder of a session proved who they are
// within a time, as a rule ProofLife.
func (r *Register) ProvedLately(ctx context.Context, token string, within time.Duration) (bool, error) {
	var at *time.Time
	err := r.Pool.QueryRow(ctx, `SELECT proved_at FROM sessions WHERE token_hash = @hash`, pgx.NamedArgs{"hash": tokenHash(token)}).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read session: %w", err)
	}
	return at != nil && r.Clock().Sub(*at) <= within, nil
}

// ProveAgain asks the holder of a session for their password and, where they
// have one, the code of their second factor, and makes the proof fresh.
// Failures count like those of signing in.
func (r *Register) ProveAgain(ctx context.Context, token, password, code string) error {
	by, err := r.Session(ctx, token)
	if err != nil {
		return err
	}
	key := failureKey(fmt.Sprint("staff ", by.ID))
	if err := r.failedTooOften(ctx, "sign-in", key); err != nil {
		return err
	}
	var hash string
	var factor bool
	err = r.Pool.QueryRow(ctx, `
		SELECT s.password_hash, EXISTS (SELECT FROM second_factors f WHERE f.staff_id = s.id AND f.confirmed_at IS NOT NULL) FROM staff s WHERE s.id = @id`,
		pgx.NamedArgs{"id": by.ID}).Scan(&hash, &factor)
	if err != nil {
		return fmt.Errorf("prove again: %w", err)
	}
	if !passwordFits(hash, password) {
		return r.failed(ctx, "sign-in", key, fault.In("proof-password", fault.Invalid, "This is not your password."))
	}
	if factor {
		if err := r.useFactor(ctx, by.ID, code, "proof-code"); err != nil {
			return err
		}
	}
	_, err = r.Pool.Exec(ctx, `UPDATE sessions SET proved_at = @now WHERE token_hash = @hash`, pgx.NamedArgs{"hash": tokenHash(token), "now": r.Clock()})
	if err != nil {
		return fmt.Errorf("prove again: %w", err)
	}
	return nil
}

// OpenSession is a session as its holder sees it in a list.
type OpenSession struct {
	ID      int64
	Device  string // what the browser says of itself
	Since   time.Time
	Seen    time.Time
	Current bool
}

// Sessions lists the open sessions of a member of staff, the newest first;
// the one that asks is marked.
func (r *Register) Sessions(ctx context.Context, of StaffID, token string) ([]OpenSession, error) {
	now := r.Clock()
	rows, err := r.Pool.Query(ctx, `
		SELECT id, device, created_at, seen_at, token_hash = @hash FROM sessions
		WHERE staff_id = @of AND expires_at > @now AND seen_at > @idle AND proved_at IS NOT NULL ORDER BY id DESC`,
		pgx.NamedArgs{"of": of, "hash": tokenHash(token), "now": now, "idle": now.Add(-SessionIdle)})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[OpenSession])
}

// EndSession ends one of the sessions of whoever asks; id 0 ends all but the
// one that asks.
func (r *Register) EndSession(ctx context.Context, by Viewer, id int64, token string) error {
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE staff_id = @by AND (id = @id OR @id = 0 AND token_hash <> @hash)`,
			pgx.NamedArgs{"by": by.ID, "id": id, "hash": tokenHash(token)})
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "end sessions", Object: "staff", ID: fmt.Sprint(by.ID)})
	})
}
