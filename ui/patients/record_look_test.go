package patients_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"duenotice/optout"
	"duenotice/ui/patients"
	"duenotice/ui/static/statictest"
)

func TestTheWaitingPageLooksCalmAndComesBackByItself(t *testing.T) {
	ctx := statictest.OpenBrowser(t)
	h := build(t, func(s *patients.Settings) { s.Newcomers = 1 })
	w := &walker{t: t, ctx: ctx, h: h}
	w.do(chromedp.EmulateViewport(1280, 900))
	w.visit("/o")
	w.fill("#code", optout.GroupCode(h.code))
	w.fill("#born-day", bornDay)
	w.fill("#born-month", bornMonth)
	w.fill("#born-year", bornYear)
	leave := h.crowd(t)
	w.press("main form button")
	w.look("asked-to-wait")
	leave()
	for deadline := time.Now().Add(40 * time.Second); w.asks(`location.pathname`) != "/wait" && time.Now().Before(deadline); {
		time.Sleep(250 * time.Millisecond)
	}
	w.look("your-turn")
	w.press("main form button")
	if at := w.asks(`location.pathname`); at != "/decision" {
		t.Errorf("whoever waited stands on %s", at)
	}
}

func TestOnesOwnRecordLooksCalm(t *testing.T) {
	ctx := statictest.OpenBrowser(t)
	h := withLogin(t)
	w := &walker{t: t, ctx: ctx, h: h}
	for name, level := range map[string]string{"level-too-low": "P5", "own-record": "P9"} {
		w.visit("/record")
		w.look("record")
		w.press(`a[href="/record/sign-in"]`)
		who := claims(level, level+".Cp.Cd")
		who["sub"] = level
		text, _ := json.Marshal(who)
		if w.asks(`String(!!document.querySelector('[name=login]'))`) == "true" {
			w.fill("[name=login]", base64.RawURLEncoding.EncodeToString(text))
			w.fill("[name=password]", "-")
			w.press("[type=submit]")
		}
		w.press("[type=submit]") // agrees
		w.look(name)
		w.do(chromedp.Evaluate[chromedp.Void](`undefined`))
		if level == "P9" && w.asks(`location.pathname`) != "/record/view" || level == "P5" && w.asks(`location.pathname`) != "/record/return" {
			t.Errorf("%s ends at %s", name, w.asks(`location.pathname`))
		}
		w.do(chromedp.Navigate(h.issuer + "/session/end"))
		if w.asks(`String(!!document.querySelector('[type=submit]'))`) == "true" {
			w.press("[type=submit]")
		}
	}
}
