package main

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// floors is the house from the cellar to the roof. A package may import what
// stands below it, never its neighbours and nothing above.
var floors = [][]string{
	{"campaigns/fault", "campaigns/calendar", "campaigns/money"},
	{"campaigns/schema/cluster", "campaigns/schema", "optout/gate", "optout/registry",
		"letters/paper", "letters/exchange", "letters/archive", "ui/static"},
	{"campaigns/intake", "letters/scan", "campaigns/schema/schematest", "ui/static/statictest"},
	{"campaigns"},
	{"campaigns/readiness", "campaigns/uptake", "campaigns/funding", "campaigns/engagement"},
	{"optout"},
	{"letters"},
	{"ui/page", "jobs"},
	{"ui/managers", "ui/vendors", "ui/sftp", "ui/patients", "ui/registers"},
	{"ui"},
	{"cmd/duenotice/house", "cmd/duenotice/synth", "cmd/printvendor/client"},
	{"cmd/duenotice/simulate", "cmd/duenotice/seed", "cmd/duenotice/bench"},
	{"cmd/duenotice", "cmd/printvendor", "cmd/check"},
}

// libraries names the few places that may know a library; a place that ends
// in / means everything below it, one with a * is a pattern for a file's name.
// Test files are free.
var libraries = map[string][]string{
	"github.com/jung-kurt/gofpdf": {"letters/paper/"},
	"github.com/gofiber/fiber":    {"ui/", "cmd/"},
	"github.com/riverqueue/river": {"jobs/", "campaigns/schema/", "cmd/"},
	"github.com/jackc/pgx": {"*_store.go", "campaigns/register.go", "optout/desk.go", "letters/mailroom.go",
		"campaigns/schema/", "jobs/queue.go", "jobs/crew.go", "cmd/"},
}

// room is one package as go list tells it; Imports leaves test files out.
type room struct {
	ImportPath, Name, Doc, Dir string
	GoFiles, Imports           []string
}

func (r room) path() string { return strings.TrimPrefix(r.ImportPath, "duenotice/") }

func rooms(t *testing.T) []room {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Name,Doc,Dir,GoFiles,Imports", "duenotice/...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var list []room
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var r room
		if err := dec.Decode(&r); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatalf("read what go list says: %v", err)
		}
		list = append(list, r)
	}
}

func floorOf(path string) int {
	return slices.IndexFunc(floors, func(floor []string) bool { return slices.Contains(floor, path) })
}

func TestImportsOnlyRunDown(t *testing.T) {
	for _, r := range rooms(t) {
		here := floorOf(r.path())
		if here < 0 {
			t.Errorf("%s stands on no floor: give it one in floors_test.go", r.path())
			continue
		}
		for _, imported := range r.Imports {
			below, ours := strings.CutPrefix(imported, "duenotice/")
			if !ours {
				continue
			}
			if there := floorOf(below); there >= here {
				t.Errorf("%s (floor %d) imports %s (floor %d): imports only run down", r.path(), here, below, there)
			}
			if below == "campaigns/schema/schematest" || below == "ui/static/statictest" {
				t.Errorf("%s imports %s, which is for test files", r.path(), below)
			}
		}
	}
}

func TestLibrariesAreKnownOnlyWhereTheyBelong(t *testing.T) {
	for _, r := range rooms(t) {
		for _, name := range r.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(r.Dir, name), nil, parser.ImportsOnly)
			if err != nil {
				t.Error(err)
				continue
			}
			where := r.path() + "/" + name
			for _, imported := range file.Imports {
				for library, places := range libraries {
					known := strings.HasPrefix(strings.Trim(imported.Path.Value, `"`), library)
					if known && !slices.ContainsFunc(places, func(place string) bool { return stands(where, place) }) {
						t.Errorf("%s knows %s, which belongs in %s", where, library, strings.Join(places, ", "))
					}
				}
			}
		}
	}
}

func stands(file, place string) bool {
	switch {
	case strings.HasSuffix(place, "/"):
		return strings.HasPrefix(file, place)
	case strings.Contains(place, "*"):
		ok, err := filepath.Match(place, filepath.Base(file))
		return ok && err == nil
	}
	return file == place
}
