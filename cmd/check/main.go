// Command check gets what the tests need and runs every check of the product, one after the other, on one machine.
//
//	go run ./cmd/check                 everything, as CI does
//	go run ./cmd/check -only lint,vet  some of the steps
//	go run ./cmd/check -short          the tests without the long stories
//
// It goes on after a step has failed, says at the end what failed and what was
// skipped and why, and closes with the lines of go test itself. It exits 0
// when every step passed, 1 when one failed, and 2 for wrong use.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// step is one check. It prints what a person needs to mend, and returns an
// error when there is something to mend.
type step struct {
	name, does string
	run        func(context.Context, *report) error
}

var steps = []step{
	{"tools", "install what the tests need", installTools},
	{"format", "gofmt", checkFormat},
	{"vet", "go vet", vet},
	{"lint", "golangci-lint " + linter, lint},
	{"test", "unit, property, journey and browser tests", test},
	{"race", "the race detector where goroutines meet", race},
	{"mutate", "safeguards taken out one by one: some test has to notice", mutate},
}

func main() { os.Exit(check()) }

func check() int {
	short := flag.Bool("short", false, "run the tests with -short")
	races := flag.Bool("race", true, "run the race detector")
	only := flag.String("only", "", "run only these steps, by name with commas between: "+names())
	flag.Parse()
	wanted, err := choose(*only, *races)
	if err == nil && flag.NArg() > 0 {
		err = fmt.Errorf("takes no arguments, and was given %q", flag.Args())
	}
	if err == nil {
		err = enterRoot()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "check: %v\nThe steps are %s; go run ./cmd/check -help says more.\n", err, names())
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := &report{short: *short}
	for _, s := range wanted {
		r.run(ctx, s)
	}
	r.close(os.Stdout)
	if r.failed() {
		return 1
	}
	return 0
}

func names() string {
	var list []string
	for _, s := range steps {
		list = append(list, s.name)
	}
	return strings.Join(list, ", ")
}

// choose returns the steps named in only, or all of them, in their fixed order.
func choose(only string, races bool) ([]step, error) {
	var chosen []step
	asked := strings.FieldsFunc(only, func(r rune) bool { return r == ',' || r == ' ' })
	for _, s := range steps {
		if len(asked) == 0 && (races || s.name != "race") || slices.Contains(asked, s.name) {
			chosen = append(chosen, s)
		}
	}
	for _, a := range asked {
		if !slices.ContainsFunc(steps, func(s step) bool { return s.name == a }) {
			return nil, fmt.Errorf("there is no step %q", a)
		}
	}
	return chosen, nil
}

// enterRoot goes to the folder of go.mod, wherever in the clone check was started.
func enterRoot() error {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	root := filepath.Dir(strings.TrimSpace(string(out)))
	if _, err := os.Stat(filepath.Join(root, "cmd", "check")); err != nil {
		return fmt.Errorf("start it inside a clone of Due Notice: %w", err)
	}
	return os.Chdir(root)
}

func (r *report) run(ctx context.Context, s step) {
	began := time.Now()
	err := context.Cause(ctx)
	if err == nil {
		fmt.Printf("\n== %s: %s\n", s.name, s.does)
		err = s.run(ctx, r)
	}
	o := outcome{step: s.name, took: time.Since(began), err: err}
	r.done = append(r.done, o)
	fmt.Println("==", o)
}
