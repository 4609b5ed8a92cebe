package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// report gathers what is said at the end.
type report struct {
	short   bool // tests run with -short
	done    []outcome
	skipped []skip
	lines   []string // the lines of go test about whole packages
}

type outcome struct {
	step string
	took time.Duration
	err  error
}

type skip struct{ what, why string }

func (o outcome) String() string {
	word := "passed"
	if o.err != nil {
		word = "FAILED: " + o.err.Error()
	}
	return fmt.Sprintf("%-7s %6.1f s  %s", o.step, o.took.Seconds(), word)
}

// skip notes what was not checked; the same note twice is said once.
func (r *report) skip(what, why string) {
	s := skip{what, why}
	for _, had := range r.skipped {
		if had == s {
			return
		}
	}
	r.skipped = append(r.skipped, s)
}

func (r *report) failed() bool {
	for _, o := range r.done {
		if o.err != nil {
			return true
		}
	}
	return false
}

// close writes the steps, what was skipped and why, and last the lines of go test.
func (r *report) close(w io.Writer) {
	fmt.Fprintln(w, "\nSteps")
	var total time.Duration
	for _, o := range r.done {
		fmt.Fprintln(w, " ", o)
		total += o.took
	}
	fmt.Fprintf(w, "  %-7s %6.1f s\n", "all", total.Seconds())
	if len(r.skipped) == 0 {
		fmt.Fprintln(w, "\nNothing was skipped.")
	} else {
		fmt.Fprintln(w, "\nSkipped")
		for _, s := range r.skipped {
			fmt.Fprintf(w, "  %s: %s\n", s.what, strings.ReplaceAll(s.why, "\n", "; "))
		}
	}
	if len(r.lines) > 0 {
		fmt.Fprintln(w, "\ngo test")
	}
	for _, l := range r.lines {
		fmt.Fprintln(w, l)
	}
}
