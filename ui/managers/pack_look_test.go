package managers_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duenotice/ui/static/statictest"
)

// TestThePagesOfPacksFitADeskAndAPhone looks at them in a real browser, writes
// in the editor and waits for its paper. With DUENOTICE_GALLERY=folder it
// leaves pictures there.
func TestThePagesOfPacksFitADeskAndAPhone(t *testing.T) {
	b := statictest.OpenBrowser(t)
	h := build(t)
	h.register.Printing = h.mail
	h.campaign(40)
	h.exec(`UPDATE people SET family_name = 'Emoji 🙂' WHERE nhs_number = $1`, number(9))
	h.exec(`UPDATE people SET address = '{}' WHERE nhs_number = $1`, number(10))
	h.post("Anna Author", "/campaigns/NEL/waves/new", "first[day]", "24", "first[month]", "11", "first[year]", "2026", "counted", "1/39").reads(303)
	for _, size := range []string{"letter", "large letter"} {
		h.post("Finn Finance", "/packs/postage", "postage", "second", "size", size, "grams", "100", "price", "68.50", "from[day]", "20", "from[month]", "11", "from[year]", "2026").reads(303)
	}
	h.post("Ben First", "/campaigns/NEL/waves/1/letters/try").reads(303)
	h.post("Anna Author", "/packs", "code", "standard").reads(303)
	old := h.english(2)
	h.post("Anna Author", "/packs/standard/2/wordings/en", "text", strings.Replace(old, "Your care stays the same whatever you answer", "The care you get stays the same, whatever you answer", 1), "was", old).reads(303)
	h.post("Anna Author", "/packs/standard/2/wordings/cy/check", "who", "Elin Rhys, translator").reads(303)
	h.supply("Anna Author", "en", "easy_read", "Joe Field, self-advocate", []byte(h.get("Anna Author", "/packs/standard/1/proof.pdf").Body)).reads(303)
	h.post("Anna Author", "/packs/standard/2/proofed").reads(303)
	h.clock.Advance(time.Minute)
	h.post("Anna Author", "/packs", "code", "scr", "title", "Summary Care Record").reads(303)

	at := h.opened()
	picture := func(name string) {
		if folder := os.Getenv("DUENOTICE_GALLERY"); folder != "" {
			png, err := chromedp.Run(b, chromedp.FullScreenshot(100))
			h.must(err)
			h.must(os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644))
		}
	}
	open := func(path string) {
		if err := chromedp.Do(b, chromedp.Navigate(at+path), chromedp.Sleep(100*time.Millisecond)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	tells := func(question string) string {
		told, err := chromedp.Run(b, chromedp.Evaluate[string](question))
		h.must(err)
		return told
	}
	h.signInBy(b, at, "Ben First")
	// Pictures that load late would be white: all are asked for before the page is looked at.
	const eager = `(async () => { const all = [...document.images]; all.forEach(i => i.loading = 'eager');
		await Promise.all(all.map(i => i.decode().catch(() => 0))); return all.filter(i => !i.naturalWidth).map(i => i.src).join(' ') })()`
	for _, p := range []struct{ name, path string }{
		{"packs", "/packs"},
		{"pack", "/packs/standard/2"},
		{"pack-settled", "/packs/standard/1"},
		{"pack-proofs", "/packs/standard/2/proofs?zones=on&person=1"},
		{"pack-wording", "/packs/standard/2/wordings/en"},
		{"pack-welsh", "/packs/standard/2/wordings/cy"},
		{"pack-read", "/packs/standard/1/wordings/pl"},
		{"pack-postage", "/packs/postage"},
		{"pack-makers", "/packs/makers"},
		{"pack-supply", "/packs/scr/1/supplied"},
		{"pack-easy", "/packs/standard/2/proofs?format=easy_read&zones=on"},
		{"pack-letters", "/campaigns/NEL/waves/1/letters"},
		{"pack-wave", "/campaigns/NEL/waves/1"},
	} {
		h.must(chromedp.Do(b, chromedp.EmulateViewport(1280, 900)))
		open(p.path)
		broken, err := chromedp.Run(b, chromedp.Evaluate[string](eager, chromedp.EvalAwaitPromise))
		h.must(err)
		if broken != "" {
			t.Errorf("%s: %s", p.path, broken)
		}
		b.Look(p.name, at+p.path)
	}
	// Whoever writes sees the paper change without saving.
	h.must(chromedp.Do(b, chromedp.EmulateViewport(1280, 900)))
	open("/packs/standard/2/wordings/en")
	before := tells(`document.querySelector('#preview img').src`)
	tells(`(() => { const t = document.querySelector('#text'), at = t.value.indexOf('he care you get'); t.focus(); t.setSelectionRange(at, at); return '' })()`)
	h.must(chromedp.Do(b, chromedp.KeyEvent("Really. ")))
	deadline := time.Now().Add(20 * time.Second)
	for tells(`document.querySelector('#preview img')?.src ?? ''`) == before {
		if time.Now().After(deadline) {
			t.Fatal("the paper does not follow the writing")
		}
		time.Sleep(200 * time.Millisecond)
	}
	picture("pack-live-1280")
	if h.english(2) == "" || strings.Contains(h.english(2), "Really.") {
		t.Error("a preview saved something")
	}
}
