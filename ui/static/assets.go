// Package static holds the pages' style sheets, scripts and images, under addresses that change when they do.
package static

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Prefix begins the address of every asset.
const Prefix = "/assets/"

// CacheControl is what every asset is served with: its address changes with
// its content, so it may be kept for a year without asking again.
const CacheControl = "public, max-age=31536000, immutable"

// Assets is one build, held in memory. It is safe for concurrent use.
type Assets struct {
	version string
	files   map[string]File
}

// File is one asset with what is needed to answer a request for it.
type File struct {
	ContentType string
	Body        []byte
	Gzip        []byte // nil when compressing it would not pay
	Brotli      []byte // likewise
}

// read takes a built folder into memory.
func read(built fs.FS) (*Assets, error) {
	a := &Assets{files: map[string]File{}}
	sum := sha256.New()
	err := fs.WalkDir(built, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kind, known := contentTypes[path.Ext(name)]
		if !known {
			return nil
		}
		body, err := fs.ReadFile(built, name)
		if err != nil {
			return err
		}
		f := File{ContentType: kind, Body: body}
		f.Gzip, _ = fs.ReadFile(built, name+".gz")
		f.Brotli, _ = fs.ReadFile(built, name+".br")
		a.files[name] = f
		fmt.Fprintf(sum, "%s %d\n", name, len(body))
		sum.Write(body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read built assets: %w", err)
	}
	a.version = hex.EncodeToString(sum.Sum(nil))[:12]
	return a, nil
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
	".ico": "image/x-icon",
}

// URL is the address of an asset, for example "app.css" or
// "images/favicon.svg". It panics when there is no such asset: a template that
// names one is wrong, and templates are tried at start.
func (a *Assets) URL(name string) string {
	if _, ok := a.files[name]; !ok {
		panic(fmt.Sprintf("static: no asset is called %q", name))
	}
	return Prefix + a.version + "/" + name
}

// Find returns the asset at an address that URL gave. An address of another
// version is not found, so that nothing stale is ever kept as if it were new.
func (a *Assets) Find(address string) (File, bool) {
	rest, ok := strings.CutPrefix(address, Prefix+a.version+"/")
	if !ok {
		return File{}, false
	}
	f, ok := a.files[rest]
	return f, ok
}
