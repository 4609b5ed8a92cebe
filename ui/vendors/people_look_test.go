package vendors_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duenotice/letters"
)

const complaints = `[
	document.documentElement.scrollWidth > innerWidth ? 'scrolls sideways to ' + document.documentElement.scrollWidth : '',
	performance.getEntriesByType('resource').some(e => new URL(e.name).origin !== location.origin) ? 'asks another host' : '',
	location.hash.startsWith('#dnj') ? 'keeps a code in the address' : '',
	document.querySelectorAll('h1').length === 1 ? '' : 'has ' + document.querySelectorAll('h1').length + ' main headings',
	document.querySelector('[style]') ? 'has an inline style' : '',
	[...document.querySelectorAll('main input:not([type=hidden]):not([type=file]), main select, main textarea')].some(e => !e.labels.length) ? 'has a field without a label' : '',
	[...document.querySelectorAll('main a, main button')].some(e => !e.textContent.trim()) ? 'has a link without words' : '',
	new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size === document.querySelectorAll('[id]').length ? '' : 'uses an id twice: ' + [...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i).join(' '),
].filter(Boolean).join(', ')`

// axeTold asks axe-core; the design system's own file upload breaks the one rule that is left out.
const axeTold = `axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], rules: {'label-content-name-mismatch': {enabled: false}}})
	.then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ')).join(', '))`

// TestThePagesOfAVendorsPeopleFitADeskAndAPhone walks them in a real browser,
// from the invitation on. With DUENOTICE_GALLERY=folder it leaves pictures
// there; with DUENOTICE_AXE=file of axe-core it asks that too.
func TestThePagesOfAVendorsPeopleFitADeskAndAPhone(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser walks every page")
	}
	const chromium = "/usr/bin/chromium"
	if _, err := os.Stat(chromium); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no chromium at " + chromium)
		}
		t.Skip("no chromium at " + chromium)
	}
	h := newHouse(t, 360)
	d := h.open()
	list, err := h.mail.Batches(t.Context(), d.first().Vendor, letters.BatchFilter{})
	h.must(err)
	v := list[0].Vendor
	h.exec(`UPDATE batches SET pulled_at = sealed_at WHERE code IN ($1, $2)`, list[1].Code, list[2].Code)
	for _, b := range list[2:4] {
		h.must(h.mail.Accept(t.Context(), v, b.Code))
	}
	for _, r := range h.referencesOf(list[1])[:3] {
		h.must(h.mail.Recall(t.Context(), h.staff[0], r, "not to be posted any more"))
	}
	h.must(h.mail.JudgeProof(t.Context(), v, 1, true, ""))
	h.clock.Set(h.clock.Now().Add(26 * time.Hour))
	h.exec(`UPDATE batches SET due_at = $1 WHERE code = $2`, h.clock.Now().Add(-16*time.Hour), list[0].Code)
	h.must(h.mail.LeaveFile(t.Context(), v, "day1.csv", []byte("subject,status,date,reason\n"+h.referencesOf(list[2])[0]+",printed,,\nDN1,printed,,\nEND,2\n")))
	_, err = h.mail.TakeInvoice(t.Context(), v, letters.Invoice{Number: "2026-117", IssuedOn: h.mail.Clock.Today(), Total: 400 * 1250,
		Lines: []letters.InvoiceLine{{Item: "printing and enclosing", Batch: list[2].Code, Quantity: 400, UnitPrice: 1250, Amount: 400 * 1250}}})
	h.must(err)
	_, err = h.mail.SetHook(t.Context(), h.staff[0], v, "https://print.example.org/due-notice")
	h.must(err)
	h.must(h.mail.TestHook(t.Context(), h.staff[0], v))
	code, err := h.mail.InvitePerson(t.Context(), h.staff[0], v, "j.farrow@example.org", "J. Farrow")
	h.must(err)

	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	must := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(script string) string {
		t.Helper()
		said, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
		if err != nil {
			t.Fatal(err)
		}
		return said
	}
	axe := ""
	if file := os.Getenv("DUENOTICE_AXE"); file != "" {
		text, err := os.ReadFile(file)
		h.must(err)
		axe = string(text)
	}
	look := func(name string) {
		t.Helper()
		for _, width := range []int64{1280, 390} {
			must(chromedp.EmulateViewport(width, 900), chromedp.Sleep(100*time.Millisecond))
			if told := ask(complaints); told != "" {
				t.Errorf("%s at %d: %s", name, width, told)
			}
			if axe != "" {
				ask(axe + "; ''")
				if told, err := chromedp.Run(ctx, chromedp.Evaluate[string](axeTold, chromedp.EvalAwaitPromise)); err != nil || told != "" {
					t.Errorf("%s at %d: axe says %s (%v)", name, width, told, err)
				}
			}
			if folder := os.Getenv("DUENOTICE_GALLERY"); folder != "" {
				png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				h.must(err)
				h.must(os.WriteFile(filepath.Join(folder, fmt.Sprintf("people-%s-%d.png", name, width)), png, 0o644))
			}
		}
	}
	must(chromedp.Navigate(d.at+"/"), chromedp.Sleep(100*time.Millisecond))
	look("start")
	must(chromedp.Navigate(d.at+"/join#"+code), chromedp.Sleep(300*time.Millisecond))
	if got := ask(`document.getElementById('code').value`); got != code {
		t.Errorf("the link leaves %q in the field", got)
	}
	look("join")
	ask(fmt.Sprintf(`document.querySelector('#password').value = %q, document.querySelector('main form').requestSubmit(), ''`, password))
	must(chromedp.WaitVisible("#email"))
	look("sign-in")
	ask(fmt.Sprintf(`document.querySelector('#email').value = 'j.farrow@example.org', document.querySelector('#password').value = %q, document.querySelector('main form').requestSubmit(), ''`, password))
	must(chromedp.WaitVisible(".dn-board"))
	for _, one := range [][2]string{{"batches", "/batches"}, {"batches-pull", "/batches?show=pull"}, {"batches-posted", "/batches?show=posted"}, {"batch", "/batches/" + list[1].Code}, {"batch-accepted", "/batches/" + list[2].Code},
		{"recalls", "/recalls"}, {"proofs", "/proofs"}, {"reports", "/reports"}, {"books", "/books"}, {"invoices", "/invoices"}, {"invoice", "/invoices/1"}, {"keys", "/keys"}, {"absent", "/batches/NONE"}} {
		must(chromedp.Navigate(d.at+one[1]), chromedp.Sleep(100*time.Millisecond))
		look(one[0])
	}
	must(chromedp.Navigate(d.at + "/keys"))
	ask(fmt.Sprintf(`document.querySelector('#password').value = %q, document.querySelector('#password').form.requestSubmit(), ''`, password))
	must(chromedp.WaitVisible(".dn-secret"))
	look("newkey")
}
