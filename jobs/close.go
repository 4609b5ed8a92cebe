package jobs

import (
	"context"

	"github.com/riverqueue/river"

	"duenotice/campaigns"
)

const (
	chunk  = 1000 // people in one transaction
	chunks = 100  // transactions before a job gives way to others
	lanes  = 2    // jobs that close one campaign side by side
)

// closeWindows asks the gate for everybody of a campaign whose window is
// over. Lanes only allow several at once; each takes what no other holds.
type closeWindows struct {
	Campaign campaigns.CampaignID `json:"campaign"`
	Lane     int                  `json:"lane"`
}

func (closeWindows) Kind() string                 { return "close_windows" }
func (closeWindows) InsertOpts() river.InsertOpts { return once(records) }

func (d Doors) closeWindows(ctx context.Context, a closeWindows) error {
	for range chunks {
		done, err := d.Desk.CloseDue(ctx, a.Campaign, chunk)
		if err != nil || done.Looked == 0 {
			return err
		}
	}
	return errMore
}

// comeOfAge finds people who have passed a birthday since their letter was
// addressed to somebody else.
type comeOfAge struct {
	Campaign campaigns.CampaignID `json:"campaign"`
}

func (comeOfAge) Kind() string                 { return "come_of_age" }
func (comeOfAge) InsertOpts() river.InsertOpts { return once(records) }

func (d Doors) comeOfAge(ctx context.Context, a comeOfAge) error {
	for range chunks {
		n, err := d.Desk.ComeOfAge(ctx, a.Campaign, chunk)
		if err != nil || n == 0 {
			return err
		}
	}
	return errMore
}

// sendRecords sends to outside registries whatever is due: new records,
// repeats, withdrawals.
type sendRecords struct {
	Registry string `json:"registry"`
}

func (sendRecords) Kind() string                 { return "send_records" }
func (sendRecords) InsertOpts() river.InsertOpts { return once(records) }

func (d Doors) sendRecords(ctx context.Context, _ sendRecords) error {
	for range chunks {
		n, err := d.Desk.SendDue(ctx, chunk)
		if err != nil || n == 0 {
			return err
		}
	}
	return errMore
}
