package campaigns

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"duenotice/campaigns/fault"
)

// asPg finds the database's own error in a chain.
func asPg(err error, pg **pgconn.PgError) bool { return errors.As(err, pg) }

// AddStaff adds a member of staff. Region is "" for national roles and auditors.
func (r *Register) AddStaff(ctx context.Context, email, name string, role Role, region, password string) (StaffID, error) {
	return r.addStaff(ctx, Viewer{}, email, name, role, region, password)
}

// AddStaffBy is AddStaff by a national manager.
func (r *Register) AddStaffBy(ctx context.Context, by Viewer, email, name string, role Role, region, password string) (StaffID, error) {
	if err := changesTeam(by, 0); err != nil {
		return 0, err
	}
	return r.addStaff(ctx, by, email, name, role, region, password)
}

func (r *Register) addStaff(ctx context.Context, by Viewer, email, name string, role Role, region, password string) (StaffID, error) {
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
		if err := wrongStaff(err); fault.Of(err) != nil {
			return err
		}
		if err != nil {
			return fmt.Errorf("add staff: %w", err)
		}
		return r.Audit(ctx, tx, now, Deed{By: by, Action: "add staff", Object: "staff", ID: fmt.Sprint(id)})
	})
	return id, err
}

// wrongStaff turns what the table refuses into the fault of a field.
func wrongStaff(err error) error {
	var pg *pgconn.PgError
	if !asPg(err, &pg) {
		return err
	}
	switch pg.Code {
	case "23505":
		return fault.In("email", fault.Conflict, "Somebody with this e-mail address is here already.")
	case "23503":
		return fault.In("region", fault.NotFound, "There is no region with this code.")
	case "23514":
		return fault.In("role", fault.Invalid, "The role is one of national, regional, practice, helpdesk, finance, auditor; all but national and auditor need a region.")
	}
	return err
}

// ViewerByEmail finds a member of staff for the command line.
func (r *Register) ViewerByEmail(ctx context.Context, email string) (Viewer, error) {
	var v Viewer
	err := r.Pool.QueryRow(ctx, `SELECT id, name, role, coalesce(region_code, '') FROM staff WHERE email = lower(@email) AND disabled_at IS NULL`,
		pgx.NamedArgs{"email": email}).Scan(&v.ID, &v.Name, &v.Role, &v.Region)
	return v, orAbsent(err, "member of staff")
}
