package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const longest = 400 // lines of one Go file

// tracked lists every file of the repository, those not yet committed
// included, by its path from the root.
func tracked(t *testing.T) (root string, files []string) {
	t.Helper()
	git := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), "git", args...).Output()
		if err != nil {
			t.Skipf("this is not a git clone, so its files cannot be listed: git %s: %v", args[0], err)
		}
		return string(out)
	}
	root = strings.TrimSpace(git("rev-parse", "--show-toplevel"))
	out := git("-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	return root, strings.FieldsFunc(out, func(r rune) bool { return r == 0 })
}

func TestTheTopLevelIsFixed(t *testing.T) {
	fixed := []string{"README.md", "campaigns", "cmd", "go.mod", "go.sum", "jobs", "letters", "optout", "ui"}
	_, files := tracked(t)
	var found []string
	for _, f := range files {
		top, _, _ := strings.Cut(f, "/")
		if !strings.HasPrefix(top, ".") {
			found = append(found, top)
		}
	}
	slices.Sort(found)
	if found = slices.Compact(found); !slices.Equal(found, fixed) {
		t.Errorf("the top level holds %v, and should hold %v", found, fixed)
	}
}

func TestNoFileIsLong(t *testing.T) {
	root, files := tracked(t)
	for _, f := range files {
		if filepath.Ext(f) != ".go" {
			continue
		}
		body, err := os.ReadFile(filepath.Join(root, f))
		if os.IsNotExist(err) {
			continue // deleted, and not yet committed
		}
		if err != nil {
			t.Error(err)
		}
		if n := bytes.Count(body, []byte("\n")); n > longest {
			t.Errorf("%s has %d lines, more than %d: it wants to be two files", f, n, longest)
		}
	}
}

// Go leaves out window_windows.go everywhere but on Windows, without a word; a
// file that means it says so with a //go:build line too.
func TestNoFileIsLeftOutByItsName(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatalf("go tool dist list: %v", err)
	}
	systems := strings.FieldsFunc(string(out), func(r rune) bool { return r == '/' || r == '\n' })
	root, files := tracked(t)
	for _, f := range files {
		base, isGo := strings.CutSuffix(filepath.Base(f), ".go")
		words := strings.Split(strings.TrimSuffix(base, "_test"), "_")
		last := words[len(words)-1]
		if !isGo || len(words) == 1 || !slices.Contains(systems, last) {
			continue
		}
		if body, err := os.ReadFile(filepath.Join(root, f)); err == nil && !bytes.HasPrefix(body, []byte("//go:build ")) {
			t.Errorf("%s would be built for %s alone: name it otherwise, or say so with //go:build", f, last)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, r := range rooms(t) {
		opening := "Package " + r.Name + " "
		if r.Name == "main" {
			opening = "Command " + filepath.Base(r.Dir) + " "
		}
		if !strings.HasPrefix(r.Doc, opening) {
			t.Errorf("the comment of %s begins %q, and should begin %q", r.path(), r.Doc, opening)
		}
	}
}
