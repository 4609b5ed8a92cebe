package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheStepsKeepTheirOrderAndWrongNamesAreRefused(t *testing.T) {
	named := func(only string, races bool) string {
		list, err := choose(only, races)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range list {
			names = append(names, s.name)
		}
		return strings.Join(names, " ")
	}
	for _, c := range []struct {
		only  string
		races bool
		want  string
	}{
		{"", true, "tools format vet lint test race mutate"},
		{"", false, "tools format vet lint test mutate"},
		{"vet, format", true, "format vet"},
		{"race", false, "race"},
	} {
		if got := named(c.only, c.races); got != c.want {
			t.Errorf("choose(%q, %v) is %q, want %q", c.only, c.races, got, c.want)
		}
	}
	if _, err := choose("vet,lnit", true); err == nil || !strings.Contains(err.Error(), "lnit") {
		t.Errorf("a wrong name is answered by %v", err)
	}
}

func TestOnlyWhatIsMissingIsInstalled(t *testing.T) {
	here := func(names ...string) func(tool) string {
		return func(t tool) string {
			for _, n := range t.names {
				if slices.Contains(names, n) {
					return "/usr/bin/" + n
				}
			}
			return ""
		}
	}
	for want, found := range map[string]func(tool) string{
		"chromium pdftotext qpdf zbarimg": here(),
		"pdftotext zbarimg":               here("google-chrome", "qpdf"),
		"":                                here("chromium", "pdftotext", "qpdf", "zbarimg"),
	} {
		var names []string
		for _, t := range missing(tools, found) {
			names = append(names, t.names[0])
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q would be installed, and should be %q", got, want)
		}
	}
}

func TestAFileThatGofmtWouldChangeIsSeen(t *testing.T) {
	for source, want := range map[string]bool{"package a\n\nvar b = 1\n": true, "package a\nvar  b=1\n": false} {
		name := filepath.Join(t.TempDir(), "a.go")
		if err := os.WriteFile(name, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := formatted(name); err != nil || got != want {
			t.Errorf("%q: formatted %v, %v", source, got, err)
		}
	}
}

func TestTheReportEndsWithTheLinesOfGoTest(t *testing.T) {
	r := &report{lines: []string{"ok  \tduenotice/optout\t1.0s", "FAIL\tduenotice/jobs\t2.0s"}}
	r.done = []outcome{{step: "vet", took: time.Second}, {step: "test", took: time.Second, err: errors.New("jobs TestX")}}
	r.skip("pages in a real browser", "no chromium")
	r.skip("pages in a real browser", "no chromium")
	var b strings.Builder
	r.close(&b)
	said := b.String()
	if !strings.HasSuffix(said, "\ngo test\nok  \tduenotice/optout\t1.0s\nFAIL\tduenotice/jobs\t2.0s\n") {
		t.Errorf("the report ends otherwise:\n%s", said)
	}
	if strings.Count(said, "pages in a real browser: no chromium") != 1 || !strings.Contains(said, "FAILED: jobs TestX") {
		t.Errorf("the report leaves something out, or says it twice:\n%s", said)
	}
	if !r.failed() {
		t.Error("a failed step was not counted")
	}
}

// Whoever still runs holds the pipe open, so its end tells that all are gone.
func TestNothingIsLeftBehindByAnInterruptedStep(t *testing.T) {
	alive, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cmd := command(ctx, "sh", "-c", `trap "" INT; sleep 600 & echo began >&3; wait; wait`)
	cmd.ExtraFiles = []*os.File{held}
	cmd.WaitDelay = 200 * time.Millisecond
	go func() {
		_, _ = alive.Read(make([]byte, 16)) // it has begun
		cancel()
	}()
	if err := run(ctx, cmd); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted step ends with %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	if err := alive.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := alive.Read(make([]byte, 16)); !errors.Is(err, io.EOF) {
		t.Errorf("something of an interrupted step still runs: %v", err)
	}
}
