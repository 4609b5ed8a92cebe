package campaigns

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// factorClock is the clock of telephones: the wall's, whatever the product's says.
func (r *Register) factorClock() time.Time {
	if r.Options.Telephones != nil {
		return r.Options.Telephones()
	}
	return r.Clock()
}

// HasFactor tells whether somebody has a second factor in use.
func (r *Register) HasFactor(ctx context.Context, of StaffID) (bool, error) {
	var has bool
	err := r.Pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM second_factors WHERE staff_id = @of AND confirmed_at IS NOT NULL)`, pgx.NamedArgs{"of": of}).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("read second factor: %w", err)
	}
	return has, nil
}

// BeginFactor shows the secret of a second factor to be set up. Asked again
// before it is confirmed, it shows the same one; a factor in use is Refused.
func (r *Register) BeginFactor(ctx context.Context, of StaffID) (f NewFactor, err error) {
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var email string
		if err := tx.QueryRow(ctx, `SELECT email FROM staff WHERE id = @of FOR UPDATE`, pgx.NamedArgs{"of": of}).Scan(&email); err != nil {
			return orAbsent(err, "member of staff")
		}
		secret, _, confirmed, err := r.factor(ctx, tx, of)
		if err != nil {
			return err
		}
		if confirmed {
			return fault.New(fault.Refused, "You have a second factor. To set up another telephone, have this one taken away first.")
		}
		if secret == nil {
			secret = make([]byte, factorSecret)
			rand.Read(secret)
			sealed, err := r.Options.FactorKeys.seal(of, secret)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `INSERT INTO second_factors (staff_id, sealed, key_number, added_at) VALUES (@of, @sealed, @number, @now)`,
				pgx.NamedArgs{"of": of, "sealed": sealed, "number": r.Options.FactorKeys.Newest, "now": now})
			if err != nil {
				return fmt.Errorf("begin second factor: %w", err)
			}
		}
		f = newFactor("Due Notice", email, secret)
		return nil
	})
	return f, err
}

// factor reads the secret of somebody; nil when there is none.
func (r *Register) factor(ctx context.Context, tx pgx.Tx, of StaffID) (secret []byte, last int64, confirmed bool, err error) {
	var sealed []byte
	var number int16
	err = tx.QueryRow(ctx, `SELECT sealed, key_number, last_step, confirmed_at IS NOT NULL FROM second_factors WHERE staff_id = @of FOR UPDATE`,
		pgx.NamedArgs{"of": of}).Scan(&sealed, &number, &last, &confirmed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, 0, false, nil
	}
	if err != nil {
		return nil, 0, false, fmt.Errorf("read second factor: %w", err)
	}
	secret, err = r.Options.FactorKeys.open(number, of, sealed)
	return secret, last, confirmed, err
}

// ConfirmFactor takes the first code of a new second factor and returns the
// codes for a lost telephone, which are shown only now.
func (r *Register) ConfirmFactor(ctx context.Context, of StaffID, code string) (recovery []string, err error) {
	if err := r.failedTooOften(ctx, "second factor", failureKey(fmt.Sprint(of))); err != nil {
		return nil, err
	}
	wrong := false
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		secret, last, confirmed, err := r.factor(ctx, tx, of)
		if err != nil {
			return err
		}
		if secret == nil || confirmed {
			return fault.New(fault.Conflict, "There is no second factor to confirm. Start again.")
		}
		step, fits := stepOf(secret, code, r.factorClock(), last)
		if wrong = !fits; wrong {
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE second_factors SET confirmed_at = @now, last_step = @step WHERE staff_id = @of`,
			pgx.NamedArgs{"of": of, "now": now, "step": step})
		if err != nil {
			return fmt.Errorf("confirm second factor: %w", err)
		}
		recovery = newRecoveryCodes()
		var hashes [][]byte
		for _, c := range recovery {
			hashes = append(hashes, recoveryHash(of, c))
		}
		if _, err := tx.Exec(ctx, `DELETE FROM recovery_codes WHERE staff_id = @of`, pgx.NamedArgs{"of": of}); err != nil {
			return fmt.Errorf("confirm second factor: %w", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO recovery_codes (staff_id, hash) SELECT @of, unnest(@hashes::bytea[])`, pgx.NamedArgs{"of": of, "hashes": hashes}); err != nil {
			return fmt.Errorf("confirm second factor: %w", err)
		}
		return r.Audit(ctx, tx, now, Deed{By: Viewer{ID: of}, Action: "set up a second factor", Object: "staff", ID: fmt.Sprint(of)})
	})
	if err == nil && wrong {
		return nil, r.failed(ctx, "second factor", failureKey(fmt.Sprint(of)), wrongCode("code"))
	}
	return recovery, err
}

func wrongCode(field string) error {
	return fault.In(field, fault.Invalid, "This code does not fit. Give the one that the app shows now.")
}

// useFactor checks a code of the app, or one of those for a lost telephone; each opens once.
func (r *Register) useFactor(ctx context.Context, of StaffID, code, field string) error {
	key := failureKey(fmt.Sprint(of))
	if err := r.failedTooOften(ctx, "second factor", key); err != nil {
		return err
	}
	fits := false
	err := r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		secret, last, confirmed, err := r.factor(ctx, tx, of)
		if err != nil || !confirmed {
			return err
		}
		if step, ok := stepOf(secret, code, r.factorClock(), last); ok {
			fits = true
			_, err := tx.Exec(ctx, `UPDATE second_factors SET last_step = @step WHERE staff_id = @of`, pgx.NamedArgs{"of": of, "step": step})
			if err != nil {
				return fmt.Errorf("use second factor: %w", err)
			}
			return nil
		}
		done, err := tx.Exec(ctx, `UPDATE recovery_codes SET used_at = @now WHERE staff_id = @of AND hash = @hash AND used_at IS NULL`,
			pgx.NamedArgs{"of": of, "now": now, "hash": recoveryHash(of, code)})
		if err != nil {
			return fmt.Errorf("use recovery code: %w", err)
		}
		if fits = done.RowsAffected() == 1; !fits {
			return nil
		}
		return r.Audit(ctx, tx, now, Deed{By: Viewer{ID: of}, Action: "use a recovery code", Object: "staff", ID: fmt.Sprint(of)})
	})
	if err != nil || fits {
		return err
	}
	return r.failed(ctx, "second factor", key, wrongCode(field))
}

// ProveFactor takes the second factor of a half-open session and opens a
// whole one in its place, under another token.
func (r *Register) ProveFactor(ctx context.Context, half, code string) (token string, err error) {
	by, err := r.HalfSession(ctx, half)
	if err != nil {
		return "", err
	}
	if err := r.useFactor(ctx, by.ID, code, "code"); err != nil {
		return "", err
	}
	return r.wholeSession(ctx, by, half)
}

// SetUpFactor is ConfirmFactor for the holder of a half-open session, who has
// no other factor: it opens a whole one in its place.
func (r *Register) SetUpFactor(ctx context.Context, half, code string) (recovery []string, token string, err error) {
	by, err := r.HalfSession(ctx, half)
	if err != nil {
		return nil, "", err
	}
	if recovery, err = r.ConfirmFactor(ctx, by.ID, code); err != nil {
		return nil, "", err
	}
	token, err = r.wholeSession(ctx, by, half)
	return recovery, token, err
}

func (r *Register) wholeSession(ctx context.Context, by Viewer, half string) (token string, err error) {
	err = r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var device string
		err := tx.QueryRow(ctx, `DELETE FROM sessions WHERE token_hash = @hash AND proved_at IS NULL RETURNING device`, pgx.NamedArgs{"hash": tokenHash(half)}).Scan(&device)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.Unauthenticated, "Sign in to go on.")
		}
		if err != nil {
			return fmt.Errorf("open session: %w", err)
		}
		if token, err = openSession(ctx, tx, now, by.ID, device, false); err != nil {
			return err
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "sign in", Object: "staff", ID: fmt.Sprint(by.ID)})
	})
	return token, err
}
