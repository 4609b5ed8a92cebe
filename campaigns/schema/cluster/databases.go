package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// EnsureDatabase makes a database unless it is there; any number of processes
// may ask at once.
func (c *Cluster) EnsureDatabase(ctx context.Context, name string) error {
	return c.asOwner(ctx, func(conn *pgx.Conn) error {
		var there bool
		err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`, name).Scan(&there)
		if err != nil || there {
			return err
		}
		_, err = conn.Exec(ctx, "CREATE DATABASE "+quote(name))
		var pg *pgconn.PgError
		if errors.As(err, &pg) && (pg.Code == "42P04" || pg.Code == "23505") {
			return nil
		}
		return err
	})
}

// CreateDatabase makes a new, empty database; one of that name is an error.
func (c *Cluster) CreateDatabase(ctx context.Context, name string) error {
	return c.asOwner(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "CREATE DATABASE "+quote(name))
		return err
	})
}

// DropDatabase removes a database with everything in it, cutting off whoever
// uses it; one that is not there is no error.
func (c *Cluster) DropDatabase(ctx context.Context, name string) error {
	return c.asOwner(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(name)+" WITH (FORCE)")
		return err
	})
}

func (c *Cluster) asOwner(ctx context.Context, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, c.URL(Owner, "postgres"))
	if err != nil {
		return fmt.Errorf("connect to own PostgreSQL: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	return do(conn)
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
