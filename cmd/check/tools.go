package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// tool is a program that some checks need. Any one of its names will do.
type tool struct {
	names    []string
	packages []string // of Debian
	without  string   // what is not checked without it
}

// tools are driven by tests, which skip what they cannot do.
var tools = []tool{
	{[]string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"},
		[]string{"chromium", "fonts-liberation"}, "pages in a real browser"},
	{[]string{"pdftotext"}, []string{"poppler-utils"}, "reading letters back from their PDF"},
	{[]string{"qpdf"}, []string{"qpdf"}, "the structure of PDF files"},
	{[]string{"zbarimg"}, []string{"zbar-tools"}, "reading the QR codes of letters as a camera does"},
}

var compiler = tool{[]string{"gcc", "cc", "clang"}, []string{"gcc", "libc6-dev"}, "the race detector, which needs a C compiler"}

func (t tool) found() string {
	for _, n := range t.names {
		if path, err := exec.LookPath(n); err == nil {
			return path
		}
	}
	return ""
}

// missing lists those tools that found does not find.
func missing(tools []tool, found func(tool) string) []tool {
	return slices.DeleteFunc(slices.Clone(tools), func(t tool) bool { return found(t) != "" })
}

// equipped tells whether every tool that tests drive is here.
func equipped() bool { return len(missing(tools, tool.found)) == 0 }

// installTools installs what is missing where that is allowed. A tool that
// cannot be had is no failure: what it would have checked is said to be skipped.
func installTools(ctx context.Context, r *report) error {
	for _, need := range []string{"go", "git", "node", "npm"} {
		if _, err := exec.LookPath(need); err != nil {
			return fmt.Errorf("%s is not on the PATH, and nothing works without it: %w", need, err)
		}
	}
	all := append(slices.Clone(tools), compiler)
	if lacking := missing(all, tool.found); len(lacking) > 0 {
		if err := aptInstall(ctx, lacking); err != nil {
			r.skip("installing what is missing", err.Error())
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, t := range all {
		path := t.found()
		if path == "" {
			r.skip(t.without, t.names[0]+" is not here")
			path = "missing"
		}
		fmt.Printf("   %-10s %s\n", t.names[0], path)
	}
	sayPostgres()
	return nil
}

// sayPostgres only tells where PostgreSQL will come from: the tests start a
// private one themselves, and fetch it with npm where none is installed.
func sayPostgres() {
	path, err := exec.LookPath("postgres")
	if err != nil {
		path, err = exec.LookPath("psql")
	}
	if err != nil {
		path = "not on the PATH; the tests look further and else fetch it with npm"
	}
	fmt.Printf("   %-10s %s\n", "postgres", path)
}

// aptInstall installs the tools' packages as root or through sudo without a
// password; otherwise its error says why it may not. One that cannot be had
// does not keep the others away.
func aptInstall(ctx context.Context, lacking []tool) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("this machine has no apt-get")
	}
	var prefix []string
	if os.Geteuid() != 0 {
		if exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
			return errors.New("this is neither root nor somebody with sudo without a password; a person may do it with apt-get install")
		}
		prefix = []string{"sudo", "-n"}
	}
	apt := func(args ...string) error {
		line := slices.Concat(prefix, []string{"env", "DEBIAN_FRONTEND=noninteractive",
			"apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=90"}, args)
		fmt.Println("  ", strings.Join(line, " "))
		return run(ctx, command(ctx, line[0], line[1:]...))
	}
	if err := apt("update"); err != nil {
		fmt.Println("   apt-get update failed; what is known already may be enough:", err)
	}
	var failed []error
	for _, t := range lacking {
		if err := apt(slices.Concat([]string{"install", "--no-install-recommends"}, t.packages)...); err != nil {
			failed = append(failed, fmt.Errorf("apt-get install %s: %w", strings.Join(t.packages, " "), err))
		}
	}
	return errors.Join(failed...)
}
