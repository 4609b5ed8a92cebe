package vendors_test

import (
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"duenotice/ui/page"
	"duenotice/ui/static"
	"duenotice/ui/vendors"
)

func TestWhoAsksTooFastIsToldHowLongToWaitOnBothSurfaces(t *testing.T) {
	h := newHouse(t, 5)
	r, err := page.New(&static.Assets{}, page.Site{Door: page.Vendors, Logger: slog.New(slog.DiscardHandler), Problem: vendors.Problem})
	h.must(err)
	app := fiber.New(fiber.Config{Immutable: true, ErrorHandler: r.Failed, DisableStartupMessage: true})
	app.Use(r.Guarded)
	h.must(vendors.RoutesWithin(app, r, h.mail, 0.1, 2))
	ask := func(key, path string) (int, string, string) {
		req := mustRequest(t, "GET", path)
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("X-Request-ID", "1")
		res, err := app.Test(req, -1)
		h.must(err)
		defer res.Body.Close()
		return res.StatusCode, res.Header.Get("Retry-After"), read(t, res.Body)
	}
	for range 2 {
		if status, _, _ := ask(h.key, "/vendor/v1/batches"); status != 200 {
			t.Errorf("within the limit: %d", status)
		}
	}
	status, wait, text := ask(h.key, "/vendor/v1/batches")
	if seconds, err := strconv.Atoi(wait); status != 429 || err != nil || seconds < 1 || seconds > 10 || !strings.Contains(text, "Wait for the seconds") {
		t.Errorf("%d, wait %q: %s", status, wait, text)
	}
	if status, wait, text := ask(h.key, "/nhs-notify-supplier/letters"); status != 429 || wait == "" || !strings.Contains(text, `"status":"429"`) {
		t.Errorf("%d, wait %q: %s", status, wait, text)
	}
	if status, _, _ := ask(h.other, "/nhs-notify-supplier/letters"); status != 200 {
		t.Errorf("another vendor waits too: %d", status)
	}
}

func TestADispatchOfAServerThatDiedIsAppliedOnce(t *testing.T) {
	h := newHouse(t, 40)
	h.expect(200, "POST", first+"/accept", "")
	const asked = `{"posted_on":"2026-11-20"}`
	h.expect(200, "POST", first+"/dispatch", asked, "Idempotency-Key", "k")
	h.exec(`UPDATE idempotency_keys SET status = 0, body = '' WHERE key = 'k'`) // it died before it could keep its answer
	if a := h.expect(503, "POST", first+"/dispatch", asked, "Idempotency-Key", "k"); a.header.Get("Retry-After") != "1" {
		t.Errorf("while nobody knows: %v", a.header)
	}
	h.clock.Advance(3 * time.Minute)
	if a := h.expect(200, "POST", first+"/dispatch", asked, "Idempotency-Key", "k"); !strings.Contains(a.body, `"applied":0,"already":40`) {
		t.Errorf("after it died: %s", a.body)
	}
	if a := h.expect(200, "POST", first+"/dispatch", asked, "Idempotency-Key", "k"); a.header.Get("Idempotent-Replayed") != "true" {
		t.Error("the answer is not kept")
	}
	if posted, _, _, _, _ := h.balance(); posted != 40 {
		t.Errorf("%d letters are posted", posted)
	}
	if n := h.count(`SELECT count(*) FROM history WHERE to_state = 'notified'`); n != 40 {
		t.Errorf("%d windows were opened", n)
	}
}

func TestABatchSaysItsSheetsAndHowUrgentItIs(t *testing.T) {
	h := newHouse(t, 40)
	a := h.expect(200, "GET", first, "")
	if !strings.Contains(a.body, `"counts":[{"postage":"second","sheets":2,"pieces":40}]`) || !strings.Contains(a.body, `"priority":"ordinary"`) {
		t.Errorf("the batch is %s", a.body)
	}
	h.clock.Advance(5 * 24 * time.Hour)
	if a := h.expect(200, "GET", "/vendor/v1/batches", ""); !strings.Contains(a.body, `"priority":"overdue"`) || !strings.Contains(a.body, `"pieces":40}]`) {
		t.Errorf("five days later: %s", a.body)
	}
}
