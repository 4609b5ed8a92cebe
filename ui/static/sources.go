package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
)

//go:generate npm ci --omit=optional --omit=dev --ignore-scripts --no-audit --no-fund
//go:generate node build.mjs built

//go:embed package.json package-lock.json build.mjs all:src
var sources embed.FS

// built is empty in a clone and holds a build in a release.
//
//go:embed all:built
var built embed.FS

// sourcesSum is the checksum of all that a build is made from; build.mjs
// makes the same sum and leaves it beside what it built.
func sourcesSum() (string, error) {
	var names []string
	err := fs.WalkDir(sources, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("list asset sources: %w", err)
	}
	return sumOf(names)
}

func sumOf(names []string) (string, error) {
	slices.Sort(names)
	all := sha256.New()
	for _, name := range names {
		body, err := sources.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read asset source %s: %w", name, err)
		}
		fmt.Fprintf(all, "%s %x\n", name, sha256.Sum256(body))
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// Source is one of the files that a build is made from, by its name in this
// folder; tests install from the same lock file.
func Source(name string) ([]byte, error) { return sources.ReadFile(name) }
