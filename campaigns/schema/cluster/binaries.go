package cluster

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"duenotice/campaigns/fault"
)

// oldest is the first PostgreSQL with everything the product asks for.
const oldest = 14

// binaries is one installed PostgreSQL.
type binaries struct {
	dir   string // holds postgres and initdb
	major int
}

// usualPlaces are where packages put a PostgreSQL that is not on PATH.
var usualPlaces = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/usr/libexec/postgresql*",
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/usr/local/pgsql/bin",
	"/opt/local/lib/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// binaries chooses the PostgreSQL to run: for an existing cluster the version
// that made it, for a new one the newest there is; from npm where none fits.
func (c *Cluster) binaries(ctx context.Context) (binaries, error) {
	made := madeBy(c.data)
	var found []string
	if !c.options.Fetched {
		for _, b := range installed(ctx) {
			if made == 0 || b.major == made {
				return b, nil
			}
			found = append(found, strconv.Itoa(b.major))
		}
	}
	if made == 0 || made == fetchedMajor {
		return c.fetch(ctx)
	}
	have := "none"
	if len(found) > 0 {
		have = strings.Join(found, ", ")
	}
	return binaries{}, fault.New(fault.Unavailable, "The database in %s was made by PostgreSQL %d, and this machine has %s. Install PostgreSQL %d again, or use another folder with --data.", c.data, made, have, made)
}

// madeBy is the major version of the cluster in a folder, 0 when there is none.
func madeBy(data string) int {
	text, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil {
		return 0
	}
	major, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return major
}

// installed lists every usable PostgreSQL of the machine, newest first.
func installed(ctx context.Context) []binaries {
	folders := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range usualPlaces {
		matches, _ := filepath.Glob(pattern)
		folders = append(folders, matches...)
	}
	seen := map[string]bool{}
	var list []binaries
	for _, folder := range folders {
		real, err := filepath.EvalSymlinks(filepath.Join(folder, "postgres"))
		if err != nil || seen[real] {
			continue
		}
		seen[real] = true
		dir := filepath.Dir(real)
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			continue
		}
		if major := version(ctx, dir); major >= oldest {
			list = append(list, binaries{dir, major})
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].major > list[j].major })
	return list
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// version asks the server in a folder for its major version, 0 when it will
// not run here.
func version(ctx context.Context, dir string) int {
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return 0
	}
	major, _ := strconv.Atoi(string(m[1]))
	return major
}
