// Package schema is the shape of the database: numbered migrations that only go forward, and the way connections to it are opened.
package schema

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed migrations
var files embed.FS

// Migration is one numbered step of the schema.
type Migration struct {
	Number int
	Name   string // the words of its file name
	SHA256 string // of its file, in hexadecimal
	sql    string
}

// load reads the migrations once. Names and numbers that are wrong are the
// builder's mistake and come out in every test.
var load = sync.OnceValues(func() ([]Migration, error) { return read(files) })

func read(from fs.FS) ([]Migration, error) {
	names, err := fs.Glob(from, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var list []Migration
	for i, name := range names { // Glob sorts
		number, words, ok := strings.Cut(strings.TrimSuffix(path.Base(name), ".sql"), "_")
		n, err := strconv.Atoi(number)
		if !ok || err != nil || len(number) != 4 || n != i+1 {
			return nil, fmt.Errorf("migration %s: the next in line is named %04d_words.sql", name, i+1)
		}
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		sum := sha256.Sum256(text)
		list = append(list, Migration{n, words, hex.EncodeToString(sum[:]), string(text)})
	}
	return list, nil
}

// Version is the number of the last migration this program knows.
func Version() int {
	list, err := load()
	if err != nil {
		return 0
	}
	return len(list)
}

// Fingerprint changes when any migration does, River's and the grants
// included; databases of one fingerprint are alike.
func Fingerprint() (string, error) {
	list, err := load()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, m := range list {
		_, _ = fmt.Fprintln(sum, m.Number, m.SHA256)
	}
	river, err := riverVersion()
	if err != nil {
		return "", err
	}
	_, _ = fmt.Fprintln(sum, river, before, ledger, after)
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// Current says which migration the database has and which this program wants;
// they are equal where the program may take traffic. Every role may ask. A
// database that was never migrated has 0.
func Current(ctx context.Context, pool *pgxpool.Pool) (have, want int, err error) {
	list, err := load()
	if err != nil {
		return 0, 0, err
	}
	have, err = newest(ctx, pool)
	return have, len(list), err
}

type rower interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func newest(ctx context.Context, db rower) (int, error) {
	var n int
	err := db.QueryRow(ctx, `SELECT coalesce(max(number), 0) FROM migrations`).Scan(&n)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42P01" { // no such table
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return n, nil
}
