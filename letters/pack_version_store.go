package letters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/letters/paper"
)

const versionSelect = `
	SELECT v.code, v.version, v.title, v.geometry, v.postage, v.authors, coalesce((SELECT name FROM staff WHERE id = v.authors[1]), ''),
		v.created_at, v.changed_at, coalesce(p.name, ''), coalesce(v.proofed_at, '0001-01-01Z'), coalesce(a.name, ''),
		coalesce(v.approved_at, '0001-01-01Z'), coalesce(v.frozen_at, '0001-01-01Z'),
		coalesce((SELECT min(k.state) FROM packs k WHERE k.code = v.code AND k.version = v.version), 'draft')
	FROM pack_versions v LEFT JOIN staff p ON p.id = v.proofed_by LEFT JOIN staff a ON a.id = v.approved_by `

func scanVersion(row pgx.CollectableRow) (PackVersion, error) {
	var v PackVersion
	err := row.Scan(&v.Code, &v.Version, &v.Title, &v.Geometry, &v.Postage, &v.Authors, &v.Author, &v.CreatedAt, &v.ChangedAt, &v.ProofedBy, &v.ProofedAt,
		&v.ApprovedBy, &v.ApprovedAt, &v.FrozenAt, &v.State)
	return v, err
}

// versionsOf reads versions with their sources.
func versionsOf(ctx context.Context, tx pgx.Tx, rows pgx.Rows, err error) ([]PackVersion, error) {
	if err != nil {
		return nil, fmt.Errorf("read packs: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanVersion)
	if err != nil {
		return nil, fmt.Errorf("read packs: %w", err)
	}
	for i := range list {
		rows, err := tx.Query(ctx, `
			SELECT language, format, body FROM packs WHERE code = @code AND version = @version
			ORDER BY language <> @english, language, array_position(@formats::text[], format), format`,
			pgx.NamedArgs{"code": list[i].Code, "version": list[i].Version, "english": standardLanguage, "formats": paper.Formats})
		if err != nil {
			return nil, fmt.Errorf("read sources: %w", err)
		}
		if list[i].Sources, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Source]); err != nil {
			return nil, fmt.Errorf("read sources: %w", err)
		}
		for j := range list[i].Sources {
			s := &list[i].Sources[j]
			s.Pack.Code, s.Pack.Version = list[i].Code, list[i].Version
		}
		list[i].follow()
		for _, at := range []*time.Time{&list[i].ProofedAt, &list[i].ApprovedAt, &list[i].FrozenAt} {
			if at.Year() == 1 {
				*at = time.Time{}
			}
		}
	}
	return list, nil
}

func oneVersion(ctx context.Context, tx pgx.Tx, code string, version int, lock string) (PackVersion, error) {
	rows, err := tx.Query(ctx, versionSelect+`WHERE lower(v.code) = lower(@code) AND v.version = @version `+lock, pgx.NamedArgs{"code": code, "version": version})
	list, err := versionsOf(ctx, tx, rows, err)
	if err != nil {
		return PackVersion{}, err
	}
	if len(list) == 0 {
		return PackVersion{}, fault.New(fault.NotFound, "There is no such version of a pack.")
	}
	return list[0], nil
}

// readVersion reads a version with its supplied pages.
func (m *Mailroom) readVersion(ctx context.Context, tx pgx.Tx, code string, version int) (PackVersion, error) {
	return m.wholeVersion(ctx, tx, code, version, "")
}

// lockVersion reads a version and keeps everybody else from changing it.
func (m *Mailroom) lockVersion(ctx context.Context, tx pgx.Tx, code string, version int) (PackVersion, error) {
	return m.wholeVersion(ctx, tx, code, version, "FOR NO KEY UPDATE OF v")
}

func (m *Mailroom) wholeVersion(ctx context.Context, tx pgx.Tx, code string, version int, lock string) (PackVersion, error) {
	v, err := oneVersion(ctx, tx, code, version, lock)
	for i := range v.Sources {
		if err == nil {
			err = m.bring(ctx, &v.Sources[i].Pack)
		}
	}
	return v, err
}

// Packs lists all versions of all packs, the newest of each code first.
func (m *Mailroom) Packs(ctx context.Context) (list []PackVersion, err error) {
	err = m.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		rows, err := tx.Query(ctx, versionSelect+`ORDER BY v.code, v.version DESC`)
		list, err = versionsOf(ctx, tx, rows, err)
		return err
	})
	return list, err
}

// Pack reads one version of a pack; version 0 is its newest.
func (m *Mailroom) Pack(ctx context.Context, code string, version int) (v PackVersion, err error) {
	err = m.inTx(ctx, func(tx pgx.Tx, _ time.Time) error {
		if version == 0 {
			err := tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM pack_versions WHERE lower(code) = lower(@code)`, pgx.NamedArgs{"code": code}).Scan(&version)
			if err != nil {
				return fmt.Errorf("read pack: %w", err)
			}
		}
		v, err = m.readVersion(ctx, tx, code, version)
		return err
	})
	return v, err
}

// insertVersion writes a version as a draft; made is false when somebody else
// was there first.
func insertVersion(ctx context.Context, tx pgx.Tx, now time.Time, v PackVersion) (made bool, err error) {
	authors := v.Authors
	if authors == nil {
		authors = []campaigns.StaffID{}
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO pack_versions (code, version, title, geometry, postage, authors, created_at, changed_at)
		VALUES (@code, @version, @title, @geometry, @postage, @authors, @now, @now) ON CONFLICT DO NOTHING`,
		pgx.NamedArgs{"code": v.Code, "version": v.Version, "title": v.Title, "geometry": v.Geometry, "postage": v.Postage, "authors": authors, "now": now})
	if err != nil {
		return false, fmt.Errorf("make pack: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return false, nil
	}
	for _, s := range v.Sources {
		if err := insertSource(ctx, tx, now, v, s); err != nil {
			return false, err
		}
	}
	return true, nil
}

func insertSource(ctx context.Context, tx pgx.Tx, now time.Time, v PackVersion, s Source) error {
	s.Pack.Code, s.Pack.Version, s.Pack.Following = v.Code, 0, "" // the row knows its version, and the version its English
	body, err := json.Marshal(s.Pack)
	if err != nil {
		return fmt.Errorf("keep source: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO packs (code, version, language, format, state, body, created_at) VALUES (@code, @version, @language, @format, 'draft', @body, @now)
		ON CONFLICT (code, version, language, format) DO UPDATE SET body = excluded.body`,
		pgx.NamedArgs{"code": v.Code, "version": v.Version, "language": s.Language, "format": s.Format, "body": body, "now": now})
	if err != nil {
		return keptSource(err, v)
	}
	return nil
}

// keptSource says in words what the database's own guard refused.
func keptSource(err error, v PackVersion) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "P0001" {
		return fault.New(fault.Conflict, "%s is approved and never changes. Make a new version of it.", v.Name())
	}
	return fmt.Errorf("keep source: %w", err)
}

// setPackState moves all of a version to a state and notes who did it.
func (m *Mailroom) setPackState(ctx context.Context, tx pgx.Tx, now time.Time, v PackVersion, to PackState, by campaigns.Viewer) error {
	args := pgx.NamedArgs{"code": v.Code, "version": v.Version, "state": to, "by": by.ID, "now": now}
	if _, err := tx.Exec(ctx, `UPDATE packs SET state = @state WHERE code = @code AND version = @version`, args); err != nil {
		return keptSource(err, v)
	}
	_, err := tx.Exec(ctx, map[PackState]string{
		PackDraft:    `UPDATE pack_versions SET proofed_by = NULL, proofed_at = NULL WHERE code = @code AND version = @version`,
		PackProofed:  `UPDATE pack_versions SET proofed_by = nullif(@by::bigint, 0), proofed_at = @now WHERE code = @code AND version = @version`,
		PackApproved: `UPDATE pack_versions SET approved_by = nullif(@by::bigint, 0), approved_at = @now WHERE code = @code AND version = @version`,
		PackFrozen:   `UPDATE pack_versions SET frozen_at = @now WHERE code = @code AND version = @version`,
	}[to], args)
	if err != nil {
		return fmt.Errorf("move pack to %s: %w", to, err)
	}
	return m.Register.Audit(ctx, tx, now, campaigns.Deed{By: by, Action: string(to) + " pack", Object: "pack", ID: v.Name()})
}
