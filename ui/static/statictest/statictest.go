// Package statictest gives tests the built assets, kept between them in the user's cache.
package statictest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"duenotice/ui/static"
)

// Load builds the assets where that has not been done, and skips the test on a
// machine without npm unless it is the one that must not skip (CI is set).
func Load(t testing.TB) *static.Assets {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil && os.Getenv("CI") == "" {
		t.Skip("npm is not installed, so the assets cannot be built")
	}
	home, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	a, err := static.Load(t.Context(), filepath.Join(home, "duenotice-assets"), func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	return a
}
