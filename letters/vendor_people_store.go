package letters

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
)

const personSelect = `
	SELECT p.id, p.vendor_id, v.code, v.name, p.email, p.name, p.added_at, coalesce(p.signed_in_at, '0001-01-01Z'), coalesce(p.invite_ends, '0001-01-01Z'),
		p.password_hash <> '' FROM vendor_people p JOIN vendors v ON v.id = p.vendor_id `

// VendorPeople lists who may sign in for a vendor.
func (m *Mailroom) VendorPeople(ctx context.Context, vendor VendorID) ([]VendorPerson, error) {
	rows, err := m.Pool.Query(ctx, personSelect+`WHERE p.vendor_id = @vendor AND p.ended_at IS NULL ORDER BY p.name, p.id`, pgx.NamedArgs{"vendor": vendor})
	if err != nil {
		return nil, fmt.Errorf("list a vendor's people: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[VendorPerson])
}

// InvitePerson lets somebody sign in for a vendor and returns the code, once,
// with which they choose a password within InviteLife. Somebody of this vendor
// who is invited again loses password and sessions: it is how a forgotten or
// lost password is replaced. An address is somebody's of one vendor only.
func (m *Mailroom) InvitePerson(ctx context.Context, by campaigns.Viewer, vendor VendorID, email, name string) (code string, err error) {
	if err := mayKeep(by); err != nil {
		return "", err
	}
	if email, name, err = tidyPerson(email, name); err != nil {
		return "", err
	}
	code = invitePrefix + random(24)
	err = m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		args := pgx.NamedArgs{"vendor": vendor, "email": email, "name": name, "hash": keyHash(code), "ends": now.Add(InviteLife), "now": now, "by": by.ID, "most": mostPeople}
		var others int
		if err := tx.QueryRow(ctx, `SELECT count(*)::int FROM vendor_people WHERE vendor_id = @vendor AND ended_at IS NULL AND email <> @email`, args).Scan(&others); err != nil {
			return fmt.Errorf("count a vendor's people: %w", err)
		}
		if others >= mostPeople {
			return fault.In("person-email", fault.Refused, "A vendor has at most %d people here. End one first.", mostPeople)
		}
		var id PersonID
		err := tx.QueryRow(ctx, `
			INSERT INTO vendor_people AS p (vendor_id, email, name, invite_hash, invite_ends, added_at, added_by)
			SELECT v.id, @email, @name, @hash, @ends, @now, nullif(@by::bigint, 0) FROM vendors v WHERE v.id = @vendor
			ON CONFLICT (email) DO UPDATE SET vendor_id = @vendor, name = @name, password_hash = '', invite_hash = @hash, invite_ends = @ends, ended_at = NULL
				WHERE p.vendor_id = @vendor OR p.ended_at IS NOT NULL RETURNING p.id`, args).Scan(&id)
		if fault.Is(orAbsent(err, "vendor"), fault.NotFound) {
			return fault.In("person-email", fault.Conflict, "Somebody with this e-mail address signs in for another vendor.")
		}
		if err != nil {
			return fmt.Errorf("invite: %w", err)
		}
		if err := endSessions(ctx, tx, id); err != nil {
			return err
		}
		return m.vendorDeed(ctx, tx, now, by, "invite person", vendor, map[string]any{"person": id})
	})
	if err != nil {
		return "", err
	}
	return code, nil
}

// EndPerson ends that somebody signs in for a vendor, at once.
func (m *Mailroom) EndPerson(ctx context.Context, by campaigns.Viewer, vendor VendorID, person PersonID) error {
	if err := mayKeep(by); err != nil {
		return err
	}
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		tag, err := tx.Exec(ctx, `
			UPDATE vendor_people SET ended_at = coalesce(ended_at, @now), password_hash = '', invite_hash = NULL, invite_ends = NULL
			WHERE id = @person AND vendor_id = @vendor`, pgx.NamedArgs{"now": now, "person": person, "vendor": vendor})
		if err != nil {
			return fmt.Errorf("end person: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return orAbsent(pgx.ErrNoRows, "person")
		}
		if err := endSessions(ctx, tx, person); err != nil {
			return err
		}
		return m.vendorDeed(ctx, tx, now, by, "end person", vendor, map[string]any{"person": person})
	})
}

func endSessions(ctx context.Context, tx pgx.Tx, person PersonID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM vendor_sessions WHERE person_id = @person`, pgx.NamedArgs{"person": person}); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// Join takes up an invitation: its code is good once, for a password of the
// person's own choice. What is wrong with a code has one answer.
func (m *Mailroom) Join(ctx context.Context, code, password string) error {
	if err := campaigns.CheckPassword(password); err != nil {
		return err
	}
	hash := campaigns.HashPassword(password)
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		var person PersonID
		var vendor VendorID
		err := tx.QueryRow(ctx, `
			UPDATE vendor_people SET password_hash = @password, invite_hash = NULL, invite_ends = NULL
			WHERE invite_hash = @hash AND invite_ends > @now AND ended_at IS NULL RETURNING id, vendor_id`,
			pgx.NamedArgs{"password": hash, "hash": keyHash(code), "now": now}).Scan(&person, &vendor)
		if fault.Is(orAbsent(err, "invitation"), fault.NotFound) {
			return fault.In("code", fault.Invalid, "This code is not known, was used, or is older than three days. Ask the print desk for another one.")
		}
		if err != nil {
			return fmt.Errorf("take up invitation: %w", err)
		}
		return m.personDeed(ctx, tx, now, VendorPerson{ID: person, Vendor: vendor}, "choose password", "vendor", fmt.Sprint(vendor))
	})
}

// personDeed writes into the audit what a vendor's person did by hand.
func (m *Mailroom) personDeed(ctx context.Context, tx pgx.Tx, now time.Time, p VendorPerson, action, object, id string) error {
	return m.Register.Audit(ctx, tx, now, campaigns.Deed{Vendor: int64(p.Vendor), Action: action, Object: object, ID: id, Detail: map[string]any{"person": p.ID}})
}

// ByHand writes into the audit that somebody asks for something on a vendor's
// pages, before it is done: what cannot be written is not done. What came of it
// is in the reports.
func (m *Mailroom) ByHand(ctx context.Context, p VendorPerson, action, object, id string) error {
	return m.inTx(ctx, func(tx pgx.Tx, now time.Time) error {
		return m.personDeed(ctx, tx, now, p, "by hand: "+action, object, id)
	})
}
