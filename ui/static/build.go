package static

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"duenotice/campaigns/fault"
)

// NodeModules is the folder of the installed npm packages under a cache
// folder that Load has built in; tests compare our markup with the examples
// that the design system ships.
func NodeModules(cacheDir string) (string, error) {
	packages, err := packagesSum()
	if err != nil {
		return "", err
	}
	return filepath.Join(cacheDir, "packages-"+packages[:16], "node_modules"), nil
}

func packagesSum() (string, error) {
	return sumOf([]string{"package.json", "package-lock.json"})
}

// build makes one build into the folder at, which appears whole or not at
// all. The caller holds the lock. Packages are installed once per lock file.
func build(ctx context.Context, cacheDir, at string, log func(string)) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fault.New(fault.Unavailable, "The pages' style sheets are not in this program and npm, which builds them, is not installed. Install Node.js 20 or newer with npm (on Debian or Ubuntu: apt-get install nodejs npm) and start again, or use a release, which carries them.")
	}
	modules, err := NodeModules(cacheDir)
	if err != nil {
		return err
	}
	workshop := filepath.Dir(modules)
	if err := layOut(workshop); err != nil {
		return err
	}
	installed := filepath.Join(workshop, "installed")
	if _, err := os.Stat(installed); err != nil {
		log("Fetching the pages' packages with npm, once.")
		if err := run(ctx, workshop, npm, "ci", "--omit=optional", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
			return err
		}
		if err := os.WriteFile(installed, nil, 0o644); err != nil {
			return fmt.Errorf("mark packages as installed: %w", err)
		}
	}
	log("Building the pages' style sheets.")
	fresh, err := os.MkdirTemp(cacheDir, "building-")
	if err != nil {
		return fmt.Errorf("make a folder to build assets in: %w", err)
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	if err := os.Chmod(fresh, 0o755); err != nil {
		return fmt.Errorf("open the folder of built assets: %w", err)
	}
	if err := run(ctx, workshop, "node", "build.mjs", fresh); err != nil {
		return err
	}
	if err := os.RemoveAll(at); err != nil { // left by somebody's hand: a build is never half there
		return fmt.Errorf("clear the place of the assets: %w", err)
	}
	if err := os.Rename(fresh, at); err != nil {
		return fmt.Errorf("put the assets in place: %w", err)
	}
	return nil
}

// layOut writes the embedded sources into the workshop, without leftovers of
// an older version.
func layOut(workshop string) error {
	if err := os.RemoveAll(filepath.Join(workshop, "src")); err != nil {
		return fmt.Errorf("clear old asset sources: %w", err)
	}
	err := fs.WalkDir(sources, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(workshop, filepath.FromSlash(name))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		body, err := sources.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(to, body, 0o644)
	})
	if err != nil {
		return fmt.Errorf("lay out asset sources: %w", err)
	}
	return nil
}

// run starts one command and turns its failure into a fault that carries its
// last lines.
func run(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("build the pages' style sheets: %w", ctx.Err())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), "at ") })
	tail := strings.Join(lines[max(0, len(lines)-6):], "\n")
	return fault.New(fault.Unavailable, "The pages' style sheets could not be built: %s %s did not succeed (%v). It said:\n%s", filepath.Base(name), args[0], err, tail)
}
