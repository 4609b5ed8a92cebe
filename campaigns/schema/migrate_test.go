package schema

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns/fault"
	"duenotice/campaigns/schema/cluster"
)

var moment = time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)

// empty is a database without a schema on the server that all tests share;
// package schematest would be a circle here.
func empty(t *testing.T) (string, *pgxpool.Pool) {
	t.Helper()
	ctx := context.Background()
	server, err := cluster.Open(ctx, cluster.Options{Dir: fmt.Sprintf("%s/duenotice-test-%d", os.TempDir(), os.Geteuid()), Disposable: true})
	if err != nil {
		t.Skipf("no database for tests: %v", err)
	}
	t.Cleanup(func() { _ = server.Release(ctx) })
	name := fmt.Sprintf("test_%d_%s", os.Getpid(), strings.ToLower(t.Name()))
	name = name[:min(len(name), 60)]
	if err := server.CreateDatabase(ctx, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.DropDatabase(ctx, name) })
	url := server.URL(cluster.Owner, name)
	pool, err := Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return url, pool
}

func step(number int, name, sql string) Migration {
	sum := sha256.Sum256([]byte(sql))
	return Migration{number, name, hex.EncodeToString(sum[:]), sql}
}

func TestTenProcessesMayMigrateAtOnce(t *testing.T) {
	url, pool := empty(t)
	ctx := context.Background()
	list := []Migration{step(1, "one", `CREATE TABLE ones (n int)`), step(2, "two", `INSERT INTO ones VALUES (1)`)}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if err := migrate(ctx, url, moment, list); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var steps, rows int
	var at time.Time
	err := pool.QueryRow(ctx, `SELECT (SELECT count(*) FROM migrations), (SELECT count(*) FROM ones), (SELECT max(applied_at) FROM migrations)`).Scan(&steps, &rows, &at)
	if err != nil || steps != 2 || rows != 1 || !at.Equal(moment) {
		t.Errorf("%d steps, %d rows, at %v: %v", steps, rows, at, err)
	}
}

func TestANewerOrRewrittenSchemaIsRefusedWithASentence(t *testing.T) {
	url, pool := empty(t)
	ctx := context.Background()
	one, two := step(1, "one", `CREATE TABLE ones (n int)`), step(2, "two", `CREATE TABLE twos (n int)`)
	if err := migrate(ctx, url, moment, []Migration{one, two}); err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][]Migration{
		"schemas up to 1 only": {one},
		"another text":         {step(1, "one", `CREATE TABLE ones (n bigint)`), two, step(3, "three", `CREATE TABLE threes (n int)`)},
	} {
		err := migrate(ctx, url, moment, list)
		if f := fault.Of(err); f == nil || !strings.Contains(f.Sentence, name) {
			t.Errorf("wanted a sentence with %q, got %v", name, err)
		}
	}
	if have, err := newest(ctx, pool); have != 2 || err != nil {
		t.Errorf("a refused database moved to %d: %v", have, err)
	}
}

func TestAMigrationIsAppliedWholeOrNotAtAll(t *testing.T) {
	url, pool := empty(t)
	ctx := context.Background()
	err := migrate(ctx, url, moment, []Migration{step(1, "one", `CREATE TABLE ones (n int)`), step(2, "two", `CREATE TABLE twos (n int); SELECT 1/0`)})
	if err == nil || !strings.Contains(err.Error(), "migration 0002 two") {
		t.Fatalf("got %v", err)
	}
	var one, two bool
	if err := pool.QueryRow(ctx, `SELECT to_regclass('ones') IS NOT NULL, to_regclass('twos') IS NOT NULL`).Scan(&one, &two); err != nil {
		t.Fatal(err)
	}
	if have, _ := newest(ctx, pool); have != 1 || !one || two {
		t.Errorf("at %d, ones %v, twos %v", have, one, two)
	}
}

func TestTheProgramMayEnqueueAndThePatientsListenerMayNot(t *testing.T) {
	url, pool := empty(t)
	ctx := context.Background()
	if have, err := newest(ctx, pool); have != 0 || err != nil {
		t.Fatalf("an empty database has schema %d: %v", have, err)
	}
	if err := Migrate(ctx, url, moment); err != nil {
		t.Fatal(err)
	}
	const may = `SELECT bool_and(has_table_privilege($1, oid, 'INSERT') AND has_table_privilege($1, oid, 'DELETE')),
		bool_or(has_table_privilege($1, oid, 'SELECT') OR has_table_privilege($1, oid, 'INSERT'))
		FROM pg_class WHERE relname LIKE 'river\_%' AND relkind IN ('r', 'p')`
	var everything, anything bool
	if err := pool.QueryRow(ctx, may, App).Scan(&everything, &anything); err != nil || !everything {
		t.Errorf("the program lacks rights on River's tables: %v", err)
	}
	if err := pool.QueryRow(ctx, may, Public).Scan(&everything, &anything); err != nil || anything {
		t.Errorf("the patients' listener has rights on River's tables: %v", err)
	}
	if have, want, err := Current(ctx, pool); have != want || want != Version() || err != nil {
		t.Errorf("schema %d of %d: %v", have, want, err)
	}
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	if _, err := load(); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{"0002_two.sql", "1_one.sql", "0001.sql", "0000_none.sql"} {
		if _, err := read(fstest.MapFS{"migrations/" + wrong: {}}); err == nil {
			t.Errorf("%s was taken for the first migration", wrong)
		}
	}
}
