package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is one line of go test -json (go doc test2json).
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// results reads the events of go test: what failed is shown in full as soon as
// its package is over, what passed is not.
type results struct {
	out    io.Writer
	mark   string
	rest   []byte                                 // of a line that is not whole yet
	said   map[string]map[string]*strings.Builder // by package and test; "" is the package itself
	order  map[string][]string                    // the tests of a package as they began
	lines  []string                               // go test's own line about each package, as it wrote it
	failed []string                               // package and test
	skips  []skip
}

func newResults(out io.Writer, mark string) *results {
	return &results{out: out, mark: mark, said: map[string]map[string]*strings.Builder{}, order: map[string][]string{}}
}

// Write takes what go test prints, in pieces of any length. A line that is no
// event is shown as it is.
func (r *results) Write(p []byte) (int, error) {
	r.rest = append(r.rest, p...)
	for {
		line, rest, whole := bytes.Cut(r.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		var e event
		if json.Unmarshal(line, &e) == nil && e.Action != "" {
			r.take(e)
		} else {
			r.print(string(line) + "\n")
		}
		r.rest = rest
	}
}

func (r *results) print(s string) { fmt.Fprint(r.out, s) }

func (r *results) take(e event) {
	switch e.Action {
	case "build-output":
		r.print(e.Output)
	case "output":
		r.buffer(e.Package, e.Test).WriteString(e.Output)
		if e.Test == "" && isPackageLine(e.Output) {
			r.lines = append(r.lines, strings.TrimRight(e.Output, "\n"))
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e)
		} else {
			r.endTest(e)
		}
	}
}

func isPackageLine(s string) bool {
	return strings.HasPrefix(s, "ok  \t") || strings.HasPrefix(s, "FAIL\t") || strings.HasPrefix(s, "?   \t")
}

func (r *results) buffer(pkg, test string) *strings.Builder {
	if r.said[pkg] == nil {
		r.said[pkg] = map[string]*strings.Builder{}
	}
	b := r.said[pkg][test]
	if b == nil {
		b = &strings.Builder{}
		r.said[pkg][test] = b
		r.order[pkg] = append(r.order[pkg], test)
	}
	return b
}

// endTest forgets what a passed test said; that of a failed one waits for the
// end of its package.
func (r *results) endTest(e event) {
	switch e.Action {
	case "fail":
		r.failed = append(r.failed, brief(e.Package)+" "+e.Test)
		return
	case "skip":
		r.skips = append(r.skips, skip{r.mark + brief(e.Package) + " " + e.Test, reason(r.buffer(e.Package, e.Test).String())})
	}
	delete(r.said[e.Package], e.Test)
}

func (r *results) endPackage(e event) {
	if e.Action == "fail" {
		if !slices.ContainsFunc(r.failed, func(f string) bool { return strings.HasPrefix(f, brief(e.Package)+" ") }) {
			r.failed = append(r.failed, brief(e.Package))
		}
		for _, test := range r.order[e.Package] {
			if b := r.said[e.Package][test]; b != nil {
				r.print(b.String())
			}
		}
	}
	if e.Action != "skip" { // a package without tests
		r.print(fmt.Sprintf("   %s%s %s in %.1f s\n", r.mark, brief(e.Package), e.Action, e.Elapsed))
	}
	delete(r.said, e.Package)
	delete(r.order, e.Package)
}

func brief(pkg string) string { return strings.TrimPrefix(pkg, "duenotice/") }

// reason finds what a test said when it skipped itself: "    file_test.go:12: reason".
func reason(output string) string {
	why := "without a reason"
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "=== ") || strings.HasPrefix(line, "--- ") {
			continue
		}
		if place, said, ok := strings.Cut(line, ": "); ok && strings.Contains(place, ".go:") {
			line = said
		}
		why = line
	}
	return why
}
