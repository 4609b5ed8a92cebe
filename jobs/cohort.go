package jobs

import (
	"context"

	"github.com/riverqueue/river"

	"duenotice/campaigns"
)

// readCohort reads a received file of people into review.
type readCohort struct {
	Cohort campaigns.CohortID `json:"cohort"`
}

func (readCohort) Kind() string                 { return "read_cohort" }
func (readCohort) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: imports} }

func (d Doors) readCohort(ctx context.Context, a readCohort) error {
	return d.Register.ReadCohort(ctx, a.Cohort)
}

// applyCohort enrols the people of an accepted file.
type applyCohort struct {
	Cohort campaigns.CohortID `json:"cohort"`
}

func (applyCohort) Kind() string                 { return "apply_cohort" }
func (applyCohort) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: imports} }

func (d Doors) applyCohort(ctx context.Context, a applyCohort) error {
	return d.Desk.EnrolCohort(ctx, a.Cohort)
}
