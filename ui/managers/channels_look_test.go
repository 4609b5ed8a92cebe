package managers_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"duenotice/campaigns/calendar"
	"duenotice/letters"
	"duenotice/ui/static/statictest"
)

// TestThePagesOfCallsAndScansFitADeskAndAPhone looks at them in a real
// browser, and takes a call by the keyboard alone. With
// DUENOTICE_GALLERY=folder it leaves pictures there; with DUENOTICE_AXE=file of
// axe-core it asks that too.
func TestThePagesOfCallsAndScansFitADeskAndAPhone(t *testing.T) {
	b := statictest.OpenBrowser(t)
	if !letters.CanPicture() {
		t.Skip("poppler is not installed")
	}
	h := build(t)
	h.posted(40)
	by := h.viewer("Ben First")
	// A form that was sent back with neither box ticked, as it was printed.
	list, err := h.mail.Batches(t.Context(), h.vendor.ID, letters.BatchFilter{})
	h.must(err)
	r, _, err := h.mail.PDF(t.Context(), h.vendor.ID, list[0].Code, 0, -1)
	h.must(err)
	pdf, err := io.ReadAll(r)
	h.must(err)
	h.must(r.Close())
	form, err := letters.Picture(t.Context(), pdf, 3, 1240)
	h.must(err)
	_, err = h.mail.ReceiveScans(t.Context(), by, "NEL", "Tuesday’s post.png", calendar.DateOf(h.clock.Now()), bytes.NewReader(form))
	h.must(err)
	h.work()
	h.exec(`INSERT INTO registers (name, key_sha256, made_by, made_at) VALUES ('National opt-out service', 'x', 1, $1)`, h.clock.Now())
	var reference string
	h.must(h.db.Owner.QueryRow(t.Context(), `SELECT reference FROM pieces WHERE person_id = (SELECT id FROM people WHERE nhs_number = $1)`, number(7)).Scan(&reference))
	call := h.post("Hal Help", "/desk", "reference", reference).reads(303).Header.Get("Location")
	h.post("Hal Help", call, "says", "no").reads(200, "Read it back")
	h.post("Hal Help", call, "says", "no", "confirmed", "yes").reads(303)

	at := h.opened()
	h.signInBy(b, at, "Ben First")
	look := func(name string) {
		t.Helper()
		for _, width := range []int64{1280, 390} {
			h.must(chromedp.Do(b, chromedp.EmulateViewport(width, 900), chromedp.Sleep(200*time.Millisecond)))
			told, err := chromedp.Run(b, chromedp.Evaluate[string](complaints))
			h.must(err)
			if told != "" {
				t.Errorf("%s at %d: %s", name, width, told)
			}
			if file := os.Getenv("DUENOTICE_AXE"); file != "" {
				axe, err := os.ReadFile(file)
				h.must(err)
				found, err := chromedp.Run(b, chromedp.Evaluate[string](string(axe)+";"+axeTold, chromedp.EvalAwaitPromise))
				h.must(err)
				if found != "" {
					t.Errorf("%s at %d: %s", name, width, found)
				}
			}
			if folder := os.Getenv("DUENOTICE_GALLERY"); folder != "" {
				png, err := chromedp.Run(b, chromedp.FullScreenshot(100))
				h.must(err)
				h.must(os.WriteFile(filepath.Join(folder, name+"-"+map[int64]string{1280: "desk", 390: "phone"}[width]+".png"), png, 0o644))
			}
		}
	}
	for _, p := range []struct{ name, path string }{{"call", call}, {"scans", "/scans"}, {"scan", "/scans/1"}, {"keys", "/holds/1"}, {"tasks", "/tasks"}, {"targets", "/targets"}, {"desk", "/desk"}} {
		h.must(chromedp.Do(b, chromedp.Navigate(at+p.path)))
		look(p.name)
	}
	// By the keyboard alone: the reference and Enter, N and Enter, Enter.
	var other string
	h.must(h.db.Owner.QueryRow(t.Context(), `SELECT reference FROM pieces WHERE person_id = (SELECT id FROM people WHERE nhs_number = $1)`, number(8)).Scan(&other))
	h.must(chromedp.Do(b, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(at+"/desk"), chromedp.KeyEvent(other+kb.Enter), chromedp.WaitVisible("#says-2")))
	h.must(chromedp.Do(b, chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.Enter), chromedp.Sleep(100*time.Millisecond)))
	waits := func(words string) {
		t.Helper()
		for range 50 {
			text, err := chromedp.Run(b, chromedp.Evaluate[string](`document.querySelector('main')?.innerText ?? ''`))
			h.must(err)
			if strings.Contains(text, words) {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Fatalf("the page never says %q", words)
	}
	waits("You do not want a record to be made")
	look("readback")
	h.must(chromedp.Do(b, chromedp.KeyEvent(kb.Enter)))
	waits("Entered: no")
	if n := h.count(`SELECT count(*) FROM answers WHERE channel = 'phone' AND says = 'no'`); n != 2 {
		t.Errorf("%d calls were entered", n)
	}
}
