package campaigns

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns/fault"
)

// StaffMember is a line of the list of staff.
type StaffMember struct {
	ID       StaffID
	Email    string
	Name     string
	Role     Role
	Region   string
	Disabled bool
	Factor   bool       // has a second factor in use
	Seen     *time.Time // in an open session
}

// Staff lists who works here and may sign in.
func (r *Register) Staff(ctx context.Context) ([]StaffMember, error) {
	return r.staffWhere(ctx, `s.disabled_at IS NULL`, nil)
}

// Team lists everybody somebody may see: all for those of no region, and
// whoever belongs to their region for others. Those who left come last.
func (r *Register) Team(ctx context.Context, by Viewer) ([]StaffMember, error) {
	return r.staffWhere(ctx, `(@region = '' OR s.region_code = @region)`, pgx.NamedArgs{"region": by.Region})
}

func (r *Register) staffWhere(ctx context.Context, where string, args pgx.NamedArgs) ([]StaffMember, error) {
	if args == nil {
		args = pgx.NamedArgs{}
	}
	rows, err := r.Pool.Query(ctx, `
		SELECT s.id, s.email, s.name, s.role, coalesce(s.region_code, ''), s.disabled_at IS NOT NULL,
			EXISTS (SELECT FROM second_factors f WHERE f.staff_id = s.id AND f.confirmed_at IS NOT NULL),
			(SELECT max(x.seen_at) FROM sessions x WHERE x.staff_id = s.id AND x.proved_at IS NOT NULL)
		FROM staff s WHERE `+where+` ORDER BY s.disabled_at IS NOT NULL, s.name, s.id`, args)
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[StaffMember])
}

// FirstPassword is made for somebody who is told it once.
func FirstPassword() string { return rand.Text()[:20] }

// changesTeam says who may change the staff: national managers, and never themselves.
func changesTeam(by Viewer, of StaffID) error {
	if by.Role != RoleNational {
		return fault.New(fault.Forbidden, "Only national managers change who works here.")
	}
	if by.ID == of {
		return fault.New(fault.Refused, "Nobody changes their own role or rights. Ask another national manager.")
	}
	return nil
}

// ChangeStaff gives somebody another role or region. Their sessions end: what
// they may do is asked anew when they sign in.
func (r *Register) ChangeStaff(ctx context.Context, by Viewer, of StaffID, role Role, region string) error {
	if err := changesTeam(by, of); err != nil {
		return err
	}
	if role == RoleNational || role == RoleAuditor {
		region = ""
	} else if region == "" {
		return fault.In("region", fault.Invalid, "Choose the region they work for.")
	}
	return r.ofStaff(ctx, by, of, Deed{Action: "change role", Detail: map[string]any{"role": role, "region": region}}, func(tx pgx.Tx, _ time.Time) error {
		_, err := tx.Exec(ctx, `UPDATE staff SET role = @role, region_code = nullif(@region, '') WHERE id = @of`,
			pgx.NamedArgs{"of": of, "role": role, "region": region})
		return wrongStaff(err)
	})
}

// DisableStaff ends somebody's access at once, or gives it back.
func (r *Register) DisableStaff(ctx context.Context, by Viewer, of StaffID, disabled bool) error {
	if err := changesTeam(by, of); err != nil {
		return err
	}
	action := "give access back"
	if disabled {
		action = "end access"
	}
	return r.ofStaff(ctx, by, of, Deed{Action: action}, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `UPDATE staff SET disabled_at = CASE WHEN @disabled THEN @now::timestamptz END WHERE id = @of`,
			pgx.NamedArgs{"of": of, "disabled": disabled, "now": now})
		return err
	})
}

// ResetStaff gives somebody who lost their password or telephone a new first
// password, which is returned once, and takes their second factor away.
func (r *Register) ResetStaff(ctx context.Context, by Viewer, of StaffID) (password string, err error) {
	if err := changesTeam(by, of); err != nil {
		return "", err
	}
	password = FirstPassword()
	err = r.ofStaff(ctx, by, of, Deed{Action: "reset password and second factor"}, func(tx pgx.Tx, _ time.Time) error {
		for _, sql := range []string{
			`UPDATE staff SET password_hash = @hash WHERE id = @of`,
			`DELETE FROM second_factors WHERE staff_id = @of`,
			`DELETE FROM recovery_codes WHERE staff_id = @of`,
		} {
			if _, err := tx.Exec(ctx, sql, pgx.NamedArgs{"of": of, "hash": HashPassword(password)}); err != nil {
				return err
			}
		}
		return nil
	})
	return password, err
}

// ChangePassword gives whoever asks another password. Their other sessions end.
func (r *Register) ChangePassword(ctx context.Context, by Viewer, token, old, password string) error {
	if err := CheckPassword(password); err != nil {
		return err
	}
	key := failureKey(fmt.Sprint("staff ", by.ID))
	if err := r.failedTooOften(ctx, "sign-in", key); err != nil {
		return err
	}
	var hash string
	if err := r.Pool.QueryRow(ctx, `SELECT password_hash FROM staff WHERE id = @by`, pgx.NamedArgs{"by": by.ID}).Scan(&hash); err != nil {
		return orAbsent(err, "member of staff")
	}
	if !passwordFits(hash, old) {
		return r.failed(ctx, "sign-in", key, fault.In("old", fault.Invalid, "This is not your present password."))
	}
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		_, err := tx.Exec(ctx, `UPDATE staff SET password_hash = @hash WHERE id = @by`, pgx.NamedArgs{"by": by.ID, "hash": HashPassword(password)})
		if err != nil {
			return fmt.Errorf("change password: %w", err)
		}
		_, err = tx.Exec(ctx, `DELETE FROM sessions WHERE staff_id = @by AND token_hash <> @token`, pgx.NamedArgs{"by": by.ID, "token": tokenHash(token)})
		if err != nil {
			return fmt.Errorf("change password: %w", err)
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "change password", Object: "staff", ID: fmt.Sprint(by.ID)})
	})
}

// ofStaff changes a member of staff, ends their sessions and writes it down.
func (r *Register) ofStaff(ctx context.Context, by Viewer, of StaffID, d Deed, change func(tx pgx.Tx, now time.Time) error) error {
	return r.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var email string
		if err := tx.QueryRow(ctx, `SELECT email FROM staff WHERE id = @of FOR UPDATE`, pgx.NamedArgs{"of": of}).Scan(&email); err != nil {
			return orAbsent(err, "member of staff")
		}
		if err := change(tx, now); err != nil {
			if fault.Of(err) != nil {
				return err
			}
			return fmt.Errorf("%s: %w", d.Action, err)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE staff_id = @of`, pgx.NamedArgs{"of": of}); err != nil {
			return fmt.Errorf("%s: %w", d.Action, err)
		}
		d.By, d.Object, d.ID = by, "staff", fmt.Sprint(of)
		return r.Audit(ctx, tx, now, d)
	})
}

// Region is a place people may work for.
type Region struct{ Code, Name string }

// Regions lists the regions in force today, by name: ICBs, and SHAs where an
// installation works with those.
func (r *Register) Regions(ctx context.Context) ([]Region, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT code, name FROM regions WHERE kind IN ('icb', 'sha')
			AND (valid_from IS NULL OR valid_from <= @day::date) AND (valid_to IS NULL OR valid_to >= @day::date) ORDER BY name`,
		pgx.NamedArgs{"day": r.Clock.Today().String()})
	if err != nil {
		return nil, fmt.Errorf("list regions: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Region])
}
