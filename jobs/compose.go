package jobs

import (
	"context"

	"github.com/riverqueue/river"

	"duenotice/campaigns"
	"duenotice/letters"
)

// composeWave plans the batches of an approved wave.
type composeWave struct {
	Campaign campaigns.CampaignID `json:"campaign"`
	Wave     campaigns.WaveID     `json:"wave"`
}

func (composeWave) Kind() string                 { return "compose_wave" }
func (composeWave) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: post} }

func (d Doors) composeWave(ctx context.Context, a composeWave) error {
	return d.Mailroom.ComposeWave(ctx, a.Campaign, a.Wave)
}

// composeBatch gives the people of a planned batch their notices.
type composeBatch struct {
	Batch letters.BatchID `json:"batch"`
}

func (composeBatch) Kind() string                 { return "compose_batch" }
func (composeBatch) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: post} }

func (d Doors) composeBatch(ctx context.Context, a composeBatch) error {
	return d.Mailroom.ComposeBatch(ctx, a.Batch)
}

// sealBatch draws a composed batch; it never changes afterwards.
type sealBatch struct {
	Batch letters.BatchID `json:"batch"`
}

func (sealBatch) Kind() string                 { return "seal_batch" }
func (sealBatch) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: post} }

func (d Doors) sealBatch(ctx context.Context, a sealBatch) error {
	return d.Mailroom.SealBatch(ctx, a.Batch)
}

// followUp gathers the people of a campaign who are to be written to again.
type followUp struct {
	Campaign campaigns.CampaignID `json:"campaign"`
}

func (followUp) Kind() string                 { return "follow_up" }
func (followUp) InsertOpts() river.InsertOpts { return once(post) }

func (d Doors) followUp(ctx context.Context, a followUp) error {
	_, err := d.Mailroom.ComposeFollowUps(ctx, a.Campaign)
	return err
}

// recallStale asks back the letters of people who are not to be written to any more.
type recallStale struct {
	Campaign campaigns.CampaignID `json:"campaign"`
}

func (recallStale) Kind() string                 { return "recall_stale" }
func (recallStale) InsertOpts() river.InsertOpts { return once(post) }

func (d Doors) recallStale(ctx context.Context, a recallStale) error {
	_, err := d.Mailroom.RecallStale(ctx, a.Campaign)
	return err
}
