package simulate

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/optout"
)

// journal is what people were told: every receipt that was handed out, written
// down on their side of the counter.
type journal struct {
	mu       sync.Mutex
	receipts map[string]receipt // by reference
	twice    int                // references handed out for two different answers
	applied  map[campaigns.Channel]int
	heldFile map[campaigns.Channel]int
}

type receipt struct {
	says string
	on   calendar.Date
	who  campaigns.PersonID // 0: not known at the time
	by   campaigns.Channel
	held bool
}

// keep writes a receipt down. A repeated answer has to have the same receipt.
func (j *journal) keep(r optout.Receipt, who campaigns.PersonID, by campaigns.Channel) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.receipts == nil {
		j.receipts = map[string]receipt{}
	}
	one := receipt{r.Says, r.ReceivedOn, who, by, r.Held}
	if before, ok := j.receipts[r.Reference]; ok && before != one {
		j.twice++
	}
	j.receipts[r.Reference] = one
}

// imported counts what a file of answers was said to have come to.
func (j *journal) imported(by campaigns.Channel, done optout.Imported) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.applied == nil {
		j.applied, j.heldFile = map[campaigns.Channel]int{}, map[campaigns.Channel]int{}
	}
	j.applied[by] += done.Applied
	j.heldFile[by] += done.Held + done.Unmatched
}

// compare counts what the ledger lost, changed or invented.
func (y *year) compare(ctx context.Context) (int, error) {
	y.journal.mu.Lock()
	defer y.journal.mu.Unlock()
	rows, err := y.house.Pool.Query(ctx, `
		SELECT reference, says, received_on, person_id, channel, false, coalesce(hold_id, 0) FROM answers
		UNION ALL SELECT h.reference, h.says, h.received_on, coalesce((SELECT min(person_id) FROM hold_candidates c WHERE c.hold_id = h.id), 0),
			h.channel, true, 0 FROM holds h ORDER BY 1`)
	if err != nil {
		return 0, fmt.Errorf("read ledger: %w", err)
	}
	wrong, found, fromFiles, national := y.journal.twice, 0, map[campaigns.Channel]int{}, 0
	var reference string
	var r receipt
	var hold int64
	_, err = pgx.ForEachRow(rows, []any{&reference, &r.says, &r.on, &r.who, &r.by, &r.held, &hold}, func() error {
		told, ok := y.journal.receipts[reference]
		switch {
		case ok:
			found++
			if told.who == 0 || told.held {
				r.who = told.who // several people may stand on a hold
			}
			if r != told {
				wrong++
			}
		case r.by == campaigns.National:
			national++
		case !r.held && hold == 0:
			fromFiles[r.by]++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read ledger: %w", err)
	}
	wrong += len(y.journal.receipts) - found
	for _, ch := range []campaigns.Channel{campaigns.Web, campaigns.Phone, campaigns.Paper, campaigns.Practice, campaigns.Upload} {
		wrong += abs(fromFiles[ch] - y.journal.applied[ch])
	}
	return wrong + abs(national-y.target.noConsent), nil
}

func abs(n int) int { return max(n, -n) }

// disagreements counts where target and ledger disagree about who has a record.
func (y *year) disagreements(ctx context.Context) (int, error) {
	rows, err := y.house.Pool.Query(ctx, `SELECT id::text, state FROM records WHERE registry = 'sandbox' AND state IN ('live', 'withdrawn', 'reserved', 'released')`)
	if err != nil {
		return 0, fmt.Errorf("read records: %w", err)
	}
	wrong := 0
	var id, state string
	_, err = pgx.ForEachRow(rows, []any{&id, &state}, func() error {
		if y.target.sandbox.Holds(id) != (state == "live") {
			wrong++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("read records: %w", err)
	}
	return wrong, nil
}
