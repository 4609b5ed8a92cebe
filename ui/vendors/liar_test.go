package vendors_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"duenotice/campaigns"
	"duenotice/cmd/printvendor/client"
	"duenotice/letters"
)

// journal is what a liar knows to be untrue, by what the books should show.
type journal map[client.Claim]int

func (j journal) keep(lies []client.Lie) {
	for _, l := range lies {
		for _, c := range l.Claims {
			j[c]++
		}
	}
}

// contradictions are what the books show of the printing vendor.
func (h *house) contradictions() journal {
	h.t.Helper()
	list, err := h.mail.Contradictions(h.t.Context(), campaigns.Viewer{}, letters.VendorID(h.count(`SELECT id FROM vendors WHERE code = 'INKWELL'`)), opening)
	h.must(err)
	found := journal{}
	for _, c := range list {
		if c.Why == "" {
			h.t.Errorf("%+v says nothing", c)
		}
		found[client.Claim{Batch: c.Batch, Reference: c.Reference, Said: c.Said}]++
	}
	return found
}

// differences are what one has and the other has not.
func (j journal) differences(found journal) (list []string) {
	for c := range maps.All(j) {
		if j[c] != found[c] {
			list = append(list, fmt.Sprintf("%+v was told %d times and is listed %d times", c, j[c], found[c]))
		}
	}
	for c := range maps.All(found) {
		if j[c] == 0 {
			list = append(list, fmt.Sprintf("%+v was never told and is listed %d times", c, found[c]))
		}
	}
	slices.Sort(list)
	return list
}

func TestAYearOfAMisbehavingVendorBalancesAndListsEveryLie(t *testing.T) {
	if testing.Short() {
		t.Skip("a year is long")
	}
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, 240)
			c, shift := h.client(h.url), h.shift()
			shift.Seed, shift.Misbehave, shift.Log = seed, true, nil
			shift.SpoiledShare, shift.ReturnedShare, shift.LostShare, shift.RejectedShare = 0.03, 0.06, 0.01, 0.1
			shift.LateShare, shift.LateDays, shift.TooLateShare = 0.3, 9, 0.3
			told, lies, sum := journal{}, 0, client.Done{}
			for week := range 52 {
				for _, day := range []int{0, 4} { // Friday and Tuesday
					h.clock.Set(opening.AddDate(0, 0, 7*week+day))
					done, err := c.Work(t.Context(), shift)
					h.must(err)
					if len(done.Refused) > 0 {
						t.Errorf("of what is true is refused: %+v", done.Refused)
					}
					told.keep(done.Lies)
					lies += len(done.Lies)
					sum.Posted, sum.Returned, sum.Rejected = sum.Posted+done.Posted, sum.Returned+done.Returned, sum.Rejected+done.Rejected
					sum.Recalled, sum.TooLate, sum.Destroyed = sum.Recalled+done.Recalled, sum.TooLate+done.TooLate, sum.Destroyed+done.Destroyed
				}
				h.another(week)
			}
			posted, returned, spoiled, recalled, still := h.balance()
			released := h.count(`SELECT count(*) FROM pieces`)
			rejected := h.count(`SELECT count(*) FROM pieces WHERE state = 'rejected'`)
			t.Logf("%d lies; %d pieces: %d posted, %d of them returned, %d spoiled, %d rejected, %d recalled, %d still there; %d batches' copies destroyed",
				lies, released, posted, returned, spoiled, rejected, recalled, still, sum.Destroyed)
			if posted+spoiled+rejected+recalled+still != released || posted != sum.Posted || recalled != sum.Recalled || returned == 0 || spoiled == 0 || lies < 60 {
				t.Errorf("the vendor did %+v", sum)
			}
			if wrong := told.differences(h.contradictions()); len(wrong) > 0 {
				for _, w := range wrong {
					t.Error(w)
				}
			}
			h.must(h.mail.WatchVendors(t.Context()))
			for claim := range told {
				if claim.Said == "never fetched" || claim.Said == "never posted" || claim.Said == "charged" {
					if n := h.count(`SELECT count(*) FROM alarms WHERE kind = 'vendor books' AND key = 'batch:' || $1 AND cleared_at IS NULL`, claim.Batch); n != 1 {
						t.Errorf("of %+v nobody is told", claim)
					}
				}
			}
			if n := h.count(`SELECT count(*) FROM pieces WHERE posted_on > (SELECT max(recorded_at)::date FROM reports) OR posted_on < '2026-11-20'`); n != 0 {
				t.Errorf("%d pieces have a false date", n)
			}
		})
	}
}

// another lets a week's night work pass: what was ruined or came back is
// written again, and once a month somebody asks a piece back.
func (h *house) another(week int) {
	h.t.Helper()
	ctx := h.t.Context()
	if week%4 == 0 {
		if n := h.count(`SELECT count(*) FROM pieces WHERE state = 'accepted' AND returned_on IS NULL`); n > 0 {
			reference := h.text(`SELECT reference FROM pieces WHERE state = 'accepted' AND returned_on IS NULL ORDER BY id DESC LIMIT 1`)
			h.must(h.mail.Recall(ctx, h.staff[1], reference, "the address is wrong"))
		}
	}
	h.composed = nil
	_, err := h.mail.ComposeFollowUps(ctx, h.campaign.ID)
	h.must(err)
	for _, b := range h.composed {
		h.must(h.mail.SealBatch(ctx, b))
	}
}
