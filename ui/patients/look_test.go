package patients_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duenotice/optout"
)

// browser opens a real one, or skips where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	const chromium = "/usr/bin/chromium"
	if _, err := os.Stat(chromium); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no chromium at " + chromium)
		}
		t.Skip("no chromium at " + chromium)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

const complaints = `[
	document.documentElement.scrollWidth > innerWidth ? 'scrolls sideways to ' + document.documentElement.scrollWidth : '',
	performance.getEntriesByType('resource').some(e => new URL(e.name).origin !== location.origin) ? 'asks another host' : '',
	location.hash ? 'keeps ' + location.hash + ' in the address' : '',
	[...document.querySelectorAll('input:not([type=hidden]):not([type=radio]), .nhsuk-button, .dn-two__item')].some(e => e.offsetHeight && e.offsetHeight < 24) ? 'has a target that is too small' : '',
	new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size === document.querySelectorAll('[id]').length ? '' : 'uses an id twice',
].filter(Boolean).join(', ')`

// axeTold asks axe-core, and sums up what it finds.
const axeTold = `axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
	.then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ')).join(', '))`

// TestEveryPageFitsAndTheScannedCodeLeavesTheAddress walks the journey in a
// real browser, at the widths of a desk, a phone and a zoomed page. With
// DUENOTICE_GALLERY=folder it leaves pictures there; with DUENOTICE_AXE=file of
// axe-core it asks that too.
func TestEveryPageFitsAndTheScannedCodeLeavesTheAddress(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser walks every page")
	}
	h := build(t)
	ctx := browser(t)
	must := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	look := func(name string) {
		t.Helper()
		for _, width := range []int64{1280, 390, 320} {
			must(chromedp.EmulateViewport(width, 900), chromedp.Sleep(120*time.Millisecond))
			told, err := chromedp.Run(ctx, chromedp.Evaluate[string](complaints))
			if err != nil {
				t.Fatal(err)
			}
			if told != "" {
				t.Errorf("%s at %d: %s", name, width, told)
			}
			if file := os.Getenv("DUENOTICE_AXE"); file != "" {
				axe, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				found, err := chromedp.Run(ctx, chromedp.Evaluate[string](string(axe)+";"+axeTold, chromedp.EvalAwaitPromise))
				if err != nil || found != "" {
					t.Errorf("%s at %d: axe finds %s, %v", name, width, found, err)
				}
			}
			if folder := os.Getenv("DUENOTICE_GALLERY"); folder != "" {
				png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, width)), png, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	visit := func(path string) {
		t.Helper()
		must(chromedp.Navigate(h.at+path), chromedp.Sleep(200*time.Millisecond))
	}
	press := func(selector string) {
		t.Helper()
		must(chromedp.Click(chromedp.CSS(selector)), chromedp.Sleep(400*time.Millisecond))
	}

	visit("/")
	look("1-start")
	visit("/o#" + h.code)
	typed, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.getElementById('code').value + '|' + location.href + '|' + document.activeElement.id`))
	if want := optout.GroupCode(h.code) + "|" + h.at + "/o|born-day"; err != nil || typed != want {
		t.Errorf("%q, not %q: %v", typed, want, err)
	}
	look("2-code")
	must(chromedp.SendKeys(chromedp.CSS("#born-day"), "31"), chromedp.SendKeys(chromedp.CSS("#born-month"), "2"), chromedp.SendKeys(chromedp.CSS("#born-year"), bornYear))
	press(`form[action="/o"] button`)
	look("3-code-wrong")
	must(chromedp.SetValue(chromedp.CSS("#born-day"), bornDay), chromedp.SetValue(chromedp.CSS("#born-month"), bornMonth))
	press(`form[action="/o"] button`)
	look("4-decision")
	visit("/status")
	look("5-status")
	visit("/behalf")
	look("6-behalf")
	visit("/question")
	look("7-question")
	press(`form[action="/question"] button`)
	look("8-question-wrong")
	press(`label[for="answer-2"]`)
	press(`form[action="/question"] button`)
	look("9-check")
	press(`form[action="/check"] button`)
	look("10-done")
	visit("/status")
	look("11-status-no")
	visit("/not-me")
	look("12-not-me")
	for _, path := range []string{"lost-code", "formats", "not-mine", "accessibility", "privacy", "finished", "nowhere"} {
		visit("/" + path)
		look("13-" + path)
	}
}
