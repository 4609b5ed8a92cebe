package schema

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"duenotice/campaigns/fault"
)

// Roles without a password: the private cluster needs none, and elsewhere the
// operator sets one. App is the program; Public is the patients' listener,
// which cannot read names.
const (
	App    = "duenotice_app"
	Public = "duenotice_public"
)

// migrating is the advisory lock of whoever migrates a database.
const migrating = 0x6475656e6f746963 // "duenotic"

const before = `REVOKE CREATE ON SCHEMA public FROM PUBLIC`

const ledger = `
CREATE TABLE IF NOT EXISTS migrations (
	number     integer PRIMARY KEY,
	name       text NOT NULL,
	sha256     text NOT NULL,
	applied_at timestamptz NOT NULL
)`

// after gives the program River's tables, which River makes without knowing
// our roles. The patients' listener enqueues nothing and gets none of them.
const after = `
GRANT SELECT ON migrations TO duenotice_app, duenotice_public;
DO $$
DECLARE thing record;
BEGIN
	FOR thing IN
		SELECT oid::regclass AS name, relkind FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relname LIKE 'river\_%' AND relkind IN ('r', 'p', 'S')
	LOOP
		IF thing.relkind = 'S' THEN
			EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO duenotice_app', thing.name);
		ELSE
			EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO duenotice_app', thing.name);
		END IF;
	END LOOP;
END $$`

// Migrate brings a database to this program's schema, River's tables
// included. The url is its owner's; at is the moment written beside each new
// migration. Any number of processes may migrate at once: one does, the others
// find it done. Each migration is applied whole or not at all. A database
// newer than the program, or built with another text of an old migration, is
// a fault and is left as it was.
func Migrate(ctx context.Context, url string, at time.Time) error {
	list, err := load()
	if err != nil {
		return err
	}
	return migrate(ctx, url, at, list)
}

func migrate(ctx context.Context, url string, at time.Time, list []Migration) error {
	pool, err := Connect(ctx, url, func(c *pgxpool.Config) { c.MaxConns = 4 })
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to migrate: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(migrating)); err != nil {
		return fmt.Errorf("wait to migrate: %w", err)
	}
	defer func() {
		// A lock that cannot be given back ends with its connection.
		if _, err := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrating)); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx))
		}
	}()
	todo, err := pending(ctx, conn.Conn(), list)
	if err != nil {
		return err
	}
	if err := makeRoles(ctx, conn.Conn()); err != nil {
		return err
	}
	for _, sql := range []string{before, ledger} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("prepare to migrate: %w", err)
		}
	}
	if err := migrateRiver(ctx, pool); err != nil {
		return err
	}
	for _, m := range todo {
		if err := apply(ctx, conn.Conn(), m, at); err != nil {
			return fmt.Errorf("migration %04d %s: %w", m.Number, m.Name, err)
		}
	}
	if _, err := conn.Exec(ctx, after); err != nil {
		return fmt.Errorf("grant River's tables: %w", err)
	}
	return nil
}

// pending lists what the database has still to get, and refuses a database
// that is not an earlier state of this program's.
func pending(ctx context.Context, conn *pgx.Conn, list []Migration) ([]Migration, error) {
	have, err := newest(ctx, conn)
	if err != nil || have == 0 {
		return list, err
	}
	if have > len(list) {
		return nil, fault.New(fault.Conflict, "This database has schema %d, and this program knows schemas up to %d only. Use the newer program.", have, len(list))
	}
	rows, err := conn.Query(ctx, `SELECT number, sha256 FROM migrations ORDER BY number`)
	if err != nil {
		return nil, fmt.Errorf("read applied migrations: %w", err)
	}
	var number int
	var sum string
	applied := 0
	_, err = pgx.ForEachRow(rows, []any{&number, &sum}, func() error {
		applied++
		if number != applied || list[number-1].SHA256 != sum {
			return fault.New(fault.Conflict, "Schema step %04d of this database was made from another text than this program has. Use the program that made it, or start a new database.", applied)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("compare migrations: %w", err)
	}
	return list[have:], nil
}

func apply(ctx context.Context, conn *pgx.Conn, m Migration, at time.Time) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, m.sql); err != nil {
			return err
		}
		_, err := tx.Exec(ctx,
			`INSERT INTO migrations (number, name, sha256, applied_at) VALUES (@number, @name, @sha256, @at)`,
			pgx.NamedArgs{"number": m.Number, "name": m.Name, "sha256": m.SHA256, "at": at})
		return err
	})
}

// makeRoles makes the roles where they are missing. Roles belong to the whole
// server, beyond the reach of a lock in one database, so losing the race for
// one is as good as making it.
func makeRoles(ctx context.Context, conn *pgx.Conn) error {
	for _, role := range []string{App, Public} {
		var there bool
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)`, role).Scan(&there); err != nil {
			return fmt.Errorf("look for role: %w", err)
		}
		if there {
			continue
		}
		_, err := conn.Exec(ctx, "CREATE ROLE "+pgx.Identifier{role}.Sanitize()+" LOGIN")
		var pg *pgconn.PgError
		switch {
		case err == nil:
		case errors.As(err, &pg) && (pg.Code == "42710" || pg.Code == "23505"): // somebody else was quicker
		case errors.As(err, &pg) && pg.Code == "42501":
			return fault.New(fault.Forbidden, "The database has no role %s, and this database user may not make it. Ask whoever runs the server for: CREATE ROLE %s LOGIN;", role, role)
		default:
			return fmt.Errorf("make role: %w", err)
		}
	}
	return nil
}

func river(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("open River's migrations: %w", err)
	}
	return m, nil
}

func riverVersion() (int, error) {
	m, err := river(nil)
	if err != nil {
		return 0, err
	}
	all := m.AllVersions()
	return all[len(all)-1].Version, nil
}

func migrateRiver(ctx context.Context, pool *pgxpool.Pool) error {
	m, err := river(pool)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate River: %w", err)
	}
	return nil
}
