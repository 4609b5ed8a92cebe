package vendors_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAVendorSaysWhenItsCopiesAreDestroyed(t *testing.T) {
	h := newHouse(t, 3)
	code := h.text(`SELECT code FROM batches ORDER BY id LIMIT 1`)
	at := "/vendor/v1/batches/" + code
	h.expect(409, "POST", at+"/destroyed", `{}`)
	h.expect(200, "POST", at+"/accept", `{}`)
	h.expect(200, "POST", at+"/dispatch", `{"posted_on":"2026-11-20"}`)
	h.expect(422, "POST", at+"/destroyed", `{"destroyed_on":"2026-11-21"}`)
	if a := h.expect(200, "POST", at+"/destroyed", `{"destroyed_on":"2026-11-20"}`); !strings.Contains(a.body, `"already":false`) {
		t.Errorf("the first word: %s", a.body)
	}
	if a := h.expect(200, "POST", at+"/destroyed", ``); !strings.Contains(a.body, `"already":true`) {
		t.Errorf("the second word: %s", a.body)
	}
	h.expect(404, "POST", at+"/destroyed", `{}`, "Authorization", "Bearer "+h.other)
}

func TestAVendorAtWorkDestroysItsCopiesBeforeAnybodyAsks(t *testing.T) {
	for name, notify := range map[string]bool{"batches": false, "one by one": true} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, 60)
			c, shift := h.client(h.url), h.shift()
			day := c.Work
			if notify {
				day = c.WorkNotify
			}
			shift.ReturnedShare = 0.2
			for _, at := range []time.Time{opening, opening.AddDate(0, 0, 4), opening.AddDate(0, 0, 20), opening.AddDate(0, 0, 27)} {
				h.clock.Set(at)
				if done, err := day(t.Context(), shift); err != nil || done.Destroyed != 0 {
					t.Fatalf("on %s: %+v, %v", at, done, err)
				}
			}
			back := h.count(`SELECT count(*) FROM pieces WHERE state = 'returned'`)
			h.clock.Set(opening.AddDate(0, 0, 32))
			if done, err := day(t.Context(), shift); err != nil || done.Destroyed != 2 {
				t.Fatalf("when their time has come: %+v, %v", done, err)
			}
			left := 0
			h.must(filepath.WalkDir(shift.Folder, func(path string, _ fs.DirEntry, err error) error {
				if strings.HasSuffix(path, ".pdf") || strings.HasSuffix(path, ".json") {
					left++
				}
				return err
			}))
			h.clock.Set(opening.AddDate(0, 0, 60))
			if done, err := day(t.Context(), shift); err != nil || done.Destroyed+done.Pulled+done.Returned != 0 || left != 0 || back == 0 {
				t.Errorf("a month later: %+v, %v; %d files are left; %d came back", done, err, left, back)
			}
			h.must(h.mail.WatchVendors(t.Context()))
			if n := h.count(`SELECT count(*) FROM alarms WHERE kind = 'copies kept' AND cleared_at IS NULL`); n != 0 {
				t.Errorf("it is reminded all the same, %d times", n)
			}
		})
	}
}
