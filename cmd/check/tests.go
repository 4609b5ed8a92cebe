package main

import (
	"context"
	"errors"
	"os"
	"strings"
)

// raced are the rooms in which goroutines meet. The race detector makes a test
// several times slower, so it looks there and at the short tests only.
var raced = []string{"./campaigns", "./campaigns/calendar", "./optout", "./letters/...", "./jobs",
	"./ui", "./ui/page", "./ui/patients", "./ui/registers", "./ui/sftp", "./ui/static/...", "./ui/vendors"}

// The managers' pages are many and share nothing but the rooms below, which
// are raced themselves; goroutines of their own meet only where files are taken.
const racedPages, racedThere = "./ui/managers", "Upload"

// test runs every test anew: a result from the cache knows nothing of the
// database, the browser or the files that a test had git or go list for.
func test(ctx context.Context, r *report) error {
	return goTest(ctx, r, "", "-timeout=12m", "./...")
}

func race(ctx context.Context, r *report) error {
	if compiler.found() == "" {
		r.skip(compiler.without, compiler.names[0]+" is not here")
		return nil
	}
	var here []string
	for _, place := range raced {
		if _, err := os.Stat(strings.TrimSuffix(place, "/...")); err == nil {
			here = append(here, place)
		}
	}
	if err := goTest(ctx, r, "race: ", append([]string{"-race", "-short", "-timeout=10m"}, here...)...); err != nil {
		return err
	}
	if _, err := os.Stat(racedPages); err != nil {
		return nil //nolint:nilerr // a tree without these pages has nothing to race there
	}
	return goTest(ctx, r, "race: ", "-race", "-short", "-timeout=10m", "-run="+racedThere, racedPages)
}

// goTest runs go test and reads its results as they come. Its lines about
// whole packages are kept for the end, unless mark names a second run over
// packages that were tested already.
func goTest(ctx context.Context, r *report, mark string, args ...string) error {
	line := []string{"test", "-json", "-count=1"}
	if r.short {
		line = append(line, "-short")
	}
	cmd := command(ctx, "go", append(line, args...)...)
	cmd.Env = os.Environ()
	if mark != "" {
		cmd.Env = append(cmd.Env, "CGO_ENABLED=1") // the race detector is written in C
	}
	if equipped() {
		cmd.Env = append(cmd.Env, "DUENOTICE_CHECK=1") // a test that misses its tool must fail now, not skip
	}
	res := newResults(os.Stdout, mark)
	cmd.Stdout = res
	err := run(ctx, cmd)
	for _, s := range res.skips {
		r.skip(s.what, s.why)
	}
	if mark == "" {
		r.lines = res.lines
	}
	if err != nil && ctx.Err() == nil && len(res.failed) > 0 {
		return errors.New(strings.Join(res.failed, ", "))
	}
	return err
}
