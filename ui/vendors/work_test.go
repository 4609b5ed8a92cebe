package vendors_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/cmd/printvendor/client"
	"duenotice/letters/exchange"
)

func (h *house) client(url string) *client.Client {
	h.t.Helper()
	c, err := client.New(url, h.key, client.Options{Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	h.must(err)
	return c
}

func (h *house) shift() client.Shift {
	return client.Shift{Folder: h.t.TempDir(), Today: func() calendar.Date { return calendar.Clock(h.clock.Now).Today() },
		Working: calendar.England(), Seed: 7, Log: func(s string) { h.t.Log(s) }}
}

// balance checks that every released piece is accounted for.
func (h *house) balance() (posted, returned, spoiled, recalled, still int) {
	h.t.Helper()
	list, err := h.mail.Reconciliation(h.t.Context(), h.campaign.ID)
	h.must(err)
	for _, b := range list {
		if !b.Balanced() {
			h.t.Errorf("batch %s does not balance: %+v", b.Batch, b)
		}
		posted, returned, spoiled, recalled, still = posted+b.Posted, returned+b.Returned, spoiled+b.Spoiled, recalled+b.Recalled, still+b.Still
	}
	return
}

func TestAVendorWorksUntilEveryLetterIsAccountedFor(t *testing.T) {
	h := newHouse(t, 200)
	c, shift := h.client(h.url), h.shift()
	shift.SpoiledShare, shift.ReturnedShare = 0.05, 0.1
	done, err := c.Work(t.Context(), shift)
	h.must(err)
	if done.Pulled != 5 || done.Accepted != 5 || done.Posted != 0 {
		t.Fatalf("on the first day: %+v", done)
	}
	again, err := c.Work(t.Context(), shift)
	h.must(err)
	if again.Pulled+again.Accepted+again.Posted+len(again.Refused) != 0 {
		t.Errorf("the same day again: %+v", again)
	}
	recalled := h.text(`SELECT reference FROM pieces ORDER BY id LIMIT 1`)
	h.must(h.mail.Recall(t.Context(), h.staff[1], recalled, "the address is wrong"))
	h.clock.Set(time.Date(2026, 11, 24, 9, 0, 0, 0, calendar.London))
	done, err = c.Work(t.Context(), shift)
	h.must(err)
	if done.Recalled != 1 || done.Spoiled == 0 || done.Posted != 200-done.Spoiled-1 {
		t.Fatalf("on the day of posting: %+v", done)
	}
	total := 0
	for range 14 {
		h.clock.Advance(24 * time.Hour)
		later, err := c.Work(t.Context(), shift)
		h.must(err)
		total += later.Returned
		if later.Posted != 0 {
			t.Errorf("posted again: %+v", later)
		}
	}
	posted, returned, spoiled, taken, still := h.balance()
	if posted != done.Posted || returned != total || total == 0 || spoiled != done.Spoiled || taken != 1 || still != 0 {
		t.Errorf("the books say posted %d returned %d spoiled %d recalled %d still %d; the vendor did %+v and then returned %d", posted, returned, spoiled, taken, still, done, total)
	}
	if n := h.count(`SELECT count(DISTINCT posted_on) FROM pieces WHERE posted_on IS NOT NULL`); n != 1 {
		t.Errorf("%d posting dates", n)
	}
}

func TestALyingVendorChangesNothingByIt(t *testing.T) {
	h := newHouse(t, 120)
	c, shift := h.client(h.url), h.shift()
	shift.Misbehave, shift.SpoiledShare = true, 0.05
	_, err := c.Work(t.Context(), shift)
	h.must(err)
	if n := h.count(`SELECT count(*) FROM pieces WHERE posted_on IS NOT NULL`); n != 0 {
		t.Fatalf("%d pieces are posted that were not accepted", n)
	}
	h.clock.Set(time.Date(2026, 11, 24, 9, 0, 0, 0, calendar.London))
	done, err := c.Work(t.Context(), shift)
	h.must(err)
	if len(done.Lies) < 15 {
		t.Errorf("only %d untruths were told", len(done.Lies))
	}
	posted, _, spoiled, _, still := h.balance()
	if posted+spoiled != 120 || still != 0 || spoiled != done.Spoiled {
		t.Errorf("posted %d, spoiled %d, still %d", posted, spoiled, still)
	}
	if n := h.count(`SELECT count(*) FROM pieces WHERE posted_on <> '2026-11-24'`); n != 0 {
		t.Errorf("%d pieces have a false date", n)
	}
}

func TestAPausedBatchIsFetchedAnotherDay(t *testing.T) {
	h := newHouse(t, 30)
	c, shift := h.client(h.url), h.shift()
	h.must(h.register.Halt(t.Context(), h.staff[1], "stop", "a drill"))
	done, err := c.Work(t.Context(), shift)
	h.must(err)
	if done.HeldBack != 1 || done.Pulled != 0 {
		t.Errorf("%+v", done)
	}
}

func TestAPullCutAgainAndAgainArrivesWhole(t *testing.T) {
	h := newHouse(t, 40)
	line := cutting(t, strings.TrimPrefix(h.url, "http://"), 37_000)
	folder := t.TempDir()
	p, err := h.client("http://"+line).Pull(t.Context(), "NEL-0001", folder)
	h.must(err)
	if p.Breaks < 2 || p.Manifest.Totals.Pieces != 40 {
		t.Errorf("%d breaks, %d pieces", p.Breaks, p.Manifest.Totals.Pieces)
	}
	again, err := h.client(h.url).Pull(t.Context(), "NEL-0001", folder)
	h.must(err)
	if !again.Already {
		t.Error("it was pulled twice")
	}
	left, err := os.ReadDir(folder)
	h.must(err)
	if len(left) != 2 {
		t.Errorf("the folder holds %v", left)
	}
	h.must(os.WriteFile(filepath.Join(folder, "NEL-0001.pdf"), []byte("%PDF"), 0o600))
	if _, err := h.client(h.url).Pull(t.Context(), "NEL-0001", folder); err == nil {
		t.Error("a damaged file passes for a pulled one")
	}
}

func TestAPullCutAtFiftyRandomPointsArrivesWhole(t *testing.T) {
	h := newHouse(t, 40)
	size := int64(h.count(`SELECT pdf_bytes FROM batches WHERE code = 'NEL-0001'`))
	luck := rand.New(rand.NewPCG(7, 50))
	for range 50 {
		at := 1 + luck.Int64N(size)
		line := cutting(t, strings.TrimPrefix(h.url, "http://"), 30_000+at)
		folder := t.TempDir()
		p, err := h.client("http://"+line).Pull(t.Context(), "NEL-0001", folder)
		if err != nil || p.Manifest.Totals.Pieces != 40 {
			t.Fatalf("cut after %d bytes: %v", at, err)
		}
		if again, err := h.client(h.url).Pull(t.Context(), "NEL-0001", folder); err != nil || !again.Already {
			t.Fatalf("cut after %d bytes, what was kept is not right: %v", at, err)
		}
	}
}

func TestReadingEveryLetterFindsWhatAManifestCannotTell(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed, so letters cannot be read")
	}
	h := newHouse(t, 40)
	p, err := h.client(h.url).Pull(t.Context(), "NEL-0001", t.TempDir())
	h.must(err)
	found, err := client.Deep(t.Context(), p.PDF, p.Manifest)
	if err != nil || found.Letters != 40 || found.Codes != 40 || found.Addresses != 40 {
		t.Errorf("%+v %v", found, err)
	}
	for what, spoil := range map[string]func(m *exchange.Manifest){
		"letters are mixed":                func(m *exchange.Manifest) { m.Pieces[3], m.Pieces[4] = m.Pieces[4], m.Pieces[3] },
		"does not show the postcode":       func(m *exchange.Manifest) { m.Pieces[5].Postcode = "ZE3 9JZ" },
		"ends before page":                 func(m *exchange.Manifest) { m.Pieces[39].Pages = 9 },
		"more pages than its manifest":     func(m *exchange.Manifest) { m.Pieces = m.Pieces[:39] },
		"shows another piece's reference:": func(m *exchange.Manifest) { m.Pieces[0].Reference = "DN0000000000" },
	} {
		m := p.Manifest
		m.Pieces = slices.Clone(m.Pieces)
		spoil(&m)
		if _, err := client.Deep(t.Context(), p.PDF, m); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestPiecesOfWhichNothingIsSaidStayOnTheBooks(t *testing.T) {
	h := newHouse(t, 120)
	c, shift := h.client(h.url), h.shift()
	shift.LostShare, shift.SpoiledShare, shift.Misbehave = 0.1, 0.05, true
	_, err := c.Work(t.Context(), shift)
	h.must(err)
	h.clock.Set(time.Date(2026, 11, 24, 9, 0, 0, 0, calendar.London))
	done, err := c.Work(t.Context(), shift)
	h.must(err)
	posted, _, spoiled, _, still := h.balance()
	if still == 0 || posted+spoiled+still != 120 || done.Posted != posted {
		t.Errorf("posted %d, spoiled %d, still there %d", posted, spoiled, still)
	}
}

func TestAVendorOfNHSNotifyWorksUntilEveryLetterIsAccountedFor(t *testing.T) {
	h := newHouse(t, 120)
	c, shift := h.client(h.url), h.shift()
	shift.SpoiledShare, shift.ReturnedShare, shift.Misbehave = 0.05, 0.1, true
	h.clock.Set(time.Date(2026, 11, 21, 9, 0, 0, 0, calendar.London)) // a Saturday
	done, err := c.WorkNotify(t.Context(), shift)
	h.must(err)
	if done.Pulled != 120 || done.Accepted+done.Spoiled != 120 || done.Posted != 0 {
		t.Fatalf("on a Saturday: %+v", done)
	}
	accepted, ruined := done.Accepted, done.Spoiled
	recalled := h.text(`SELECT reference FROM pieces WHERE state = 'accepted' ORDER BY id LIMIT 1`)
	h.must(h.mail.Recall(t.Context(), h.staff[1], recalled, "the address is wrong"))
	h.clock.Set(time.Date(2026, 11, 24, 9, 0, 0, 0, calendar.London))
	done, err = c.WorkNotify(t.Context(), shift)
	h.must(err)
	if done.Posted != accepted-1 || len(done.Refused) != 1 || done.Refused[0].Reference != recalled || !strings.Contains(done.Refused[0].Reason, "answer the recall first") {
		t.Errorf("on the day of posting: %+v", done)
	}
	if len(done.Lies) != 5 {
		t.Errorf("%d untruths", len(done.Lies))
	}
	for _, l := range done.Lies {
		if !strings.HasPrefix(l.Answer, "refused: ") {
			t.Errorf("%s: %s", l.What, l.Answer)
		}
	}
	back := 0
	shift.Misbehave = false
	for range 14 {
		h.clock.Advance(24 * time.Hour)
		later, err := c.WorkNotify(t.Context(), shift)
		h.must(err)
		back += later.Returned
		if later.Posted+later.Pulled != 0 {
			t.Errorf("done twice: %+v", later)
		}
	}
	posted, returned, spoiled, _, still := h.balance()
	failed := h.count(`SELECT count(*) FROM pieces WHERE state = 'failed'`)
	if posted != accepted-1 || returned != back || back == 0 || spoiled != 0 || failed != ruined || still != 1 {
		t.Errorf("the books say posted %d returned %d failed %d still %d; told were %d back, %d ruined", posted, returned, failed, still, back, ruined)
	}
}

// cutting is a network line that breaks after so many bytes from the server.
func cutting(t *testing.T, to string, after int64) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	ctx, end := context.WithCancel(t.Context())
	t.Cleanup(func() { end(); l.Close(); open.Wait() })
	open.Go(func() {
		for {
			near, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			open.Go(func() {
				far, err := net.Dial("tcp", to)
				if err != nil {
					near.Close()
					return
				}
				cut := func() { near.Close(); far.Close() }
				defer context.AfterFunc(ctx, cut)()
				defer cut()
				go func() { _, _ = io.Copy(far, near) }()
				_, _ = io.CopyN(near, far, after)
			})
		}
	})
	return l.Addr().String()
}
