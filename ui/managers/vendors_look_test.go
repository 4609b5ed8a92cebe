package managers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duenotice/ui/static/statictest"
)

// TestThePagesOfVendorsFitADeskAndAPhone looks at them in a real browser, and
// makes a key there. With DUENOTICE_GALLERY=folder it leaves pictures.
func TestThePagesOfVendorsFitADeskAndAPhone(t *testing.T) {
	b := statictest.OpenBrowser(t)
	h := build(t)
	h.posted(60)
	for _, size := range []string{"letter", "large letter"} {
		h.post("Finn Finance", "/packs/postage", "postage", "second", "size", size, "grams", "100", "price", "68.50", "from[day]", "20", "from[month]", "11", "from[year]", "2026").reads(303)
	}
	h.post("Cara Second", "/vendors", "code", "HARBOUR", "name", "Harbour Print and Post").reads(303)
	for _, form := range [][]string{
		{"/keys", "kind", "key", "newest", "0"},
		{"/networks", "networks", "192.0.2.0/24\n2001:db8:1200:3400::/64"},
		{"/sftp", "ssh", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPyJrBEdBVfwOO0dlLlBXdZ5Fm1Yc0oXnqBv9f4kqLm print room, Barking"},
		{"/sealing", "kind", "age", "key", "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"},
	} {
		if r := h.post("Cara Second", "/vendors/INKWELL"+form[0], form[1:]...); r.Status >= 400 {
			t.Fatalf("%v: %d %s", form, r.Status, plain(r.Body))
		}
	}
	h.post("Cara Second", "/vendors/INKWELL/hook", "url", "https://print.example.org/due-notice").reads(200, "Shown only now")
	h.post("Cara Second", "/vendors/INKWELL/hook/test").reads(303)
	h.exec(`UPDATE batches SET pulled_at = sealed_at WHERE code <> 'NEL-0001'`)

	at := h.opened()
	look := func(name string, width int64) {
		t.Helper()
		told, err := chromedp.Run(b, chromedp.Evaluate[string](complaints))
		h.must(err)
		if told != "" {
			t.Errorf("%s at %d: %s", name, width, told)
		}
		if folder := os.Getenv("DUENOTICE_GALLERY"); folder != "" {
			png, err := chromedp.Run(b, chromedp.FullScreenshot(100))
			h.must(err)
			h.must(os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, width)), png, 0o644))
		}
	}
	open := func(path string) {
		t.Helper()
		if err := chromedp.Do(b, chromedp.Navigate(at+path), chromedp.Sleep(100*time.Millisecond)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	click := func(script string) {
		t.Helper()
		if _, err := chromedp.Run(b, chromedp.Evaluate[bool](script+", true")); err != nil {
			t.Fatal(err)
		}
	}
	h.signInBy(b, at, "Cara Second")
	for name, path := range map[string]string{"vendors": "/vendors", "vendor": "/vendors/INKWELL", "vendor-new": "/vendors/HARBOUR",
		"vendor-books": "/vendors/books", "vendor-books-by-vendor": "/vendors/books?by=vendor"} {
		b.Look(name, at+path)
	}
	for _, width := range []int64{1280, 390} {
		h.must(chromedp.Do(b, chromedp.EmulateViewport(width, 900)))
		open("/vendors/INKWELL")
		click(`[...document.querySelectorAll('main button')].find(b => b.textContent.includes('client secret')).click()`)
		h.must(chromedp.Do(b, chromedp.WaitVisible(".dn-secret")))
		look("vendor-key", width)
	}
}
