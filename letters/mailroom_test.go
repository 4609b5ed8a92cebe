package letters_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/letters"
)

func TestAWaveBecomesSealedBatchesThatAddUp(t *testing.T) {
	h := newHouse(t, 300)
	batches := h.seal()
	if len(batches) != 2 || batches[0].Code != "NEL-0001" || batches[0].Pieces != 150 || batches[1].Pieces != 150 {
		t.Fatalf("the wave became %+v", batches)
	}
	if due := time.Date(2026, 11, 23, 17, 30, 0, 0, time.UTC); !batches[0].DueAt.Equal(due) || batches[0].PlannedPostOn != calendar.On(2026, 11, 24) {
		t.Errorf("posted on %v, it is due %v", batches[0].PlannedPostOn, batches[0].DueAt)
	}
	for _, b := range batches {
		r, _, err := h.mail.PDF(t.Context(), h.vendor.ID, b.Code, 0, -1)
		h.must(err)
		pdf, err := io.ReadAll(r)
		h.must(err)
		h.must(r.Close())
		m, err := h.mail.Manifest(t.Context(), h.vendor.ID, b.Code)
		h.must(err)
		sum := sha256.Sum256(pdf)
		if !bytes.Equal(sum[:], b.PDFSHA256) || m.PDF.Bytes != int64(len(pdf)) || m.Totals.Pieces != b.Pieces || m.Totals.Pages != b.Pages || m.Totals.Sheets != b.Sheets {
			t.Errorf("batch %s and its manifest differ: %+v", b.Code, m.Totals)
		}
		if !bytes.HasPrefix(pdf, []byte("%PDF-")) || bytes.Count(pdf, []byte("<</Type/Page/")) != b.Pages {
			t.Errorf("the file of %s has %d pages, not %d", b.Code, bytes.Count(pdf, []byte("<</Type/Page/")), b.Pages)
		}
		json, err := h.mail.ManifestFile(t.Context(), h.vendor.ID, b.Code, "json")
		h.must(err)
		if sum := sha256.Sum256(json); !bytes.Equal(sum[:], b.ManifestSHA256) {
			t.Errorf("the manifest of %s is not the one that was sealed", b.Code)
		}
		csv, err := h.mail.ManifestFile(t.Context(), h.vendor.ID, b.Code, "csv")
		h.must(err)
		if n := strings.Count(string(csv), "\r\n"); n != b.Pieces+2 {
			t.Errorf("manifest.csv has %d lines", n)
		}
		for i := 1; i < len(m.Pieces); i++ {
			if m.Pieces[i].Postcode < m.Pieces[i-1].Postcode {
				t.Fatalf("%s follows %s", m.Pieces[i].Postcode, m.Pieces[i-1].Postcode)
			}
		}
	}
	if n := h.count(`SELECT count(*) FROM codes c JOIN pieces p ON p.id = c.piece_id AND p.enrolment_id = c.enrolment_id`); n != 300 {
		t.Errorf("%d codes are kept", n)
	}
	if s := h.states(); s[campaigns.Written] != 300 {
		t.Errorf("people stand in %v", s)
	}
	if n := h.count(`SELECT count(*) FROM batches WHERE pulled_at IS NOT NULL`); n != 2 {
		t.Errorf("%d pulls are noted", n)
	}
	if b := h.balanced(); b.Released != 300 || b.Still != 300 {
		t.Errorf("the balance is %+v", b)
	}
}

func TestWhatIsDoneTwiceIsDoneOnce(t *testing.T) {
	h := newHouse(t, 40)
	waves := h.queue.waves
	before := h.seal()
	h.must(h.mail.ComposeWave(t.Context(), h.campaign.ID, waves[0]))
	h.must(h.mail.ComposeBatch(t.Context(), before[0].ID))
	h.must(h.mail.SealBatch(t.Context(), before[0].ID))
	if after := h.seal(); len(after) != 1 || !bytes.Equal(after[0].PDFSHA256, before[0].PDFSHA256) || h.count(`SELECT count(*) FROM pieces`) != 40 {
		t.Errorf("a second sealing left %+v", after)
	}
}

func TestTwoWorkersOnOneBatchSealItOnce(t *testing.T) {
	h := newHouse(t, 60)
	h.compose()
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		wg.Go(func() { errs[i] = h.mail.SealBatch(t.Context(), h.queue.toSal[0]) })
	}
	wg.Wait()
	h.must(errs[0])
	h.must(errs[1])
	if n := h.count(`SELECT count(*) FROM pieces`); n != 60 {
		t.Errorf("60 people have %d pieces", n)
	}
}

func TestAWorkerKilledInMidSealLeavesNothing(t *testing.T) {
	h := newHouse(t, 150)
	h.compose()
	for _, after := range []time.Duration{time.Millisecond, 20 * time.Millisecond, 60 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		err := h.mail.SealBatch(ctx, h.queue.toSal[0])
		cancel()
		if err == nil {
			t.Skip("this machine seals faster than it can be stopped")
		}
	}
	if n := h.count(`SELECT count(*) FROM pieces`) + h.count(`SELECT count(*) FROM codes`) + h.count(`SELECT count(*) FROM batches WHERE state = 'sealed'`); n != 0 {
		t.Errorf("the killed worker left %d rows", n)
	}
	if s := h.states(); s[campaigns.Scheduled] != 150 {
		t.Errorf("people stand in %v", s)
	}
	h.must(filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".json") {
			t.Errorf("a manifest of nothing is there: %s", filepath.Base(path))
		}
		return nil
	}))
	if batches := h.seal(); len(batches) != 1 || batches[0].Pieces != 150 {
		t.Errorf("the next worker made %+v", batches)
	}
}

func TestADiskThatTakesNoFileMeansNoBatch(t *testing.T) {
	h := newHouse(t, 20)
	h.compose()
	h.must(os.WriteFile(filepath.Join(h.dir, "batches"), nil, 0o600)) // where the folder would be
	if err := h.mail.SealBatch(t.Context(), h.queue.toSal[0]); err == nil {
		t.Fatal("the batch was sealed without its file")
	}
	if n := h.count(`SELECT count(*) FROM pieces`); n != 0 {
		t.Errorf("%d pieces have no file", n)
	}
	h.must(os.Remove(filepath.Join(h.dir, "batches")))
	if batches := h.seal(); len(batches) != 1 {
		t.Errorf("afterwards there are %d batches", len(batches))
	}
}

func TestNothingIsWrittenOrReleasedWhilePaused(t *testing.T) {
	h := newHouse(t, 20)
	pause := campaigns.PauseCampaign(h.campaign.ID)
	h.must(h.mail.ComposeWave(t.Context(), h.campaign.ID, h.queue.waves[0]))
	h.must(h.register.Halt(t.Context(), h.staff[0], pause, "a question from the press"))
	if err := h.mail.ComposeBatch(t.Context(), h.queue.toDo[0]); !fault.Is(err, fault.Unavailable) {
		t.Errorf("composing goes on: %v", err)
	}
	h.must(h.register.Resume(t.Context(), h.staff[0], pause))
	h.must(h.mail.ComposeBatch(t.Context(), h.queue.toDo[0]))
	h.must(h.register.Halt(t.Context(), h.staff[0], pause, "another"))
	if err := h.mail.SealBatch(t.Context(), h.queue.toSal[0]); !fault.Is(err, fault.Unavailable) {
		t.Errorf("sealing goes on: %v", err)
	}
	// Three weeks later the printed last day has to be later too.
	h.clock.Set(time.Date(2026, 12, 11, 9, 0, 0, 0, calendar.London))
	h.must(h.register.Resume(t.Context(), h.staff[0], pause))
	h.must(h.mail.SealBatch(t.Context(), h.queue.toSal[0]))
	b, err := h.mail.Batch(t.Context(), h.vendor.ID, "NEL-0001")
	h.must(err)
	if b.PlannedPostOn != calendar.On(2026, 12, 14) || h.count(`SELECT count(*) FROM notices WHERE printed_last_on < '2027-03-01'`) != 0 {
		t.Errorf("after the pause the batch is posted on %v and its letters promise too little", b.PlannedPostOn)
	}
	h.must(h.register.Halt(t.Context(), h.staff[0], pause, "a third"))
	if _, _, err := h.mail.PDF(t.Context(), h.vendor.ID, b.Code, 0, -1); !fault.Is(err, fault.Unavailable) {
		t.Errorf("releasing goes on: %v", err)
	}
}

func TestEverybodyIsAskedOnceMoreAtSealing(t *testing.T) {
	h := newHouse(t, 40)
	h.compose()
	h.exec(`UPDATE people SET died_on = '2026-11-19' WHERE id = 1`)
	h.exec(`UPDATE people SET sensitive = true WHERE id = 2`)
	h.exec(`UPDATE people SET family_name = '李' WHERE id = 3`)
	h.exec(`UPDATE enrolments SET state = 'opted_out' WHERE person_id = 4`)
	h.must(h.register.Halt(t.Context(), h.staff[0], campaigns.PausePractice("F84002"), "the practice asked for it"))
	h.must(h.mail.SealBatch(t.Context(), h.queue.toSal[0]))
	b, err := h.mail.Batch(t.Context(), h.vendor.ID, "NEL-0001")
	h.must(err)
	why, err := h.mail.WithheldOf(t.Context(), b.ID)
	h.must(err)
	got, sum := map[string]int{}, 0
	for _, w := range why {
		reason, _, _ := strings.Cut(w.Reason, ":")
		got[reason] += w.Letters
		sum += w.Letters
	}
	if got["died"] != 1 || got["sensitive"] != 1 || got["said no"] != 1 || got["letter"] != 0 || got["practice paused"] != 19 || sum != b.Withheld || b.Pieces+b.Withheld != b.Composed {
		t.Errorf("withheld were %v of %+v", why, b)
	}
	// Resumed, its people are in the next batch.
	h.must(h.register.Resume(t.Context(), h.staff[0], campaigns.PausePractice("F84002")))
	n, err := h.mail.ComposeFollowUps(t.Context(), h.campaign.ID)
	h.must(err)
	if n != 1 {
		t.Fatalf("%d batches follow", n)
	}
	h.queue.toSal = h.queue.toSal[1:]
	batches := h.seal()
	if len(batches) != 2 || batches[1].Pieces != 18 {
		t.Errorf("the next batch is %+v", batches)
	}
	// Whoever cannot be printed is not taken up again before something changes.
	if n, err = h.mail.ComposeFollowUps(t.Context(), h.campaign.ID); err != nil || n != 0 {
		t.Errorf("%d batches follow for nobody: %v", n, err)
	}
	h.clock.Advance(time.Hour)
	h.exec(`UPDATE people SET family_name = 'Li', touched_at = $1 WHERE id = 3`, h.clock.Now())
	if n, err = h.mail.ComposeFollowUps(t.Context(), h.campaign.ID); err != nil || n != 1 {
		t.Errorf("%d batches follow for the corrected name: %v", n, err)
	}
}

func TestAnotherVendorsBatchIsAsAbsentAsNone(t *testing.T) {
	h := newHouse(t, 10)
	b := h.seal()[0]
	other, err := h.mail.AddVendor(t.Context(), "OTHER", "Other Print")
	h.must(err)
	_, absent := h.mail.Batch(t.Context(), other.ID, "NEL-9999")
	_, theirs := h.mail.Batch(t.Context(), other.ID, b.Code)
	if !fault.Is(theirs, fault.NotFound) || theirs.Error() != absent.Error() {
		t.Errorf("another's batch is told from none: %v, %v", theirs, absent)
	}
	if _, err := h.mail.Dispatch(t.Context(), other.ID, b.Code, letters.Dispatch{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("another vendor dispatched: %v", err)
	}
	v, err := h.mail.Report(t.Context(), other.ID, []letters.PieceReport{{Reference: h.references(b.ID)[0], Status: letters.Printed}})
	if err != nil || v[0].Verdict != letters.Refused {
		t.Errorf("another vendor's piece: %v %v", v, err)
	}
}

func TestAForgedKeyIsNobodysAndAnOldOneEnds(t *testing.T) {
	h := newHouse(t, 1)
	var keys []string
	for range 3 {
		k, err := h.mail.NewVendorKey(t.Context(), h.vendor.ID)
		h.must(err)
		keys = append(keys, k)
	}
	for i, k := range keys {
		v, err := h.mail.VendorByKey(t.Context(), k)
		if i == 0 && !fault.Is(err, fault.Unauthenticated) || i > 0 && (err != nil || v.ID != h.vendor.ID) {
			t.Errorf("key %d: %v %v", i, v, err)
		}
	}
	for _, forged := range []string{"", "dnv_", keys[2] + "x", keys[2][:40]} {
		if _, err := h.mail.VendorByKey(t.Context(), forged); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a forged key opens: %v", err)
		}
	}
}
