package patients_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"duenotice/optout"
	"duenotice/ui/static/statictest"
)

// firstView is how much the first page may weigh, with all that it loads.
const firstView = 60_000

// weight sums what a page and all it loads weigh on the line.
const weight = `(() => { const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
	return all.reduce((sum, e) => sum + e.encodedBodySize, 0) + '|' + all.map(e => new URL(e.name).pathname + ' ' + e.encodedBodySize).join(', ') })()`

// focused tells what the keyboard is on, whether one can see that, and whether
// anything covers it (WCAG 2.4.7, 2.4.11).
const focused = `(() => { const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e)
	const shown = e.matches(':focus-visible') && (s.outlineStyle !== 'none' || s.boxShadow !== 'none')
	const mark = e.matches('input[type=radio]') ? getComputedStyle(e.labels[0], '::before') : s
	const seen = shown || mark.boxShadow !== 'none'
	const inside = r.bottom > 0 && r.top < innerHeight
	return (e.id ? '#' + e.id : e.getAttribute('href') || e.name || e.textContent.trim()) + '|' + (seen ? '' : 'no focus to be seen') + (inside ? '' : 'off the screen') })()`

// TestTheServiceIsLightAndNeedsNeitherMouseNorScript answers in a real browser
// by keyboard alone, then without JavaScript, and weighs the first view.
func TestTheServiceIsLightAndNeedsNeitherMouseNorScript(t *testing.T) {
	ctx := statictest.OpenBrowser(t)
	h := build(t)
	h.inEveryLanguage(t, "checked")
	w := &walker{t: t, ctx: ctx, h: h}
	w.do(chromedp.EmulateViewport(390, 800))

	for _, path := range []string{"/", "/o", "/?lang=ur", "/?lang=en"} {
		if _, err := chromedp.Call(ctx, network.ClearBrowserCache, cdp.Empty{}); err != nil {
			t.Fatal(err)
		}
		w.visit(path)
		sum, parts, _ := strings.Cut(w.asks(weight), "|")
		n, err := strconv.Atoi(sum)
		if err != nil || n == 0 || n > firstView {
			t.Errorf("%s weighs %s bytes, at most %d are allowed: %s", path, sum, firstView, parts)
		}
		t.Logf("%s weighs %s bytes", path, sum)
	}

	t.Run("keyboard", func(t *testing.T) {
		w.visit("/")
		w.tabTo(t, "/o")
		w.leads(chromedp.KeyEvent(kb.Enter))
		w.tabTo(t, "#code")
		w.do(chromedp.KeyEvent(optout.GroupCode(h.code)))
		for _, box := range [][2]string{{"#born-day", bornDay}, {"#born-month", bornMonth}, {"#born-year", bornYear}} {
			w.tabTo(t, box[0])
			w.do(chromedp.KeyEvent(box[1]))
		}
		w.leads(chromedp.KeyEvent(kb.Enter)) // from within a field, as people do
		if at := w.asks(`location.pathname`); at != "/decision" {
			t.Fatalf("the keyboard led to %s", at)
		}
		w.tabTo(t, "/question")
		w.leads(chromedp.KeyEvent(kb.Enter))
		w.tabTo(t, "#answer")
		w.do(chromedp.KeyEvent(kb.ArrowDown)) // the second answer
		w.tabTo(t, "Continue")
		w.leads(chromedp.KeyEvent(kb.Enter))
		w.tabTo(t, "Give this answer")
		w.leads(chromedp.KeyEvent(kb.Enter))
		if at := w.asks(`location.pathname`); at != "/done" {
			t.Errorf("the keyboard led to %s", at)
		}
		w.tabTo(t, "Finish")
		w.leads(chromedp.KeyEvent(kb.Enter))
	})

	t.Run("without JavaScript", func(t *testing.T) {
		if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			t.Fatal(err)
		}
		w.visit("/o")
		w.fill("#code", h.code)
		w.fill("#born-day", bornDay)
		w.fill("#born-month", bornMonth)
		w.fill("#born-year", bornYear)
		w.press(`form[action="/o"] button`)
		w.visit("/ask")
		w.fill("#text", "Is there a script?")
		w.press(`form[action="/ask"] button`)
		w.visit("/question")
		w.do(chromedp.Click(chromedp.CSS(`label[for="answer"]`)))
		w.press(`form[action="/question"] button`)
		w.press(`form[action="/check"] button`)
		if at := w.asks(`location.pathname + ' ' + document.body.classList.contains('js-enabled')`); at != "/done false" {
			t.Errorf("without JavaScript one comes to %s", at)
		}
	})
	if n := h.count(t, `SELECT count(*) FROM answers`); n != 2 {
		t.Errorf("%d answers", n)
	}
	if n := h.count(t, `SELECT count(*) FROM messages WHERE body = 'Is there a script?'`); n != 1 {
		t.Errorf("%d questions", n)
	}
}

// tabTo presses the tabulator until a field, link or button has the focus.
func (w *walker) tabTo(t *testing.T, want string) {
	t.Helper()
	var seen []string
	for range 40 {
		w.do(chromedp.KeyEvent(kb.Tab))
		at, wrong, _ := strings.Cut(w.asks(focused), "|")
		if seen = append(seen, at); wrong != "" {
			t.Errorf("%s: %s", at, wrong)
		}
		if at == want {
			return
		}
	}
	t.Fatalf("the keyboard does not reach %s: %s", want, fmt.Sprint(seen))
}
