package simulate

import (
	"context"
	"time"

	"duenotice/campaigns"
	"duenotice/cmd/printvendor/client"
)

// untruths are what a vendor knows not to be true of what it has said.
type untruths map[client.Claim]int

func (u untruths) keep(lies []client.Lie) {
	for _, l := range lies {
		for _, c := range l.Claims {
			u[c]++
		}
	}
}

// stray is the reference of returned letters that are none of anybody's.
const stray = "DN0000000000"

// unlisted counts, of both vendors, the untruths that the books do not list,
// and what the books list and nobody said. What came back before it was ruined
// is in the books as never posted, and is no untruth.
func (y *year) unlisted(ctx context.Context) (wrong int, err error) {
	for _, s := range y.sides {
		list, err := y.house.Mailroom.Contradictions(ctx, campaigns.Viewer{}, s.vendor.ID, time.Time{})
		if err != nil {
			return 0, err
		}
		found := untruths{}
		for _, c := range list {
			if claim := (client.Claim{Batch: c.Batch, Reference: c.Reference, Said: c.Said}); c.Said != "never posted" {
				found[claim]++
			}
		}
		for c, n := range s.told {
			if found[c] != n {
				wrong++
				y.Log.Warn("an untruth is not in the books as often as it was told", "vendor", s.vendorCode, "batch", c.Batch, "said", c.Said, "told", n, "listed", found[c])
			}
		}
		for c, n := range found {
			if s.told[c] == 0 {
				wrong++
				y.Log.Warn("the books list what nobody said", "vendor", s.vendorCode, "batch", c.Batch, "said", c.Said, "listed", n)
			}
		}
	}
	return wrong, nil
}
