package schematest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/schema"
	"duenotice/campaigns/schema/cluster"
)

// house is this test program's use of the shared server.
type house struct {
	server   *cluster.Cluster
	watched  *os.File      // open until this program ends
	admin    *pgxpool.Pool // the postgres database, as owner
	template string
	copying  string // the CREATE DATABASE option that copies files: ten times as fast as through the log
	made     atomic.Int64
}

// building is the advisory lock of whoever builds a template.
const building = 0x74656d706c617465 // "template"

var open = sync.OnceValues(func() (*house, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("duenotice-test-%d", os.Geteuid()))
	server, err := cluster.Open(ctx, cluster.Options{Dir: dir, Disposable: true})
	if err != nil {
		return nil, err
	}
	watched, err := watch(dir)
	if err != nil {
		return nil, errors.Join(err, server.Release(ctx))
	}
	h := &house{server: server, watched: watched}
	mark, err := schema.Fingerprint()
	if err != nil {
		return nil, err
	}
	h.template = "template_" + mark
	h.admin, err = schema.Connect(ctx, server.URL(cluster.Owner, "postgres"), func(c *pgxpool.Config) { c.MaxConns = 4 })
	if err != nil {
		return nil, err
	}
	var version int
	if err := h.admin.QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		return nil, fmt.Errorf("ask server's version: %w", err)
	}
	if version >= 150000 { // before 15 there was no other way
		h.copying = "STRATEGY file_copy"
	}
	h.sweep(ctx)
	return h, nil
})

func (h *house) exec(ctx context.Context, sql string) error {
	_, err := h.admin.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
	return err
}

// clone makes a database from the template, building that first when it is
// not there or another program, with other migrations, has just dropped it.
func (h *house) clone(ctx context.Context) (string, error) {
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), h.made.Add(1))
	for range 5 {
		err := h.exec(ctx, fmt.Sprintf(`CREATE DATABASE %q TEMPLATE %q %s`, name, h.template, h.copying))
		var pg *pgconn.PgError
		if err == nil || !errors.As(err, &pg) || pg.Code != "3D000" { // no such template
			return name, err
		}
		if err := h.build(ctx); err != nil {
			return "", err
		}
	}
	return "", errors.New("the template keeps disappearing: are tests with other migrations running?")
}

// build migrates the template under a name of its own and shows it when done.
func (h *house) build(ctx context.Context) error {
	return h.admin.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(building)); err != nil {
			return fmt.Errorf("wait for template: %w", err)
		}
		defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(building)) }()
		rows, err := conn.Query(ctx, `SELECT datname FROM pg_database WHERE datname LIKE 'template\_%'`)
		if err != nil {
			return fmt.Errorf("list templates: %w", err)
		}
		old, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return fmt.Errorf("list templates: %w", err)
		}
		for _, name := range old {
			if name == h.template {
				return nil
			}
			// One that is being cloned right now stays until the next time.
			_ = h.exec(ctx, fmt.Sprintf(`DROP DATABASE IF EXISTS %q WITH (FORCE)`, name))
		}
		raw := h.template + "_raw"
		if err := h.exec(ctx, fmt.Sprintf(`CREATE DATABASE %q`, raw)); err != nil {
			return fmt.Errorf("make template: %w", err)
		}
		if err := schema.Migrate(ctx, h.server.URL(cluster.Owner, raw), calendar.Wall()); err != nil {
			return fmt.Errorf("migrate template: %w", err)
		}
		for _, sql := range []string{
			fmt.Sprintf(`ALTER DATABASE %q WITH ALLOW_CONNECTIONS false`, raw), // vacuum stays out of it too
			fmt.Sprintf(`ALTER DATABASE %q RENAME TO %q`, raw, h.template),
		} {
			if err := h.exec(ctx, sql); err != nil {
				return fmt.Errorf("show template: %w", err)
			}
		}
		return nil
	})
}

// sweep drops what killed test programs left behind.
func (h *house) sweep(ctx context.Context) {
	rows, err := h.admin.Query(ctx, `SELECT datname FROM pg_database WHERE datname LIKE 'test\_%'`)
	if err != nil {
		return
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return
	}
	for _, name := range names {
		pid, _ := strconv.Atoi(strings.Split(name, "_")[1])
		if pid == os.Getpid() || pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = h.exec(ctx, fmt.Sprintf(`DROP DATABASE IF EXISTS %q WITH (FORCE)`, name))
		}
	}
}
