package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"strings"
)

// linter is the version of golangci-lint; .golangci.yml says what it looks for.
const linter = "v2.15.0"

// checkFormat names the Go files that gofmt would change.
func checkFormat(ctx context.Context, _ *report) error {
	out, err := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.go").Output()
	if err != nil {
		return fmt.Errorf("list the Go files: %w", err)
	}
	bent := 0
	for _, name := range strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 }) {
		switch ok, err := formatted(name); {
		case errors.Is(err, os.ErrNotExist): // deleted, and not yet committed
		case err != nil:
			fmt.Println("  ", err)
			bent++
		case !ok:
			fmt.Println("   gofmt would change", name)
			bent++
		}
	}
	if bent > 0 {
		return fmt.Errorf("%d files are not as gofmt writes them", bent)
	}
	return nil
}

func formatted(name string) (bool, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	right, err := format.Source(source)
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return bytes.Equal(source, right), nil
}

func vet(ctx context.Context, _ *report) error {
	return run(ctx, command(ctx, "go", "vet", "./..."))
}

func lint(ctx context.Context, _ *report) error {
	return run(ctx, command(ctx, "go", "run", "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@"+linter, "run"))
}
