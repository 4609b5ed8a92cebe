package statictest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duenotice/ui/static"
)

const chromium = "/usr/bin/chromium"

// Browser is a real browser for one test, closed at its end.
type Browser struct {
	context.Context
	t   testing.TB
	axe string
}

// OpenBrowser opens Chromium, and skips the test where there is none unless
// the machine is the one that must not skip (CI is set). Short runs skip it
// always: a browser walks slowly, and the race detector learns nothing from it.
func OpenBrowser(t testing.TB, more ...chromedp.ExecAllocatorOption) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser walks every page")
	}
	if _, err := os.Stat(chromium); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no chromium at " + chromium)
		}
		t.Skip("no chromium at " + chromium)
	}
	axe, err := axeSource()
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(opts, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return &Browser{ctx, t, axe}
}

// Complaints is what we ask of every page besides axe.
const Complaints = `[
	document.documentElement.scrollWidth > innerWidth ? 'scrolls sideways to ' + document.documentElement.scrollWidth : '',
	performance.getEntriesByType('resource').some(e => new URL(e.name).origin !== location.origin) ? 'asks another host' : '',
	document.querySelectorAll('h1').length === 1 ? '' : 'has ' + document.querySelectorAll('h1').length + ' main headings',
	document.querySelector('[style]') ? 'has an inline style' : '',
	[...document.querySelectorAll('main input:not([type=hidden]):not([type=file]), main select, main textarea')].some(e => !e.labels.length) ? 'has a field without a label' : '',
	[...document.querySelectorAll('main a, main button')].some(e => !e.textContent.trim()) ? 'has a link without words' : '',
	new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size === document.querySelectorAll('[id]').length ? '' : 'uses an id twice: ' + [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i).join(' '),
].filter(Boolean).join(', ')`

// axeTold asks axe-core, and sums up what it finds. Two things that the design
// system's own scripts do are left to it: a choice that opens a further
// question says so with aria-expanded, and its button for files has a longer
// name than its label.
const axeTold = `axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
	.then(r => r.violations.map(v => ({id: v.id, at: v.nodes.map(n => n.target.join(' ')).filter(at =>
		!(v.id === 'aria-allowed-attr' && document.querySelector(at)?.matches('.nhsuk-radios__input[aria-expanded], .nhsuk-checkboxes__input[aria-expanded]')) &&
		!(v.id === 'label-content-name-mismatch' && document.querySelector(at)?.closest('.nhsuk-file-upload, [data-module=nhsuk-file-upload]')))}))
		.filter(v => v.at.length).map(v => v.id + ': ' + v.at.join(', ')).join('; '))`

// Look opens an address at the widths of a desk and a telephone and fails the
// test for whatever is wrong with the page. With DUENOTICE_GALLERY=folder it
// leaves pictures called name-width.png there.
func (b *Browser) Look(name, url string) { b.t.Helper(); b.LookAt(name, url, 1280, 390) }

// LookAt is Look at other widths.
func (b *Browser) LookAt(name, url string, widths ...int64) {
	b.t.Helper()
	for _, width := range widths {
		if err := chromedp.Do(b, chromedp.EmulateViewport(width, 900), chromedp.Navigate(url), chromedp.Sleep(100*time.Millisecond)); err != nil {
			b.t.Fatalf("%s: %v", name, err)
		}
		b.inspect(name, width)
	}
}

// LookHere is LookAt for the page that is open: one that a form led to.
func (b *Browser) LookHere(name string, widths ...int64) {
	b.t.Helper()
	for _, width := range widths {
		if err := chromedp.Do(b, chromedp.EmulateViewport(width, 900)); err != nil {
			b.t.Fatalf("%s: %v", name, err)
		}
		b.inspect(name, width)
	}
}

func (b *Browser) inspect(name string, width int64) {
	b.t.Helper()
	told, err := chromedp.Run(b, chromedp.Evaluate[string](Complaints))
	if err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	if told != "" {
		b.t.Errorf("%s at %d: %s", name, width, told)
	}
	told, err = chromedp.Run(b, chromedp.Evaluate[string](b.axe+";"+axeTold, chromedp.EvalAwaitPromise))
	if err != nil || told != "" {
		b.t.Errorf("%s at %d: axe finds %s %v", name, width, told, err)
	}
	if folder := os.Getenv("DUENOTICE_GALLERY"); folder != "" {
		png, err := chromedp.Run(b, chromedp.FullScreenshot(100))
		if err != nil {
			b.t.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, width)), png, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}

// Does runs a script in the page and gives what it answers with true or false.
func (b *Browser) Does(script string) bool {
	b.t.Helper()
	yes, err := chromedp.Run(b, chromedp.Evaluate[bool](script))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return yes
}

// axeSource is axe-core by the lock file of the assets, installed once per
// lock file into the user's cache.
var axeSource = sync.OnceValues(func() (string, error) {
	home, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(home, "duenotice-assets")
	modules, err := static.NodeModules(dir)
	if err != nil {
		return "", err
	}
	own := filepath.Dir(modules) + "-tests"
	file := filepath.Join(own, "node_modules", "axe-core", "axe.min.js")
	if text, err := os.ReadFile(file); err == nil {
		return string(text), nil
	}
	fresh, err := os.MkdirTemp(dir, "tests-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(fresh) }()
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := static.Source(name)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(fresh, name), text, 0o600); err != nil {
			return "", err
		}
	}
	npm := exec.Command("npm", "ci", "--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = fresh
	if out, err := npm.CombinedOutput(); err != nil {
		return "", fmt.Errorf("install what tests need with npm: %w\n%s", err, out)
	}
	if err := os.Rename(fresh, own); err != nil { // another test program was faster
		if _, there := os.Stat(file); there != nil {
			return "", fmt.Errorf("put what tests need in place: %w", err)
		}
	}
	text, err := os.ReadFile(file)
	return string(text), err
})
