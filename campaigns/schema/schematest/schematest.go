// Package schematest gives each test a database of its own, cloned in milliseconds from one that is migrated once.
//
// All test programs of a user share one server in the temporary folder,
// nothing of which is ever flushed to disk. It stops a minute after the last
// of them has ended.
package schematest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns/schema"
	"duenotice/campaigns/schema/cluster"
)

// DB is one test's database, seen by each of the three roles.
type DB struct {
	Owner, App, Public *pgxpool.Pool // at most 8 connections each, opened when used

	Name   string
	server *cluster.Cluster
}

// New clones a migrated, empty database for the test and drops it when the
// test ends. With DUENOTICE_KEEP=1 the database of a failed test stays, and
// its address is printed. Where there is no PostgreSQL and none can be had,
// the test is skipped, or fails when CI=true.
func New(t testing.TB) *DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	h, err := open()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no database for tests: %v", err)
		}
		t.Skipf("no database for tests: %v", err)
	}
	name, err := h.clone(ctx)
	if err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	db := &DB{Name: name, server: h.server}
	t.Cleanup(func() { db.end(t, h) })
	for role, pool := range map[string]**pgxpool.Pool{cluster.Owner: &db.Owner, schema.App: &db.App, schema.Public: &db.Public} {
		*pool, err = schema.Connect(ctx, db.URL(role), func(c *pgxpool.Config) { c.MaxConns = 8 })
		if err != nil {
			t.Fatalf("open pool: %v", err)
		}
	}
	return db
}

// URL is the database's address for a role: cluster.Owner, schema.App or
// schema.Public; "owner", "app" and "public" will do.
func (db *DB) URL(role string) string {
	switch role {
	case "owner":
		role = cluster.Owner
	case "app":
		role = schema.App
	case "public":
		role = schema.Public
	}
	return db.server.URL(role, db.Name)
}

func (db *DB) end(t testing.TB, h *house) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	closed := make(chan struct{})
	go func() {
		for _, p := range []*pgxpool.Pool{db.Owner, db.App, db.Public} {
			if p != nil {
				p.Close()
			}
		}
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Errorf("the test left a database connection in use")
	}
	if t.Failed() && os.Getenv("DUENOTICE_KEEP") == "1" {
		kept := "kept" + db.Name
		if err := h.exec(ctx, fmt.Sprintf(`ALTER DATABASE %q RENAME TO %q`, db.Name, kept)); err != nil {
			kept = db.Name
		}
		t.Logf("the test's database is kept: psql %q", db.server.URL(cluster.Owner, kept))
		return
	}
	if err := h.exec(ctx, fmt.Sprintf(`DROP DATABASE IF EXISTS %q WITH (FORCE)`, db.Name)); err != nil {
		t.Errorf("drop the test's database: %v", err)
	}
}
