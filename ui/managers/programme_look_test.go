package managers_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"duenotice/campaigns/engagement"
	"duenotice/campaigns/funding"
	"duenotice/campaigns/readiness"
	"duenotice/campaigns/uptake"
	"duenotice/ui/managers"
)

// axeTold asks axe-core, and sums up what it finds.
const axeTold = `axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
	.then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ')).join(', '))`

// TestThePagesAroundTheMailOutFitADeskAndAPhone looks at them in a real
// browser. With DUENOTICE_GALLERY=folder it leaves pictures and prints there;
// with DUENOTICE_AXE=file of axe-core it asks that too.
func TestThePagesAroundTheMailOutFitADeskAndAPhone(t *testing.T) {
	const chromium = "/usr/bin/chromium"
	if testing.Short() {
		t.Skip("a browser walks every page")
	}
	if _, err := os.Stat(chromium); err != nil {
		t.Skip("no chromium at " + chromium)
	}
	h := build(t)
	h.programme()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	h.must(err)
	go func() { _ = h.app.Listener(listener) }()
	t.Cleanup(func() { _ = h.app.Shutdown() })
	at := "http://" + listener.Addr().String()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	folder := os.Getenv("DUENOTICE_GALLERY")
	keep := func(name string, body []byte) { h.must(os.WriteFile(filepath.Join(folder, name), body, 0o600)) }
	look := func(name string, width int64) {
		t.Helper()
		told, err := chromedp.Run(ctx, chromedp.Evaluate[string](complaints))
		h.must(err)
		if told != "" {
			t.Errorf("%s at %d: %s", name, width, told)
		}
		if file := os.Getenv("DUENOTICE_AXE"); file != "" {
			axe, err := os.ReadFile(file)
			h.must(err)
			found, err := chromedp.Run(ctx, chromedp.Evaluate[string](string(axe)+";"+axeTold, chromedp.EvalAwaitPromise))
			if err != nil || found != "" {
				t.Errorf("%s at %d: axe finds %s, %v", name, width, found, err)
			}
		}
		if folder != "" {
			png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
			h.must(err)
			keep(fmt.Sprintf("%s-%d.png", name, width), png)
		}
	}
	h.must(chromedp.Do(ctx, chromedp.Navigate(at+"/sign-in"), chromedp.WaitVisible("#email")))
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](fmt.Sprintf(`document.querySelector('#email').value = %q, document.querySelector('#password').value = %q,
		document.querySelector('main form').requestSubmit(), true`, mail("Cara Second"), password))); err != nil {
		t.Fatal(err)
	}
	h.must(chromedp.Do(ctx, chromedp.WaitVisible("#needs")))
	for _, p := range programmePages {
		name, path, _ := strings.Cut(p, " ")
		for _, width := range []int64{1280, 390} {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(at+path), chromedp.Sleep(100*time.Millisecond)); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			look(name, width)
		}
		if folder != "" {
			pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(func(p *page.PrintToPDFParams) { p.PreferCSSPageSize, p.PrintBackground = new(true), new(true) }))
			h.must(err)
			keep(name+".pdf", pdf)
		}
	}
}

// aroundRooms are the rooms around the mail-out, for tests.
type aroundRooms struct {
	tally *uptake.Tally
	board *readiness.Board
}

func (h *house) around() managers.Programme {
	h.tally, h.board = &uptake.Tally{Register: h.register}, &readiness.Board{Register: h.register}
	minutes := &engagement.Minutes{Register: h.register}
	h.register.Clearing = minutes
	return managers.Programme{Tally: h.tally, Board: h.board, Purse: &funding.Purse{Register: h.register, Books: h.mail}, Minutes: minutes}
}

// programmePages are the pages that are looked at: a name and an address each.
var programmePages = []string{
	"funding /funding", "plan-slips /campaigns/NEL/waves/new", "engagement /engagement", "meeting /engagement/1",
	"readiness /readiness", "ready-area /readiness/areas/QMF", "ready-practice /readiness/practices/F84001", "ready-blockers /readiness/blockers", "ready-deadline /readiness/deadline",
	"uptake /uptake", "uptake-icb /uptake/area/icb/QMF", "uptake-practices /uptake/area/england/all/practices", "uptake-practice /uptake/practice/F84001",
	"uptake-alerts /uptake/alerts", "uptake-definitions /uptake/definitions", "uptake-files /uptake/files", "uptake-groups /uptake/groups", "uptake-group /uptake/groups/1",
}

// programme is something of everything around the mail-out.
func (h *house) programme() {
	h.t.Helper()
	h.posted(60)
	h.offered()
	at := h.post("Cara Second", "/engagement", "programme", "1", "body", "London local medical committees", "held[day]", "18", "held[month]", "11", "held[year]", "2026", "present", "146", "bodies", "29", "of", "32").reads(303).Header.Get("Location")
	h.post("Cara Second", at+"/votes", "question", "How useful would a shared summary be?", "answers", "+60 Very useful\n+63 Moderately useful\n19 Of little use\n-4 Dangerous").reads(303)
	h.post("Cara Second", at+"/concerns", "concern", "Who answers patients who call about the letter?", "owner", "ICB").reads(303)
	h.pomi()
	h.ready()
	h.post("Cara Second", "/readiness/areas/QMF", "held[day]", "18", "held[month]", "11", "held[year]", "2026", "practices", "F84002", "agreed", "Weekly calls until March", "support", "A trainer for two days").reads(303)
	h.post("Cara Second", "/uptake/groups", "name", "Tower Hamlets federation", "practices", "F84001 F84002").reads(303)
}
